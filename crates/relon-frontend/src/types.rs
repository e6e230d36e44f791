//! Types: how they are shown, joined, and when a value of one fits a place of another.

use std::collections::HashSet;
use std::rc::Rc;

use crate::hir::{Enum, Record, RecordId, Ty};

/// The declarations that types refer to.
pub(crate) struct Declarations<'a> {
    pub(crate) records: &'a [Record],
    pub(crate) enums: &'a [Enum],
}

/// Fields of a shape that are shown; the shape of a literal can have thousands.
const SHOWN_FIELDS: usize = 8;

impl Declarations<'_> {
    fn record(&self, id: RecordId) -> &Record {
        &self.records[id.0 as usize]
    }

    /// A type as the user would write it.
    pub(crate) fn show(&self, ty: &Ty) -> String {
        let list = |types: &[Ty]| types.iter().map(|ty| self.show(ty)).collect::<Vec<_>>().join(", ");
        match ty {
            Ty::Int => "Int".to_owned(),
            Ty::Float => "Float".to_owned(),
            Ty::Bool => "Bool".to_owned(),
            Ty::String => "String".to_owned(),
            Ty::List(element) => format!("List<{}>", self.show(element)),
            Ty::Tuple(items) => format!("({})", list(items)),
            Ty::Dict(value) => format!("Dict<String, {}>", self.show(value)),
            Ty::Option(payload) => format!("Option<{}>", self.show(payload)),
            Ty::Result(ok, err) => format!("Result<{}, {}>", self.show(ok), self.show(err)),
            Ty::Record(id) => match &self.record(*id).name {
                Some(name) => name.clone(),
                None => self.show_shape(*id),
            },
            Ty::Enum(id) => self.enums[id.0 as usize].name.clone(),
            Ty::Closure(ty) => {
                let mut parts = ty.params.clone();
                parts.push(ty.result.clone());
                format!("Closure<{}>", list(&parts))
            }
            Ty::Never | Ty::Error => "_".to_owned(),
        }
    }

    fn show_shape(&self, id: RecordId) -> String {
        let fields = &self.record(id).fields;
        let shown = fields.iter().take(SHOWN_FIELDS).map(|field| format!("{}: {}", field.name, self.show(&field.ty)));
        let more = if fields.len() > SHOWN_FIELDS { ", .." } else { "" };
        format!("{{ {}{more} }}", shown.collect::<Vec<_>>().join(", "))
    }

    /// Why a value of type `from` does not fit a place of type `to`; none if it does.
    pub(crate) fn misfit(&self, from: &Ty, to: &Ty) -> Option<Misfit> {
        let fits = |fit: bool| if fit { None } else { Some(Misfit::Type) };
        match (from, to) {
            (Ty::Never | Ty::Error, _) | (_, Ty::Error) => None,
            _ if from == to => None,
            (Ty::List(a), Ty::List(b)) | (Ty::Option(a), Ty::Option(b)) | (Ty::Dict(a), Ty::Dict(b)) => {
                self.misfit(a, b)
            }
            (Ty::Result(a, b), Ty::Result(c, d)) => self.misfit(a, c).or_else(|| self.misfit(b, d)),
            (Ty::Tuple(a), Ty::Tuple(b)) if a.len() == b.len() => {
                a.iter().zip(b.iter()).find_map(|(a, b)| self.misfit(a, b))
            }
            (Ty::Record(a), Ty::Dict(value)) => {
                let fields = &self.record(*a).fields;
                fields.iter().find_map(|field| self.misfit(&field.ty, value))
            }
            (Ty::Record(a), Ty::Record(b)) => self.record_misfit(*a, *b),
            (Ty::Closure(a), Ty::Closure(b)) => {
                // A function is used as it is, so nothing about it can be adapted.
                let has_error = a.result == Ty::Error || a.params.contains(&Ty::Error);
                fits(has_error || a == b)
            }
            _ => Some(Misfit::Type),
        }
    }

    /// A schema takes shapes with its fields, and schemas that were composed from it.
    fn record_misfit(&self, from: RecordId, to: RecordId) -> Option<Misfit> {
        let (source, target) = (self.record(from), self.record(to));
        let is_composed = source.bases.contains(&to);
        if target.name.is_none() || (source.name.is_some() && !is_composed) {
            return self.shape_misfit(source, target);
        }
        for field in &target.fields {
            match source.fields.iter().find(|given| given.name == field.name) {
                Some(given) if self.misfit(&given.ty, &field.ty).is_some() => {
                    return Some(Misfit::Field(field.name.clone()));
                }
                Some(_) => {}
                None if field.default.is_some() || matches!(field.ty, Ty::Option(_)) => {}
                None => return Some(Misfit::Missing(field.name.clone())),
            }
        }
        let unknown = source.fields.iter().find(|given| target.fields.iter().all(|field| field.name != given.name));
        unknown.filter(|_| !is_composed).map(|given| Misfit::Unknown(given.name.clone()))
    }

    /// Two shapes fit where their fields do, one by one.
    fn shape_misfit(&self, source: &Record, target: &Record) -> Option<Misfit> {
        let same_names = source.fields.iter().map(|f| &f.name).eq(target.fields.iter().map(|f| &f.name));
        if source.name.is_some() || target.name.is_some() || !same_names {
            return Some(Misfit::Type);
        }
        source.fields.iter().zip(&target.fields).find_map(|(a, b)| self.misfit(&a.ty, &b.ty))
    }

    /// Whether predicates run when a value is checked against the type.
    pub(crate) fn has_predicates(&self, ty: &Ty) -> bool {
        self.any_record(ty, &mut HashSet::new())
    }

    fn any_record(&self, ty: &Ty, seen: &mut HashSet<Ty>) -> bool {
        if matches!(ty, Ty::Record(_) | Ty::Enum(_)) && !seen.insert(ty.clone()) {
            return false;
        }
        match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Closure(_) | Ty::Never | Ty::Error => false,
            Ty::List(inner) | Ty::Option(inner) | Ty::Dict(inner) => self.any_record(inner, seen),
            Ty::Result(ok, err) => self.any_record(ok, seen) || self.any_record(err, seen),
            Ty::Tuple(items) => items.iter().any(|item| self.any_record(item, seen)),
            Ty::Record(id) => {
                let fields = &self.record(*id).fields;
                fields.iter().any(|field| field.is_checked || self.any_record(&field.ty, seen))
            }
            Ty::Enum(id) => {
                let variants = &self.enums[id.0 as usize].variants;
                variants.iter().any(|variant| variant.fields.iter().any(|(_, ty)| self.any_record(ty, seen)))
            }
        }
    }
}

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Another type altogether.
    Type,
    /// A field of the record has another type.
    Field(String),
    /// A field without default is not there.
    Missing(String),
    /// A field that the schema does not have.
    Unknown(String),
}

