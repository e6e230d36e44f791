//! Scores files of credit applications, and makes such files.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write, sink};
use std::path::{Path, PathBuf};

use batch_scoring::{generate, score};
use clap::{Parser, Subcommand};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// Scores files of credit applications, and makes such files.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a file of applications.
    Generate {
        /// The file.
        #[arg(default_value = "applications.csv")]
        file: PathBuf,
        /// Lines.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u64,
        /// The same seed makes the same file.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Of 1,000 lines so many have something wrong.
        #[arg(long, default_value_t = 2)]
        wrong: u64,
    },
    /// Scores the applications of a file.
    Score {
        /// The file.
        #[arg(default_value = "applications.csv")]
        file: PathBuf,
        /// Where scores go.
        #[arg(long, default_value = "scores.csv")]
        out: PathBuf,
        /// Where lines that cannot be scored go; without it only the first of each kind are named.
        #[arg(long)]
        errors: Option<PathBuf>,
        /// Lines that are scored in one call.
        #[arg(long, default_value_t = 4096)]
        chunk: usize,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    match Options::parse().command {
        Command::Generate { file, rows, seed, wrong } => {
            let bar = ProgressBar::new(rows);
            let options = generate::Options { rows, seed, wrong };
            generate::generate(create(&file)?, options, |row| bar.set_position(row))?;
            bar.finish_and_clear();
        }
        Command::Score { file, out, errors, chunk } => {
            let input = File::open(&file).map_err(|error| at(&file, &error))?;
            let bar = ProgressBar::new(input.metadata()?.len()).with_style(ProgressStyle::with_template(
                "{bar:40} {percent:>3} % of {total_bytes}, {msg} rows, {eta} left",
            )?);
            let errors: Box<dyn Write> = match &errors {
                Some(file) => Box::new(create(file)?),
                None => Box::new(sink()),
            };
            let summary = score::score(input, create(&out)?, errors, chunk, |bytes, rows| {
                bar.set_message(HumanCount(rows).to_string());
                bar.set_position(bytes);
            });
            bar.finish_and_clear();
            print!("{}", summary.map_err(|error| at(&file, &*error))?);
        }
    }
    Ok(())
}

fn create(path: &Path) -> Result<BufWriter<File>, String> {
    File::create(path).map(BufWriter::new).map_err(|error| at(path, &error))
}

/// An error with the file that it is about.
fn at(path: &Path, error: &dyn Error) -> String {
    format!("{}: {error}", path.display())
}
