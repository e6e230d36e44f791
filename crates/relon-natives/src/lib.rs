//! Value shapes, native descriptors and the standard library of Relon.

pub mod abi;
pub mod descriptor;
mod trap;

pub use trap::TrapKind;
