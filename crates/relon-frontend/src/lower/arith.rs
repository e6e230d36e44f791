//! Arithmetic and ordering.

use relon_ir::{FloatCondition, FloatOp, IntCondition, IntOp, Span, Value};
use relon_natives::TrapKind;

use super::Lowerer;
use crate::hir::{ArithOp, Expr, ExprKind, OrderOp, Ty};

impl<'p> Lowerer<'p> {
    pub(super) fn negate(&mut self, value: &'p Expr, span: Span) -> Value {
        if let ExprKind::Int(literal) = value.kind
            && let Some(opposite) = literal.checked_neg()
        {
            return self.b().int(opposite);
        }
        let operand = self.scalar(value);
        match value.ty {
            Ty::Float => self.b().float_neg(operand),
            _ => {
                let zero = self.b().int(0);
                self.int_op(IntOp::Sub, zero, operand, span)
            }
        }
    }

    /// Checked Int arithmetic other than division.
    pub(super) fn int_op(&mut self, op: IntOp, a: Value, b: Value, span: Span) -> Value {
        let overflow = self.site(TrapKind::NumericOverflow, span);
        self.b().int_checked(op, a, b, overflow)
    }

    pub(super) fn int_divide(&mut self, op: IntOp, a: Value, b: Value, span: Span) -> Value {
        let overflow = self.site(TrapKind::NumericOverflow, span);
        let zero = self.site(TrapKind::DivisionByZero, span);
        self.b().int_divide(op, a, b, overflow, zero)
    }

    pub(super) fn arith(&mut self, op: ArithOp, a: &'p Expr, b: &'p Expr, span: Span) -> Value {
        let (lhs, rhs) = (self.scalar(a), self.scalar(b));
        if a.ty == Ty::Float {
            return self.float_arith(op, lhs, rhs, span);
        }
        match op {
            ArithOp::Add => self.int_op(IntOp::Add, lhs, rhs, span),
            ArithOp::Sub => self.int_op(IntOp::Sub, lhs, rhs, span),
            ArithOp::Mul => self.int_op(IntOp::Mul, lhs, rhs, span),
            ArithOp::Div => self.int_divide(IntOp::Div, lhs, rhs, span),
            ArithOp::Rem => self.int_divide(IntOp::Rem, lhs, rhs, span),
        }
    }

    fn float_arith(&mut self, op: ArithOp, lhs: Value, rhs: Value, span: Span) -> Value {
        match op {
            ArithOp::Add => self.b().float_op(FloatOp::Add, lhs, rhs),
            ArithOp::Sub => self.b().float_op(FloatOp::Sub, lhs, rhs),
            ArithOp::Mul => self.b().float_op(FloatOp::Mul, lhs, rhs),
            ArithOp::Div => {
                self.guard_divisor(rhs, span);
                self.b().float_op(FloatOp::Div, lhs, rhs)
            }
            ArithOp::Rem => {
                self.guard_divisor(rhs, span);
                self.helper("relon_std_float_rem", vec![lhs, rhs])
            }
        }
    }

    fn guard_divisor(&mut self, divisor: Value, span: Span) {
        let site = self.site(TrapKind::DivisionByZero, span);
        let zero = self.b().float(0.0);
        // True for a NaN as well, which divides like any other number.
        let fits = self.b().float_compare(FloatCondition::Ne, divisor, zero);
        self.b().guard(fits, site);
    }

    pub(super) fn order(&mut self, op: OrderOp, a: &'p Expr, b: &'p Expr) -> Value {
        let (lhs, rhs) = (self.expr(a), self.expr(b));
        match a.ty {
            Ty::Float => self.b().float_compare(float_condition(op), lhs[0], rhs[0]),
            Ty::String => {
                let order = self.helper("relon_std_text_compare", vec![lhs[0], lhs[1], rhs[0], rhs[1]]);
                let zero = self.b().int(0);
                self.b().int_compare(int_condition(op), order, zero)
            }
            _ => self.b().int_compare(int_condition(op), lhs[0], rhs[0]),
        }
    }

    /// `a > b` or `a < b` of two numbers of one type.
    pub(super) fn compare_numbers(&mut self, op: OrderOp, ty: &Ty, a: Value, b: Value) -> Value {
        match ty {
            Ty::Float => self.b().float_compare(float_condition(op), a, b),
            _ => self.b().int_compare(int_condition(op), a, b),
        }
    }
}

fn int_condition(op: OrderOp) -> IntCondition {
    match op {
        OrderOp::Lt => IntCondition::Lt,
        OrderOp::Le => IntCondition::Le,
        OrderOp::Gt => IntCondition::Gt,
        OrderOp::Ge => IntCondition::Ge,
    }
}

fn float_condition(op: OrderOp) -> FloatCondition {
    match op {
        OrderOp::Lt => FloatCondition::Lt,
        OrderOp::Le => FloatCondition::Le,
        OrderOp::Gt => FloatCondition::Gt,
        OrderOp::Ge => FloatCondition::Ge,
    }
}
