//! What happens once for a rule: compiling it, starting a process with it, and keeping it in memory.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use peers_work::{Offer, Workload, start};
use relon::{Backend, Effort, Engine, NativesPackage};

use crate::measure::median;
use crate::sides::loaded::{EVALUATOR, WAYS, Way, compiled, source};

/// What the command line begins with where memory is to be measured: a way to load rules and how many follow.
pub const MEMORY: &str = "--memory";
/// The pricing example, from the folder of this package.
const PRICING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/pricing");
/// The rule of the smallest workload with a record.
const RULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/row_record.relon");
const NATIVES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/natives");
/// The order that processes price first, as JSON.
const ORDER: &str = r#"{"order": {"qty": 1, "unit_cents": 0, "tier": "gold"}}"#;

/// Milliseconds that something took.
pub struct Time {
    pub name: String,
    pub fastest: f64,
    pub median: f64,
}

impl Time {
    /// Does something again and again.
    fn of(
        name: String,
        rounds: usize,
        mut work: impl FnMut() -> Result<(), Box<dyn Error>>,
    ) -> Result<Time, Box<dyn Error>> {
        let mut times = Vec::with_capacity(rounds);
        work()?;
        for _ in 0..rounds {
            let start = Instant::now();
            work()?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(Time {
            name,
            fastest: times.iter().copied().fold(f64::INFINITY, f64::min),
            median: median(times.into_iter()),
        })
    }
}

/// What is compiled: the name of the rule, its text, and its natives.
pub fn rules() -> Result<Vec<(&'static str, String, Arc<NativesPackage>)>, Box<dyn Error>> {
    let natives = Arc::new(NativesPackage::build(Path::new(NATIVES), &mut |_| {})?);
    let pricing = Arc::new(NativesPackage::build(&Path::new(PRICING).join("natives"), &mut |_| {})?);
    Ok(vec![
        ("row call, record", source(Workload::RowRecord), natives.clone()),
        ("pricing example", std::fs::read_to_string(Path::new(PRICING).join("pricing.relon"))?, pricing),
        ("200 lines, 20 natives", source(Workload::LongRule), natives.clone()),
        ("table of 2,000 rows", source(Workload::Table), natives),
    ])
}

/// Ways to compile.
pub const COMPILED: [(&str, Backend, Effort); 4] = [
    ("LLVM, full effort", Backend::Llvm, Effort::Full),
    ("LLVM, quick effort", Backend::Llvm, Effort::Quick),
    ("Cranelift", Backend::Cranelift, Effort::Quick),
    ("evaluator (checked alone)", Backend::Eval, Effort::Quick),
];

/// Code that was compiled before, by any process.
pub const KEPT: &str = "LLVM, full effort, from the cache";

/// Times from text to a rule that can be called, in a process that has compiled before.
pub fn compile_times(rounds: usize) -> Result<Vec<(&'static str, Vec<Time>)>, Box<dyn Error>> {
    let mut found = Vec::new();
    for (rule, text, natives) in rules()? {
        let mut times = Vec::new();
        for (name, backend, effort) in COMPILED {
            let mut engine = Engine::new();
            engine.backend(backend).effort(effort).natives(natives.clone());
            times.push(Time::of(name.to_owned(), rounds, || Ok(drop(engine.load("rule.relon", &text)?)))?);
        }
        times.push(kept_time(rounds, &text, natives)?);
        found.push((rule, times));
    }
    Ok(found)
}

/// From the cache on disk, which the first round fills.
fn kept_time(rounds: usize, text: &str, natives: Arc<NativesPackage>) -> Result<Time, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("relon-peers-{}", std::process::id()));
    let mut engine = Engine::new();
    engine.natives(natives).cache(relon::Cache::at(&folder));
    let time = Time::of(KEPT.to_owned(), rounds, || Ok(drop(engine.load("rule.relon", text)?)));
    std::fs::remove_dir_all(&folder)?;
    time
}

/// Prints the first result of a way to load rules.
pub fn first_result(engine: &str) -> Result<(), Box<dyn Error>> {
    let way = WAYS.into_iter().find(|way| way.name == engine).ok_or("no such way")?;
    start::first_result(Offer::Side(compiled(way, Workload::RowRecord)?))
}

