//! Types and parameter lists, and the look-ahead over a type.

use super::*;
use crate::parser::{Completed, Marker};

/// Where a parameter's type stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ParamStyle {
    /// `T a`, as in `#main`.
    Typed,
    /// `a`, `T a` or `_`, as in closures.
    Closure,
    /// `a: T`, as in methods.
    Method,
}

/// A type that must be here.
pub(super) fn ty(p: &mut Parser<'_>) -> Option<Completed> {
    let ty = p.nested(type_without_suffix)?;
    if p.at(SyntaxKind::Question) {
        retired_option(p);
        p.skip_group();
    }
    Some(ty)
}

/// Reports `T?` at the `?`.
pub(super) fn retired_option(p: &mut Parser<'_>) {
    p.error_hint("`T?` does not exist", "write `Option<T>`");
}

fn type_without_suffix(p: &mut Parser<'_>) -> Option<Completed> {
    match p.current() {
        SyntaxKind::Ident | SyntaxKind::String => Some(path_type(p)),
        SyntaxKind::LParen => Some(tuple_type(p)),
        SyntaxKind::LBracket => {
            unexpected(p, "a type", "write `List<T>`");
            None
        }
        _ => {
            unexpected(p, "a type", "");
            None
        }
    }
}

/// `a."b".C<T>`; the first part has been seen.
pub(super) fn path_type(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    p.bump();
    while p.at(SyntaxKind::Dot) {
        p.bump();
        if !p.eat(SyntaxKind::String) {
            expect_name(p, "the name of a type");
        }
    }
    if p.at(SyntaxKind::Lt) {
        let marker = p.start();
        comma_list(p, SyntaxKind::Gt, type_arg);
        p.complete(marker, SyntaxKind::TypeArgs);
    }
    p.complete(marker, SyntaxKind::PathType)
}

fn type_arg(p: &mut Parser<'_>) -> bool {
    let parsed = ty(p).is_some();
    if parsed && !matches!(p.current(), SyntaxKind::Comma | SyntaxKind::Gt) {
        unexpected(p, "`,` or `>`", "this is read as a type with arguments; to compare, put spaces around `<` and `>`");
    }
    parsed
}

pub(super) fn tuple_type(p: &mut Parser<'_>) -> Completed {
    let marker = p.start();
    comma_list(p, SyntaxKind::RParen, |p| ty(p).is_some());
    p.complete(marker, SyntaxKind::TupleType)
}

/// The index of the token after the type that starts at token `at`, if there is one.
pub(super) fn after_type(p: &Parser<'_>, at: usize) -> Option<usize> {
    let is_part = |index| matches!(p.kind_at(index), SyntaxKind::Ident | SyntaxKind::String);
    let mut end = match p.kind_at(at) {
        SyntaxKind::LParen => p.close_of(at)? + 1,
        _ if is_part(at) => at + 1,
        _ => return None,
    };
    while p.kind_at(end) == SyntaxKind::Dot && is_part(end + 1) {
        end += 2;
    }
    if p.kind_at(end) == SyntaxKind::Lt {
        end = p.close_of(end)? + 1;
    }
    if p.kind_at(end) == SyntaxKind::Question {
        end += 1;
    }
    Some(end)
}

/// `-> T`, if there is an arrow.
pub(super) fn result_type(p: &mut Parser<'_>) -> bool {
    if !p.at(SyntaxKind::ThinArrow) {
        return false;
    }
    let marker = p.start();
    p.bump();
    ty(p);
    p.complete(marker, SyntaxKind::ResultType);
    true
}

/// `<T>` before a spread dict or a computed key, if it is there.
pub(super) fn type_hint(p: &mut Parser<'_>) {
    if !p.at(SyntaxKind::Lt) {
        return;
    }
    let marker = p.start();
    p.bump();
    ty(p);
    expect(p, SyntaxKind::Gt, "`>`", "");
    p.complete(marker, SyntaxKind::TypeHint);
}

/// A parameter list that must be here.
pub(super) fn param_list(p: &mut Parser<'_>, style: ParamStyle) {
    if !p.at(SyntaxKind::LParen) {
        unexpected(p, "`(` and parameters", "");
        return;
    }
    let marker = p.start();
    comma_list(p, SyntaxKind::RParen, |p| param(p, style));
    p.complete(marker, SyntaxKind::ParamList);
}

fn param(p: &mut Parser<'_>, style: ParamStyle) -> bool {
    let marker = p.start();
    let parsed = match style {
        ParamStyle::Method => method_param(p),
        ParamStyle::Closure if is_untyped(p) => {
            p.bump();
            true
        }
        ParamStyle::Closure | ParamStyle::Typed => typed_param(p, style),
    };
    finish_param(p, marker, parsed)
}

fn finish_param(p: &mut Parser<'_>, marker: Marker, parsed: bool) -> bool {
    p.complete(marker, if parsed { SyntaxKind::Param } else { SyntaxKind::Error });
    parsed
}

/// A name with nothing before it; a `:` after it is looked at by [`typed_param`].
fn is_untyped(p: &Parser<'_>) -> bool {
    match p.current() {
        SyntaxKind::Underscore => true,
        SyntaxKind::Ident => matches!(p.nth(1), SyntaxKind::Comma | SyntaxKind::RParen | SyntaxKind::Eof),
        _ => false,
    }
}

fn typed_param(p: &mut Parser<'_>, style: ParamStyle) -> bool {
    if p.at(SyntaxKind::Ident) && p.nth(1) == SyntaxKind::Colon {
        p.error_hint("a parameter's type stands before its name", "write `Type name` instead of `name: Type`");
        p.bump();
        p.skip_group();
        return ty(p).is_some();
    }
    if ty(p).is_none() {
        return false;
    }
    if style == ParamStyle::Typed && matches!(p.current(), SyntaxKind::Comma | SyntaxKind::RParen) {
        p.error_hint("a parameter of `#main` has a type and a name", "write `Type name`");
        return true;
    }
    (style == ParamStyle::Closure && p.eat(SyntaxKind::Underscore)) || expect_name(p, "the parameter's name")
}

fn method_param(p: &mut Parser<'_>) -> bool {
    if p.at(SyntaxKind::Ident) && after_type(p, p.position()).is_some_and(|end| p.kind_at(end) == SyntaxKind::Ident) {
        p.error_hint("a method's parameter has its type after the name", "write `name: Type`");
        ty(p);
        p.bump();
        return true;
    }
    expect_name(p, "the parameter's name") && expect(p, SyntaxKind::Colon, "`:` and a type", "") && ty(p).is_some()
}
