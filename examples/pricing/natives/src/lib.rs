//! What the pricing rules need from Rust: rates, freight, exact allocation of amounts, and quote numbers.
//!
//! These are ordinary functions with ordinary tests. `#[relon::native]` makes them callable from rules.

use std::sync::atomic::{AtomicI64, Ordering};

use smallvec::SmallVec;

/// A line of an order, as the rules declare it.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
pub struct Item<'a> {
    /// Stock-keeping unit.
    pub sku: relon::Str<'a>,
    /// What kind of thing it is; decides how it is shipped.
    pub category: relon::Str<'a>,
    /// Pieces.
    pub quantity: i64,
    /// Price of a piece.
    pub unit_cents: i64,
    /// Weight of a piece.
    pub weight_grams: i64,
}

/// Loyalty discount of a customer tier, in basis points.
#[relon::native]
pub fn loyalty_bps(tier: &str) -> i64 {
    match tier {
        "gold" => 300,
        "silver" => 150,
        _ => 0,
    }
}

/// Volume discount of the line at `index`, in basis points. A large order earns 100 more on every line.
///
/// # Panics
/// If there is no line at `index`.
#[relon::native]
pub fn volume_break(quantities: &[i64], index: i64) -> i64 {
    let line = match quantities[index as usize] {
        100.. => 700,
        50.. => 500,
        10.. => 200,
        _ => 0,
    };
    if quantities.iter().sum::<i64>() >= 1000 { line + 100 } else { line }
}

/// What a coupon such as `SAVE-15` takes off, in percent.
///
/// # Panics
/// If the code does not end with a dash and a number.
#[relon::native]
pub fn percent_off(code: &str) -> i64 {
    let percent = code.split_once('-').and_then(|(_, percent)| percent.parse::<u32>().ok());
    percent.expect("a coupon code ends with a number of percent").into()
}

/// Sales tax of a region, in basis points.
///
/// # Errors
/// If no rate is known.
#[relon::native]
pub fn tax_bps(region: &str) -> Result<i64, String> {
    match region {
        "DE" => Ok(1900),
        "FR" | "AT" => Ok(2000),
        "CH" => Ok(810),
        "US-OR" => Ok(0),
        _ => Err(format!("no tax rate is known for region `{region}`")),
    }
}

/// Freight of a line: by the started kilogram, and more for bulky pieces.
#[relon::native]
pub fn freight(item: &Item) -> i64 {
    let kilograms = (item.quantity * item.weight_grams + 999) / 1000;
    match item.category.as_str() {
        "digital" => 0,
        "bulky" => 1900 * item.quantity + 45 * kilograms,
        _ => 290 + 45 * kilograms,
    }
}

/// Splits an amount in proportion to weights so that the parts add up exactly: what rounding leaves over goes to the largest remainders,
/// first come first served. Without any weight the first part takes all.
///
/// Amounts and weights must be small enough for their product to be an Int; neither may be negative.
#[relon::native]
pub fn allocate(amount: i64, weights: &[i64]) -> Vec<i64> {
    let total: i64 = weights.iter().sum();
    let mut parts: Vec<i64> = weights.iter().map(|weight| amount * weight / total.max(1)).collect();
    // Orders rarely have more than a few lines: their remainders stay on the stack.
    let mut remainders: SmallVec<[i64; 32]> = weights.iter().map(|weight| amount * weight % total.max(1)).collect();
    if total == 0 {
        if let Some(first) = parts.first_mut() {
            *first = amount;
        }
        return parts;
    }
    for _ in 0..amount - parts.iter().sum::<i64>() {
        let largest = first_largest(&remainders);
        parts[largest] += 1;
        remainders[largest] = -1;
    }
    parts
}

fn first_largest(values: &[i64]) -> usize {
    (0..values.len()).fold(0, |best, index| if values[index] > values[best] { index } else { best })
}

static ISSUED: AtomicI64 = AtomicI64::new(1000);

/// The next quote number. Rules share one counter with the program they run in.
#[relon::native]
pub fn quote_number() -> i64 {
    ISSUED.fetch_add(1, Ordering::Relaxed) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_counts_the_line_and_the_order() {
        assert_eq!(volume_break(&[9, 10, 50, 100], 0), 0);
        assert_eq!(volume_break(&[9, 10, 50, 100], 2), 500);
        assert_eq!(volume_break(&[9, 1000], 0), 100);
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn volume_of_a_missing_line_panics() {
        volume_break(&[1, 2], 2);
    }

    #[test]
    fn coupons_end_with_what_they_take_off() {
        assert_eq!(percent_off("SAVE-15"), 15);
    }

    #[test]
    #[should_panic(expected = "a coupon code ends with a number of percent")]
    fn a_coupon_without_a_number_panics() {
        percent_off("SAVE-much");
    }

    #[test]
    fn tax_of_an_unknown_region_is_an_error() {
        assert_eq!(tax_bps("AT"), Ok(2000));
        assert_eq!(tax_bps("XX"), Err("no tax rate is known for region `XX`".to_owned()));
    }

    #[test]
    fn freight_is_by_the_started_kilogram() {
        let item = |category: &'static str| Item {
            sku: "S".into(),
            category: category.into(),
            quantity: 3,
            unit_cents: 100,
            weight_grams: 400,
        };
        assert_eq!(freight(&item("home")), 290 + 90);
        assert_eq!(freight(&item("bulky")), 5700 + 90);
        assert_eq!(freight(&item("digital")), 0);
    }

    #[test]
    fn parts_add_up() {
        assert_eq!(allocate(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(allocate(5, &[0, 3, 4]), [0, 2, 3]);
        assert_eq!(allocate(7, &[0, 0]), [7, 0]);
        assert!(allocate(0, &[]).is_empty());
        let weights: Vec<i64> = (1..=40).collect();
        assert_eq!(allocate(999, &weights).iter().sum::<i64>(), 999);
    }

    #[test]
    fn quote_numbers_differ() {
        assert_ne!(quote_number(), quote_number());
    }

    #[test]
    fn tiers_have_their_discounts() {
        assert_eq!(["gold", "silver", "standard"].map(loyalty_bps), [300, 150, 0]);
    }
}
