//! Panics of natives: quiet, and with their location.
//!
//! A panic inside a rule becomes a trap that the host reports, so Rust's message on stderr would only disturb. While a rule runs on a
//! thread, the hook remembers where a panic came from and prints nothing; outside rules, panics look as always. A hook that the host has
//! set is called for all panics: it is there to see them. And what ends the process is always said.
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
    static LAST: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// What the hook remembers of a panic.
struct Seen {
    text: String,
    location: Option<String>,
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
    // None is set now, so that this one is Rust's own.
    let default = std::panic::take_hook();
    // Both have no size, so the pointers differ by the functions. If they did so without need, more would be printed.
    let of_host = !std::ptr::eq(&raw const *previous, &raw const *default);
    std::panic::set_hook(Box::new(move |info| {
        let running = RUNNING.try_with(Cell::get).unwrap_or(0) > 0;
        let fatal = ends_the_process(info);
        if running && fatal {
            say_last();
        } else if running {
            remember(info);
        }
        if !running || fatal || of_host {
            previous(info);
        }
    }));
}

/// How panics begin that nothing can catch: one in a destructor while another is under way, one that would leave a C function, and broken
/// promises of unsafe code.
const FATAL: [&str; 3] = [
    "panic in a destructor during cleanup",
    "panic in a function that cannot unwind",
    "unsafe precondition(s) violated",
];

fn ends_the_process(info: &PanicHookInfo<'_>) -> bool {
    let text = info.payload_as_str().unwrap_or_default();
    cfg!(panic = "abort") || FATAL.iter().any(|start| text.starts_with(start))
}

fn remember(info: &PanicHookInfo<'_>) {
    let text = info.payload_as_str().unwrap_or(NO_TEXT).to_owned();
    let seen = Seen { text, location: info.location().map(ToString::to_string) };
    let _ = LAST.try_with(|slot| slot.replace(Some(seen)));
}

/// Says what came before a panic that ends the process.
fn say_last() {
    if let Some(Seen { text, location }) = LAST.try_with(RefCell::take).ok().flatten() {
        let location = location.unwrap_or_else(|| "an unknown place".into());
        eprintln!("a native of a running rule panicked at {location}:\n{text}");
    }
}

/// What stands for a payload that is no text.
const NO_TEXT: &str = "a panic without a message";

/// The message of a caught panic, with its location where that is known. The payload is dropped.
pub(crate) fn describe(payload: Box<dyn Any + Send>) -> String {
    let location = LAST.try_with(RefCell::take).ok().flatten().and_then(|seen| seen.location);
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => NO_TEXT.to_owned(),
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
        let _ = LAST.try_with(RefCell::take);
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
        assert!(LAST.take().is_none());
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
