//! From the text of a file to cases. Every mistake names the file, the case and what is wrong.

use std::collections::HashSet;
use std::path::Path;

use relon_frontend::closest;
use serde_json::{Map, Value};

use super::{Case, CaseFile, Expected, ExpectedError};
use crate::{Capability, Error, ErrorKind, TrapKind};

const FILE_KEYS: [&str; 3] = ["natives", "grants", "cases"];
const CASE_KEYS: [&str; 4] = ["name", "args", "result", "error"];
const ERROR_KEYS: [&str; 4] = ["kind", "at", "message", "diagnostic"];

impl CaseFile {
    /// Parses the text of a file. `path` names it in messages, and says where its natives and its rule are.
    ///
    /// # Errors
    /// Text that is not JSON, and keys and values that are not as the [module](super) says.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let place = Place { text: format!("`{}`", path.display()) };
        let value: Value =
            serde_json::from_str(text).map_err(|error| place.wrong(format!("this is not JSON: {error}"), None))?;
        let file = place.object(&value, "a file of cases")?;
        place.keys(file, "a file of cases", &FILE_KEYS)?;
        let natives = file.get("natives").map(|value| place.text(value, "natives")).transpose()?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let cases = place.cases(file)?;
        Ok(CaseFile {
            path: path.to_owned(),
            natives: natives.map(|natives| folder.join(natives)),
            grants: place.grants(file)?,
            cases,
        })
    }
}

/// Where in a file we are, for messages.
struct Place {
    text: String,
}

impl Place {
    fn wrong(&self, what: impl std::fmt::Display, hint: Option<String>) -> Error {
        Error::plain(ErrorKind::Input, format!("{}: {what}", self.text), hint)
    }

    fn case(&self, index: usize, name: Option<&str>) -> Place {
        let name = name.map_or_else(|| format!("case {}", index + 1), |name| format!("case `{name}`"));
        Place { text: format!("{}, {name}", self.text) }
    }

    fn object<'a>(&self, value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, Error> {
        value.as_object().ok_or_else(|| self.wrong(format!("{what} is an object, not {}", kind_of(value)), None))
    }

    fn list<'a>(&self, value: &'a Value, key: &str) -> Result<&'a Vec<Value>, Error> {
        value.as_array().ok_or_else(|| self.wrong(format!("`{key}` is a list, not {}", kind_of(value)), None))
    }

    fn text(&self, value: &Value, key: &str) -> Result<String, Error> {
        let text = value.as_str().map(str::to_owned);
        text.ok_or_else(|| self.wrong(format!("`{key}` is a text, not {}", kind_of(value)), None))
    }

    fn optional_text(&self, object: &Map<String, Value>, key: &str) -> Result<Option<String>, Error> {
        object.get(key).map(|value| self.text(value, key)).transpose()
    }

    fn keys(&self, object: &Map<String, Value>, what: &str, known: &[&str]) -> Result<(), Error> {
        match object.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(self.wrong(format!("{what} has no key `{key}`"), Some(suggestion(key, known, "keys")))),
        }
    }

    fn grants(&self, file: &Map<String, Value>) -> Result<Vec<Capability>, Error> {
        let Some(value) = file.get("grants") else { return Ok(Vec::new()) };
        let capability = |value: &Value| {
            let name = self.text(value, "grants[..]")?;
            let known: Vec<_> = Capability::ALL.iter().map(|capability| capability.name()).collect();
            let hint = || Some(suggestion(&name, &known, "capabilities"));
            Capability::parse(&name).ok_or_else(|| self.wrong(format!("`{name}` is not a capability"), hint()))
        };
        self.list(value, "grants")?.iter().map(capability).collect()
    }

    fn cases(&self, file: &Map<String, Value>) -> Result<Vec<Case>, Error> {
        let missing = || self.wrong("there is no `cases`", Some("add a list: `\"cases\": []`".to_owned()));
        let values = self.list(file.get("cases").ok_or_else(missing)?, "cases")?;
        let mut names = HashSet::new();
        let mut cases = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let name = value.get("name").and_then(Value::as_str);
            let place = self.case(index, name);
            cases.push(place.one_case(value)?);
            if !names.insert(name) {
                let hint = "give each case a name of its own".to_owned();
                return Err(place.wrong("an earlier case has this name", Some(hint)));
            }
        }
        Ok(cases)
    }

    fn one_case(&self, value: &Value) -> Result<Case, Error> {
        let case = self.object(value, "a case")?;
        self.keys(case, "a case", &CASE_KEYS)?;
        let missing = || self.wrong("the case has no `name`", Some("say what it shows".to_owned()));
        let name = self.text(case.get("name").ok_or_else(missing)?, "name")?;
        let expected = match (case.get("result"), case.get("error")) {
            (Some(result), None) => Expected::Result(result.clone()),
            (None, Some(error)) => Expected::Error(self.error(error)?),
            (Some(_), Some(_)) => return Err(self.wrong("a case has a `result` or an `error`, not both", None)),
            (None, None) => return Err(self.wrong("the case expects neither a `result` nor an `error`", None)),
        };
        let args = case.get("args").cloned().unwrap_or_else(|| Value::Object(Map::new()));
        Ok(Case { name, args, expected })
    }

    fn error(&self, value: &Value) -> Result<ExpectedError, Error> {
        let error = self.object(value, "an error")?;
        self.keys(error, "an error", &ERROR_KEYS)?;
        let missing = || self.wrong("the error has no `kind`", Some("for example `DivisionByZero`".to_owned()));
        let kind = self.text(error.get("kind").ok_or_else(missing)?, "kind")?;
        let kinds: Vec<_> = ["Parse", "Analyze"].into_iter().chain(TrapKind::ALL.map(TrapKind::name)).collect();
        if !kinds.contains(&kind.as_str()) {
            let hint = suggestion(&kind, &kinds, "kinds");
            return Err(self.wrong(format!("`{kind}` is not a kind of error"), Some(hint)));
        }
        let at = self.optional_text(error, "at")?;
        if let Some(at) = at.as_ref().filter(|at| !is_place(at)) {
            let hint = "a place is `line:column-line:column`, for example `3:1-3:6`".to_owned();
            return Err(self.wrong(format!("`{at}` is not a place"), Some(hint)));
        }
        let (message, diagnostic) = (self.optional_text(error, "message")?, self.optional_text(error, "diagnostic")?);
        Ok(ExpectedError { kind, at, message, diagnostic })
    }
}

