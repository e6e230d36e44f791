//! Expressions: which kind is lowered where, and the simple ones.

use relon_ir::{BoolOp, IntCondition, Span, Value};
use relon_natives::TrapKind;

use super::function::Binding;
use super::types::Form;
use super::{Flat, Lowerer, target};
use crate::hir::{Arm, EnumId, Expr, ExprKind, LocalId, Pattern, Ty};

impl<'p> Lowerer<'p> {
    pub(super) fn any_expr(&mut self, expr: &'p Expr) -> Flat {
        let (span, ty) = (expr.span, &expr.ty);
        // Functions are known in advance; nothing is left of them at run time.
        if matches!(ty, Ty::Closure(_)) {
            return Vec::new();
        }
        match &expr.kind {
            ExprKind::Int(value) => vec![self.b().int(*value)],
            ExprKind::Float(value) => vec![self.b().float(*value)],
            ExprKind::Bool(value) => vec![self.b().bool(*value)],
            ExprKind::String(text) => self.text(text),
            ExprKind::Local(id) => self.local(*id, ty, span),
            ExprKind::Entry(dict, index) => self.entry(*dict, *index, span),
            ExprKind::List(items) => match self.constant_list(expr, ty) {
                Some(flat) => flat,
                None => self.list(items, ty, span),
            },
            ExprKind::Tuple(items) => items.iter().flat_map(|item| self.expr(item)).collect(),
            ExprKind::Dict(dict) => self.dict(dict, ty, span),
            ExprKind::Where(dict, body) => self.where_(dict, body),
            ExprKind::Field(value, index) => self.field(value, *index),
            ExprKind::Item(value, index) => self.item(value, *index),
            ExprKind::Index(value, index) => self.index(value, index, span),
            ExprKind::Neg(value) => vec![self.negate(value, span)],
            ExprKind::Not(value) => {
                let value = self.scalar(value);
                vec![self.b().not(value)]
            }
            ExprKind::Arith(op, a, b) => vec![self.arith(*op, a, b, span)],
            ExprKind::Order(op, a, b) => vec![self.order(*op, a, b)],
            ExprKind::Equal(a, b, negated) => vec![self.equal(a, b, *negated)],
            ExprKind::And(a, b) => {
                let a = self.scalar(a);
                if self.can_go_ahead(b) {
                    let b = self.scalar(b);
                    return vec![self.b().bool_op(BoolOp::And, a, b)];
                }
                self.either(a, |lowerer| lowerer.expr(b), |lowerer| vec![lowerer.b().bool(false)])
            }
            ExprKind::Or(a, b) => {
                let a = self.scalar(a);
                if self.can_go_ahead(b) {
                    let b = self.scalar(b);
                    return vec![self.b().bool_op(BoolOp::Or, a, b)];
                }
                self.either(a, |lowerer| vec![lowerer.b().bool(true)], |lowerer| lowerer.expr(b))
            }
            ExprKind::IntToFloat(value) => {
                let value = self.scalar(value);
                vec![self.b().int_to_float(value)]
            }
            ExprKind::Concat(parts) => self.concat(parts, span),
            ExprKind::If(condition, yes, no) => {
                let condition = self.scalar(condition);
                self.either(condition, |lowerer| lowerer.expr(yes), |lowerer| lowerer.expr(no))
            }
            ExprKind::Match(scrutinee, arms) => self.match_(scrutinee, arms),
            ExprKind::Comprehension(node) => self.comprehension(node, ty, span),
            ExprKind::Closure(_) | ExprKind::Member(..) => Vec::new(),
            ExprKind::Call(callee, args) => self.call(callee, args, span),
            ExprKind::Library(function, args) => self.library(*function, args, ty, span),
            ExprKind::Native { native, args, catch } => self.native(*native, args, *catch, ty, span),
            ExprKind::Variant(id, index, args) => self.variant(*id, *index, args, span),
            ExprKind::Some(value) => {
                let some = self.b().bool(true);
                [some].into_iter().chain(self.expr(value)).collect()
            }
            ExprKind::None => self.zero(ty),
            ExprKind::Ok(value) => {
                let is_err = self.b().bool(false);
                [is_err].into_iter().chain(self.expr(value)).collect()
            }
            ExprKind::Err(value) => {
                let is_err = self.b().bool(true);
                [is_err].into_iter().chain(self.expr(value)).collect()
            }
            ExprKind::Merge(a, b) => {
                let (left, right) = (self.expr(a), self.expr(b));
                self.merge((left, &a.ty), (right, &b.ty), ty, span)
            }
            ExprKind::Adapt(adapt) => {
                if let Some(flat) = self.constant_list(&adapt.value, &adapt.to) {
                    return flat;
                }
                let flat = self.expr(&adapt.value);
                self.adapt(flat, &Form::plain(&adapt.value.ty), &adapt.to, adapt.kind, span)
            }
        }
    }

