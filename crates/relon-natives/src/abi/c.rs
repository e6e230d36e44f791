//! A call's context for hosts that are not written in Rust.
//!
//! ```c
//! relon_call *call = relon_call_new(1 << 20);
//! void *context = relon_call_begin(call, 1000);
//! uint32_t status = relon_main(context, arguments, &result);
//! if (status != 0) { kind = relon_call_failure(call, &text, &length); }
//! relon_call_free(call);
//! ```
//!
//! A call is used by one thread at a time. What a rule gives, and the text of a failure, lives until the next `relon_call_begin` or
//! `relon_call_free`.

use super::{Call, Context};

/// A call whose values may take this many bytes. It never gives null; where memory is missing, the process ends as any Rust program does.
#[unsafe(no_mangle)]
pub extern "C" fn relon_call_new(byte_limit: usize) -> *mut Call {
    Box::into_raw(Box::new(Call::new(byte_limit)))
}

/// Frees the values of the call before, allows `depth` nested calls, and gives the context for an entry of a rule.
///
/// # Safety
/// `call` was made by [`relon_call_new`], was not freed, and no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_call_begin(call: *mut Call, depth: u64) -> *mut Context {
    // SAFETY: the caller's condition.
    unsafe { &mut *call }.begin(depth)
}

/// What the native stored that made the last entry fail: the number of its kind, and its text, which is UTF-8 without a zero at its end.
/// 0 where no native failed: then the site that the status names says it all.
///
/// # Safety
/// `call` as for [`relon_call_begin`]. `text` and `length` are null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_call_failure(call: *const Call, text: *mut *const u8, length: *mut usize) -> u32 {
    // SAFETY: the caller's condition; no code of a rule is running.
    let failure = unsafe { &(*(*call).context_ptr()).failure };
    // The text of an earlier failure is gone.
    let message: &str = if failure.kind == 0 { "" } else { &failure.message };
    if !text.is_null() {
        // SAFETY: the caller's condition.
        unsafe { text.write(message.as_ptr()) };
    }
    if !length.is_null() {
        // SAFETY: the caller's condition.
        unsafe { length.write(message.len()) };
    }
    failure.kind
}

/// Frees a call and all its values. Null is ignored.
///
/// # Safety
/// `call` is null or as for [`relon_call_begin`]; it is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_call_free(call: *mut Call) {
    if !call.is_null() {
        // SAFETY: the caller's condition.
        drop(unsafe { Box::from_raw(call) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrapKind;

    #[test]
    fn a_call_lives_from_new_to_free() {
        let call = relon_call_new(1 << 16);
        // SAFETY: the call lives until the end of the test, and one thread uses it.
        unsafe {
            let context = relon_call_begin(call, 10);
            assert_eq!((*context).depth, 10);
            assert_eq!(relon_call_failure(call, std::ptr::null_mut(), std::ptr::null_mut()), 0);
            Context::fail(context, TrapKind::NativeFailed, "no rate");
            let (mut text, mut length) = (std::ptr::null(), 0);
            assert_eq!(relon_call_failure(call, &mut text, &mut length), TrapKind::NativeFailed as u32);
            assert_eq!(super::super::text(text, length), "no rate");
            relon_call_begin(call, 10);
            assert_eq!((relon_call_failure(call, &mut text, &mut length), length), (0, 0));
            relon_call_free(call);
            relon_call_free(std::ptr::null_mut());
        }
    }
}
