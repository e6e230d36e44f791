//! Kinds of tokens and nodes.

/// The kind of a token or node.
#[expect(missing_docs, reason = "each kind is named after what it is in the grammar")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum SyntaxKind {
    // Tokens.
    Whitespace,
    Comment,
    Ident,
    Underscore,
    Int,
    Float,
    String,
    RawString,
    FStringStart,
    FStringText,
    FStringEnd,
    InterpolationStart,
    InterpolationEnd,
    LBrace,
    RBrace,
    LBracket,
    RBracket,
    LParen,
    RParen,
    Comma,
    Colon,
    Dot,
    Ellipsis,
    At,
    Hash,
    Amp,
    Question,
    Assign,
    Lt,
    Gt,
    Le,
    Ge,
    EqEq,
    Ne,
    AndAnd,
    OrOr,
    Pipe,
    Plus,
    PlusPlus,
    Minus,
    Star,
    Slash,
    Percent,
    Bang,
    FatArrow,
    ThinArrow,
    Unknown,
    Eof,
    // Nodes.
    Document,
    MainDirective,
    SchemaDirective,
    ExtendDirective,
    EnumDirective,
    ImportDirective,
    ImportName,
    FlagDirective,
    ValueDirective,
    Decorator,
    Generics,
    MethodBlock,
    Method,
    EnumVariant,
    VariantField,
    Attributed,
    Literal,
    Name,
    Reference,
    Wildcard,
    List,
    Spread,
    Comprehension,
    Tuple,
    Paren,
    Dict,
    Field,
    Key,
    Closure,
    ParamList,
    Param,
    Binary,
    Prefix,
    Ternary,
    Postfix,
    FieldStep,
    IndexStep,
    CallStep,
    NamedArg,
    Match,
    Arm,
    Pattern,
    Binder,
    Where,
    FString,
    Interpolation,
    VariantCtor,
    TypeExpr,
    Type,
    TupleType,
    Error,
}

impl SyntaxKind {
    /// White space and comments.
    pub fn is_trivia(self) -> bool {
        matches!(self, SyntaxKind::Whitespace | SyntaxKind::Comment)
    }
}

/// The language, for rowan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relon {}

impl rowan::Language for Relon {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        KINDS[usize::from(raw.0)]
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node of the tree.
pub type SyntaxNode = rowan::SyntaxNode<Relon>;
/// A token of the tree.
pub type SyntaxToken = rowan::SyntaxToken<Relon>;

/// Every kind, by its number.
#[rustfmt::skip]
const KINDS: [SyntaxKind; 99] = {
    use SyntaxKind::*;
    [
        Whitespace, Comment, Ident, Underscore, Int, Float, String, RawString, FStringStart, FStringText, FStringEnd,
        InterpolationStart, InterpolationEnd, LBrace, RBrace, LBracket, RBracket, LParen, RParen, Comma, Colon, Dot,
        Ellipsis, At, Hash, Amp, Question, Assign, Lt, Gt, Le, Ge, EqEq, Ne, AndAnd, OrOr, Pipe, Plus, PlusPlus,
        Minus, Star, Slash, Percent, Bang, FatArrow, ThinArrow, Unknown, Eof, Document, MainDirective,
        SchemaDirective, ExtendDirective, EnumDirective, ImportDirective, ImportName, FlagDirective, ValueDirective,
        Decorator, Generics, MethodBlock, Method, EnumVariant, VariantField, Attributed, Literal, Name, Reference,
        Wildcard, List, Spread, Comprehension, Tuple, Paren, Dict, Field, Key, Closure, ParamList, Param, Binary,
        Prefix, Ternary, Postfix, FieldStep, IndexStep, CallStep, NamedArg, Match, Arm, Pattern, Binder, Where,
        FString, Interpolation, VariantCtor, TypeExpr, Type, TupleType, Error,
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_at_their_numbers() {
        assert!(KINDS.iter().zip(0..).all(|(kind, number)| *kind as u16 == number));
        assert_eq!(KINDS.last(), Some(&SyntaxKind::Error));
    }
}
