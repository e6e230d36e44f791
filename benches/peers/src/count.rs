//! Instructions of a side, counted by valgrind in a process of its own: they are the same on a busy machine.

use std::error::Error;
use std::hint::black_box;
use std::process::Command;

use peers_work::Workload;

use crate::sides::sides;

/// What the command line begins with where instructions are to be counted: numbers of a workload, of a side, and `n` follow.
pub const OPTION: &str = "--count";
/// What is counted.
pub const COUNTED: [Workload; 3] = [Workload::LoopInt, Workload::RowScalar, Workload::RowRecord];
const FEW: u64 = 1_000;
const MANY: u64 = 101_000;

/// Does what the command line says.
pub fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [workload, side, n] = arguments else { return Err("a workload, a side, and n".into()) };
    let workload = COUNTED.get(workload.parse::<usize>()?).ok_or("no such workload")?;
    let mut sides = sides(*workload)?;
    let side = sides.get_mut(side.parse::<usize>()?).ok_or("no such side")?;
    black_box((side.pass)(n.parse()?));
    Ok(())
}

/// Instructions for one of `n`; none without valgrind.
pub fn instructions(workload: usize, side: usize) -> Result<Option<f64>, Box<dyn Error>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    Ok(Some((counted(workload, side, MANY)? - counted(workload, side, FEW)?) / (MANY - FEW) as f64))
}

fn counted(workload: usize, side: usize, n: u64) -> Result<f64, Box<dyn Error>> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe()?).arg(OPTION);
    let output = command.args([workload.to_string(), side.to_string(), n.to_string()]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = line.ok_or_else(|| format!("valgrind counts nothing: {said}"))?;
    Ok(count.trim().parse()?)
}
