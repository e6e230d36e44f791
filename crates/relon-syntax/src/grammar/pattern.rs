//! Match arms and their patterns.

use super::types::ty;
use super::*;

/// `Pattern: body`
pub(super) fn match_arm(p: &mut Parser<'_>) -> bool {
    let marker = p.start();
    let parsed = pattern(p);
    if parsed && arm_colon(p) {
        expr::expr(p);
    }
    p.complete(marker, if parsed { SyntaxKind::MatchArm } else { SyntaxKind::Error });
    parsed
}

fn arm_colon(p: &mut Parser<'_>) -> bool {
    if p.at(SyntaxKind::FatArrow) {
        p.error_hint("a pattern and its body are separated by `:`", "write `Pattern: body`");
        p.skip_group();
        return true;
    }
    expect(p, SyntaxKind::Colon, "`:` and the arm's body", "an arm is written `Pattern: body`")
}

fn pattern(p: &mut Parser<'_>) -> bool {
    let marker = p.start();
    let kind = match p.current() {
        SyntaxKind::Underscore => {
            p.bump();
            SyntaxKind::WildcardPattern
        }
        SyntaxKind::Ident | SyntaxKind::LParen => type_or_variant(p),
        SyntaxKind::String if !matches!(p.nth(1), SyntaxKind::Colon) => type_or_variant(p),
        _ => {
            unexpected(p, "a pattern", "patterns are variants, types and `_`; compare values with `c ? a : b`");
            SyntaxKind::Error
        }
    };
    p.complete(marker, kind);
    kind != SyntaxKind::Error
}

fn type_or_variant(p: &mut Parser<'_>) -> SyntaxKind {
    let is_path = ty(p).is_some_and(|ty| ty.kind() == SyntaxKind::PathType);
    match p.current() {
        SyntaxKind::LParen if is_path => {
            comma_list(p, SyntaxKind::RParen, binder);
            SyntaxKind::TuplePattern
        }
        SyntaxKind::LBrace if is_path => {
            comma_list(p, SyntaxKind::RBrace, field_binder);
            SyntaxKind::RecordPattern
        }
        _ => SyntaxKind::TypePattern,
    }
}

fn binder(p: &mut Parser<'_>) -> bool {
    let parsed = matches!(p.current(), SyntaxKind::Ident | SyntaxKind::Underscore);
    if parsed {
        let marker = p.start();
        p.bump();
        p.complete(marker, SyntaxKind::Binder);
    } else {
        unexpected(p, "a name to bind or `_`", "match on the bound value in the arm's body to look further inside");
    }
    parsed
}

fn field_binder(p: &mut Parser<'_>) -> bool {
    let marker = p.start();
    let parsed = expect_name(p, "the name of a field") && (!p.eat(SyntaxKind::Colon) || binder(p));
    p.complete(marker, if parsed { SyntaxKind::FieldBinder } else { SyntaxKind::Error });
    parsed
}
