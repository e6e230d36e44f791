//! The kinds of tokens and nodes of the lossless tree, and the tree's types.
//!
//! Tokens are the leaves and together hold every byte of the source; nodes group them. Words such as `for` or `match`
//! are not reserved: the lexer yields them as [`SyntaxKind::Ident`] and the parser gives them their own kind where they
//! act as keywords, so an `Ident` in the tree is always a name.

use rowan::Language;

macro_rules! syntax_kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The kind of a token or node.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum SyntaxKind {
            $($(#[$doc])* $name,)*
        }

        /// All kinds in the order of their numbers, to come back from a raw number.
        const KINDS: &[SyntaxKind] = &[$(SyntaxKind::$name,)*];
    };
}

syntax_kinds! {
    // Trivia.
    /// A run of spaces, tabs and line breaks.
    Whitespace,
    /// `// ...` up to the end of the line.
    LineComment,
    /// `/* ... */`.
    BlockComment,
    /// Text that is no token of the language; always reported, and skipped like a comment.
    Unknown,

    // Names and literals.
    /// A name.
    Ident,
    /// A lone `_`.
    Underscore,
    /// An integer literal, decimal or with `0x`, `0o`, `0b`.
    IntNumber,
    /// A literal with a fraction or an exponent.
    FloatNumber,
    /// A plain or raw string literal, quotes included.
    String,
    /// The opening of an f-string, `f"` or `f#"`.
    FStringStart,
    /// Literal text inside an f-string.
    FStringText,
    /// `${` inside an f-string.
    InterpolationStart,
    /// The `}` that ends an interpolation.
    InterpolationEnd,
    /// The closing quote of an f-string with its `#`s.
    FStringEnd,

    // Words with a meaning at their position.
    /// `match` after an expression.
    MatchKw,
    /// `where` after an expression.
    WhereKw,
    /// `for` in a comprehension.
    ForKw,
    /// `in` in a comprehension.
    InKw,
    /// `if` in a comprehension.
    IfKw,
    /// `from` in an import.
    FromKw,
    /// `as` in an import.
    AsKw,
    /// `with` before methods.
    WithKw,
    /// `true` as an expression.
    TrueKw,
    /// `false` as an expression.
    FalseKw,
    /// `Infinity` as an expression.
    InfinityKw,
    /// `NaN` as an expression.
    NanKw,
    /// `null` as an expression, which no program may contain.
    NullKw,
    /// The word after the `#` of a directive.
    DirectiveName,
    /// The word after the `&` of a reference.
    ReferenceName,

    // Punctuation.
    /// `{`
    LBrace,
    /// `}`
    RBrace,
    /// `[`
    LBracket,
    /// `]`
    RBracket,
    /// `(`
    LParen,
    /// `)`
    RParen,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `.`
    Dot,
    /// `...`
    Ellipsis,
    /// `@`
    At,
    /// `#`
    Hash,
    /// `&`
    Amp,
    /// `?`
    Question,
    /// `=`
    Eq,
    /// `==`
    EqEq,
    /// `!=`
    NotEq,
    /// `<`
    Lt,
    /// `>`
    Gt,
    /// `<=`
    LtEq,
    /// `>=`
    GtEq,
    /// `+`
    Plus,
    /// `++`, which is always reported.
    PlusPlus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `!`
    Bang,
    /// `|`
    Pipe,
    /// `&&`
    AmpAmp,
    /// `||`
    PipePipe,
    /// `=>`
    FatArrow,
    /// `->`
    ThinArrow,
    /// The end of the source as the parser sees it; never in a tree.
    Eof,

    // Nodes: the document, attributes and declarations.
    /// A whole source file.
    Document,
    /// Tokens that the parser had to skip.
    Error,
    /// `#main(..) -> T`
    MainDirective,
    /// `#schema Name ..`
    SchemaDirective,
    /// `#extend Name with {..}`
    ExtendDirective,
    /// `#enum Name {..}`
    EnumDirective,
    /// `#import .. from ".."`
    ImportDirective,
    /// `#internal`, `#relaxed`, `#unstrict`, `#native`
    FlagDirective,
    /// `#default e`
    DefaultDirective,
    /// `#expect e`, `#msg e`, `#error e`
    MessageDirective,
    /// `#brand T`
    BrandDirective,
    /// `#derive C`, `#no_auto_derive C`
    DeriveDirective,
    /// `@name(..)`
    Decorator,
    /// `<T, U>` after a declared name.
    GenericParams,
    /// What a schema consists of: records, tuples and bases joined by `+`.
    SchemaBody,
    /// The methods after `with`.
    MethodList,
    /// One method of a schema.
    Method,
    /// One variant of an enum.
    Variant,
    /// `{ name: T, .. }` of a variant.
    VariantFields,
    /// `name: T` of a variant.
    VariantField,
    /// `{ a, b as c }` of an import.
    ImportList,
    /// `a` or `b as c` of an import.
    ImportItem,
    /// `sha256:".."` of an import.
    ImportPin,
    /// `(T a, b, ..)` of a closure, method or `#main`.
    ParamList,
    /// One parameter.
    Param,
    /// `-> T`
    ResultType,

    // Nodes: types.
    /// `a.Name<T>`
    PathType,
    /// `(A, B)`
    TupleType,
    /// `<A, B>` after a type's name.
    TypeArgs,

    // Nodes: expressions.
    /// A number, plain string, `true`, `NaN`, ...
    Literal,
    /// `f".."`
    FString,
    /// `${ e }`
    Interpolation,
    /// A name used as a value.
    NameExpr,
    /// `*`, the predicate that accepts everything.
    WildcardExpr,
    /// A type used as a value.
    TypeExpr,
    /// `&sibling` and the like, without path steps.
    ReferenceExpr,
    /// `(e)`
    ParenExpr,
    /// `(a, b)`, `(a,)`, `()`
    TupleExpr,
    /// `[a, ...b]`
    ListExpr,
    /// `...e` in a list.
    SpreadItem,
    /// `[e for x in xs if c]`
    ComprehensionExpr,
    /// `for x in xs`
    ForClause,
    /// `if c`
    IfClause,
    /// `{ .. }`
    DictExpr,
    /// One `key: value` of a dict.
    Field,
    /// `...e` in a dict.
    SpreadField,
    /// Attributes without a field in a dict, such as `#schema`.
    AttributeField,
    /// A field's name or string key.
    Key,
    /// `[<T> e]`, a field's computed key.
    ComputedKey,
    /// `<T>` before a spread dict or computed key.
    TypeHint,
    /// `(x) => e`
    ClosureExpr,
    /// `E.V { .. }`
    VariantExpr,
    /// `-e`, `!e`
    UnaryExpr,
    /// `a + b` and all other binary operators.
    BinaryExpr,
    /// `c ? a : b`
    TernaryExpr,
    /// `f(..)`
    CallExpr,
    /// `(a, n = b)`
    ArgList,
    /// One argument.
    Arg,
    /// One access step: `e.name`, `e.0`, `e[i]`, `e?.name`, `e?[i]`.
    AccessExpr,
    /// `e match {..}`
    MatchExpr,
    /// `Pattern: e`
    MatchArm,
    /// `e where {..}`
    WhereExpr,
    /// An expression with attributes before it.
    AttributedExpr,

    // Nodes: patterns.
    /// `_`
    WildcardPattern,
    /// `V`, `E.V`, `Int`
    TypePattern,
    /// `V(a, _)`
    TuplePattern,
    /// `V { f, g: x }`
    RecordPattern,
    /// `f`, `f: x`, `f: _`
    FieldBinder,
    /// A bound name or `_`.
    Binder,
}

impl SyntaxKind {
    /// Whether tokens of this kind only separate others.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Whitespace | Self::LineComment | Self::BlockComment | Self::Unknown)
    }
}

/// The language tag of the tree library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relon {}

impl Language for Relon {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        KINDS[usize::from(raw.0)]
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node of the lossless tree.
pub type SyntaxNode = rowan::SyntaxNode<Relon>;
/// A token of the lossless tree.
pub type SyntaxToken = rowan::SyntaxToken<Relon>;
/// A node or a token.
pub type SyntaxElement = rowan::SyntaxElement<Relon>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_survive_their_raw_numbers() {
        for &kind in KINDS {
            assert_eq!(Relon::kind_from_raw(Relon::kind_to_raw(kind)), kind);
        }
    }
}
