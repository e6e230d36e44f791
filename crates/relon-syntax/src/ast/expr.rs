//! Expressions.

use super::{AstNode, Attribute, Dict, PathType, Type, ast_node, child, children, string_value, token, tokens};
use crate::{SyntaxKind as K, SyntaxNode, SyntaxToken};

ast_node! {
    /// A literal.
    Literal
    /// A name.
    Name
    /// `&root` and its like.
    Reference
    /// `*`
    Wildcard
    /// `[a, ...b]`
    List
    /// `...e`
    Spread
    /// `[e for x in xs if c]`
    Comprehension
    /// `(a, b)`
    Tuple
    /// `(e)`
    Paren
    /// `(params) -> T => e`
    Closure
    /// `(T a, b)`
    ParamList
    /// `T a`
    Param
    /// Operands of one level with operators between them.
    Binary
    /// `-e`, `!e`
    Prefix
    /// `c ? a : b`, perhaps with more conditions: `c ? a : d ? b : e`.
    Ternary
    /// An expression with calls, fields and indices behind it.
    Postfix
    /// `.name` or `.0`
    FieldStep
    /// `[e]`
    IndexStep
    /// `(args)`
    CallStep
    /// `name=e`
    NamedArg
    /// `e match { .. }`
    Match
    /// `pattern: e`
    Arm
    /// What an arm takes.
    Pattern
    /// A name that a pattern or comprehension binds.
    Binder
    /// `e where { .. }`
    Where
    /// `f".."`
    FString
    /// `${e}`
    Interpolation
    /// `A.B { .. }`
    VariantCtor
    /// A type where a value stands.
    TypeExpr
    /// An expression with attributes before it.
    Attributed
}

macro_rules! expr {
    ($($name:ident),* $(,)?) => {
        /// An expression.
        #[expect(missing_docs, reason = "each variant is the node of its name")]
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Expr {
            $($name($name),)*
            Dict(Dict),
        }

        impl AstNode for Expr {
            fn cast(node: SyntaxNode) -> Option<Self> {
                match node.kind() {
                    $(K::$name => $name::cast(node).map(Expr::$name),)*
                    _ => Dict::cast(node).map(Expr::Dict),
                }
            }

            fn syntax(&self) -> &SyntaxNode {
                match self {
                    $(Expr::$name(node) => node.syntax(),)*
                    Expr::Dict(node) => node.syntax(),
                }
            }
        }
    };
}

expr! {
    Literal, Name, Reference, Wildcard, List, Comprehension, Tuple, Paren, Closure, Binary, Prefix, Ternary, Postfix, Match, Where,
    FString, VariantCtor, TypeExpr, Attributed,
}

/// The kinds of literal.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralKind {
    /// Digits; the value is none where it does not fit.
    Int(Option<u64>),
    /// Digits with a dot or an exponent, `NaN`, `Infinity`.
    Float(f64),
    /// `true`, `false`
    Bool(bool),
    /// Text.
    String(String),
    /// `null`, which is no value.
    Null,
}

impl Literal {
    /// What it is.
    pub fn kind(&self) -> Option<LiteralKind> {
        let token = tokens(&self.0).next()?;
        let text = token.text();
        Some(match (token.kind(), text) {
            (K::Int, _) => LiteralKind::Int(super::int_value(text)),
            (K::Float, _) => LiteralKind::Float(text.parse().ok()?),
            (K::String | K::RawString, _) => LiteralKind::String(string_value(text).unwrap_or_default()),
            (_, "true") => LiteralKind::Bool(true),
            (_, "false") => LiteralKind::Bool(false),
            (_, "NaN") => LiteralKind::Float(f64::NAN),
            (_, "Infinity") => LiteralKind::Float(f64::INFINITY),
            _ => LiteralKind::Null,
        })
    }
}

impl Name {
    /// The name.
    pub fn text(&self) -> String {
        self.0.text().to_string()
    }
}

impl Reference {
    /// `root`, `sibling`, ...
    pub fn base(&self) -> String {
        token(&self.0, K::Ident).map(|token| token.text().to_owned()).unwrap_or_default()
    }
}

/// An item of a list.
impl List {
    /// Expressions and spreads in order.
    pub fn items(&self) -> impl Iterator<Item = Result<Expr, Spread>> + use<> {
        self.0.children().filter_map(|node| match Spread::cast(node.clone()) {
            Some(spread) => Some(Err(spread)),
            None => Expr::cast(node).map(Ok),
        })
    }
}

impl Spread {
    /// What is spread.
    pub fn value(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The type hint of a spread in a dict.
    pub fn hint(&self) -> Option<Type> {
        child(&self.0)
    }
}

impl Comprehension {
    /// Body, source and condition.
    fn parts(&self) -> Vec<Expr> {
        children(&self.0).collect()
    }

