//! Runs every program of `tests/suite`, each on the evaluator, in the closed world with either effort, and in the open world. All must
//! give what is expected, and the same bytes, or the same error with the same text at the same place, as each other.
//!
//! `NAME.relon` with `NAME.json` holds cases: arguments and the expected result or error. `NAME.relon` alone holds expected
//! diagnostics: a comment `//^^^ Name: part of the message` stands below the columns that the diagnostic points at.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use relon::{Backend, Capability, Effort, Engine, Error, NativesPackage, Program, World};
use serde_json::{Value, json};

#[test]
fn every_case_holds_in_every_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite");
    let mut rules = Vec::new();
    collect(&root, &mut rules);
    rules.sort();
    let mut runner = Runner { root, packages: HashMap::new(), checked: 0, failures: Vec::new() };
    for rule in rules {
        runner.rule(&rule);
    }
    assert!(runner.checked > 0, "the suite is empty");
    let failures = runner.failures;
    assert!(failures.is_empty(), "{} of {} failed:\n\n{}", failures.len(), runner.checked, failures.join("\n\n"));
}

fn collect(folder: &Path, rules: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a folder entry").path()) {
        if path.is_dir() && path.file_name().is_none_or(|name| name != "natives") {
            collect(&path, rules);
        } else if path.extension().is_some_and(|extension| extension == "relon") {
            rules.push(path);
        }
    }
}

/// How each case runs.
const WAYS: [Way; 4] = [
    Way { backend: Backend::Eval, world: World::Closed, effort: Effort::Quick },
    Way { backend: Backend::Llvm, world: World::Closed, effort: Effort::Full },
    Way { backend: Backend::Llvm, world: World::Closed, effort: Effort::Quick },
    Way { backend: Backend::Llvm, world: World::Open, effort: Effort::Quick },
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
    root: PathBuf,
    packages: HashMap<PathBuf, Arc<NativesPackage>>,
    checked: usize,
    failures: Vec<String>,
}

impl Runner {
    fn rule(&mut self, rule: &Path) {
        let text = std::fs::read_to_string(rule).expect("a readable rule");
        match std::fs::read_to_string(rule.with_extension("json")) {
            Ok(cases) => {
                let cases: Value = serde_json::from_str(&cases).unwrap_or_else(|e| panic!("{}: {e}", rule.display()));
                let outcomes = WAYS.map(|way| self.cases(rule, &text, &cases, way));
                self.compare(rule, &outcomes);
            }
            Err(_) => self.diagnostics(rule, &text),
        }
    }

    fn engine(&mut self, cases: &Value, way: Way) -> Engine {
        let mut engine = Engine::new();
        engine.backend(way.backend).world(way.world).effort(way.effort);
        for name in strings(&cases["grants"]) {
            engine.grant(Capability::parse(name).expect("a capability"));
        }
        if let Some(path) = cases["natives"].as_str() {
            let path = self.root.join(path);
            let package = self.packages.entry(path.clone()).or_insert_with(|| {
                Arc::new(NativesPackage::build(&path, &mut |_| {}).unwrap_or_else(|error| panic!("{error}")))
            });
            engine.natives(Arc::clone(package));
        }
        engine
    }

    /// Runs all cases of a rule in one way and gives their outcomes.
    fn cases(&mut self, rule: &Path, text: &str, cases: &Value, way: Way) -> Vec<Outcome> {
        let program = self.engine(cases, way).load(&rule.display().to_string(), text);
        let mut outcomes = Vec::new();
        for case in cases["cases"].as_array().unwrap_or_else(|| panic!("{}: no cases", rule.display())) {
            self.checked += 1;
            let outcome = run(case, &program);
            if let Err(failure) = check(case, &outcome) {
                let name = case["name"].as_str().unwrap_or("?");
                self.failures.push(format!("{} `{name}` ({way:?}): {failure}", rule.display()));
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

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn run(case: &Value, program: &Result<Program, Error>) -> Result<String, Error> {
    let args = case.get("args").cloned().unwrap_or_else(|| json!({}));
    match program {
        Ok(program) => program.run_json(&args.to_string()),
        Err(error) => Err(error.clone()),
    }
}

fn check(case: &Value, outcome: &Result<String, Error>) -> Result<(), String> {
    match (case.get("error"), outcome) {
        (None, Ok(text)) => check_result(text, &case["result"]),
        (None, Err(error)) => Err(format!("expected a result\n{error}")),
        (Some(_), Ok(text)) => Err(format!("expected an error, got {text}")),
        (Some(expected), Err(error)) => check_error(expected, error),
    }
}

fn check_result(text: &str, expected: &Value) -> Result<(), String> {
    let found: Value = serde_json::from_str(text).map_err(|error| format!("{text}: {error}"))?;
    if found == *expected { Ok(()) } else { Err(format!("expected {expected}\n   found {found}")) }
}

fn check_error(expected: &Value, error: &Error) -> Result<(), String> {
    let found = error.to_json();
    let span = &found["span"];
    let at = format!("{}:{}-{}:{}", span["line"], span["column"], span["end_line"], span["end_column"]);
    let kind_fits = found["kind"] == expected["kind"];
    let place_fits = expected.get("at").is_none_or(|place| place.as_str() == Some(&at));
    let message = found["message"].as_str().unwrap_or_default();
    let message_fits = expected.get("message").is_none_or(|part| message.contains(part.as_str().unwrap_or_default()));
    let name_fits = expected.get("diagnostic").is_none_or(|name| found["diagnostics"][0]["name"] == *name);
    if kind_fits && place_fits && message_fits && name_fits {
        Ok(())
    } else {
        Err(format!("expected {expected}\nfound at {at}\n{error}"))
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
