//! What can go wrong, as data, as text for people, and as JSON for tools.

use std::mem::ManuallyDrop;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
pub use relon_frontend::Severity;
use relon_ir::{FileId, Span};
use relon_natives::TrapKind;
use serde_json::{Value, json};

use crate::Sources;

/// Problems that are shown one by one.
const MAX_SHOWN: usize = 100;

/// The class of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The source is not a program.
    Parse,
    /// The program is wrong, found without running it.
    Analyze,
    /// The program stopped without a result, or its arguments do not fit.
    Trap(TrapKind),
    /// An input that is no rule could not be read or is malformed: a file, JSON, a native's artefact.
    Input,
    /// LLVM, rustc, cargo or the linker failed or do not fit together.
    Toolchain,
}

impl ErrorKind {
    /// The name that users see, for example `Analyze` or `DivisionByZero`.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Parse => "Parse",
            ErrorKind::Analyze => "Analyze",
            ErrorKind::Trap(kind) => kind.name(),
            ErrorKind::Input => "Input",
            ErrorKind::Toolchain => "Toolchain",
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The name of the diagnostic or error kind, such as `StaticTypeMismatch`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; none for what has no place in a source.
    pub span: Option<Span>,
    /// What stands at the place.
    pub label: Option<String>,
    /// Other places that matter.
    pub related: Vec<(Span, String)>,
    /// What to do.
    pub hint: Option<String>,
}

/// Why there is no program or no result.
///
/// It is one pointer, and dropping it is a call with that pointer: a loop over results of typed calls keeps its registers.
#[derive(Clone)]
pub struct Error(ManuallyDrop<Box<Contents>>);

#[derive(Clone)]
struct Contents {
    kind: ErrorKind,
    problems: Vec<Problem>,
    sources: Option<Sources>,
}

impl Drop for Error {
    #[inline]
    fn drop(&mut self) {
        #[cold]
        #[inline(never)]
        fn free(_: Box<Contents>) {}
        // SAFETY: nothing uses the contents after this.
        free(unsafe { ManuallyDrop::take(&mut self.0) });
    }
}

impl Error {
    fn of(contents: Contents) -> Self {
        Error(ManuallyDrop::new(Box::new(contents)))
    }

    /// An error about a source.
    ///
    /// # Panics
    /// If there is no problem.
    pub(crate) fn in_source(kind: ErrorKind, problems: Vec<Problem>, sources: Sources) -> Self {
        assert!(!problems.is_empty(), "an error says what is wrong");
        Error::of(Contents { kind, problems, sources: Some(sources) })
    }

    /// An error that has no place in a source.
    pub fn plain(kind: ErrorKind, message: impl Into<String>, hint: Option<String>) -> Self {
        let problem = Problem {
            name: kind.name(),
            severity: Severity::Error,
            message: message.into(),
            span: None,
            label: None,
            related: Vec::new(),
            hint,
        };
        Error::of(Contents { kind, problems: vec![problem], sources: None })
    }

    /// The class of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// All that is wrong; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// The sources that the spans refer to.
    pub fn sources(&self) -> Option<&Sources> {
        self.0.sources.as_ref()
    }

