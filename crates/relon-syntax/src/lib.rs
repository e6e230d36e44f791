//! Lexer, lossless tree and parser of the Relon rules language.
//!
//! [`parse`] turns any text into a tree that holds every byte of it, together with the errors found; a text with errors
//! still gives a tree. [`ast`] is the typed view of that tree. Nothing here knows about names or types: what is reported
//! is what LANGUAGE.md calls a parse error, and everything else is left to the checker.
//!
//! Source text becomes tokens in `lexer`, tokens become a flat list of events in `parser` and `grammar`, events become
//! a tree in `tree`, and `validate` looks at the inside of literals.

pub mod ast;
mod error;
mod kind;
mod text;

pub use error::SyntaxError;
pub use kind::{Relon, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};
pub use rowan::ast::{AstNode, AstPtr};
pub use rowan::{TextRange, TextSize};
