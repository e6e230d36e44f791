//! `relon test`: runs the cases beside rules.
//!
//! A rule is compiled once for all its cases. What is wrong with one file does not keep the others from being run.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use relon::cases::{Case, CaseFile, Mismatch, Packages, find};
use relon::{Capability, Effort, Error, ErrorKind, Program};
use serde_json::{Value, json};

use crate::args::{Format, TestCommand};
use crate::failure::{Failure, exit_code};
use crate::options::{capabilities, choose, read_text, say};
use crate::run::print;

/// What became of one file of cases.
struct Outcome {
    file: PathBuf,
    /// Why its cases could not be run.
    error: Option<Error>,
    cases: Vec<Verdict>,
}

/// What became of a case.
struct Verdict {
    name: String,
    mismatch: Option<Box<Mismatch>>,
    /// Whether the case failed since its rule cannot be loaded, which an earlier case has shown.
    is_repeated: bool,
}

/// Runs all cases and shows what became of them.
pub(crate) fn test(command: &TestCommand, format: Format) -> Result<(), Failure> {
    let start = Instant::now();
    let files = case_files(&command.paths);
    let mut runner = Runner::new(command, format)?;
    let mut outcomes = Vec::new();
    for (path, file) in files {
        let outcome = runner.file(path, file)?;
        outcomes.push(outcome);
    }
    match format {
        Format::Human => summarize(&outcomes, start)?,
        Format::Json => print(&Value::from_iter(outcomes.iter().map(Outcome::to_json)).to_string())?,
    }
    let failed = outcomes.iter().flat_map(|outcome| &outcome.cases).any(|case| case.mismatch.is_some());
    let codes = outcomes.iter().filter_map(|outcome| outcome.error.as_ref()).map(exit_code);
    match codes.chain(failed.then_some(1)).max() {
        None => Ok(()),
        Some(code) => Err(Failure::Reported(code)),
    }
}

/// All files of cases, read before anything is built or compiled.
fn case_files(paths: &[PathBuf]) -> Vec<(PathBuf, Result<CaseFile, Error>)> {
    let mut files: Vec<(PathBuf, Result<CaseFile, Error>)> = Vec::new();
    for path in paths {
        match find(path) {
            Ok(found) if found.is_empty() => files.push((path.clone(), Err(no_cases(path)))),
            Ok(found) => files.extend(found.into_iter().map(|path| {
                let file = CaseFile::read(&path);
                (path, file)
            })),
            Err(error) => files.push((path.clone(), Err(error))),
        }
    }
    files
}

fn no_cases(path: &Path) -> Error {
    let hint = "cases for `NAME.relon` stand in `NAME.json` beside it".to_owned();
    Error::plain(ErrorKind::Input, format!("there are no cases in `{}`", path.display()), Some(hint))
}

struct Runner<'a> {
    command: &'a TestCommand,
    format: Format,
    /// Grants of the command line.
    grants: Vec<Capability>,
    packages: Packages,
}

impl<'a> Runner<'a> {
    fn new(command: &'a TestCommand, format: Format) -> Result<Self, Failure> {
        let grants = capabilities(&command.host)?;
        Ok(Runner { command, format, grants, packages: Packages::default() })
    }

    fn file(&mut self, path: PathBuf, file: Result<CaseFile, Error>) -> Result<Outcome, Failure> {
        let file = file.map(|file| self.overridden(file));
        match file.and_then(|file| Ok((self.load(&file)?, file))) {
            Ok((program, file)) => {
                let cases = self.cases(&file, &program)?;
                Ok(Outcome { file: path, error: None, cases })
            }
            Err(error) => {
                say(self.format, &format!("{}\n", error.render(std::io::stderr().is_terminal())));
                Ok(Outcome { file: path, error: Some(error), cases: Vec::new() })
            }
        }
    }

