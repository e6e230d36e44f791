//! The expansion of `#[derive(Schema)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, FieldsNamed, GenericParam, Result};

use crate::attribute::schema_root;

/// The implementations of `Value` and `Return`.
pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let fields = named_fields(item)?;
    check_representation(item)?;
    check_generics(item)?;
    let root = schema_root(&item.attrs)?;
    let name = &item.ident;
    let (generics, arguments, clause) = item.generics.split_for_impl();
    let text = name.to_string();
    // What a native gives outlives the native.
    let lifetimes = item.generics.lifetimes().map(|_| quote!('static));
    let owned = quote!(#name <#(#lifetimes),*>);
    let shapes = fields.named.iter().map(|field| field_shape(&root, field));
    Ok(quote! {
        // SAFETY: the struct is `#[repr(C)]`, its fields have layouts that rules know, and the shape holds their real offsets.
        unsafe impl #generics #root::__private::Value for #name #arguments #clause {
            const SHAPE: &'static #root::__private::Shape =
                &#root::__private::Shape::Record(&#root::__private::RecordShape {
                    name: #text,
                    size: ::core::mem::size_of::<Self>(),
                    align: ::core::mem::align_of::<Self>(),
                    fields: &[#(#shapes),*],
                });
        }

        impl #root::__private::Return for #owned {
            const SHAPE: &'static #root::__private::Shape = <Self as #root::__private::Value>::SHAPE;
            type Memory = Self;

            #[inline(always)]
            unsafe fn into_memory(self, _context: *mut #root::__private::Context) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(self)
            }
        }
    })
}

fn field_shape(root: &syn::Path, field: &syn::Field) -> TokenStream {
    let (name, ty) = (&field.ident, &field.ty);
    let text = name.as_ref().map(ToString::to_string);
    quote_spanned! {ty.span()=>
        #root::__private::FieldShape {
            name: #text,
            offset: ::core::mem::offset_of!(Self, #name),
            shape: <#ty as #root::__private::Value>::SHAPE,
        }
    }
}

fn named_fields(item: &DeriveInput) -> Result<&FieldsNamed> {
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Ok(fields),
            _ => Err(Error::new_spanned(&item.ident, "a schema has named fields: write `struct Name { field: Type }`")),
        },
        _ => Err(Error::new_spanned(&item.ident, "only a struct with named fields can be a schema")),
    }
}

fn check_representation(item: &DeriveInput) -> Result<()> {
    let is_c = item.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")).any(|attribute| {
        let mut plain_c = false;
        let mut other = false;
        let parsed = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("C") { plain_c = true } else { other = true }
            Ok(())
        });
        parsed.is_ok() && plain_c && !other
    });
    if is_c {
        return Ok(());
    }
    Err(Error::new_spanned(&item.ident, "add `#[repr(C)]`: rules read the struct by its C layout"))
}

fn check_generics(item: &DeriveInput) -> Result<()> {
    match item.generics.params.iter().find(|param| !matches!(param, GenericParam::Lifetime(_))) {
        Some(param) => Err(Error::new_spanned(param, "a schema cannot be generic, save for lifetimes")),
        None => Ok(()),
    }
}
