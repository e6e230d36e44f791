//! Value shapes shared by rules, natives and hosts.
//!
//! Every value has one memory layout, the one that C gives it: `Int` is an `i64`, `Float` an `f64`, `Bool` one byte
//! that is 0 or 1, `String` is [`Str`], `List` is [`List`], `Option` is [`Opt`], a record is a C struct of its fields
//! in declaration order, a `Dict` is a [`List`] of entries (a C struct of a [`Str`] key and the value) sorted by key.
//!
//! A native's C entry is `extern "C" fn(ctx: *mut Context, args..., out: *mut Out) -> u32`. Scalars are passed by
//! value (`Bool` as `u8`), `&str` and `&[T]` as two arguments (pointer, length), records as a pointer. The result is
//! written to `out`. The returned status is 0, or 1 after a failure was stored in [`Context::failure`].

mod arena;
pub mod c;
mod context;
mod value;

pub use arena::{Arena, Call};
pub use context::{Context, Failure, MAX_ALIGN};
pub use value::{List, Opt, Str, slice, text};

/// Of this crate's source and the compiler that built it: what [`relon_std_abi`](crate::relon_std_abi) gives.
pub const FINGERPRINT: u64 = match u64::from_str_radix(env!("RELON_FINGERPRINT"), 10) {
    Ok(fingerprint) => fingerprint,
    Err(_) => panic!("the build script writes a number"),
};
