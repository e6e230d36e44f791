//! Roto: compiled by Cranelift when it is loaded, with static types. A row is a registered type with getters, a text a counted one.

use std::error::Error;

use peers_work::rows::{DEPTH, ROWS, order};
use peers_work::{Workload, sum_calls};
use roto::{FileTree, RotoString, Runtime, Val, library};

use crate::{ROW_BY_ROW, Work};

#[derive(Clone, PartialEq)]
struct Order {
    qty: i64,
    unit_cents: i64,
    tier: RotoString,
}

const SCRIPT: &str = r#"
fn loop_int(n: i64) -> i64 {
    let sum = 0;
    let i = 0;
    while i < n {
        sum = sum + mix(i);
        i = i + 1;
    }
    sum
}

fn loop_text(n: i64) -> i64 {
    let sum = 0;
    let i = 0;
    while i < n {
        sum = sum + tier_bps(if i % 2 == 0 { "gold" } else { "silver" });
        i = i + 1;
    }
    sum
}

fn row_scalar(x: i64) -> i64 {
    mix(x) + 7
}

fn row_record(order: Order) -> i64 {
    let subtotal = order.qty() * order.unit_cents();
    let volume = if subtotal >= 100000 { 1000 } else { if subtotal >= 50000 { 500 } else { 0 } };
    let bps = tier_bps(order.tier()) + volume;
    subtotal - subtotal * bps / 10000
}

fn pipeline(n: i64) -> i64 {
    let sum = 0;
    let i = 0;
    while i < n {
        if i % 3 == 1 {
            sum = sum + i * i % 1000;
        }
        i = i + 1;
    }
    sum
}

fn recursion(n: i64) -> i64 {
    if n < 2 { n } else { recursion(n - 1) + recursion(n - 2) }
}
"#;

pub fn work(workload: Workload) -> Result<Work, Box<dyn Error>> {
    let library = library! {
        /// An order.
        #[clone] type Order = Val<Order>;

        impl Val<Order> {
            fn qty(order: Val<Order>) -> i64 {
                order.qty
            }
            fn unit_cents(order: Val<Order>) -> i64 {
                order.unit_cents
            }
            fn tier(order: Val<Order>) -> RotoString {
                order.tier.clone()
            }
        }

        /// A hash.
        fn mix(x: i64) -> i64 {
            peers_work::mix(x)
        }

        /// Discount of a tier.
        fn tier_bps(tier: RotoString) -> i64 {
            peers_work::tier_bps(&tier)
        }
    };
    let runtime = Runtime::from_lib(library).map_err(|error| error.to_string())?;
    let compiled = FileTree::test_file("rules.roto", SCRIPT, 0).compile(&runtime);
    let mut package = compiled.map_err(|error| error.to_string())?;
    let name = match workload {
        Workload::LoopInt => "loop_int",
        Workload::LoopText => "loop_text",
        Workload::RowScalar => "row_scalar",
        Workload::Pipeline => "pipeline",
        Workload::Recursion => "recursion",
        Workload::RowRecord => {
            let rule =
                package.get_function::<fn(Val<Order>) -> i64>("row_record").map_err(|error| error.to_string())?;
            let row = |(qty, unit_cents, tier): (i64, i64, &str)| Order { qty, unit_cents, tier: tier.into() };
            let rows: Vec<Order> = (0..ROWS).map(order).map(row).collect();
            return Work::pass(move |n| sum_calls(n, |index| Some(rule.call(Val(rows[index % ROWS].clone())))));
        }
        Workload::Batch => return Ok(Work::Cannot(ROW_BY_ROW)),
        _ => return Ok(Work::Cannot("joins no list of texts")),
    };
    let rule = package.get_function::<fn(i64) -> i64>(name).map_err(|error| error.to_string())?;
    match workload {
        Workload::RowScalar => Work::pass(move |n| sum_calls(n, |index| Some(rule.call(index as i64)))),
        Workload::Recursion => Work::pass(move |n| sum_calls(n, |_| Some(rule.call(DEPTH)))),
        _ => Work::pass(move |n| rule.call(n as i64)),
    }
}
