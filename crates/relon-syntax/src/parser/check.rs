//! Literals: what the tokens alone cannot say.

use super::SyntaxError;
use crate::ast::{self, AstNode, EscapeError};
use crate::{SyntaxKind as K, SyntaxNode, SyntaxToken};

/// Checks every literal of a tree.
pub(super) fn literals(root: &SyntaxNode, errors: &mut Vec<SyntaxError>) {
    for token in root.descendants_with_tokens().filter_map(rowan::NodeOrToken::into_token) {
        match token.kind() {
            K::Int => int(&token, errors),
            K::String | K::RawString => string(&token, errors),
            K::FStringText => text(&token, errors),
            _ => {}
        }
    }
}

fn push(errors: &mut Vec<SyntaxError>, start: u32, end: u32, message: &str, hint: &str) {
    let (message, hint) = (message.to_owned(), Some(hint.to_owned()));
    errors.push(SyntaxError { message, start, end, hint });
}

fn range(token: &SyntaxToken) -> (u32, u32) {
    (token.text_range().start().into(), token.text_range().end().into())
}

fn int(token: &SyntaxToken, errors: &mut Vec<SyntaxError>) {
    let fits = match ast::int_value(token.text()) {
        Some(value) => i64::try_from(value).is_ok() || (value == 1 << 63 && is_negated(token)),
        None => false,
    };
    if !fits {
        let (start, end) = range(token);
        push(
            errors,
            start,
            end,
            "this number does not fit an Int",
            "an Int goes up to 9223372036854775807; write a Float as `1.0e19`",
        );
    }
}

/// Whether a minus stands before the literal, which makes the smallest Int.
fn is_negated(token: &SyntaxToken) -> bool {
    let prefix = token.parent().and_then(|literal| literal.parent()).filter(|parent| parent.kind() == K::Prefix);
    prefix.and_then(ast::Prefix::cast).is_some_and(|prefix| prefix.op() == Some(ast::PrefixOp::Neg))
}

fn string(token: &SyntaxToken, errors: &mut Vec<SyntaxError>) {
    let (start, end) = range(token);
    match ast::string_value(token.text()) {
        Ok(_) => {}
        Err(EscapeError::Unterminated) => {
            let line = token.text().find('\n').map_or(end, |length| start + length as u32);
            push(errors, start, line, "this string has no end", "add the closing quote");
        }
        Err(EscapeError::Bad { at, length }) => bad_escape(errors, start + at as u32, length),
    }
}

fn text(token: &SyntaxToken, errors: &mut Vec<SyntaxError>) {
    let is_raw = ast::FString::of_text(token).is_some_and(|string| string.is_raw());
    if let (false, Err(EscapeError::Bad { at, length })) = (is_raw, ast::unescape(token.text())) {
        bad_escape(errors, range(token).0 + at as u32, length);
    }
}

fn bad_escape(errors: &mut Vec<SyntaxError>, start: u32, length: usize) {
    let hint = "escapes are \\n \\r \\t \\b \\f \\\\ \\/ \\\" \\uXXXX \\u{X}; a raw string r\"..\" has none";
    push(errors, start, start + length as u32, "unknown escape", hint);
}
