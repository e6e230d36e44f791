//! Prices the orders on standard input by a rule that is compiled when the program starts: the file that the command line names.

use std::sync::Arc;

use pricing_orders::{Failure, view};
use serde_json::{Value, json};

/// What the rule says of a line.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
struct Line<'a> {
    sku: relon::Str<'a>,
    gross_cents: i64,
    discount_bps: i64,
    coupon_cents: i64,
    net_cents: i64,
}

/// What the rule gives.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
struct Quote<'a> {
    number: i64,
    title: relon::Str<'a>,
    lines: relon::List<'a, Line<'a>>,
    net_cents: i64,
    freight_cents: i64,
    tax_cents: i64,
    total_cents: i64,
    delivery: relon::Opt<relon::Str<'a>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which rule? `cargo run -- ../pricing.relon`")?;
    let mut engine = relon::Engine::new();
    engine.natives(Arc::new(relon::include_natives!()?));
    let program = engine.load(&path, &std::fs::read_to_string(&path)?)?;
    // Compares the structs of this program with the schemas of the rule, once.
    let price = program.entry::<(&view::Order,), Quote>()?;
    let mut arena = program.arena();
    pricing_orders::price_lines(|order| match price.call(&mut arena, (order,)) {
        Ok(quote) => Ok(in_json(&quote)),
        Err(error) => Err(failure(&error)),
    })?;
    Ok(())
}

fn in_json(quote: &Quote<'_>) -> Value {
    let line = |line: &Line<'_>| {
        json!({
            "sku": line.sku.as_str(),
            "gross_cents": line.gross_cents,
            "discount_bps": line.discount_bps,
            "coupon_cents": line.coupon_cents,
            "net_cents": line.net_cents,
        })
    };
    json!({
        "number": quote.number,
        "title": quote.title.as_str(),
        "lines": quote.lines.iter().map(line).collect::<Vec<_>>(),
        "net_cents": quote.net_cents,
        "freight_cents": quote.freight_cents,
        "tax_cents": quote.tax_cents,
        "total_cents": quote.total_cents,
        "delivery": quote.delivery.into_option().map(|text| text.as_str()),
    })
}

/// Why there is no quote, as all three programs say it.
fn failure(error: &relon::Error) -> Failure {
    let problem = &error.problems()[0];
    let place = error.sources().zip(problem.span).map(|(sources, span)| {
        let file = sources.file(span);
        let position = file.position(span.start);
        format!("{}:{}:{}", file.path(), position.line, position.column)
    });
    Failure { kind: error.kind().name(), message: problem.message.clone(), place: place.unwrap_or_default() }
}
