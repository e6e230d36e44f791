//! What the rules are called with: the same values for every engine.

use std::sync::LazyLock;

pub use peers_work::rows::{DEPTH, MOST, ROWS, digest};

use crate::generate::{TABLE_ROWS, table_bps, table_end, table_start};

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
    let (qty, unit_cents, tier) = peers_work::rows::order(row);
    Order { qty, unit_cents, tier: tier.into() }
}

fn line(row: usize) -> Line {
    let (qty, unit_cents, tier) = peers_work::rows::order(row);
    Line { qty, unit_cents, bps: peers_work::tier_bps(tier) }
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
