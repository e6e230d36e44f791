//! The `relon` command: runs rules and shows what became of them.
//!
//! stdout carries results alone; everything else goes to stderr. Exit codes: see `relon --help`.

mod args;
mod build;
mod cache;
mod check;
mod doctor;
mod failure;
mod inspect;
mod new;
mod options;
mod run;
mod test;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        Command::Run(command) => run::run(command, cli.format),
        Command::Build(command) => build::build(command, cli.format),
        Command::Check(command) => check::check(command, cli.format),
        Command::New(command) => new::new(command, cli.format),
        Command::Test(command) => test::test(command, cli.format),
        Command::Inspect(command) => inspect::inspect(command, cli.format),
        Command::Cache(command) => cache::cache(command),
        Command::Doctor => doctor::doctor(cli.format),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(cli.format),
    }
}