/// The type of a list whose elements have one of these types, or why there is none. Shapes are joined by `join_shapes`.
pub(crate) fn join(a: &Ty, b: &Ty, join_shapes: &mut dyn FnMut(RecordId, RecordId) -> Option<Ty>) -> Option<Ty> {
    Some(match (a, b) {
        (Ty::Never, other) | (other, Ty::Never) => other.clone(),
        (Ty::Error, _) | (_, Ty::Error) => Ty::Error,
        _ if a == b => a.clone(),
        (Ty::List(a), Ty::List(b)) => Ty::List(Rc::new(join(a, b, join_shapes)?)),
        (Ty::Option(a), Ty::Option(b)) => Ty::Option(Rc::new(join(a, b, join_shapes)?)),
        (Ty::Dict(a), Ty::Dict(b)) => Ty::Dict(Rc::new(join(a, b, join_shapes)?)),
        (Ty::Result(a, b), Ty::Result(c, d)) => {
            Ty::Result(Rc::new(join(a, c, join_shapes)?), Rc::new(join(b, d, join_shapes)?))
        }
        (Ty::Tuple(a), Ty::Tuple(b)) if a.len() == b.len() => {
            let items: Option<Vec<Ty>> = a.iter().zip(b.iter()).map(|(a, b)| join(a, b, join_shapes)).collect();
            Ty::Tuple(items?.into())
        }
        (Ty::Record(a), Ty::Record(b)) => join_shapes(*a, *b)?,
        _ => return None,
    })
}