    fn local(&mut self, id: LocalId, ty: &Ty, span: Span) -> Flat {
        match self.frame.locals.get(&id) {
            Some(Binding::Value(flat)) => flat.clone(),
            _ => {
                self.fail(TrapKind::CircularReference, span);
                self.zero(ty)
            }
        }
    }

    fn field(&mut self, value: &'p Expr, index: usize) -> Flat {
        let flat = self.expr(value);
        let Ty::Record(id) = &value.ty else { return Vec::new() };
        if self.recursion.is_boxed(&value.ty) {
            return self.load_field(&value.ty, flat[0], index);
        }
        let fields = &self.record(*id).fields;
        let start: usize = fields[..index].iter().map(|field| self.scalars_of(&field.ty).len()).sum();
        flat[start..start + self.scalars_of(&fields[index].ty).len()].to_vec()
    }

    fn item(&mut self, value: &'p Expr, index: usize) -> Flat {
        let flat = self.expr(value);
        let Ty::Tuple(items) = &value.ty else { return Vec::new() };
        let start: usize = items[..index].iter().map(|item| self.scalars_of(item).len()).sum();
        flat[start..start + self.scalars_of(&items[index]).len()].to_vec()
    }

    fn index(&mut self, value: &'p Expr, index: &'p Expr, span: Span) -> Flat {
        let (list, index) = (self.expr(value), self.expr(index));
        match &value.ty {
            Ty::List(element) => {
                let site = self.site(TrapKind::IndexOutOfBounds, span);
                let inside = self.b().int_compare(IntCondition::UnsignedLt, index[0], list[1]);
                self.b().guard(inside, site);
                let form = Form::plain(element);
                let place = self.element_address(list[0], index[0], &form);
                self.load_checked(&form, place, 0)
            }
            Ty::Dict(payload) => {
                let site = self.site(TrapKind::VariableNotFound, span);
                let position = self.find(&list, &index, payload);
                let zero = self.b().int(0);
                let found = self.b().int_compare(IntCondition::Ge, position, zero);
                self.b().guard(found, site);
                let entry = super::dict::entry_form(payload);
                let place = self.element_address(list[0], position, &entry);
                self.load(&entry, place, 0)[2..].to_vec()
            }
            _ => Vec::new(),
        }
    }

    /// The position of a key in a dict, negative where it is not there.
    pub(super) fn find(&mut self, dict: &[Value], key: &[Value], payload: &Ty) -> Value {
        let stride = self.layout(&super::dict::entry_form(payload)).size;
        let stride = self.b().int(i64::from(stride));
        self.helper("relon_std_dict_find", vec![dict[0], dict[1], stride, key[0], key[1]])
    }

