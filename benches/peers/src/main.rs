//! What rules cost: in Relon, in plain Rust, and in the engines that Rust programs embed.
//!
//! `peers [--quick] [--lto PROGRAM] [--engines PROGRAM] [--relon PROGRAM] [--write FOLDER]` measures what this program has, a build of it
//! with link-time optimisation, and the engines, which both serve in the same way; and how long `relon` takes. It prints tables in
//! Markdown, or writes them with a chart into a folder. With `--only TEXT` it prints how long rules run, of the workloads with that in their names.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

#[cfg(feature = "jit")]
mod chart;
#[cfg(feature = "jit")]
mod count;
mod data;
mod generate;
#[cfg(feature = "jit")]
mod growth;
#[cfg(feature = "jit")]
mod life;
#[cfg(feature = "jit")]
mod measure;
#[cfg(feature = "jit")]
mod report;
mod sides;
#[cfg(feature = "jit")]
mod targets;
#[cfg(feature = "jit")]
mod worker;

use std::error::Error;

use peers_work::serve;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(serve::OPTION) => serve::serve(sides::offers),
        #[cfg(feature = "jit")]
        Some(count::OPTION) => count::run(&arguments[1..]),
        #[cfg(feature = "jit")]
        Some(growth::OPTION) => growth::run(&arguments[1..]),
        #[cfg(feature = "jit")]
        Some(life::MEMORY) => life::keep(&arguments[1..]),
        #[cfg(feature = "jit")]
        Some(peers_work::start::OPTION) => life::first_result(arguments.get(1).ok_or("which engine?")?),
        #[cfg(feature = "jit")]
        _ => compare::compare(&arguments),
        #[cfg(not(feature = "jit"))]
        _ => Err("without the feature `jit` this program only serves another one".into()),
    }
}

#[cfg(feature = "jit")]
mod compare {
    use std::path::{Path, PathBuf};

    use peers_work::Workload;

    use super::*;
    use crate::measure::{Effort, Results, measure};
    use crate::targets::All;
    use crate::worker::Worker;

    /// Measures everything, and prints or writes it.
    pub fn compare(arguments: &[String]) -> Result<(), Box<dyn Error>> {
        let is_quick = arguments.iter().any(|argument| argument == "--quick");
        let effort = if is_quick { Effort::QUICK } else { Effort::FULL };
        let value = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1).map(PathBuf::from)
        };
        let others = [value("--lto"), value("--engines")];
        let workers = others.iter().flatten().map(|program| Worker::start(program)).collect::<Result<Vec<_>, _>>()?;
        let only = value("--only");
        let is_meant = |workload: &Workload| {
            only.as_deref().and_then(Path::to_str).is_none_or(|text| workload.name().contains(text))
        };
        let results = Workload::ALL.into_iter().filter(is_meant).map(|workload| {
            eprintln!("{}", workload.name());
            measure(workload, &workers, effort)
        });
        let results = results.collect::<Result<Vec<Results>, _>>()?;
        drop(workers);
        if only.is_some() {
            let mut text = String::new();
            report::run_times(&mut text, &results);
            println!("{text}");
            return Ok(());
        }
        eprintln!("instructions");
        let counts = counts()?;
        eprintln!("compiling, starting, memory");
        let compiled = life::compile_times(if is_quick { 5 } else { 15 })?;
        let started = life::start_times(
            if is_quick { 5 } else { 20 },
            value("--relon").as_deref(),
            value("--engines").as_deref(),
        )?;
        let memory = life::memory(if is_quick { 20 } else { 100 })?;
        let all = All { results, compiled, started, memory };
        let text = report::markdown(&all, &counts, effort.rounds);
        match value("--write") {
            Some(folder) => write(&folder, &text, &chart::svg(&all.results)),
            None => {
                println!("{text}");
                Ok(())
            }
        }
    }

    fn write(folder: &Path, text: &str, chart: &str) -> Result<(), Box<dyn Error>> {
        std::fs::write(folder.join("benchmarks.md"), text)?;
        Ok(std::fs::write(folder.join("benchmarks.svg"), chart)?)
    }

    /// Instructions of plain Rust, a function pointer, and of rules with all their natives inlined.
    fn counts() -> Result<Vec<(Workload, Vec<(String, f64)>)>, Box<dyn Error>> {
        let mut counts = Vec::new();
        for (number, workload) in count::COUNTED.into_iter().enumerate() {
            let mut found = Vec::new();
            for engine in count::engines(workload) {
                if let Some(count) = count::instructions(number, engine)? {
                    found.push((engine.to_owned(), count));
                }
            }
            if !found.is_empty() {
                counts.push((workload, found));
            }
        }
        Ok(counts)
    }
}
