//! `relon inspect`: what became of a rule and its natives.

use relon::{Compiled, NativeReport, Program, Report};
use serde_json::{Map, Value, json};

use crate::args::{BackendArg, EffortArg, Format, InspectCommand};
use crate::failure::Failure;
use crate::options::{Shown, arguments, load};
use crate::run::print;

/// Compiles the rule, runs it where there are arguments, and prints what was asked for.
pub(crate) fn inspect(command: &InspectCommand, format: Format) -> Result<(), Failure> {
    match command.rule.backend {
        BackendArg::Eval | BackendArg::Cranelift => return Err(nothing_to_inspect()),
        BackendArg::Llvm | BackendArg::LlvmOpen => {}
    }
    let shown = Shown { ir: command.ir, assembly: command.asm };
    let (program, trouble) = load(&command.rule, EffortArg::Full, shown, format)?;
    let compiled = program.compiled().ok_or_else(nothing_to_inspect)?;
    let result = match &command.args {
        Some(args) => Some(program.run_json(&arguments(Some(args))?)?),
        None => None,
    };
    if command.typed {
        print(&compiled.module())?;
    }
    if command.before {
        print(compiled.ir_before())?;
    }
    if command.ir {
        print(&compiled.ir_after()?)?;
    }
    if command.asm {
        print(&compiled.assembly()?)?;
    }
    if command.json {
        print(&report_json(&program, compiled, result.as_deref()).to_string())?;
    } else if !(command.typed || command.before || command.ir || command.asm) {
        if let Some(result) = &result {
            print(&format!("{result}\n"))?;
        }
        print(&report_text(&program, compiled, trouble.as_deref()))?;
    }
    if command.deny_residual { deny(compiled.report()) } else { Ok(()) }
}

/// The evaluator makes no code, and Cranelift inlines nothing.
fn nothing_to_inspect() -> Failure {
    let hint = "use `--backend llvm` or `--backend llvm-open`".to_owned();
    Failure::input("`inspect` shows what LLVM made of a rule, and another backend was asked for".to_owned(), Some(hint))
}

/// Fails where a call of a native is left.
pub(crate) fn deny(report: &Report) -> Result<(), Failure> {
    let left: Vec<String> = user_natives(report).filter(|native| native.left > 0).map(describe_left).collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(Failure::Check { kind: "ResidualCall", message: format!("calls of natives are left: {}", left.join("; ")) })
}

fn describe_left(native: &NativeReport) -> String {
    let why = native.reason.as_deref().unwrap_or("for no known reason");
    format!("{} of `{}` ({why})", native.left, native.name)
}

/// The natives that the rule itself calls by name, without the library's own helpers.
fn user_natives(report: &Report) -> impl Iterator<Item = &NativeReport> {
    report.natives.iter().filter(|native| !native.symbol.starts_with("relon_std_"))
}

fn report_text(program: &Program, compiled: &Compiled, trouble: Option<&str>) -> String {
    let report = compiled.report();
    let width = report.natives.iter().map(|native| native.name.len()).max().unwrap_or(6).max(6);
    let mut lines = vec![format!("{:width$}  world   emitted  left  why", "native")];
    let (own, library): (Vec<_>, Vec<_>) =
        report.natives.iter().partition(|native| !native.symbol.starts_with("relon_std_"));
    for native in own.into_iter().chain(library) {
        let why = native.reason.as_deref().unwrap_or("");
        let NativeReport { name, world, emitted, left, .. } = native;
        let line = format!("{name:width$}  {:<6}  {emitted:>7}  {left:>4}  {why}", world.name());
        lines.push(line.trim_end().to_owned());
    }
    lines.push(String::new());
    let Report { checks_emitted, checks_left, checks_batched, .. } = report;
    let checks = format!("checks: {checks_emitted} emitted, {checks_left} left, {checks_batched} behind loops");
    lines.push(format!("{checks}; functions: {}; object: {} bytes", report.functions, compiled.object_size()));
    let total: f64 = program.phases().iter().map(|(_, duration)| duration.as_secs_f64() * 1e3).sum();
    let phases = program.phases().iter().map(|(name, time)| format!("{name} {:.2}", time.as_secs_f64() * 1e3));
    let how = if compiled.is_kept() { "loaded from the cache" } else { "compiled" };
    lines.push(format!("{how} in {total:.2} ms: {}", phases.collect::<Vec<_>>().join(", ")));
    lines.extend(trouble.map(|trouble| format!("note: {trouble}")));
    lines.join("\n")
}

fn report_json(program: &Program, compiled: &Compiled, result: Option<&str>) -> Value {
    let report = compiled.report();
    let native = |native: &NativeReport| {
        json!({
            "name": native.name,
            "symbol": native.symbol,
            "world": native.world.name(),
            "emitted": native.emitted,
            "left": native.left,
            "reason": native.reason,
        })
    };
    let phases: Map<String, Value> = program
        .phases()
        .iter()
        .map(|(name, duration)| ((*name).to_owned(), json!(duration.as_secs_f64() * 1e3)))
        .collect();
    let result: Option<Value> = result.and_then(|text| serde_json::from_str(text).ok());
    json!({
        "natives": report.natives.iter().map(native).collect::<Vec<_>>(),
        "phases_ms": phases,
        "object_bytes": compiled.object_size(),
        "from_cache": compiled.is_kept(),
        "indirect_calls": report.indirect_calls,
        "functions": report.functions,
        "checks_emitted": report.checks_emitted,
        "checks_left": report.checks_left,
        "checks_batched": report.checks_batched,
        "vectors": report.vectors,
        "result": result,
    })
}
