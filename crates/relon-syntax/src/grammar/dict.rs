//! Dict literals. Schema bodies are dict literals too.

use super::types::{ParamStyle, after_type, param_list, result_type, ty, type_hint};
use super::*;
use crate::parser::{Completed, Marker};

/// `{ .. }`, whose brace has been seen.
pub(super) fn dict(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    comma_list(p, SyntaxKind::RBrace, entry);
    p.complete(marker, SyntaxKind::DictExpr)
}

fn entry(p: &mut Parser<'_>) -> bool {
    let marker = p.start();
    let mut attributes = false;
    while attribute::at_attribute(p) {
        attribute::attribute(p);
        attributes = true;
    }
    match p.current() {
        SyntaxKind::Comma | SyntaxKind::RBrace if attributes => finish(p, marker, SyntaxKind::AttributeField),
        SyntaxKind::Ellipsis => {
            p.bump();
            type_hint(p);
            expr::expr(p);
            finish(p, marker, SyntaxKind::SpreadField)
        }
        _ if field(p) => finish(p, marker, SyntaxKind::Field),
        _ => {
            p.complete(marker, SyntaxKind::Error);
            attributes
        }
    }
}

fn finish(p: &mut Parser<'_>, marker: Marker, kind: SyntaxKind) -> bool {
    p.complete(marker, kind);
    true
}

/// A field behind its attributes; false if there is not even a key.
fn field(p: &mut Parser<'_>) -> bool {
    if has_type(p) {
        ty(p);
    }
    if !key(p) {
        return false;
    }
    if p.at(SyntaxKind::LParen) {
        param_list(p, ParamStyle::Closure);
        result_type(p);
    }
    if colon(p) {
        expr::expr(p);
    }
    true
}

/// Whether a type stands before the key: two things in a row that can each be a key.
fn has_type(p: &Parser<'_>) -> bool {
    after_type(p, p.position()).is_some_and(|end| match p.kind_at(end) {
        SyntaxKind::Ident | SyntaxKind::String => true,
        SyntaxKind::LBracket => p.close_of(end).is_some_and(|close| at_value(p.kind_at(close + 1))),
        _ => false,
    })
}

fn at_value(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::Colon | SyntaxKind::LParen)
}

fn key(p: &mut Parser<'_>) -> bool {
    let marker = p.start();
    let kind = match p.current() {
        SyntaxKind::Ident | SyntaxKind::String => {
            p.bump();
            SyntaxKind::Key
        }
        SyntaxKind::LBracket => {
            computed_key(p);
            SyntaxKind::ComputedKey
        }
        found => {
            unexpected(p, "a key", no_key_hint(found));
            SyntaxKind::Error
        }
    };
    p.complete(marker, kind);
    kind != SyntaxKind::Error
}

fn no_key_hint(found: SyntaxKind) -> &'static str {
    match found {
        SyntaxKind::FStringStart => "a key with values in it is computed: `[<String> f\"..\"]: value`",
        SyntaxKind::IntNumber | SyntaxKind::FloatNumber => "a key is a name or a string: put the number in quotes",
        _ => "a field is written `key: value`, where the key is a name, a string or `[<String> expression]`",
    }
}

fn computed_key(p: &mut Parser<'_>) {
    let open = p.position();
    p.bump();
    type_hint(p);
    expr::expr(p);
    closing(p, open, SyntaxKind::RBracket);
}

/// The `:` before a value; `=` in its place is reported and taken for it.
fn colon(p: &mut Parser<'_>) -> bool {
    if p.at(SyntaxKind::Eq) {
        p.error_hint("a key and its value are separated by `:`", "write `key: value`");
        p.skip_group();
        return true;
    }
    expect(p, SyntaxKind::Colon, "`:` and a value", "a field is written `key: value`")
}
