//! QuickJS, which interprets bytecode. Numbers are doubles; a row is an object made for its call.

use std::error::Error;

use peers_work::rows::{DEPTH, ROWS, order};
use peers_work::{Workload, mix, sum_calls, tier_bps};
use rquickjs::{Context, Ctx, Function, Object, Runtime};

use crate::{ROW_BY_ROW, Work};

const SCRIPT: &str = r#"
function loop_int(n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += mix(i);
    return sum;
}

function loop_text(n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += tier_bps(i % 2 === 0 ? "gold" : "silver");
    return sum;
}

function row_scalar(x) { return mix(x) + 7; }

function row_record(order) {
    const subtotal = order.qty * order.unit_cents;
    const bps = tier_bps(order.tier) + (subtotal >= 100000 ? 1000 : subtotal >= 50000 ? 500 : 0);
    return subtotal - Math.trunc(subtotal * bps / 10000);
}

function pipeline(n) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
        if (i % 3 === 1) sum += i * i % 1000;
    }
    return sum;
}

function text(n) {
    const pieces = [];
    for (let i = 0; i < n; i++) pieces.push(`line ${i}: ${i % 97} pieces`);
    return pieces.join(", ").length;
}

function recursion(n) { return n < 2 ? n : recursion(n - 1) + recursion(n - 2); }
"#;

pub fn work(workload: Workload) -> Result<Work, Box<dyn Error>> {
    let context = Context::full(&Runtime::new()?)?;
    context.with(|ctx| -> rquickjs::Result<()> {
        ctx.globals().set("mix", Function::new(ctx.clone(), |x: f64| mix(x as i64) as i32)?)?;
        ctx.globals().set("tier_bps", Function::new(ctx.clone(), |tier: String| tier_bps(&tier) as i32)?)?;
        ctx.eval::<(), _>(SCRIPT)
    })?;
    let name = match workload {
        Workload::LoopInt => "loop_int",
        Workload::LoopText => "loop_text",
        Workload::RowScalar => "row_scalar",
        Workload::RowRecord => {
            let rows: Vec<_> = (0..ROWS).map(order).collect();
            return Work::pass(move |n| {
                context.with(|ctx| {
                    let Ok(rule) = ctx.globals().get::<_, Function<'_>>("row_record") else { return 0 };
                    sum_calls(n, |index| record(&ctx, &rule, rows[index % ROWS]).ok())
                })
            });
        }
        Workload::Batch => return Ok(Work::Cannot(ROW_BY_ROW)),
        Workload::Pipeline => "pipeline",
        Workload::Text => "text",
        _ => "recursion",
    };
    Work::pass(move |n| {
        context.with(|ctx| {
            let Ok(rule) = ctx.globals().get::<_, Function<'_>>(name) else { return 0 };
            let call = |n: f64| rule.call::<_, f64>((n,)).ok().map(|result| result as i64);
            match workload {
                Workload::RowScalar => sum_calls(n, |index| call(index as f64)),
                Workload::Recursion => sum_calls(n, |_| call(DEPTH as f64)),
                _ => call(n as f64).unwrap_or(0),
            }
        })
    })
}

fn record<'js>(
    ctx: &Ctx<'js>,
    rule: &Function<'js>,
    (qty, unit_cents, tier): (i64, i64, &str),
) -> rquickjs::Result<i64> {
    let row = Object::new(ctx.clone())?;
    row.set("qty", qty as f64)?;
    row.set("unit_cents", unit_cents as f64)?;
    row.set("tier", tier)?;
    Ok(rule.call::<_, f64>((row,))? as i64)
}
