//! Directives and decorators.

use super::types::{ParamStyle, param_list, result_type, ty};
use super::*;

/// All directives, for the hint of an unknown one.
const DIRECTIVES: &[&str] = &[
    "main",
    "schema",
    "extend",
    "enum",
    "import",
    "internal",
    "relaxed",
    "unstrict",
    "native",
    "default",
    "expect",
    "msg",
    "error",
    "brand",
    "derive",
    "no_auto_derive",
];

/// Whether an attribute starts here.
pub(super) fn at_attribute(p: &Parser<'_>) -> bool {
    matches!(p.current(), SyntaxKind::Hash | SyntaxKind::At)
}

/// One attribute, whose first token has been seen.
pub(super) fn attribute(p: &mut Parser<'_>) {
    if p.at(SyntaxKind::At) {
        return decorator(p);
    }
    let marker = p.start();
    p.bump();
    let kind = if p.at(SyntaxKind::Ident) {
        directive(p)
    } else {
        unexpected(p, "the name of a directive", "a directive is written `#name`, as in `#main` or `#schema`");
        SyntaxKind::Error
    };
    p.complete(marker, kind);
}

/// Parses from a directive's name on and returns its kind.
fn directive(p: &mut Parser<'_>) -> SyntaxKind {
    let name = p.text();
    if !DIRECTIVES.contains(&name) {
        return unknown_directive(p, name);
    }
    p.bump_as(SyntaxKind::DirectiveName);
    match name {
        "main" => main(p),
        "schema" => declaration::schema(p),
        "extend" => declaration::extend(p),
        "enum" => declaration::enumeration(p),
        "import" => declaration::import(p),
        "default" => default(p),
        "expect" | "msg" | "error" => message(p, name),
        "brand" => brand(p),
        "derive" | "no_auto_derive" => derive(p),
        _ => SyntaxKind::FlagDirective,
    }
}

/// What looks like parameters and a result is skipped, to go on behind a misspelt `#main`.
fn unknown_directive(p: &mut Parser<'_>, name: &str) -> SyntaxKind {
    let closest = DIRECTIVES.iter().max_by(|a, b| similarity(name, a).total_cmp(&similarity(name, b)));
    let hint = match closest.filter(|known| similarity(name, known) > 0.75) {
        Some(known) => format!("did you mean `#{known}`?"),
        None => format!("the directives are `#{}`", DIRECTIVES.join("`, `#")),
    };
    p.error_hint(format!("unknown directive `#{name}`"), hint);
    p.bump_as(SyntaxKind::DirectiveName);
    if p.at(SyntaxKind::LParen) {
        p.bump_group();
        result_type(p);
    }
    SyntaxKind::Error
}

fn similarity(a: &str, b: &str) -> f64 {
    strsim::jaro_winkler(a, b)
}

fn main(p: &mut Parser<'_>) -> SyntaxKind {
    param_list(p, ParamStyle::Typed);
    result_type(p);
    SyntaxKind::MainDirective
}

fn default(p: &mut Parser<'_>) -> SyntaxKind {
    if expr::at_expr(p) {
        expr::expr(p);
    } else {
        unexpected(p, "a default value", "write `#default value`");
    }
    SyntaxKind::DefaultDirective
}

fn message(p: &mut Parser<'_>, name: &str) -> SyntaxKind {
    if expr::at_expr(p) {
        expr::expr(p);
    } else {
        unexpected(p, "a message", &format!("write `#{name} \"text\"`"));
    }
    SyntaxKind::MessageDirective
}

fn brand(p: &mut Parser<'_>) -> SyntaxKind {
    ty(p);
    SyntaxKind::BrandDirective
}

fn derive(p: &mut Parser<'_>) -> SyntaxKind {
    expect_name(p, "the name of a constraint");
    SyntaxKind::DeriveDirective
}

fn decorator(p: &mut Parser<'_>) {
    let marker = p.start();
    p.bump();
    expect_name(p, "the name of a decorator");
    while p.eat(SyntaxKind::Dot) {
        expect_name(p, "a name");
    }
    if p.at(SyntaxKind::LParen) {
        postfix::arg_list(p);
    }
    p.complete(marker, SyntaxKind::Decorator);
}
