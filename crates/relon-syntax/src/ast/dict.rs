//! Dict literals and their entries.

use rowan::ast::support;
use rowan::ast::{AstChildren, AstNode};

use super::*;

ast_nodes! {
    /// `{ entries }`
    DictExpr,
    /// `#attr T key(params) -> R: value`, where everything but key and value may be absent.
    Field,
    /// `...<T> e`
    SpreadField,
    /// Attributes that stand alone, such as `#schema` in a dict.
    AttributeField,
    /// `[<T> e]` as a key.
    ComputedKey,
    /// `<T>` before a spread dict or a computed key.
    TypeHint,
}

ast_enum! {
    /// One entry of a dict literal.
    Entry {
        /// A field.
        Field(Field),
        /// The entries of another dict.
        Spread(SpreadField),
        /// Attributes without a field.
        Attributes(AttributeField),
    }
}

/// A key that is a name or a string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlainKey(SyntaxNode);

impl AstNode for PlainKey {
    type Language = crate::kind::Relon;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == SyntaxKind::Key
    }

    fn cast(node: SyntaxNode) -> Option<Self> {
        Self::can_cast(node.kind()).then_some(Self(node))
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.0
    }
}

ast_enum! {
    /// The key of a field.
    Key {
        /// A name or a string.
        Plain(PlainKey),
        /// An expression in brackets.
        Computed(ComputedKey),
    }
}

impl DictExpr {
    /// All entries in source order.
    pub fn entries(&self) -> AstChildren<Entry> {
        support::children(&self.0)
    }

    /// The fields alone in source order.
    pub fn fields(&self) -> AstChildren<Field> {
        support::children(&self.0)
    }
}

impl Field {
    /// The attributes before the field.
    pub fn attributes(&self) -> AstChildren<Attribute> {
        support::children(&self.0)
    }

    /// The type before the key: of the value, or of the result if there are parameters.
    pub fn ty(&self) -> Option<Type> {
        support::child(&self.0)
    }

    /// The key.
    pub fn key(&self) -> Option<Key> {
        support::child(&self.0)
    }

    /// The parameters of a method shorthand.
    pub fn param_list(&self) -> Option<ParamList> {
        support::child(&self.0)
    }

    /// The type after `->` of a method shorthand.
    pub fn result_type(&self) -> Option<Type> {
        support::child::<ResultType>(&self.0)?.ty()
    }

    /// The value, or the body of a method shorthand.
    pub fn value(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl Key {
    /// The key's text, unless it is computed.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Plain(key) => key.text(),
            Self::Computed(_) => None,
        }
    }
}

impl PlainKey {
    /// The identifier, if the key is one.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The string literal, if the key is one.
    pub fn string(&self) -> Option<StringLiteral> {
        support::token(&self.0, SyntaxKind::String).map(StringLiteral)
    }

    /// The key's text.
    pub fn text(&self) -> Option<String> {
        let string = self.string().map(|string| string.value());
        string.or_else(|| self.name().map(|name| name.text().to_owned()))
    }
}

impl ComputedKey {
    /// The type in `<T>`.
    pub fn hint(&self) -> Option<Type> {
        support::child::<TypeHint>(&self.0)?.ty()
    }

    /// The expression that gives the key.
    pub fn value(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl SpreadField {
    /// The attributes before the dots.
    pub fn attributes(&self) -> AstChildren<Attribute> {
        support::children(&self.0)
    }

    /// The type in `<T>`.
    pub fn hint(&self) -> Option<Type> {
        support::child::<TypeHint>(&self.0)?.ty()
    }

    /// The dict whose entries are copied.
    pub fn value(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl AttributeField {
    /// The attributes.
    pub fn attributes(&self) -> AstChildren<Attribute> {
        support::children(&self.0)
    }
}

impl TypeHint {
    /// The type between `<` and `>`.
    pub fn ty(&self) -> Option<Type> {
        support::child(&self.0)
    }
}
