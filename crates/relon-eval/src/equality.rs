//! Equality, which is total over all types.

use relon_frontend::hir::Expr;

use crate::env::Env;
use crate::evaluator::{Evaluator, deep};
use crate::failure::Outcome;
use crate::value::{Map, Value, defect};

impl<'v> Evaluator<'v> {
    /// Values of different types are never equal: not an Int and a Float, and not a record and another with the same fields.
    pub(crate) fn equal(&self, a: &'v Expr, b: &'v Expr, negated: bool, env: &Env<'v>) -> Outcome<Value<'v>> {
        let (left, right) = (self.expr(a, env)?, self.expr(b, env)?);
        let is_equal = a.ty == b.ty && equal_values(left, right);
        Ok(Value::Bool(is_equal != negated))
    }
}

/// Whether two values of one type are equal.
pub(crate) fn equal_values(a: Value<'_>, b: Value<'_>) -> bool {
    deep(|| match (a, b) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => equal_items(a, b),
        (Value::Map(a), Value::Map(b)) => equal_maps(a, b),
        (Value::Option(None), Value::Option(None)) => true,
        (Value::Option(Some(a)), Value::Option(Some(b)))
        | (Value::Result(Ok(a)), Value::Result(Ok(b)))
        | (Value::Result(Err(a)), Value::Result(Err(b))) => equal_values(*a, *b),
        (Value::Option(_), Value::Option(_)) | (Value::Result(_), Value::Result(_)) => false,
        (Value::Variant(a, left), Value::Variant(b, right)) => a == b && equal_items(left, right),
        _ => defect("two values of one type were expected"),
    })
}

fn equal_items(a: &[Value<'_>], b: &[Value<'_>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal_values(*a, *b))
}

fn equal_maps(a: &Map<'_>, b: &Map<'_>) -> bool {
    a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| equal_values(*a, *b))
}
