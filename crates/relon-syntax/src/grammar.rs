//! The grammar of LANGUAGE.md section 3.2: one function for each rule, in one file for each kind of thing.
//!
//! A rule that can be absent returns whether (or what) it parsed; all others report what is missing themselves.
//! After an error a list skips to its next `,` or to its closing bracket and goes on.

mod atom;
mod attribute;
mod declaration;
mod dict;
mod expr;
mod pattern;
mod postfix;
mod types;

use crate::error::SyntaxError;
use crate::kind::SyntaxKind;
use crate::parser::Parser;

/// A whole file.
pub(crate) fn document(p: &mut Parser<'_>) {
    let marker = p.start();
    while attribute::at_attribute(p) {
        attribute::attribute(p);
        comma_after_attribute(p);
    }
    if p.at(SyntaxKind::Eof) {
        empty_document(p);
    } else {
        expr::expr(p);
    }
    rest_of_file(p);
    p.complete(marker, SyntaxKind::Document);
}

fn comma_after_attribute(p: &mut Parser<'_>) {
    if p.at(SyntaxKind::Comma) {
        p.error_hint("no `,` stands after a directive at the top of a file", "remove the `,`");
        p.skip_group();
    }
}

fn empty_document(p: &mut Parser<'_>) {
    p.error_hint(
        "empty document: the file has no root expression",
        "end the file with the expression that it stands for, such as `{ .. }`",
    );
}

fn rest_of_file(p: &mut Parser<'_>) {
    if p.at(SyntaxKind::Eof) {
        return;
    }
    unexpected(p, "the end of the file", "a file is one expression; put several values into `{ name: value, .. }`");
    let marker = p.start();
    while !p.at(SyntaxKind::Eof) {
        p.bump();
    }
    p.complete(marker, SyntaxKind::Error);
}

/// A token as it is named in messages.
fn describe(p: &Parser<'_>) -> String {
    match p.current() {
        SyntaxKind::Eof => "the end of the file".to_owned(),
        SyntaxKind::String => "a string".to_owned(),
        SyntaxKind::FStringStart => "an f-string".to_owned(),
        SyntaxKind::FStringText | SyntaxKind::FStringEnd => "the text of an f-string".to_owned(),
        _ => format!("`{}`", p.text()),
    }
}

/// Reports that something else was expected here. What usually leads to the token found decides the hint.
fn unexpected(p: &mut Parser<'_>, expected: &str, hint: &str) {
    let hint = usual_cause(p.current()).unwrap_or(hint);
    let mut error = SyntaxError::new(format!("expected {expected}, found {}", describe(p)), p.range());
    error.hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
    p.report(error.with_label(format!("expected {expected}")));
}

fn usual_cause(found: SyntaxKind) -> Option<&'static str> {
    match found {
        SyntaxKind::Eq => Some("write `==` to compare, or `:` between a key and its value"),
        SyntaxKind::Amp => Some("write `&&` for \"and\"; a single `&` starts a reference such as `&root.name`"),
        SyntaxKind::FatArrow => Some("a closure's parameters stand in parentheses: `(x) => ..`"),
        _ => None,
    }
}

/// Takes a token that must be here.
fn expect(p: &mut Parser<'_>, kind: SyntaxKind, expected: &str, hint: &str) -> bool {
    let found = p.eat(kind);
    if !found {
        unexpected(p, expected, hint);
    }
    found
}

/// Takes an identifier that must be here.
fn expect_name(p: &mut Parser<'_>, expected: &str) -> bool {
    let hint = match p.current() {
        SyntaxKind::Underscore => "`_` is not a name",
        SyntaxKind::IntNumber => "a name starts with a letter or `_`",
        _ => "",
    };
    expect(p, SyntaxKind::Ident, expected, hint)
}

/// A bracketed list: the opening bracket, items with `,` between and possibly after them, the closing bracket.
/// `item` returns false if there is none at the current token, having reported that.
fn comma_list(p: &mut Parser<'_>, close: SyntaxKind, mut item: impl FnMut(&mut Parser<'_>) -> bool) {
    let open = p.position();
    p.bump();
    while !p.at(close) && !p.at(SyntaxKind::Eof) {
        let before = p.position();
        if !item(p) || !(p.at(SyntaxKind::Comma) || p.at(close)) {
            missing_comma(p, close, before);
        }
        if !p.eat(SyntaxKind::Comma) && p.position() == before {
            break;
        }
    }
    closing(p, open, close);
}

/// Reports that a list goes on without a `,` and finds a place to go on: right here if a field seems to start.
fn missing_comma(p: &mut Parser<'_>, close: SyntaxKind, before: usize) {
    if p.at(SyntaxKind::Eof) {
        return;
    }
    let hint = if p.at_end_of_group() { "a bracket before it is still open" } else { "entries are separated by `,`" };
    unexpected(p, &format!("`,` or {}", bracket(close)), hint);
    if !starts_field(p) || p.position() == before {
        p.skip_until(|kind| kind == SyntaxKind::Comma || kind == close);
    }
}

/// Whether a field, an arm or attributes seem to start here.
fn starts_field(p: &Parser<'_>) -> bool {
    match p.current() {
        SyntaxKind::Hash | SyntaxKind::At => true,
        SyntaxKind::Ident | SyntaxKind::String => matches!(p.nth(1), SyntaxKind::Colon | SyntaxKind::Ident),
        _ => false,
    }
}

fn bracket(kind: SyntaxKind) -> &'static str {
    match kind {
        SyntaxKind::RBrace | SyntaxKind::InterpolationEnd => "`}`",
        SyntaxKind::RBracket => "`]`",
        SyntaxKind::RParen => "`)`",
        SyntaxKind::Gt => "`>`",
        _ => "the end of the list",
    }
}

/// Takes the closing bracket of the one at token `open`.
fn closing(p: &mut Parser<'_>, open: usize, close: SyntaxKind) {
    if p.eat(close) {
        return;
    }
    if p.at(SyntaxKind::Eof) {
        let error =
            SyntaxError::new(format!("this bracket is never closed: {} is missing", bracket(close)), p.range_at(open));
        p.report_open(error.with_label("opened here"));
        return;
    }
    unexpected(p, bracket(close), "a bracket before it is still open");
}
