//! Lexer, lossless tree and parser of the Relon rules language.
//!
//! [`parse`] never fails: it gives a tree that holds every byte of the source, and the errors it found. The tree knows no names and no
//! types. [`ast`] gives typed access to it. Ranges of nodes never begin or end with white space or comments, so they can be shown as they are.
//!
//! Chains that can be long (operators of one level, `?:` ladders, `.a.b.c`) are flat nodes, so that the depth of the tree is bounded by
//! the nesting of the source, which the parser limits.

pub mod ast;
mod kind;
mod lexer;
mod parser;

pub use kind::{Relon, SyntaxKind, SyntaxNode, SyntaxToken};
pub use parser::{MAX_NESTING, Parse, SyntaxError, parse};
