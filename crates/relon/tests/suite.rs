//! Runs every program of `tests/suite`, each on the evaluator, with LLVM in the closed world with either effort and in the open world, and
//! with Cranelift, which calls natives at their addresses or through a table. All must give what is expected, and the same bytes, or the same error with the same text at the same place, as each other.
//!
//! `NAME.relon` with `NAME.json` holds cases: arguments and the expected result or error. `NAME.relon` alone holds expected
//! diagnostics: a comment `//^^^ Name: part of the message` stands below the columns that the diagnostic points at.

use std::path::Path;

use relon::cases::{Case, CaseFile, Packages, rules};
use relon::{Backend, Effort, Engine, Error, Program, World};
use serde_json::Value;

#[test]
fn every_case_holds_in_every_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite");
    let rules = rules(&root).unwrap_or_else(|error| panic!("{error}"));
    let mut runner = Runner { packages: Packages::default(), checked: 0, failures: Vec::new() };
    for rule in rules.iter().filter(|rule| !is_part(&root, rule)) {
        runner.rule(rule);
    }
    assert!(runner.checked > 0, "the suite is empty");
    let failures = runner.failures;
    assert!(failures.is_empty(), "{} of {} failed:\n\n{}", failures.len(), runner.checked, failures.join("\n\n"));
}

/// Whether a file belongs to other rules of its area: what they import, and their natives.
fn is_part(root: &Path, rule: &Path) -> bool {
    let mut folders = rule.strip_prefix(root).expect("a file of the suite").iter().skip(1);
    folders.any(|folder| folder == "modules" || folder == "natives")
}

/// How each case runs.
const WAYS: [Way; 6] = [
    Way { backend: Backend::Eval, world: World::Closed, effort: Effort::Quick },
    Way { backend: Backend::Llvm, world: World::Closed, effort: Effort::Full },
    Way { backend: Backend::Llvm, world: World::Closed, effort: Effort::Quick },
    Way { backend: Backend::Llvm, world: World::Open, effort: Effort::Quick },
    Way { backend: Backend::Cranelift, world: World::Closed, effort: Effort::Quick },
    Way { backend: Backend::Cranelift, world: World::Open, effort: Effort::Quick },
];

#[derive(Clone, Copy, Debug)]
struct Way {
    backend: Backend,
    world: World,
    effort: Effort,
}

/// The result as JSON text, or all that is known of the error.
type Outcome = Result<String, Value>;

struct Runner {
    packages: Packages,
    checked: usize,
    failures: Vec<String>,
}

impl Runner {
    fn rule(&mut self, rule: &Path) {
        let text = std::fs::read_to_string(rule).expect("a readable rule");
        let cases = rule.with_extension("json");
        if !cases.exists() {
            return self.diagnostics(rule, &text);
        }
        let cases = CaseFile::read(&cases).unwrap_or_else(|error| panic!("{error}"));
        let mut engine = cases.engine(&mut self.packages, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"));
        let outcomes = WAYS.map(|way| {
            engine.backend(way.backend).world(way.world).effort(way.effort);
            self.cases(&cases, &engine.load(&rule.display().to_string(), &text), way)
        });
        self.compare(rule, &outcomes);
    }

    /// Runs all cases of a rule in one way and gives their outcomes.
    fn cases(&mut self, file: &CaseFile, program: &Result<Program, Error>, way: Way) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for case in &file.cases {
            self.checked += 1;
            let outcome = run(case, program);
            if let Err(mismatch) = case.judge(outcome.clone()) {
                self.failures.push(format!("{} `{}` ({way:?}): {mismatch}", file.rule().display(), case.name));
            }
            outcomes.push(outcome.map_err(|error| error.to_json()));
        }
        outcomes
    }

    /// Compares the outcomes of each way with those of the first.
    fn compare(&mut self, rule: &Path, outcomes: &[Vec<Outcome>]) {
        let (first, others) = outcomes.split_first().expect("more than one way");
        for (way, others) in WAYS[1..].iter().zip(others) {
            for (number, (expected, found)) in first.iter().zip(others).enumerate() {
                if expected != found {
                    let (rule, case) = (rule.display(), number + 1);
                    let text = format!("evaluated {expected:#?}\ncompiled {found:#?}");
                    self.failures.push(format!("{rule} case {case} differs ({way:?}):\n{text}"));
                }
            }
        }
    }

    fn diagnostics(&mut self, rule: &Path, text: &str) {
        self.checked += 1;
        let mut expected = expected_diagnostics(text);
        let mut found: Vec<Marker> = match Engine::new().load("rule.relon", text) {
            Ok(_) => Vec::new(),
            Err(error) => found_diagnostics(&error),
        };
        expected.sort();
        found.sort();
        let same = expected.len() == found.len() && expected.iter().zip(&found).all(|(e, f)| e.matches(f));
        if !same || expected.is_empty() {
            self.failures.push(format!("{}\nexpected {expected:#?}\nfound {found:#?}", rule.display()));
        }
    }
}

fn run(case: &Case, program: &Result<Program, Error>) -> Result<String, Error> {
    match program {
        Ok(program) => program.run_json(&case.args.to_string()),
        Err(error) => Err(error.clone()),
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Marker {
    line: u64,
    start: u64,
    end: u64,
    name: String,
    message: String,
}

impl Marker {
    fn matches(&self, found: &Marker) -> bool {
        (self.line, self.start, self.end, &self.name) == (found.line, found.start, found.end, &found.name)
            && found.message.contains(&self.message)
    }
}

/// The markers in a source: each points at the nearest line above that is no marker.
fn expected_diagnostics(text: &str) -> Vec<Marker> {
    let mut markers = Vec::new();
    let mut target = 0;
    for (line, number) in text.lines().zip(1..) {
        match line.trim_start().strip_prefix("//").map(str::trim_start).filter(|rest| rest.starts_with('^')) {
            None => target = number,
            Some(rest) => {
                let start = line.chars().position(|c| c == '^').expect("a caret") as u64 + 1;
                let width = rest.chars().take_while(|c| *c == '^').count() as u64;
                let (name, message) = rest.trim_start_matches('^').split_once(':').unwrap_or((rest, ""));
                let (name, message) = (name.trim_matches(['^', ' ']).to_owned(), message.trim().to_owned());
                markers.push(Marker { line: target, start, end: start + width, name, message });
            }
        }
    }
    markers
}

fn found_diagnostics(error: &Error) -> Vec<Marker> {
    let json = error.to_json();
    let diagnostics = json["diagnostics"].as_array().cloned().unwrap_or_default();
    let marker = |diagnostic: &Value| Marker {
        line: diagnostic["span"]["line"].as_u64().unwrap_or(0),
        start: diagnostic["span"]["column"].as_u64().unwrap_or(0),
        end: diagnostic["span"]["end_column"].as_u64().unwrap_or(0),
        name: diagnostic["name"].as_str().unwrap_or_default().to_owned(),
        message: diagnostic["message"].as_str().unwrap_or_default().to_owned(),
    };
    diagnostics.iter().filter(|diagnostic| diagnostic["severity"] == "error").map(marker).collect()
}
