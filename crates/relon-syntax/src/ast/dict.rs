//! Dict literals and their fields.

use super::{
    AstNode, Attribute, Expr, ParamList, Spread, Type, ast_node, child, children, string_value, token, tokens,
};
use crate::{SyntaxKind, SyntaxToken};

ast_node! {
    /// `{ .. }`
    Dict
    /// An entry of a dict.
    Field
    /// The key of an entry.
    Key
}

impl Dict {
    /// Entries in order.
    pub fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        children(&self.0)
    }
}

/// How a key is written.
#[derive(Clone, Debug)]
pub enum KeyKind {
    /// A name or a string.
    Static(String),
    /// `[<T> e]`
    Computed(Option<Type>, Option<Expr>),
}

impl Key {
    /// The key.
    pub fn kind(&self) -> KeyKind {
        if token(&self.0, SyntaxKind::LBracket).is_some() {
            return KeyKind::Computed(child(&self.0), child(&self.0));
        }
        let text = self.token().map(|token| match token.kind() {
            SyntaxKind::Ident => token.text().to_owned(),
            _ => string_value(token.text()).unwrap_or_default(),
        });
        KeyKind::Static(text.unwrap_or_default())
    }

    fn token(&self) -> Option<SyntaxToken> {
        tokens(&self.0).next()
    }
}

impl Field {
    /// Attributes before the key.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute> + use<> {
        children(&self.0)
    }

    /// The key; none for a spread or an entry of attributes alone.
    pub fn key(&self) -> Option<Key> {
        child(&self.0)
    }

    /// `...e`
    pub fn spread(&self) -> Option<Spread> {
        child(&self.0)
    }

    /// Parameters of the method shorthand.
    pub fn params(&self) -> Option<ParamList> {
        child(&self.0)
    }

    /// The type before the key.
    pub fn type_prefix(&self) -> Option<Type> {
        let key = self.key()?;
        let before = |ty: &Type| ty.syntax().text_range().end() <= key.syntax().text_range().start();
        children::<Type>(&self.0).find(before)
    }

    /// The type behind `->` of the method shorthand.
    pub fn result_type(&self) -> Option<Type> {
        let params = self.params()?;
        let behind = |ty: &Type| ty.syntax().text_range().start() >= params.syntax().text_range().end();
        children::<Type>(&self.0).find(behind)
    }

    /// The value.
    pub fn value(&self) -> Option<Expr> {
        child(&self.0)
    }
}
