//! The inside of literals: escapes of strings, and numbers.
//!
//! Decoding and checking use the same reader of escapes, so that what is accepted is what is decoded.

use std::ops::Range;

/// An escape that the language does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadEscape {
    /// Bytes of the escape within the text read.
    pub(crate) range: Range<usize>,
    /// What is wrong with it.
    pub(crate) message: &'static str,
}

/// The value of an integer literal, or none if it has more than 64 bits.
pub(crate) fn parse_int(text: &str) -> Option<u64> {
    let (digits, radix) = digits_and_radix(text);
    u64::from_str_radix(digits, radix).ok()
}

/// Whether a well-formed integer literal is larger than `limit`.
pub(crate) fn int_exceeds(text: &str, limit: u64) -> bool {
    let (digits, radix) = digits_and_radix(text);
    !digits.is_empty()
        && digits.chars().all(|digit| digit.is_digit(radix))
        && parse_int(text).is_none_or(|value| value > limit)
}

fn digits_and_radix(text: &str) -> (&str, u32) {
    match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        Some("0b") => (&text[2..], 2),
        _ => (text, 10),
    }
}

/// The text of a plain or raw string literal given with its quotes, which may lack the closing one.
pub(crate) fn decode_string(literal: &str) -> String {
    let Some(body) = plain_body(literal) else {
        return raw_body(literal).to_owned();
    };
    decode_escapes(body)
}

/// What stands between the quotes of a plain string; none for a raw one.
pub(crate) fn plain_body(literal: &str) -> Option<&str> {
    let body = literal.strip_prefix('"')?;
    Some(body.strip_suffix('"').unwrap_or(body))
}

fn raw_body(literal: &str) -> &str {
    let rest = literal.trim_start_matches('r');
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let body = rest.get(hashes + 1..).unwrap_or("");
    let closing = format!("\"{}", "#".repeat(hashes));
    body.strip_suffix(closing.as_str()).unwrap_or(body)
}

/// Text with its escapes replaced; bad ones stand for nothing.
pub(crate) fn decode_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    read_escapes(text, |piece| {
        if let Ok(piece) = piece {
            out.push_str(piece.encode(&mut [0; 4]));
        }
    });
    out
}

/// All bad escapes of a text.
pub(crate) fn bad_escapes(text: &str) -> Vec<BadEscape> {
    let mut bad = Vec::new();
    read_escapes(text, |piece| bad.extend(piece.err()));
    bad
}

/// A run of text between escapes, or the character of one.
enum Piece<'a> {
    Text(&'a str),
    Char(char),
}

impl Piece<'_> {
    fn encode<'b>(&'b self, buffer: &'b mut [u8; 4]) -> &'b str {
        match self {
            Self::Text(text) => text,
            Self::Char(char) => char.encode_utf8(buffer),
        }
    }
}

fn read_escapes<'a>(text: &'a str, mut emit: impl FnMut(Result<Piece<'a>, BadEscape>)) {
    let mut start = 0;
    while let Some(found) = text[start..].find('\\') {
        let escape = start + found;
        emit(Ok(Piece::Text(&text[start..escape])));
        let (length, value) = read_escape(&text[escape..]);
        match value {
            Ok(Some(char)) => emit(Ok(Piece::Char(char))),
            Ok(None) => {}
            Err(message) => emit(Err(BadEscape { range: escape..escape + length, message })),
        }
        start = escape + length;
    }
    emit(Ok(Piece::Text(&text[start..])));
}

/// The length of the escape at the start of `text`, and its character (none for a line continuation).
fn read_escape(text: &str) -> (usize, Result<Option<char>, &'static str>) {
    let Some(letter) = text[1..].chars().next() else {
        return (1, Err("an escape needs a character after `\\`"));
    };
    let char = match letter {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '\\' | '/' | '"' => letter,
        'u' => return read_unicode(text),
        ' ' | '\t' | '\n' | '\r' => return (continuation(text), Ok(None)),
        _ => return (1 + letter.len_utf8(), Err("there is no such escape")),
    };
    (2, Ok(Some(char)))
}

fn continuation(text: &str) -> usize {
    let rest = &text[1..];
    text.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len()
}

/// Reads `\uXXXX` or `\u{X..}`.
fn read_unicode(text: &str) -> (usize, Result<Option<char>, &'static str>) {
    let rest = &text[2..];
    let (digits, length) = match rest.strip_prefix('{') {
        Some(braced) => {
            let digits = hex_prefix(braced, usize::MAX);
            let closed = braced[digits.len()..].starts_with('}');
            if !closed || digits.is_empty() || digits.len() > 6 {
                return (3 + digits.len() + usize::from(closed), Err("`\\u{..}` needs one to six hex digits"));
            }
            (digits, digits.len() + 4)
        }
        None => {
            let digits = hex_prefix(rest, 4);
            if digits.len() < 4 {
                return (2 + digits.len(), Err("`\\u` needs exactly four hex digits"));
            }
            (digits, 6)
        }
    };
    let scalar = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    (length, scalar.map(Some).ok_or("this is no Unicode character (surrogates are none)"))
}

fn hex_prefix(text: &str, limit: usize) -> &str {
    let count = text.bytes().take(limit).take_while(u8::is_ascii_hexdigit).count();
    &text[..count]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_decode() {
        assert_eq!(decode_string(r#""a\n\u0041\u{1F600}\/\"\\""#), "a\nA😀/\"\\");
        assert_eq!(decode_string("\"a\\  \n  b\""), "ab");
        assert_eq!(decode_string(r####"r##"a"#\n"##"####), "a\"#\\n");
        assert_eq!(decode_string("r\"\\\""), "\\");
        assert_eq!(decode_string("\"open"), "open");
    }

    #[test]
    fn bad_escapes_have_their_ranges() {
        let ranges = |text| bad_escapes(text).into_iter().map(|bad| bad.range).collect::<Vec<_>>();
        assert_eq!(ranges(r"a\q\n\u12\u{}\ud800"), [1..3, 5..9, 9..13, 13..19]);
        assert_eq!(ranges(r"\u{1234567}\é"), [0..11, 11..14]);
        assert!(ranges("\\u{10FFFF}\\ \n x").is_empty());
    }

    #[test]
    fn integers_have_four_notations() {
        assert_eq!(parse_int("007"), Some(7));
        assert_eq!(parse_int("0xfF"), Some(255));
        assert_eq!(parse_int("0o17"), Some(15));
        assert_eq!(parse_int("0b101"), Some(5));
        assert_eq!(parse_int("99999999999999999999"), None);
    }
}
