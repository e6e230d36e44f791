//! The memory that rules build their results in.

use std::cell::Cell;

use relon_natives::abi::{Call, Context};

/// Bytes that one run may use where nothing else is said.
const BYTES: usize = 1 << 30;
/// Nested calls that are allowed where nothing else is said.
const DEPTH: u64 = 10_000;

/// Memory for the results of compiled-in rules, to be used for one run after the other.
///
/// A result is a view into the arena it was made in, and ends with the next run. From the second run of a kind on, no memory is allocated.
#[derive(Debug)]
pub struct Arena {
    call: Call,
    depth: u64,
}

impl Default for Arena {
    fn default() -> Self {
        Arena::new()
    }
}

impl Arena {
    /// An arena for up to 1 GiB of values and 10,000 nested calls in one run. It takes memory when it is first needed.
    pub fn new() -> Self {
        Arena::with_limits(BYTES, DEPTH)
    }

    /// An arena with limits of its own: bytes of values made by one run, beyond which it is `ValueTooLarge`, and nested calls, beyond
    /// which it is `RecursionLimitExceeded`. A run whose nested calls could take more than 2 GiB of stack does not begin, which is an error too.
    pub fn with_limits(bytes: usize, depth: u64) -> Self {
        Arena { call: Call::new(bytes), depth }
    }

    /// Bytes that the values of the last run take.
    pub fn used_bytes(&self) -> usize {
        self.call.used_bytes()
    }

    /// Bytes that the arena holds.
    pub fn capacity(&self) -> usize {
        self.call.capacity()
    }

    /// Frees the values of the last run.
    #[inline]
    pub(crate) fn begin(&mut self) -> *mut Context {
        self.call.begin(self.depth)
    }

    /// The state of the last run, for code that does not refer to it.
    #[inline]
    pub(crate) fn context(&self) -> *mut Context {
        self.call.context_ptr()
    }

    /// The state of the last run.
    pub(crate) fn call(&mut self) -> &mut Call {
        &mut self.call
    }

    /// Nested calls that are allowed.
    pub(crate) fn depth(&self) -> u64 {
        self.depth
    }
}

thread_local! {
    static SPARE: Cell<Option<Arena>> = const { Cell::new(None) };
}

/// Runs `body` with an arena of this thread. A rule that is run within another gets an arena of its own.
#[doc(hidden)]
pub fn with_spare<T>(body: impl FnOnce(&mut Arena) -> T) -> T {
    let mut arena = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
    let result = body(&mut arena);
    let _ = SPARE.try_with(|spare| spare.set(Some(arena)));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_keeps_its_arena() {
        with_spare(|arena| {
            let context = arena.begin();
            // SAFETY: the context of a live call.
            assert!(unsafe { Context::alloc_str(context, "text") }.is_some());
            with_spare(|inner| assert_eq!(inner.capacity(), 0));
        });
        // The inner arena came back first and was replaced by the outer one.
        assert!(with_spare(|arena| arena.capacity()) > 0);
    }
}
