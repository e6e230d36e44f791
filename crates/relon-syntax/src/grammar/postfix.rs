//! Calls, access steps and variant constructors, and the attributes before an expression.

use super::*;
use crate::parser::Completed;

/// An atom with its attributes before it and its calls and steps behind it. Attributes take effect on the whole of it.
pub(super) fn postfix(p: &mut Parser<'_>) -> Option<Completed> {
    if !attribute::at_attribute(p) {
        return without_attributes(p);
    }
    let marker = p.start();
    while attribute::at_attribute(p) {
        attribute::attribute(p);
    }
    without_attributes(p);
    Some(p.complete(marker, SyntaxKind::AttributedExpr))
}

fn without_attributes(p: &mut Parser<'_>) -> Option<Completed> {
    let mut expr = atom::atom(p)?;
    // How many names the dotted path has so far; none if the expression is no such path.
    let mut path = (expr.kind() == SyntaxKind::NameExpr).then_some(1);
    loop {
        expr = match p.current() {
            SyntaxKind::LParen if is_callable(expr.kind()) => call(p, expr),
            SyntaxKind::Dot if p.nth(1) == SyntaxKind::FloatNumber => two_positions(p, expr),
            SyntaxKind::Dot | SyntaxKind::LBracket => step(p, expr, &mut path),
            SyntaxKind::Question if at_optional(p) => step(p, expr, &mut path),
            SyntaxKind::LBrace if path >= Some(2) => {
                path = None;
                variant(p, expr)
            }
            _ => return Some(expr),
        };
        if matches!(expr.kind(), SyntaxKind::CallExpr) {
            path = None;
        }
    }
}

/// What a `(` behind it can call. `#default 1 (A, B) pair: *` shows why a literal can't be.
fn is_callable(kind: SyntaxKind) -> bool {
    use SyntaxKind::*;
    matches!(kind, NameExpr | AccessExpr | CallExpr | ParenExpr | ReferenceExpr | TypeExpr)
}

/// `?` directly before `.` or `[`.
fn at_optional(p: &Parser<'_>) -> bool {
    matches!(p.nth(1), SyntaxKind::Dot | SyntaxKind::LBracket) && p.adjacent(p.position())
}

fn call(p: &mut Parser<'_>, callee: Completed) -> Completed {
    let marker = p.precede(callee);
    arg_list(p);
    p.complete(marker, SyntaxKind::CallExpr)
}

/// `(a, n = b)`, whose parenthesis has been seen.
pub(super) fn arg_list(p: &mut Parser<'_>) {
    let marker = p.start();
    let mut named = false;
    comma_list(p, SyntaxKind::RParen, |p| arg(p, &mut named));
    p.complete(marker, SyntaxKind::ArgList);
}

fn arg(p: &mut Parser<'_>, named: &mut bool) -> bool {
    let marker = p.start();
    if p.at(SyntaxKind::Ident) && p.nth(1) == SyntaxKind::Eq {
        p.bump();
        p.bump();
        *named = true;
    } else if *named && expr::at_expr(p) {
        p.error_hint(
            "a positional argument follows a named one",
            "put positional arguments first, or name this one too",
        );
    }
    let value = expr::expr(p).is_some();
    p.complete(marker, SyntaxKind::Arg);
    value
}

/// One of `.name`, `.0`, `[e]`, each possibly behind `?`.
fn step(p: &mut Parser<'_>, base: Completed, path: &mut Option<usize>) -> Completed {
    let marker = p.precede(base);
    let optional = p.eat(SyntaxKind::Question);
    let is_name = p.at(SyntaxKind::Dot) && p.nth(1) == SyntaxKind::Ident;
    *path = path.filter(|_| is_name && !optional).map(|length| length + 1);
    if p.at(SyntaxKind::LBracket) {
        index(p);
    } else {
        p.bump();
        member(p);
    }
    p.complete(marker, SyntaxKind::AccessExpr)
}

fn index(p: &mut Parser<'_>) {
    let open = p.position();
    p.bump();
    expr::expr(p);
    closing(p, open, SyntaxKind::RBracket);
}

fn member(p: &mut Parser<'_>) {
    match p.current() {
        SyntaxKind::Ident => p.bump(),
        SyntaxKind::IntNumber => {
            position(p, p.text());
            p.bump();
        }
        SyntaxKind::FloatNumber => {
            // Only behind `?.`, since `.0.1` is taken apart before.
            p.error_hint("a position stands alone behind `?.`", "write the second step in brackets: `x?.0[1]`");
            p.skip_group();
        }
        _ => unexpected(p, "a field's name or a position", ""),
    }
}

/// Checks that a position is plain digits.
fn position(p: &mut Parser<'_>, digits: &str) {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || digits.parse::<i64>().is_err() {
        p.error_hint(
            format!("`{digits}` is no position"),
            "positions are counted from 0 and written in decimal digits",
        );
    }
}

/// `.0.1`, where the lexer has seen the dot and the number `0.1`.
fn two_positions(p: &mut Parser<'_>, base: Completed) -> Completed {
    let marker = p.precede(base);
    p.bump();
    let text = p.text();
    let (first, second) = text.split_once('.').unwrap_or((text, ""));
    position(p, first);
    position(p, if second.is_empty() { text } else { second });
    if second.is_empty() {
        p.skip_group();
        return p.complete(marker, SyntaxKind::AccessExpr);
    }
    p.bump_part(SyntaxKind::IntNumber, first.len() as u32);
    let inner = p.complete(marker, SyntaxKind::AccessExpr);
    let marker = p.precede(inner);
    p.bump_part(SyntaxKind::Dot, 1);
    p.bump_part(SyntaxKind::IntNumber, second.len() as u32);
    p.complete(marker, SyntaxKind::AccessExpr)
}

fn variant(p: &mut Parser<'_>, path: Completed) -> Completed {
    let marker = p.precede(path);
    p.nested(|p| Some(dict::dict(p)));
    p.complete(marker, SyntaxKind::VariantExpr)
}
