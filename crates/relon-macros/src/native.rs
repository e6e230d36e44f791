//! The expansion of `#[native]`: the function as it is, its C entry, a second entry of uniform type, its descriptor, and a constant that
//! holds all of these.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, ItemFn, Path, Result};

use crate::attribute::{NativeAttribute, documentation};
use crate::signature::{self, NativeSignature, Param, Passed};
use crate::types::without_lifetimes;

/// The item and what is written beside it. An error stands beside the item too, so that uses of it don't fail as well.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let beside = beside(attribute, item.clone()).unwrap_or_else(Error::into_compile_error);
    quote!(#item #beside)
}

fn beside(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => return Err(not_a_function(item, error)),
    };
    let native = Native::new(syn::parse2(attribute)?, &function)?;
    let (entry, packed, descriptor, constant) =
        (native.entry(), native.packed(), native.descriptor(), native.constant());
    Ok(quote!(#entry #packed #descriptor #constant))
}

fn not_a_function(item: TokenStream, error: Error) -> Error {
    match syn::parse2::<syn::Item>(item) {
        Ok(item) => Error::new_spanned(item, "only functions can be natives: move `#[native]` to a function"),
        Err(_) => error,
    }
}

/// All that the expansion is made of.
struct Native<'a> {
    root: Path,
    requires: Vec<Ident>,
    function: &'a ItemFn,
    params: Vec<Param>,
    /// The result type, without lifetimes.
    result: TokenStream,
    /// Where the result type stands in the source.
    result_span: Span,
    name: String,
    symbol: String,
    /// Conditions of the function, which hold for what is beside it too.
    conditions: Vec<&'a Attribute>,
}

impl<'a> Native<'a> {
    fn new(attribute: NativeAttribute, function: &'a ItemFn) -> Result<Self> {
        let NativeSignature { params, result } = signature::read(function)?;
        let own_name = || function.sig.ident.unraw().to_string();
        let name = attribute.name.map_or_else(own_name, |name| name.value());
        Ok(Native {
            root: attribute.root,
            requires: attribute.requires,
            function,
            params,
            result_span: result.span(),
            result: without_lifetimes(result),
            symbol: symbol(&name),
            name,
            conditions: function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect(),
        })
    }

    fn entry(&self) -> TokenStream {
        let Native { root, conditions, .. } = self;
        let symbol = Ident::new(&self.symbol, self.function.sig.ident.span());
        let called = &self.function.sig.ident;
        let declared = self.params.iter().enumerate().map(|(index, param)| declare(index, param));
        let given = self.params.iter().enumerate().map(|(index, param)| give(root, index, param));
        let near = placed(root, self.result_span);
        let run = quote_spanned!(self.result_span=> #near::__private::run(__context, __out, || #called(#(#given),*)));
        quote! {
            #(#conditions)*
            #[doc(hidden)]
            #[unsafe(no_mangle)]
            #[allow(clippy::all, clippy::pedantic, clippy::undocumented_unsafe_blocks)]
            #[allow(deprecated, non_snake_case, unreachable_pub, unsafe_code)]
            pub unsafe extern "C" fn #symbol(
                __context: *mut #root::__private::Context,
                #(#declared,)*
                __out: *mut ::core::primitive::u8,
            ) -> ::core::primitive::u32 {
                // SAFETY: compiled rules keep the native ABI.
                unsafe { #run }
            }
        }
    }

    /// The entry for callers that know the signature only at run time: it takes its arguments out of memory and calls the C entry. Its
    /// symbol says that it is no native itself, so that it stays out of the bitcode that rules are linked with.
    fn packed(&self) -> TokenStream {
        let Native { root, symbol, conditions, .. } = self;
        let (packed, entry) = (format_ident!("__relon_packed_{symbol}"), format_ident!("{symbol}"));
        let taken = self.params.iter().enumerate().map(|(index, param)| take(root, index, param));
        let given = self.params.iter().enumerate().map(|(index, param)| pass(index, param));
        quote! {
            #(#conditions)*
            #[doc(hidden)]
            #[unsafe(no_mangle)]
            #[allow(clippy::all, clippy::pedantic, clippy::undocumented_unsafe_blocks)]
            #[allow(deprecated, non_snake_case, unreachable_pub, unsafe_code)]
            pub unsafe extern "C" fn #packed(
                __context: *mut #root::__private::Context,
                __arguments: *const *const ::core::primitive::u8,
                __out: *mut ::core::primitive::u8,
            ) -> ::core::primitive::u32 {
                // SAFETY: the caller has one argument for each parameter, in memory as its descriptor says.
                unsafe {
                    #(#taken)*
                    #entry(__context, #(#given,)* __out)
                }
            }
        }
    }

