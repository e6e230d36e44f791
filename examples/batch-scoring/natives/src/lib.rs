//! Natives of the credit rule.

/// What credit costs more in a region, in basis points.
///
/// # Errors
/// If no credit is given there.
#[relon::native]
pub fn region_bps(region: &str) -> Result<i64, String> {
    match region {
        "north" => Ok(0),
        "east" => Ok(40),
        "south" => Ok(25),
        "west" => Ok(60),
        _ => Err(format!("no credit is given in `{region}`")),
    }
}

/// What is to be paid a month: the amount and flat interest on it, in equal parts, rounded up.
#[relon::native]
pub fn instalment(cents: i64, months: i64, rate_bps: i64) -> i64 {
    let interest = cents * rate_bps * months / 120_000;
    (cents + interest + months - 1) / months
}

/// A share in whole percent.
#[relon::native]
pub fn percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}
