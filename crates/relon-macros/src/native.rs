//! The expansion of `#[native]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Ident, ItemFn, Result};

use crate::attribute::{NativeAttribute, documentation};
use crate::signature::{self, Param, Passed};

/// The function, its C entry and its descriptor.
pub(crate) fn expand(attribute: &NativeAttribute, function: &ItemFn) -> Result<TokenStream> {
    signature::check(function)?;
    let params = signature::params(function)?;
    let result = signature::result(function)?;
    let name = attribute.name.as_ref().map_or_else(|| function.sig.ident.to_string(), syn::LitStr::value);
    let symbol = symbol(&name);
    let entry = entry(attribute, function, &params, &result, &symbol);
    let descriptor = descriptor(attribute, function, &params, &result, &name, &symbol);
    Ok(quote! {
        #function
        #entry
        #descriptor
    })
}

/// The function with the error beside it, so that calls of it do not fail as well.
pub(crate) fn with_error(function: &ItemFn, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    quote! {
        #function
        #error
    }
}

/// The symbol of the C entry. Those of the library have a prefix of their own.
fn symbol(name: &str) -> Ident {
    let flat = name.replace('.', "__");
    if name.starts_with("std.") { format_ident!("relon_{flat}") } else { format_ident!("relon_native_{flat}") }
}

fn entry(
    attribute: &NativeAttribute,
    function: &ItemFn,
    params: &[Param],
    result: &syn::Type,
    symbol: &Ident,
) -> TokenStream {
    let root = &attribute.root;
    let called = &function.sig.ident;
    let declared = params.iter().map(declare);
    let given = params.iter().map(|param| give(root, param));
    let outcome = quote_spanned!(result.span()=> <#result as #root::__private::Outcome>::Value);
    quote! {
        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn #symbol(
            context: *mut #root::__private::Context,
            #(#declared,)*
            out: *mut <#outcome as #root::__private::Return>::Memory,
        ) -> u32 {
            // SAFETY: compiled rules keep the native ABI.
            unsafe { #root::__private::run(context, out, || #called(#(#given),*)) }
        }
    }
}

/// The parameters of the C entry for one of the function.
fn declare(param: &Param) -> TokenStream {
    let (name, ty) = (&param.name, &param.ty);
    let length = format_ident!("{name}_length");
    match &param.passed {
        Passed::Scalar => quote!(#name: #ty),
        Passed::Bool => quote!(#name: u8),
        Passed::Text => quote!(#name: *const u8, #length: usize),
        Passed::Slice(element) => quote!(#name: *const #element, #length: usize),
        Passed::Record(record) => quote!(#name: *const #record),
    }
}

/// The argument for the function.
fn give(root: &syn::Path, param: &Param) -> TokenStream {
    let name = &param.name;
    let length = format_ident!("{name}_length");
    match &param.passed {
        Passed::Scalar => quote!(#name),
        Passed::Bool => quote!(#name != 0),
        Passed::Text => quote!(#root::__private::text(#name, #length)),
        Passed::Slice(_) => quote!(#root::__private::slice(#name, #length)),
        Passed::Record(_) => quote!(&*#name),
    }
}

/// The shape of a parameter, as a constant.
fn shape(root: &syn::Path, param: &Param) -> TokenStream {
    match &param.passed {
        Passed::Scalar | Passed::Bool => {
            let ty = &param.ty;
            quote!(<#ty as #root::__private::Value>::SHAPE)
        }
        Passed::Text => quote!(&#root::__private::Shape::String),
        Passed::Slice(element) => {
            quote_spanned!(element.span()=> &#root::__private::Shape::List(<#element as #root::__private::Value>::SHAPE))
        }
        Passed::Record(record) => {
            quote_spanned!(record.span()=> <#record as #root::__private::Value>::SHAPE)
        }
    }
}

fn descriptor(
    attribute: &NativeAttribute,
    function: &ItemFn,
    params: &[Param],
    result: &syn::Type,
    name: &str,
    symbol: &Ident,
) -> TokenStream {
    let NativeAttribute { root, requires, .. } = attribute;
    let descriptor = format_ident!("__relon_descriptor_{symbol}");
    let (symbol, doc) = (symbol.to_string(), documentation(&function.attrs));
    let names = params.iter().map(|param| param.name.to_string());
    let shapes = params.iter().map(|param| shape(root, param));
    let value = quote_spanned!(result.span()=> <#result as #root::__private::Outcome>::Value);
    let constant = format_ident!("__RELON_DESCRIPTOR_{symbol}");
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        const #constant: #root::__private::ConstDescriptor = #root::__private::ConstDescriptor {
            name: #name,
            symbol: #symbol,
            params: &[#((#names, #shapes)),*],
            result: <#value as #root::__private::Return>::SHAPE,
            fallible: <#result as #root::__private::Outcome>::FALLIBLE,
            requires: &[#(#root::__private::Capability::#requires),*],
            doc: #doc,
        };

        #[doc(hidden)]
        #[used]
        #[unsafe(no_mangle)]
        #[allow(non_upper_case_globals)]
        pub static #descriptor: [u8; #root::__private::encoded_size(&#constant)] =
            #root::__private::encode(&#constant);
    }
}
