//! Expressions from the loosest binding down to prefix operators.

use super::*;
use crate::ast::BinaryOp;
use crate::parser::{Completed, Marker};

/// How tightly `+` binds, for the `++` that people write in its place.
const SUM: u8 = 5;

/// Whether an expression can start here.
pub(super) fn at_expr(p: &Parser<'_>) -> bool {
    use SyntaxKind::*;
    matches!(
        p.current(),
        Ident
            | IntNumber
            | FloatNumber
            | String
            | FStringStart
            | LBrace
            | LBracket
            | LParen
            | Amp
            | Minus
            | Bang
            | Star
    )
}

/// An expression that must be here.
pub(super) fn expr(p: &mut Parser<'_>) -> Option<Completed> {
    p.nested(ladder)
}

/// `c ? a : d ? b : e`: a loop over the else branches, so that a long ladder needs no deep stack.
fn ladder(p: &mut Parser<'_>) -> Option<Completed> {
    let mut open: Vec<Marker> = Vec::new();
    let mut last;
    loop {
        last = binary(p, 0);
        let Some(condition) = last.filter(|_| p.at(SyntaxKind::Question)) else { break };
        open.push(p.precede(condition));
        if at_retired_option(p, condition.kind()) || !then_branch(p) {
            last = None;
            break;
        }
    }
    let mut result = last.map(|last| suffixes(p, last));
    while let Some(marker) = open.pop() {
        result = Some(p.complete(marker, SyntaxKind::TernaryExpr));
    }
    result
}

/// Reports and skips the `?` of `T?`.
fn at_retired_option(p: &mut Parser<'_>, before: SyntaxKind) -> bool {
    use SyntaxKind::*;
    let is_type = matches!(before, NameExpr | TypeExpr | AccessExpr | TupleExpr)
        && matches!(p.nth(1), Comma | RBrace | RParen | RBracket | Eof);
    if is_type {
        types::retired_option(p);
        p.skip_group();
    }
    is_type
}

/// `? a :`; false if no else branch follows.
fn then_branch(p: &mut Parser<'_>) -> bool {
    p.bump();
    expr(p);
    expect(p, SyntaxKind::Colon, "`:` and the other branch", "a conditional is written `condition ? a : b`")
}

/// `match {..}` and `where {..}` as often as they follow.
fn suffixes(p: &mut Parser<'_>, operand: Completed) -> Completed {
    let mut expr = operand;
    while let Some(kind) = suffix_kind(p) {
        let marker = p.precede(expr);
        match kind {
            SyntaxKind::MatchExpr => match_suffix(p),
            _ => where_suffix(p),
        }
        expr = p.complete(marker, kind);
        operator_after_suffix(p);
    }
    expr
}

fn suffix_kind(p: &Parser<'_>) -> Option<SyntaxKind> {
    if p.nth(1) != SyntaxKind::LBrace {
        return None;
    }
    match () {
        () if p.at_word("match") => Some(SyntaxKind::MatchExpr),
        () if p.at_word("where") => Some(SyntaxKind::WhereExpr),
        () => None,
    }
}

fn match_suffix(p: &mut Parser<'_>) {
    p.bump_as(SyntaxKind::MatchKw);
    comma_list(p, SyntaxKind::RBrace, pattern::match_arm);
}

fn where_suffix(p: &mut Parser<'_>) {
    p.bump_as(SyntaxKind::WhereKw);
    p.nested(|p| Some(dict::dict(p)));
}

fn operator_after_suffix(p: &mut Parser<'_>) {
    if p.at(SyntaxKind::Question) || BinaryOp::from_token(p.current()).is_some() {
        p.error_hint(
            format!("`{}` can't follow a `match` or `where`", p.text()),
            "put parentheses around the whole `match` or `where` expression",
        );
    }
}

/// Operators that bind tighter than `loosest`.
fn binary(p: &mut Parser<'_>, loosest: u8) -> Option<Completed> {
    let mut lhs = unary(p)?;
    while let Some(precedence) = operator_precedence(p).filter(|&precedence| precedence > loosest) {
        let marker = p.precede(lhs);
        if p.at(SyntaxKind::PlusPlus) {
            no_double_plus(p, "use `+`, which also joins strings; lists are joined with `[...a, ...b]`");
        }
        p.bump();
        binary(p, precedence);
        lhs = p.complete(marker, SyntaxKind::BinaryExpr);
    }
    Some(lhs)
}

fn operator_precedence(p: &Parser<'_>) -> Option<u8> {
    if p.at(SyntaxKind::PlusPlus) {
        return Some(SUM);
    }
    BinaryOp::from_token(p.current()).map(BinaryOp::precedence)
}

fn no_double_plus(p: &mut Parser<'_>, hint: &str) {
    p.error_hint("`++` does not exist", hint);
}

fn unary(p: &mut Parser<'_>) -> Option<Completed> {
    match p.current() {
        SyntaxKind::Minus | SyntaxKind::Bang => {
            let marker = p.start();
            if p.at(SyntaxKind::Minus) {
                p.bump_unary_minus()
            } else {
                p.bump()
            }
            p.nested(unary);
            Some(p.complete(marker, SyntaxKind::UnaryExpr))
        }
        SyntaxKind::Plus => {
            p.error_hint("there is no unary `+`", "leave out the `+`");
            p.skip_group();
            p.nested(unary)
        }
        SyntaxKind::PlusPlus => {
            no_double_plus(p, "values never change; write `x + 1` for the next number");
            p.skip_group();
            p.nested(unary)
        }
        _ => postfix::postfix(p),
    }
}
