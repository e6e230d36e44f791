//! Expressions that start with a token of their own: literals, names, brackets, closures, references.

use super::types::{ParamStyle, param_list, path_type, result_type};
use super::*;
use crate::ast::ReferenceBase;
use crate::parser::Completed;
use crate::text;

/// An atom that must be here.
pub(super) fn atom(p: &mut Parser<'_>) -> Option<Completed> {
    Some(match p.current() {
        SyntaxKind::IntNumber => int(p),
        SyntaxKind::FloatNumber => float(p),
        SyntaxKind::String => single(p, SyntaxKind::String, SyntaxKind::Literal),
        SyntaxKind::FStringStart => fstring(p),
        SyntaxKind::Ident => word(p),
        SyntaxKind::Star => single(p, SyntaxKind::Star, SyntaxKind::WildcardExpr),
        SyntaxKind::Amp => reference(p),
        SyntaxKind::LBrace => dict::dict(p),
        SyntaxKind::LBracket => list(p),
        SyntaxKind::LParen if at_closure(p) => closure(p),
        SyntaxKind::LParen => parenthesis(p),
        found => {
            unexpected(p, "an expression", no_expression_hint(found));
            return None;
        }
    })
}

fn no_expression_hint(found: SyntaxKind) -> &'static str {
    match found {
        SyntaxKind::Underscore => "`_` ignores a value and can't be read",
        SyntaxKind::Ellipsis => "`...` spreads a list in `[ ]` or a dict in `{ }`",
        SyntaxKind::AmpAmp => "an operand is missing before `&&`",
        SyntaxKind::Slash => "an operand is missing before `/`; comments start with `//` or `/*`",
        _ => "",
    }
}

/// A node of one token.
fn single(p: &mut Parser<'_>, token: SyntaxKind, node: SyntaxKind) -> Completed {
    let marker = p.start();
    p.bump_as(token);
    p.complete(marker, node)
}

/// An integer; `1 << 63` only behind a unary minus, where the two together are a number.
fn int(p: &mut Parser<'_>) -> Completed {
    let digits = p.text();
    let limit = (i64::MAX as u64) + u64::from(p.is_negated());
    if text::int_exceeds(digits, limit) {
        p.error_hint(
            format!("`{digits}` does not fit an Int"),
            "the largest Int is 9223372036854775807; a Float is written with a fraction, such as `1.0e20`",
        );
    }
    single(p, SyntaxKind::IntNumber, SyntaxKind::Literal)
}

fn float(p: &mut Parser<'_>) -> Completed {
    if p.text().parse::<f64>().is_ok_and(f64::is_infinite) {
        p.error_hint(format!("`{}` does not fit a Float", p.text()), "write `Infinity` if that is meant");
    }
    single(p, SyntaxKind::FloatNumber, SyntaxKind::Literal)
}

/// A name, a literal that is a word, or a type with arguments.
fn word(p: &mut Parser<'_>) -> Completed {
    let literal = match p.text() {
        "true" => SyntaxKind::TrueKw,
        "false" => SyntaxKind::FalseKw,
        "Infinity" => SyntaxKind::InfinityKw,
        "NaN" => SyntaxKind::NanKw,
        "null" => SyntaxKind::NullKw,
        _ if at_type(p) => return type_expr(p),
        _ => return single(p, SyntaxKind::Ident, SyntaxKind::NameExpr),
    };
    single(p, literal, SyntaxKind::Literal)
}

/// Whether `Name<` or `pkg.Name<` starts here, with no space before the `<` and a `>` for it.
fn at_type(p: &Parser<'_>) -> bool {
    let mut last = p.position();
    while p.kind_at(last + 1) == SyntaxKind::Dot && p.kind_at(last + 2) == SyntaxKind::Ident {
        last += 2;
    }
    p.kind_at(last + 1) == SyntaxKind::Lt && p.adjacent(last) && p.close_of(last + 1).is_some()
}

fn type_expr(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    p.nested(|p| Some(path_type(p)));
    p.complete(marker, SyntaxKind::TypeExpr)
}

fn reference(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    p.bump();
    const HINT: &str = "the references are `&sibling`, `&root`, `&uncle`, `&this`, `&prev`, `&next` and `&index`";
    if p.at(SyntaxKind::Ident) {
        if ReferenceBase::from_name(p.text()).is_none() {
            p.error_hint(format!("unknown reference `&{}`", p.text()), HINT);
        }
        p.bump_as(SyntaxKind::ReferenceName);
    } else {
        unexpected(p, "the name of a reference", HINT);
    }
    p.complete(marker, SyntaxKind::ReferenceExpr)
}

