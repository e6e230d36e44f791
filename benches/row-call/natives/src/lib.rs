//! The native of the rule.

/// Discount of a tier in basis points.
#[relon::native]
pub fn tier_bps(tier: &str) -> i64 {
    match tier {
        "gold" => 300,
        "silver" => 150,
        _ => 0,
    }
}