    fn descriptor(&self) -> TokenStream {
        let Native { root, name, symbol, requires, result, conditions, .. } = self;
        let (constant, descriptor) = (format_ident!("__RELON_{symbol}"), format_ident!("__relon_descriptor_{symbol}"));
        let names = self.params.iter().map(|param| param.name.unraw().to_string());
        let shapes = self.params.iter().map(|param| shape(root, param));
        let doc = documentation(&self.function.attrs);
        let near = placed(root, self.result_span);
        let shape = quote_spanned! {self.result_span=>
            <<#result as #near::__private::Outcome>::Value as #near::__private::Return>::SHAPE
        };
        let fallible = quote_spanned!(self.result_span=> <#result as #near::__private::Outcome>::FALLIBLE);
        quote! {
            #(#conditions)*
            #[doc(hidden)]
            #[allow(non_upper_case_globals)]
            const #constant: #root::__private::ConstDescriptor = #root::__private::ConstDescriptor {
                name: #name,
                symbol: #symbol,
                params: &[#((#names, #shapes)),*],
                result: #shape,
                fallible: #fallible,
                requires: &[#(#root::__private::Capability::#requires),*],
                doc: #doc,
            };

            #(#conditions)*
            #[doc(hidden)]
            #[used]
            #[unsafe(no_mangle)]
            #[allow(non_upper_case_globals, unreachable_pub, unsafe_code)]
            pub static #descriptor: [::core::primitive::u8; #root::__private::encoded_size(&#constant)] =
                #root::__private::encode(&#constant);
        }
    }

    /// All of it, for programs that call the native at its address.
    fn constant(&self) -> TokenStream {
        let Native { root, symbol, conditions, .. } = self;
        let (visibility, constant) = (&self.function.vis, constant_name(&self.function.sig.ident));
        let (entry, packed) = (format_ident!("{symbol}"), format_ident!("__relon_packed_{symbol}"));
        let descriptor = format_ident!("__relon_descriptor_{symbol}");
        quote! {
            #(#conditions)*
            #[doc(hidden)]
            #[allow(clippy::undocumented_unsafe_blocks, dead_code, non_upper_case_globals, unsafe_code)]
            #visibility const #constant: #root::__private::Native =
                // SAFETY: all of them are made of one function.
                unsafe { #root::__private::Native::new(&#descriptor, #packed, #entry as *const ()) };
        }
    }
}

/// What `natives!` makes of the path of a function: the path of its constant.
pub(crate) fn constant_of(path: TokenStream) -> Result<TokenStream> {
    let mut path: Path = syn::parse2(path)?;
    if let Some(last) = path.segments.last_mut() {
        last.ident = constant_name(&last.ident);
    }
    Ok(path.into_token_stream())
}

/// The name of the constant beside a function.
fn constant_name(function: &Ident) -> Ident {
    Ident::new(&format!("__relon_native_{}", function.unraw()), function.span())
}

/// The symbol of the C entry. Those of the library have a prefix of their own.
fn symbol(name: &str) -> String {
    let flat = name.replace('.', "__");
    if name.starts_with("std.") { format!("relon_{flat}") } else { format!("relon_native_{flat}") }
}

/// The names of a parameter in the entry: its value or pointer, and its length.
fn parts(index: usize) -> (Ident, Ident) {
    (format_ident!("__param_{index}"), format_ident!("__length_{index}"))
}

/// The parameters of the C entry for one of the function.
fn declare(index: usize, param: &Param) -> TokenStream {
    let (name, length) = parts(index);
    match &param.passed {
        Passed::Scalar => {
            let ty = &param.ty;
            quote!(#name: #ty)
        }
        Passed::Bool => quote!(#name: ::core::primitive::u8),
        Passed::Text => quote!(#name: *const ::core::primitive::u8, #length: ::core::primitive::usize),
        Passed::Slice(element) => {
            let element = without_lifetimes(element);
            quote!(#name: *const #element, #length: ::core::primitive::usize)
        }
        Passed::Record(record) => {
            let record = without_lifetimes(record);
            quote!(#name: *const #record)
        }
    }
}

/// Takes an argument out of memory; its type is that of the C entry's parameter.
fn take(root: &Path, index: usize, param: &Param) -> TokenStream {
    let (name, length) = parts(index);
    match &param.passed {
        Passed::Scalar | Passed::Bool => quote!(let #name = #root::__private::packed_scalar(__arguments, #index);),
        Passed::Text | Passed::Slice(_) => {
            quote!(let (#name, #length) = #root::__private::packed_slice(__arguments, #index);)
        }
        Passed::Record(_) => quote!(let #name = #root::__private::packed_record(__arguments, #index);),
    }
}

/// What the C entry gets for one parameter.
fn pass(index: usize, param: &Param) -> TokenStream {
    let (name, length) = parts(index);
    match &param.passed {
        Passed::Scalar | Passed::Bool | Passed::Record(_) => quote!(#name),
        Passed::Text | Passed::Slice(_) => quote!(#name, #length),
    }
}

/// The path as if it stood at `span`, where errors that come of it are to be shown.
fn placed(root: &Path, span: Span) -> TokenStream {
    let place = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    root.to_token_stream().into_iter().map(place).collect()
}

/// The argument for the function.
fn give(root: &Path, index: usize, param: &Param) -> TokenStream {
    let (name, length) = parts(index);
    match &param.passed {
        Passed::Scalar => quote!(#name),
        Passed::Bool => quote!(#name != 0),
        Passed::Text => quote!(#root::__private::text(#name, #length)),
        Passed::Slice(_) => quote!(#root::__private::slice(#name, #length)),
        Passed::Record(_) => quote!(#root::__private::record(#name)),
    }
}

/// The shape of a parameter, as a constant.
fn shape(root: &Path, param: &Param) -> TokenStream {
    let of = |ty: &syn::Type| {
        let (erased, near) = (without_lifetimes(ty), placed(root, ty.span()));
        quote_spanned!(ty.span()=> <#erased as #near::__private::Value>::SHAPE)
    };
    match &param.passed {
        Passed::Scalar | Passed::Bool => of(&param.ty),
        Passed::Text => quote!(&#root::__private::Shape::String),
        Passed::Slice(element) => {
            let shape = of(element);
            quote!(&#root::__private::Shape::List(#shape))
        }
        Passed::Record(record) => {
            let (shape, near) = (of(record), placed(root, record.span()));
            quote_spanned!(record.span()=> #near::__private::record_shape(#shape))
        }
    }
}
