//! Rust names for what a rule calls otherwise.

use std::collections::BTreeSet;

/// Words that cannot be names in any form.
const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];
/// Words that can be names with `r#` before them.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A text as a Rust identifier.
pub(crate) fn identifier(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut name: String = text.chars().map(|c| if is_part(c) { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_numeric()) {
        name.insert(0, '_');
    }
    if NEVER.contains(&name.as_str()) {
        name.push('_');
    }
    match name.as_str() {
        word if KEYWORDS.contains(&word) => format!("r#{name}"),
        _ => name,
    }
}

/// A text as the name of a type: `line items` becomes `LineItems`.
pub(crate) fn camel(text: &str) -> String {
    let mut name = String::new();
    for part in text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let mut letters = part.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.extend(letters);
    }
    identifier(&name)
}

/// Names that are taken.
#[derive(Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// The name, or the name with a number where it is taken.
    pub(crate) fn take(&mut self, wanted: &str) -> String {
        let numbered = (2..).map(|number| format!("{wanted}{number}"));
        let free = std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !self.0.contains(name));
        let name = free.unwrap_or_else(|| wanted.to_owned());
        self.0.insert(name.clone());
        name
    }
}

/// Identifiers for texts that stand beside each other, all different.
pub(crate) fn distinct<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut names = Names::default();
    texts.map(|text| names.take(&identifier(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers() {
        let names = ["type", "self", "a-b", "1st", "", "while", "plain"].map(identifier);
        assert_eq!(names, ["r#type", "self_", "a_b", "_1st", "__", "r#while", "plain"]);
        assert_eq!(["lines", "net_cents", "Quote", "type"].map(camel), ["Lines", "NetCents", "Quote", "Type"]);
    }

    #[test]
    fn names_differ() {
        assert_eq!(distinct(["a-b", "a_b", "a.b"].into_iter()), ["a_b", "a_b2", "a_b3"]);
    }
}
