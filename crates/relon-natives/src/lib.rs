//! Value shapes, native descriptors and the standard library of Relon.
//!
//! What rules, natives and hosts agree on:
//! - [`abi`]: how values lie in memory, and the state of a call as compiled code and its host see it;
//! - [`shape`]: the types that natives may take and give, and their shapes as constants;
//! - [`descriptor`]: what is known about a native, as data that travels in its bitcode;
//! - [`open`]: functions of a host that rules call, with what they captured;
//! - [`typed`]: Rust types as arguments and results of rules;
//! - [`panics`]: how the panic of a native ends;
//! - [`Symbols`]: where the functions of natives are found in a process;
//! - [`std`](mod@std): the standard library, a natives package like any other.
//!
//! Packages of natives reach this crate through `relon`.

extern crate self as relon_natives;

pub mod abi;
pub mod descriptor;
#[doc(hidden)]
pub mod entry;
mod name;
pub mod open;
pub mod panics;
pub mod shape;
pub mod std;
mod symbols;
mod trap;
pub mod typed;

pub use entry::{Callee, Native, PackedEntry, packed_symbol};
pub use relon_macros::{Schema, native};
pub use symbols::{Nowhere, StandardLibrary, Symbols, Table};
pub use trap::{Trap, TrapKind};

/// What the output of `#[native]` and `#[derive(Schema)]` names. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::abi::{Context, slice, text};
    pub use crate::descriptor::{Capability, ConstDescriptor, encode, encoded_size};
    pub use crate::entry::{Native, packed_record, packed_scalar, packed_slice, record, run};
    pub use crate::shape::{FieldShape, Outcome, RecordShape, Return, Shape, Value, record_shape};
    pub use crate::typed::Lend;
}

/// Identifies the source of this crate and the compiler that built it. A library of natives fits a host where both give the same.
#[unsafe(no_mangle)]
pub extern "C" fn relon_std_abi() -> u64 {
    abi::FINGERPRINT
}
