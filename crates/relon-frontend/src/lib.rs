//! The front end: from source text to checked tree to IR.
//!
//! [`check`] parses a source, resolves its names, gives every expression its type and reports all that is wrong. It is the one place that
//! rejects programs. [`lower::lower`] turns the checked tree into IR and never fails.

mod check;
mod diagnostic;
pub mod hir;
mod library;
pub mod lower;
pub mod message;
pub mod recursion;
mod source;
mod types;

pub use check::{CheckError, CheckOptions, Checked, check};
pub use diagnostic::{Diagnostic, Severity, closest};
pub use relon_ir::{FileId, Span};
pub use source::{Modules, SourceText};