    /// The program of the rule, or what is wrong with the rule, which its cases may expect.
    fn load(&mut self, file: &CaseFile) -> Result<Result<Program, Error>, Error> {
        let rule = file.rule();
        let text = read_text(&rule, "the rule")?;
        let format = self.format;
        let mut engine = file.engine(&mut self.packages, &mut |step| say(format, step))?;
        choose(&mut engine, self.command.backend);
        engine.effort(Effort::Quick);
        match engine.load(&rule.display().to_string(), &text) {
            Err(error) if exit_code(&error) > 1 => Err(error),
            loaded => Ok(loaded),
        }
    }

    /// What the command line says comes before what the file says.
    fn overridden(&self, file: CaseFile) -> CaseFile {
        let grants = if self.grants.is_empty() { file.grants } else { self.grants.clone() };
        CaseFile { natives: self.command.host.natives.clone().or(file.natives), grants, ..file }
    }

    fn cases(&self, file: &CaseFile, program: &Result<Program, Error>) -> Result<Vec<Verdict>, Failure> {
        if let Some(warnings) = program.as_ref().ok().and_then(Program::warnings) {
            say(self.format, &format!("{}\n", warnings.render(std::io::stderr().is_terminal())));
        }
        let mut verdicts: Vec<Verdict> = Vec::new();
        for case in &file.cases {
            let mismatch = run(case, program).err();
            if self.format == Format::Human {
                print(&format!("{}: {} ... {}", file.path.display(), case.name, word(mismatch.is_none())))?;
            }
            let is_repeated = program.is_err() && verdicts.iter().any(|earlier| earlier.mismatch.is_some());
            verdicts.push(Verdict { name: case.name.clone(), mismatch, is_repeated });
        }
        Ok(verdicts)
    }
}

fn run(case: &Case, program: &Result<Program, Error>) -> Result<(), Box<Mismatch>> {
    case.judge(match program {
        Ok(program) => program.run_json(&case.args.to_string()),
        Err(error) => Err(error.clone()),
    })
}

/// `ok` or `FAILED`, in colour on a terminal.
fn word(holds: bool) -> &'static str {
    match (holds, std::io::stdout().is_terminal()) {
        (true, false) => "ok",
        (false, false) => "FAILED",
        (true, true) => "\x1b[32mok\x1b[0m",
        (false, true) => "\x1b[31mFAILED\x1b[0m",
    }
}

/// What failed, and how many of each there were.
fn summarize(outcomes: &[Outcome], start: Instant) -> Result<(), Failure> {
    let failures: Vec<String> = outcomes.iter().flat_map(Outcome::failures).collect();
    if !failures.is_empty() {
        print(&format!("\nfailures:\n\n{}", failures.join("\n\n")))?;
    }
    let all = outcomes.iter().map(|outcome| outcome.cases.len()).sum::<usize>();
    let errors = outcomes.iter().filter(|outcome| outcome.error.is_some()).count();
    let (failed, time) = (failures.len(), start.elapsed().as_secs_f64());
    let not_run = if errors == 0 { String::new() } else { format!("; {errors} not run") };
    let result = word(failed == 0 && errors == 0);
    print(&format!("\ntest result: {result}. {} passed; {failed} failed{not_run}; in {time:.2} s", all - failed))
}

impl Outcome {
    fn failures(&self) -> impl Iterator<Item = String> {
        self.cases.iter().filter_map(|case| {
            let mismatch = case.mismatch.as_ref()?;
            let what = match case.is_repeated {
                true => "the rule does not load, as above".to_owned(),
                false => mismatch.to_string(),
            };
            Some(format!("---- {}: {} ----\n{what}", self.file.display(), case.name))
        })
    }

    fn to_json(&self) -> Value {
        let case = |case: &Verdict| {
            json!({
                "name": case.name,
                "ok": case.mismatch.is_none(),
                "mismatch": case.mismatch.as_ref().map(|mismatch| mismatch.to_json()),
            })
        };
        json!({
            "file": self.file.display().to_string(),
            "ok": self.error.is_none() && self.cases.iter().all(|case| case.mismatch.is_none()),
            "error": self.error.as_ref().map(Error::to_json),
            "cases": self.cases.iter().map(case).collect::<Vec<_>>(),
        })
    }
}
