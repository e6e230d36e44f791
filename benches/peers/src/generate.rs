//! Rules that are too long to be written by hand: a rule of many lines and natives, in Relon and in Rust, and a decision table.

#![allow(dead_code, reason = "the build script and the program each use a part")]

use std::fmt::Write;

/// Lines and natives of the long rule that everything is measured on.
pub const LONG_RULE: Size = Size { lines: 200, natives: 20 };
/// Rows of the decision table.
pub const TABLE_ROWS: usize = 2_000;
/// What a row of the table covers.
const TABLE_STEP: usize = 50;
/// What the long rule's values stay below.
const BOUND: i64 = 100_000;
/// Fields of the record that the long rule takes.
const FIELDS: [&str; 6] = ["amount", "region", "weight", "days", "years", "tier"];
/// The natives of `natives/src/many.rs`, in their order.
pub const NATIVES: [&str; 20] = [
    "base_rate",
    "region_fee",
    "weight_fee",
    "volume_cut",
    "season_cut",
    "age_points",
    "income_points",
    "debt_points",
    "late_fee",
    "fuel_levy",
    "toll",
    "handling",
    "insurance",
    "packing",
    "priority_fee",
    "return_risk",
    "stock_cut",
    "margin",
    "rounding",
    "loyalty",
];

/// How long a rule is.
#[derive(Clone, Copy)]
pub struct Size {
    pub lines: usize,
    pub natives: usize,
}

/// One line of the long rule: what both languages write in their own way.
enum Line {
    /// A native of an earlier value, and a field.
    Native { native: usize, of: usize, field: usize },
    /// One of two values, by a field.
    Choice { field: usize, limit: i64, yes: usize, no: usize },
    /// A share of a value.
    Share { of: usize, percent: i64 },
    /// Two values.
    Sum { left: usize, right: usize },
    /// A limit from below and above.
    Limit { of: usize, low: i64, high: i64 },
}

/// The line that defines the value of this number, from the value before it, so that none is unused, and others. Each native is called at
/// least once, the rest is a mixture without randomness.
fn line(number: usize, size: Size) -> Line {
    let before = number - 1;
    let earlier = |distance: usize| before - distance % number;
    let field = number * 7 % FIELDS.len();
    let every = size.lines.checked_div(size.natives).unwrap_or(usize::MAX).max(1);
    match number % 5 {
        _ if number % every == 0 => Line::Native { native: (number / every - 1) % size.natives, of: before, field },
        0 => Line::Share { of: before, percent: (number * 13 % 60 + 35) as i64 },
        1 | 4 => Line::Choice { field, limit: (number * 37 % 900) as i64, yes: before, no: earlier(number * 5 % 13) },
        2 => Line::Sum { left: before, right: earlier(number * 5 % 7) },
        _ => Line::Limit { of: before, low: (number % 40) as i64, high: 40_000 + (number * 97 % 5_000) as i64 },
    }
}

/// How the native of this number is called.
pub fn native_name(number: usize) -> String {
    NATIVES.get(number).map_or_else(|| format!("native_{number}"), |name| (*name).to_owned())
}

/// The rule: a record of numbers, and a value for each line.
pub fn long_rule(size: Size) -> String {
    let mut text = "// Generated: a rule of many lines and natives.\n\n#schema Case {\n".to_owned();
    for (index, field) in FIELDS.iter().enumerate() {
        let comma = if index + 1 == FIELDS.len() { "" } else { "," };
        put(&mut text, format_args!("    Int {field}: ({field}) => {field} >= 0 && {field} < {BOUND}{comma}\n"));
    }
    text.push_str("}\n\n#main(Case case) -> Int\n\n");
    put(&mut text, format_args!("(v{}) where {{\n", size.lines));
    text.push_str("    v0: case.amount,\n");
    for number in 1..=size.lines {
        let value = match line(number, size) {
            Line::Native { native, of, field } => format!("{}(v{of} + case.{})", native_name(native), FIELDS[field]),
            Line::Choice { field, limit, yes, no } => format!("case.{} > {limit} ? v{yes} : v{no}", FIELDS[field]),
            Line::Share { of, percent } => format!("v{of} * {percent} / 100"),
            Line::Sum { left, right } => format!("(v{left} + v{right}) % {BOUND}"),
            Line::Limit { of, low, high } => format!("v{of} < {low} ? {low} : v{of} > {high} ? {high} : v{of}"),
        };
        put(&mut text, format_args!("    v{number}: {value},\n"));
    }
    text.push_str("}\n");
    text
}

/// The same as a Rust function, unchecked.
pub fn long_rule_in_rust(size: Size) -> String {
    let mut text =
        "// Generated.\n\n/// The long rule.\npub fn long_rule(case: &Case) -> i64 {\n    let v0 = case.amount;\n"
            .to_owned();
    for number in 1..=size.lines {
        let value = match line(number, size) {
            Line::Native { native, of, field } => format!("{}(v{of} + case.{})", native_name(native), FIELDS[field]),
            Line::Choice { field, limit, yes, no } => {
                format!("if case.{} > {limit} {{ v{yes} }} else {{ v{no} }}", FIELDS[field])
            }
            Line::Share { of, percent } => format!("v{of} * {percent} / 100"),
            Line::Sum { left, right } => format!("(v{left} + v{right}) % {BOUND}"),
            Line::Limit { of, low, high } => {
                format!("if v{of} < {low} {{ {low} }} else if v{of} > {high} {{ {high} }} else {{ v{of} }}")
            }
        };
        put(&mut text, format_args!("    let v{number}: i64 = {value};\n"));
    }
    put(&mut text, format_args!("    v{}\n}}\n", size.lines));
    text
}

/// The row of the table that starts at this place: what it gives.
pub const fn table_bps(row: usize) -> i64 {
    (row * 7919 % 2_500) as i64
}

/// What no row of the table covers.
pub const fn table_end() -> i64 {
    (TABLE_ROWS * TABLE_STEP) as i64
}

/// Where a row of the table starts.
pub const fn table_start(row: usize) -> i64 {
    (row * TABLE_STEP) as i64
}

/// A decision table: the first row that covers the amount decides.
pub fn table(rows: usize) -> String {
    let mut text = "// Generated: a decision table.\n\n#schema Row { Int from: *, Int to: *, Int bps: * }\n\n#main(Int amount) -> Int\n\n\
        table.filter((row) => row.from <= amount && amount < row.to)[0].bps where {\n    List<Row> table: [\n"
        .to_owned();
    for row in 0..rows {
        let comma = if row + 1 == rows { "" } else { "," };
        let (from, to) = (table_start(row), table_start(row + 1));
        put(&mut text, format_args!("        {{ from: {from}, to: {to}, bps: {} }}{comma}\n", table_bps(row)));
    }
    text.push_str("    ]\n}\n");
    text
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a text does not fail");
}
