//! How time grows: compiling with the lines of a rule and with its natives, running with rows and with threads.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use relon::{Arena, Backend, BatchEntry, Effort, Engine, NativesPackage};

use crate::data::{self, Line};
use crate::generate::{NATIVES, Size, long_rule, native_name};
use crate::sides::loaded::{WAYS, source};
use crate::sides::plain::{in_range, price_line, price_line_checked};

/// What the command line begins with.
pub const OPTION: &str = "--growth";
const LINES: [usize; 4] = [10, 100, 1_000, 10_000];
const MOST_NATIVES: [usize; 4] = [1, 10, 100, 1_000];
const ROUNDS: usize = 5;
const ROWS: [usize; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
/// Lines and natives up to which LLVM's full effort is measured, which takes minutes for the longest.
const FULL_LINES: usize = 1_000;
const ABOUT: &str = "# Growth

Written by `just bench-growth`, which runs `benches/peers`. Compile time for a line or a native stays as it is where growth is linear, and so does
run time for a row, as long as the rows are in the same cache: 1,000 rows are 24 kB, and 10,000,000 are 240 MB and 80 MB of results, of which a processor computes more
than its memory gives. What two threads take includes the start of the second.
";
/// An order line's worth: nothing but a product, so that checks cost what there is.
const WORTH: &str = "line.qty * line.unit_cents";

/// Makes all tables, and prints them or writes `growth.md` to a folder.
pub fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let folder = match arguments {
        [option, folder] if option == "--write" => Some(folder),
        [] => None,
        _ => return Err("what follows may be `--write FOLDER`".into()),
    };
    let mut out = ABOUT.to_owned();
    compile_lines(&mut out)?;
    compile_natives(&mut out)?;
    let priced = source(peers_work::Workload::BatchNumbers);
    let schema = &priced[..priced.find("(subtotal").ok_or("the rule's body is not where it was")?];
    let worth = format!("{schema}{WORTH}\n");
    rows(&mut out, "The price of an order line", &priced, price_line, price_line_checked)?;
    let checked = |line: &Line| line.qty.checked_mul(line.unit_cents);
    rows(&mut out, "Quantity times price", &worth, |line| line.qty * line.unit_cents, checked)?;
    match folder {
        Some(folder) => Ok(std::fs::write(Path::new(folder).join("growth.md"), out)?),
        None => {
            println!("{out}");
            Ok(())
        }
    }
}

fn heading(out: &mut String, title: &str, columns: &[&str]) -> Result<(), std::fmt::Error> {
    eprintln!("{title}");
    writeln!(out, "\n## {title}\n\n| | {} |\n|---|{}", columns.join(" | "), "--:|".repeat(columns.len()))
}

fn compile_lines(out: &mut String) -> Result<(), Box<dyn Error>> {
    let natives = Arc::new(NativesPackage::build(&Path::new(env!("CARGO_MANIFEST_DIR")).join("natives"), &mut |_| {})?);
    heading(out, "Compiling, microseconds for a line", &["Cranelift", "LLVM, quick", "LLVM, full"])?;
    for lines in LINES {
        let rule = long_rule(Size { lines, natives: NATIVES.len().min(lines) });
        compile_row(out, &format!("{lines} lines"), &rule, &natives, lines)?;
    }
    Ok(())
}

fn compile_natives(out: &mut String) -> Result<(), Box<dyn Error>> {
    let title = "Compiling, microseconds for a native that is called once";
    heading(out, title, &["Cranelift", "LLVM, quick", "LLVM, full"])?;
    for count in MOST_NATIVES {
        let natives = Arc::new(package(count)?);
        let rule = long_rule(Size { lines: count.max(2), natives: count });
        compile_row(out, &format!("{count} natives"), &rule, &natives, count)?;
    }
    Ok(())
}

