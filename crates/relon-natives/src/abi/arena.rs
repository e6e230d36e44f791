//! The host's side of a call: the memory that its values live in, and the context that compiled code sees.
//!
//! Values are never freed one by one. The arena hands out room from chunks; a reset makes all room free again, joined into
//! one chunk that is as large as what was used before. So calls of one kind allocate nothing from the second on.

use std::alloc::Layout;
use std::ptr::NonNull;

use super::context::MAX_ALIGN;
use super::{Context, Failure, Str};
use crate::{Trap, TrapKind};

/// Bytes of the first chunk.
const FIRST_CHUNK: usize = 16 << 10;
/// A chunk is twice as large as the one before it, up to this.
const LARGEST_STEP: usize = 64 << 20;

/// Memory of one size, aligned to [`MAX_ALIGN`].
#[derive(Debug)]
struct Chunk {
    start: NonNull<u8>,
    layout: Layout,
}

impl Chunk {
    /// None where the system has no memory left.
    fn new(capacity: usize) -> Option<Chunk> {
        let layout = Layout::from_size_align(capacity.max(MAX_ALIGN), MAX_ALIGN).ok()?;
        // SAFETY: the size is not 0.
        let start = NonNull::new(unsafe { std::alloc::alloc(layout) })?;
        Some(Chunk { start, layout })
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { std::alloc::dealloc(self.start.as_ptr(), self.layout) }
    }
}

/// Room for the values of one call, up to a limit.
#[derive(Debug)]
pub struct Arena {
    chunks: Vec<Chunk>,
    /// Bytes used of all chunks but the last.
    finished: usize,
    byte_limit: usize,
}

/// A free range that is handed to the context.
struct Room {
    start: *mut u8,
    limit: *mut u8,
}

impl Room {
    /// A range of no bytes, at an address that suits every alignment.
    #[inline]
    fn none() -> Room {
        let address = std::ptr::without_provenance_mut(MAX_ALIGN);
        Room { start: address, limit: address }
    }
}

impl Arena {
    /// An empty arena whose values may take `byte_limit` bytes (rounded up to [`MAX_ALIGN`]).
    pub fn new(byte_limit: usize) -> Arena {
        let byte_limit = byte_limit.min(isize::MAX as usize / 2).next_multiple_of(MAX_ALIGN);
        Arena { chunks: Vec::new(), finished: 0, byte_limit }
    }

    /// Bytes that the host holds for this arena.
    pub fn capacity(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.layout.size()).sum()
    }

    /// Bytes used up to the cursor, which is in the last chunk.
    fn used(&self, cursor: *mut u8) -> usize {
        let last = self.chunks.last().map_or(0, |chunk| cursor.addr() - chunk.start.addr().get());
        self.finished + last.next_multiple_of(MAX_ALIGN)
    }

    /// A new chunk with room for `size` bytes, unless that exceeds the limit.
    fn grow(&mut self, cursor: *mut u8, size: usize) -> Option<Room> {
        let used = self.used(cursor);
        let left = self.byte_limit - used;
        if size > left {
            return None;
        }
        let step = self.chunks.last().map_or(FIRST_CHUNK, |last| (last.layout.size() * 2).min(LARGEST_STEP));
        let chunk = Chunk::new(size.max(step).min(left).next_multiple_of(MAX_ALIGN))?;
        self.chunks.push(chunk);
        self.finished = used;
        Some(self.room())
    }

    /// The last chunk as far as the limit allows.
    #[inline]
    fn room(&self) -> Room {
        let Some(chunk) = self.chunks.last() else { return Room::none() };
        let start = chunk.start.as_ptr();
        let size = chunk.layout.size().min(self.byte_limit - self.finished);
        Room { start, limit: start.wrapping_add(size) }
    }

    /// Makes all room free again. Values in the arena are gone.
    fn reset(&mut self) -> Room {
        if self.chunks.len() > 1 {
            let total = self.capacity();
            self.chunks.clear();
            self.chunks.extend(Chunk::new(total));
        }
        self.finished = 0;
        self.room()
    }
}

