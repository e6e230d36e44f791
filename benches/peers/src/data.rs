//! What the rules are called with: the same values for every engine.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::generate::{TABLE_ROWS, table_bps, table_end, table_start};

/// Different rows that are called for in turn, one at a time.
pub const ROWS: usize = 1024;
/// Rows of the longest batch, and items of the longest list.
pub const MOST: usize = 1_000_000;
/// What the recursive function is called for.
pub const DEPTH: i64 = 25;

/// An order, as the rules `row_record` and `batch` declare it.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
pub struct Order<'a> {
    pub qty: i64,
    pub unit_cents: i64,
    pub tier: relon::Str<'a>,
}

/// A line of an order, as the rule `batch_numbers` declares it.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
pub struct Line {
    pub qty: i64,
    pub unit_cents: i64,
    pub bps: i64,
}

/// What the long rule takes.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
pub struct Case {
    pub amount: i64,
    pub region: i64,
    pub weight: i64,
    pub days: i64,
    pub years: i64,
    pub tier: i64,
}

/// A row of the decision table.
pub struct TableRow {
    pub from: i64,
    pub to: i64,
    pub bps: i64,
}

/// The decision table.
pub static TABLE: [TableRow; TABLE_ROWS] = {
    let mut table = [const { TableRow { from: 0, to: 0, bps: 0 } }; TABLE_ROWS];
    let mut row = 0;
    while row < TABLE_ROWS {
        table[row] = TableRow { from: table_start(row), to: table_start(row + 1), bps: table_bps(row) };
        row += 1;
    }
    table
};

static ORDERS: LazyLock<Vec<Order<'static>>> = LazyLock::new(|| (0..MOST).map(order).collect());
static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| (0..MOST).map(line).collect());
static NUMBERS: LazyLock<Vec<i64>> = LazyLock::new(|| (0..MOST as i64).map(|x| x * 7919 % 100_003).collect());
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| (0..ROWS).map(case).collect());

/// The first of a million orders, of all tiers and volumes.
pub fn orders(count: usize) -> &'static [Order<'static>] {
    &ORDERS[..count]
}

/// The first of a million lines.
pub fn lines(count: usize) -> &'static [Line] {
    &LINES[..count]
}

/// The first of a million numbers.
pub fn numbers(count: usize) -> &'static [i64] {
    &NUMBERS[..count]
}

/// What the long rule is called with in turn.
pub fn cases() -> &'static [Case] {
    &CASES
}

/// What the decision table is asked for.
pub fn amount(row: u64) -> i64 {
    (row as i64 * 4_999) % table_end()
}

fn order(row: usize) -> Order<'static> {
    let tier = ["gold", "silver", "standard", "basic"][row % 7 % 4];
    Order { qty: (row * 7 % 50) as i64 + 1, unit_cents: (row * 131 % 5_000) as i64, tier: tier.into() }
}

fn line(row: usize) -> Line {
    let bps = [300, 150, 0, 0][row % 7 % 4];
    Line { qty: (row * 7 % 50) as i64 + 1, unit_cents: (row * 131 % 5_000) as i64, bps }
}

fn case(row: usize) -> Case {
    let row = row as i64;
    Case {
        amount: row * 977 % 99_991,
        region: row * 31 % 97,
        weight: row * 523 % 60_000,
        days: row * 17 % 365,
        years: row % 40,
        tier: row * 3 % 1_000,
    }
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
