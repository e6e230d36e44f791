//! What a native's C entry does around the function: it stores the result, turns errors and panics into failures, and gives the status.
//!
//! All of it is generic and inlined into the entry, so that nothing is left of it where the function can't fail. What remains for the
//! rare paths are calls of functions with stable names: an entry's body is copied into rules, where other names may not be known.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use crate::TrapKind;
use crate::abi::{Context, List, text};
use crate::descriptor::Descriptor;
use crate::open::Target;
use crate::panics;
use crate::shape::{Outcome, Return};

/// The record behind a pointer.
///
/// # Safety
/// `pointer` points to a value that lives for `'a`.
#[inline(always)]
pub unsafe fn record<'a, T>(pointer: *const T) -> &'a T {
    // SAFETY: the caller's condition.
    unsafe { &*pointer }
}

/// A native's entry for callers that know the signature only at run time. Each argument is a pointer to its form in memory, in the order
/// of the parameters.
pub type PackedEntry = unsafe extern "C" fn(context: *mut Context, arguments: *const *const u8, out: *mut u8) -> u32;

/// The symbol of the packed entry of the native with this symbol.
pub fn packed_symbol(symbol: &str) -> String {
    format!("__relon_packed_{symbol}")
}

/// A function marked with [`native`](macro@crate::native), as a constant beside it.
#[derive(Clone, Copy, Debug)]
pub struct Native {
    descriptor: &'static [u8],
    packed: PackedEntry,
    entry: *const (),
}

impl Native {
    /// What the macro writes.
    ///
    /// # Safety
    /// The descriptor is the encoded one of the native with this packed entry and this C entry.
    pub const unsafe fn new(descriptor: &'static [u8], packed: PackedEntry, entry: *const ()) -> Native {
        Native { descriptor, packed, entry }
    }

    /// What is known about it.
    ///
    /// # Panics
    /// If it was not made by [`native`](macro@crate::native).
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::decode(self.descriptor).expect("what the macro wrote is whole")
    }

    /// Its entry for callers that know its signature only at run time.
    pub fn packed(&self) -> PackedEntry {
        self.packed
    }

    /// The address of its C entry.
    pub fn entry(&self) -> *const () {
        self.entry
    }
}

/// What a caller calls that knows the signature only at run time.
#[derive(Clone, Copy, Debug)]
pub enum Callee {
    /// A native's packed entry.
    Packed(PackedEntry),
    /// A function of the host.
    Open(Target),
}

impl Callee {
    /// Calls it, and gives the status.
    ///
    /// # Safety
    /// `context` is that of a running call, `arguments` has a pointer to each argument, and `out` has room for the result.
    pub unsafe fn call(self, context: *mut Context, arguments: *const *const u8, out: *mut u8) -> u32 {
        // SAFETY: the caller's condition.
        unsafe {
            match self {
                Callee::Packed(entry) => entry(context, arguments, out),
                Callee::Open(Target { entry, state }) => entry(state, context, arguments, out),
            }
        }
    }
}

/// A number or Bool among packed arguments.
///
/// # Safety
/// The argument at the position is a `T`.
#[inline(always)]
pub unsafe fn packed_scalar<T: Copy>(arguments: *const *const u8, index: usize) -> T {
    // SAFETY: the caller's condition.
    unsafe { arguments.add(index).read().cast::<T>().read() }
}

/// Pointer and length of a text or list among packed arguments.
///
/// # Safety
/// The argument at the position is a text or a list of `T`.
#[inline(always)]
pub unsafe fn packed_slice<T>(arguments: *const *const u8, index: usize) -> (*const T, usize) {
    // SAFETY: the caller's condition; texts and lists are alike in memory.
    let list = unsafe { packed_scalar::<List<'_, T>>(arguments, index) };
    (list.as_ptr(), list.len())
}

/// A record among packed arguments.
///
/// # Safety
/// The argument at the position is a `T`.
#[inline(always)]
pub unsafe fn packed_record<T>(arguments: *const *const u8, index: usize) -> *const T {
    // SAFETY: the caller's condition.
    unsafe { arguments.add(index).read().cast() }
}

/// Runs the body of a native, stores its result or failure, and gives the status.
///
/// # Safety
/// `context` is that of a running call, and `out` has room for the result's form in memory.
#[inline(always)]
pub unsafe fn run<R: Outcome>(context: *mut Context, out: *mut u8, body: impl FnOnce() -> R) -> u32 {
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
unsafe fn finish<R: Outcome>(context: *mut Context, out: *mut u8, result: R) -> u32 {
    let value = match result.outcome() {
        Ok(value) => value,
        Err(trap) => {
            let (kind, message) = (trap.kind as u32, trap.message.as_str());
            // SAFETY: the caller's condition; the message is a text.
            return unsafe { relon_std_failed(context, kind, message.as_ptr(), message.len()) };
        }
    };
    // SAFETY: the caller's condition.
    unsafe {
        match value.into_memory(context) {
            Some(memory) => {
                out.cast::<<R::Value as Return>::Memory>().write(memory);
                0
            }
            None => relon_std_too_large(context),
        }
    }
}

/// Stores the failure of a native and gives the status to return.
///
/// # Safety
/// `context` is that of a running call; pointer and length are those of a text.
#[cold]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_failed(
    context: *mut Context,
    kind: u32,
    message: *const u8,
    message_length: usize,
) -> u32 {
    let kind = TrapKind::from_code(kind).unwrap_or(TrapKind::NativeFailed);
    // SAFETY: the caller's condition.
    unsafe { Context::fail(context, kind, text(message, message_length)) }
}

/// Stores that a value found no room in the arena and gives the status to return.
///
/// # Safety
/// `context` is that of a running call.
#[cold]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_too_large(context: *mut Context) -> u32 {
    // SAFETY: the caller's condition.
    unsafe { Context::fail(context, TrapKind::ValueTooLarge, "") }
}

/// Stores a caught panic as a failure and gives the status to return.
///
/// # Safety
/// `context` is that of a running call.
#[cold]
#[unsafe(no_mangle)]
#[allow(improper_ctypes_definitions, reason = "only Rust of the same compiler calls it")]
pub unsafe extern "C" fn relon_std_panicked(context: *mut Context, payload: Box<dyn Any + Send>) -> u32 {
    let message = panics::describe(payload);
    // SAFETY: the caller's condition.
    unsafe { Context::fail(context, TrapKind::NativePanicked, &message) }
}
