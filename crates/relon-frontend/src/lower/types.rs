//! From types to scalars and memory.

use std::collections::HashSet;

use relon_ir::Type;
use relon_ir::layout::{self, DataType, EnumType, FieldType, Payload, RecordType, VariantType};

use super::Lowerer;
use crate::hir::{EnumId, RecordField, RecordId, Ty, VariantStyle};

/// A type as values have it, or as the host gives it: in the input form a field with a default is an Option that is absent where the
/// host gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Form {
    pub(super) ty: Ty,
    pub(super) input: bool,
}

impl Form {
    pub(super) fn plain(ty: &Ty) -> Self {
        Form { ty: ty.clone(), input: false }
    }

    /// A part of this form.
    pub(super) fn part(&self, ty: &Ty) -> Self {
        Form { ty: ty.clone(), input: self.input }
    }

    /// Whether a field of a record may be absent in this form.
    pub(super) fn may_lack(&self, field: &RecordField) -> bool {
        self.input && field.default.is_some()
    }
}

impl<'p> Lowerer<'p> {
    pub(super) fn record(&self, id: RecordId) -> &'p crate::hir::Record {
        &self.program.records[id.0 as usize]
    }

    pub(super) fn enumeration(&self, id: EnumId) -> &'p crate::hir::Enum {
        &self.program.enums[id.0 as usize]
    }

    /// The scalars that a value consists of.
    pub(super) fn scalars(&self, form: &Form) -> Vec<Type> {
        let mut scalars = Vec::new();
        self.push_scalars(form, &mut scalars);
        scalars
    }

    pub(super) fn scalars_of(&self, ty: &Ty) -> Vec<Type> {
        self.scalars(&Form::plain(ty))
    }

    fn push_scalars(&self, form: &Form, scalars: &mut Vec<Type>) {
        match &form.ty {
            Ty::Record(_) | Ty::Enum(_) if self.recursion.is_boxed(&form.ty) => scalars.push(Type::Ptr),
            _ => self.push_content(form, scalars),
        }
    }

    /// The scalars of a value, or of what is in its box.
    fn push_content(&self, form: &Form, scalars: &mut Vec<Type>) {
        match &form.ty {
            Ty::Int => scalars.push(Type::Int),
            Ty::Float => scalars.push(Type::Float),
            Ty::Bool => scalars.push(Type::Bool),
            Ty::String | Ty::List(_) | Ty::Dict(_) => scalars.extend([Type::Ptr, Type::Int]),
            Ty::Tuple(items) => items.iter().for_each(|item| self.push_scalars(&form.part(item), scalars)),
            Ty::Option(payload) => {
                scalars.push(Type::Bool);
                self.push_scalars(&form.part(payload), scalars);
            }
            Ty::Result(ok, err) => {
                scalars.push(Type::Bool);
                self.push_scalars(&form.part(ok), scalars);
                self.push_scalars(&form.part(err), scalars);
            }
            Ty::Record(id) => {
                for field in &self.record(*id).fields {
                    if form.may_lack(field) {
                        scalars.push(Type::Bool);
                    }
                    self.push_scalars(&form.part(&field.ty), scalars);
                }
            }
            Ty::Enum(id) => {
                scalars.push(Type::Int);
                for variant in &self.enumeration(*id).variants {
                    variant.fields.iter().for_each(|(_, ty)| self.push_scalars(&form.part(ty), scalars));
                }
            }
            // Functions are known in advance; an element of `[]` has no value.
            Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => {}
        }
    }

    /// How a value lies in memory.
    pub(super) fn data(&mut self, form: &Form) -> DataType {
        let content = self.content(form);
        if self.recursion.is_boxed(&form.ty) { DataType::Boxed(Box::new(content)) } else { content }
    }

    /// How a value, or what is in its box, lies in memory.
    pub(super) fn content(&mut self, form: &Form) -> DataType {
        match &form.ty {
            Ty::Int => DataType::Int,
            Ty::Float => DataType::Float,
            Ty::Bool => DataType::Bool,
            Ty::String => DataType::String,
            Ty::List(element) => DataType::List(Box::new(self.data(&form.part(element)))),
            Ty::Dict(value) => DataType::Dict(Box::new(self.data(&form.part(value)))),
            Ty::Option(payload) => DataType::Option(Box::new(self.data(&form.part(payload)))),
            Ty::Result(ok, err) => {
                DataType::Result(Box::new(self.data(&form.part(ok))), Box::new(self.data(&form.part(err))))
            }
            Ty::Tuple(items) => DataType::Tuple(items.iter().map(|item| self.data(&form.part(item))).collect()),
            Ty::Record(id) => DataType::Record(self.record_data(*id, form)),
            Ty::Enum(id) => DataType::Enum(self.enum_data(*id, form)),
            Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => DataType::Tuple(Vec::new()),
        }
    }

    /// The input form differs only where a default is somewhere inside.
    pub(super) fn has_defaults(&self, ty: &Ty) -> bool {
        self.may_have_defaults(ty, &mut HashSet::new())
    }

    fn may_have_defaults<'t>(&self, ty: &'t Ty, seen: &mut HashSet<&'t Ty>) -> bool
    where
        'p: 't,
    {
        if matches!(ty, Ty::Record(_) | Ty::Enum(_)) && !seen.insert(ty) {
            return false;
        }
        match ty {
            Ty::List(inner) | Ty::Dict(inner) | Ty::Option(inner) => self.may_have_defaults(inner, seen),
            Ty::Result(ok, err) => self.may_have_defaults(ok, seen) || self.may_have_defaults(err, seen),
            Ty::Tuple(items) => items.iter().any(|item| self.may_have_defaults(item, seen)),
            Ty::Record(id) => {
                let fields = &self.record(*id).fields;
                fields.iter().any(|field| field.default.is_some() || self.may_have_defaults(&field.ty, seen))
            }
            Ty::Enum(id) => {
                let variants = &self.enumeration(*id).variants;
                variants.iter().any(|variant| variant.fields.iter().any(|(_, ty)| self.may_have_defaults(ty, seen)))
            }
            Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => false,
        }
    }

    fn record_data(&mut self, id: RecordId, form: &Form) -> layout::RecordId {
        let input = form.input && self.has_defaults(&form.ty);
        if let Some(known) = self.record_ids.get(&(id, input)) {
            return *known;
        }
        let record = self.record(id);
        // Known before its fields are: they may hold the record itself.
        let known = self.module.types.declare_record();
        self.record_ids.insert((id, input), known);
        let mut fields = Vec::new();
        for field in &record.fields {
            let defaulted = input && field.default.is_some();
            let ty = self.data(&Form { ty: field.ty.clone(), input });
            let ty = if defaulted { DataType::Option(Box::new(ty)) } else { ty };
            fields.push(FieldType { name: field.name.clone(), ty, defaulted });
        }
        self.module.types.define_record(known, RecordType { name: record.name.clone(), fields });
        known
    }

    fn enum_data(&mut self, id: EnumId, form: &Form) -> layout::EnumId {
        let input = form.input && self.has_defaults(&form.ty);
        if let Some(known) = self.enum_ids.get(&(id, input)) {
            return *known;
        }
        let declared = self.enumeration(id);
        let known = self.module.types.declare_enum();
        self.enum_ids.insert((id, input), known);
        let mut variants = Vec::new();
        for variant in &declared.variants {
            let mut parts = Vec::new();
            for (name, ty) in &variant.fields {
                let ty = self.data(&Form { ty: ty.clone(), input });
                parts.push(FieldType { name: name.clone(), ty, defaulted: false });
            }
            let payload = match variant.style {
                VariantStyle::Unit => Payload::Unit,
                VariantStyle::Tuple => Payload::Tuple(parts.into_iter().map(|part| part.ty).collect()),
                VariantStyle::Struct => Payload::Struct(parts),
            };
            variants.push(VariantType { name: variant.name.clone(), payload });
        }
        self.module.types.define_enum(known, EnumType { name: declared.name.clone(), variants });
        known
    }
}
