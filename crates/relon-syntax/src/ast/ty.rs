//! Types.

use super::{AstNode, ast_node, children, string_value, tokens};
use crate::{SyntaxKind, SyntaxNode};

ast_node! {
    /// `( A, B )`
    TupleType
}

/// `a.b<C, D>`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathType(SyntaxNode);

impl AstNode for PathType {
    fn cast(node: SyntaxNode) -> Option<Self> {
        (node.kind() == SyntaxKind::Type).then_some(Self(node))
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.0
    }
}

impl PathType {
    /// The names of the path, joined with dots.
    pub fn name(&self) -> String {
        let parts = tokens(&self.0).filter_map(|token| match token.kind() {
            SyntaxKind::Ident => Some(token.text().to_owned()),
            SyntaxKind::String => string_value(token.text()).ok(),
            _ => None,
        });
        parts.collect::<Vec<_>>().join(".")
    }

    /// The types in angle brackets.
    pub fn arguments(&self) -> Vec<Type> {
        children(&self.0).collect()
    }

    /// Whether there are angle brackets.
    pub fn has_brackets(&self) -> bool {
        tokens(&self.0).any(|token| token.kind() == SyntaxKind::Lt)
    }
}

impl TupleType {
    /// The types of the items.
    pub fn items(&self) -> Vec<Type> {
        children(&self.0).collect()
    }
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// A name, perhaps with arguments.
    Path(PathType),
    /// A tuple.
    Tuple(TupleType),
}

impl AstNode for Type {
    fn cast(node: SyntaxNode) -> Option<Self> {
        match node.kind() {
            SyntaxKind::Type => PathType::cast(node).map(Type::Path),
            _ => TupleType::cast(node).map(Type::Tuple),
        }
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Type::Path(node) => node.syntax(),
            Type::Tuple(node) => node.syntax(),
        }
    }
}
