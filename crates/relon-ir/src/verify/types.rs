//! The types that cross the host boundary: what they name exists, and each has a size.

use super::{Checked, require};
use crate::layout::{DataType, EnumId, RecordId, TypeTable};

/// How far a record or enum is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    No,
    /// It is part of what is looked at.
    Inside,
    Done,
}

/// Checks all records and enums.
pub(super) fn check_types(types: &TypeTable) -> Checked {
    let mut checker =
        Sizes { types, records: vec![Seen::No; types.record_count()], enums: vec![Seen::No; types.enum_count()] };
    (0..types.record_count()).try_for_each(|id| checker.record(RecordId(id as u32)))?;
    (0..types.enum_count()).try_for_each(|id| checker.enumeration(EnumId(id as u32)))
}

/// Checks that what a type names exists.
pub(super) fn check_known(types: &TypeTable, ty: &DataType) -> Checked {
    match ty {
        DataType::Int | DataType::Float | DataType::Bool | DataType::String => Ok(()),
        DataType::List(inner) | DataType::Dict(inner) | DataType::Option(inner) | DataType::Boxed(inner) => {
            check_known(types, inner)
        }
        DataType::Result(ok, error) => check_known(types, ok).and_then(|()| check_known(types, error)),
        DataType::Tuple(items) => items.iter().try_for_each(|item| check_known(types, item)),
        DataType::Record(id) => require((id.0 as usize) < types.record_count(), || format!("{ty} does not exist")),
        DataType::Enum(id) => require((id.0 as usize) < types.enum_count(), || format!("{ty} does not exist")),
    }
}

struct Sizes<'a> {
    types: &'a TypeTable,
    records: Vec<Seen>,
    enums: Vec<Seen>,
}

impl Sizes<'_> {
    fn record(&mut self, id: RecordId) -> Checked {
        let ty = DataType::Record(id);
        if enter(&mut self.records[id.0 as usize], &ty)? {
            let types = self.types;
            types.record(id).fields.iter().try_for_each(|field| self.part(&ty, &field.ty))?;
            self.records[id.0 as usize] = Seen::Done;
        }
        Ok(())
    }

    fn enumeration(&mut self, id: EnumId) -> Checked {
        let ty = DataType::Enum(id);
        if enter(&mut self.enums[id.0 as usize], &ty)? {
            let variants = &self.types.enumeration(id).variants;
            variants.iter().flat_map(|variant| variant.parts()).try_for_each(|part| self.part(&ty, part))?;
            self.enums[id.0 as usize] = Seen::Done;
        }
        Ok(())
    }

    fn part(&mut self, whole: &DataType, part: &DataType) -> Checked {
        check_known(self.types, part).map_err(|message| format!("{whole}: {message}"))?;
        self.inline(part)
    }

    /// Looks at what lies within the value itself.
    fn inline(&mut self, ty: &DataType) -> Checked {
        match ty {
            DataType::Option(inner) => self.inline(inner),
            DataType::Result(ok, error) => self.inline(ok).and_then(|()| self.inline(error)),
            DataType::Tuple(items) => items.iter().try_for_each(|item| self.inline(item)),
            DataType::Record(id) => self.record(*id),
            DataType::Enum(id) => self.enumeration(*id),
            DataType::Int
            | DataType::Float
            | DataType::Bool
            | DataType::String
            | DataType::List(_)
            | DataType::Dict(_)
            | DataType::Boxed(_) => Ok(()),
        }
    }
}

/// Whether this is the first look at a type.
fn enter(seen: &mut Seen, ty: &DataType) -> Checked<bool> {
    require(*seen != Seen::Inside, || format!("{ty} holds itself without a list, a dict or a box between"))?;
    let is_new = *seen == Seen::No;
    if is_new {
        *seen = Seen::Inside;
    }
    Ok(is_new)
}
