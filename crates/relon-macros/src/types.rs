//! Types that rules don't know, and what to write instead.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Error, GenericArgument, PathArguments, PathSegment, Result, Type, TypePath};

/// Where a type stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A parameter.
    Param,
    /// In memory that rules see: a field of a record or an element of a slice.
    Memory,
    /// What a function gives.
    Result,
}

/// The last segment of a path that is a plain type.
pub(crate) fn segment(ty: &TypePath) -> Option<&PathSegment> {
    if ty.qself.is_some() { None } else { ty.path.segments.last() }
}

/// The types in the angle brackets of a segment.
pub(crate) fn arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// Checks a field's or element's type as far as its text tells. What remains is left to the trait `Value`.
pub(crate) fn check_memory(ty: &Type) -> Result<()> {
    match ty {
        Type::Path(path) => check_path(path, Place::Memory),
        Type::Reference(reference) => Err(Error::new_spanned(ty, borrowed_hint(&reference.elem))),
        other => Err(refuse(other, Place::Memory)),
    }
}

/// Checks what a function gives.
pub(crate) fn check_result(ty: &Type) -> Result<()> {
    match ty {
        Type::Path(path) => check_path(path, Place::Result),
        Type::Reference(reference) => match (&reference.mutability, &*reference.elem) {
            (Some(token), _) => {
                Err(Error::new_spanned(token, "values of rules do not change: give `&` instead of `&mut`"))
            }
            (None, Type::Slice(slice)) => check_memory(&slice.elem),
            (None, Type::Path(path)) if path.path.is_ident("str") => Ok(()),
            (None, _) => Err(Error::new_spanned(ty, "give the value instead of a reference to it")),
        },
        other => Err(refuse(other, Place::Result)),
    }
}

/// Checks a type that is a path, and what is in its angle brackets.
pub(crate) fn check_path(path: &TypePath, place: Place) -> Result<()> {
    let Some(segment) = segment(path) else { return Ok(()) };
    if let Some(hint) = hint(&segment.ident.to_string(), place) {
        return Err(Error::new_spanned(path, hint));
    }
    let inner = match place {
        Place::Memory => check_memory,
        Place::Param | Place::Result => check_result,
    };
    let memory = ["Str", "List", "Opt"].iter().any(|name| segment.ident == name);
    arguments(segment).into_iter().try_for_each(if memory { check_memory } else { inner })
}

/// What to write instead of a type with this name.
fn hint(name: &str, place: Place) -> Option<String> {
    let text = match place {
        Place::Param => "&str",
        Place::Memory => "Str<'_>",
        Place::Result => "String",
    };
    let list = match place {
        Place::Param => "&[T]",
        Place::Memory => "List<'_, T>",
        Place::Result => "Vec<T>",
    };
    Some(match (name, place) {
        ("u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i128" | "isize", _) => {
            format!("an Int has 64 bits and a sign: write `i64` instead of `{name}`")
        }
        ("f32", _) => "a Float has 64 bits: write `f64` instead of `f32`".to_owned(),
        ("char", _) => format!("a character is a String: write `{text}` instead of `char`"),
        ("String" | "str" | "Str", Place::Param) => format!("rules lend their text: write `&str` instead of `{name}`"),
        ("String" | "str", Place::Memory) => format!("rules lend their text: write `Str<'_>` instead of `{name}`"),
        ("Vec" | "List", Place::Param) => format!("rules lend their lists: write `&[T]` instead of `{name}<T>`"),
        ("Vec", Place::Memory) => "rules lend their lists: write `List<'_, T>` instead of `Vec<T>`".to_owned(),
        ("Option", Place::Memory) => "write `Opt<T>`, whose layout rules know, instead of `Option<T>`".to_owned(),
        ("Option" | "Opt", Place::Param) => {
            format!("an option is not passed by itself: take a record with an `Opt<T>` field instead of `{name}<T>`")
        }
        ("Result", Place::Param | Place::Memory) => "a Result is not passed to natives: pass what it holds".to_owned(),
        ("Result", Place::Result) => "only the whole result can be a `Result`: give `Result<T, String>`".to_owned(),
        ("HashMap" | "BTreeMap", _) => format!("natives have no dicts: write `{list}` with a record for `T`"),
        ("HashSet" | "BTreeSet" | "VecDeque", _) => format!("write `{list}` instead of `{name}<T>`"),
        ("Box" | "Rc" | "Arc" | "Cow" | "Cell" | "RefCell", _) => {
            format!("rules hold plain values: write the type that is inside the `{name}`")
        }
        _ => return None,
    })
}

fn borrowed_hint(inner: &Type) -> &'static str {
    match inner {
        Type::Slice(_) => "write `List<'_, T>`, whose layout rules know, instead of `&[T]`",
        Type::Path(path) if path.path.is_ident("str") => "write `Str<'_>`, whose layout rules know, instead of `&str`",
        _ => "records hold records themselves: write the type without `&`",
    }
}

/// The error for a type that is neither a path nor a reference.
pub(crate) fn refuse(ty: &Type, place: Place) -> Error {
    let message = match (ty, place) {
        (Type::Tuple(tuple), Place::Result) if tuple.elems.is_empty() => {
            "a native gives a value: add a result type, such as `-> i64`".to_owned()
        }
        (Type::Tuple(_), _) => "natives have no tuples: write a struct with `#[derive(Schema)]`".to_owned(),
        (Type::ImplTrait(_), _) => "rules need to know the type: name it instead of `impl Trait`".to_owned(),
        (Type::Array(_) | Type::Slice(_), Place::Param) => "rules lend their lists: write `&[T]`".to_owned(),
        (Type::Array(_) | Type::Slice(_), Place::Memory) => "write `List<'_, T>`, whose layout rules know".to_owned(),
        (Type::Array(_), Place::Result) => "a List has no fixed length: write `Vec<T>`".to_owned(),
        (_, Place::Param) => format!("a native cannot take this type: it takes {PARAM_TYPES}"),
        (_, Place::Memory) => {
            "rules do not know this type: write i64, f64, bool, Str, List, Opt or a struct with `#[derive(Schema)]`"
                .to_owned()
        }
        (_, Place::Result) => format!("a native cannot give this type: it gives {RESULT_TYPES}"),
    };
    Error::new_spanned(ty, message)
}

const PARAM_TYPES: &str = "i64, f64, bool, &str, &[T], or &T for a struct with `#[derive(Schema)]`";
const RESULT_TYPES: &str =
    "i64, f64, bool, String, Vec<T>, Option<T>, a struct with `#[derive(Schema)]`, or a Result of these";

/// The tokens with every lifetime replaced by `'_`: what is written around the function has none of its lifetimes.
pub(crate) fn without_lifetimes(tokens: impl ToTokens) -> TokenStream {
    let mut after_tick = false;
    let replace = |token: TokenTree| {
        let name =
            std::mem::replace(&mut after_tick, matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''));
        match token {
            TokenTree::Ident(ident) if name => TokenTree::Ident(proc_macro2::Ident::new("_", ident.span())),
            TokenTree::Group(group) => {
                let mut inner = proc_macro2::Group::new(group.delimiter(), without_lifetimes(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other,
        }
    };
    tokens.into_token_stream().into_iter().map(replace).collect()
}
