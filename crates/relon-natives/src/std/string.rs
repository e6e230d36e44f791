//! `std/string`: functions on text. Text is UTF-8; lengths and positions are bytes.

use crate::{Trap, TrapKind, native};

/// Encoded descriptors of all natives of this module.
pub(super) const DESCRIPTORS: &[&[u8]] = &[
    &__relon_descriptor_relon_std__string__upper,
    &__relon_descriptor_relon_std__string__lower,
    &__relon_descriptor_relon_std__string__title,
    &__relon_descriptor_relon_std__string__trim,
    &__relon_descriptor_relon_std__string__trim_start,
    &__relon_descriptor_relon_std__string__trim_end,
    &__relon_descriptor_relon_std__string__starts_with,
    &__relon_descriptor_relon_std__string__ends_with,
    &__relon_descriptor_relon_std__string__contains,
    &__relon_descriptor_relon_std__string__replace,
    &__relon_descriptor_relon_std__string__split,
    &__relon_descriptor_relon_std__string__substring,
    &__relon_descriptor_relon_std__string__concat,
    &__relon_descriptor_relon_std__string__is_empty,
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
    let mut title = String::with_capacity(s.len());
    for word in s.split_inclusive(char::is_whitespace) {
        let first = word.char_indices().find(|(_, c)| c.is_uppercase() || c.is_lowercase());
        let end = first.map_or(word.len(), |(index, c)| index + c.len_utf8());
        title.push_str(&word[..end].to_uppercase());
        title.push_str(&word[end..].to_lowercase());
    }
    title
}

/// Without the white space around it. `" a ".trim()` is `"a"`.
#[native(crate = relon_natives, name = "std.string.trim")]
pub fn trim(s: &str) -> String {
    s.trim().to_owned()
}

/// Without the white space before it. `" a ".trim_start()` is `"a "`.
#[native(crate = relon_natives, name = "std.string.trim_start")]
pub fn trim_start(s: &str) -> String {
    s.trim_start().to_owned()
}

/// Without the white space behind it. `" a ".trim_end()` is `" a"`.
#[native(crate = relon_natives, name = "std.string.trim_end")]
pub fn trim_end(s: &str) -> String {
    s.trim_end().to_owned()
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
pub fn split(s: &str, sep: &str) -> Result<Vec<String>, Trap> {
    if sep.is_empty() {
        return Err(Trap::new(TrapKind::UnsupportedOperator, "the separator of `split` is empty"));
    }
    Ok(s.split(sep).map(str::to_owned).collect())
}

/// So many bytes from a position; both ends move up to the next code point. `"relon".substring(1, 2)` is `"el"`.
#[native(crate = relon_natives, name = "std.string.substring")]
pub fn substring(s: &str, start: i64, count: i64) -> String {
    let start = s.ceil_char_boundary(start.clamp(0, s.len() as i64) as usize);
    let count = count.clamp(0, s.len() as i64) as usize;
    let end = s.ceil_char_boundary((start + count).min(s.len()));
    s[start..end].to_owned()
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
        assert_eq!(split("", ",").as_deref(), Ok(&[String::new()][..]));
    }

    #[test]
    fn substrings_end_at_code_points() {
        assert_eq!(substring("añb", 2, 1), "b");
        assert_eq!(substring("añb", 0, 2), "añ");
        assert_eq!(substring("ab", -5, 1), "a");
        assert_eq!(substring("ab", 9, 1), "");
        assert_eq!(substring("ab", 0, -1), "");
        assert_eq!(substring("ab", 1, i64::MAX), "b");
    }
}
