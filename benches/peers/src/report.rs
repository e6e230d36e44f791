//! The tables in Markdown.

use std::fmt::Write;

use peers_work::Workload;

use crate::measure::Results;
use crate::targets::{All, targets};

/// The manifest of the engines, which has their versions.
const ENGINES: &str = include_str!("../engines/Cargo.toml");
const INTRODUCTION: &str = "# Benchmarks

Written by `just bench`, which builds and runs `benches/peers`; `just bench-quick` prints the same with fewer rounds. All engines gave the same
results as plain Rust before and while they were timed. They run in turns, and each is compared with what ran in the same round: ratios are
medians over rounds. Times are those of the thread on a processor, so that other work on the machine counts for little.

![Nanoseconds for each call](benchmarks.svg)

*Rust* is unchecked, for the baseline processor, as release builds have it; *Rust, checked* stops where a number does not fit or is out of its range; *Rust,
function pointer* calls through a C function pointer that the compiler cannot see through. Relon's rules are always checked. Where it says *checked once*,
arguments passed the checks of their schemas before anything was timed, and the calls that are timed rely on it; what can overflow is still checked. The
rule for a record is then that of the batch of orders, which computes the same and whose fields have ranges. The JIT compiles for the
processor that it runs on, the object for the baseline. *LTO* is a build of its own, with plain Rust of its own to compare with. `sum`s and lists of a
loop are written as each language has it: a rule has no statements, so it maps and sums up.

";

/// The whole file.
pub fn markdown(all: &All, counts: &[(Workload, Vec<(String, f64)>)], rounds: usize) -> String {
    let mut out = INTRODUCTION.to_owned();
    put(&mut out, format_args!("{}; {rounds} rounds. {}.\n\n", machine(), versions()));
    run_times(&mut out, &all.results);
    best_peers(&mut out, all);
    unable(&mut out, all);
    instructions(&mut out, counts);
    life(&mut out, all);
    out.push_str("\n## Targets\n\nCompile and start times are the fastest of all rounds, by the clock: on a machine that others use they are upper bounds.\n\n| target | promised | found | |\n|---|--:|--:|---|\n");
    for target in targets(all) {
        put(
            &mut out,
            format_args!("| {} | {} | {} | {} |\n", target.what, target.promised, target.found(), target.verdict()),
        );
    }
    out
}

/// How long rules run.
pub fn run_times(out: &mut String, results: &[Results]) {
    out.push_str("## Time of plain Rust\n\nMedians of ratios; less is better. LTO is compared with the plain Rust of its own build.\n\n");
    matrix(out, results, |results, engine| {
        let base = results.engine(if engine.starts_with("Relon, LTO") { "Rust, LTO" } else { "Rust" })?;
        Some(times(results.engine(engine)?.of(base)))
    });
    out.push_str("\n## Nanoseconds\n\nThe fastest round, and the median in parentheses.\n\n");
    matrix(out, results, |results, engine| {
        let measured = results.engine(engine)?;
        Some(format!("{} ({})", number(measured.fastest), number(measured.median)))
    });
}

/// A table of engines and workloads.
fn matrix(out: &mut String, all: &[Results], cell: impl Fn(&Results, &str) -> Option<String>) {
    let mut engines: Vec<&str> = Vec::new();
    for measured in all.iter().flat_map(|results| &results.measured) {
        if !engines.contains(&measured.engine.as_str()) {
            engines.push(&measured.engine);
        }
    }
    out.push_str("| |");
    all.iter().for_each(|results| put(out, format_args!(" {} |", results.workload.name())));
    put(out, format_args!("\n|---|{}\n", "--:|".repeat(all.len())));
    for engine in engines {
        put(out, format_args!("| {engine} |"));
        for results in all {
            put(out, format_args!(" {} |", cell(results, engine).unwrap_or_default()));
        }
        out.push('\n');
    }
}

/// Whether a side is neither Rust nor Relon.
fn is_peer(engine: &str) -> bool {
    !engine.starts_with("Rust") && !engine.starts_with("Relon")
}

