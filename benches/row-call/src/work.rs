//! The rows, and the rule in Rust.

use row_call_natives::tier_bps;

/// The rule's order.
#[derive(relon::Schema)]
#[repr(C)]
pub struct Row<'a> {
    qty: i64,
    unit_cents: i64,
    tier: relon::Str<'a>,
}

/// Rows of all tiers and volumes.
pub fn rows(count: usize) -> Vec<Row<'static>> {
    let tier = |row: usize| ["gold", "silver", "standard", "basic"][row % 7 % 4];
    let row = |row: usize| Row {
        qty: (row * 7 % 50) as i64 + 1,
        unit_cents: (row * 131 % 5000) as i64,
        tier: tier(row).into(),
    };
    (0..count).map(row).collect()
}

/// The rule, in its order. Where a number does not fit there is none, as the rule would stop.
#[inline(always)]
pub fn price(row: &Row<'_>) -> Option<i64> {
    let subtotal = row.qty.checked_mul(row.unit_cents)?;
    let tier = tier_bps(&row.tier);
    let volume = if subtotal >= 100_000 {
        1000
    } else if subtotal >= 50_000 {
        500
    } else {
        0
    };
    let discount = subtotal.checked_mul(tier.checked_add(volume)?)? / 10_000;
    subtotal.checked_sub(discount)
}

/// The same as C callers see it. Copies differ in what they give where a number does not fit.
pub extern "C" fn price_c<const COPY: u32>(row: &Row<'_>, out: &mut i64) -> u32 {
    match price(row) {
        Some(price) => {
            *out = price;
            0
        }
        None => 1 + COPY,
    }
}
