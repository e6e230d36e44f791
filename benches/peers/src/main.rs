//! What rules cost: in Relon, in plain Rust, and in the engines that Rust programs embed.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

mod data;
mod generate;
mod measure;
mod sides;
mod workload;

use std::error::Error;

use measure::Effort;
use workload::Workload;

fn main() -> Result<(), Box<dyn Error>> {
    let effort = if std::env::args().any(|argument| argument == "--quick") { Effort::QUICK } else { Effort::FULL };
    for workload in Workload::ALL {
        println!("{} (ns for a {})", workload.name(), workload.unit());
        for side in measure::measure(workload, effort)? {
            println!(
                "    {:<28}{:>12.2} ({:>12.2}) {:>9.2}x of Rust, n = {}",
                side.engine, side.fastest, side.median, side.of_rust, side.n
            );
        }
    }
    Ok(())
}
