//! Equality of values of any type.

use relon_ir::{BoolOp, FloatCondition, IntCondition, Value};

use super::call::Body;
use super::function::Binding;
use super::types::Form;
use super::{Flat, Lowerer, target};
use crate::hir::{Expr, Ty};

impl<'p> Lowerer<'p> {
    pub(super) fn equal(&mut self, a: &'p Expr, b: &'p Expr, negated: bool) -> Value {
        let (lhs, rhs) = (self.expr(a), self.expr(b));
        let equal = if a.ty == b.ty {
            self.equal_values(&a.ty, &lhs, &rhs)
        } else {
            // Values of different types are never equal.
            self.b().bool(false)
        };
        if negated { self.b().not(equal) } else { equal }
    }

    pub(super) fn equal_values(&mut self, ty: &Ty, a: &[Value], b: &[Value]) -> Value {
        match ty {
            Ty::Int => self.b().int_compare(IntCondition::Eq, a[0], b[0]),
            Ty::Bool => {
                let different = self.b().bool_op(BoolOp::Xor, a[0], b[0]);
                self.b().not(different)
            }
            Ty::Float => self.equal_floats(a[0], b[0]),
            Ty::String => self.helper("relon_std_text_eq", vec![a[0], a[1], b[0], b[1]]),
            Ty::List(element) => self.equal_lists(&Form::plain(element), a, b),
            Ty::Dict(value) => self.equal_lists(&super::dict::entry_form(value), a, b),
            Ty::Tuple(items) => self.equal_parts(items, a, b),
            Ty::Record(_) | Ty::Enum(_) if self.recursion.is_recursive(ty) => {
                let span = self.b().span().unwrap_or(self.program.main.span);
                let args = vec![Binding::Value(a.to_vec()), Binding::Value(b.to_vec())];
                self.call_body(Body::Equal(ty.clone(), span), args, Vec::new(), span)[0]
            }
            Ty::Option(payload) => self.equal_tagged(a, b, &[Vec::new(), vec![(**payload).clone()]], true),
            Ty::Result(ok, err) => self.equal_tagged(a, b, &[vec![(**ok).clone()], vec![(**err).clone()]], true),
            Ty::Record(_) | Ty::Enum(_) => self.equal_content(ty, a.to_vec(), b.to_vec()),
            Ty::Closure(_) | Ty::Never | Ty::Error => self.b().bool(true),
        }
    }

    /// Equality of records or variants by what they hold.
    pub(super) fn equal_content(&mut self, ty: &Ty, a: Flat, b: Flat) -> Value {
        let form = Form::plain(ty);
        let (a, b) = (&self.unboxed(&form, a), &self.unboxed(&form, b));
        match ty {
            Ty::Record(id) => {
                let types: Vec<Ty> = self.record(*id).fields.iter().map(|field| field.ty.clone()).collect();
                self.equal_parts(&types, a, b)
            }
            Ty::Enum(id) => {
                let variants = &self.enumeration(*id).variants;
                let parts: Vec<Vec<Ty>> =
                    variants.iter().map(|variant| variant.fields.iter().map(|(_, ty)| ty.clone()).collect()).collect();
                self.equal_tagged(a, b, &parts, false)
            }
            _ => unreachable!("only records and enums have content"),
        }
    }

    /// NaN equals NaN, and both zeros are equal.
    fn equal_floats(&mut self, a: Value, b: Value) -> Value {
        let same = self.b().float_compare(FloatCondition::Eq, a, b);
        let a_nan = self.b().float_compare(FloatCondition::Ne, a, a);
        let b_nan = self.b().float_compare(FloatCondition::Ne, b, b);
        let both = self.b().bool_op(BoolOp::And, a_nan, b_nan);
        self.b().bool_op(BoolOp::Or, same, both)
    }

    fn equal_parts(&mut self, types: &[Ty], a: &[Value], b: &[Value]) -> Value {
        let Some((first, others)) = types.split_first() else { return self.b().bool(true) };
        let count = self.scalars_of(first).len();
        let equal = self.equal_values(first, &a[..count], &b[..count]);
        if others.is_empty() {
            return equal;
        }
        let flat = self.either(
            equal,
            |lowerer| vec![lowerer.equal_parts(others, &a[count..], &b[count..])],
            |lowerer| vec![lowerer.b().bool(false)],
        );
        flat[0]
    }

    /// Tags are equal, and so are the payloads of that tag; others may hold anything.
    fn equal_tagged(&mut self, a: &[Value], b: &[Value], variants: &[Vec<Ty>], is_bool: bool) -> Value {
        let same = match is_bool {
            true => self.equal_values(&Ty::Bool, &a[..1], &b[..1]),
            false => self.equal_values(&Ty::Int, &a[..1], &b[..1]),
        };
        let flat = self.either(
            same,
            |lowerer| vec![lowerer.equal_payloads(a, b, variants, is_bool)],
            |lowerer| vec![lowerer.b().bool(false)],
        );
        flat[0]
    }

    fn equal_payloads(&mut self, a: &[Value], b: &[Value], variants: &[Vec<Ty>], is_bool: bool) -> Value {
        let tag = if is_bool {
            let (one, zero) = (self.b().int(1), self.b().int(0));
            self.b().select(a[0], one, zero)
        } else {
            a[0]
        };
        let blocks: Vec<_> = variants.iter().map(|_| self.b().create_block(&[])).collect();
        let cases = blocks.iter().zip(0..).map(|(block, tag)| (tag, target(*block))).collect();
        self.b().switch(tag, cases, target(blocks[0]));
        let mut ways = Vec::new();
        let mut start = 1;
        for (types, block) in variants.iter().zip(blocks) {
            self.start_way(block);
            let end = start + types.iter().map(|ty| self.scalars_of(ty).len()).sum::<usize>();
            let equal = self.equal_parts(types, &a[start..end], &b[start..end]);
            ways.push(self.end_way(vec![equal]));
            start = end;
        }
        self.meet(ways)[0]
    }

    fn equal_lists(&mut self, element: &Form, a: &[Value], b: &[Value]) -> Value {
        let same_length = self.b().int_compare(IntCondition::Eq, a[1], b[1]);
        let flat = self.either(
            same_length,
            |lowerer| lowerer.equal_elements(element, a, b),
            |lowerer| vec![lowerer.b().bool(false)],
        );
        flat[0]
    }

    fn equal_elements(&mut self, element: &Form, a: &[Value], b: &[Value]) -> Vec<Value> {
        let yes = self.b().bool(true);
        let the_loop = self.start_loop(a[1], vec![yes]);
        let left = self.element_address(a[0], the_loop.index, element);
        let left = self.load(element, left, 0);
        let right = self.element_address(b[0], the_loop.index, element);
        let right = self.load(element, right, 0);
        let equal = self.equal_values(&element.ty, &left, &right);
        let (different, no) = (self.b().not(equal), self.b().bool(false));
        self.break_if(&the_loop, different, vec![no]);
        let carried = the_loop.carried.clone();
        self.end_loop(&the_loop, carried)
    }
}
