//! The typed view of the lossless tree.
//!
//! Every type here is a thin wrapper around one node (or token) and reads it on demand. Accessors return `Option` where
//! an erroneous source may lack the part; in a tree without errors the parts that the grammar requires are always there.
//! The range of a node never includes white space or comments around it; only [`Document`] covers the whole file.

mod declaration;
mod dict;
mod directive;
mod document;
mod expr;
mod literal;
mod operator;
mod pattern;
mod types;

pub use declaration::{
    GenericParams, ImportItem, ImportList, ImportPin, Method, MethodList, SchemaBody, Variant, VariantField,
    VariantFields, VariantPayload,
};
pub use dict::{AttributeField, ComputedKey, DictExpr, Entry, Field, Key, PlainKey, SpreadField, TypeHint};
pub use directive::{
    BrandDirective, Decorator, DefaultDirective, DeriveDirective, Directive, EnumDirective, ExtendDirective,
    FlagDirective, FlagKind, ImportClause, ImportDirective, MainDirective, MessageDirective, SchemaDirective,
};
pub use document::{Attribute, Document};
pub use expr::{
    AccessExpr, Arg, ArgList, AttributedExpr, BinaryExpr, CallExpr, ClosureExpr, ComprehensionExpr, Expr, ForClause,
    IfClause, ListExpr, ListItem, MatchArm, MatchExpr, NameExpr, ParenExpr, PathStep, ReferenceBase, ReferenceExpr,
    SpreadItem, TernaryExpr, TupleExpr, TypeExpr, UnaryExpr, VariantExpr, WhereExpr, WildcardExpr,
};
pub use literal::{
    FString, FStringPart, FStringText, FloatLiteral, IntLiteral, Interpolation, Literal, LiteralKind,
    LiteralOutOfRange, StringLiteral,
};
pub use operator::{BinaryOp, UnaryOp};
pub use pattern::{Binder, FieldBinder, Pattern, RecordPattern, TuplePattern, TypePattern, WildcardPattern};
pub use types::{Param, ParamList, PathType, ResultType, TupleType, Type, TypeArgs};

use rowan::TextRange;
use rowan::ast::support;

use crate::kind::{SyntaxKind, SyntaxNode, SyntaxToken};

/// Declares wrappers of one node kind each, named like the kind.
macro_rules! ast_nodes {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name($crate::kind::SyntaxNode);

        impl rowan::ast::AstNode for $name {
            type Language = $crate::kind::Relon;

            fn can_cast(kind: $crate::kind::SyntaxKind) -> bool {
                kind == $crate::kind::SyntaxKind::$name
            }

            fn cast(node: $crate::kind::SyntaxNode) -> Option<Self> {
                Self::can_cast(node.kind()).then_some(Self(node))
            }

            fn syntax(&self) -> &$crate::kind::SyntaxNode {
                &self.0
            }
        }
    )*};
}

/// Declares an enum of wrappers, each variant being of one node kind of its own name.
macro_rules! ast_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident($node:ident),)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant($node),)*
        }

        impl rowan::ast::AstNode for $name {
            type Language = $crate::kind::Relon;

            fn can_cast(kind: $crate::kind::SyntaxKind) -> bool {
                false $(|| $node::can_cast(kind))*
            }

            fn cast(node: $crate::kind::SyntaxNode) -> Option<Self> {
                $(if $node::can_cast(node.kind()) {
                    return $node::cast(node).map(Self::$variant);
                })*
                None
            }

            fn syntax(&self) -> &$crate::kind::SyntaxNode {
                match self { $(Self::$variant(node) => node.syntax(),)* }
            }
        }

        $(impl From<$node> for $name {
            fn from(node: $node) -> Self {
                Self::$variant(node)
            }
        })*
    };
}

pub(crate) use {ast_enum, ast_nodes};

/// An identifier as it stands in the source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(SyntaxToken);

impl Name {
    /// The identifier's text.
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// Where it stands.
    pub fn text_range(&self) -> TextRange {
        self.0.text_range()
    }

    /// The token itself.
    pub fn syntax(&self) -> &SyntaxToken {
        &self.0
    }
}

/// All identifiers that are direct children of `node`.
fn names(node: &SyntaxNode) -> impl Iterator<Item = Name> + use<> {
    tokens(node, SyntaxKind::Ident).map(Name)
}

/// The first identifier that is a direct child of `node`.
fn name(node: &SyntaxNode) -> Option<Name> {
    names(node).next()
}

/// All direct child tokens of a kind.
fn tokens(node: &SyntaxNode, kind: SyntaxKind) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.children_with_tokens().filter_map(rowan::NodeOrToken::into_token).filter(move |token| token.kind() == kind)
}

/// Whether a token of that kind is a direct child of `node`.
fn has_token(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    support::token(node, kind).is_some()
}
