//! The state of one call of a rule: its arena, its recursion budget, and the failure of a native.

use super::Str;

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
    /// End of the arena's current chunk.
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

impl Context {
    /// Room for `size` bytes in the arena of the call; null where its limit is reached.
    ///
    /// # Safety
    /// `context` is that of a running call, and `align` is a power of two.
    #[inline(always)]
    pub unsafe fn alloc(context: *mut Context, size: usize, align: usize) -> *mut u8 {
        // SAFETY: cursor and limit belong to one chunk, and the addition is checked against its end by numbers.
        unsafe {
            let cursor = (*context).cursor;
            let padding = cursor.addr().wrapping_neg() & (align - 1);
            let room = (*context).limit.addr() - cursor.addr();
            match padding.checked_add(size) {
                Some(needed) if needed <= room => {
                    (*context).cursor = cursor.wrapping_add(needed);
                    cursor.wrapping_add(padding)
                }
                _ => ((*context).grow)(context, size, align),
            }
        }
    }

    /// Copies a text into the arena of the call; none where its limit is reached.
    ///
    /// # Safety
    /// `context` is that of a running call; the text is valid until the arena is reset.
    #[inline]
    pub unsafe fn alloc_str(context: *mut Context, text: &str) -> Option<Str<'static>> {
        // SAFETY: the room is as large as the text, and new.
        unsafe {
            let room = Self::alloc(context, text.len(), 1);
            if room.is_null() {
                return None;
            }
            std::ptr::copy_nonoverlapping(text.as_ptr(), room, text.len());
            Some(Str::from(std::str::from_utf8_unchecked(std::slice::from_raw_parts(room, text.len()))))
        }
    }

    /// Stores a failure.
    ///
    /// # Safety
    /// `context` is that of a running call.
    pub unsafe fn fail(context: *mut Context, kind: crate::TrapKind, message: &str) {
        // SAFETY: the caller's condition. A message that finds no room is left out; the kind says the most.
        unsafe {
            let message = Self::alloc_str(context, message).unwrap_or_default();
            (*context).failure = Failure { kind: kind as u32, message };
        }
    }
}
