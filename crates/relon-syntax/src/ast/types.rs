//! Types and parameters.

use rowan::ast::AstChildren;
use rowan::ast::support;

use super::*;

ast_nodes! {
    /// `pkg.Name<A, B>`
    PathType,
    /// `(A, B)`
    TupleType,
    /// `<A, B>`
    TypeArgs,
    /// `(T a, b, _)`
    ParamList,
    /// One parameter: `a`, `T a`, `_`, or `a: T` in a method.
    Param,
    /// `-> T`
    ResultType,
}

ast_enum! {
    /// A type as written.
    Type {
        /// A name with or without arguments.
        Path(PathType),
        /// A tuple type.
        Tuple(TupleType),
    }
}

impl PathType {
    /// The dotted name's parts as text, strings decoded.
    pub fn segments(&self) -> Vec<String> {
        self.segment_tokens().map(|token| segment_text(&token)).collect()
    }

    /// The dotted name's parts: identifiers and strings.
    pub fn segment_tokens(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        let tokens = self.0.children_with_tokens().filter_map(rowan::NodeOrToken::into_token);
        tokens.filter(|token| matches!(token.kind(), SyntaxKind::Ident | SyntaxKind::String))
    }

    /// The range of the dotted name without its arguments.
    pub fn path_range(&self) -> TextRange {
        self.segment_tokens()
            .map(|token| token.text_range())
            .reduce(TextRange::cover)
            .unwrap_or_else(|| self.0.text_range())
    }

    /// The list between `<` and `>`.
    pub fn type_args(&self) -> Option<TypeArgs> {
        support::child(&self.0)
    }

    /// The types between `<` and `>`.
    pub fn args(&self) -> impl Iterator<Item = Type> + use<> {
        self.type_args().into_iter().flat_map(|list| list.types())
    }
}

fn segment_text(token: &SyntaxToken) -> String {
    if token.kind() == SyntaxKind::String {
        return StringLiteral(token.clone()).value();
    }
    token.text().to_owned()
}

impl TypeArgs {
    /// The types in source order.
    pub fn types(&self) -> AstChildren<Type> {
        support::children(&self.0)
    }
}

impl TupleType {
    /// The types of the positions.
    pub fn items(&self) -> AstChildren<Type> {
        support::children(&self.0)
    }
}

impl ParamList {
    /// The parameters in source order.
    pub fn params(&self) -> AstChildren<Param> {
        support::children(&self.0)
    }
}

impl Param {
    /// The declared type.
    pub fn ty(&self) -> Option<Type> {
        support::child(&self.0)
    }

    /// The name; an ignored parameter has none.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// Whether it is written `_`.
    pub fn is_ignored(&self) -> bool {
        has_token(&self.0, SyntaxKind::Underscore)
    }
}

impl ResultType {
    /// The type after the arrow.
    pub fn ty(&self) -> Option<Type> {
        support::child(&self.0)
    }
}
