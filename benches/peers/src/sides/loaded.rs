//! Rules that are loaded as text.

use std::error::Error;
use std::hint::black_box;
use std::sync::{Arc, LazyLock};

use relon::{Arena, Backend, Engine, NativesPackage, Program, World};

use crate::data::{self, Case, DEPTH, Line, Order, ROWS, digest};
use crate::generate;
use peers_work::{ForEach, Side, Workload, sum_calls};

/// How a rule is loaded.
#[derive(Clone, Copy)]
pub struct Way {
    pub name: &'static str,
    backend: Backend,
    world: World,
}

/// Every way that makes machine code.
pub const WAYS: [Way; 4] = [
    Way { name: "Relon, JIT", backend: Backend::Llvm, world: World::Closed },
    Way { name: "Relon, LLVM open", backend: Backend::Llvm, world: World::Open },
    Way { name: "Relon, Cranelift", backend: Backend::Cranelift, world: World::Static },
    Way { name: "Relon, Cranelift open", backend: Backend::Cranelift, world: World::Open },
];
/// The first of these, for arguments that were checked before they are timed.
pub const CHECKED_ONCE: &str = "Relon, JIT, checked once";
pub const EVALUATOR: Way = Way { name: "Relon, evaluator", backend: Backend::Eval, world: World::Static };

static NATIVES: LazyLock<Arc<NativesPackage>> =
    LazyLock::new(|| Arc::new(relon::include_natives!().expect("the build script made them")));

impl Way {
    /// An engine that loads rules in this way.
    pub fn engine(self) -> Engine {
        let mut engine = Engine::new();
        engine.backend(self.backend).world(self.world).natives(NATIVES.clone());
        engine
    }
}

/// The rule of a workload.
pub fn source(workload: Workload) -> String {
    match workload {
        Workload::LoopInt => include_str!("../../rules/loop_int.relon").to_owned(),
        Workload::LoopText => include_str!("../../rules/loop_text.relon").to_owned(),
        Workload::RowScalar => include_str!("../../rules/row_scalar.relon").to_owned(),
        Workload::RowRecord => include_str!("../../rules/row_record.relon").to_owned(),
        Workload::Batch => include_str!("../../rules/batch.relon").to_owned(),
        Workload::BatchNumbers => include_str!("../../rules/batch_numbers.relon").to_owned(),
        Workload::Total => include_str!("../../rules/total.relon").to_owned(),
        Workload::LongRule => generate::long_rule(generate::LONG_RULE),
        Workload::Table => generate::table(generate::TABLE_ROWS),
        Workload::Pipeline => include_str!("../../rules/pipeline.relon").to_owned(),
        Workload::PipelineList => include_str!("../../rules/pipeline_list.relon").to_owned(),
        Workload::Text => include_str!("../../rules/text.relon").to_owned(),
        Workload::Recursion => include_str!("../../rules/recursion.relon").to_owned(),
    }
}

/// All ways to load the rule of a workload.
pub fn sides(workload: Workload) -> Result<Vec<Side>, Box<dyn Error>> {
    let mut sides = WAYS.iter().map(|way| compiled(*way, workload)).collect::<Result<Vec<_>, _>>()?;
    // Beside what it is compared with.
    checked_once(workload)?.into_iter().for_each(|side| sides.insert(1, side));
    sides.push(evaluated(workload)?);
    Ok(sides)
}

