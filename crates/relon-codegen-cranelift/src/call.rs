//! Calls of the unit's own functions and of natives, in each world.

use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, ValueDef, types};
use relon_ir::layout::{POINTER_SIZE, context, target};
use relon_ir::{Convention, FunctionId, NativeId, OnFailure, Type, Value};

use crate::func::FunctionEmitter;
use crate::types::{MEMORY, POINTER, RESULT_STRIDE, native_signature, returns_in_memory, value_type};
use crate::world::Callee;

/// Bytes up to which a copy of known size is written as loads and stores.
const COPIED_IN_PLACE: u64 = 64;

/// What a copy of another size calls.
///
/// # Safety
/// Both pointers are those of memory with so many bytes, which does not overlap.
unsafe extern "C" fn copy_bytes(to: *mut u8, from: *const u8, size: usize) {
    // SAFETY: the caller's condition.
    unsafe { to.copy_from_nonoverlapping(from, size) }
}

impl FunctionEmitter<'_, '_> {
    /// Calls a function of the unit, and passes on its trap.
    pub(crate) fn call(&mut self, function: FunctionId, args: &[Value], results: &[Value]) {
        let in_memory = returns_in_memory(&self.unit.module.functions[function.index()]);
        let callee = self.callee(function);
        let mut given = vec![self.context];
        given.extend(self.values(args));
        let memory = in_memory.then(|| self.result_memory(results.len() * RESULT_STRIDE));
        given.extend(memory);
        let call = self.builder.ins().call(callee, &given);
        let given = self.builder.inst_results(call).to_vec();
        self.pass_on(given[0]);
        for (index, result) in results.iter().enumerate() {
            let value = match memory {
                Some(memory) => {
                    let ty = value_type(self.value_type(*result));
                    self.builder.ins().load(ty, MEMORY, memory, (index * RESULT_STRIDE) as i32)
                }
                None => given[index + 1],
            };
            self.set(*result, value);
        }
    }

    /// Memory for the results of a call. They are read at once, so that all calls share it.
    fn result_memory(&mut self, size: usize) -> ir::Value {
        let func = &mut *self.builder.func;
        let slot = *self
            .result_slot
            .get_or_insert_with(|| func.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 0, 3)));
        let room = &mut func.sized_stack_slots[slot].size;
        *room = (*room).max(size as u32);
        self.builder.ins().stack_addr(POINTER, slot, 0)
    }

    fn callee(&mut self, function: FunctionId) -> ir::FuncRef {
        let (unit, func) = (&mut *self.unit, &mut *self.builder.func);
        *self.callees.entry(function).or_insert_with(|| unit.function_in(function, func))
    }

    /// Calls a native.
    pub(crate) fn call_native(&mut self, id: NativeId, args: &[Value], failure: OnFailure, result: Option<Value>) {
        let native = &self.unit.module.natives[id.index()];
        let mut given = Vec::with_capacity(args.len() + 2);
        if native.convention.has_status() {
            given.push(self.context);
        }
        given.extend(self.values(args));
        let given = self.call_address(id, given);
        match (native.convention, failure, given, result) {
            (Convention::Direct, _, Some(value), Some(result)) => {
                let value = if native.result == Some(Type::Bool) { self.truth(value) } else { value };
                self.set(result, value);
            }
            (Convention::Direct, _, _, _) => {}
            (Convention::Status | Convention::Open, OnFailure::Trap(site), Some(status), _) => {
                self.trap_if(status, site);
            }
            (Convention::Status | Convention::Open, OnFailure::Give, Some(status), Some(result)) => {
                let failed = self.truth(status);
                self.set(result, failed);
            }
            (Convention::Status | Convention::Open, OnFailure::Give | OnFailure::Trap(_), _, _) => {
                unreachable!("the signature of {} has a status", native.symbol)
            }
        }
    }

    /// Whether an integer is not 0.
    pub(crate) fn truth(&mut self, value: ir::Value) -> ir::Value {
        self.builder.ins().icmp_imm_u(ir::condcodes::IntCC::NotEqual, value, 0)
    }

    /// Calls the native's C function and gives what it returns.
    fn call_address(&mut self, id: NativeId, mut args: Vec<ir::Value>) -> Option<ir::Value> {
        let (unit, func) = (&*self.unit, &mut *self.builder.func);
        let native = &unit.module.natives[id.index()];
        let signature =
            *self.natives.entry(id).or_insert_with(|| func.import_signature(native_signature(unit.isa(), native)));
        let address = match (unit.native(id), native.convention) {
            (Callee::Address(address), _) => self.builder.ins().iconst(POINTER, address as i64),
            (Callee::Table, Convention::Open) => {
                let target = self.table_address(id);
                args.insert(0, self.builder.ins().load(POINTER, MEMORY, target, target::STATE as i32));
                self.builder.ins().load(POINTER, MEMORY, target, target::ENTRY as i32)
            }
            (Callee::Table, Convention::Direct | Convention::Status) => self.table_address(id),
        };
        let call = self.builder.ins().call_indirect(signature, address, &args);
        self.builder.inst_results(call).first().copied()
    }

    /// What the table of the call's context holds for a native.
    fn table_address(&mut self, id: NativeId) -> ir::Value {
        let table = self.builder.ins().load(POINTER, MEMORY, self.context, context::NATIVES as i32);
        self.builder.ins().load(POINTER, MEMORY, table, id.index() as i32 * POINTER_SIZE as i32)
    }

    /// Copies memory.
    pub(crate) fn copy(&mut self, to: Value, from: Value, size: Value) {
        let (to, from, size) = (self.value(to), self.value(from), self.value(size));
        match self.known(size) {
            Some(size) if size <= COPIED_IN_PLACE => self.copy_in_place(to, from, size as i32),
            _ => self.copy_by_call(to, from, size),
        }
    }

    /// The value of an integer constant.
    fn known(&self, value: ir::Value) -> Option<u64> {
        let ValueDef::Result(inst, _) = self.builder.func.dfg.value_def(value) else { return None };
        match self.builder.func.dfg.insts[inst] {
            ir::InstructionData::UnaryImm { opcode: ir::Opcode::Iconst, imm } => u64::try_from(imm.bits()).ok(),
            _ => None,
        }
    }

    /// Copies by the largest accesses that fit; nothing is known of the alignment.
    fn copy_in_place(&mut self, to: ir::Value, from: ir::Value, size: i32) {
        let mut at = 0;
        for ty in [types::I64, types::I32, types::I16, types::I8] {
            let width = ty.bytes() as i32;
            while size - at >= width {
                let flags = MemFlagsData::new().with_notrap();
                let value = self.builder.ins().load(ty, flags, from, at);
                self.builder.ins().store(flags, value, to, at);
                at += width;
            }
        }
    }

    fn copy_by_call(&mut self, to: ir::Value, from: ir::Value, size: ir::Value) {
        let mut signature = ir::Signature::new(self.unit.isa().default_call_conv());
        signature.params.extend([ir::AbiParam::new(POINTER); 3]);
        let signature = self.builder.import_signature(signature);
        let address = self.builder.ins().iconst(POINTER, copy_bytes as *const () as i64);
        self.builder.ins().call_indirect(signature, address, &[to, from, size]);
    }
}