    /// The new element.
    pub fn body(&self) -> Option<Expr> {
        self.parts().into_iter().next()
    }

    /// The name of the element.
    pub fn binder(&self) -> Option<Binder> {
        child(&self.0)
    }

    /// The list.
    pub fn source(&self) -> Option<Expr> {
        self.parts().into_iter().nth(1)
    }

    /// What an element must fulfil.
    pub fn condition(&self) -> Option<Expr> {
        self.parts().into_iter().nth(2)
    }
}

impl Tuple {
    /// The items.
    pub fn items(&self) -> Vec<Expr> {
        children(&self.0).collect()
    }
}

impl Paren {
    /// What is inside.
    pub fn inner(&self) -> Option<Expr> {
        child(&self.0)
    }
}

impl Closure {
    /// The parameters.
    pub fn params(&self) -> Option<ParamList> {
        child(&self.0)
    }

    /// The declared result type.
    pub fn result_type(&self) -> Option<Type> {
        child(&self.0)
    }

    /// The body.
    pub fn body(&self) -> Option<Expr> {
        child(&self.0)
    }
}

impl ParamList {
    /// The parameters.
    pub fn params(&self) -> Vec<Param> {
        children(&self.0).collect()
    }
}

impl Param {
    /// Its name, or `_`.
    pub fn name(&self) -> Option<SyntaxToken> {
        tokens(&self.0).find(|token| matches!(token.kind(), K::Ident | K::Underscore))
    }

    /// Its type.
    pub fn ty(&self) -> Option<Type> {
        child(&self.0)
    }
}

/// A binary operator.
#[expect(missing_docs, reason = "each variant is an operator of the grammar")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Gt,
    Le,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Pipe,
}

impl Binary {
    /// The operands; one more than operators.
    pub fn operands(&self) -> Vec<Expr> {
        children(&self.0).collect()
    }

    /// The operators with their tokens.
    pub fn operators(&self) -> Vec<(BinaryOp, SyntaxToken)> {
        tokens(&self.0).filter_map(|token| Some((binary_op(token.kind())?, token))).collect()
    }
}

fn binary_op(kind: K) -> Option<BinaryOp> {
    Some(match kind {
        K::OrOr => BinaryOp::Or,
        K::AndAnd => BinaryOp::And,
        K::EqEq => BinaryOp::Eq,
        K::Ne => BinaryOp::Ne,
        K::Lt => BinaryOp::Lt,
        K::Gt => BinaryOp::Gt,
        K::Le => BinaryOp::Le,
        K::Ge => BinaryOp::Ge,
        K::Plus | K::PlusPlus => BinaryOp::Add,
        K::Minus => BinaryOp::Sub,
        K::Star => BinaryOp::Mul,
        K::Slash => BinaryOp::Div,
        K::Percent => BinaryOp::Rem,
        K::Pipe => BinaryOp::Pipe,
        _ => return None,
    })
}

/// A prefix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefixOp {
    /// `-`
    Neg,
    /// `!`
    Not,
}

impl Prefix {
    /// The operator.
    pub fn op(&self) -> Option<PrefixOp> {
        match tokens(&self.0).next()?.kind() {
            K::Minus => Some(PrefixOp::Neg),
            K::Bang => Some(PrefixOp::Not),
            _ => None,
        }
    }

    /// The operand.
    pub fn operand(&self) -> Option<Expr> {
        child(&self.0)
    }
}

impl Ternary {
    /// Condition, value, condition, value, ..., value.
    pub fn parts(&self) -> Vec<Expr> {
        children(&self.0).collect()
    }
}

/// A step behind an expression.
#[expect(missing_docs, reason = "each variant is the node of its name")]
#[derive(Clone, Debug)]
pub enum Step {
    Field(FieldStep),
    Index(IndexStep),
    Call(CallStep),
}

impl AstNode for Step {
    fn cast(node: SyntaxNode) -> Option<Self> {
        match node.kind() {
            K::FieldStep => Some(Step::Field(FieldStep(node))),
            K::IndexStep => Some(Step::Index(IndexStep(node))),
            K::CallStep => Some(Step::Call(CallStep(node))),
            _ => None,
        }
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Step::Field(node) => node.syntax(),
            Step::Index(node) => node.syntax(),
            Step::Call(node) => node.syntax(),
        }
    }
}

