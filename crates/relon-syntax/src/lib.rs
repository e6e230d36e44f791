//! Lexer, lossless tree and parser of the Relon rules language.
//!
//! [`parse`] turns any text into a tree that holds every byte of it, together with the errors found; a text with errors
//! still gives a tree. [`ast`] is the typed view of that tree. Nothing here knows about names or types: what is reported
//! is what LANGUAGE.md calls a parse error, and everything else is left to the checker.
//!
//! Source text becomes tokens in `lexer`, tokens become a flat list of events in `parser` and `grammar`, and events
//! become a tree in `tree`.

pub mod ast;
mod brackets;
mod error;
mod grammar;
mod kind;
mod lexer;
mod parser;
mod text;
mod tree;

pub use error::SyntaxError;
pub use kind::{Relon, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};
pub use rowan::ast::{AstNode, AstPtr};
pub use rowan::{TextRange, TextSize};

/// What a source text parses to.
#[derive(Debug, Clone)]
pub struct Parse {
    /// The typed root of the tree, which holds every byte of the source.
    pub tree: ast::Document,
    /// All errors in source order; if there are none, the tree follows the grammar.
    pub errors: Vec<SyntaxError>,
}

impl Parse {
    /// The tree as indented text, one node or token a line, for tests and for looking at.
    pub fn debug_tree(&self) -> String {
        debug_tree(self.tree.syntax())
    }
}

/// A node as indented text, one node or token a line.
pub fn debug_tree(node: &SyntaxNode) -> String {
    format!("{node:#?}")
}

/// Parses a source text of less than 4 GiB; of a longer one nothing is read, and the tree is empty.
pub fn parse(source: &str) -> Parse {
    if u32::try_from(source.len()).is_err() {
        let mut parse = parse("");
        parse.errors =
            vec![SyntaxError::new("the source is larger than 4 GiB", 0..0).with_hint("split it into modules")];
        return parse;
    }
    let lexed = lexer::lex(source);
    let mut parser = parser::Parser::new(source, &lexed.tokens);
    grammar::document(&mut parser);
    let output = parser.finish();
    let (green, too_deep) = tree::build(source, &lexed.tokens, output.events);
    let tree = ast::Document::cast(SyntaxNode::new_root(green)).expect("the root of a tree is a document");
    let mut errors: Vec<_> = lexed.errors.into_iter().chain(output.errors).chain(too_deep).collect();
    errors.sort_by_key(|error| error.range.start);
    Parse { tree, errors }
}
