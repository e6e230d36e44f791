//! Instructions of a side, counted by valgrind in a process of its own.

use std::error::Error;
use std::hint::black_box;
use std::process::Command;

use crate::side::Side;
use crate::work::Row;

/// What the command line begins with where instructions are to be counted; the name of a side and the number of passes follow.
pub const OPTION: &str = "--count";

/// Runs the side that the command line names.
pub fn run(rows: &[Row<'_>], sides: &mut [Side]) {
    let mut arguments = std::env::args().skip(2);
    let (name, passes) = (arguments.next(), arguments.next().and_then(|passes| passes.parse().ok()).unwrap_or(0));
    let side = sides.iter_mut().find(|side| Some(side.name) == name.as_deref());
    if let Some(side) = side {
        for _ in 0..passes {
            black_box(side.pass(0, rows));
        }
    }
}

/// Instructions for each call; none without valgrind.
pub fn instructions(side: &str) -> Result<Option<f64>, Box<dyn Error>> {
    const PASSES: u32 = 100;
    let Some((without, with)) = counted(side, 0)?.zip(counted(side, PASSES)?) else { return Ok(None) };
    Ok(Some((with - without) / f64::from(PASSES) / crate::ROWS as f64))
}

/// Instructions of a process that makes so many passes. One instruction more or less in a thousand calls is that of the passes themselves.
fn counted(side: &str, passes: u32) -> Result<Option<f64>, Box<dyn Error>> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=none", "--version"]);
    if command.output().is_err() {
        return Ok(None);
    }
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe()?);
    let output = command.args([OPTION, side, &passes.to_string()]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = line.ok_or_else(|| format!("valgrind counts nothing: {said}"))?;
    Ok(Some(count.trim().parse()?))
}
