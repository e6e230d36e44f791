//! Panics of natives: quiet, and with their location.
//!
//! A panic inside a rule becomes a trap that the host reports, so the default message on stderr would only disturb. While a rule
//! runs on a thread, the hook remembers where a panic came from and prints nothing; outside rules, panics look as always.
//!
//! A host puts a [`Running`] around the call of a rule. A library of natives that it loads has its own copy of Rust's standard
//! library, and so its own hook: the host calls the library's `relon_std_enter` and `relon_std_leave` as well.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static RUNNING: Cell<u32> = const { Cell::new(0) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Marks this thread as running a rule, until it is dropped.
#[derive(Debug)]
pub struct Running(PhantomData<*const ()>);

impl Running {
    /// Starts a run on this thread.
    pub fn start() -> Self {
        relon_std_enter();
        Running(PhantomData)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        relon_std_leave();
    }
}

/// Installs the hook, once. [`relon_std_enter`] does it too; a host that sets a hook of its own afterwards replaces this one.
#[unsafe(no_mangle)]
pub extern "C" fn relon_std_init() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(install);
}

/// Marks this thread as running a rule. Runs nest.
#[unsafe(no_mangle)]
pub extern "C" fn relon_std_enter() {
    relon_std_init();
    let _ = RUNNING.try_with(|running| running.set(running.get() + 1));
}

/// Ends what [`relon_std_enter`] began.
#[unsafe(no_mangle)]
pub extern "C" fn relon_std_leave() {
    let _ = RUNNING.try_with(|running| running.set(running.get().saturating_sub(1)));
}

fn install() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if RUNNING.try_with(Cell::get).unwrap_or(0) == 0 {
            previous(info);
        } else {
            remember(info);
        }
    }));
}

fn remember(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string);
    let _ = LOCATION.try_with(|slot| slot.replace(location));
}

/// The message of a caught panic, with its location where that is known. The payload is dropped.
pub(crate) fn describe(payload: Box<dyn Any + Send>) -> String {
    let location = LOCATION.try_with(RefCell::take).ok().flatten();
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a panic without a message".to_owned(),
    };
    dispose(payload);
    match location {
        Some(location) => format!("{text} (at {location})"),
        None => text,
    }
}

/// Drops a payload. One that panics meanwhile throws another payload, which is leaked: it could do the same again.
fn dispose(payload: Box<dyn Any + Send>) {
    if let Err(second) = std::panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
        let _ = LOCATION.try_with(RefCell::take);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct PanicsAgain;

    impl Drop for PanicsAgain {
        fn drop(&mut self) {
            std::panic::panic_any(PanicsAgain);
        }
    }

    fn caught(body: fn()) -> String {
        describe(std::panic::catch_unwind(body).expect_err("a panic"))
    }

    #[test]
    fn any_payload_has_a_message() {
        let running = Running::start();
        assert!(caught(|| panic!("plain")).starts_with("plain (at "));
        assert!(caught(|| panic!("of {}", 3)).contains("panics.rs:"));
        assert!(caught(|| std::panic::panic_any(7)).starts_with("a panic without a message (at "));
        assert!(caught(|| std::panic::panic_any(PanicsAgain)).starts_with("a panic without a message (at "));
        drop(running);
        assert_eq!(RUNNING.get(), 0);
        assert_eq!(LOCATION.take(), None);
    }

    #[test]
    fn runs_nest() {
        let outer = Running::start();
        drop(Running::start());
        assert_eq!(RUNNING.get(), 1);
        drop(outer);
        assert_eq!(RUNNING.get(), 0);
    }
}
