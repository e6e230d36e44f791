//! Why a program stopped.

use relon_frontend::Span;
use relon_natives::TrapKind;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of error.
    pub kind: TrapKind,
    /// What happened, for people.
    pub message: String,
    /// The expression that failed; none where the arguments are no object or name no parameter.
    pub span: Option<Span>,
}

impl Failure {
    /// A failure of an expression that its kind says all about.
    pub(crate) fn of(kind: TrapKind, span: Span) -> Self {
        Failure::with(kind, "", span)
    }

    /// A failure of an expression, with a detail.
    pub(crate) fn with(kind: TrapKind, detail: &str, span: Span) -> Self {
        Failure { kind, message: kind.explain(detail), span: Some(span) }
    }
}

/// The result of a step.
pub(crate) type Outcome<T> = Result<T, Failure>;