fn suggestion(name: &str, known: &[&str], what: &str) -> String {
    match closest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the {what} are {}", known.join(", ")),
    }
}

fn is_place(text: &str) -> bool {
    let is_position = |text: &str| {
        let is_number = |text: &str| text.parse::<u32>().is_ok_and(|number| number > 0);
        text.split_once(':').is_some_and(|(line, column)| is_number(line) && is_number(column))
    };
    text.split_once('-').is_some_and(|(start, end)| is_position(start) && is_position(end))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a Bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        CaseFile::parse(Path::new("rules/share.json"), text).expect_err("a mistake").to_string()
    }

    #[test]
    fn natives_are_found_from_the_file() {
        let file = CaseFile::parse(Path::new("rules/share.json"), r#"{"natives": "../natives", "cases": []}"#);
        assert_eq!(file.expect("no mistake").natives, Some("rules/../natives".into()));
    }

    #[test]
    fn mistakes_name_file_case_and_key() {
        let cases = [
            ("{", vec!["share.json", "not JSON"]),
            ("[]", vec!["an object, not a list"]),
            ("{}", vec!["no `cases`"]),
            (r#"{"cases": {}}"#, vec!["`cases` is a list, not an object"]),
            (r#"{"native": "n", "cases": []}"#, vec!["has no key `native`", "did you mean `natives`?"]),
            (r#"{"grants": ["netwrok"], "cases": []}"#, vec!["`netwrok`", "did you mean `network`?"]),
            (r#"{"cases": [{"result": 1}]}"#, vec!["case 1", "no `name`"]),
            (r#"{"cases": [{"name": "a"}]}"#, vec!["case `a`", "neither a `result` nor an `error`"]),
            (r#"{"cases": [{"name": "a", "reslt": 1}]}"#, vec!["case `a`", "`reslt`", "did you mean `result`?"]),
            (r#"{"cases": [{"name": "a", "zzzzz": 1}]}"#, vec!["the keys are name, args, result, error"]),
            (r#"{"cases": [{"name": "a", "result": 1, "error": {}}]}"#, vec!["not both"]),
            (
                r#"{"cases": [{"name": "a", "error": {"kind": "DivisonByZero"}}]}"#,
                vec!["did you mean `DivisionByZero`?"],
            ),
            (r#"{"cases": [{"name": "a", "error": {"kind": "Parse", "at": "3"}}]}"#, vec!["`3` is not a place"]),
            (r#"{"cases": [{"name": "a", "result": 1}, {"name": "a", "result": 2}]}"#, vec!["an earlier case"]),
        ];
        for (text, parts) in cases {
            let message = message(text);
            for part in parts.into_iter().chain(["share.json"]) {
                assert!(message.contains(part), "{text}: no `{part}` in {message}");
            }
        }
    }
}
