//! Failures after which LLVM ends the process: an instruction that the processor lacks, broken invariants, no memory left.
//!
//! LLVM calls the handler here first. Nothing can be saved then: a return ends the process, and a panic would unwind through code that
//! isn't made for it. So the handler says what was compiled and what to do. All that LLVM reports in another way becomes an
//! [`Error`](crate::Error) instead; see [`Context`](super::Context).

use std::cell::RefCell;
use std::ffi::c_char;
use std::io::Write;

thread_local!(static DOING: RefCell<Option<Doing>> = const { RefCell::new(None) });

/// What a thread has LLVM do.
struct Doing {
    subject: String,
    phase: &'static str,
}

/// Remembers what this thread compiles, until it is dropped.
pub(crate) struct Watch(Option<Doing>);

impl Watch {
    /// The subject is what is compiled, such as ``the rule `main` ``.
    pub(crate) fn start(subject: String) -> Watch {
        Watch(DOING.replace(Some(Doing { subject, phase: "reading" })))
    }

    /// Says what comes next, such as `optimising`.
    pub(crate) fn phase(phase: &'static str) {
        DOING.with_borrow_mut(|doing| {
            if let Some(doing) = doing {
                doing.phase = phase;
            }
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        DOING.set(self.0.take());
    }
}

/// LLVM's handler for fatal errors; LLVM ends the process when it returns.
pub(super) extern "C" fn handler(reason: *const c_char) {
    let reason = super::buffer::text(reason);
    // At the end of a thread the place may be gone; and where nobody reads stderr there is nobody to tell.
    let message = DOING.try_with(|doing| message(&reason, doing.try_borrow().ok().as_deref().and_then(Option::as_ref)));
    let _ = writeln!(std::io::stderr(), "{}", message.unwrap_or(reason));
}

fn message(reason: &str, doing: Option<&Doing>) -> String {
    let context = doing.map(|doing| format!(" while {} {}", doing.phase, doing.subject)).unwrap_or_default();
    format!(
        "relon: LLVM has to end this process{context}\n\
         LLVM says: {reason}\n\
         Most often a native's code needs what the processor of the unit lacks. Let the native stay a call (`#[inline(never)]` and the world \
         `static`), compile for a processor that has it, or run the rule with Cranelift or the evaluator. `relon doctor` shows which LLVM it is."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_ends_with_its_compilation() {
        let shown = || DOING.with_borrow(|doing| message("no", doing.as_ref()));
        let outer = Watch::start("the rule `outer`".into());
        {
            let _inner = Watch::start("the rule `inner`".into());
            Watch::phase("optimising");
            assert!(shown().starts_with("relon: LLVM has to end this process while optimising the rule `inner`\n"));
        }
        assert!(shown().contains("while reading the rule `outer`\nLLVM says: no\n"), "{}", shown());
        drop(outer);
        assert!(shown().starts_with("relon: LLVM has to end this process\n"));
    }
}
