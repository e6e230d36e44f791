//! Attribute and derive macros of Relon: `#[native]` and `#[derive(Schema)]`.
//!
//! Both write code that refers to one crate, `relon` unless the attribute says otherwise. Whatever a rule cannot use is an error at
//! the token that says so, and the error says what to write instead.

mod attribute;
mod native;
mod schema;
mod signature;
mod types;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Makes a function callable from rules.
///
/// The function stays as it is. Beside it the macro writes a C entry and a descriptor, which both end up in the package's bitcode.
///
/// - Parameters: `i64`, `f64`, `bool`, `&str`, `&[T]`, and `&T` for a struct with `#[derive(Schema)]`.
/// - Result: `i64`, `f64`, `bool`, `String`, `&str`, `Vec<T>`, `Option<T>`, such a struct, or `Result<T, String>`.
/// - `#[native(name = "fx.rate")]` gives the name that rules use; without it, it is the function's.
/// - `#[native(requires = "network")]`, or a list of such names, says what the host has to grant.
/// - `#[native(crate = path)]` names the crate that stands for `relon`.
#[proc_macro_attribute]
pub fn native(attribute: TokenStream, item: TokenStream) -> TokenStream {
    native::expand(attribute.into(), item.into()).into()
}

/// The constant beside a function marked with `native`, from the function's path: what `relon::natives!` is made of.
#[doc(hidden)]
#[proc_macro]
pub fn __native(path: TokenStream) -> TokenStream {
    native::constant_of(path.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Gives a `#[repr(C)]` struct with named fields the layout of a schema of the same name and fields.
///
/// Fields: `i64`, `f64`, `bool`, `relon::Str`, `relon::List<T>`, `relon::Opt<T>` and structs that derive this as well. A crate that does
/// not depend on `relon` itself names the crate with `#[schema(crate = path)]`.
#[proc_macro_derive(Schema, attributes(schema))]
pub fn schema(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::DeriveInput);
    schema::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}