/// What [`grow`] finds behind a context.
#[repr(C)]
struct State {
    context: Context,
    /// Where the cursor stands when nothing is used.
    start: *mut u8,
    /// Whether the arena has grown since the last call began.
    grown: bool,
    arena: Arena,
}

impl State {
    /// Makes all room free after the arena has grown.
    #[cold]
    fn reset(&mut self) {
        let room = self.arena.reset();
        self.start = room.start;
        self.context.limit = room.limit;
        self.grown = false;
    }
}

/// The slow path of [`Context::alloc`].
unsafe extern "C" fn grow(context: *mut Context, size: usize, align: usize) -> *mut u8 {
    debug_assert!(align <= MAX_ALIGN);
    // SAFETY: every context with this callback is the first field of a `State`, and its pointer was made from one to the whole.
    let state = unsafe { &mut *context.cast::<State>() };
    state.grown = true;
    let Some(room) = state.arena.grow(state.context.cursor, size) else { return std::ptr::null_mut() };
    state.context.cursor = room.start.wrapping_add(size);
    state.context.limit = room.limit;
    room.start
}

/// Arena and context of a call, to be used for one call after the other.
///
/// ```
/// use relon_natives::abi::{Call, Context};
///
/// let mut call = Call::new(1 << 20);
/// let context = call.begin(1000);
/// // SAFETY: the context is that of `call`.
/// let text = unsafe { Context::alloc_str(context, "kept until the next call") };
/// assert_eq!(text.unwrap(), "kept until the next call");
/// assert_eq!(call.take_failure(), None);
/// ```
#[derive(Debug)]
pub struct Call {
    state: NonNull<State>,
}

// SAFETY: a `Call` owns what it points to, and nothing in it is bound to a thread.
unsafe impl Send for Call {}

impl Call {
    /// A call whose values may take `byte_limit` bytes.
    pub fn new(byte_limit: usize) -> Call {
        let room = Room::none();
        let context = Context {
            cursor: room.start,
            limit: room.limit,
            grow,
            depth: 0,
            natives: std::ptr::null(),
            failure: Failure { kind: 0, message: Str::EMPTY },
        };
        let state = Box::new(State { context, start: room.start, grown: false, arena: Arena::new(byte_limit) });
        Call { state: NonNull::from(Box::leak(state)) }
    }

    /// Frees the values of the call before and allows `depth` nested calls. The pointer is good until the next `begin`.
    #[inline]
    pub fn begin(&mut self, depth: u64) -> *mut Context {
        let state = self.state_mut();
        if state.grown {
            state.reset();
        }
        state.context.cursor = state.start;
        state.context.depth = depth;
        // The message counts only where there is a kind.
        state.context.failure.kind = 0;
        self.context_ptr()
    }

    /// Sets the addresses of open-world natives.
    ///
    /// # Safety
    /// The table lives as long as rules are called with this context, and fits their modules.
    #[inline]
    pub unsafe fn set_natives(&mut self, natives: *const *const u8) {
        self.state_mut().context.natives = natives;
    }

    /// The context, for compiled code.
    #[inline]
    pub fn context_ptr(&self) -> *mut Context {
        self.state.as_ptr().cast()
    }

    /// What the last failing native stored, if there was one.
    pub fn take_failure(&mut self) -> Option<Trap> {
        let failure = &mut self.state_mut().context.failure;
        let kind = TrapKind::from_code(std::mem::take(&mut failure.kind))?;
        let message = std::mem::take(&mut failure.message).to_string();
        Some(Trap { kind, message })
    }

    /// Bytes of the values made since the last `begin`.
    pub fn used_bytes(&self) -> usize {
        // SAFETY: the state is alive, and compiled code runs only while the caller of it is elsewhere.
        let state = unsafe { self.state.as_ref() };
        state.arena.used(state.context.cursor)
    }