    /// The payload parts of all variants lie side by side; those of other variants are not looked at.
    fn variant(&mut self, id: EnumId, index: usize, args: &'p crate::hir::Args, span: Span) -> Flat {
        let bindings = self.bindings(args);
        let mut given = bindings.into_iter();
        let mut flat = vec![self.b().int(index as i64)];
        for (position, variant) in self.enumeration(id).variants.iter().enumerate() {
            for (_, ty) in &variant.fields {
                match (position == index).then(|| given.next()).flatten() {
                    Some(Binding::Value(part)) => flat.extend(part),
                    _ => flat.extend(self.zero(ty)),
                }
            }
        }
        self.boxed(&Ty::Enum(id), flat, span)
    }

    /// The content of a value that is matched on.
    pub(super) fn scrutinee(&mut self, scrutinee: &'p Expr) -> Flat {
        let flat = self.expr(scrutinee);
        self.unboxed(&Form::plain(&scrutinee.ty), flat)
    }

    /// The tag of a value that is matched on. `None` and `Ok` count as 0.
    pub(super) fn tag(&mut self, ty: &Ty, flat: &[Value]) -> Value {
        match ty {
            Ty::Enum(_) => flat[0],
            _ => {
                let (one, zero) = (self.b().int(1), self.b().int(0));
                self.b().select(flat[0], one, zero)
            }
        }
    }

    fn match_(&mut self, scrutinee: &'p Expr, arms: &'p [Arm]) -> Flat {
        let flat = self.scrutinee(scrutinee);
        let tag = self.tag(&scrutinee.ty, &flat);
        let blocks: Vec<_> = arms.iter().map(|_| self.b().create_block(&[])).collect();
        let mut cases = Vec::new();
        // The checker saw that every value has an arm, so the last one takes what is left.
        let mut default = blocks[blocks.len() - 1];
        for (arm, block) in arms.iter().zip(&blocks) {
            match case(&arm.pattern) {
                Some(case) if cases.iter().all(|(known, _)| *known != case) => cases.push((case, target(*block))),
                Some(_) => {}
                None => {
                    default = *block;
                    break;
                }
            }
        }
        self.b().switch(tag, cases, target(default));
        let mut ways = Vec::new();
        for (arm, block) in arms.iter().zip(blocks) {
            self.start_way(block);
            self.bind_pattern(&arm.pattern, &scrutinee.ty, &flat);
            let value = self.expr(&arm.body);
            ways.push(self.end_way(value));
        }
        self.meet(ways)
    }

    pub(super) fn bind_pattern(&mut self, pattern: &'p Pattern, ty: &Ty, flat: &[Value]) {
        match (pattern, ty) {
            (Pattern::Some(Some(id)), _) | (Pattern::Err(Some(id)), Ty::Result(..)) => {
                let skipped = match ty {
                    Ty::Result(ok, _) => 1 + self.scalars_of(ok).len(),
                    _ => 1,
                };
                self.frame.locals.insert(*id, Binding::Value(flat[skipped..].to_vec()));
            }
            (Pattern::Ok(Some(id)), Ty::Result(ok, _)) => {
                let end = 1 + self.scalars_of(ok).len();
                self.frame.locals.insert(*id, Binding::Value(flat[1..end].to_vec()));
            }
            (Pattern::Variant(index, parts), Ty::Enum(id)) => {
                let mut start = 1;
                for (position, variant) in self.enumeration(*id).variants.iter().enumerate() {
                    for (part, (_, ty)) in variant.fields.iter().enumerate() {
                        let end = start + self.scalars_of(ty).len();
                        if position == *index
                            && let Some((_, local)) = parts.iter().find(|(bound, _)| *bound == part)
                        {
                            self.frame.locals.insert(*local, Binding::Value(flat[start..end].to_vec()));
                        }
                        start = end;
                    }
                }
            }
            _ => {}
        }
    }
}

/// The tag that a pattern takes; none for all.
pub(super) fn case(pattern: &Pattern) -> Option<i64> {
    match pattern {
        Pattern::Any => None,
        Pattern::Variant(index, _) => Some(*index as i64),
        Pattern::None | Pattern::Ok(_) => Some(0),
        Pattern::Some(_) | Pattern::Err(_) => Some(1),
    }
}
