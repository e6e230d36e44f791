//! What a function may look like to be a native.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Error, FnArg, GenericParam, Generics, Ident, ItemFn, Lifetime, Pat, Result, ReturnType, Signature, Type};

use crate::types::{self, Place};

/// How a parameter is passed.
pub(crate) enum Passed {
    /// `i64` or `f64`: by value.
    Scalar,
    /// `bool`: a byte.
    Bool,
    /// `&str`: pointer and length.
    Text,
    /// `&[T]`: pointer and length.
    Slice(Type),
    /// `&T`: a pointer.
    Record(Type),
}

/// A parameter of a native.
pub(crate) struct Param {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) passed: Passed,
}

/// A function that can be a native.
pub(crate) struct NativeSignature {
    pub(crate) params: Vec<Param>,
    pub(crate) result: Type,
}

/// Reads the signature, or says all that is wrong with it.
pub(crate) fn read(function: &ItemFn) -> Result<NativeSignature> {
    let signature = &function.sig;
    let mut errors = Errors(None);
    errors.keep(check_kind(signature));
    errors.keep(check_generics(&signature.generics));
    let params: Vec<Param> = signature.inputs.iter().filter_map(|input| errors.keep(param(input))).collect();
    let result = errors.keep(result(signature));
    match (errors.0, result) {
        (None, Some(result)) => Ok(NativeSignature { params, result }),
        (Some(error), _) => Err(error),
        (None, None) => Err(Error::new(Span::call_site(), "the result type can't be read")),
    }
}

/// Errors so far, as one.
struct Errors(Option<Error>);

impl Errors {
    fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        let error = match result {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
        None
    }
}

fn refuse<T>(tokens: impl ToTokens, message: &str) -> Result<T> {
    Err(Error::new_spanned(tokens, message))
}

fn check_kind(signature: &Signature) -> Result<()> {
    if let Some(token) = &signature.asyncness {
        return refuse(token, "a native cannot be async: rules run to their end without waiting");
    }
    if let Some(token) = &signature.unsafety {
        return refuse(token, "a native cannot be unsafe: a rule may call it with any arguments");
    }
    if let Some(abi) = &signature.abi {
        return refuse(abi, "a native is an ordinary Rust function: leave this out, the macro writes the C entry");
    }
    match &signature.variadic {
        Some(token) => refuse(token, "a native has a fixed number of parameters: take a slice instead"),
        None => Ok(()),
    }
}

fn check_generics(generics: &Generics) -> Result<()> {
    for param in &generics.params {
        match param {
            GenericParam::Lifetime(lifetime) if lifetime.bounds.is_empty() => {}
            GenericParam::Lifetime(lifetime) => return refuse(lifetime, "lifetimes of natives have no bounds"),
            GenericParam::Type(_) | GenericParam::Const(_) => {
                return refuse(param, "a native cannot be generic: write one function for each type");
            }
        }
    }
    match &generics.where_clause {
        Some(clause) => refuse(clause, "a native cannot be generic: leave the `where` clause out"),
        None => Ok(()),
    }
}

fn param(input: &FnArg) -> Result<Param> {
    let FnArg::Typed(typed) = input else {
        return refuse(input, "a native is a free function: move it out of the `impl` and take `&T` instead of `self`");
    };
    let Pat::Ident(name) = &*typed.pat else {
        return refuse(&typed.pat, "give this parameter a plain name: rules can pass it by name");
    };
    let passed = passed(&typed.ty)?;
    if let Some(lifetime) = find_static(&typed.ty) {
        return refuse(lifetime, "arguments live no longer than the call: leave `'static` out");
    }
    Ok(Param { name: name.ident.clone(), ty: (*typed.ty).clone(), passed })
}

fn find_static(ty: &Type) -> Option<Lifetime> {
    fn find(tokens: proc_macro2::TokenStream) -> Option<Lifetime> {
        let mut after_tick = false;
        for token in tokens {
            match &token {
                proc_macro2::TokenTree::Ident(ident) if after_tick && ident == "static" => {
                    return Some(Lifetime::new("'static", ident.span()));
                }
                proc_macro2::TokenTree::Group(group) => {
                    if let Some(found) = find(group.stream()) {
                        return Some(found);
                    }
                }
                _ => {}
            }
            after_tick = matches!(&token, proc_macro2::TokenTree::Punct(punct) if punct.as_char() == '\'');
        }
        None
    }
    find(ty.to_token_stream())
}

fn passed(ty: &Type) -> Result<Passed> {
    match ty {
        Type::Path(path) if path.path.is_ident("i64") || path.path.is_ident("f64") => Ok(Passed::Scalar),
        Type::Path(path) if path.path.is_ident("bool") => Ok(Passed::Bool),
        Type::Path(path) => {
            types::check_path(path, Place::Param)?;
            let name = ty.to_token_stream();
            refuse(ty, &format!("rules lend their records: write `&{name}` instead of `{name}`"))
        }
        Type::Reference(reference) => borrowed(reference),
        other => Err(types::refuse(other, Place::Param)),
    }
}

fn borrowed(reference: &syn::TypeReference) -> Result<Passed> {
    if let Some(token) = &reference.mutability {
        return refuse(token, "values of rules do not change: write `&` instead of `&mut`");
    }
    match &*reference.elem {
        Type::Slice(slice) => {
            types::check_memory(&slice.elem)?;
            Ok(Passed::Slice((*slice.elem).clone()))
        }
        Type::Path(path) if path.path.is_ident("str") => Ok(Passed::Text),
        Type::Path(path) if ["i64", "f64", "bool"].iter().any(|name| path.path.is_ident(name)) => {
            refuse(reference, "numbers and Bools are passed by value: leave the `&` out")
        }
        Type::Path(path) => {
            types::check_path(path, Place::Param)?;
            Ok(Passed::Record((*reference.elem).clone()))
        }
        other => Err(types::refuse(other, Place::Param)),
    }
}

fn result(signature: &Signature) -> Result<Type> {
    let ReturnType::Type(_, ty) = &signature.output else {
        return refuse(&signature.ident, "a native gives a value: add a result type, such as `-> i64`");
    };
    match &**ty {
        Type::Path(path) if types::segment(path).is_some_and(|segment| segment.ident == "Result") => {
            check_fallible(path)?
        }
        other => types::check_result(other)?,
    }
    Ok((**ty).clone())
}

fn check_fallible(path: &syn::TypePath) -> Result<()> {
    let arguments = types::segment(path).map(types::arguments).unwrap_or_default();
    let [ok, error] = arguments.as_slice() else {
        return refuse(path, "say what the error is: write `Result<T, String>`");
    };
    types::check_result(ok)?;
    match error {
        Type::Path(path) if types::segment(path).is_some_and(|s| s.ident == "String" || s.ident == "Trap") => Ok(()),
        other => refuse(other, "rules see errors as text: write `Result<T, String>` and convert with `map_err`"),
    }
}
