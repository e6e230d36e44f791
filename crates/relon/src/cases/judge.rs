//! Comparing what a rule gave with what a case expects.

use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Number, Value};

use super::{Case, Expected, ExpectedError};
use crate::{Error, Sources};

/// Differences that are shown to people; large results can have thousands.
const SHOWN: usize = 10;
/// Characters of a value that are shown to people.
const SHOWN_CHARS: usize = 400;

/// What a rule gave.
#[derive(Clone, Debug)]
pub enum Found {
    /// A result.
    Result(Value),
    /// An error.
    Error(Box<Error>),
}

/// A case that does not hold: what it expects, what there was, and where they differ.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// What the case expects.
    pub expected: Expected,
    /// What there was.
    pub found: Found,
    /// Where two results or two errors differ; empty where one is a result and the other an error.
    pub differences: Vec<Difference>,
}

/// One place where what was expected and what was found differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The way to the place, such as `lines[2].cents`; empty for the whole.
    pub path: String,
    /// What was expected there, if anything.
    pub expected: Option<Value>,
    /// What was found there, if anything.
    pub found: Option<Value>,
}

impl Case {
    /// Compares an outcome, a result as JSON text or an error, with what the case expects.
    ///
    /// # Errors
    /// Where they differ.
    pub fn judge(&self, outcome: Result<String, Error>) -> Result<(), Box<Mismatch>> {
        let found = match outcome {
            Ok(text) => Found::Result(serde_json::from_str(&text).unwrap_or(Value::String(text))),
            Err(error) => Found::Error(Box::new(error)),
        };
        let mut differences = Vec::new();
        let holds = match (&self.expected, &found) {
            (Expected::Result(expected), Found::Result(found)) => {
                compare("", Some(expected), Some(found), &mut differences);
                differences.is_empty()
            }
            (Expected::Error(expected), Found::Error(found)) => {
                differences = compare_errors(expected, found);
                differences.is_empty()
            }
            (Expected::Result(_), Found::Error(_)) | (Expected::Error(_), Found::Result(_)) => false,
        };
        if holds { Ok(()) } else { Err(Box::new(Mismatch { expected: self.expected.clone(), found, differences })) }
    }
}

/// Collects where two values differ, the innermost places of containers.
fn compare(path: &str, expected: Option<&Value>, found: Option<&Value>, differences: &mut Vec<Difference>) {
    match (expected, found) {
        (Some(Value::Array(expected)), Some(Value::Array(found))) => {
            for index in 0..expected.len().max(found.len()) {
                compare(&format!("{path}[{index}]"), expected.get(index), found.get(index), differences);
            }
        }
        (Some(Value::Object(expected)), Some(Value::Object(found))) => {
            let added = found.keys().filter(|key| !expected.contains_key(*key));
            for key in expected.keys().chain(added) {
                compare(&step(path, key), expected.get(key), found.get(key), differences);
            }
        }
        (Some(Value::Number(expected)), Some(Value::Number(found))) if same_number(expected, found) => {}
        (Some(expected), Some(found)) if !expected.is_number() && expected == found => {}
        _ => differences.push(Difference { path: path.to_owned(), expected: expected.cloned(), found: found.cloned() }),
    }
}

/// The way to a key: `a.b`, or `a["b c"]` where the key is no name.
fn step(path: &str, key: &str) -> String {
    let is_name = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    match is_name {
        true if path.is_empty() => key.to_owned(),
        true => format!("{path}.{key}"),
        false => format!("{path}[{}]", Value::from(key)),
    }
}

/// Int and Float are apart, and so are the two zeros of Float: each is a different result.
fn same_number(a: &Number, b: &Number) -> bool {
    match (a.is_f64(), b.is_f64()) {
        (true, true) => a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits),
        (false, false) => a == b,
        _ => false,
    }
}

fn compare_errors(expected: &ExpectedError, found: &Error) -> Vec<Difference> {
    let first = &found.problems()[0];
    let at = found.sources().zip(first.span).map(|(sources, span)| place(sources, span));
    let mut differences = Vec::new();
    let mut check = |path: &str, expected: Option<&str>, found: Option<&str>, holds: bool| {
        if expected.is_some() && !holds {
            let value = |text: Option<&str>| text.map(Value::from);
            differences.push(Difference { path: path.to_owned(), expected: value(expected), found: value(found) });
        }
    };
    let kind = found.kind().name();
    check("kind", Some(&expected.kind), Some(kind), expected.kind == kind);
    check("at", expected.at.as_deref(), at.as_deref(), expected.at == at);
    let part = expected.message.as_deref();
    check("message", part, Some(&first.message), part.is_some_and(|part| first.message.contains(part)));
    let diagnostic = expected.diagnostic.as_deref();
    check("diagnostic", diagnostic, Some(first.name), diagnostic == Some(first.name));
    differences
}

