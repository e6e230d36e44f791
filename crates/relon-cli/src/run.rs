//! `relon run`: a rule and its arguments, the result as JSON.

use std::io::Write;
use std::time::Instant;

use crate::args::{EffortArg, Format, RunCommand};
use crate::failure::Failure;
use crate::options::{Shown, arguments, load};

/// Runs the rule and prints the result.
pub(crate) fn run(command: &RunCommand, format: Format) -> Result<(), Failure> {
    let (program, trouble) = load(&command.rule, EffortArg::Quick, Shown::default(), format)?;
    let arguments = arguments(command.args.as_deref())?;
    let start = Instant::now();
    let result = program.run_json(&arguments);
    if command.timings {
        for (name, duration) in program.phases() {
            eprintln!("{name:<10} {:>9.3} ms", duration.as_secs_f64() * 1e3);
        }
        eprintln!("{:<10} {:>9.3} ms", "run", start.elapsed().as_secs_f64() * 1e3);
        if let Some(trouble) = trouble {
            eprintln!("note: {trouble}");
        }
    }
    print(&result?)
}

/// Writes a line to stdout; a reader that went away is a failure, not a panic.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{text}")
        .map_err(|error| Failure::input(format!("cannot write to standard output: {error}"), None))
}
