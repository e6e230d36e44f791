//! Rhai, which walks the syntax tree. A row is a registered type with getters.

use std::error::Error;

use peers_work::rows::{DEPTH, ROWS, order};
use peers_work::{Workload, mix, sum_calls, tier_bps};
use rhai::{AST, CallFnOptions, Engine, FuncArgs, ImmutableString, Scope};

use crate::{ROW_BY_ROW, Work};

#[derive(Clone)]
struct Order {
    qty: i64,
    unit_cents: i64,
    tier: ImmutableString,
}

const SCRIPT: &str = r#"
fn loop_int(n) {
    let sum = 0;
    for i in 0..n { sum += mix(i); }
    sum
}

fn loop_text(n) {
    let sum = 0;
    for i in 0..n { sum += tier_bps(if i % 2 == 0 { "gold" } else { "silver" }); }
    sum
}

fn row_scalar(x) { mix(x) + 7 }

fn row_record(order) {
    let subtotal = order.qty * order.unit_cents;
    let bps = tier_bps(order.tier) + if subtotal >= 100000 { 1000 } else if subtotal >= 50000 { 500 } else { 0 };
    subtotal - subtotal * bps / 10000
}

fn pipeline(n) {
    let sum = 0;
    for i in 0..n {
        if i % 3 == 1 { sum += i * i % 1000; }
    }
    sum
}

fn text(n) {
    let text = "";
    for i in 0..n {
        if i > 0 { text += ", "; }
        text += `line ${i}: ${i % 97} pieces`;
    }
    text.len()
}

fn recursion(n) { if n < 2 { n } else { recursion(n - 1) + recursion(n - 2) } }
"#;

pub fn work(workload: Workload) -> Result<Work, Box<dyn Error>> {
    let mut engine = Engine::new();
    engine.register_fn("mix", mix).register_fn("tier_bps", |tier: &str| tier_bps(tier));
    engine.register_type_with_name::<Order>("Order");
    engine.register_get("qty", |order: &mut Order| order.qty);
    engine.register_get("unit_cents", |order: &mut Order| order.unit_cents);
    engine.register_get("tier", |order: &mut Order| order.tier.clone());
    let ast = engine.compile(SCRIPT)?;
    let name = match workload {
        Workload::LoopInt => "loop_int",
        Workload::LoopText => "loop_text",
        Workload::RowScalar => "row_scalar",
        Workload::RowRecord => {
            let row = |(qty, unit_cents, tier): (i64, i64, &str)| Order { qty, unit_cents, tier: tier.into() };
            let rows: Vec<Order> = (0..ROWS).map(order).map(row).collect();
            let mut scope = Scope::new();
            return Work::pass(move |n| {
                sum_calls(n, |index| call(&engine, &mut scope, &ast, "row_record", (rows[index % ROWS].clone(),)))
            });
        }
        Workload::Batch => return Ok(Work::Cannot(ROW_BY_ROW)),
        Workload::Pipeline => "pipeline",
        Workload::Text => "text",
        _ => "recursion",
    };
    let mut scope = Scope::new();
    let mut call = move |n: i64| call(&engine, &mut scope, &ast, name, (n,));
    match workload {
        Workload::RowScalar => Work::pass(move |n| sum_calls(n, |index| call(index as i64))),
        Workload::Recursion => Work::pass(move |n| sum_calls(n, |_| call(DEPTH))),
        _ => Work::pass(move |n| call(n as i64).unwrap_or(0)),
    }
}

/// Calls a function without running the script's own statements, of which there are none.
fn call(engine: &Engine, scope: &mut Scope<'static>, ast: &AST, name: &str, arguments: impl FuncArgs) -> Option<i64> {
    let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
    engine.call_fn_with_options(options, scope, ast, name, arguments).ok()
}
