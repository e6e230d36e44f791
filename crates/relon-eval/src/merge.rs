//! The recursive merge of dicts and records. For a key in both, dicts and records are merged, and of other values the right one wins.

use relon_frontend::Span;
use relon_frontend::hir::{Expr, Ty};
use relon_natives::TrapKind;

use crate::env::Env;
use crate::evaluator::{Evaluator, deep};
use crate::failure::Outcome;
use crate::value::{Map, Value, defect};

/// A value and its type.
type Typed<'v> = (Value<'v>, &'v Ty);

impl<'v> Evaluator<'v> {
    /// `a + b` of two dicts or records.
    pub(crate) fn merge(&self, a: &'v Expr, b: &'v Expr, ty: &'v Ty, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let (left, right) = (self.expr(a, env)?, self.expr(b, env)?);
        self.merge_values((left, &a.ty), (right, &b.ty), ty, span)
    }

    fn merge_values(&self, a: Typed<'v>, b: Typed<'v>, ty: &'v Ty, span: Span) -> Outcome<Value<'v>> {
        let merge = || match ty {
            Ty::Record(_) => self.merge_records(a, b, ty, span),
            Ty::Dict(of) => self.merge_dicts(a.0, b.0, ty, of, span),
            _ => defect("a merge gives a record or Dict"),
        };
        deep(|| if a.1 == ty && b.1 == ty { self.nested(ty, span, merge) } else { merge() })
    }

    /// Field by field. A schema is checked again.
    fn merge_records(&self, a: Typed<'v>, b: Typed<'v>, ty: &'v Ty, span: Span) -> Outcome<Value<'v>> {
        let Ty::Record(id) = ty else { defect("a record was expected") };
        let record = self.record(*id);
        let mut merged = Map::new();
        for field in &record.fields {
            let name = field.name.as_str();
            let value = match (self.typed_field(a, name), self.typed_field(b, name)) {
                (Some(left), Some(right)) if is_dict(left.1) && is_dict(right.1) => {
                    self.merge_values(left, right, &field.ty, span)?
                }
                (_, Some((value, _))) | (Some((value, _)), None) => self.adapt(value, &field.ty, None, span)?,
                (None, None) => defect("a field of a merge comes from one of its sides"),
            };
            merged.insert(name, value);
        }
        let merged = self.new_map(merged, span)?;
        match record.name {
            Some(_) => self.adapt(merged, ty, Some(TrapKind::TypeMismatch), span),
            None => Ok(merged),
        }
    }

    fn typed_field(&self, (value, ty): Typed<'v>, name: &str) -> Option<Typed<'v>> {
        let Ty::Record(id) = ty else { defect("fields are those of records") };
        let field = self.record(*id).fields.iter().find(|field| field.name == name)?;
        Some((*value.map().get(name)?, &field.ty))
    }

    fn merge_dicts(&self, a: Value<'v>, b: Value<'v>, ty: &'v Ty, of: &'v Ty, span: Span) -> Outcome<Value<'v>> {
        let left = self.adapt(a, ty, None, span)?.map();
        let right = self.adapt(b, ty, None, span)?.map();
        let mut merged = left.clone();
        for (key, value) in right {
            let value = match left.get(key) {
                Some(before) if is_dict(of) => self.merge_values((*before, of), (*value, of), of, span)?,
                _ => *value,
            };
            merged.insert(key, value);
        }
        self.new_map(merged, span)
    }
}

fn is_dict(ty: &Ty) -> bool {
    matches!(ty, Ty::Record(_) | Ty::Dict(_))
}
