//! The state of one call of a rule: its arena, its recursion budget, and the failure of a native.
//!
//! Compiled rules, natives and the host reach it by a raw pointer: none of them may hold a reference to it while another
//! can write to it.

use super::Str;
use crate::TrapKind;

/// What a native left behind when its status was not 0.
#[repr(C)]
pub struct Failure {
    /// A [`TrapKind`](crate::TrapKind) as a number.
    pub kind: u32,
    /// Text for the user, in the arena of the call; empty where the kind says it all.
    pub message: Str<'static>,
}

/// What compiled code sees of a call. Compiled code knows the offsets of these fields
/// (`relon_ir::layout::context`), so their order is part of the ABI.
#[repr(C)]
pub struct Context {
    /// Next free byte of the arena's current chunk.
    pub cursor: *mut u8,
    /// End of the arena's current chunk, aligned to [`MAX_ALIGN`].
    pub limit: *mut u8,
    /// Makes room for `size` bytes (`align` is a power of two) and returns them; null where the limit is reached.
    pub grow: unsafe extern "C" fn(context: *mut Context, size: usize, align: usize) -> *mut u8,
    /// How many nested calls are still allowed.
    pub depth: u64,
    /// Addresses of open-world natives, by their index in the module.
    pub natives: *const *const u8,
    /// The failure of the last native whose status was not 0.
    pub failure: Failure,
}

/// The largest alignment of a value in the arena.
pub const MAX_ALIGN: usize = 16;

impl Context {
    /// Takes `size` bytes from the arena: a bump and a comparison, or a call of `grow`. Null where the limit is reached.
    ///
    /// # Safety
    /// `context` is that of a running call; `align` is a power of two and at most [`MAX_ALIGN`].
    #[inline(always)]
    pub unsafe fn alloc(context: *mut Context, size: usize, align: usize) -> *mut u8 {
        // SAFETY: the context is alive, and no reference to it is held.
        unsafe {
            let cursor = (*context).cursor;
            let start = cursor.wrapping_add(cursor.addr().wrapping_neg() & (align - 1));
            // The limit is aligned at least as much as `start`, so the difference is never negative.
            if size <= (*context).limit.addr().wrapping_sub(start.addr()) {
                (*context).cursor = start.wrapping_add(size);
                start
            } else {
                std::hint::cold_path();
                ((*context).grow)(context, size, align)
            }
        }
    }

    /// Takes room for `count` values from the arena; none where the limit is reached.
    ///
    /// # Safety
    /// `context` is that of a running call. The room is not initialised.
    #[inline(always)]
    pub unsafe fn alloc_array<T>(context: *mut Context, count: usize) -> Option<*mut T> {
        const { assert!(align_of::<T>() <= MAX_ALIGN) };
        let size = size_of::<T>().checked_mul(count)?;
        // SAFETY: the caller's condition; the alignment was asserted.
        let start = unsafe { Self::alloc(context, size, align_of::<T>()) };
        (!start.is_null()).then_some(start.cast())
    }

    /// Copies a text into the arena; none where the limit is reached.
    ///
    /// # Safety
    /// `context` is that of a running call. The copy is alive until the arena is reset, not for `'static`.
    #[inline(always)]
    pub unsafe fn alloc_str(context: *mut Context, text: &str) -> Option<Str<'static>> {
        // SAFETY: the caller's condition; the room is as long as the text.
        unsafe {
            let start = Self::alloc_array::<u8>(context, text.len())?;
            std::ptr::copy_nonoverlapping(text.as_ptr(), start, text.len());
            Some(Str::from(super::value::text(start, text.len())))
        }
    }

    /// Stores a failure and gives the status to return. Where the message has no room, the kind stands alone.
    ///
    /// # Safety
    /// `context` is that of a running call.
    #[cold]
    pub unsafe fn fail(context: *mut Context, kind: TrapKind, message: &str) -> u32 {
        // SAFETY: the caller's condition.
        unsafe {
            let message = Self::alloc_str(context, message).unwrap_or(Str::EMPTY);
            (*context).failure = Failure { kind: kind as u32, message };
        }
        1
    }
}
