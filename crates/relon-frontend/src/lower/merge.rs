//! The recursive merge of two dicts or records. For keys that both have, dicts are merged, and of other values the right one wins.

use std::sync::Arc;

use relon_ir::{BoolOp, IntCondition, Span, Value, WrapOp};
use relon_natives::TrapKind;

use super::call::Body;
use super::dict::{Part, entry_form};
use super::function::Binding;
use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::{RecordField, RecordId, Ty};

/// A value and its type.
type Typed<'t> = (Flat, &'t Ty);

/// Two sorted lists of entries that are merged.
struct Zip {
    left: Flat,
    right: Flat,
    /// The type of the values.
    value: Ty,
}

impl<'p> Lowerer<'p> {
    pub(super) fn merge(&mut self, a: Typed<'_>, b: Typed<'_>, ty: &Ty, span: Span) -> Flat {
        if self.recursion.is_recursive(ty) && a.1 == ty && b.1 == ty {
            let args = vec![Binding::Value(a.0), Binding::Value(b.0)];
            let needs = self.survey.checks_need(ty);
            let outside = self.captured(needs);
            return self.call_body(Body::Merge(ty.clone(), span), args, outside, span);
        }
        self.merge_content(a, b, ty, span)
    }

    pub(super) fn merge_content(&mut self, a: Typed<'_>, b: Typed<'_>, ty: &Ty, span: Span) -> Flat {
        match ty {
            Ty::Record(id) => self.merge_records(a, b, *id, span),
            Ty::Dict(value) if is_dict(value) => {
                let to = Ty::Dict(Arc::clone(value));
                let left = self.convert(a.0, a.1, &to, span);
                let right = self.convert(b.0, b.1, &to, span);
                self.merge_dicts(Zip { left, right, value: (**value).clone() }, span)
            }
            Ty::Dict(value) => {
                let parts = vec![Part::Spread(a.0, a.1.clone()), Part::Spread(b.0, b.1.clone())];
                self.collect(parts, value, span)
            }
            _ => unreachable!("the checker gives a merge a record or Dict type"),
        }
    }

    /// Field by field. A schema is checked again.
    fn merge_records(&mut self, a: Typed<'_>, b: Typed<'_>, id: RecordId, span: Span) -> Flat {
        let (left_ty, right_ty) = (a.1, b.1);
        let left = self.fields(left_ty, a.0);
        let right = self.fields(right_ty, b.0);
        let record = self.record(id);
        let mut merged = Vec::new();
        for field in &record.fields {
            let left = self.given(field, &left, left_ty);
            let right = self.given(field, &right, right_ty);
            merged.extend(self.merge_field(field, left, right, span));
        }
        let ty = Ty::Record(id);
        let merged = self.boxed(&ty, merged, span);
        match record.name {
            Some(_) => self.adapt(merged, &Form::plain(&ty), &ty, Some(TrapKind::TypeMismatch), span),
            None => merged,
        }
    }

    fn given(&self, field: &RecordField, values: &[(&str, Flat)], ty: &Ty) -> Option<(Flat, Ty)> {
        let (_, flat) = values.iter().find(|(name, _)| *name == field.name)?;
        let Ty::Record(id) = ty else { return None };
        let declared = self.record(*id).fields.iter().find(|declared| declared.name == field.name)?;
        Some((flat.clone(), declared.ty.clone()))
    }

    fn merge_field(
        &mut self,
        field: &'p RecordField,
        left: Option<(Flat, Ty)>,
        right: Option<(Flat, Ty)>,
        span: Span,
    ) -> Flat {
        match (left, right) {
            (Some((a, a_ty)), Some((b, b_ty))) if is_dict(&a_ty) && is_dict(&b_ty) => {
                self.merge((a, &a_ty), (b, &b_ty), &field.ty, span)
            }
            (_, Some((flat, ty))) | (Some((flat, ty)), None) => self.convert(flat, &ty, &field.ty, span),
            (None, None) => unreachable!("a field of a merge comes from one of its sides"),
        }
    }

