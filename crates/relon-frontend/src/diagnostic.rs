//! What the checker has to say about a source.

use relon_ir::Span;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The program cannot run.
    Error,
    /// The program can run.
    Warning,
}

/// One thing to say, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Its name in the language reference.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What stands there.
    pub label: Option<String>,
    /// Other places that matter.
    pub related: Vec<(Span, String)>,
    /// What to do.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without further texts.
    pub(crate) fn error(name: &'static str, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Diagnostic { name, severity: Severity::Error, message, span, label: None, related: Vec::new(), hint: None }
    }

    pub(crate) fn warning(name: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Self::error(name, span, message) }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push((span, text.into()));
        self
    }

    /// Asks whether one of the known names was meant.
    pub(crate) fn suggest<'a>(self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match closest(name, known) {
            Some(meant) => self.hint(format!("did you mean `{meant}`?")),
            None => self,
        }
    }
}

/// The known name that is nearly this one.
pub fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.len() / 3).max(1);
    let scored = known.into_iter().map(|other| (strsim::osa_distance(name, other), other));
    scored.filter(|(distance, _)| *distance <= allowed).min().map(|(_, other)| other)
}
