//! What a function may look like to be a native.

use syn::{Error, FnArg, GenericArgument, Ident, ItemFn, Pat, PathArguments, Result, ReturnType, Type};

/// A parameter, by how it is passed.
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

/// Checks the parts that no native may have.
pub(crate) fn check(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    let refuse = |tokens: &dyn quote::ToTokens, message: &str| Err(Error::new_spanned(tokens, message));
    if let Some(token) = &signature.asyncness {
        return refuse(token, "a native cannot be async: rules run to their end without waiting");
    }
    if let Some(token) = &signature.unsafety {
        return refuse(token, "a native cannot be unsafe: a rule could call it with any arguments");
    }
    if let Some(token) = &signature.abi {
        return refuse(token, "a native is an ordinary Rust function; the macro writes its C entry");
    }
    if let Some(token) = &signature.variadic {
        return refuse(token, "a native has a fixed number of parameters");
    }
    if !signature.generics.params.is_empty() {
        return refuse(&signature.generics, "a native cannot be generic: write one function for each type");
    }
    if let Some(clause) = &signature.generics.where_clause {
        return refuse(clause, "a native cannot be generic: write one function for each type");
    }
    Ok(())
}

/// The parameters, or all that is wrong with them.
pub(crate) fn params(function: &ItemFn) -> Result<Vec<Param>> {
    let mut params = Vec::new();
    let mut errors: Option<Error> = None;
    for argument in &function.sig.inputs {
        match param(argument) {
            Ok(param) => params.push(param),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    errors.map_or(Ok(params), Err)
}

fn param(argument: &FnArg) -> Result<Param> {
    let FnArg::Typed(typed) = argument else {
        return Err(Error::new_spanned(argument, "a native is a free function, without `self`"));
    };
    let Pat::Ident(name) = &*typed.pat else {
        return Err(Error::new_spanned(&typed.pat, "give this parameter a plain name: rules can pass it by name"));
    };
    let passed = passed(&typed.ty)?;
    Ok(Param { name: name.ident.clone(), ty: (*typed.ty).clone(), passed })
}

const PARAM_TYPES: &str = "i64, f64, bool, &str, &[T], or &T for a struct with #[derive(relon::Schema)]";

fn passed(ty: &Type) -> Result<Passed> {
    match ty {
        Type::Path(path) if path.path.is_ident("i64") || path.path.is_ident("f64") => Ok(Passed::Scalar),
        Type::Path(path) if path.path.is_ident("bool") => Ok(Passed::Bool),
        Type::Reference(reference) => borrowed(reference),
        Type::Path(path) if path.path.is_ident("String") => {
            Err(Error::new_spanned(ty, "rules lend their text: take `&str` instead of `String`"))
        }
        Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Vec") => {
            Err(Error::new_spanned(ty, "rules lend their lists: take `&[T]` instead of `Vec<T>`"))
        }
        _ => Err(Error::new_spanned(ty, format!("a native cannot take this type; it takes {PARAM_TYPES}"))),
    }
}

fn borrowed(reference: &syn::TypeReference) -> Result<Passed> {
    if let Some(token) = &reference.mutability {
        return Err(Error::new_spanned(token, "values of rules do not change: take `&` instead of `&mut`"));
    }
    match &*reference.elem {
        Type::Path(path) if path.path.is_ident("str") => Ok(Passed::Text),
        Type::Path(path) if path.path.is_ident("String") => {
            Err(Error::new_spanned(path, "take `&str` instead of `&String`"))
        }
        Type::Path(path) if ["i64", "f64", "bool"].iter().any(|name| path.path.is_ident(name)) => {
            Err(Error::new_spanned(reference, "take numbers and Bools by value"))
        }
        Type::Path(path) => Ok(Passed::Record(Type::Path(path.clone()))),
        Type::Slice(slice) => Ok(Passed::Slice((*slice.elem).clone())),
        other => Err(Error::new_spanned(other, format!("a native cannot take this type; it takes {PARAM_TYPES}"))),
    }
}

/// The result type.
pub(crate) fn result(function: &ItemFn) -> Result<Type> {
    let ty = match &function.sig.output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => {
            return Err(Error::new_spanned(&function.sig, "a native gives a value: add a result type, such as `-> i64`"));
        }
    };
    check_result(&ty)?;
    Ok(ty)
}

fn check_result(ty: &Type) -> Result<()> {
    match ty {
        Type::ImplTrait(_) => Err(Error::new_spanned(ty, "name the result type: rules need to know it")),
        Type::Path(path) => {
            let Some(segment) = path.path.segments.last() else { return Ok(()) };
            if let Some(hint) = number_hint(&segment.ident) {
                return Err(Error::new_spanned(ty, hint));
            }
            if let PathArguments::AngleBracketed(arguments) = &segment.arguments {
                for argument in &arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        check_result(ty)?;
                    }
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn number_hint(name: &Ident) -> Option<String> {
    let name = name.to_string();
    match name.as_str() {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "isize" | "i128" | "u128" => {
            Some(format!("Int is 64 bits wide: give `i64` instead of `{name}`"))
        }
        "f32" => Some("Float is 64 bits wide: give `f64` instead of `f32`".to_owned()),
        _ => None,
    }
}
