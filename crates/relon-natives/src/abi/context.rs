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
