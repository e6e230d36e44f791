//! The expansion of `#[derive(Schema)]`: the struct's shape, and that natives can give it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, FieldsNamed, GenericParam, Lifetime, Path, Result};

use crate::attribute::schema_root;
use crate::types::check_memory;

/// The implementations of `Value` and `Return`.
pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let fields = named_fields(item)?;
    check_representation(item)?;
    check_generics(item)?;
    fields.named.iter().try_for_each(|field| check_memory(&field.ty))?;
    let root = schema_root(&item.attrs)?;
    let name = &item.ident;
    let (generics, arguments, clause) = item.generics.split_for_impl();
    let record = record_shape(item, fields, &root);
    let lend = lend(item, &root);
    Ok(quote! {
        // SAFETY: the struct is `#[repr(C)]`, its fields have layouts that rules know, and the shape holds their real offsets.
        #[allow(unsafe_code, clippy::undocumented_unsafe_blocks)]
        unsafe impl #generics #root::__private::Value for #name #arguments #clause {
            const SHAPE: &'static #root::__private::Shape = &#root::__private::Shape::Record(&#record);
        }

        // SAFETY: the struct is given as it lies in memory.
        #[allow(unsafe_code, clippy::undocumented_unsafe_blocks)]
        unsafe impl #generics #root::__private::Return for #name #arguments #clause {
            const SHAPE: &'static #root::__private::Shape = <Self as #root::__private::Value>::SHAPE;
            type Memory = Self;

            #[inline(always)]
            unsafe fn into_memory(self, _context: *mut #root::__private::Context) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(self)
            }
        }

        #lend
    })
}

/// That handles of rules may name the struct: with `'static` in place of its lifetimes it stands for the struct with any.
fn lend(item: &DeriveInput, root: &Path) -> TokenStream {
    let name = &item.ident;
    let lifetimes = |lifetime: &str| -> Vec<Lifetime> {
        item.generics.lifetimes().map(|_| Lifetime::new(lifetime, Span::call_site())).collect()
    };
    let (forever, lent) = (lifetimes("'static"), lifetimes("'relon"));
    quote! {
        // SAFETY: all lifetimes are replaced.
        #[allow(unsafe_code, clippy::undocumented_unsafe_blocks)]
        unsafe impl #root::__private::Lend for #name<#(#forever),*> {
            type At<'relon> = #name<#(#lent),*>;
        }
    }
}

fn record_shape(item: &DeriveInput, fields: &FieldsNamed, root: &Path) -> TokenStream {
    let text = item.ident.unraw().to_string();
    let shapes = fields.named.iter().map(|field| field_shape(root, field));
    let drops = format!("`{text}` must not implement Drop: rules copy records");
    quote! {
        #root::__private::RecordShape {
            name: #text,
            size: {
                ::core::assert!(!::core::mem::needs_drop::<Self>(), #drops);
                ::core::mem::size_of::<Self>()
            },
            align: ::core::mem::align_of::<Self>(),
            fields: &[#(#shapes),*],
        }
    }
}

fn field_shape(root: &Path, field: &Field) -> TokenStream {
    let (name, ty) = (&field.ident, &field.ty);
    let text = name.as_ref().map(|name| name.unraw().to_string());
    let shape = quote_spanned!(ty.span()=> <#ty as #root::__private::Value>::SHAPE);
    quote! {
        #root::__private::FieldShape { name: #text, offset: ::core::mem::offset_of!(Self, #name), shape: #shape }
    }
}

fn named_fields(item: &DeriveInput) -> Result<&FieldsNamed> {
    let wrong = |message| Err(Error::new_spanned(&item.ident, message));
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Ok(fields),
            _ => wrong("a schema has named fields: write `struct Name { field: Type }`"),
        },
        Data::Enum(_) => wrong("natives have no enums: write a struct with a field for each case"),
        Data::Union(_) => wrong("only a struct with named fields can be a schema"),
    }
}

fn check_representation(item: &DeriveInput) -> Result<()> {
    let Some(repr) = item.attrs.iter().find(|attribute| attribute.path().is_ident("repr")) else {
        return Err(Error::new_spanned(&item.ident, "add `#[repr(C)]`: rules read the struct by its C layout"));
    };
    let reprs = item.attrs.iter().filter(|attribute| attribute.path().is_ident("repr"));
    if reprs.clone().all(is_plain_c) {
        return Ok(());
    }
    let wrong = reprs.clone().find(|attribute| !is_plain_c(attribute)).unwrap_or(repr);
    Err(Error::new_spanned(wrong, "write `#[repr(C)]` alone: rules read the struct by its C layout"))
}

fn is_plain_c(attribute: &Attribute) -> bool {
    attribute.parse_args::<Path>().is_ok_and(|path| path.is_ident("C"))
}

fn check_generics(item: &DeriveInput) -> Result<()> {
    match item.generics.params.iter().find(|param| !matches!(param, GenericParam::Lifetime(_))) {
        Some(param) => Err(Error::new_spanned(param, "a schema cannot be generic: write one struct for each type")),
        None => Ok(()),
    }
}
