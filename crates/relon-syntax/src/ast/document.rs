//! The document and what stands before its root: directives and decorators.

use rowan::ast::AstChildren;
use rowan::ast::support;

use super::*;

ast_nodes! {
    /// A whole source file: attributes and one root expression.
    Document,
}

ast_enum! {
    /// A directive or a decorator.
    Attribute {
        /// `#name ..`
        Directive(Directive),
        /// `@name(..)`
        Decorator(Decorator),
    }
}

impl Document {
    /// The file-level attributes in source order.
    pub fn attributes(&self) -> AstChildren<Attribute> {
        support::children(&self.0)
    }

    /// The file-level directives in source order.
    pub fn directives(&self) -> AstChildren<Directive> {
        support::children(&self.0)
    }

    /// The root expression.
    pub fn root(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}