fn best_peers(out: &mut String, all: &All) {
    out.push_str(
        "\n## Against the fastest of the other engines\n\n| | fastest | Relon, JIT, is faster by |\n|---|---|--:|\n",
    );
    for results in &all.results {
        let peers = results.measured.iter().filter(|measured| is_peer(&measured.engine));
        let best = peers.min_by(|left, right| left.median.total_cmp(&right.median));
        if let Some((best, relon)) = best.zip(results.engine("Relon, JIT")) {
            put(out, format_args!("| {} | {} | {} |\n", results.workload.name(), best.engine, times(best.of(relon))));
        }
    }
}

fn unable(out: &mut String, all: &All) {
    out.push_str("\nWhat engines cannot do, or are not asked for:\n\n");
    for results in &all.results {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for unable in &results.unable {
            match reasons.iter_mut().find(|(why, _)| *why == unable.why) {
                Some((_, engines)) => engines.push(&unable.engine),
                None => reasons.push((&unable.why, vec![&unable.engine])),
            }
        }
        for (why, engines) in reasons {
            put(out, format_args!("- {}: {} ({})\n", results.workload.name(), why, engines.join("; ")));
        }
    }
}

fn instructions(out: &mut String, counts: &[(Workload, Vec<(String, f64)>)]) {
    if counts.is_empty() {
        return;
    }
    out.push_str(
        "\n## Instructions\n\nFor one call, counted by valgrind, which emulates a processor without AVX-512.\n\n| | |",
    );
    out.push_str(" instructions | of plain Rust |\n|---|---|--:|--:|\n");
    for (workload, sides) in counts {
        for (engine, count) in sides {
            put(out, format_args!("| {} | {engine} | {count:.1} | {} |\n", workload.name(), times(count / sides[0].1)));
        }
    }
}

fn life(out: &mut String, all: &All) {
    out.push_str("\n## Compiling\n\nMilliseconds from text to a rule that can be called, in a process that has compiled before: fastest (median).\n\n| |");
    if let Some((_, times)) = all.compiled.first() {
        times.iter().for_each(|time| put(out, format_args!(" {} |", time.name)));
        put(out, format_args!("\n|---|{}\n", "--:|".repeat(times.len())));
    }
    for (rule, times) in &all.compiled {
        put(out, format_args!("| {rule} |"));
        times.iter().for_each(|time| put(out, format_args!(" {:.2} ({:.2}) |", time.fastest, time.median)));
        out.push('\n');
    }
    out.push_str(
        "\n## Starting\n\nMilliseconds of a process that gives one result: fastest (median).\n\n| | ms |\n|---|--:|\n",
    );
    for time in &all.started {
        put(out, format_args!("| {} | {:.2} ({:.2}) |\n", time.name, time.fastest, time.median));
    }
    out.push_str("\n## Memory\n\nBytes that a process grows by for each loaded rule, and how many of them are code.\n\n| | KiB | code, KiB |\n|---|--:|--:|\n");
    for memory in &all.memory {
        let code = memory.code.map_or("-".to_owned(), |code| format!("{:.1}", code as f64 / 1024.0));
        put(out, format_args!("| {} | {:.1} | {code} |\n", memory.name, memory.resident / 1024.0));
    }
}

/// A ratio.
fn times(ratio: f64) -> String {
    format!("{}x", number(ratio))
}

/// A number with as many digits as mean something.
fn number(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The processor, the day, and the compiler.
fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpu.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown").to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let said = |program: &str, arguments: &[&str]| {
        let output = std::process::Command::new(program).args(arguments).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let (date, rustc) = (said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]), said("rustc", &["--version"]));
    format!(
        "{date}; {} (family {}, model {}), {cores} cores, load {load}; {rustc}",
        field("model name"),
        field("cpu family"),
        field("model\t")
    )
}

/// The engines with their versions.
fn versions() -> String {
    let version = |line: &str| {
        let (name, rest) = line.split_once(" = ")?;
        let (_, rest) = rest.split_once("\"=")?;
        Some(format!("{name} {}", rest.split('"').next()?))
    };
    ENGINES.lines().filter_map(version).collect::<Vec<_>>().join(", ")
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a text does not fail");
}
