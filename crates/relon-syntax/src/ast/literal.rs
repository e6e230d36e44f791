//! Literals and the values they stand for.

use rowan::ast::AstChildren;
use rowan::ast::support;

use super::*;
use crate::text;

ast_nodes! {
    /// A number, plain string, `true`, `false`, `NaN`, `Infinity` or `null`.
    Literal,
    /// `f".."`
    FString,
    /// `${ e }`
    Interpolation,
}

/// An integer literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IntLiteral(pub(super) SyntaxToken);

/// A literal with a fraction or an exponent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FloatLiteral(SyntaxToken);

/// A plain or raw string literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StringLiteral(pub(super) SyntaxToken);

/// Literal text inside an f-string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FStringText {
    token: SyntaxToken,
    raw: bool,
}

/// A number that does not fit its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiteralOutOfRange;

/// What a [`Literal`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiteralKind {
    /// An integer.
    Int(IntLiteral),
    /// A number with a fraction or an exponent.
    Float(FloatLiteral),
    /// A plain or raw string.
    String(StringLiteral),
    /// `true` or `false`.
    Bool(bool),
    /// `Infinity`.
    Infinity,
    /// `NaN`.
    Nan,
    /// `null`, which no program may contain.
    Null,
}

/// A part of an f-string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FStringPart {
    /// Literal text.
    Text(FStringText),
    /// `${ e }`
    Interpolation(Interpolation),
}

impl Literal {
    /// What it is.
    pub fn kind(&self) -> Option<LiteralKind> {
        let token = self.0.first_token()?;
        Some(match token.kind() {
            SyntaxKind::IntNumber => LiteralKind::Int(IntLiteral(token)),
            SyntaxKind::FloatNumber => LiteralKind::Float(FloatLiteral(token)),
            SyntaxKind::String => LiteralKind::String(StringLiteral(token)),
            SyntaxKind::TrueKw => LiteralKind::Bool(true),
            SyntaxKind::FalseKw => LiteralKind::Bool(false),
            SyntaxKind::InfinityKw => LiteralKind::Infinity,
            SyntaxKind::NanKw => LiteralKind::Nan,
            SyntaxKind::NullKw => LiteralKind::Null,
            _ => return None,
        })
    }
}

impl IntLiteral {
    /// The magnitude. It is `1 << 63` only directly under a unary minus; the parser has reported all larger ones.
    pub fn value(&self) -> Result<u64, LiteralOutOfRange> {
        text::parse_int(self.0.text()).ok_or(LiteralOutOfRange)
    }

    /// Where it stands.
    pub fn text_range(&self) -> TextRange {
        self.0.text_range()
    }
}

impl FloatLiteral {
    /// The nearest binary64 number; the parser has reported literals too large for it.
    pub fn value(&self) -> f64 {
        self.0.text().parse().unwrap_or(f64::NAN)
    }

    /// Where it stands.
    pub fn text_range(&self) -> TextRange {
        self.0.text_range()
    }
}

impl StringLiteral {
    /// The decoded text.
    pub fn value(&self) -> String {
        text::decode_string(self.0.text())
    }

    /// Where it stands, quotes included.
    pub fn text_range(&self) -> TextRange {
        self.0.text_range()
    }
}

impl FString {
    /// Text and interpolations in source order.
    pub fn parts(&self) -> impl Iterator<Item = FStringPart> + use<> {
        let raw = self.is_raw();
        self.0.children_with_tokens().filter_map(move |element| fstring_part(element, raw))
    }

    /// Whether it is written `f#".."#`, without escapes.
    pub fn is_raw(&self) -> bool {
        support::token(&self.0, SyntaxKind::FStringStart).is_some_and(|token| token.text().contains('#'))
    }

    /// The interpolations alone.
    pub fn interpolations(&self) -> AstChildren<Interpolation> {
        support::children(&self.0)
    }
}

fn fstring_part(element: crate::kind::SyntaxElement, raw: bool) -> Option<FStringPart> {
    match element {
        rowan::NodeOrToken::Node(node) => rowan::ast::AstNode::cast(node).map(FStringPart::Interpolation),
        rowan::NodeOrToken::Token(token) => {
            (token.kind() == SyntaxKind::FStringText).then_some(FStringPart::Text(FStringText { token, raw }))
        }
    }
}

impl FStringText {
    /// The decoded text.
    pub fn value(&self) -> String {
        if self.raw {
            return self.token.text().to_owned();
        }
        text::decode_escapes(self.token.text())
    }

    /// Where it stands.
    pub fn text_range(&self) -> TextRange {
        self.token.text_range()
    }
}

impl Interpolation {
    /// The expression between the braces.
    pub fn expr(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}
