//! `std/string`: functions on text. Text is UTF-8; lengths and positions are bytes.

use crate::{Native, Trap, TrapKind, native};

/// All natives of this module.
pub(super) const NATIVES: &[Native] = &[
    __relon_native_upper,
    __relon_native_lower,
    __relon_native_title,
    __relon_native_trim,
    __relon_native_trim_start,
    __relon_native_trim_end,
    __relon_native_starts_with,
    __relon_native_ends_with,
    __relon_native_contains,
    __relon_native_replace,
    __relon_native_split,
    __relon_native_substring,
    __relon_native_concat,
    __relon_native_is_empty,
];

/// Upper case of every letter, by Unicode's full mapping. `string.upper("straße")` is `"STRASSE"`.
#[native(crate = relon_natives, name = "std.string.upper")]
pub fn upper(s: &str) -> String {
    s.to_uppercase()
}

/// Lower case of every letter, by Unicode's full mapping, final sigma included. `string.lower("ÀB")` is `"àb"`.
#[native(crate = relon_natives, name = "std.string.lower")]
pub fn lower(s: &str) -> String {
    s.to_lowercase()
}

/// The first letter of each word in upper case, the others in lower case. `"new YORK".title()` is `"New York"`.
#[native(crate = relon_natives, name = "std.string.title")]
pub fn title(s: &str) -> String {
    s.split_inclusive(char::is_whitespace).map(title_word).collect()
}

fn title_word(word: &str) -> String {
    let cased = |c: char| c.is_uppercase() || c.is_lowercase();
    let Some((start, first)) = word.char_indices().find(|(_, c)| cased(*c)) else { return word.to_owned() };
    // The whole word is made lower case, since the end of a word (a final sigma) depends on what is before it.
    let lower = word.to_lowercase();
    let rest = start + first.to_lowercase().map(char::len_utf8).sum::<usize>();
    let mut title = word[..start].to_owned();
    title.extend(first.to_uppercase());
    title.push_str(&lower[rest..]);
    title
}

/// Without the white space around it. `" a ".trim()` is `"a"`.
#[native(crate = relon_natives, name = "std.string.trim")]
pub fn trim(s: &str) -> &str {
    s.trim()
}

/// Without the white space before it. `" a ".trim_start()` is `"a "`.
#[native(crate = relon_natives, name = "std.string.trim_start")]
pub fn trim_start(s: &str) -> &str {
    s.trim_start()
}

/// Without the white space behind it. `" a ".trim_end()` is `" a"`.
#[native(crate = relon_natives, name = "std.string.trim_end")]
pub fn trim_end(s: &str) -> &str {
    s.trim_end()
}

/// Whether it begins with another text. `"relon".starts_with("re")` is `true`.
#[native(crate = relon_natives, name = "std.string.starts_with")]
pub fn starts_with(s: &str, prefix: &str) -> bool {
    s.starts_with(prefix)
}

/// Whether it ends with another text. `"relon".ends_with("on")` is `true`.
#[native(crate = relon_natives, name = "std.string.ends_with")]
pub fn ends_with(s: &str, suffix: &str) -> bool {
    s.ends_with(suffix)
}

/// Whether it holds another text; every text holds the empty one. `string.contains("relon", "lo")` is `true`.
#[native(crate = relon_natives, name = "std.string.contains")]
pub fn contains(s: &str, sub: &str) -> bool {
    s.contains(sub)
}

/// With every occurrence of a text replaced, from left to right; the empty text occurs around every code point.
/// `string.replace("a-b", "-", "+")` is `"a+b"`.
#[native(crate = relon_natives, name = "std.string.replace")]
pub fn replace(s: &str, old: &str, new: &str) -> String {
    s.replace(old, new)
}

/// The pieces between the occurrences of a separator, empty ones included. `string.split("a,,b", ",")` is `["a", "", "b"]`.
#[native(crate = relon_natives, name = "std.string.split")]
pub fn split<'a>(s: &'a str, sep: &str) -> Result<Vec<&'a str>, Trap> {
    if sep.is_empty() {
        return Err(Trap::new(TrapKind::UnsupportedOperator, "the separator of `split` is empty"));
    }
    Ok(s.split(sep).collect())
}

/// So many bytes from a position; both ends move up to the next code point. `"relon".substring(1, 2)` is `"el"`.
#[native(crate = relon_natives, name = "std.string.substring")]
pub fn substring(s: &str, start: i64, count: i64) -> &str {
    let start = start.clamp(0, s.len() as i64);
    let end = start.saturating_add(count.max(0)).min(s.len() as i64);
    &s[s.ceil_char_boundary(start as usize)..s.ceil_char_boundary(end as usize)]
}

/// Two texts, one behind the other. `"a".concat("b")` is `"ab"`.
#[native(crate = relon_natives, name = "std.string.concat")]
pub fn concat(a: &str, b: &str) -> String {
    [a, b].concat()
}

/// Whether it has no characters. `"".is_empty()` is `true`.
#[native(crate = relon_natives, name = "std.string.is_empty")]
pub fn is_empty(s: &str) -> bool {
    s.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_functions_know_unicode() {
        assert_eq!(upper("ß"), "SS");
        assert_eq!(lower("ΟΔΟΣ"), "οδος");
        assert_eq!(title("éCOLE des  mines"), "École Des  Mines");
        assert_eq!(replace("añ", "", "-"), "-a-ñ-");
        assert_eq!(title("ΑΣ ΟΔΟΣ (ok) 1ST ß"), "Ας Οδος (Ok) 1St SS");
    }

    #[test]
    fn pieces_may_be_empty_but_separators_may_not() {
        assert_eq!(split("", ","), Ok(vec![""]));
        assert_eq!(split(",añ,,", ","), Ok(vec!["", "añ", "", ""]));
        assert_eq!(split("a", "").map_err(|trap| trap.kind), Err(TrapKind::UnsupportedOperator));
    }

    #[test]
    fn substrings_end_at_code_points() {
        assert_eq!(substring("añb", 2, 1), "");
        assert_eq!(substring("añb", 2, 2), "b");
        assert_eq!(substring("añb", 0, 2), "añ");
        assert_eq!(substring("ab", -5, 1), "a");
        assert_eq!(substring("ab", 9, 1), "");
        assert_eq!(substring("ab", 0, -1), "");
        assert_eq!(substring("ab", 1, i64::MAX), "b");
    }
}
