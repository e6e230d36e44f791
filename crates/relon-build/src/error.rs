//! What goes wrong in a build script, for people.

use std::fmt;

/// Why rules could not be compiled into the program.
///
/// Its text names the rule's file and line where the rule is at fault. A `main` that returns it shows that text.
pub struct Error {
    messages: Vec<String>,
    headlines: Vec<String>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        Error { headlines: vec![message.clone()], messages: vec![message] }
    }

    /// Several errors as one.
    pub(crate) fn all(errors: Vec<Error>) -> Self {
        let (mut messages, mut headlines) = (Vec::new(), Vec::new());
        for error in errors {
            messages.extend(error.messages);
            headlines.extend(error.headlines);
        }
        Error { messages, headlines }
    }

    /// Each thing that is wrong, in one line.
    pub(crate) fn headlines(&self) -> &[String] {
        &self.headlines
    }

    /// Each thing that is wrong.
    pub fn messages(&self) -> &[String] {
        &self.messages
    }
}

impl From<relon::Error> for Error {
    fn from(error: relon::Error) -> Self {
        let headlines = error.problems().iter().map(|problem| headline(problem, error.sources())).collect();
        Error { messages: vec![error.render(false)], headlines }
    }
}

impl From<relon_codegen_llvm::Error> for Error {
    fn from(error: relon_codegen_llvm::Error) -> Self {
        Error::new(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.messages.join("\n\n"))
    }
}

/// As for people: `main` shows the error that it returns in this form.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the rules cannot be compiled\n\n{self}\n")
    }
}

impl std::error::Error for Error {}

/// Where a problem is, what it is, and what to do about it.
fn headline(problem: &relon::Problem, sources: Option<&relon::Sources>) -> String {
    let place = problem.span.zip(sources).map(|(span, sources)| {
        let file = sources.file(span);
        let position = file.position(span.start);
        format!("{}:{}:{}: ", file.path(), position.line, position.column)
    });
    let hint = problem.hint.as_ref().map(|hint| format!(" (help: {hint})")).unwrap_or_default();
    format!("{}{}: {}{hint}", place.unwrap_or_default(), problem.name, problem.message)
}

/// An error about a file.
pub(crate) fn file(path: &std::path::Path, what: &str, error: &std::io::Error) -> Error {
    Error::new(format!("cannot {what} `{}`: {error}", path.display()))
}
