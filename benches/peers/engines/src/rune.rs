//! Rune, which interprets bytecode. A row is the host's own struct with getters.

use std::error::Error;
use std::sync::Arc;

use peers_work::rows::{DEPTH, ROWS, order};
use peers_work::{Workload, mix, sum_calls, tier_bps};
use rune::{Any, Context, Module, Source, Sources, Vm};

use crate::{ROW_BY_ROW, Work};

#[derive(Any)]
struct Order {
    #[rune(get)]
    qty: i64,
    #[rune(get)]
    unit_cents: i64,
    #[rune(get)]
    tier: rune::alloc::String,
}

const SCRIPT: &str = r#"
pub fn loop_int(n) {
    let sum = 0;
    for i in 0..n { sum += mix(i); }
    sum
}

pub fn loop_text(n) {
    let sum = 0;
    for i in 0..n { sum += tier_bps(if i % 2 == 0 { "gold" } else { "silver" }); }
    sum
}

pub fn row_scalar(x) { mix(x) + 7 }

pub fn row_record(order) {
    let subtotal = order.qty * order.unit_cents;
    let volume = if subtotal >= 100000 { 1000 } else if subtotal >= 50000 { 500 } else { 0 };
    let bps = tier_bps(order.tier) + volume;
    subtotal - subtotal * bps / 10000
}

pub fn pipeline(n) {
    let sum = 0;
    for i in 0..n {
        if i % 3 == 1 { sum += i * i % 1000; }
    }
    sum
}

pub fn text(n) {
    let text = String::new();
    for i in 0..n {
        if i > 0 { text.push_str(", "); }
        text.push_str(`line ${i}: ${i % 97} pieces`);
    }
    text.len()
}

pub fn recursion(n) { if n < 2 { n } else { recursion(n - 1) + recursion(n - 2) } }
"#;

pub fn work(workload: Workload) -> Result<Work, Box<dyn Error>> {
    let mut module = Module::new();
    module.ty::<Order>()?;
    module.function("mix", mix).build()?;
    module.function("tier_bps", |tier: &str| tier_bps(tier)).build()?;
    let mut context = Context::with_default_modules()?;
    context.install(module)?;
    let runtime = Arc::new(context.runtime()?);
    let mut sources = Sources::new();
    sources.insert(Source::memory(SCRIPT)?)?;
    let unit = Arc::new(rune::prepare(&mut sources).with_context(&context).build()?);
    let mut vm = Vm::new(runtime, unit);
    let name = match workload {
        Workload::LoopInt => "loop_int",
        Workload::LoopText => "loop_text",
        Workload::RowScalar => "row_scalar",
        Workload::RowRecord => {
            let row = |(qty, unit_cents, tier): (i64, i64, &str)| -> Result<Order, rune::alloc::Error> {
                Ok(Order { qty, unit_cents, tier: rune::alloc::String::try_from(tier)? })
            };
            let rows = (0..ROWS).map(order).map(row).collect::<Result<Vec<_>, _>>()?;
            return Work::pass(move |n| {
                sum_calls(n, |index| rune::from_value(vm.call(["row_record"], (&rows[index % ROWS],)).ok()?).ok())
            });
        }
        Workload::Batch => return Ok(Work::Cannot(ROW_BY_ROW)),
        Workload::Pipeline => "pipeline",
        Workload::Text => "text",
        _ => "recursion",
    };
    let mut call = move |n: i64| rune::from_value(vm.call([name], (n,)).ok()?).ok();
    match workload {
        Workload::RowScalar => Work::pass(move |n| sum_calls(n, |index| call(index as i64))),
        Workload::Recursion => Work::pass(move |n| sum_calls(n, |_| call(DEPTH))),
        _ => Work::pass(move |n| call(n as i64).unwrap_or(0)),
    }
}
