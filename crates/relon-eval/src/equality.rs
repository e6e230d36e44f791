//! Equality, which is total over all types. Each level of a type that holds itself counts as a nested call.

use relon_frontend::Span;
use relon_frontend::hir::{Expr, Ty};

use crate::env::Env;
use crate::evaluator::{Evaluator, deep};
use crate::failure::Outcome;
use crate::value::{Map, Value, defect};

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

    /// Whether two values of one type are equal.
    pub(crate) fn equal_values(&self, ty: &Ty, a: Value<'v>, b: Value<'v>, span: Span) -> Outcome<bool> {
        match self.recursion.is_recursive(ty) {
            true => self.nested(span, || deep(|| self.equal_parts(ty, a, b, span))),
            false => deep(|| self.equal_parts(ty, a, b, span)),
        }
    }

    fn equal_parts(&self, ty: &Ty, a: Value<'v>, b: Value<'v>, span: Span) -> Outcome<bool> {
        match (ty, a, b) {
            (_, Value::Int(a), Value::Int(b)) => Ok(a == b),
            (_, Value::Float(a), Value::Float(b)) => Ok(a == b || (a.is_nan() && b.is_nan())),
            (_, Value::Bool(a), Value::Bool(b)) => Ok(a == b),
            (_, Value::String(a), Value::String(b)) => Ok(a == b),
            (Ty::List(of), Value::List(a), Value::List(b)) => {
                self.equal_items(std::iter::repeat_n(&**of, a.len()), a, b, span)
            }
            (Ty::Tuple(types), Value::Tuple(a), Value::Tuple(b)) => self.equal_items(types.iter(), a, b, span),
            (Ty::Dict(of), Value::Map(a), Value::Map(b)) => {
                Ok(a.keys().eq(b.keys()) && self.equal_entries(a.keys().map(|key| (*key, &**of)), a, b, span)?)
            }
            (Ty::Record(id), Value::Map(a), Value::Map(b)) => {
                let fields = self.record(*id).fields.iter().map(|field| (field.name.as_str(), &field.ty));
                self.equal_entries(fields, a, b, span)
            }
            (Ty::Option(_), Value::Option(None), Value::Option(None)) => Ok(true),
            (Ty::Option(of), Value::Option(Some(a)), Value::Option(Some(b)))
            | (Ty::Result(of, _), Value::Result(Ok(a)), Value::Result(Ok(b)))
            | (Ty::Result(_, of), Value::Result(Err(a)), Value::Result(Err(b))) => self.equal_values(of, *a, *b, span),
            (Ty::Option(_), Value::Option(_), Value::Option(_))
            | (Ty::Result(..), Value::Result(_), Value::Result(_)) => Ok(false),
            (Ty::Enum(id), Value::Variant(a, left), Value::Variant(b, right)) => {
                let types = self.enumeration(*id).variants[a].fields.iter().map(|(_, ty)| ty);
                Ok(a == b && self.equal_items(types, left, right, span)?)
            }
            _ => defect("two values of one type were expected"),
        }
    }

    /// The first items that differ decide.
    fn equal_items<'t>(
        &self,
        types: impl Iterator<Item = &'t Ty>,
        a: &'v [Value<'v>],
        b: &'v [Value<'v>],
        span: Span,
    ) -> Outcome<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (ty, (a, b)) in types.zip(a.iter().zip(b)) {
            if !self.equal_values(ty, *a, *b, span)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The first entries that differ decide.
    fn equal_entries<'t>(
        &self,
        entries: impl Iterator<Item = (&'t str, &'t Ty)>,
        a: &'v Map<'v>,
        b: &'v Map<'v>,
        span: Span,
    ) -> Outcome<bool> {
        for (name, ty) in entries {
            if !self.equal_values(ty, a[name], b[name], span)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
