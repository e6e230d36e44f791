//! A process that works when it is told so, line by line: another one runs the engines of several processes in turns.
//!
//! `open NUMBER` prepares the workload of that number, and is answered by a line for each engine and an empty one: `ENGINE`, or `ENGINE`,
//! a tab and why it cannot do that. `run ENGINE N PASSES ALL` is answered by the result and the nanoseconds, where `ENGINE` counts those
//! that can.

use std::error::Error;
use std::io::{BufRead, Write};

use crate::rows::look_at_all;
use crate::{Offer, Side, Workload};

/// What the command line of a process that serves begins with.
pub const OPTION: &str = "--serve";

/// Answers until the input ends.
///
/// # Errors
/// An engine that fails to prepare a workload, or gives different results; a line that is none of the above.
pub fn serve(offers: impl Fn(Workload) -> Result<Vec<Offer>, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let (input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut sides: Vec<Side> = Vec::new();
    for line in input.lines() {
        let line = line?;
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["open", number] => {
                let workload = Workload::ALL.get(number.parse::<usize>()?).ok_or("no such workload")?;
                sides.clear();
                for offer in offers(*workload)? {
                    match offer {
                        Offer::Side(side) => {
                            writeln!(output, "{}", side.engine)?;
                            sides.push(side);
                        }
                        Offer::Cannot(engine, why) => writeln!(output, "{engine}\t{why}")?,
                    }
                }
                writeln!(output)?;
            }
            ["run", side, n, passes, all] => {
                look_at_all(*all == "all");
                let side = sides.get_mut(side.parse::<usize>()?).ok_or("no such engine")?;
                let (result, nanoseconds) = side.run(n.parse()?, passes.parse()?)?;
                writeln!(output, "{result} {nanoseconds}")?;
            }
            _ => return Err(format!("what is `{line}`?").into()),
        }
        output.flush()?;
    }
    Ok(())
}
