//! What the macros' output calls. Not for hand-written code.

use std::panic::AssertUnwindSafe;

pub use crate::abi::Context;
pub use crate::descriptor::{Capability, ConstDescriptor, encode, encoded_size};
use crate::panics::relon_std_panicked;
pub use crate::shape::{FieldShape, Outcome, RecordShape, Return, Shape, Value};
use crate::{Trap, TrapKind};

/// A text from its parts.
///
/// # Safety
/// The bytes are UTF-8 and valid for `'a`; the pointer may be anything where the length is 0.
#[inline(always)]
pub unsafe fn text<'a>(pointer: *const u8, length: usize) -> &'a str {
    // SAFETY: the caller's condition.
    unsafe { std::str::from_utf8_unchecked(slice(pointer, length)) }
}

/// A slice from its parts.
///
/// # Safety
/// The elements are valid for `'a`; the pointer may be anything where the length is 0.
#[inline(always)]
pub unsafe fn slice<'a, T>(pointer: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's condition.
    unsafe { std::slice::from_raw_parts(pointer, length) }
}

/// Runs the body of a native, stores its result or failure, and gives the status.
///
/// # Safety
/// `context` is that of a running call, and `out` has room for the result.
#[inline(always)]
pub unsafe fn run<R: Outcome>(
    context: *mut Context,
    out: *mut <R::Value as Return>::Memory,
    body: impl FnOnce() -> R,
) -> u32 {
    // SAFETY: the caller's condition.
    match std::panic::catch_unwind(AssertUnwindSafe(|| unsafe { finish(context, out, body()) })) {
        Ok(status) => status,
        // SAFETY: the caller's condition.
        Err(payload) => unsafe { relon_std_panicked(context, payload) },
    }
}

/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn finish<R: Outcome>(context: *mut Context, out: *mut <R::Value as Return>::Memory, result: R) -> u32 {
    // SAFETY: the caller's condition.
    unsafe {
        match result.outcome() {
            Ok(value) => match value.into_memory(context) {
                Some(memory) => {
                    out.write(memory);
                    0
                }
                None => fail(context, Trap::new(TrapKind::ValueTooLarge, "")),
            },
            Err(trap) => fail(context, trap),
        }
    }
}

/// # Safety
/// `context` is that of a running call.
#[cold]
#[inline(never)]
unsafe fn fail(context: *mut Context, trap: Trap) -> u32 {
    // SAFETY: the caller's condition.
    unsafe { Context::fail(context, trap.kind, &trap.message) };
    1
}
