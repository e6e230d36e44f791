//! Arithmetic and ordering.

use relon_frontend::Span;
use relon_frontend::hir::{ArithOp, Expr, OrderOp};
use relon_natives::TrapKind;

use crate::env::Env;
use crate::evaluator::Evaluator;
use crate::failure::{Failure, Outcome};
use crate::value::{Value, defect};

impl<'v> Evaluator<'v> {
    pub(crate) fn negate(&self, value: &'v Expr, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        match self.expr(value, env)? {
            Value::Int(value) => Ok(Value::Int(fits(value.checked_neg(), span)?)),
            Value::Float(value) => Ok(Value::Float(-value)),
            _ => defect("a number was expected"),
        }
    }

    pub(crate) fn arith(&self, op: ArithOp, a: &'v Expr, b: &'v Expr, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        match (self.expr(a, env)?, self.expr(b, env)?) {
            (Value::Int(a), Value::Int(b)) => Ok(Value::Int(int_arith(op, a, b, span)?)),
            (Value::Float(a), Value::Float(b)) => Ok(Value::Float(float_arith(op, a, b, span)?)),
            _ => defect("two numbers of one type were expected"),
        }
    }

    pub(crate) fn order(&self, op: OrderOp, a: &'v Expr, b: &'v Expr, env: &Env<'v>) -> Outcome<Value<'v>> {
        Ok(Value::Bool(compare(op, self.expr(a, env)?, self.expr(b, env)?)))
    }
}

/// The result of checked arithmetic.
fn fits(value: Option<i64>, span: Span) -> Outcome<i64> {
    value.ok_or_else(|| Failure::of(TrapKind::NumericOverflow, span))
}

pub(crate) fn int_arith(op: ArithOp, a: i64, b: i64, span: Span) -> Outcome<i64> {
    if matches!(op, ArithOp::Div | ArithOp::Rem) && b == 0 {
        return Err(Failure::of(TrapKind::DivisionByZero, span));
    }
    let value = match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => a.checked_mul(b),
        ArithOp::Div => a.checked_div(b),
        ArithOp::Rem => a.checked_rem(b),
    };
    fits(value, span)
}

fn float_arith(op: ArithOp, a: f64, b: f64, span: Span) -> Outcome<f64> {
    if matches!(op, ArithOp::Div | ArithOp::Rem) && b == 0.0 {
        return Err(Failure::of(TrapKind::DivisionByZero, span));
    }
    Ok(match op {
        ArithOp::Add => a + b,
        ArithOp::Sub => a - b,
        ArithOp::Mul => a * b,
        ArithOp::Div => a / b,
        ArithOp::Rem => a % b,
    })
}

/// Numbers of one type by value, where a NaN is neither less nor greater; Strings by code point, which is the order of their bytes.
pub(crate) fn compare(op: OrderOp, a: Value<'_>, b: Value<'_>) -> bool {
    let order = match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(&b),
        (Value::String(a), Value::String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        _ => defect("two values that have an order were expected"),
    };
    match op {
        OrderOp::Lt => order.is_some_and(std::cmp::Ordering::is_lt),
        OrderOp::Le => order.is_some_and(std::cmp::Ordering::is_le),
        OrderOp::Gt => order.is_some_and(std::cmp::Ordering::is_gt),
        OrderOp::Ge => order.is_some_and(std::cmp::Ordering::is_ge),
    }
}
