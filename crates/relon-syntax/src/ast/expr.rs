//! Expressions other than dicts and literals.

use rowan::ast::support;
use rowan::ast::{AstChildren, AstNode};

use super::*;

ast_nodes! {
    /// A name used as a value.
    NameExpr,
    /// `*`, the predicate that accepts everything.
    WildcardExpr,
    /// A type with arguments used as a value.
    TypeExpr,
    /// `&sibling` and the like; path steps are [`AccessExpr`]s around it.
    ReferenceExpr,
    /// `(e)`
    ParenExpr,
    /// `()`, `(a,)`, `(a, b)`
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
    /// `(T x) -> R => e`
    ClosureExpr,
    /// `E.V { .. }`
    VariantExpr,
    /// `-e`, `!e`
    UnaryExpr,
    /// `a + b`
    BinaryExpr,
    /// `c ? a : b`
    TernaryExpr,
    /// `f(..)`
    CallExpr,
    /// `(a, n = b)`
    ArgList,
    /// One argument.
    Arg,
    /// One access step on an expression.
    AccessExpr,
    /// `e match { arms }`
    MatchExpr,
    /// `Pattern: e`
    MatchArm,
    /// `e where { bindings }`
    WhereExpr,
    /// `#brand T e`, `@name e`
    AttributedExpr,
}

ast_enum! {
    /// Any expression.
    Expr {
        /// A number, plain string, `true`, ...
        Literal(Literal),
        /// `f".."`
        FString(FString),
        /// A name.
        Name(NameExpr),
        /// `*`
        Wildcard(WildcardExpr),
        /// A type used as a value.
        Type(TypeExpr),
        /// `&sibling`
        Reference(ReferenceExpr),
        /// `(e)`
        Paren(ParenExpr),
        /// `(a, b)`
        Tuple(TupleExpr),
        /// `[a, b]`
        List(ListExpr),
        /// `[e for x in xs]`
        Comprehension(ComprehensionExpr),
        /// `{ .. }`
        Dict(DictExpr),
        /// `(x) => e`
        Closure(ClosureExpr),
        /// `E.V { .. }`
        Variant(VariantExpr),
        /// `-e`
        Unary(UnaryExpr),
        /// `a + b`
        Binary(BinaryExpr),
        /// `c ? a : b`
        Ternary(TernaryExpr),
        /// `f(..)`
        Call(CallExpr),
        /// `e.name`
        Access(AccessExpr),
        /// `e match {..}`
        Match(MatchExpr),
        /// `e where {..}`
        Where(WhereExpr),
        /// An expression with attributes.
        Attributed(AttributedExpr),
    }
}

ast_enum! {
    /// An item of a list literal.
    ListItem {
        /// `...e`
        Spread(SpreadItem),
        /// One element.
        Expr(Expr),
    }
}

/// What a [`ReferenceExpr`] starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceBase {
    /// `&root`
    Root,
    /// `&sibling`
    Sibling,
    /// `&uncle`
    Uncle,
    /// `&this`
    This,
    /// `&prev`
    Prev,
    /// `&next`
    Next,
    /// `&index`
    Index,
}

/// What an [`AccessExpr`] takes from its base.
#[derive(Debug, Clone)]
pub enum PathStep {
    /// `.name`
    Field(Name),
    /// `.0`
    Position(IntLiteral),
    /// `[e]`
    Index(Expr),
}

impl Expr {
    /// The names of `a.b.c`, if the expression is a dotted path of names without `?.`.
    pub fn dotted_path(&self) -> Option<Vec<Name>> {
        let mut path = Vec::new();
        let mut expr = self.clone();
        while let Self::Access(access) = &expr {
            let PathStep::Field(name) = access.step().filter(|_| !access.is_optional())? else { return None };
            path.push(name);
            expr = access.base()?;
        }
        let Self::Name(name) = expr else { return None };
        path.push(name.name()?);
        path.reverse();
        Some(path)
    }

    /// The expression inside any number of parentheses.
    pub fn without_parens(self) -> Option<Self> {
        let mut expr = self;
        while let Self::Paren(paren) = &expr {
            expr = paren.expr()?;
        }
        Some(expr)
    }
}

/// The `index`-th expression among the direct children.
fn nth_expr(node: &SyntaxNode, index: usize) -> Option<Expr> {
    support::children(node).nth(index)
}

/// The first direct child token that `convert` takes, with its conversion.
fn operator<T>(node: &SyntaxNode, convert: impl Fn(SyntaxKind) -> Option<T>) -> Option<(SyntaxToken, T)> {
    let tokens = node.children_with_tokens().filter_map(rowan::NodeOrToken::into_token);
    tokens.into_iter().find_map(|token| convert(token.kind()).map(|op| (token, op)))
}

impl NameExpr {
    /// The name.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }
}

impl TypeExpr {
    /// The type.
    pub fn ty(&self) -> Option<Type> {
        support::child(&self.0)
    }
}

impl ReferenceExpr {
    /// Where the reference starts.
    pub fn base(&self) -> Option<ReferenceBase> {
        ReferenceBase::from_name(support::token(&self.0, SyntaxKind::ReferenceName)?.text())
    }
}

impl ReferenceBase {
    /// The base with that word after `&`.
    pub fn from_name(word: &str) -> Option<Self> {
        Some(match word {
            "root" => Self::Root,
            "sibling" => Self::Sibling,
            "uncle" => Self::Uncle,
            "this" => Self::This,
            "prev" => Self::Prev,
            "next" => Self::Next,
            "index" => Self::Index,
            _ => return None,
        })
    }
}