impl Postfix {
    /// What the steps start at.
    pub fn base(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The steps in order.
    pub fn steps(&self) -> Vec<Step> {
        children(&self.0).collect()
    }
}

impl FieldStep {
    /// The name or position; `.0.1` is one token.
    pub fn token(&self) -> Option<SyntaxToken> {
        tokens(&self.0).find(|token| matches!(token.kind(), K::Ident | K::Int | K::Float))
    }

    /// Whether it is `?.`.
    pub fn is_optional(&self) -> bool {
        token(&self.0, K::Question).is_some()
    }
}

impl IndexStep {
    /// The index.
    pub fn index(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// Whether it is `?[`.
    pub fn is_optional(&self) -> bool {
        token(&self.0, K::Question).is_some()
    }
}

impl CallStep {
    /// Arguments with the token of their name, in order.
    pub fn args(&self) -> Vec<(Option<SyntaxToken>, Option<Expr>)> {
        let arg = |node: SyntaxNode| match NamedArg::cast(node.clone()) {
            Some(named) => Some((token(named.syntax(), K::Ident), child(named.syntax()))),
            None => Expr::cast(node).map(|value| (None, Some(value))),
        };
        self.0.children().filter_map(arg).collect()
    }
}

impl Match {
    /// What is matched.
    pub fn scrutinee(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The arms.
    pub fn arms(&self) -> Vec<Arm> {
        children(&self.0).collect()
    }
}

impl Arm {
    /// What it takes.
    pub fn pattern(&self) -> Option<Pattern> {
        child(&self.0)
    }

    /// Its value.
    pub fn body(&self) -> Option<Expr> {
        child(&self.0)
    }
}

impl Pattern {
    /// The variant or type; none for `_`.
    pub fn path(&self) -> Option<PathType> {
        child(&self.0)
    }

    /// Whether it is `_`.
    pub fn is_any(&self) -> bool {
        token(&self.0, K::Underscore).is_some()
    }

    /// Whether the binders have field names.
    pub fn is_struct(&self) -> bool {
        token(&self.0, K::LBrace).is_some()
    }

    /// The binders.
    pub fn binders(&self) -> Vec<Binder> {
        children(&self.0).collect()
    }
}

impl Binder {
    /// The field of a struct pattern.
    pub fn field(&self) -> Option<SyntaxToken> {
        tokens(&self.0).next()
    }

    /// The name that is bound, or `_`.
    pub fn name(&self) -> Option<SyntaxToken> {
        tokens(&self.0).filter(|token| matches!(token.kind(), K::Ident | K::Underscore)).last()
    }
}

impl Where {
    /// What the bindings are for.
    pub fn body(&self) -> Option<Expr> {
        child(&self.0)
    }

    /// The bindings.
    pub fn bindings(&self) -> Option<Dict> {
        // A body that is a dict literal comes first.
        children(&self.0).last()
    }
}

/// A piece of an f-string.
#[derive(Clone, Debug)]
pub enum FStringPart {
    /// Text as it is.
    Text(String),
    /// The text of a value.
    Expr(Option<Expr>),
}

impl FString {
    /// The f-string that a piece of text is in.
    pub fn of_text(text: &SyntaxToken) -> Option<FString> {
        text.parent().and_then(FString::cast)
    }

    /// Whether it has no escapes.
    pub fn is_raw(&self) -> bool {
        tokens(&self.0).next().is_some_and(|start| start.text().len() > 2)
    }

    /// The pieces in order.
    pub fn parts(&self) -> Vec<FStringPart> {
        let is_raw = self.is_raw();
        let part = |element: rowan::SyntaxElement<crate::Relon>| match element {
            rowan::NodeOrToken::Token(token) if token.kind() == K::FStringText => {
                let text = if is_raw { Ok(token.text().to_owned()) } else { super::unescape(token.text()) };
                Some(FStringPart::Text(text.unwrap_or_default()))
            }
            rowan::NodeOrToken::Token(_) => None,
            rowan::NodeOrToken::Node(node) => {
                Interpolation::cast(node).map(|part| FStringPart::Expr(child(part.syntax())))
            }
        };
        self.0.children_with_tokens().filter_map(part).collect()
    }
}

impl VariantCtor {
    /// The names of the path.
    pub fn path(&self) -> Vec<SyntaxToken> {
        tokens(&self.0).filter(|token| token.kind() == K::Ident).collect()
    }

    /// The payload.
    pub fn payload(&self) -> Option<Dict> {
        child(&self.0)
    }
}

impl TypeExpr {
    /// The type.
    pub fn ty(&self) -> Option<Type> {
        child(&self.0)
    }
}

impl Attributed {
    /// The attributes.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute> + use<> {
        children(&self.0)
    }

    /// What they are attributes of.
    pub fn inner(&self) -> Option<Expr> {
        child(&self.0)
    }
}
