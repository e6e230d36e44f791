//! The directives that declare something: `#schema`, `#extend`, `#enum`, `#import`.
//!
//! Each function starts behind the directive's name and returns the directive's kind.

use super::types::{ParamStyle, param_list, path_type, result_type, tuple_type, ty};
use super::*;
use crate::parser::Completed;

pub(super) fn schema(p: &mut Parser<'_>) -> SyntaxKind {
    expect_name(p, "the name of the schema");
    generics(p);
    let colon = p.eat(SyntaxKind::Colon);
    if at_schema_part(p) {
        schema_body(p);
    } else if colon {
        unexpected(p, "the fields of the schema", "write `{ Type name: *, .. }`");
    }
    if at_methods(p) {
        p.nested(methods);
    }
    SyntaxKind::SchemaDirective
}

fn at_schema_part(p: &Parser<'_>) -> bool {
    matches!(p.current(), SyntaxKind::LBrace | SyntaxKind::LParen | SyntaxKind::Ident) && !at_methods(p)
}

fn schema_body(p: &mut Parser<'_>) {
    let marker = p.start();
    schema_part(p);
    while p.eat(SyntaxKind::Plus) {
        if at_schema_part(p) {
            schema_part(p);
        } else {
            unexpected(p, "a schema's name or `{`", "write `#schema B A + { .. }`");
        }
    }
    p.complete(marker, SyntaxKind::SchemaBody);
}

fn schema_part(p: &mut Parser<'_>) {
    match p.current() {
        SyntaxKind::LBrace => {
            p.nested(|p| Some(dict::dict(p)));
        }
        SyntaxKind::LParen => {
            tuple_type(p);
        }
        _ => {
            path_type(p);
        }
    }
}

fn generics(p: &mut Parser<'_>) {
    if p.at(SyntaxKind::Lt) {
        let marker = p.start();
        comma_list(p, SyntaxKind::Gt, |p| expect_name(p, "the name of a type parameter"));
        p.complete(marker, SyntaxKind::GenericParams);
    }
}

fn at_methods(p: &Parser<'_>) -> bool {
    p.at_word("with") && p.nth(1) == SyntaxKind::LBrace
}

pub(super) fn extend(p: &mut Parser<'_>) -> SyntaxKind {
    expect_name(p, "the name of a schema or type");
    generics(p);
    if at_methods(p) {
        p.nested(methods);
    } else {
        unexpected(p, "`with` and methods", "write `#extend Name with { method(x: T) -> R: body }`");
    }
    SyntaxKind::ExtendDirective
}

fn methods(p: &mut Parser<'_>) -> Option<Completed> {
    p.bump_as(SyntaxKind::WithKw);
    let marker = p.start();
    let open = p.position();
    p.bump();
    while !p.at_end_of_group() {
        method(p);
    }
    closing(p, open, SyntaxKind::RBrace);
    Some(p.complete(marker, SyntaxKind::MethodList))
}

fn method(p: &mut Parser<'_>) {
    let marker = p.start();
    while attribute::at_attribute(p) {
        attribute::attribute(p);
    }
    let named = p.eat(SyntaxKind::Ident);
    if named {
        method_rest(p);
    } else {
        not_a_method(p);
    }
    p.complete(marker, if named { SyntaxKind::Method } else { SyntaxKind::Error });
}

fn not_a_method(p: &mut Parser<'_>) {
    let hint = if p.at(SyntaxKind::Comma) { "no `,` stands between methods" } else { "" };
    unexpected(p, "the name of a method", hint);
    p.skip_until(|kind| matches!(kind, SyntaxKind::Ident | SyntaxKind::Hash));
}

fn method_rest(p: &mut Parser<'_>) {
    generics(p);
    param_list(p, ParamStyle::Method);
    if !result_type(p) {
        unexpected(p, "`->` and a type", "a method declares its result: `name(x: T) -> R: body`");
    }
    if p.eat(SyntaxKind::Colon) {
        expr::expr(p);
    }
}

pub(super) fn enumeration(p: &mut Parser<'_>) -> SyntaxKind {
    expect_name(p, "the name of the enum");
    generics(p);
    p.eat(SyntaxKind::Colon);
    if p.at(SyntaxKind::LBrace) {
        comma_list(p, SyntaxKind::RBrace, variant);
    } else {
        unexpected(p, "`{` and variants", "write `#enum Name { A, B { x: T }, C(T) }`");
    }
    SyntaxKind::EnumDirective
}

fn variant(p: &mut Parser<'_>) -> bool {
    let marker = p.start();
    let named = expect_name(p, "the name of a variant");
    match p.current() {
        SyntaxKind::LBrace if named => {
            let marker = p.start();
            comma_list(p, SyntaxKind::RBrace, variant_field);
            p.complete(marker, SyntaxKind::VariantFields);
        }
        SyntaxKind::LParen if named => {
            tuple_type(p);
        }
        _ => {}
    }
    p.complete(marker, if named { SyntaxKind::Variant } else { SyntaxKind::Error });
    named
}

fn variant_field(p: &mut Parser<'_>) -> bool {
    let marker = p.start();
    let parsed = expect_name(p, "the name of a field")
        && expect(p, SyntaxKind::Colon, "`:` and a type", "a variant's fields are written `name: Type`")
        && ty(p).is_some();
    p.complete(marker, if parsed { SyntaxKind::VariantField } else { SyntaxKind::Error });
    parsed
}

pub(super) fn import(p: &mut Parser<'_>) -> SyntaxKind {
    import_clause(p);
    if p.at_word("from") {
        p.bump_as(SyntaxKind::FromKw);
        import_path(p);
    } else {
        unexpected(p, "`from` and a path", "write `#import name from \"path\"`");
    }
    SyntaxKind::ImportDirective
}

fn import_clause(p: &mut Parser<'_>) {
    match p.current() {
        SyntaxKind::Star | SyntaxKind::Ident => p.bump(),
        SyntaxKind::LBrace => {
            let marker = p.start();
            comma_list(p, SyntaxKind::RBrace, import_item);
            p.complete(marker, SyntaxKind::ImportList);
        }
        _ => unexpected(p, "what to import", "write a name for the module, `{ a, b as c }`, or `*`"),
    }
}

fn import_item(p: &mut Parser<'_>) -> bool {
    let marker = p.start();
    let named = expect_name(p, "a name that the module exports");
    if named && p.at_word("as") {
        p.bump_as(SyntaxKind::AsKw);
        expect_name(p, "the local name");
    }
    p.complete(marker, if named { SyntaxKind::ImportItem } else { SyntaxKind::Error });
    named
}

fn import_path(p: &mut Parser<'_>) {
    let hint = if p.at(SyntaxKind::FStringStart) { "an import path is a plain string" } else { "" };
    if !expect(p, SyntaxKind::String, "the path of the module", hint) {
        if p.at(SyntaxKind::FStringStart) {
            p.skip_group();
        }
        return;
    }
    let pinned = p.at(SyntaxKind::Ident) && p.nth(1) == SyntaxKind::Colon && p.nth(2) == SyntaxKind::String;
    if pinned {
        let marker = p.start();
        (0..3).for_each(|_| p.bump());
        p.complete(marker, SyntaxKind::ImportPin);
    }
}
