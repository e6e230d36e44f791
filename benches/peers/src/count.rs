//! Instructions of a side, counted by valgrind in a process of its own: they are the same on a busy machine.

use std::error::Error;
use std::hint::black_box;
use std::process::Command;

use peers_work::{Side, Workload};

use crate::sides::loaded::{CHECKED_ONCE, WAYS, checked_once, compiled};
use crate::sides::{linked, plain};

/// What the command line begins with where instructions are to be counted: the number of a workload, an engine, and `n` follow.
pub const OPTION: &str = "--count";
/// What is counted.
pub const COUNTED: [Workload; 3] = [Workload::LoopInt, Workload::RowScalar, Workload::RowRecord];
const FEW: u64 = 1_000;
const MANY: u64 = 101_000;

/// Does what the command line says.
pub fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [workload, side, n] = arguments else { return Err("a workload, a side, and n".into()) };
    let workload = COUNTED.get(workload.parse::<usize>()?).ok_or("no such workload")?;
    black_box((side_of(*workload, side)?.pass)(n.parse()?));
    Ok(())
}

/// The engines that are counted for a workload.
pub fn engines(workload: Workload) -> Vec<&'static str> {
    let mut engines = vec![plain::RUST, plain::POINTER, linked::ENGINE, WAYS[0].name];
    // Of the arguments of the others nothing is checked.
    if workload == Workload::RowRecord {
        engines.extend([linked::ENGINE_CHECKED, CHECKED_ONCE]);
    }
    engines
}

/// One side alone: preparing others would take long under valgrind.
fn side_of(workload: Workload, engine: &str) -> Result<Side, Box<dyn Error>> {
    let side = match engine {
        linked::ENGINE => Some(linked::side(workload)),
        linked::ENGINE_CHECKED => linked::checked_once(workload),
        CHECKED_ONCE => checked_once(workload)?,
        engine if engine == WAYS[0].name => Some(compiled(WAYS[0], workload)?),
        _ => plain::sides(workload).into_iter().find(|side| side.engine == engine),
    };
    side.ok_or_else(|| "no such engine".into())
}

/// Instructions for one of `n`; none without valgrind.
pub fn instructions(workload: usize, engine: &str) -> Result<Option<f64>, Box<dyn Error>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    Ok(Some((counted(workload, engine, MANY)? - counted(workload, engine, FEW)?) / (MANY - FEW) as f64))
}

fn counted(workload: usize, engine: &str, n: u64) -> Result<f64, Box<dyn Error>> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe()?).arg(OPTION);
    let output = command.args([&workload.to_string(), engine, &n.to_string()]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = line.ok_or_else(|| format!("valgrind counts nothing: {said}"))?;
    Ok(count.trim().parse()?)
}
