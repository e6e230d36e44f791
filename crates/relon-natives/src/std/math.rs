//! `std/math`: functions on numbers that need more than the language's operators.

use super::pow;
use crate::{Native, native};

/// All natives of this module.
pub(super) const NATIVES: &[Native] = &[
    __relon_native_sqrt,
    __relon_native_pow,
    __relon_native_floor,
    __relon_native_ceil,
    __relon_native_round,
    __relon_native_in_range,
    __relon_native_in_range_float,
    __relon_native_multiple_of,
    __relon_native_multiple_of_float,
];

/// Square root; NaN for a negative number. `math.sqrt(9.0)` is `3.0`.
#[native(crate = relon_natives, name = "std.math.sqrt")]
pub fn sqrt(n: f64) -> f64 {
    n.sqrt()
}

/// A number raised to a power. Every machine gives the same bits. `math.pow(2.0, 10.0)` is `1024.0`.
#[native(crate = relon_natives, name = "std.math.pow")]
pub fn pow(base: f64, exponent: f64) -> f64 {
    pow::pow(base, exponent)
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

/// Whether an Int lies between two bounds, both included. `math.in_range(5, 1, 5)` is `true`.
#[native(crate = relon_natives, name = "std.math.in_range")]
pub fn in_range(n: i64, lo: i64, hi: i64) -> bool {
    lo <= n && n <= hi
}

/// Whether a Float lies between two bounds, both included. `math.in_range(5.5, 1.0, 5.0)` is `false`.
#[native(crate = relon_natives, name = "std.math.in_range_float")]
pub fn in_range_float(n: f64, lo: f64, hi: f64) -> bool {
    lo <= n && n <= hi
}

/// Whether an Int is a multiple of another; nothing is a multiple of 0. `math.multiple_of(6, 3)` is `true`.
#[native(crate = relon_natives, name = "std.math.multiple_of")]
pub fn multiple_of(n: i64, d: i64) -> bool {
    d != 0 && n.wrapping_rem(d) == 0
}

/// Whether a Float is a multiple of another; nothing is a multiple of 0. `math.multiple_of(7.5, 2.5)` is `true`.
#[native(crate = relon_natives, name = "std.math.multiple_of_float")]
pub fn multiple_of_float(n: f64, d: f64) -> bool {
    d != 0.0 && n % d == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_to_int_stop_at_its_ends() {
        assert_eq!([0.5, 1.5, 2.5, -0.5, -1.5].map(round), [0, 2, 2, 0, -2]);
        assert_eq!((floor(-1.5), ceil(-1.5)), (-2, -1));
        assert_eq!((floor(1e300), ceil(-1e300), round(f64::NAN)), (i64::MAX, i64::MIN, 0));
    }

    #[test]
    fn multiples_of_zero_and_minus_one() {
        assert!(!multiple_of(0, 0) && !multiple_of_float(0.0, 0.0));
        assert!(multiple_of(i64::MIN, -1) && multiple_of(-6, 3) && !multiple_of(7, 3));
        assert!(!multiple_of_float(7.0, 3.0) && !multiple_of_float(f64::NAN, 3.0));
    }
}
