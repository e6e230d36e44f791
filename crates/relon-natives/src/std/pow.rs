//! Powers of Floats with the same bits on every machine.
//!
//! The C library's `pow` may differ in the last bit from one system to the next. Here it is `exp(y * ln(x))` by addition,
//! multiplication and division alone, which IEEE 754 defines exactly, on numbers of twice the precision ([`Double`]). The result is
//! the nearest Float but for a few cases in 2^40, and exact where the power is a Float.

/// A number as the sum of two Floats, the second below half a unit of the first: about 106 bits.
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

/// Terms of the series of `ln` and `exp`; enough for 106 bits in the ranges that they are used in.
const TERMS: usize = 24;
const LN_2: Double = Double { high: std::f64::consts::LN_2, low: 2.319_046_813_846_299_6e-17 };
/// 1, 1/3, 1/5, ...: the series of the inverse hyperbolic tangent.
const ODD_RECIPROCALS: [Double; TERMS] = {
    let mut terms = [Double::new(1.0); TERMS];
    let mut index = 1;
    while index < TERMS {
        terms[index] = Double::new(1.0).over(Double::new((2 * index + 1) as f64));
        index += 1;
    }
    terms
};
/// 1, 1, 1/2!, 1/3!, ...: the series of `exp`.
const FACTORIAL_RECIPROCALS: [Double; TERMS] = {
    let mut terms = [Double::new(1.0); TERMS];
    let mut index = 1;
    while index < TERMS {
        terms[index] = terms[index - 1].over(Double::new(index as f64));
        index += 1;
    }
    terms
};

impl Double {
    const fn new(value: f64) -> Double {
        Double { high: value, low: 0.0 }
    }

    /// The exact sum of two Floats.
    const fn sum(a: f64, b: f64) -> Double {
        let high = a + b;
        let of_b = high - a;
        Double { high, low: (a - (high - of_b)) + (b - of_b) }
    }

    /// A Float as the exact sum of two of 26 bits.
    const fn halves(value: f64) -> (f64, f64) {
        let scaled = value * 134_217_729.0;
        let high = scaled - (scaled - value);
        (high, value - high)
    }

    /// The exact product of two Floats.
    const fn product(a: f64, b: f64) -> Double {
        let high = a * b;
        let ((a_high, a_low), (b_high, b_low)) = (Self::halves(a), Self::halves(b));
        let low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low;
        Double { high, low }
    }

    const fn plus(self, other: Double) -> Double {
        let high = Self::sum(self.high, other.high);
        let low = Self::sum(self.low, other.low);
        let once = Self::sum(high.high, high.low + low.high);
        Self::sum(once.high, once.low + low.low)
    }

    const fn times(self, other: Double) -> Double {
        let product = Self::product(self.high, other.high);
        Self::sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }

    const fn over(self, other: Double) -> Double {
        let first = self.high / other.high;
        let rest = self.plus(other.times(Self::new(-first)));
        let second = rest.high / other.high;
        let rest = rest.plus(other.times(Self::new(-second)));
        Self::sum(first, second).plus(Self::new(rest.high / other.high))
    }
}

/// The value of a power series.
fn series(terms: &[Double; TERMS], x: Double) -> Double {
    terms.iter().rev().fold(Double::new(0.0), |sum, term| sum.times(x).plus(*term))
}