    /// Bytes that the host holds for this call.
    pub fn capacity(&self) -> usize {
        // SAFETY: as in `used_bytes`.
        unsafe { self.state.as_ref() }.arena.capacity()
    }

    #[inline]
    fn state_mut(&mut self) -> &mut State {
        // SAFETY: as in `used_bytes`, and the borrow of `self` is exclusive.
        unsafe { self.state.as_mut() }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // SAFETY: made by `Box::leak` in `new`, and dropped once.
        drop(unsafe { Box::from_raw(self.state.as_ptr()) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(context: *mut Context, count: usize, size: usize) {
        for round in 0..count {
            // SAFETY: the context of a live call.
            let start = unsafe { Context::alloc(context, size, 8) };
            assert!(!start.is_null(), "round {round}");
            assert_eq!(start.addr() % 8, 0);
            // SAFETY: the room is `size` bytes long.
            unsafe { start.write_bytes(round as u8, size) };
        }
    }

    #[test]
    fn values_do_not_overlap() {
        let mut call = Call::new(1 << 20);
        let context = call.begin(0);
        let texts: Vec<Str<'_>> = (0..2000)
            .map(|number: i32| {
                // SAFETY: the context of a live call.
                unsafe { Context::alloc_str(context, &number.to_string()) }.expect("room")
            })
            .collect();
        assert!((0..2000).zip(&texts).all(|(number, text)| number.to_string() == **text));
    }

    #[test]
    fn calls_of_one_kind_allocate_nothing_from_the_second_on() {
        let mut call = Call::new(1 << 24);
        fill(call.begin(0), 300, 1001);
        call.begin(0);
        let (capacity, chunk) = (call.capacity(), call.state_mut().arena.chunks[0].start);
        fill(call.context_ptr(), 300, 1001);
        fill(call.begin(0), 300, 1001);
        assert_eq!((call.capacity(), call.state_mut().arena.chunks[0].start), (capacity, chunk));
        assert_eq!(call.state_mut().arena.chunks.len(), 1);
    }

    #[test]
    fn the_limit_is_exact_however_large_the_chunks_are() {
        for limit in [16, 4096, 100_000] {
            let mut call = Call::new(limit);
            for _ in 0..3 {
                let context = call.begin(0);
                fill(context, limit / 16, 16);
                // SAFETY: the context of a live call.
                assert!(unsafe { Context::alloc(context, 1, 1) }.is_null());
                assert_eq!(call.used_bytes(), limit);
            }
        }
    }

    #[test]
    fn absurd_sizes_are_refused() {
        let mut call = Call::new(usize::MAX);
        let context = call.begin(0);
        for size in [usize::MAX, isize::MAX as usize, usize::MAX - 64] {
            // SAFETY: the context of a live call.
            assert!(unsafe { Context::alloc(context, size, 16) }.is_null());
        }
        // SAFETY: the context of a live call.
        assert!(unsafe { Context::alloc_array::<u64>(context, usize::MAX / 4) }.is_none());
        fill(context, 1, 8);
    }

    #[test]
    fn a_failure_is_taken_once_and_survives_a_full_arena() {
        let mut call = Call::new(16);
        let context = call.begin(0);
        // SAFETY: the context of a live call.
        unsafe { Context::fail(context, TrapKind::NativeFailed, "no rate") };
        let trap = Trap { kind: TrapKind::NativeFailed, message: "no rate".to_owned() };
        assert_eq!(call.take_failure(), Some(trap));
        assert_eq!(call.take_failure(), None);
        // SAFETY: as above.
        unsafe { Context::fail(context, TrapKind::NativeFailed, "longer than the arena has room for") };
        assert_eq!(call.take_failure().map(|trap| trap.message), Some(String::new()));
    }
}
