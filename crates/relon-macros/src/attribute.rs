//! What stands in `#[native(...)]` and `#[schema(...)]`, and in doc comments.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Expr, ExprLit, Ident, Lit, LitStr, Path, Result, Token};

/// Names of capabilities, and the variants of `Capability` that they stand for.
const CAPABILITIES: [(&str, &str); 6] = [
    ("reads_fs", "ReadsFs"),
    ("writes_fs", "WritesFs"),
    ("network", "Network"),
    ("reads_clock", "ReadsClock"),
    ("reads_env", "ReadsEnv"),
    ("uses_rng", "UsesRng"),
];

/// How names of library functions begin.
const LIBRARY: &str = "std.";

/// The arguments of `#[native]`.
pub(crate) struct NativeAttribute {
    /// The name that rules use, where it is not the function's.
    pub(crate) name: Option<LitStr>,
    /// Variants of `Capability`.
    pub(crate) requires: Vec<Ident>,
    /// The crate that the expansion refers to.
    pub(crate) root: Path,
}

impl Parse for NativeAttribute {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attribute = NativeAttribute { name: None, requires: Vec::new(), root: syn::parse_quote!(::relon) };
        let mut seen = Vec::new();
        while !input.is_empty() {
            attribute.argument(input, &mut seen)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(attribute)
    }
}

impl NativeAttribute {
    fn argument(&mut self, input: ParseStream<'_>, seen: &mut Vec<Ident>) -> Result<()> {
        let key = Ident::parse_any(input)?;
        if seen.contains(&key) {
            return Err(Error::new(key.span(), format!("`{key}` is given twice: leave one out")));
        }
        match key.to_string().as_str() {
            "name" => self.name = Some(checked_name(value(input)?)?),
            "requires" => self.requires = capabilities(&value(input)?)?,
            "crate" => self.root = value(input)?,
            other => return Err(unknown_key(other, key.span())),
        }
        seen.push(key);
        Ok(())
    }
}

fn value<T: Parse>(input: ParseStream<'_>) -> Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

fn unknown_key(key: &str, span: Span) -> Error {
    let message = match nearest(key, &["name", "requires", "crate"]) {
        Some(meant) => format!("unknown argument `{key}`: did you mean `{meant}`?"),
        None => format!("unknown argument `{key}`: `native` takes `name = \"...\"` and `requires = \"...\"`"),
    };
    Error::new(span, message)
}

fn checked_name(name: LitStr) -> Result<LitStr> {
    let text = name.value();
    if !text.split('.').all(is_identifier) {
        let message = "a native's name is made of identifiers with dots between them, such as \"fx.rate\"";
        return Err(Error::new(name.span(), message));
    }
    if text.starts_with(LIBRARY) && std::env::var("CARGO_CRATE_NAME").as_deref() != Ok("relon_natives") {
        let message = "names that begin with `std.` belong to the standard library: choose another first part";
        return Err(Error::new(name.span(), message));
    }
    Ok(name)
}

fn is_identifier(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// One name, or a list of names.
fn capabilities(value: &Expr) -> Result<Vec<Ident>> {
    match value {
        Expr::Array(array) => array.elems.iter().map(capability).collect(),
        other => Ok(vec![capability(other)?]),
    }
}

fn capability(value: &Expr) -> Result<Ident> {
    let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = value else {
        return Err(Error::new_spanned(value, "write the capability as a string, such as \"network\""));
    };
    let text = name.value();
    match CAPABILITIES.iter().find(|(known, _)| *known == text) {
        Some((_, variant)) => Ok(Ident::new(variant, name.span())),
        None => Err(unknown_capability(&text, name.span())),
    }
}

fn unknown_capability(text: &str, span: Span) -> Error {
    let names = CAPABILITIES.map(|(known, _)| known);
    let message = match nearest(text, &names) {
        Some(meant) => format!("unknown capability `{text}`: did you mean `{meant}`?"),
        None => format!("unknown capability `{text}`: write one of {}", names.join(", ")),
    };
    Error::new(span, message)
}

/// The name that was probably meant: one that a third of the text's letters, added, removed or replaced, turns into it.
fn nearest<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    let best = names.iter().copied().min_by_key(|name| distance(text, name))?;
    (distance(text, best) * 3 <= text.chars().count()).then_some(best)
}

/// Letters to add, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (index, of_a) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (at, of_b) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(of_a != of_b);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[b.chars().count()]
}

/// The crate named in `#[schema(crate = path)]`, else `relon`.
pub(crate) fn schema_root(attributes: &[Attribute]) -> Result<Path> {
    let mut root: Path = syn::parse_quote!(::relon);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("schema")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(meta.error("unknown argument: `schema` takes `crate = path`"));
            }
            root = meta.value()?.parse()?;
            Ok(())
        })?;
    }
    Ok(root)
}

/// The text of the doc comment.
pub(crate) fn documentation(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes.iter().filter_map(doc_line).collect();
    lines.join("\n").trim_end().to_owned()
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    if !attribute.path().is_ident("doc") {
        return None;
    }
    match &attribute.meta.require_name_value().ok()?.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let text = text.value();
            Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let names = CAPABILITIES.map(|(name, _)| name);
        assert_eq!(nearest("netwrok", &names), Some("network"));
        assert_eq!(nearest("read_fs", &names), Some("reads_fs"));
        assert_eq!(nearest("gpu", &names), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
