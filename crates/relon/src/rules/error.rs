//! Why a compiled-in rule stopped, and where.

use std::fmt;

use relon_natives::{Trap, TrapKind};

use super::Arena;
use crate::stack;

/// A place where a rule can stop, as generated code knows it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Site {
    /// What is reported, unless a native stored its own failure.
    pub kind: TrapKind,
    /// Path of the source file.
    pub file: &'static str,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What the kind alone does not say; may be empty.
    pub message: &'static str,
}

/// What is known about a compiled rule.
#[doc(hidden)]
#[derive(Debug)]
pub struct Rule {
    /// Its places, by status less 1.
    pub sites: &'static [Site],
    /// The root expression, blamed for a number in the result that is not finite.
    pub root: Site,
    /// Bytes of stack that a run may need beside its nested calls.
    pub stack: usize,
    /// Bytes of stack that one nested call may need; 0 where calls do not nest.
    pub frame: usize,
    /// Whether a native may panic, whose message on stderr is then held back.
    pub may_panic: bool,
    /// Whether the code refers to the state of its call. Where it does not, a run need not prepare it.
    pub uses_context: bool,
}

/// Why a rule stopped without a result, and where in its source.
///
/// It is shown like `rules/pricing.relon:12:5: DivisionByZero: division by zero`.
#[derive(Clone, PartialEq, Eq)]
pub struct RuleError(Box<Stop>);

#[derive(Clone, PartialEq, Eq)]
struct Stop {
    kind: TrapKind,
    message: String,
    file: &'static str,
    line: u32,
    column: u32,
    row: Option<usize>,
}

impl RuleError {
    fn at(site: &Site, kind: TrapKind, message: String) -> Self {
        RuleError(Box::new(Stop { kind, message, file: site.file, line: site.line, column: site.column, row: None }))
    }

    /// The error of a run that gave a status other than 0.
    #[cold]
    pub(super) fn of_status(arena: &mut Arena, rule: &Rule, status: u32) -> Self {
        if status == stack::TOO_DEEP {
            return RuleError::at(&rule.root, TrapKind::RecursionLimitExceeded, stack::too_deep(arena.depth()));
        }
        let site = rule.sites.get(status as usize - 1).unwrap_or(&rule.root);
        let failure = arena.call().take_failure();
        let (kind, detail) = match &failure {
            Some(Trap { kind, message }) => (*kind, message.as_str()),
            None => (site.kind, site.message),
        };
        RuleError::at(site, kind, kind.explain(detail))
    }

    /// The error of a result with a number that is not finite.
    #[cold]
    pub(super) fn non_finite(rule: &Rule, path: &str) -> Self {
        let kind = TrapKind::NonFiniteFloat;
        let place = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
        RuleError::at(&rule.root, kind, format!("{}{place}", kind.explain("")))
    }

    /// An error of the rule as a whole.
    #[cold]
    pub(super) fn of_root(rule: &Rule, kind: TrapKind) -> Self {
        RuleError::at(&rule.root, kind, kind.explain(""))
    }

    /// The error of slices that do not fit each other.
    #[cold]
    pub(super) fn uneven(rule: &Rule, rows: usize, found: usize) -> Self {
        let message = format!(
            "a batch of {rows} rows takes slices of {rows} values, one for each parameter and one for the results, and one of them has {found}"
        );
        RuleError::at(&rule.root, TrapKind::MissingMainArg, message)
    }

    pub(super) fn in_row(mut self, row: usize) -> Self {
        self.0.row = Some(row);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> TrapKind {
        self.0.kind
    }

    /// What went wrong, for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What can be done about it, where something can be said.
    pub fn hint(&self) -> Option<&'static str> {
        self.0.kind.hint()
    }

    /// The source file, as the build script names it.
    pub fn file(&self) -> &'static str {
        self.0.file
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.0.line
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> u32 {
        self.0.column
    }

    /// The position of the failing row in a batch; none outside of batches.
    pub fn row(&self) -> Option<usize> {
        self.0.row
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stop { kind, message, file, line, column, row } = &*self.0;
        write!(f, "{file}:{line}:{column}: {kind}: {message}")?;
        match row {
            Some(row) => write!(f, " (row {row})"),
            None => Ok(()),
        }
    }
}

/// As for people: `main` shows the error that it returns in this form.
impl fmt::Debug for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for RuleError {}
