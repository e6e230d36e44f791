//! Panics of natives as the program sees them that runs the rules: what its panic hook is told, what is printed, what ends the process.
//!
//! A hook is one for a process, and some panics end it, so each case runs in a process of its own: this program again, told by a variable.

use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use relon::{Backend, Engine, ErrorKind, TrapKind};

static DROPPED: AtomicI64 = AtomicI64::new(0);

/// Counts when it is dropped.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Panics when it is dropped by a panic.
struct Touchy;

impl Drop for Touchy {
    fn drop(&mut self) {
        assert!(!std::thread::panicking(), "and its destructor too");
    }
}

/// Fails above 2.
#[relon::native]
pub fn small(number: i64) -> i64 {
    let _counted = Counted;
    assert!(number < 3, "{number} is not small");
    number
}

/// The line of the assertion above.
const LINE: u32 = line!() - 5;

/// Calls another native.
#[relon::native]
pub fn smaller(number: i64) -> i64 {
    let _counted = Counted;
    small(number) - 1
}

/// Panics twice at once.
#[relon::native]
pub fn twice(number: i64) -> i64 {
    let _touchy = Touchy;
    small(number)
}

/// Panics in a C function, which must not.
#[relon::native]
pub fn behind_c(number: i64) -> i64 {
    extern "C" fn c(number: i64) -> i64 {
        small(number)
    }
    c(number)
}

/// Throws what is no panic of Rust.
#[relon::native]
pub fn foreign(number: i64) -> i64 {
    /// The head of every exception: its class, how it is freed, and what the unwinder notes.
    #[repr(C, align(16))]
    struct Exception(u64, Option<extern "C" fn(i32, *mut Exception)>, [u64; 2]);
    unsafe extern "C-unwind" {
        fn _Unwind_RaiseException(exception: *mut Exception) -> i32;
    }
    let exception = Box::leak(Box::new(Exception(0x434c_4e47_432b_2b00, None, [0; 2])));
    if number > 2 {
        // SAFETY: the exception lives for ever.
        unsafe { _Unwind_RaiseException(exception) };
    }
    number
}

/// What is wrong where a rule calls `native(5)`.
fn message(backend: Backend, native: &str) -> String {
    let mut engine = Engine::new();
    engine.backend(backend).natives(relon::natives![small, smaller, twice, behind_c, foreign]);
    let rule = format!("#main(Int n) -> Int\n\n1 + {native}(n)");
    let program = engine.load("panics.relon", &rule).expect("a program");
    assert_eq!(program.run_json(r#"{"n": 2}"#).expect("a number"), if native == "smaller" { "2" } else { "3" });
    let error = program.run_json(r#"{"n": 5}"#).expect_err("it panics");
    assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::NativePanicked));
    let span = error.problems()[0].span.expect("a span");
    let place = error.sources().expect("sources").file(span).position(span.start);
    assert_eq!((place.line, place.column), (3, 5), "the call in the rule");
    error.problems()[0].message.clone()
}

/// Whether a message has the text of the panic and its place in this file.
fn is_whole(message: &str) -> bool {
    message.contains("5 is not small") && message.contains(&format!("panics.rs:{LINE}:"))
}

/// The variable that names the case for a process.
const CASE: &str = "RELON_PANIC_CASE";

/// Runs a case in a process of its own: its status and what it prints on stderr.
fn process(case: &str) -> (ExitStatus, String) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "a_case", "--nocapture", "--test-threads=1"]).env(CASE, case).env("RUST_BACKTRACE", "0");
    let output = command.output().expect("it runs");
    (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The places that a hook was told of.
static PLACES: Mutex<Vec<(String, u32)>> = Mutex::new(Vec::new());

fn set_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| (place.file().to_owned(), place.line()));
        PLACES.lock().expect("no panic in the hook").extend(place);
    }));
}

fn places() -> Vec<(String, u32)> {
    std::mem::take(&mut PLACES.lock().expect("no panic in the hook"))
}

/// What the process of a case does.
#[test]
fn a_case() {
    let Ok(case) = std::env::var(CASE) else { return };
    match case.split_once(' ').unwrap_or((&case, "")) {
        ("quiet", _) => Backend::ALL.iter().for_each(|backend| assert!(is_whole(&message(*backend, "smaller")))),
        ("hook", "before") => {
            set_hook();
            for &backend in Backend::ALL {
                assert!(is_whole(&message(backend, "small")), "the error is the same");
                assert_eq!(places(), [(file!().to_owned(), LINE)], "{backend:?}");
            }
        }
        ("hook", "after") => {
            assert!(is_whole(&message(Backend::Eval, "small")));
            set_hook();
            for &backend in Backend::ALL {
                // The hook took the place of the one that remembers places.
                assert_eq!(message(backend, "small"), "a native panicked: 5 is not small");
                assert_eq!(places(), [(file!().to_owned(), LINE)], "{backend:?}");
            }
        }
        (native, backend) => {
            let backend = Backend::ALL.iter().find(|known| format!("{known:?}") == backend).expect("a backend");
            message(*backend, native);
            panic!("the process goes on");
        }
    }
}

#[test]
fn panics_are_quiet_and_destructors_run() {
    for (native, drops) in [("small", 1), ("smaller", 2)] {
        for &backend in Backend::ALL {
            DROPPED.store(0, Ordering::Relaxed);
            assert!(is_whole(&message(backend, native)), "{native}, {backend:?}");
            assert_eq!(
                DROPPED.load(Ordering::Relaxed),
                2 * drops,
                "{native}, {backend:?}: one call ends well, one panics"
            );
        }
    }
    let (status, said) = process("quiet");
    assert!(status.success() && said.is_empty(), "{said}");
}

#[test]
fn a_hook_of_the_program_sees_where_natives_panic() {
    for case in ["hook before", "hook after"] {
        let (status, said) = process(case);
        assert!(status.success(), "{case}: {said}");
    }
}

#[test]
#[cfg(unix)]
fn what_nothing_can_catch_ends_the_process_and_says_why() {
    use std::os::unix::process::ExitStatusExt;
    const SIGABRT: i32 = 6;
    for backend in Backend::ALL {
        for (native, texts) in [
            ("twice", ["and its destructor too", "panic in a destructor during cleanup"]),
            ("behind_c", ["5 is not small", "panic in a function that cannot unwind"]),
            ("foreign", ["Rust cannot catch foreign exceptions", "Rust cannot catch foreign exceptions"]),
        ] {
            let (status, said) = process(&format!("{native} {backend:?}"));
            assert_eq!(status.signal(), Some(SIGABRT), "{native}, {backend:?}: {said}");
            assert!(texts.iter().all(|text| said.contains(text)), "{native}, {backend:?}: {said}");
            assert!(native == "foreign" || said.contains("panics.rs:"), "{native}, {backend:?}: {said}");
        }
    }
}