    /// Goes through the entries of both in the order of their keys.
    fn merge_dicts(&mut self, zip: Zip, span: Span) -> Flat {
        let entry = entry_form(&zip.value);
        let total = self.b().wrap(WrapOp::Add, zip.left[1], zip.right[1]);
        let address = self.alloc_list(&entry, total, span);
        let zero = self.b().int(0);
        let the_loop = self.start_loop(total, vec![zero, zero, zero]);
        let (i, j, count) = (the_loop.carried[0], the_loop.carried[1], the_loop.carried[2]);
        let has_left = self.b().int_compare(IntCondition::Lt, i, zip.left[1]);
        let has_right = self.b().int_compare(IntCondition::Lt, j, zip.right[1]);
        let has_any = self.b().bool_op(BoolOp::Or, has_left, has_right);
        let at_end = self.b().not(has_any);
        self.break_if(&the_loop, at_end, vec![i, j, count]);
        let order = self.next_order(&zip, (i, has_left), (j, has_right));
        let step = self.next_entry(&zip, order, i, j, span);
        let place = self.element_address(address, count, &entry);
        self.store(&entry, place, 0, &step[2..]);
        let one = self.b().int(1);
        let count = self.b().wrap(WrapOp::Add, count, one);
        let carried = self.end_loop(&the_loop, vec![step[0], step[1], count]);
        vec![address, carried[2]]
    }

    /// Negative where the left entry is next, positive where the right one is, 0 where both have the same key.
    fn next_order(&mut self, zip: &Zip, (i, has_left): (Value, Value), (j, has_right): (Value, Value)) -> Value {
        let both = self.b().bool_op(BoolOp::And, has_left, has_right);
        let flat = self.either(
            both,
            |lowerer| {
                let (a, b) = (lowerer.key_at(&zip.left, i, &zip.value), lowerer.key_at(&zip.right, j, &zip.value));
                vec![lowerer.helper("relon_std_text_compare", vec![a[0], a[1], b[0], b[1]])]
            },
            |lowerer| {
                let (before, behind) = (lowerer.b().int(-1), lowerer.b().int(1));
                vec![lowerer.b().select(has_left, before, behind)]
            },
        );
        flat[0]
    }

    fn key_at(&mut self, dict: &[Value], index: Value, value: &Ty) -> Flat {
        let place = self.element_address(dict[0], index, &entry_form(value));
        self.load(&Form::plain(&Ty::String), place, 0)
    }

    /// The next positions on both sides, and the entry.
    fn next_entry(&mut self, zip: &Zip, order: Value, i: Value, j: Value, span: Span) -> Flat {
        let entry = entry_form(&zip.value);
        let zero = self.b().int(0);
        let is_left = self.b().int_compare(IntCondition::Lt, order, zero);
        let is_right = self.b().int_compare(IntCondition::Gt, order, zero);
        let load = |lowerer: &mut Self, dict: &[Value], index: Value| {
            let place = lowerer.element_address(dict[0], index, &entry);
            lowerer.load(&entry, place, 0)
        };
        let behind = |lowerer: &mut Self, index: Value| {
            let one = lowerer.b().int(1);
            lowerer.b().wrap(WrapOp::Add, index, one)
        };
        self.either(
            is_left,
            |lowerer| {
                let next = behind(lowerer, i);
                [next, j].into_iter().chain(load(lowerer, &zip.left, i)).collect()
            },
            |lowerer| {
                lowerer.either(
                    is_right,
                    |lowerer| {
                        let next = behind(lowerer, j);
                        [i, next].into_iter().chain(load(lowerer, &zip.right, j)).collect()
                    },
                    |lowerer| {
                        let next = [behind(lowerer, i), behind(lowerer, j)];
                        let (a, b) = (load(lowerer, &zip.left, i), load(lowerer, &zip.right, j));
                        let (left, right) = (a[2..].to_vec(), b[2..].to_vec());
                        let value = lowerer.merge((left, &zip.value), (right, &zip.value), &zip.value, span);
                        next.into_iter().chain(a[..2].to_vec()).chain(value).collect()
                    },
                )
            },
        )
    }
}

fn is_dict(ty: &Ty) -> bool {
    matches!(ty, Ty::Record(_) | Ty::Dict(_))
}
