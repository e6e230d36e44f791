//! `relon check`: what is wrong with rules, without compiling or running them.
//!
//! One file that is wrong does not keep the others from being checked, so that everything is seen at once.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use relon::{Engine, Error, ErrorKind, Severity};
use serde_json::{Value, json};

use crate::args::{CheckCommand, Format};
use crate::failure::{Failure, exit_code};
use crate::options::{engine, read_stdin, read_text};
use crate::run::print;

/// What was found in one file.
struct Outcome {
    file: String,
    /// What is wrong, with warnings among it.
    error: Option<Error>,
    /// What is odd where nothing is wrong.
    warnings: Option<Error>,
}

/// Checks all files and shows what was found.
pub(crate) fn check(command: &CheckCommand, format: Format) -> Result<(), Failure> {
    let sources: Vec<(String, Result<String, Error>)> =
        command.files.iter().flat_map(|path| files(path)).map(source).collect();
    // Files are read first: a wrong path should not cost a build of the natives.
    let engine = engine(&command.host, format)?;
    let outcomes: Vec<Outcome> = sources.into_iter().map(|(file, text)| checked(&engine, file, text)).collect();
    match format {
        Format::Human => show(&outcomes),
        Format::Json => print(&Value::from_iter(outcomes.iter().map(to_json)).to_string())?,
    }
    match outcomes.iter().filter_map(|outcome| outcome.error.as_ref()).map(exit_code).max() {
        None => Ok(()),
        Some(code) => Err(Failure::Reported(code)),
    }
}

/// The files that a path stands for, or why there is none.
fn files(path: &Path) -> Vec<Result<PathBuf, (PathBuf, Error)>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    match relon::cases::rules(path) {
        Ok(rules) if rules.is_empty() => vec![Err((path.to_owned(), no_rules(path)))],
        Ok(rules) => rules.into_iter().map(Ok).collect(),
        Err(error) => vec![Err((path.to_owned(), error))],
    }
}

fn no_rules(path: &Path) -> Error {
    Error::plain(ErrorKind::Input, format!("there is no `.relon` file in `{}`", path.display()), None)
}

fn source(path: Result<PathBuf, (PathBuf, Error)>) -> (String, Result<String, Error>) {
    match path {
        Err((path, error)) => (path.display().to_string(), Err(error)),
        Ok(path) if path.as_os_str() == "-" => ("<stdin>".to_owned(), read_stdin()),
        Ok(path) => (path.display().to_string(), read_text(&path, "the rule")),
    }
}

fn checked(engine: &Engine, file: String, text: Result<String, Error>) -> Outcome {
    match text.and_then(|text| engine.check(&file, &text)) {
        Ok(checked) => Outcome { file, error: None, warnings: checked.warnings().cloned() },
        Err(error) => Outcome { file, error: Some(error), warnings: None },
    }
}

impl Outcome {
    /// Everything that there is to say.
    fn found(&self) -> Option<&Error> {
        self.error.as_ref().or(self.warnings.as_ref())
    }
}

fn show(outcomes: &[Outcome]) {
    let color = std::io::stderr().is_terminal();
    for error in outcomes.iter().filter_map(Outcome::found) {
        eprintln!("{}\n", error.render(color));
    }
    let problems = || outcomes.iter().filter_map(Outcome::found).flat_map(Error::problems);
    let count = |severity: Severity| problems().filter(|problem| problem.severity == severity).count();
    let (files, errors, warnings) = (outcomes.len(), count(Severity::Error), count(Severity::Warning));
    eprintln!("{} checked, {}, {}", counted(files, "file"), counted(errors, "error"), counted(warnings, "warning"));
}

/// A number with its noun: `1 file`, `2 files`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn to_json(outcome: &Outcome) -> Value {
    let diagnostics = outcome.found().map(Error::problems_json).unwrap_or_default();
    json!({ "file": outcome.file, "ok": outcome.error.is_none(), "diagnostics": diagnostics })
}
