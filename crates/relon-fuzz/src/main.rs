//! `relon-fuzz programs SEED COUNT [FOLDER]` runs the programs of so many seeds and compares the backends; what differs is made smaller
//! and written to the folder. `relon-fuzz show SEED` prints a program and its arguments.

use std::path::Path;
use std::process::ExitCode;

use relon_fuzz::{campaign, coverage, judge, program};

/// Of a hundred programs so many have to check.
const LEAST_CHECKED: f64 = 90.0;
/// Of fewer programs the share says little.
const ENOUGH: usize = 50;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match command(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn command(arguments: &[&str]) -> Result<ExitCode, Box<dyn std::error::Error>> {
    match arguments {
        ["judge"] => judge::serve(std::io::stdin().lock(), std::io::stdout().lock())?,
        ["show", seed] => show(seed.parse()?),
        ["programs", seed, count, folder @ ..] => {
            let folder = Path::new(folder.first().copied().unwrap_or("target/fuzz"));
            return Ok(programs(&campaign::run(seed.parse()?, count.parse()?, folder)?, folder));
        }
        _ => return Err("usage: relon-fuzz programs SEED COUNT [FOLDER] | show SEED".into()),
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "a tool prints what it found")]
fn show(seed: u64) {
    let program = program::program(seed);
    println!("{}", program.tree.text());
    program.arguments.iter().for_each(|arguments| println!("{arguments}"));
}

#[expect(clippy::print_stdout, reason = "a tool prints what it found")]
fn programs(summary: &campaign::Summary, folder: &Path) -> ExitCode {
    println!("{}", summary.line());
    let mut refusals: Vec<_> = summary.refusals.iter().collect();
    refusals.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for (why, (count, seed)) in refusals.into_iter().take(12) {
        println!("{count} refused, such as seed {seed}: {why}");
    }
    println!("ways: {}", summary.costs());
    println!("runs: {:?}", summary.ends);
    println!("{}", coverage::table(summary));
    if !summary.slow.is_empty() {
        println!("slow: {:?}", summary.slow);
    }
    if summary.programs >= ENOUGH && summary.percent_checked() < LEAST_CHECKED {
        println!("fewer than {LEAST_CHECKED} % check: the generator does not know the language");
        return ExitCode::FAILURE;
    }
    let gaps = coverage::gaps(summary);
    if summary.programs >= coverage::ENOUGH && !gaps.is_empty() {
        println!("no program had, and no run ended with: {}", gaps.join(", "));
        return ExitCode::FAILURE;
    }
    if summary.different.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("different: {:?}; see {}", summary.different, folder.display());
    ExitCode::FAILURE
}