/// Times from the start of a process to its end, after its first result.
pub fn start_times(rounds: usize, relon: Option<&Path>, engines: Option<&Path>) -> Result<Vec<Time>, Box<dyn Error>> {
    let here = std::env::current_exe()?;
    let beside = |name: &str| here.with_file_name(name);
    let mut processes: Vec<(String, PathBuf, Vec<String>)> = vec![
        ("an empty Rust program".to_owned(), beside("empty"), Vec::new()),
        ("Relon, object".to_owned(), beside("object"), Vec::new()),
    ];
    for name in ["Relon, JIT", "Relon, Cranelift"] {
        processes.push((format!("{name} in a program"), here.clone(), vec![start::OPTION.to_owned(), name.to_owned()]));
    }
    if let Some(relon) = relon {
        for (name, backend) in [
            ("relon run", "llvm"),
            ("relon run --backend cranelift", "cranelift"),
            ("relon run --backend eval", "eval"),
        ] {
            let arguments = ["run", RULE, "--natives", NATIVES, "--args", ORDER, "--backend", backend];
            processes.push((name.to_owned(), relon.to_owned(), arguments.map(str::to_owned).to_vec()));
        }
    }
    if let Some(engines) = engines {
        for engine in ["roto", "wasmtime", "LuaJIT, FFI", "QuickJS", "rune", "rhai", "cel"] {
            processes.push((engine.to_owned(), engines.to_owned(), vec![start::OPTION.to_owned(), engine.to_owned()]));
        }
    }
    let time = |(name, program, arguments): (String, PathBuf, Vec<String>)| {
        Time::of(name.clone(), rounds, || {
            let output = Command::new(&program)
                .args(&arguments)
                .output()
                .map_err(|error| format!("{}: {error}", program.display()))?;
            match output.status.success() {
                true => Ok(()),
                false => Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)).into()),
            }
        })
    };
    processes.into_iter().map(time).collect()
}

/// Memory of one rule among many.
pub struct Memory {
    pub name: &'static str,
    /// Bytes that the process grew by.
    pub resident: f64,
    /// Bytes of machine code and data, where there are any.
    pub code: Option<usize>,
}

/// What each way to load a rule keeps.
pub fn memory(count: usize) -> Result<Vec<Memory>, Box<dyn Error>> {
    let ways = [WAYS[0], WAYS[2], EVALUATOR];
    let measure = |way: Way| -> Result<Memory, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        let output = command.args([MEMORY, way.name, &count.to_string()]).output()?;
        let text = String::from_utf8(output.stdout)?;
        let (resident, code) =
            text.trim().split_once(' ').ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        Ok(Memory { name: way.name, resident: resident.parse()?, code: code.parse().ok() })
    };
    ways.into_iter().map(measure).collect()
}

/// Loads a rule many times, keeps all, and prints by how much the process grew for each.
#[allow(clippy::print_stdout, reason = "another process reads it")]
pub fn keep(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    const FIRST: usize = 10;
    let [name, count] = arguments else { return Err("a way and how many".into()) };
    let way = WAYS.into_iter().chain([EVALUATOR]).find(|way| way.name == name).ok_or("no such way")?;
    let (engine, text, count) = (way.engine(), source(Workload::RowRecord), count.parse::<usize>()?);
    let mut programs = Vec::new();
    let mut before = 0;
    for index in 0..FIRST + count {
        if index == FIRST {
            before = resident()?;
        }
        let program = engine.load("rule.relon", &text)?;
        program.run_json(ORDER)?;
        programs.push(program);
    }
    let code = programs[0].compiled().map_or("-".to_owned(), |compiled| compiled.object_size().to_string());
    println!("{} {code}", (resident()? - before) as f64 / count as f64);
    Ok(())
}

/// Resident memory of this process in bytes.
fn resident() -> Result<i64, Box<dyn Error>> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm.split(' ').nth(1).ok_or("no resident size")?;
    Ok(pages.parse::<i64>()? * 4096)
}
