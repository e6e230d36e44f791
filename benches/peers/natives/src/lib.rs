//! What the rules of the benchmark need from Rust. Plain Rust and all other engines call the same functions.

pub mod many;

/// A few instructions that cannot be left out.
#[relon::native]
pub fn mix(x: i64) -> i64 {
    peers_work::mix(x)
}

/// Discount of a tier in basis points.
#[relon::native]
pub fn tier_bps(tier: &str) -> i64 {
    peers_work::tier_bps(tier)
}
