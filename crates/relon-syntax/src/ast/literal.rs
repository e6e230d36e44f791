//! The values of literals.

/// What is wrong with a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EscapeError {
    /// No closing quote.
    Unterminated,
    /// An escape that does not exist: where it starts, and its bytes.
    Bad {
        /// Offset of the backslash.
        at: usize,
        /// Bytes.
        length: usize,
    },
}

/// The value of an integer literal, if it fits 64 bits.
pub fn int_value(text: &str) -> Option<u64> {
    let radix = match text.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => return text.parse().ok(),
    };
    u64::from_str_radix(&text[2..], radix).ok()
}

/// The value of a plain or raw string token, quotes included.
///
/// # Errors
/// A string without end, or with an unknown escape.
pub fn string_value(text: &str) -> Result<String, EscapeError> {
    if let Some(rest) = text.strip_prefix('r') {
        let hashes = rest.bytes().take_while(|byte| *byte == b'#').count();
        let end = format!("\"{}", &rest[..hashes]);
        let body = rest[hashes + 1..].strip_suffix(&end).ok_or(EscapeError::Unterminated)?;
        return Ok(body.to_owned());
    }
    let body = text.strip_prefix('"').unwrap_or(text);
    match body.strip_suffix('"') {
        Some(inner) if !ends_escaped(inner) => unescape(inner).map_err(|error| match error {
            EscapeError::Bad { at, length } => EscapeError::Bad { at: at + 1, length },
            EscapeError::Unterminated => EscapeError::Unterminated,
        }),
        _ => Err(EscapeError::Unterminated),
    }
}

/// Whether the quote behind this text is escaped.
fn ends_escaped(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Replaces escapes by what they stand for.
///
/// # Errors
/// The first unknown escape.
pub fn unescape(text: &str) -> Result<String, EscapeError> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let (c, length) = one_escape(escape)
            .ok_or(EscapeError::Bad { at: text.len() - rest.len() + at, length: 1 + bad_length(escape) })?;
        value.extend(c);
        rest = &escape[length..];
    }
    value.push_str(rest);
    Ok(value)
}

/// How much of an escape that does not exist belongs to it.
fn bad_length(escape: &str) -> usize {
    match escape.strip_prefix("u{").and_then(|rest| rest.find('}')) {
        Some(end) => end + 3,
        None if escape.starts_with('u') => 1 + escape[1..].bytes().take(4).take_while(u8::is_ascii_hexdigit).count(),
        None => escape.chars().next().map_or(0, char::len_utf8),
    }
}

/// The character behind a backslash, if it makes one, and the bytes it takes.
fn one_escape(escape: &str) -> Option<(Option<char>, usize)> {
    let first = escape.chars().next()?;
    let plain = match first {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '\\' | '/' | '"' => first,
        'u' => return unicode_escape(escape),
        ' ' | '\t' | '\n' | '\r' => {
            let rest = escape.trim_start_matches([' ', '\t', '\n', '\r']);
            return Some((None, escape.len() - rest.len()));
        }
        _ => return None,
    };
    Some((Some(plain), 1))
}

/// `uXXXX` or `u{X..}`
fn unicode_escape(escape: &str) -> Option<(Option<char>, usize)> {
    let (digits, length) = match escape.strip_prefix("u{") {
        Some(rest) => {
            let end = rest.find('}').filter(|end| (1..=6).contains(end))?;
            (&rest[..end], end + 3)
        }
        None => (escape.get(1..5)?, 5),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((Some(c), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_have_values() {
        assert_eq!(string_value(r#""a\n\u0041\u{1F600}\"\/""#).as_deref(), Ok("a\nA😀\"/"));
        assert_eq!(string_value("\"a\\  \n  b\"").as_deref(), Ok("ab"));
        assert_eq!(string_value(r##"r#"a\"b"#"##).as_deref(), Ok(r#"a\"b"#));
        assert_eq!(string_value(r#""a\qb""#), Err(EscapeError::Bad { at: 2, length: 2 }));
        assert_eq!(string_value(r#""\ud800""#), Err(EscapeError::Bad { at: 1, length: 6 }));
        assert_eq!(string_value("\"a\\\""), Err(EscapeError::Unterminated));
        assert_eq!(string_value("\""), Err(EscapeError::Unterminated));
        assert_eq!((int_value("0x10"), int_value("007"), int_value("18446744073709551616")), (Some(16), Some(7), None));
    }
}
