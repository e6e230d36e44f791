//! What the rules need from Rust: ordinary functions, which rules call when they are marked with `#[relon::native]`.

/// Discount of a customer tier, in basis points.
#[relon::native]
pub fn tier_bps(tier: &str) -> i64 {
    match tier {
        "gold" => 300,
        "silver" => 150,
        _ => 0,
    }
}

/// Postage to a zone, in cents.
///
/// # Errors
/// If nothing is sent there.
#[relon::native]
pub fn postage(zone: i64) -> Result<i64, String> {
    match zone {
        1 => Ok(390),
        2 => Ok(790),
        _ => Err(format!("nothing is sent to zone {zone}")),
    }
}
