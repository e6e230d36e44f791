//! Value shapes, native descriptors and the standard library of Relon.
//!
//! What rules, natives and hosts agree on: the layout of values and of a call's state ([`abi`]), what is known about a native
//! ([`descriptor`]), how a native's entry is called and how its panics end ([`panics`]), and the library that every rule can use
//! ([`std`](mod@std)). Packages of natives reach this crate through `relon`.

extern crate self as relon_natives;

pub mod abi;
pub mod descriptor;
mod entry;
pub mod panics;
pub mod std;
mod trap;

pub use relon_macros::{Schema, native};
pub use trap::{Trap, TrapKind};

/// What the expansions of `#[native]` and `#[derive(Schema)]` name. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::abi::{Context, slice, text};
    pub use crate::descriptor::{Capability, FieldShape, NativeShape, RecordShape, Shape, encode, encoded_length};
    pub use crate::entry::{Output, Schema, Shaped, enter, enter_fallible, record};
}
