//! Natives that use well-known crates, keep state in every way, use vector instructions, and panic in every way.

mod panics;
mod simd;
mod state;

use std::str::FromStr;
use std::sync::LazyLock;

use chrono::NaiveDate;
use rust_decimal::Decimal;

/// Whether the text is an article number, by an expression that is compiled once.
#[relon::native]
pub fn is_sku(text: &str) -> bool {
    static SKU: LazyLock<regex::Regex> =
        LazyLock::new(|| regex::Regex::new("^[A-Z]{2}-[0-9]+$").expect("an expression"));
    SKU.is_match(text)
}

/// Whether the text matches the expression, compiled each time.
#[relon::native]
pub fn matches(text: &str, expression: &str) -> Result<bool, String> {
    Ok(regex::Regex::new(expression).map_err(|error| error.to_string())?.is_match(text))
}

/// The number `x` of a JSON object.
#[relon::native]
pub fn json_x(text: &str) -> Result<i64, String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    value["x"].as_i64().ok_or_else(|| "there is no number `x`".to_owned())
}

#[derive(serde::Deserialize)]
struct Line {
    quantity: i64,
    tags: Vec<String>,
    weight: Option<f64>,
}

/// What a line weighs together with its tags, each of which weighs one.
#[relon::native]
pub fn json_line(text: &str) -> Result<f64, String> {
    let line: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(line.quantity as f64 * line.weight.unwrap_or(1.0) + line.tags.len() as f64)
}

/// Days from 2000 to a date such as `2026-11-25`.
#[relon::native]
pub fn days(date: &str) -> Result<i64, String> {
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|error| error.to_string())?;
    let start = NaiveDate::from_ymd_opt(2000, 1, 1).ok_or("no such day")?;
    Ok(date.signed_duration_since(start).num_days())
}

/// A decimal amount with tax, rounded to cents.
#[relon::native]
pub fn with_tax(amount: &str) -> Result<String, String> {
    let amount = Decimal::from_str(amount).map_err(|error| error.to_string())?;
    Ok((amount * Decimal::new(119, 2)).round_dp(2).to_string())
}

/// How often the most frequent number occurs, by a hash map with random keys.
#[relon::native]
pub fn most_frequent(numbers: &[i64]) -> i64 {
    let mut counts = ahash::AHashMap::new();
    numbers.iter().for_each(|number| *counts.entry(*number).or_insert(0) += 1);
    counts.into_values().max().unwrap_or(0)
}

/// How many numbers differ.
#[relon::native]
pub fn distinct(numbers: &[i64]) -> i64 {
    let mut sorted: smallvec::SmallVec<[i64; 8]> = numbers.iter().copied().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len() as i64
}

/// The middle number, sorted by the total order.
#[relon::native]
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// A product of 128 bits, reduced.
#[relon::native]
pub fn wide(x: i64, y: i64) -> i64 {
    (i128::from(x) * i128::from(y) % 1_000_003) as i64
}