/// A positive finite Float as a number between 0.7 and 1.42, and a power of 2.
fn significand(x: f64) -> (f64, i32) {
    if x < f64::MIN_POSITIVE {
        let (fraction, exponent) = significand(x * power_of_2(54));
        return (fraction, exponent - 54);
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    let fraction = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if fraction > std::f64::consts::SQRT_2 { (fraction / 2.0, exponent + 1) } else { (fraction, exponent) }
}

/// `exponent` lies between -1022 and 1023.
fn power_of_2(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// Natural logarithm of a positive finite number.
fn ln(x: f64) -> Double {
    let (fraction, exponent) = significand(x);
    let ratio = Double::sum(fraction, -1.0).over(Double::sum(fraction, 1.0));
    let half = ratio.times(series(&ODD_RECIPROCALS, ratio.times(ratio)));
    half.plus(half).plus(LN_2.times(Double::new(f64::from(exponent))))
}

/// Exponential function of a number between -750 and 710.
fn exp(x: Double) -> f64 {
    let exponent = (x.high / LN_2.high).round_ties_even();
    let rest = x.plus(LN_2.times(Double::new(-exponent)));
    let fraction = series(&FACTORIAL_RECIPROCALS, rest).high;
    let (first, second) = (exponent as i32 / 2, exponent as i32 - exponent as i32 / 2);
    fraction * power_of_2(first) * power_of_2(second)
}

/// `x` to the power of `y`, of positive finite `x` and finite `y`.
fn positive(x: f64, y: f64) -> f64 {
    let logarithm = ln(x);
    // Decided by the first half alone, before a large `y` can leave the range of Floats.
    match y * logarithm.high {
        estimate if estimate > 710.0 => f64::INFINITY,
        estimate if estimate < -750.0 => 0.0,
        _ => exp(logarithm.times(Double::new(y))),
    }
}

/// `x` to the power of `y`, with the special cases of IEEE 754.
pub(super) fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let size = x.abs();
    if y.is_infinite() {
        return infinite_power(size, y);
    }
    // Floats of 2^53 and more are even.
    let whole = y.floor() == y;
    let odd = whole && size_is_odd(y.abs());
    let power = match size {
        0.0 if y < 0.0 => f64::INFINITY,
        0.0 => 0.0,
        f64::INFINITY if y < 0.0 => 0.0,
        f64::INFINITY => f64::INFINITY,
        _ if x < 0.0 && !whole => return f64::NAN,
        _ => positive(size, y),
    };
    if odd { power.copysign(x) } else { power }
}

fn size_is_odd(y: f64) -> bool {
    y < 9_007_199_254_740_992.0 && y as u64 % 2 == 1
}

fn infinite_power(size: f64, y: f64) -> f64 {
    match size {
        1.0 => 1.0,
        _ if (size > 1.0) == (y > 0.0) => f64::INFINITY,
        _ => 0.0,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the system's functions are what these are compared with")]
mod tests {
    use super::*;

    #[test]
    fn powers_that_are_floats_are_exact() {
        for (x, y, power) in
            [(2.0, 10.0, 1024.0), (10.0, 22.0, 1e22), (3.0, 30.0, 205_891_132_094_649.0), (4.0, 0.5, 2.0)]
        {
            assert_eq!(pow(x, y), power, "{x}^{y}");
        }
        assert_eq!((pow(2.0, -1074.0), pow(2.0, 1023.0)), (5e-324, power_of_2(1023)));
        assert_eq!((pow(0.5, -1.0), pow(-3.0, 3.0), pow(1.5, 2.0)), (2.0, -27.0, 2.25));
    }

    #[test]
    fn others_are_near_to_those_of_the_system() {
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for _ in 0..2000 {
            let x = (random() * 40.0 - 20.0).exp2();
            let y = random() * 60.0 - 30.0;
            let (ours, theirs) = (pow(x, y), x.powf(y));
            assert!((ours - theirs).abs() <= theirs * f64::EPSILON, "{x:e}^{y:e} = {ours:e}, not {theirs:e}");
        }
    }

    #[test]
    fn special_cases_are_those_of_ieee() {
        let infinity = f64::INFINITY;
        let values =
            [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, infinity, -infinity, f64::NAN, 1e300, 5e-324];
        for x in values {
            for y in values {
                let (ours, theirs) = (pow(x, y), x.powf(y));
                let near = (ours - theirs).abs() <= theirs.abs() * f64::EPSILON;
                assert!(
                    ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan() || near,
                    "{x}^{y} = {ours}"
                );
            }
        }
    }
}
