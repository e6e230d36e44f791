//! `std/math`: functions on numbers that need more than the language's operators.

use crate::{Trap, TrapKind, native};

/// Encoded descriptors of all natives of this module.
pub(super) const DESCRIPTORS: &[&[u8]] = &[
    &__relon_descriptor_relon_std__math__sqrt,
    &__relon_descriptor_relon_std__math__pow,
    &__relon_descriptor_relon_std__math__floor,
    &__relon_descriptor_relon_std__math__ceil,
    &__relon_descriptor_relon_std__math__round,
    &__relon_descriptor_relon_std__math__in_range,
    &__relon_descriptor_relon_std__math__multiple_of,
];

/// Square root; NaN for a negative number. `math.sqrt(9.0)` is `3.0`.
#[native(crate = relon_natives, name = "std.math.sqrt")]
pub fn sqrt(n: f64) -> f64 {
    n.sqrt()
}

/// A whole power of a Float, by repeated multiplication, so that every machine gives the same bits. `math.pow(2.0, 10)` is `1024.0`.
#[native(crate = relon_natives, name = "std.math.pow")]
pub fn pow(base: f64, exponent: i64) -> f64 {
    let (mut power, mut factor, mut left) = (1.0, base, exponent.unsigned_abs());
    while left > 0 {
        if left & 1 == 1 {
            power *= factor;
        }
        factor *= factor;
        left >>= 1;
    }
    if exponent < 0 { 1.0 / power } else { power }
}

/// The largest Int that is not above the number. `math.floor(-1.5)` is `-2`.
#[native(crate = relon_natives, name = "std.math.floor")]
pub fn floor(n: f64) -> i64 {
    // The conversion stops at the ends of the Int range.
    n.floor() as i64
}

/// The smallest Int that is not below the number. `math.ceil(1.5)` is `2`.
#[native(crate = relon_natives, name = "std.math.ceil")]
pub fn ceil(n: f64) -> i64 {
    n.ceil() as i64
}

/// The nearest Int; of two equally near ones the even one. `math.round(2.5)` is `2`.
#[native(crate = relon_natives, name = "std.math.round")]
pub fn round(n: f64) -> i64 {
    n.round_ties_even() as i64
}

/// Whether a number lies between two bounds, both included. `math.in_range(5, 1, 5)` is `true`.
#[native(crate = relon_natives, name = "std.math.in_range")]
pub fn in_range(n: i64, lo: i64, hi: i64) -> bool {
    lo <= n && n <= hi
}

/// Whether the first number is a multiple of the second; nothing is a multiple of 0. `math.multiple_of(6, 3)` is `true`.
#[native(crate = relon_natives, name = "std.math.multiple_of")]
pub fn multiple_of(n: i64, d: i64) -> Result<bool, Trap> {
    match n.checked_rem(d) {
        Some(rest) => Ok(rest == 0),
        None if d == 0 => Ok(false),
        None => Err(Trap::new(TrapKind::NumericOverflow, "the quotient does not fit an Int")),
    }
}
