//! Syntax errors as data: what is wrong, where, and what to do instead.

use std::ops::Range;

/// A lexical or syntax error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in one sentence without a final stop.
    pub message: String,
    /// The offending bytes of the source.
    pub range: Range<u32>,
    /// What to write instead.
    pub hint: Option<String>,
    /// A short text to stand at the range.
    pub label: Option<String>,
}

impl SyntaxError {
    /// An error with neither hint nor label.
    pub fn new(message: impl Into<String>, range: Range<u32>) -> Self {
        Self { message: message.into(), range, hint: None, label: None }
    }

    /// The same error, saying what to write instead.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error with a short text at its range.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }
}
