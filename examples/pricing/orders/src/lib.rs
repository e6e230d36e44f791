//! Orders as lines of JSON, and what became of them: the same for a rule that is loaded, compiled in, or optimised by the linker.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::json;

/// Who orders, as JSON has it.
#[derive(Debug, Deserialize)]
pub struct Customer {
    name: String,
    tier: String,
    region: String,
    #[serde(default)]
    years: i64,
    coupon: Option<String>,
}

/// A line of an order, as JSON has it.
#[derive(Debug, Deserialize)]
pub struct Item {
    sku: String,
    category: String,
    quantity: i64,
    unit_cents: i64,
    weight_grams: i64,
}

/// An order, as JSON has it.
#[derive(Debug, Deserialize)]
pub struct Order {
    id: String,
    customer: Customer,
    items: Vec<Item>,
    #[serde(default)]
    express: bool,
}

/// The same in the layout of rules. Texts and lists are borrowed; nothing is copied when a rule is called.
pub mod view {
    /// Who orders: schema `Customer`.
    #[derive(Clone, Copy, relon::Schema)]
    #[repr(C)]
    pub struct Customer<'a> {
        pub(crate) name: relon::Str<'a>,
        pub(crate) tier: relon::Str<'a>,
        pub(crate) region: relon::Str<'a>,
        pub(crate) years: i64,
        pub(crate) coupon: relon::Opt<relon::Str<'a>>,
    }

    /// A line of an order: schema `Item`.
    #[derive(Clone, Copy, relon::Schema)]
    #[repr(C)]
    pub struct Item<'a> {
        pub(crate) sku: relon::Str<'a>,
        pub(crate) category: relon::Str<'a>,
        pub(crate) quantity: i64,
        pub(crate) unit_cents: i64,
        pub(crate) weight_grams: i64,
    }

    /// An order: schema `Order`.
    #[derive(Clone, Copy, relon::Schema)]
    #[repr(C)]
    pub struct Order<'a> {
        pub(crate) id: relon::Str<'a>,
        pub(crate) customer: Customer<'a>,
        pub(crate) items: relon::List<'a, Item<'a>>,
        pub(crate) express: bool,
    }
}

impl Customer {
    fn view(&self) -> view::Customer<'_> {
        view::Customer {
            name: self.name.as_str().into(),
            tier: self.tier.as_str().into(),
            region: self.region.as_str().into(),
            years: self.years,
            coupon: self.coupon.as_deref().map(relon::Str::new).into(),
        }
    }
}

impl Item {
    fn view(&self) -> view::Item<'_> {
        view::Item {
            sku: self.sku.as_str().into(),
            category: self.category.as_str().into(),
            quantity: self.quantity,
            unit_cents: self.unit_cents,
            weight_grams: self.weight_grams,
        }
    }
}

impl Order {
    /// Gives the order in the layout of rules to a function.
    fn lend<T>(&self, body: impl FnOnce(&view::Order<'_>) -> T) -> T {
        let items: Vec<view::Item<'_>> = self.items.iter().map(Item::view).collect();
        body(&view::Order {
            id: self.id.as_str().into(),
            customer: self.customer.view(),
            items: (&items[..]).into(),
            express: self.express,
        })
    }
}

/// Why there is no quote.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// The kind, such as `NativeFailed`.
    pub kind: &'static str,
    /// What happened.
    pub message: String,
    /// The file, line and column in the rule.
    pub place: String,
}

/// Of a rule that is compiled into the program.
impl From<relon::RuleError> for Failure {
    fn from(error: relon::RuleError) -> Self {
        let place = format!("{}:{}:{}", error.file(), error.line(), error.column());
        Failure { kind: error.kind().name(), message: error.message().to_owned(), place }
    }
}

/// Reads an order from each line of standard input, `{"order": {..}}`, and prints a line for each: a quote, or why there is none.
///
/// # Errors
/// A line that is no order, and whatever keeps lines from being read or written.
pub fn price_lines<Q: Serialize>(mut price: impl FnMut(&view::Order<'_>) -> Result<Q, Failure>) -> io::Result<()> {
    #[derive(Deserialize)]
    struct Line {
        order: Order,
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let Line { order } = serde_json::from_str(&line?)
            .map_err(|error| io::Error::other(format!("line {number} is no order: {error}")))?;
        // As a value first: its keys are sorted, as those of Relon's own JSON are.
        let answer = match order.lend(&mut price) {
            Ok(quote) => serde_json::to_value(quote)?,
            Err(failure) => json!({ "error": failure }),
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()
}
