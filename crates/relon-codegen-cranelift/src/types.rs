//! Types of the IR as types of Cranelift, in registers, in memory and in signatures.
//!
//! A Bool is an 8-bit integer that is 0 or 1, in registers as in memory. Functions of a unit take the context first and give a status
//! before their results. Where there are more results than registers on any processor, they are stored eight bytes apart in memory of the
//! caller, whose address is the last parameter. Natives and entries follow the C convention of the host.

use cranelift_codegen::ir::{AbiParam, MemFlagsData, Signature, Type as ClifType, types};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use relon_ir::{Convention, Function, Native, Type};

/// An address.
pub(crate) const POINTER: ClifType = types::I64;
/// What a function says about its outcome: 0, or the number of a site and 1.
pub(crate) const STATUS: ClifType = types::I32;
/// Memory that a unit touches is there, and aligned as its layout says.
pub(crate) const MEMORY: MemFlagsData = MemFlagsData::trusted();

/// Results that are returned in registers, besides the status.
const RESULTS_IN_REGISTERS: usize = 7;
/// Bytes between results in memory.
pub(crate) const RESULT_STRIDE: usize = 8;

/// Whether results are returned in memory of the caller.
pub(crate) fn returns_in_memory(function: &Function) -> bool {
    function.results.len() > RESULTS_IN_REGISTERS
}

/// The type of a value in a register.
pub(crate) fn value_type(ty: Type) -> ClifType {
    match ty {
        Type::Int => types::I64,
        Type::Float => types::F64,
        Type::Bool => types::I8,
        Type::Ptr => POINTER,
    }
}

/// The signature of a function of a unit.
pub(crate) fn signature(function: &Function) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    let params = function.params.iter().map(|ty| value_type(*ty));
    let results = function.results.iter().map(|ty| value_type(*ty));
    signature.params.extend([POINTER].into_iter().chain(params).map(AbiParam::new));
    signature.returns.push(AbiParam::new(STATUS));
    match returns_in_memory(function) {
        true => signature.params.push(AbiParam::new(POINTER)),
        false => signature.returns.extend(results.map(AbiParam::new)),
    }
    signature
}

/// The signature of an entry with these parameters.
pub(crate) fn entry_signature(isa: &dyn TargetIsa, params: &[ClifType]) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params.extend(params.iter().copied().map(AbiParam::new));
    signature.returns.push(AbiParam::new(STATUS));
    signature
}

/// The signature of a native's C function.
pub(crate) fn native_signature(isa: &dyn TargetIsa, native: &Native) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    let params = native.params.iter().map(|ty| native_type(*ty));
    match native.convention {
        Convention::Status => {
            signature.params.push(AbiParam::new(POINTER));
            signature.returns.push(AbiParam::new(STATUS));
        }
        Convention::Open => {
            signature.params.extend([AbiParam::new(POINTER); 2]);
            signature.returns.push(AbiParam::new(STATUS));
        }
        Convention::Direct => signature.returns.extend(native.result.map(native_type)),
    }
    signature.params.extend(params);
    signature
}

/// A parameter or result of a C function. A small integer is extended, as C's callers and callees expect of each other.
fn native_type(ty: Type) -> AbiParam {
    match ty {
        Type::Bool => AbiParam::new(value_type(ty)).uext(),
        Type::Int | Type::Float | Type::Ptr => AbiParam::new(value_type(ty)),
    }
}
