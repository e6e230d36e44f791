//! Typed access to the tree. Any part may be missing where the source has errors, so accessors give options.

mod attribute;
mod dict;
mod expr;
mod literal;
mod ty;

pub use attribute::{
    Attribute, Decorator, EnumDirective, EnumVariant, ExtendDirective, FlagDirective, Generics, ImportDirective,
    ImportName, MainDirective, Method, MethodBlock, SchemaDirective, ValueDirective, VariantField,
};
pub use dict::{Dict, Field, Key, KeyKind};
pub use expr::{
    Arm, Attributed, Binary, BinaryOp, Binder, CallStep, Closure, Comprehension, Expr, FString, FStringPart, FieldStep,
    IndexStep, List, Literal, LiteralKind, Match, Name, NamedArg, Param, ParamList, Paren, Pattern, Postfix, Prefix,
    PrefixOp, Reference, Spread, Step, Ternary, Tuple, TypeExpr, VariantCtor, Where, Wildcard,
};
pub use literal::{EscapeError, int_value, string_value, unescape};
pub use ty::{PathType, TupleType, Type};

use crate::{SyntaxKind, SyntaxNode, SyntaxToken};

/// A typed node.
pub trait AstNode: Sized {
    /// The typed form of a node of the right kind.
    fn cast(node: SyntaxNode) -> Option<Self>;
    /// The node.
    fn syntax(&self) -> &SyntaxNode;

    /// First and behind-the-last byte.
    fn range(&self) -> (u32, u32) {
        let range = self.syntax().text_range();
        (range.start().into(), range.end().into())
    }
}

macro_rules! ast_node {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[allow(unreachable_pub, reason = "all nodes are exported from the module above")]
        pub struct $name($crate::SyntaxNode);

        impl $crate::ast::AstNode for $name {
            fn cast(node: $crate::SyntaxNode) -> Option<Self> {
                (node.kind() == $crate::SyntaxKind::$name).then_some(Self(node))
            }

            fn syntax(&self) -> &$crate::SyntaxNode {
                &self.0
            }
        }
    )*};
}
pub(crate) use ast_node;

ast_node! {
    /// A whole file.
    Document
}

impl Document {
    /// Attributes before the root expression.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute> {
        children(&self.0)
    }

    /// The root expression.
    pub fn root(&self) -> Option<Expr> {
        child(&self.0)
    }
}

/// The first child of a type.
pub(crate) fn child<N: AstNode>(node: &SyntaxNode) -> Option<N> {
    node.children().find_map(N::cast)
}

/// All children of a type.
pub(crate) fn children<N: AstNode>(node: &SyntaxNode) -> impl Iterator<Item = N> + use<N> {
    node.children().filter_map(N::cast)
}

/// The tokens of a node itself, without trivia.
pub(crate) fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> {
    node.children_with_tokens().filter_map(rowan::NodeOrToken::into_token).filter(|token| !token.kind().is_trivia())
}

/// The first token of a kind.
pub(crate) fn token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    tokens(node).find(|token| token.kind() == kind)
}
