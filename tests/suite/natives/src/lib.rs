//! Natives for the program suite: every kind of parameter and result, state, failures, a dependency and capabilities.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};

use relon::{Opt, Str};

/// A measurement.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
pub struct Reading<'a> {
    /// What was measured.
    pub name: Str<'a>,
    /// Whether it counts.
    pub valid: bool,
    /// The value.
    pub value: f64,
    /// At most this much is allowed.
    pub limit: Opt<i64>,
    /// Labels.
    pub tags: relon::List<'a, Str<'a>>,
}

/// Least and greatest of some numbers.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
pub struct Range {
    /// Least.
    pub low: i64,
    /// Greatest.
    pub high: i64,
}

/// Scalars in, scalar out.
#[relon::native]
pub fn pick(first: bool, a: i64, b: f64) -> f64 {
    if first { a as f64 } else { b }
}

/// A Bool.
#[relon::native]
pub fn is_even(n: i64) -> bool {
    n % 2 == 0
}

/// Under a dotted name.
#[relon::native(name = "host.double")]
pub fn double(n: i64) -> i64 {
    n.wrapping_mul(2)
}

/// Text in, text out.
#[relon::native]
pub fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

/// A list in, a list out.
#[relon::native]
pub fn sorted(numbers: &[i64]) -> Vec<i64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted
}

/// A list of texts in, an optional text out.
#[relon::native]
pub fn longest(texts: &[Str]) -> Option<String> {
    texts.iter().map(|text| text.as_str()).max_by_key(|text| text.len()).map(str::to_owned)
}

/// A list of texts out.
#[relon::native]
pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// An optional number out.
#[relon::native]
pub fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A record in.
#[relon::native]
pub fn excess(reading: &Reading) -> f64 {
    let limit = reading.limit.into_option().map_or(f64::INFINITY, |limit| limit as f64);
    if reading.valid { (reading.value - limit).max(0.0) } else { 0.0 }
}

/// A list of records in.
#[relon::native]
pub fn tag_count(readings: &[Reading]) -> i64 {
    readings.iter().map(|reading| reading.tags.len() as i64).sum()
}

/// A record out.
#[relon::native]
pub fn range_of(numbers: &[i64]) -> Option<Range> {
    Some(Range { low: *numbers.iter().min()?, high: *numbers.iter().max()? })
}

/// Computes `a * b / c` without losing the product's upper half.
#[relon::native]
pub fn mul_div(a: i64, b: i64, c: i64) -> Result<i64, String> {
    let product = i128::from(a) * i128::from(b);
    let quotient = product.checked_div(i128::from(c)).ok_or("the divisor is zero")?;
    i64::try_from(quotient).map_err(|_| format!("{quotient} is out of range"))
}

/// A fallible native that gives a text.
#[relon::native]
pub fn initials(name: &str) -> Result<String, String> {
    let initials: String = name.split(' ').filter_map(|word| word.chars().next()).collect();
    if initials.is_empty() { Err("a name has at least one letter".to_owned()) } else { Ok(initials) }
}

/// The number at a position.
///
/// # Panics
/// If there is none.
#[relon::native]
pub fn at(numbers: &[i64], index: i64) -> i64 {
    numbers[index as usize]
}

/// Gives back what is positive.
///
/// # Panics
/// With a message of its own on everything else.
#[relon::native]
pub fn positive(n: i64) -> i64 {
    assert!(n > 0, "{n} is not positive");
    n
}

/// Calls itself, so it stays a call.
#[relon::native]
pub fn ackermann(m: i64, n: i64) -> i64 {
    match (m, n) {
        (0, _) => n + 1,
        (_, 0) => ackermann(m - 1, 1),
        _ => ackermann(m - 1, ackermann(m, n - 1)),
    }
}

static COUNTER: AtomicI64 = AtomicI64::new(0);

/// Counts the calls, in every rule that is loaded.
#[relon::native]
pub fn count() -> i64 {
    COUNTER.fetch_add(1, Ordering::Relaxed) + 1
}

/// The number of calls of `count` so far.
#[relon::native]
pub fn counted() -> i64 {
    COUNTER.load(Ordering::Relaxed)
}

thread_local! {
    static LAST: Cell<i64> = const { Cell::new(0) };
}

/// Keeps a number for this thread and gives the one before.
#[relon::native]
pub fn swap_last(n: i64) -> i64 {
    LAST.replace(n)
}

static CAPITALS: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| HashMap::from([("FR", "Paris"), ("AT", "Wien"), ("JP", "東京")]));

/// Looks into a table that is built at its first use.
#[relon::native]
pub fn capital(country: &str) -> Option<String> {
    CAPITALS.get(country).map(|&name| name.to_owned())
}

/// Whether a regular expression matches.
#[relon::native]
pub fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    let regex = regex_lite::Regex::new(pattern).map_err(|error| error.to_string())?;
    Ok(regex.is_match(text))
}

/// Needs a permission.
#[relon::native(requires = "network")]
pub fn rate(currency: &str) -> f64 {
    if currency == "EUR" { 1.0 } else { 0.5 }
}
