//! Types: how they are shown, joined, and when a value of one fits a place of another.

use std::sync::Arc;

use crate::hir::{Enum, Record, RecordId, Ty};

/// The declarations that types refer to.
pub(crate) struct Declarations<'a> {
    pub(crate) records: &'a [Record],
    pub(crate) enums: &'a [Enum],
}

impl<'a> Declarations<'a> {
    fn record(&self, id: RecordId) -> &'a Record {
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
        let fields = self.record(id).fields.iter().map(|field| format!("{}: {}", field.name, self.show(&field.ty)));
        format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
    }

    /// Why a value of type `from` does not fit a place of type `to`; none if it does.
    pub(crate) fn misfit(&self, from: &Ty, to: &Ty) -> Option<Misfit> {
        self.misfit_among(from, to, &mut Vec::new())
    }

    /// `seen` are the pairs of records that are being compared: where one comes up again, it fits if all else does.
    fn misfit_among(&self, from: &Ty, to: &Ty, seen: &mut Vec<(RecordId, RecordId)>) -> Option<Misfit> {
        let fits = |fit: bool| if fit { None } else { Some(Misfit::Type) };
        match (from, to) {
            (Ty::Never | Ty::Error, _) | (_, Ty::Error) => None,
            _ if from == to => None,
            (Ty::List(a), Ty::List(b)) | (Ty::Option(a), Ty::Option(b)) | (Ty::Dict(a), Ty::Dict(b)) => {
                self.misfit_among(a, b, seen)
            }
            (Ty::Result(a, b), Ty::Result(c, d)) => {
                self.misfit_among(a, c, seen).or_else(|| self.misfit_among(b, d, seen))
            }
            (Ty::Tuple(a), Ty::Tuple(b)) if a.len() == b.len() => {
                a.iter().zip(b.iter()).find_map(|(a, b)| self.misfit_among(a, b, seen))
            }
            (Ty::Record(a), Ty::Dict(value)) => {
                let fields = &self.record(*a).fields;
                fields.iter().find_map(|field| self.misfit_among(&field.ty, value, seen))
            }
            (Ty::Record(a), Ty::Record(b)) => self.record_misfit(*a, *b, seen),
            (Ty::Closure(a), Ty::Closure(b)) => {
                // A function is used as it is, so nothing about it can be adapted.
                let has_error = a.result == Ty::Error || a.params.contains(&Ty::Error);
                fits(has_error || a == b)
            }
            _ => Some(Misfit::Type),
        }
    }

    /// A schema takes shapes with its fields, and schemas that were composed from it.
    fn record_misfit(&self, from: RecordId, to: RecordId, seen: &mut Vec<(RecordId, RecordId)>) -> Option<Misfit> {
        if seen.contains(&(from, to)) {
            return None;
        }
        seen.push((from, to));
        let (source, target) = (self.record(from), self.record(to));
        let is_composed = source.bases.contains(&to);
        if target.name.is_none() || (source.name.is_some() && !is_composed) {
            return self.shape_misfit(source, target, seen);
        }
        for field in &target.fields {
            match source.fields.iter().find(|given| given.name == field.name) {
                Some(given) if self.misfit_among(&given.ty, &field.ty, seen).is_some() => {
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
    fn shape_misfit(&self, source: &Record, target: &Record, seen: &mut Vec<(RecordId, RecordId)>) -> Option<Misfit> {
        let same_names = source.fields.iter().map(|f| &f.name).eq(target.fields.iter().map(|f| &f.name));
        if source.name.is_some() || target.name.is_some() || !same_names {
            return Some(Misfit::Type);
        }
        source.fields.iter().zip(&target.fields).find_map(|(a, b)| self.misfit_among(&a.ty, &b.ty, seen))
    }

    /// Whether predicates run when a value is checked against the type.
    pub(crate) fn has_predicates(&self, ty: &Ty) -> bool {
        self.records_within(ty).iter().any(|record| record.fields.iter().any(|field| field.is_checked))
    }

    /// The records that a value of the type can hold, at any depth.
    pub(crate) fn records_within(&self, ty: &Ty) -> Vec<&'a Record> {
        let mut seen = Vec::new();
        self.collect_records(ty, &mut seen);
        let records = seen.iter().filter_map(|ty| match ty {
            Ty::Record(id) => Some(self.record(*id)),
            _ => None,
        });
        records.collect()
    }

    /// Adds the records and enums within a type that are not known yet.
    fn collect_records(&self, ty: &Ty, seen: &mut Vec<Ty>) {
        if matches!(ty, Ty::Record(_) | Ty::Enum(_)) {
            if seen.contains(ty) {
                return;
            }
            seen.push(ty.clone());
        }
        match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Closure(_) | Ty::Never | Ty::Error => {}
            Ty::List(inner) | Ty::Option(inner) | Ty::Dict(inner) => self.collect_records(inner, seen),
            Ty::Result(ok, err) => {
                self.collect_records(ok, seen);
                self.collect_records(err, seen);
            }
            Ty::Tuple(items) => items.iter().for_each(|item| self.collect_records(item, seen)),
            Ty::Record(id) => self.record(*id).fields.iter().for_each(|field| self.collect_records(&field.ty, seen)),
            Ty::Enum(id) => {
                let variants = &self.enums[id.0 as usize].variants;
                let parts = variants.iter().flat_map(|variant| &variant.fields);
                parts.for_each(|(_, ty)| self.collect_records(ty, seen));
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

/// The type of a list whose elements have one of these types, or why there is none. Shapes are joined with each other and with Dicts by
/// `join_shapes`.
pub(crate) fn join(a: &Ty, b: &Ty, join_shapes: &mut dyn FnMut(&Ty, &Ty) -> Option<Ty>) -> Option<Ty> {
    Some(match (a, b) {
        (Ty::Never, other) | (other, Ty::Never) => other.clone(),
        (Ty::Error, _) | (_, Ty::Error) => Ty::Error,
        _ if a == b => a.clone(),
        (Ty::List(a), Ty::List(b)) => Ty::List(Arc::new(join(a, b, join_shapes)?)),
        (Ty::Option(a), Ty::Option(b)) => Ty::Option(Arc::new(join(a, b, join_shapes)?)),
        (Ty::Dict(a), Ty::Dict(b)) => Ty::Dict(Arc::new(join(a, b, join_shapes)?)),
        (Ty::Result(a, b), Ty::Result(c, d)) => {
            Ty::Result(Arc::new(join(a, c, join_shapes)?), Arc::new(join(b, d, join_shapes)?))
        }
        (Ty::Tuple(a), Ty::Tuple(b)) if a.len() == b.len() => {
            let items: Option<Vec<Ty>> = a.iter().zip(b.iter()).map(|(a, b)| join(a, b, join_shapes)).collect();
            Ty::Tuple(items?.into())
        }
        (Ty::Record(_), Ty::Record(_) | Ty::Dict(_)) | (Ty::Dict(_), Ty::Record(_)) => join_shapes(a, b)?,
        _ => return None,
    })
}