/// Line and column of both ends, as cases write them.
fn place(sources: &Sources, span: relon_ir::Span) -> String {
    let file = sources.file(span);
    let (start, end) = (file.position(span.start), file.position(span.end));
    format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column)
}

impl Expected {
    /// As it stands in a file: `{"result": ..}` or `{"error": {..}}`.
    pub fn to_json(&self) -> Value {
        let (key, value) = match self {
            Expected::Result(value) => ("result", value.clone()),
            Expected::Error(error) => ("error", error.to_json()),
        };
        Value::Object(Map::from_iter([(key.to_owned(), value)]))
    }
}

impl ExpectedError {
    /// As it stands in a file.
    fn to_json(&self) -> Value {
        let optional = [("at", &self.at), ("message", &self.message), ("diagnostic", &self.diagnostic)];
        let given = optional.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text.clone()?))));
        let kind = ("kind".to_owned(), Value::from(self.kind.as_str()));
        Value::Object([kind].into_iter().chain(given).collect())
    }
}

impl Mismatch {
    /// One JSON object: `expected`, `found`, and `differences` with the path, what was expected and what was found at each.
    pub fn to_json(&self) -> Value {
        let found = match &self.found {
            Found::Result(value) => serde_json::json!({ "result": value }),
            Found::Error(error) => serde_json::json!({ "error": error.to_json() }),
        };
        let difference = |difference: &Difference| serde_json::json!({ "path": difference.path, "expected": difference.expected, "found": difference.found });
        let differences: Vec<Value> = self.differences.iter().map(difference).collect();
        serde_json::json!({ "expected": self.expected.to_json(), "found": found, "differences": differences })
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (&self.expected, &self.found) {
            (Expected::Result(value), Found::Error(error)) => {
                write!(f, "expected {}\n   found an error\n{error}", shown(Some(value)))
            }
            (Expected::Error(error), Found::Result(value)) => {
                write!(f, "expected the error {}\n   found {}", error.to_json(), shown(Some(value)))
            }
            (Expected::Result(_), Found::Result(_)) => self.show_differences(f),
            (Expected::Error(_), Found::Error(error)) => {
                self.show_differences(f)?;
                write!(f, "\n{error}")
            }
        }
    }
}

impl Mismatch {
    fn show_differences(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, difference) in self.differences.iter().take(SHOWN).enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{difference}")?;
        }
        match self.differences.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            writeln!(f, "at {}", self.path)?;
        }
        write!(f, "expected {}\n   found {}", shown(self.expected.as_ref()), shown(self.found.as_ref()))
    }
}

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;

    fn judged(expected: Value, found: &str) -> Result<(), Box<Mismatch>> {
        let case = Case { name: "a".to_owned(), args: json!({}), expected: Expected::Result(expected) };
        case.judge(Ok(found.to_owned()))
    }

    #[test]
    fn int_and_float_and_both_zeros_are_apart() {
        assert!(judged(json!(3), "3").is_ok() && judged(json!(3.0), "3.0").is_ok());
        for (expected, found) in [(json!(3), "3.0"), (json!(3.0), "3"), (json!(0.0), "-0.0"), (json!([1]), "[1.0]")] {
            assert!(judged(expected.clone(), found).is_err(), "{expected} {found}");
        }
    }

    #[test]
    fn differences_are_the_innermost_places() {
        let found = r#"{"a": 1, "b": [1, {"c d": 3}], "n": null}"#;
        let mismatch = judged(json!({ "a": 2, "b": [1, { "c d": 4 }, 5] }), found).expect_err("a mismatch");
        let places: Vec<_> = mismatch.differences.iter().map(|difference| difference.path.as_str()).collect();
        assert_eq!(places, ["a", "b[1][\"c d\"]", "b[2]", "n"]);
        let text = mismatch.to_string();
        assert!(text.starts_with("at a\nexpected 2\n   found 1\nat b[1][\"c d\"]\n"), "{text}");
        assert!(
            text.ends_with("at b[2]\nexpected 5\n   found nothing\nat n\nexpected nothing\n   found null"),
            "{text}"
        );
    }

    #[test]
    fn an_error_for_a_result_is_shown() {
        let case = Case { name: "a".to_owned(), args: json!({}), expected: Expected::Result(json!(1)) };
        let mismatch = case.judge(Err(Error::plain(ErrorKind::Input, "no", None))).expect_err("a mismatch");
        assert_eq!(mismatch.to_string(), "expected 1\n   found an error\nerror[Input]: no");
    }
}
