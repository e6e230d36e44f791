//! Value shapes, native descriptors and the standard library of Relon.
//!
//! - [`abi`]: how values lie in memory, and what compiled code sees of a call;
//! - [`descriptor`]: what is known about a native, as data that travels in its bitcode;
//! - [`shape`]: the types that natives may take and give, and their shapes as constants;
//! - [`call`]: the state of one call of a rule, as a host owns it;
//! - [`std`](mod@std): the standard library, a natives package like any other.

extern crate self as relon_natives;

pub mod abi;
pub mod call;
pub mod descriptor;
#[doc(hidden)]
pub mod __private;
pub mod panics;
pub mod shape;
pub mod std;
mod trap;

pub use relon_macros::{Schema, native};
pub use trap::{Trap, TrapKind};
