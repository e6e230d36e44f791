//! What stands in `#[native(...)]`.

use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Path, Result, Token};

/// Names of capabilities, and the variants of `Capability` that they stand for.
const CAPABILITIES: [(&str, &str); 6] = [
    ("reads_fs", "ReadsFs"),
    ("writes_fs", "WritesFs"),
    ("network", "Network"),
    ("reads_clock", "ReadsClock"),
    ("reads_env", "ReadsEnv"),
    ("uses_rng", "UsesRng"),
];

/// The arguments of the attribute.
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
        let mut attribute =
            NativeAttribute { name: None, requires: Vec::new(), root: syn::parse_quote!(::relon) };
        while !input.is_empty() {
            attribute.argument(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(attribute)
    }
}

impl NativeAttribute {
    fn argument(&mut self, input: ParseStream<'_>) -> Result<()> {
        if input.peek(Token![crate]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            self.root = input.parse()?;
            return Ok(());
        }
        let key: Ident = input.parse()?;
        match key.to_string().as_str() {
            "name" => {
                input.parse::<Token![=]>()?;
                let name: LitStr = input.parse()?;
                check_name(&name)?;
                self.name = Some(name);
            }
            "requires" => {
                input.parse::<Token![=]>()?;
                self.requires = capabilities(&input.parse()?)?;
            }
            other => {
                let message = format!("unknown argument `{other}`; `native` takes `name = \"..\"` and `requires = \"..\"`");
                return Err(Error::new(key.span(), message));
            }
        }
        Ok(())
    }
}

fn check_name(name: &LitStr) -> Result<()> {
    let is_identifier = |part: &str| {
        let mut bytes = part.bytes();
        bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if name.value().split('.').all(is_identifier) {
        return Ok(());
    }
    Err(Error::new(name.span(), "a native's name is one or more identifiers with dots between them, such as \"fx.rate\""))
}

/// One name, or a list of names.
fn capabilities(value: &Expr) -> Result<Vec<Ident>> {
    let names: Vec<&Expr> = match value {
        Expr::Array(array) => array.elems.iter().collect(),
        other => vec![other],
    };
    names.into_iter().map(capability).collect()
}

fn capability(value: &Expr) -> Result<Ident> {
    let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = value else {
        return Err(Error::new_spanned(value, "write the capability as a string, such as \"network\""));
    };
    let text = name.value();
    match CAPABILITIES.iter().find(|(known, _)| *known == text) {
        Some((_, variant)) => Ok(Ident::new(variant, name.span())),
        None => {
            let names = CAPABILITIES.map(|(known, _)| known).join(", ");
            Err(Error::new(name.span(), format!("unknown capability `{text}`; there are {names}")))
        }
    }
}

/// The crate named in `#[schema(crate = path)]`, else `relon`.
pub(crate) fn schema_root(attributes: &[syn::Attribute]) -> Result<Path> {
    let mut root: Path = syn::parse_quote!(::relon);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("schema")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(meta.error("`schema` takes `crate = path`"));
            }
            root = meta.value()?.parse()?;
            Ok(())
        })?;
    }
    Ok(root)
}

/// The texts of the doc comments, a line each.
pub(crate) fn documentation(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).filter_map(|attribute| {
        match &attribute.meta.require_name_value().ok()?.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
