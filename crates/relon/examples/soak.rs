//! Loads, runs and drops one rule over and over, and watches time and memory.
//!
//! `cargo run --release -p relon --example soak -- RULE ARGS PACKAGE [ROUNDS] [quick|full|cranelift|kept]` prints the median time of each
//! step of a warm compile, or, with `kept`, of a load from the cache, and fails where the resident memory after the last round is more than 5 MB above that after the first 200.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use relon::{Backend, Cache, Effort, Engine, NativesPackage};

/// Rounds after which memory counts.
const WARM: usize = 200;
const ALLOWED_GROWTH: u64 = 5 * 1024 * 1024;

#[expect(clippy::print_stdout, reason = "a measurement prints its figures")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [rule, arguments, package, rest @ ..] = args.as_slice() else {
        eprintln!("usage: soak RULE ARGS PACKAGE [ROUNDS] [quick|full|cranelift|kept]");
        return ExitCode::from(2);
    };
    let rounds = rest.first().and_then(|text| text.parse().ok()).unwrap_or(2000);
    let (backend, effort) = match rest.get(1).map(String::as_str) {
        Some("cranelift") => (Backend::Cranelift, Effort::Quick),
        Some("full") => (Backend::Llvm, Effort::Full),
        _ => (Backend::Llvm, Effort::Quick),
    };
    let folder = std::env::temp_dir().join(format!("relon-soak-{}", std::process::id()));
    let cache = rest.get(1).filter(|way| *way == "kept").map(|_| Cache::at(&folder));
    let outcome = soak(rule, arguments, package, rounds, (backend, effort, cache));
    // What is left in the folder for temporary files does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    match outcome {
        Ok(Soak { steps, warm, end, peak }) => {
            for (name, median) in steps {
                println!("{name:<10} {:>8.3} ms", median.as_secs_f64() * 1e3);
            }
            println!("resident after {WARM} rounds {} KiB, after {rounds} {} KiB", warm / 1024, end / 1024);
            println!("at most {} KiB", peak / 1024);
            ExitCode::from(u8::from(end > warm + ALLOWED_GROWTH))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

struct Soak {
    steps: Vec<(String, Duration)>,
    warm: u64,
    end: u64,
    /// The most that the process ever had.
    peak: u64,
}

fn soak(
    rule: &str,
    arguments: &str,
    package: &str,
    rounds: usize,
    (backend, effort, cache): (Backend, Effort, Option<Cache>),
) -> Result<Soak, Box<dyn std::error::Error>> {
    let (source, arguments) = (std::fs::read_to_string(rule)?, std::fs::read_to_string(arguments)?);
    let package = NativesPackage::build(Path::new(package), &mut |step| eprintln!("{step}"))?;
    let mut engine = Engine::new();
    engine.natives(package.into()).backend(backend).effort(effort);
    if let Some(cache) = cache {
        engine.cache(cache);
    }
    let mut samples: Vec<(String, Vec<Duration>)> = Vec::new();
    let mut warm = 0;
    for round in 0..rounds {
        if round == WARM {
            warm = resident()?;
        }
        let program = engine.load(rule, &source)?;
        program.run_json(&arguments)?;
        record(&mut samples, program.phases());
    }
    let steps = samples.into_iter().map(|(name, durations)| (name, median(durations))).collect();
    Ok(Soak { steps, warm, end: resident()?, peak: peak()? })
}

fn record(samples: &mut Vec<(String, Vec<Duration>)>, phases: &[(&'static str, Duration)]) {
    let total = ("total", phases.iter().map(|(_, duration)| *duration).sum());
    for (name, duration) in phases.iter().copied().chain([total]) {
        match samples.iter_mut().find(|(known, _)| known == name) {
            Some((_, durations)) => durations.push(duration),
            None => samples.push((name.to_owned(), vec![duration])),
        }
    }
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations[durations.len() / 2]
}

/// Resident memory of this process in bytes.
fn resident() -> std::io::Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    Ok(pages.unwrap_or(0) * 4096)
}

/// The most resident memory that this process has had, in bytes.
fn peak() -> std::io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kib.unwrap_or(0) * 1024)
}
