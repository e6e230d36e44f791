//! Stack for runs of rules whose calls nest.

/// Stack for everything else that a run does.
const REST: usize = 256 * 1024;
/// The most stack that a run may ask for.
const MOST: usize = 2 << 30;

/// The status of a run that did not begin, since its nested calls could need more stack than a run may ask for. No place of a rule has it.
pub(crate) const TOO_DEEP: u32 = u32::MAX - 1;

/// Bytes of stack that a run may need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stack {
    /// Beside its nested calls.
    pub(crate) once: usize,
    /// For each nested call; 0 where calls do not nest.
    pub(crate) frame: usize,
}

impl Stack {
    /// For a run with so many nested calls; none where that is more than a run may ask for.
    fn bytes(self, depth: u64) -> Option<usize> {
        let nested = self.frame.checked_mul(usize::try_from(depth).ok()?)?;
        nested.checked_add(self.once)?.checked_add(REST).filter(|bytes| *bytes <= MOST)
    }

    /// Whether a run with so many nested calls can have its stack.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn allows(self, depth: u64) -> bool {
        self.bytes(depth).is_some()
    }

    /// Runs the code with stack for so many nested calls, and gives its status or [`TOO_DEEP`].
    pub(crate) fn run(self, depth: u64, code: impl FnOnce() -> u32) -> u32 {
        match self.bytes(depth) {
            Some(bytes) => stacker::maybe_grow(bytes, bytes + REST, code),
            None => TOO_DEEP,
        }
    }
}

/// What is said of a run that would be too deep.
pub(crate) fn too_deep(depth: u64) -> String {
    format!("the rule needs too much stack for {depth} nested calls")
}

/// What can be done about it.
#[cfg(any(feature = "cranelift", feature = "llvm"))]
pub(crate) const HINT: &str = "set a lower recursion limit, or make the functions smaller";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_would_be_too_deep_does_not_begin() {
        let stack = Stack { once: 1 << 10, frame: 1 << 10 };
        assert_eq!(stack.run(1000, || 7), 7);
        for depth in [1 << 21, u64::MAX] {
            assert_eq!(stack.run(depth, || panic!("it began")), TOO_DEEP);
        }
        assert_eq!(Stack { once: usize::MAX, frame: 0 }.run(0, || 7), TOO_DEEP);
    }
}
