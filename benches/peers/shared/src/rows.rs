//! The rows that rules are called with, as numbers and texts. Each engine has a type of its own for them.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Different rows that are called for in turn, one at a time.
pub const ROWS: usize = 1024;
/// Rows of the longest batch, and items of the longest list.
pub const MOST: usize = 1_000_000;
/// What the recursive function is called for.
pub const DEPTH: i64 = 25;

/// An order: pieces, the price of one, and the tier of the customer.
pub fn order(row: usize) -> (i64, i64, &'static str) {
    let tier = ["gold", "silver", "standard", "basic"][row % 7 % 4];
    ((row * 7 % 50) as i64 + 1, (row * 131 % 5_000) as i64, tier)
}

/// The results of a batch as one number: all of them when engines are compared, a few where only time counts.
pub fn digest(results: &[i64]) -> i64 {
    let step = STEP.load(Ordering::Relaxed);
    results.iter().step_by(step).fold(results.len() as i64, |sum, result| sum.wrapping_mul(31).wrapping_add(*result))
}

static STEP: AtomicUsize = AtomicUsize::new(1);

/// Says whether all results of a batch are looked at.
pub fn look_at_all(all: bool) {
    STEP.store(if all { 1 } else { 9_973 }, Ordering::Relaxed);
}
