//! What rules cost: in Relon, in plain Rust, and in the engines that Rust programs embed.
//!
//! `peers [--quick] [--with PROGRAM]...` measures what this program has and what others have that serve in the same way: the engines, and a
//! build of this program with link-time optimisation.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

mod data;
mod generate;
mod measure;
mod sides;
mod worker;

use std::error::Error;
use std::path::PathBuf;

use measure::Effort;
use peers_work::{Workload, serve};
use worker::Worker;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == serve::OPTION) {
        return serve::serve(sides::offers);
    }
    let effort = if arguments.iter().any(|argument| argument == "--quick") { Effort::QUICK } else { Effort::FULL };
    let others = arguments.iter().zip(arguments.iter().skip(1)).filter(|(option, _)| *option == "--with");
    let workers = others.map(|(_, program)| Worker::start(&PathBuf::from(program))).collect::<Result<Vec<_>, _>>()?;
    for workload in Workload::ALL {
        println!("{} (ns for a {})", workload.name(), workload.unit());
        let results = measure::measure(workload, &workers, effort)?;
        for side in &results.measured {
            println!("    {:<28}{:>12.2} ({:>12.2}) {:>9.2}x of Rust", side.engine, side.fastest, side.median, side.of(&results.measured[0]));
        }
        for unable in &results.unable {
            println!("    {:<28}{}", unable.engine, unable.why);
        }
    }
    Ok(())
}