    /// Text for a terminal: the first hundred problems with their source, label and hint, and how many more there are. `color` adds ANSI
    /// colours.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let shown = self.0.problems.iter().take(MAX_SHOWN);
        let mut texts: Vec<String> = shown.map(|problem| self.render_problem(problem, &renderer)).collect();
        if self.0.problems.len() > MAX_SHOWN {
            texts.push(format!("... and {} more", self.0.problems.len() - MAX_SHOWN));
        }
        texts.join("\n\n")
    }

    fn render_problem(&self, problem: &Problem, renderer: &Renderer) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(problem.message.as_str()).id(problem.name);
        let mut group = Group::with_title(title);
        if let Some(sources) = &self.0.sources {
            group = group.elements(files(problem).into_iter().map(|file| snippet(sources, problem, file)));
        }
        if let Some(hint) = &problem.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        renderer.render(&[group])
    }

    /// One JSON object: kind, message and span of the first problem, and all diagnostics.
    pub fn to_json(&self) -> Value {
        let first = &self.0.problems[0];
        let diagnostics: Vec<Value> = match self.0.kind {
            ErrorKind::Parse | ErrorKind::Analyze => self.problems_json(),
            ErrorKind::Trap(_) | ErrorKind::Input | ErrorKind::Toolchain => Vec::new(),
        };
        json!({
            "kind": self.0.kind.name(),
            "message": first.message,
            "span": self.span_json(first.span),
            "hint": first.hint,
            "diagnostics": diagnostics,
        })
    }

    /// Each problem as a JSON object: name, severity, message, label, hint, span, and related places.
    pub fn problems_json(&self) -> Vec<Value> {
        self.0.problems.iter().map(|problem| self.problem_json(problem)).collect()
    }

    fn problem_json(&self, problem: &Problem) -> Value {
        let related = |(span, text): &(Span, String)| json!({ "message": text, "span": self.span_json(Some(*span)) });
        json!({
            "name": problem.name,
            "severity": match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            "message": problem.message,
            "label": problem.label,
            "hint": problem.hint,
            "span": self.span_json(problem.span),
            "related": problem.related.iter().map(related).collect::<Vec<_>>(),
        })
    }

    fn span_json(&self, span: Option<Span>) -> Value {
        let (Some(sources), Some(span)) = (&self.0.sources, span) else { return Value::Null };
        let file = sources.file(span);
        let (start, end) = (file.position(span.start), file.position(span.end));
        json!({
            "file": file.path(),
            "start": span.start,
            "end": span.end,
            "line": start.line,
            "column": start.column,
            "end_line": end.line,
            "end_column": end.column,
        })
    }
}

/// The source around the places of a problem that are in one file.
fn snippet<'a>(
    sources: &'a Sources,
    problem: &'a Problem,
    file: FileId,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let source = sources.by_id(file);
    let range = |span: Span| span.start as usize..span.end as usize;
    let primary = problem.span.filter(|span| span.file == file);
    let primary = primary.map(|span| AnnotationKind::Primary.span(range(span)).label(problem.label.as_deref()));
    let related = problem.related.iter().filter(|(other, _)| other.file == file);
    let context = related.map(|(other, text)| AnnotationKind::Context.span(range(*other)).label(text.as_str()));
    Snippet::source(source.text()).path(source.path()).annotations(primary).annotations(context)
}

/// The files of a problem's places, that of the problem itself first.
fn files(problem: &Problem) -> Vec<FileId> {
    let mut files: Vec<FileId> = problem.span.iter().map(|span| span.file).collect();
    for (span, _) in &problem.related {
        if !files.contains(&span.file) {
            files.push(span.file);
        }
    }
    files
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// As it is displayed: what `main` shows of an error that it returns, and what `unwrap` shows.
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl Sources {
    /// The error of a rule that stopped.
    pub(crate) fn trap(&self, kind: TrapKind, message: String, span: Option<Span>) -> Error {
        self.one(ErrorKind::Trap(kind), message, span, kind.hint().map(str::to_owned))
    }

    /// The error of a rule that is not what its caller needs.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn refused(&self, kind: ErrorKind, message: String, span: Option<Span>) -> Error {
        self.one(kind, message, span, None)
    }

    fn one(&self, kind: ErrorKind, message: String, span: Option<Span>, hint: Option<String>) -> Error {
        let problem = Problem {
            name: kind.name(),
            severity: Severity::Error,
            message,
            span,
            label: None,
            related: Vec::new(),
            hint,
        };
        Error::in_source(kind, vec![problem], self.clone())
    }
}

/// A failure of LLVM, rustc, cargo or a natives package.
#[cfg(feature = "llvm")]
pub(crate) fn toolchain(error: relon_codegen_llvm::Error) -> Error {
    Error::plain(ErrorKind::Toolchain, error.to_string(), None)
}