fn fstring(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    p.bump();
    loop {
        match p.current() {
            SyntaxKind::FStringText => p.bump(),
            SyntaxKind::InterpolationStart => interpolation(p),
            SyntaxKind::FStringEnd => {
                p.bump();
                break;
            }
            _ => break,
        }
    }
    p.complete(marker, SyntaxKind::FString)
}

/// `${ e }`. One that lacks its end has been reported by the lexer.
fn interpolation(p: &mut Parser<'_>) {
    let marker = p.start();
    p.bump();
    if p.at(SyntaxKind::InterpolationEnd) {
        p.error_hint("an interpolation needs an expression", "write `${ value }`");
    } else {
        expr::expr(p);
    }
    if !p.at(SyntaxKind::InterpolationEnd) && !p.at(SyntaxKind::Eof) {
        unexpected(p, "the `}` of the interpolation", "an interpolation holds one expression");
    }
    while !p.eat(SyntaxKind::InterpolationEnd) && !p.at(SyntaxKind::Eof) {
        p.skip_group();
    }
    p.complete(marker, SyntaxKind::Interpolation);
}

/// A list literal or a comprehension.
fn list(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    let open = p.position();
    let mut clauses = false;
    comma_list(p, SyntaxKind::RBracket, |p| {
        let first = p.position() == open + 1;
        let parsed = list_item(p);
        if parsed && first && p.at_word("for") {
            comprehension_clauses(p);
            clauses = true;
        }
        parsed
    });
    p.complete(marker, if clauses { SyntaxKind::ComprehensionExpr } else { SyntaxKind::ListExpr })
}

fn list_item(p: &mut Parser<'_>) -> bool {
    if !p.at(SyntaxKind::Ellipsis) {
        return expr::expr(p).is_some();
    }
    let marker = p.start();
    p.bump();
    expr::expr(p);
    p.complete(marker, SyntaxKind::SpreadItem);
    true
}

fn comprehension_clauses(p: &mut Parser<'_>) {
    for_clause(p);
    if p.at_word("if") {
        let marker = p.start();
        p.bump_as(SyntaxKind::IfKw);
        expr::expr(p);
        p.complete(marker, SyntaxKind::IfClause);
    }
    if !p.at(SyntaxKind::RBracket) {
        unexpected(p, "`]`", "a comprehension has one `for` and at most one `if`; nest comprehensions for more");
        p.skip_until(|kind| kind == SyntaxKind::RBracket);
    }
}

fn for_clause(p: &mut Parser<'_>) {
    let marker = p.start();
    p.bump_as(SyntaxKind::ForKw);
    expect_name(p, "a name for the item");
    if p.at_word("in") {
        p.bump_as(SyntaxKind::InKw);
        expr::expr(p);
    } else {
        unexpected(p, "`in` and a list", "a comprehension is written `[e for x in xs]`");
    }
    p.complete(marker, SyntaxKind::ForClause);
}

/// Whether the parentheses that open here are a closure's parameters. No other atom has an arrow behind it.
fn at_closure(p: &Parser<'_>) -> bool {
    let after = p.close_of(p.position()).map(|close| p.kind_at(close + 1));
    matches!(after, Some(SyntaxKind::FatArrow | SyntaxKind::ThinArrow))
}

fn closure(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    param_list(p, ParamStyle::Closure);
    result_type(p);
    if expect(p, SyntaxKind::FatArrow, "`=>` and a body", "a closure is written `(T x) -> R => body`") {
        expr::expr(p);
    }
    p.complete(marker, SyntaxKind::ClosureExpr)
}

/// `()`, `(e)`, `(e,)`, `(a, b)`
fn parenthesis(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    let (mut items, mut commas) = (0, false);
    comma_list(p, SyntaxKind::RParen, |p| {
        items += 1;
        let parsed = expr::expr(p).is_some();
        commas |= p.at(SyntaxKind::Comma);
        parsed
    });
    let is_tuple = items == 0 || commas;
    p.complete(marker, if is_tuple { SyntaxKind::TupleExpr } else { SyntaxKind::ParenExpr })
}
