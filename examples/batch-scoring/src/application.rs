//! A line of the file.

use serde::Deserialize;

use crate::credit::{Application, Employment};

/// The columns of a file, in any order.
pub const COLUMNS: [&str; 9] =
    ["id", "region", "age", "employment", "income_cents", "debt_cents", "amount_cents", "months", "late_share"];

/// A line as it is read: texts are borrowed from the record.
#[derive(Clone, Debug, Deserialize)]
pub struct Line<'r> {
    id: &'r str,
    region: &'r str,
    age: i64,
    employment: Employment,
    income_cents: i64,
    debt_cents: i64,
    amount_cents: i64,
    months: i64,
    late_share: f64,
}

impl<'r> From<Line<'r>> for Application<'r> {
    fn from(line: Line<'r>) -> Self {
        let Line { id, region, age, employment, income_cents, debt_cents, amount_cents, months, late_share } = line;
        let (id, region) = (id.into(), region.into());
        Application { id, region, age, employment, income_cents, debt_cents, amount_cents, months, late_share }
    }
}
