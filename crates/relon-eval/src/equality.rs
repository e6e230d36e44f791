//! Equality, which is total over all types.

use relon_frontend::Span;
use relon_frontend::hir::{Expr, Ty};

use crate::env::Env;
use crate::evaluator::{Evaluator, deep};
use crate::failure::Outcome;
use crate::value::{Value, defect};

impl<'v> Evaluator<'v> {
    /// Values of different types are never equal: not an Int and a Float, and not a record and another with the same fields.
    pub(crate) fn equal(
        &self,
        a: &'v Expr,
        b: &'v Expr,
        negated: bool,
        env: &Env<'v>,
        span: Span,
    ) -> Outcome<Value<'v>> {
        let (left, right) = (self.expr(a, env)?, self.expr(b, env)?);
        let is_equal = a.ty == b.ty && self.equal_values(&a.ty, left, right, span)?;
        Ok(Value::Bool(is_equal != negated))
    }

    /// Whether two values of a type are equal. `span` is what compares them.
    pub(crate) fn equal_values(&self, ty: &'v Ty, a: Value<'v>, b: Value<'v>, span: Span) -> Outcome<bool> {
        deep(|| self.any_equal(ty, a, b, span))
    }

    fn any_equal(&self, ty: &'v Ty, a: Value<'v>, b: Value<'v>, span: Span) -> Outcome<bool> {
        match (ty, a, b) {
            (Ty::Int, Value::Int(a), Value::Int(b)) => Ok(a == b),
            (Ty::Float, Value::Float(a), Value::Float(b)) => Ok(a == b || (a.is_nan() && b.is_nan())),
            (Ty::Bool, Value::Bool(a), Value::Bool(b)) => Ok(a == b),
            (Ty::String, Value::String(a), Value::String(b)) => Ok(a == b),
            (Ty::List(of), Value::List(a), Value::List(b)) => {
                Ok(a.len() == b.len() && self.equal_items(a.iter().map(|_| &**of), a, b, span)?)
            }
            (Ty::Tuple(types), Value::Tuple(a), Value::Tuple(b)) => self.equal_items(types.iter(), a, b, span),
            (Ty::Dict(of), Value::Map(a), Value::Map(b)) => {
                if !a.keys().eq(b.keys()) {
                    return Ok(false);
                }
                for (a, b) in a.values().zip(b.values()) {
                    if !self.equal_values(of, *a, *b, span)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Ty::Option(_), Value::Option(None), Value::Option(None)) => Ok(true),
            (Ty::Option(of), Value::Option(Some(a)), Value::Option(Some(b))) => self.equal_values(of, *a, *b, span),
            (Ty::Result(of, _), Value::Result(Ok(a)), Value::Result(Ok(b)))
            | (Ty::Result(_, of), Value::Result(Err(a)), Value::Result(Err(b))) => self.equal_values(of, *a, *b, span),
            (Ty::Option(_), Value::Option(_), Value::Option(_)) => Ok(false),
            (Ty::Result(..), Value::Result(_), Value::Result(_)) => Ok(false),
            (Ty::Record(id), Value::Map(a), Value::Map(b)) => self.nested(ty, span, || {
                for field in &self.record(*id).fields {
                    let name = field.name.as_str();
                    if !self.equal_values(&field.ty, a[name], b[name], span)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }),
            (Ty::Enum(id), Value::Variant(a, left), Value::Variant(b, right)) => self.nested(ty, span, || {
                let types = self.enumeration(*id).variants[a].fields.iter().map(|(_, ty)| ty);
                Ok(a == b && self.equal_items(types, left, right, span)?)
            }),
            (Ty::Never, ..) => Ok(true),
            _ => defect("two values of one type were expected"),
        }
    }

    fn equal_items(
        &self,
        types: impl Iterator<Item = &'v Ty>,
        a: &'v [Value<'v>],
        b: &'v [Value<'v>],
        span: Span,
    ) -> Outcome<bool> {
        for (ty, (a, b)) in types.zip(a.iter().zip(b)) {
            if !self.equal_values(ty, *a, *b, span)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What goes through a value of a type that holds itself nests as deep as the value, which counts as so many calls.
    pub(crate) fn nested<T>(&self, ty: &Ty, span: Span, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        if !self.recursion.is_recursive(ty) {
            return run();
        }
        self.counted(&self.calls_left, span, run)
    }
}
