//! What Relon promises, held against what was measured.

use peers_work::Workload;

use crate::life::{KEPT, Memory, Time};
use crate::measure::Results;

/// Everything that was measured.
pub struct All {
    pub results: Vec<Results>,
    pub compiled: Vec<(&'static str, Vec<Time>)>,
    pub started: Vec<Time>,
    pub memory: Vec<Memory>,
}

/// A promise and what became of it.
pub struct Target {
    pub what: String,
    pub promised: String,
    pub found: Option<f64>,
    pub is_met: bool,
    unit: &'static str,
    missed_by: f64,
}

impl Target {
    /// Not more than this.
    fn at_most(what: &str, limit: f64, unit: &'static str, found: Option<f64>) -> Target {
        let is_met = found.is_some_and(|found| found <= limit);
        let missed_by = found.map_or(0.0, |found| found / limit);
        Target { what: what.to_owned(), promised: format!("<= {limit}{unit}"), found, is_met, unit, missed_by }
    }

    /// Not less than this.
    fn at_least(what: &str, limit: f64, found: Option<f64>) -> Target {
        let is_met = found.is_some_and(|found| found >= limit);
        let missed_by = found.map_or(0.0, |found| limit / found);
        Target { what: what.to_owned(), promised: format!(">= {limit}x faster"), found, is_met, unit: "x", missed_by }
    }

    /// How it stands.
    pub fn verdict(&self) -> String {
        match (self.found, self.is_met) {
            (None, _) => "not measured".to_owned(),
            (_, true) => "met".to_owned(),
            (_, false) => format!("missed by {:.2}x", self.missed_by),
        }
    }

    /// What was found.
    pub fn found(&self) -> String {
        self.found.map_or("-".to_owned(), |found| format!("{found:.2}{}", self.unit))
    }
}

/// All promises.
pub fn targets(all: &All) -> Vec<Target> {
    let mut targets = loops(all);
    targets.extend(rows(all));
    targets.extend(batches(all));
    targets.extend(life(all));
    targets
}

/// Time of an engine divided by that of another, on the same workload.
fn ratio(all: &All, workload: Workload, engine: &str, of: &str) -> Option<f64> {
    let results = all.results.iter().find(|results| results.workload == workload)?;
    Some(results.engine(engine)?.of(results.engine(of)?))
}

fn loops(all: &All) -> Vec<Target> {
    let mut targets = Vec::new();
    for (workload, argument) in [(Workload::LoopInt, "number"), (Workload::LoopText, "text")] {
        for (engine, rust) in [("Relon, JIT", "Rust"), ("Relon, object", "Rust"), ("Relon, LTO", "Rust, LTO")] {
            let what = format!("native call in a loop, {argument}, {engine}: of plain Rust");
            targets.push(Target::at_most(&what, 1.02, "x", ratio(all, workload, engine, rust)));
        }
    }
    for (engine, limit) in [("roto", 2.5), ("wasmtime", 5.0), ("LuaJIT, FFI", 5.0), ("rhai", 300.0)] {
        let what = format!("native call in a loop, number, JIT against {engine}");
        targets.push(Target::at_least(&what, limit, ratio(all, Workload::LoopInt, engine, "Relon, JIT")));
    }
    let found = ratio(all, Workload::LoopText, "roto", "Relon, JIT");
    targets.push(Target::at_least("native call in a loop, text, JIT against roto", 15.0, found));
    targets
}

fn rows(all: &All) -> Vec<Target> {
    let row = |engine: &str, of: &str| ratio(all, Workload::RowRecord, engine, of);
    vec![
        Target::at_most(
            "row call, record, JIT: of Rust behind a function pointer",
            1.2,
            "x",
            row("Relon, JIT", "Rust, function pointer"),
        ),
        Target::at_least("row call, record, JIT against wasmtime", 8.0, row("wasmtime", "Relon, JIT")),
        Target::at_least("row call, record, JIT against roto", 15.0, row("roto", "Relon, JIT")),
        // 2 % is what two copies of the same code differ by.
        Target::at_most(
            "row call, record, LTO: of plain Rust (1.00x, and noise)",
            1.02,
            "x",
            row("Relon, LTO", "Rust, LTO"),
        ),
        Target::at_most("the same, arguments checked once", 1.02, "x", row("Relon, LTO, checked once", "Rust, LTO")),
    ]
}

fn batches(all: &All) -> Vec<Target> {
    let mut targets = Vec::new();
    for workload in [Workload::Batch, Workload::BatchNumbers, Workload::Total] {
        for (engine, rust) in [("Relon, JIT", "Rust"), ("Relon, object", "Rust"), ("Relon, LTO", "Rust, LTO")] {
            let what = format!("{}, {engine}: of unchecked Rust", workload.name());
            targets.push(Target::at_most(&what, 1.05, "x", ratio(all, workload, engine, rust)));
            if workload != Workload::Batch {
                let found = ratio(all, workload, &format!("{engine}, checked once"), rust);
                targets.push(Target::at_most("the same, arguments checked once", 1.05, "x", found));
            }
        }
    }
    for workload in [Workload::BatchNumbers, Workload::Total] {
        let faster = |engine: &str| ratio(all, workload, "Rust, checked", engine);
        let what = format!("{}, JIT against checked Rust", workload.name());
        targets.push(Target::at_least(&what, 2.0, faster("Relon, JIT")));
        targets.push(Target::at_least("the same, arguments checked once", 2.0, faster("Relon, JIT, checked once")));
    }
    targets
}

fn life(all: &All) -> Vec<Target> {
    let compiled = |rule: &str, way: &str| {
        let (_, times) = all.compiled.iter().find(|(known, _)| *known == rule)?;
        Some(times.iter().find(|time| time.name == way)?.fastest)
    };
    let started = |name: &str| Some(all.started.iter().find(|time| time.name == name)?.fastest);
    let object = started("Relon, object").zip(started("an empty Rust program")).map(|(object, empty)| object / empty);
    let jit = all.memory.iter().find(|memory| memory.name == "Relon, JIT");
    let kept = jit.map(|memory| (memory.resident - memory.code.unwrap_or(0) as f64) / 1024.0);
    vec![
        Target::at_most(
            "warm closed-world compile of the pricing rule",
            10.0,
            " ms",
            compiled("pricing example", "LLVM, full effort"),
        ),
        Target::at_most(
            "the same, quick effort: natives of up to 100 instructions inlined",
            10.0,
            " ms",
            compiled("pricing example", "LLVM, quick effort"),
        ),
        Target::at_most("the same, from the object cache", 1.0, " ms", compiled("pricing example", KEPT)),
        Target::at_most("the same, Cranelift", 2.0, " ms", compiled("pricing example", "Cranelift")),
        Target::at_most(
            "200 lines, 20 natives, closed world",
            60.0,
            " ms",
            compiled("200 lines, 20 natives", "LLVM, full effort"),
        ),
        Target::at_most("process start to first result, object: of an empty Rust program", 1.1, "x", object),
        Target::at_most("process start to first result, `relon run`", 30.0, " ms", started("relon run")),
        Target::at_most("memory of a loaded rule, beyond its code", 64.0, " KiB", kept),
    ]
}
