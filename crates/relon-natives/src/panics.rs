//! Panics of natives: quiet, and with their location.
//!
//! A panic inside a rule becomes a trap that the host reports, so the default message on stderr would only disturb. While a rule
//! runs on a thread, the hook remembers where a panic came from and prints nothing; outside rules, panics look as always.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::sync::Once;

use crate::TrapKind;
use crate::abi::Context;

thread_local! {
    static RUNNING: Cell<u32> = const { Cell::new(0) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Marks this thread as running a rule, until it is dropped.
#[derive(Debug)]
pub struct Running(());

impl Running {
    /// Starts a run on this thread.
    #[expect(clippy::new_without_default, reason = "a guard is not a value that one makes by default")]
    pub fn new() -> Self {
        relon_std_enter();
        Running(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        relon_std_leave();
    }
}

/// Marks this thread as running a rule. For libraries loaded at run time, which have their own copy of this module.
#[unsafe(no_mangle)]
pub extern "C" fn relon_std_enter() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(install);
    RUNNING.with(|running| running.set(running.get() + 1));
}

/// Ends what [`relon_std_enter`] began.
#[unsafe(no_mangle)]
pub extern "C" fn relon_std_leave() {
    RUNNING.with(|running| running.set(running.get().saturating_sub(1)));
}

fn install() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if RUNNING.with(Cell::get) == 0 {
            return previous(info);
        }
        let location = info.location().map(ToString::to_string);
        LOCATION.with(|slot| *slot.borrow_mut() = location);
    }));
}

/// Stores a caught panic as a failure and gives the status of a native that failed.
///
/// It has a stable name and stays a call, so that a native's inlined body refers to the one copy of the thread's state.
///
/// # Safety
/// `context` is that of a running call.
#[cold]
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe fn relon_std_panicked(context: *mut Context, payload: Box<dyn Any + Send>) -> u32 {
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a panic without a message".to_owned(),
    };
    // A payload may panic when it is dropped; that payload is then leaked rather than dropped in turn.
    if let Err(second) = std::panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
    let message = match LOCATION.with(|slot| slot.borrow_mut().take()) {
        Some(location) => format!("{text} (at {location})"),
        None => text,
    };
    // SAFETY: the caller's condition.
    unsafe { Context::fail(context, TrapKind::NativePanicked, &message) };
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Call;

    struct PanicsAgain;

    impl Drop for PanicsAgain {
        fn drop(&mut self) {
            panic!("again");
        }
    }

    #[test]
    fn any_payload_becomes_a_failure() {
        let _running = Running::new();
        let payloads: [(fn(), &str); 3] = [
            (|| panic!("plain"), "plain (at "),
            (|| std::panic::panic_any(7), "without a message"),
            (|| std::panic::panic_any(PanicsAgain), "without a message"),
        ];
        for (body, expected) in payloads {
            let mut call = Call::new(1 << 16, 1);
            let payload = std::panic::catch_unwind(body).expect_err("a panic");
            // SAFETY: the context is that of a live call.
            assert_eq!(unsafe { relon_std_panicked(call.context(), payload) }, 1);
            let failure = call.take_failure().expect("a failure");
            assert_eq!(failure.kind, TrapKind::NativePanicked);
            assert!(failure.message.contains(expected), "{}", failure.message);
        }
    }
}
