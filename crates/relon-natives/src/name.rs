//! Names that natives can have: those by which rules can call them.

/// Words that rules read as values, in front of a dot as well.
const VALUES: [&str; 5] = ["true", "false", "null", "NaN", "Infinity"];
/// Functions and variants of the language, which a call means whatever natives there are.
const CALLED: [&str; 7] = ["len", "range", "type", "Some", "None", "Ok", "Err"];
/// Types of the language whose variants can be written behind them.
const TYPES: [&str; 2] = ["Option", "Result"];

/// Why a native cannot have this name, if so.
pub(crate) fn problem(name: &str) -> Option<&'static str> {
    let parts: Vec<&str> = name.split('.').collect();
    if !parts.iter().all(|part| is_identifier(part)) {
        return Some("names are identifiers with dots between them, such as `fx.rate`");
    }
    match parts[0] {
        _ if parts.contains(&"_") => Some("`_` stands for what has no name"),
        "std" if parts.len() > 1 => Some("names that begin with `std.` belong to the standard library"),
        first if VALUES.contains(&first) => Some("rules read `true`, `false`, `null`, `NaN` and `Infinity` as values"),
        first if TYPES.contains(&first) && parts.len() > 1 => {
            Some("what begins with `Option.` or `Result.` is a variant of the language")
        }
        _ if CALLED.contains(&name) => Some(
            "`len`, `range`, `type`, `Some`, `None`, `Ok` and `Err` are the language's own, and a rule that writes them means these",
        ),
        _ => None,
    }
}

fn is_identifier(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
