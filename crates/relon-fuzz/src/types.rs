//! Types of generated programs, and the schemas and enums that they name.

use std::fmt::{self, Display, Formatter};

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    Int,
    Float,
    Bool,
    String,
    List(Box<Ty>),
    Tuple(Vec<Ty>),
    Dict(Box<Ty>),
    Option(Box<Ty>),
    Result(Box<Ty>, Box<Ty>),
    /// A schema of this number.
    Record(usize),
    /// An enum of this number.
    Enum(usize),
    /// A function.
    Function(Vec<Ty>, Box<Ty>),
}

/// A schema: its fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    /// The schema whose fields it begins with.
    pub(crate) base: Option<usize>,
    pub(crate) fields: Vec<Field>,
}

/// A field of a schema.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) has_default: bool,
}

/// A variant of an enum.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) payload: Payload,
}

/// What a variant holds.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    Unit,
    Tuple(Vec<Ty>),
    Struct(Vec<(String, Ty)>),
}

/// All types that a program declares. The first variant of an enum does not hold the enum.
#[derive(Clone, Debug, Default)]
pub(crate) struct Types {
    pub(crate) schemas: Vec<Schema>,
    pub(crate) enums: Vec<Vec<Variant>>,
}

impl Display for Ty {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let list = |items: &[Ty]| items.iter().map(Ty::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Ty::Int => f.write_str("Int"),
            Ty::Float => f.write_str("Float"),
            Ty::Bool => f.write_str("Bool"),
            Ty::String => f.write_str("String"),
            Ty::List(item) => write!(f, "List<{item}>"),
            Ty::Tuple(items) if items.is_empty() => f.write_str("()"),
            Ty::Tuple(items) => write!(f, "Tuple<{}>", list(items)),
            Ty::Dict(value) => write!(f, "Dict<String, {value}>"),
            Ty::Option(value) => write!(f, "Option<{value}>"),
            Ty::Result(value, error) => write!(f, "Result<{value}, {error}>"),
            Ty::Record(number) => write!(f, "R{number}"),
            Ty::Enum(number) => write!(f, "E{number}"),
            Ty::Function(parameters, result) if parameters.is_empty() => write!(f, "Closure<{result}>"),
            Ty::Function(parameters, result) => write!(f, "Closure<{}, {result}>", list(parameters)),
        }
    }
}

impl Ty {
    /// A list of these.
    pub(crate) fn list(item: Ty) -> Ty {
        Ty::List(Box::new(item))
    }

    /// An optional one of these.
    pub(crate) fn option(value: Ty) -> Ty {
        Ty::Option(Box::new(value))
    }

    /// A function of one parameter.
    pub(crate) fn function(parameter: Ty, result: Ty) -> Ty {
        Ty::Function(vec![parameter], Box::new(result))
    }

    /// Whether `+` with a String puts it into text.
    pub(crate) fn has_text(&self) -> bool {
        matches!(self, Ty::Int | Ty::Float | Ty::Bool | Ty::String)
    }

    /// Whether every expression that gives it says so, without a declaration.
    pub(crate) fn is_evident(&self) -> bool {
        self.has_text()
    }

    /// Whether a Float is in it, which could be no number and so cannot be part of a result.
    pub(crate) fn has_float(&self, types: &Types) -> bool {
        self.contains(types, &mut Vec::new())
    }

    fn contains(&self, types: &Types, seen: &mut Vec<Ty>) -> bool {
        match self {
            Ty::Float => true,
            Ty::Int | Ty::Bool | Ty::String | Ty::Function(..) => false,
            Ty::List(item) | Ty::Dict(item) | Ty::Option(item) => item.contains(types, seen),
            Ty::Tuple(items) => items.iter().any(|item| item.contains(types, seen)),
            Ty::Result(value, error) => value.contains(types, seen) || error.contains(types, seen),
            Ty::Record(_) | Ty::Enum(_) if seen.contains(self) => false,
            Ty::Record(number) => {
                seen.push(self.clone());
                types.schemas[*number].fields.iter().any(|field| field.ty.contains(types, seen))
            }
            Ty::Enum(number) => {
                seen.push(self.clone());
                types.enums[*number]
                    .iter()
                    .any(|variant| variant.payload.types().iter().any(|ty| ty.contains(types, seen)))
            }
        }
    }
}

impl Payload {
    /// The types of what it holds.
    pub(crate) fn types(&self) -> Vec<Ty> {
        match self {
            Payload::Unit => Vec::new(),
            Payload::Tuple(items) => items.clone(),
            Payload::Struct(fields) => fields.iter().map(|(_, ty)| ty.clone()).collect(),
        }
    }
}