/// A line of a table: the fastest compilation by each way, for one of `count`.
fn compile_row(
    out: &mut String,
    name: &str,
    rule: &str,
    natives: &Arc<NativesPackage>,
    count: usize,
) -> Result<(), Box<dyn Error>> {
    eprintln!("  {name}");
    write!(out, "| {name} |")?;
    for (backend, effort) in
        [(Backend::Cranelift, Effort::Quick), (Backend::Llvm, Effort::Quick), (Backend::Llvm, Effort::Full)]
    {
        if effort == Effort::Full && count > FULL_LINES {
            write!(out, " |")?;
            continue;
        }
        let mut engine = Engine::new();
        engine.backend(backend).effort(effort).natives(natives.clone());
        let took = fastest(|| Ok(drop(engine.load("rule.relon", rule)?)))?;
        write!(out, " {:.1} |", took * 1e6 / count as f64)?;
    }
    Ok(writeln!(out)?)
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

/// Batches of more and more rows of one rule, and with them on two threads.
fn rows(
    out: &mut String,
    title: &str,
    rule: &str,
    unchecked: impl Fn(&Line) -> i64,
    checked: impl Fn(&Line) -> Option<i64>,
) -> Result<(), Box<dyn Error>> {
    let columns = ["Rust", "Rust, checked", "Relon, JIT", "on 2 threads", "of Rust", "of checked Rust"];
    heading(out, &format!("{title}: a batch, nanoseconds for a row"), &columns)?;
    let mut engine = WAYS[0].engine();
    let program = engine.batch(true).load("rule.relon", rule)?;
    let (rule, most) = (program.batch::<Line, i64>()?, ROWS[ROWS.len() - 1]);
    let lines: Vec<Line> = data::lines(data::MOST).iter().copied().cycle().take(most).collect();
    let mut outs = vec![0_i64; most];
    for count in ROWS {
        let (lines, outs) = (&lines[..count], &mut outs[..count]);
        let (mut arena, mut other) = (program.arena(), program.arena());
        let mut times = [f64::INFINITY; 4];
        // Few rows take so little time that the clock needs many of them.
        let repeated = most / count.max(100_000);
        // In turns, so that what else the machine does is the same for all.
        for _ in 0..ROUNDS {
            let plain = once(repeated, || {
                black_box(lines).iter().zip(&mut *outs).for_each(|(line, out)| *out = unchecked(line));
                black_box(&mut *outs);
                Ok(())
            })?;
            let safe = once(repeated, || {
                for (line, out) in black_box(lines).iter().zip(&mut *outs) {
                    let value = if in_range(line) { checked(line) } else { None };
                    *out = value.ok_or("a line does not pass")?;
                }
                black_box(&mut *outs);
                Ok(())
            })?;
            let alone = once(repeated, || batch(&rule, &mut arena, lines))?;
            let both = once(repeated, || {
                let (left, right) = lines.split_at(count / 2);
                std::thread::scope(|scope| {
                    let thread = scope.spawn(|| batch(&rule, &mut other, right).map_err(|error| error.to_string()));
                    batch(&rule, &mut arena, left)?;
                    thread.join().map_err(|_| "a thread ended early")?.map_err(Into::into)
                })
            })?;
            for (time, found) in times.iter_mut().zip([plain, safe, alone, both]) {
                *time = time.min(found);
            }
        }
        let [rust, safe, one, two] = times.map(|time| time * 1e9 / count as f64);
        let ratios = format!("{:.2}x | {:.2}x", one / rust, one / safe);
        writeln!(out, "| {count} rows | {rust:.2} | {safe:.2} | {one:.2} | {two:.2} | {ratios} |")?;
    }
    Ok(())
}

/// Seconds of the fastest of some repetitions.
fn once(times: usize, mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..times {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn batch(rule: &BatchEntry<Line, i64>, arena: &mut Arena, rows: &[Line]) -> Result<(), Box<dyn Error>> {
    black_box(rule.call(arena, rows)?);
    Ok(())
}

/// Seconds of the fastest of a few rounds, after one that does not count.
fn fastest(mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    work()?;
    once(ROUNDS, work)
}