impl ParenExpr {
    /// The expression in the parentheses.
    pub fn expr(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl TupleExpr {
    /// The items in source order.
    pub fn items(&self) -> AstChildren<Expr> {
        support::children(&self.0)
    }
}

impl ListExpr {
    /// The items in source order.
    pub fn items(&self) -> AstChildren<ListItem> {
        support::children(&self.0)
    }
}

impl SpreadItem {
    /// The list whose items are copied.
    pub fn value(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl ComprehensionExpr {
    /// The expression computed for each item.
    pub fn body(&self) -> Option<Expr> {
        support::child(&self.0)
    }

    /// The name of the item.
    pub fn variable(&self) -> Option<Name> {
        name(support::child::<ForClause>(&self.0)?.syntax())
    }

    /// The list iterated over.
    pub fn source(&self) -> Option<Expr> {
        support::child(support::child::<ForClause>(&self.0)?.syntax())
    }

    /// The condition after `if`.
    pub fn condition(&self) -> Option<Expr> {
        support::child(support::child::<IfClause>(&self.0)?.syntax())
    }
}

impl ClosureExpr {
    /// The parameters in source order.
    pub fn params(&self) -> impl Iterator<Item = Param> + use<> {
        support::child::<ParamList>(&self.0).into_iter().flat_map(|list| list.params())
    }

    /// The type after `->`.
    pub fn result_type(&self) -> Option<Type> {
        support::child::<ResultType>(&self.0)?.ty()
    }

    /// The body.
    pub fn body(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl VariantExpr {
    /// The expression before the brace: always a dotted path of two or more names.
    pub fn path_expr(&self) -> Option<Expr> {
        nth_expr(&self.0, 0)
    }

    /// The names of the path; the last one is the variant's.
    pub fn path(&self) -> Vec<Name> {
        self.path_expr().and_then(|path| path.dotted_path()).unwrap_or_default()
    }

    /// The payload.
    pub fn payload(&self) -> Option<DictExpr> {
        support::child(&self.0)
    }
}

impl UnaryExpr {
    /// The operator.
    pub fn op(&self) -> Option<UnaryOp> {
        operator(&self.0, UnaryOp::from_token).map(|(_, op)| op)
    }

    /// The operand.
    pub fn operand(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl BinaryExpr {
    /// The left operand.
    pub fn lhs(&self) -> Option<Expr> {
        nth_expr(&self.0, 0)
    }

    /// The operator.
    pub fn op(&self) -> Option<BinaryOp> {
        operator(&self.0, BinaryOp::from_token).map(|(_, op)| op)
    }

    /// The operator's token.
    pub fn op_token(&self) -> Option<SyntaxToken> {
        operator(&self.0, BinaryOp::from_token).map(|(token, _)| token)
    }

    /// The right operand.
    pub fn rhs(&self) -> Option<Expr> {
        nth_expr(&self.0, 1)
    }
}

impl TernaryExpr {
    /// The expression before `?`.
    pub fn condition(&self) -> Option<Expr> {
        nth_expr(&self.0, 0)
    }

    /// The expression between `?` and `:`.
    pub fn then_branch(&self) -> Option<Expr> {
        nth_expr(&self.0, 1)
    }

    /// The expression after `:`.
    pub fn else_branch(&self) -> Option<Expr> {
        nth_expr(&self.0, 2)
    }
}

impl CallExpr {
    /// What is called.
    pub fn callee(&self) -> Option<Expr> {
        support::child(&self.0)
    }

    /// The arguments with their parentheses.
    pub fn arg_list(&self) -> Option<ArgList> {
        support::child(&self.0)
    }

    /// The arguments in source order.
    pub fn args(&self) -> impl Iterator<Item = Arg> + use<> {
        self.arg_list().into_iter().flat_map(|list| list.args())
    }
}

impl ArgList {
    /// The arguments in source order.
    pub fn args(&self) -> AstChildren<Arg> {
        support::children(&self.0)
    }
}

impl Arg {
    /// The parameter's name, if the argument is given by name.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The value.
    pub fn value(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl AccessExpr {
    /// What the step is taken from.
    pub fn base(&self) -> Option<Expr> {
        nth_expr(&self.0, 0)
    }

    /// The step.
    pub fn step(&self) -> Option<PathStep> {
        if let Some(name) = name(&self.0) {
            return Some(PathStep::Field(name));
        }
        if let Some(token) = support::token(&self.0, SyntaxKind::IntNumber) {
            return Some(PathStep::Position(IntLiteral(token)));
        }
        nth_expr(&self.0, 1).map(PathStep::Index)
    }

    /// Whether it is written with `?`.
    pub fn is_optional(&self) -> bool {
        has_token(&self.0, SyntaxKind::Question)
    }
}

impl MatchExpr {
    /// The examined expression.
    pub fn scrutinee(&self) -> Option<Expr> {
        support::child(&self.0)
    }

    /// The arms in source order.
    pub fn arms(&self) -> AstChildren<MatchArm> {
        support::children(&self.0)
    }
}

impl MatchArm {
    /// The pattern.
    pub fn pattern(&self) -> Option<Pattern> {
        support::child(&self.0)
    }

    /// The body.
    pub fn body(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl WhereExpr {
    /// The expression that uses the bindings.
    pub fn body(&self) -> Option<Expr> {
        nth_expr(&self.0, 0)
    }

    /// The bindings.
    pub fn bindings(&self) -> Option<DictExpr> {
        match nth_expr(&self.0, 1)? {
            Expr::Dict(dict) => Some(dict),
            _ => None,
        }
    }
}

impl AttributedExpr {
    /// The attributes in source order.
    pub fn attributes(&self) -> AstChildren<Attribute> {
        support::children(&self.0)
    }

    /// The expression that they stand before.
    pub fn expr(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}
