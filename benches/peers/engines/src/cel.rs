//! CEL: expressions without loops, which an interpreter walks.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use cel::{Context, Env, Program, Value};
use peers_work::rows::{ROWS, order};
use peers_work::{Workload, mix, sum_calls, tier_bps};

use crate::{ROW_BY_ROW, Work};

const ROW_SCALAR: &str = "mix(x) + 7";
const ROW_RECORD: &str = "order.qty * order.unit_cents - order.qty * order.unit_cents * (tier_bps(order.tier) \
    + (order.qty * order.unit_cents >= 100000 ? 1000 : order.qty * order.unit_cents >= 50000 ? 500 : 0)) / 10000";

pub fn work(workload: Workload) -> Result<Work, Box<dyn Error>> {
    let env = Arc::new(Env::stdlib());
    let mut context = Context::with_env(env.clone());
    context.add_function("mix", mix).map_err(|error| format!("{error:?}"))?;
    context.add_function("tier_bps", |tier: Arc<String>| tier_bps(&tier)).map_err(|error| format!("{error:?}"))?;
    match workload {
        Workload::RowScalar => {
            let program = env.compile(ROW_SCALAR)?;
            Work::pass(move |n| sum_calls(n, |index| run(&program, &context, "x", Value::Int(index as i64))))
        }
        Workload::RowRecord => {
            let program = env.compile(ROW_RECORD)?;
            let rows: Vec<_> = (0..ROWS).map(order).collect();
            Work::pass(move |n| {
                sum_calls(n, |index| {
                    let (qty, unit_cents, tier) = rows[index % ROWS];
                    let fields =
                        [("qty", Value::Int(qty)), ("unit_cents", Value::Int(unit_cents)), ("tier", Value::from(tier))];
                    run(&program, &context, "order", HashMap::from(fields).into())
                })
            })
        }
        Workload::Batch => Ok(Work::Cannot(ROW_BY_ROW)),
        Workload::Text => Ok(Work::Cannot("has no loops, and joins no texts")),
        Workload::Recursion => Ok(Work::Cannot("has no functions of its own")),
        _ => Ok(Work::Cannot("has no loops, and sums up no list")),
    }
}

/// Runs the program with one variable.
fn run(program: &Program, context: &Context<'_, '_>, name: &str, value: Value) -> Option<i64> {
    let mut inner = context.new_inner_scope();
    inner.add_variable_from_value(name, value);
    match program.execute(&inner) {
        Ok(Value::Int(result)) => Some(result),
        _ => None,
    }
}
