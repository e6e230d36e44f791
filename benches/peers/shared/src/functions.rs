//! The host's functions that rules and scripts call.

/// A few instructions that cannot be left out: the first half of a well-known hash of a number.
#[inline]
pub fn mix(x: i64) -> i64 {
    let mut hash = x as u64;
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    (hash & 0xffff) as i64
}

/// Discount of a tier in basis points.
#[inline]
pub fn tier_bps(tier: &str) -> i64 {
    match tier {
        "gold" => 300,
        "silver" => 150,
        _ => 0,
    }
}