/// Machine code behind a typed handle.
pub fn compiled(way: Way, workload: Workload) -> Result<Side, Box<dyn Error>> {
    let mut engine = way.engine();
    engine.batch(matches!(workload, Workload::Batch | Workload::BatchNumbers));
    let program = engine.load("rule.relon", &source(workload))?;
    let mut arena = program.arena();
    Ok(match workload {
        Workload::LoopInt | Workload::LoopText | Workload::Pipeline | Workload::Text => {
            let rule = program.entry::<(i64,), i64>()?;
            Side::new(way.name, workload, move |n| rule.call(&mut arena, (black_box(n) as i64,)).unwrap_or(0))
        }
        Workload::RowScalar => {
            let rule = program.entry::<(i64,), i64>()?;
            Side::new(way.name, workload, move |n| sum_calls(n, |index| rule.call(&mut arena, (index as i64,)).ok()))
        }
        Workload::RowRecord => {
            let (rule, orders) = (program.entry::<(&Order<'_>,), i64>()?, data::orders(ROWS));
            let call = move |arena: &mut Arena, index: usize| rule.call(arena, (&orders[index % ROWS],)).ok();
            Side::new(way.name, workload, move |n| sum_calls(n, |index| call(&mut arena, index)))
        }
        Workload::Batch => {
            let rule = program.batch::<Order<'_>, i64>()?;
            Side::new(way.name, workload, move |n| {
                rule.call(&mut arena, black_box(data::orders(n as usize))).map_or(0, |outs| digest(black_box(outs)))
            })
        }
        Workload::BatchNumbers => {
            let rule = program.batch::<Line, i64>()?;
            Side::new(way.name, workload, move |n| {
                rule.call(&mut arena, black_box(data::lines(n as usize))).map_or(0, |outs| digest(black_box(outs)))
            })
        }
        Workload::Total => {
            let rule = program.entry::<(&[Line],), i64>()?;
            Side::new(way.name, workload, move |n| {
                rule.call(&mut arena, (black_box(data::lines(n as usize)),)).unwrap_or(0)
            })
        }
        Workload::LongRule => {
            let (rule, cases) = (program.entry::<(&Case,), i64>()?, data::cases());
            Side::new(way.name, workload, move |n| {
                sum_calls(n, |index| rule.call(&mut arena, (&cases[index % ROWS],)).ok())
            })
        }
        Workload::Table => {
            let rule = program.entry::<(i64,), i64>()?;
            Side::new(way.name, workload, move |n| {
                sum_calls(n, |index| rule.call(&mut arena, (data::amount(index as u64),)).ok())
            })
        }
        Workload::PipelineList => {
            let rule = program.entry::<(&[i64],), i64>()?;
            Side::new(way.name, workload, move |n| {
                rule.call(&mut arena, (black_box(data::numbers(n as usize)),)).unwrap_or(0)
            })
        }
        Workload::Recursion => {
            let rule = program.entry::<(i64,), i64>()?;
            Side::new(way.name, workload, move |n| sum_calls(n, |_| rule.call(&mut arena, (black_box(DEPTH),)).ok()))
        }
    })
}

/// Machine code for arguments that were checked once; none where nothing of them is checked.
///
/// The rule of a row is that of batches: it computes the same, and its fields have ranges.
pub fn checked_once(workload: Workload) -> Result<Option<Side>, Box<dyn Error>> {
    let rule = match workload {
        Workload::RowRecord => source(Workload::Batch),
        Workload::BatchNumbers | Workload::Total => source(workload),
        _ => return Ok(None),
    };
    let program = WAYS[0].engine().batch(true).valid_args(true).load("rule.relon", &rule)?;
    let mut arena = program.arena();
    let side = match workload {
        Workload::RowRecord => {
            let orders = program.batch::<Order<'_>, i64>()?.validate(&mut arena, data::orders(ROWS))?;
            let rule = program.entry::<(&Order<'_>,), i64>()?;
            let call = move |arena: &mut Arena, index: usize| rule.call_valid(arena, &orders.row(index % ROWS)?).ok();
            Side::new(CHECKED_ONCE, workload, move |n| sum_calls(n, |index| call(&mut arena, index)))
        }
        Workload::BatchNumbers => {
            let rule = program.batch::<Line, i64>()?;
            let lines = rule.validate(&mut arena, data::lines(data::MOST))?;
            Side::new(CHECKED_ONCE, workload, move |n| {
                let lines = lines.get(0..n as usize).expect("so many lines");
                rule.call_valid(&mut arena, black_box(&lines)).map_or(0, |outs| digest(black_box(outs)))
            })
        }
        _ => {
            let rule = program.entry::<(&[Line],), i64>()?;
            let check = rule.clone();
            let mut valid = ForEach::new(move |n| {
                check.validate(&mut check.arena(), (data::lines(n as usize),)).expect("they are in their ranges")
            });
            Side::new(CHECKED_ONCE, workload, move |n| rule.call_valid(&mut arena, black_box(valid.of(n))).unwrap_or(0))
        }
    };
    Ok(Some(side))
}

/// The evaluator, which has no code: arguments are JSON, which is written beforehand.
fn evaluated(workload: Workload) -> Result<Side, Box<dyn Error>> {
    let program = EVALUATOR.engine().load("rule.relon", &source(workload))?;
    Ok(match workload {
        Workload::LoopInt | Workload::LoopText | Workload::Pipeline | Workload::Text => {
            Side::new(EVALUATOR.name, workload, move |n| run(&program, &format!(r#"{{"n": {n}}}"#)).unwrap_or(0))
        }
        Workload::PipelineList => Side::new(EVALUATOR.name, workload, move |n| {
            run(&program, &serde_json::json!({ "xs": data::numbers(n as usize) }).to_string()).unwrap_or(0)
        }),
        Workload::Recursion => Side::new(EVALUATOR.name, workload, move |n| {
            sum_calls(n, |_| run(&program, &format!(r#"{{"n": {DEPTH}}}"#)))
        }),
        Workload::RowScalar => Side::new(EVALUATOR.name, workload, move |n| {
            sum_calls(n, |index| run(&program, &format!(r#"{{"x": {index}}}"#)))
        }),
        Workload::Table => Side::new(EVALUATOR.name, workload, move |n| {
            sum_calls(n, |index| run(&program, &format!(r#"{{"amount": {}}}"#, data::amount(index as u64))))
        }),
        Workload::RowRecord => {
            let rows: Vec<String> = data::orders(ROWS).iter().map(order_json).collect();
            Side::new(EVALUATOR.name, workload, move |n| sum_calls(n, |index| run(&program, &rows[index % ROWS])))
        }
        Workload::LongRule => {
            let rows: Vec<String> = data::cases().iter().map(case_json).collect();
            Side::new(EVALUATOR.name, workload, move |n| sum_calls(n, |index| run(&program, &rows[index % ROWS])))
        }
        Workload::Batch => Side::new(EVALUATOR.name, workload, move |n| {
            each(&program, data::orders(n as usize).iter().map(order_json))
        }),
        Workload::Total => Side::new(EVALUATOR.name, workload, move |n| {
            let lines: Vec<String> = data::lines(n as usize).iter().map(line_fields).collect();
            run(&program, &format!(r#"{{"lines": [{}]}}"#, lines.join(", "))).unwrap_or(0)
        }),
        Workload::BatchNumbers => {
            Side::new(EVALUATOR.name, workload, move |n| each(&program, data::lines(n as usize).iter().map(line_json)))
        }
    })
}

fn run(program: &Program, arguments: &str) -> Option<i64> {
    program.run_json(arguments).ok()?.parse().ok()
}

fn each(program: &Program, rows: impl Iterator<Item = String>) -> i64 {
    rows.map(|row| run(program, &row)).collect::<Option<Vec<i64>>>().map_or(0, |outs| digest(&outs))
}

fn order_json(order: &Order<'_>) -> String {
    let Order { qty, unit_cents, tier } = order;
    format!(r#"{{"order": {{"qty": {qty}, "unit_cents": {unit_cents}, "tier": "{}"}}}}"#, tier.as_str())
}

fn line_json(line: &Line) -> String {
    format!(r#"{{"line": {}}}"#, line_fields(line))
}

fn line_fields(line: &Line) -> String {
    let Line { qty, unit_cents, bps } = line;
    format!(r#"{{"qty": {qty}, "unit_cents": {unit_cents}, "bps": {bps}}}"#)
}

fn case_json(case: &Case) -> String {
    let Case { amount, region, weight, days, years, tier } = case;
    format!(
        r#"{{"case": {{"amount": {amount}, "region": {region}, "weight": {weight}, "days": {days}, "years": {years}, "tier": {tier}}}}}"#
    )
}
