//! How time grows: compiling with the lines of a rule and with its natives, running with rows and with threads.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use relon::{Arena, Backend, BatchEntry, Effort, Engine, NativesPackage};

use crate::data::{self, Line};
use crate::generate::{NATIVES, Size, long_rule, native_name};
use crate::sides::loaded::{WAYS, source};

/// What the command line begins with.
pub const OPTION: &str = "--growth";
const LINES: [usize; 4] = [10, 100, 1_000, 10_000];
const MOST_NATIVES: [usize; 4] = [1, 10, 100, 1_000];
const ROWS: [usize; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const ROUNDS: usize = 3;
/// Lines up to which LLVM's full effort is measured, which takes minutes for the longest.
const FULL_LINES: usize = 1_000;

/// Prints all tables.
pub fn run() -> Result<(), Box<dyn Error>> {
    let natives = Arc::new(NativesPackage::build(&Path::new(env!("CARGO_MANIFEST_DIR")).join("natives"), &mut |_| {})?);
    println!("{:<34}{:>14}{:>14}{:>14}", "compile, microseconds for a line", "Cranelift", "LLVM, quick", "LLVM, full");
    for lines in LINES {
        let rule = long_rule(Size { lines, natives: NATIVES.len().min(lines) });
        compile_row(&format!("{lines} lines"), &rule, &natives, lines)?;
    }
    println!(
        "{:<34}{:>14}{:>14}{:>14}",
        "compile, microseconds for a native", "Cranelift", "LLVM, quick", "LLVM, full"
    );
    for count in MOST_NATIVES {
        let natives = Arc::new(package(count)?);
        let rule = long_rule(Size { lines: count.max(2), natives: count });
        compile_row(&format!("{count} natives"), &rule, &natives, count)?;
    }
    rows_and_threads()
}

/// A line of a table: the fastest compilation by each way, for one of `count`.
fn compile_row(name: &str, rule: &str, natives: &Arc<NativesPackage>, count: usize) -> Result<(), Box<dyn Error>> {
    print!("{name:<34}");
    for (backend, effort) in
        [(Backend::Cranelift, Effort::Quick), (Backend::Llvm, Effort::Quick), (Backend::Llvm, Effort::Full)]
    {
        if effort == Effort::Full && count > FULL_LINES {
            continue;
        }
        let mut engine = Engine::new();
        engine.backend(backend).effort(effort).natives(natives.clone());
        let took = fastest(|| Ok(drop(engine.load("rule.relon", rule)?)))?;
        print!("{:>14.1}", took * 1e6 / count as f64);
    }
    println!();
    Ok(())
}

/// A package with so many natives, which are built like any other.
fn package(count: usize) -> Result<NativesPackage, Box<dyn Error>> {
    let folder: PathBuf = std::env::current_exe()?.with_file_name(format!("growth-{count}"));
    std::fs::create_dir_all(folder.join("src"))?;
    let relon = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/relon").canonicalize()?;
    let manifest = format!(
        "[package]\nname = \"growth-natives\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         relon = {{ path = {relon:?}, default-features = false }}\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    let native = |number: usize| {
        let name = native_name(number);
        format!(
            "#[relon::native]\npub fn {name}(x: i64) -> i64 {{\n    (x ^ {number}).rem_euclid(10_007) + {number}\n}}\n"
        )
    };
    std::fs::write(folder.join("src/lib.rs"), (0..count).map(native).collect::<String>())?;
    Ok(NativesPackage::build(&folder, &mut |_| {})?)
}

/// Batches of more and more rows, and the longest on two threads.
fn rows_and_threads() -> Result<(), Box<dyn Error>> {
    let mut engine = WAYS[0].engine();
    engine.batch(true);
    let program = engine.load("rule.relon", &source(peers_work::Workload::BatchNumbers))?;
    let (rule, most) = (program.batch::<Line, i64>()?, ROWS[ROWS.len() - 1]);
    let rows: Vec<Line> = data::lines(data::MOST).iter().copied().cycle().take(most).collect();
    println!("{:<34}{:>14}{:>14}", "batch, nanoseconds for a row", "1 thread", "2 threads");
    for count in ROWS {
        let rows = &rows[..count];
        let (mut arena, mut other) = (program.arena(), program.arena());
        let one = fastest(|| batch(&rule, &mut arena, rows))?;
        let two = fastest(|| {
            let (left, right) = rows.split_at(count / 2);
            std::thread::scope(|scope| {
                let thread = scope.spawn(|| batch(&rule, &mut other, right).map_err(|error| error.to_string()));
                batch(&rule, &mut arena, left)?;
                thread.join().map_err(|_| "a thread ended early")?.map_err(Into::into)
            })
        })?;
        println!("{:<34}{:>14.2}{:>14.2}", format!("{count} rows"), one * 1e9 / count as f64, two * 1e9 / count as f64);
    }
    Ok(())
}

fn batch(rule: &BatchEntry<Line, i64>, arena: &mut Arena, rows: &[Line]) -> Result<(), Box<dyn Error>> {
    std::hint::black_box(rule.call(arena, rows)?);
    Ok(())
}

/// Seconds of the fastest of a few rounds, after one that does not count.
fn fastest(mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    work()?;
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}
