//! The state of one call of a rule, owned by the host: an arena for its values, and the limits it runs under.

use crate::abi::{Context, Failure, Str};
use crate::{Trap, TrapKind};

const FIRST_CHUNK: usize = 16 * 1024;

/// The state of one call. It can be used again for the next, and then keeps its memory.
#[repr(C)]
pub struct Call {
    // First, so that `grow` finds the rest behind the pointer that compiled code has.
    context: Context,
    chunks: Vec<Vec<u64>>,
    used_bytes: usize,
    limit_bytes: usize,
}

impl Call {
    /// A call that may make `limit_bytes` of values and nest `depth` calls.
    pub fn new(limit_bytes: usize, depth: u64) -> Box<Self> {
        let context = Context {
            cursor: std::ptr::null_mut(),
            limit: std::ptr::null_mut(),
            grow,
            depth,
            natives: std::ptr::null(),
            failure: Failure { kind: 0, message: Str::default() },
        };
        Box::new(Call { context, chunks: Vec::new(), used_bytes: 0, limit_bytes })
    }

    /// Uses this table of open-world natives.
    ///
    /// # Safety
    /// The table must hold an address for each native that the program calls so, and outlive the calls.
    pub unsafe fn set_natives(&mut self, natives: *const *const u8) {
        self.context.natives = natives;
    }

    /// What compiled code gets. Values that it makes are valid until this is dropped or [reset](Self::reset).
    pub fn context(&mut self) -> *mut Context {
        (self as *mut Call).cast()
    }

    /// The failure that a native stored, if any.
    pub fn take_failure(&mut self) -> Option<Trap> {
        let kind = TrapKind::from_code(std::mem::take(&mut self.context.failure.kind))?;
        Some(Trap::new(kind, self.context.failure.message.as_str()))
    }

    /// Forgets all values and keeps the largest chunk of memory for the next call.
    pub fn reset(&mut self, depth: u64) {
        let largest = self.chunks.pop();
        self.chunks.clear();
        self.context.failure = Failure { kind: 0, message: Str::default() };
        self.context.depth = depth;
        (self.context.cursor, self.context.limit) = (std::ptr::null_mut(), std::ptr::null_mut());
        self.used_bytes = 0;
        if let Some(chunk) = largest {
            self.adopt(chunk);
        }
    }

    fn adopt(&mut self, mut chunk: Vec<u64>) {
        let bytes = chunk.capacity() * 8;
        self.context.cursor = chunk.as_mut_ptr().cast();
        self.context.limit = self.context.cursor.wrapping_add(bytes);
        self.used_bytes += bytes;
        self.chunks.push(chunk);
    }

    fn grow(&mut self, size: usize, align: usize) -> *mut u8 {
        let Some(needed) = size.checked_add(align) else { return std::ptr::null_mut() };
        let last = self.chunks.last().map_or(FIRST_CHUNK / 2, |chunk| chunk.capacity() * 8);
        let left = self.limit_bytes.saturating_sub(self.used_bytes);
        if needed > left {
            return std::ptr::null_mut();
        }
        let bytes = needed.max((last * 2).min(left));
        let mut chunk: Vec<u64> = Vec::new();
        if chunk.try_reserve_exact(bytes.div_ceil(8)).is_err() {
            return std::ptr::null_mut();
        }
        self.adopt(chunk);
        // SAFETY: this is the context of a running call, and its new chunk has room.
        unsafe { Context::alloc(&raw mut self.context, size, align) }
    }
}

/// # Safety
/// `context` is the first field of a [`Call`].
unsafe extern "C" fn grow(context: *mut Context, size: usize, align: usize) -> *mut u8 {
    // SAFETY: the caller's condition; compiled code holds no other reference to the call.
    unsafe { (*context.cast::<Call>()).grow(size, align) }
}

// SAFETY: all that the pointers of a call refer to is owned by it, or is code and constants.
unsafe impl Send for Call {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_between_calls() {
        let mut call = Call::new(1 << 20, 10);
        for _ in 0..3 {
            for size in [1usize, 7, 3000, 100_000] {
                // SAFETY: the context is that of a live call.
                let room = unsafe { Context::alloc(call.context(), size, 8) };
                assert!(!room.is_null() && room.addr() % 8 == 0);
                // SAFETY: the room has `size` bytes.
                unsafe { room.write_bytes(0xab, size) };
            }
            call.reset(10);
            assert_eq!(call.chunks.len(), 1);
        }
    }

    #[test]
    fn the_limit_holds() {
        let mut call = Call::new(64 * 1024, 10);
        // SAFETY: the context is that of a live call.
        let rooms = (0..100).map(|_| unsafe { Context::alloc(call.context(), 1000, 1) });
        assert!(rooms.filter(|room| !room.is_null()).count() <= 65);
        // SAFETY: as above.
        assert!(unsafe { Context::alloc(call.context(), usize::MAX, 8) }.is_null());
    }

    #[test]
    fn failures_are_taken_once() {
        let mut call = Call::new(1 << 20, 10);
        // SAFETY: the context is that of a live call.
        unsafe { Context::fail(call.context(), TrapKind::EmptyList, "nothing there") };
        assert_eq!(call.take_failure(), Some(Trap::new(TrapKind::EmptyList, "nothing there")));
        assert_eq!(call.take_failure(), None);
    }
}
