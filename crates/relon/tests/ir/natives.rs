//! Natives that cases call: one of each convention.

use relon_natives::TrapKind;
use relon_natives::abi::Context;
use relon_natives::open::Target;

/// Name and address of each.
pub(crate) const ALL: [(&str, *const u8); 6] = [
    ("plus_seven", plus_seven as *const u8),
    ("half", half as *const u8),
    ("is_even", is_even as *const u8),
    ("count", count as *const u8),
    ("store_next", store_next as *const u8),
    ("host_half", (&raw const HALF.0).cast()),
];

/// A function of a host, with the number that it divides by as its state.
static HALF: Shared = Shared(Target { entry: quotient, state: (&raw const TWO).cast() });
static TWO: i64 = 2;

struct Shared(Target);

// SAFETY: what it refers to is constant.
unsafe impl Sync for Shared {}

/// Fails where something is left.
///
/// # Safety
/// `state` and the argument are Ints, `context` is that of a running call, and `out` has room for an Int.
unsafe extern "C" fn quotient(
    state: *const (),
    context: *mut Context,
    arguments: *const *const u8,
    out: *mut u8,
) -> u32 {
    // SAFETY: the caller's condition.
    unsafe {
        let (x, divisor) = (arguments.read().cast::<i64>().read(), state.cast::<i64>().read());
        if x % divisor != 0 {
            return Context::fail(context, TrapKind::NativeFailed, "odd");
        }
        out.cast::<i64>().write(x / divisor);
    }
    0
}

/// The address of a native.
pub(crate) fn address(symbol: &str) -> usize {
    let found = ALL.iter().find(|(name, _)| *name == symbol);
    found.unwrap_or_else(|| panic!("no native for cases is called `{symbol}`")).1 as usize
}

extern "C" fn plus_seven(x: i64) -> i64 {
    x + 7
}

/// Fails for what is odd.
///
/// # Safety
/// `context` is that of a running call, and `out` has room for an Int.
unsafe extern "C" fn half(context: *mut Context, x: i64, out: *mut i64) -> u32 {
    // SAFETY: the caller's condition.
    unsafe {
        if x % 2 != 0 {
            return Context::fail(context, TrapKind::NativeFailed, "odd");
        }
        out.write(x / 2);
    }
    0
}

extern "C" fn is_even(x: i64) -> u8 {
    u8::from(x % 2 == 0)
}

/// Tells how many of its Bools are true, by their bytes, and adds the numbers.
extern "C" fn count(a: u8, x: i64, b: u8, y: f64, c: u8) -> i64 {
    i64::from(a) + i64::from(b) + i64::from(c) + x + y as i64
}

/// # Safety
/// `out` has room for an Int.
unsafe extern "C" fn store_next(x: i64, out: *mut i64) {
    // SAFETY: the caller's condition.
    unsafe { out.write(x + 1) }
}
