//! Checking and adapting values to types: predicates run, defaults are filled in, fields that a schema does not have are left out, and
//! all of that inside containers.

use relon_frontend::hir::{FieldDefault, RecordField, RecordId, Ty};
use relon_frontend::{Span, message};
use relon_natives::TrapKind;

use crate::env::Env;
use crate::evaluator::{Evaluator, deep};
use crate::failure::{Failure, Outcome};
use crate::value::{Entries, Map, Value, defect};

impl<'v> Evaluator<'v> {
    /// The value as one of the type. Predicates run where there is a kind of error to report, and `span` is what made the value.
    pub(crate) fn adapt(&self, value: Value<'v>, to: &'v Ty, kind: Option<TrapKind>, span: Span) -> Outcome<Value<'v>> {
        deep(|| self.any_adapt(value, to, kind, span))
    }

    fn any_adapt(&self, value: Value<'v>, to: &'v Ty, kind: Option<TrapKind>, span: Span) -> Outcome<Value<'v>> {
        match (value, to) {
            (_, Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Closure(_) | Ty::Never | Ty::Error) => Ok(value),
            // Nothing about these elements can be adapted.
            (Value::List(_), Ty::List(of)) if matches!(**of, Ty::Int | Ty::Float | Ty::Bool | Ty::String) => Ok(value),
            (Value::List(items), Ty::List(of)) => {
                let items = items.iter().map(|item| self.adapt(*item, of, kind, span)).collect::<Outcome<_>>()?;
                Ok(Value::List(self.new_list(items, span)?))
            }
            (Value::Tuple(items), Ty::Tuple(types)) => {
                Ok(Value::Tuple(self.adapt_items(items, types.iter(), kind, span)?))
            }
            (Value::Map(map), Ty::Dict(of)) => {
                let entries = map.iter().map(|(key, value)| Ok((*key, self.adapt(*value, of, kind, span)?)));
                self.new_map(entries.collect::<Outcome<_>>()?, span)
            }
            (Value::Map(map), Ty::Record(id)) => self.adapt_record(map, *id, kind, span),
            (Value::Option(None), Ty::Option(_)) => Ok(value),
            (Value::Option(Some(payload)), Ty::Option(of)) => {
                Ok(Value::Option(Some(self.adapt_part(payload, of, kind, span)?)))
            }
            (Value::Result(Ok(payload)), Ty::Result(of, _)) => {
                Ok(Value::Result(Ok(self.adapt_part(payload, of, kind, span)?)))
            }
            (Value::Result(Err(payload)), Ty::Result(_, of)) => {
                Ok(Value::Result(Err(self.adapt_part(payload, of, kind, span)?)))
            }
            (Value::Variant(index, payload), Ty::Enum(id)) => {
                let types = self.enumeration(*id).variants[index].fields.iter().map(|(_, ty)| ty);
                Ok(Value::Variant(index, self.adapt_items(payload, types, kind, span)?))
            }
            _ => defect("a value that does not fit its place"),
        }
    }

    fn adapt_part(
        &self,
        value: &'v Value<'v>,
        to: &'v Ty,
        kind: Option<TrapKind>,
        span: Span,
    ) -> Outcome<&'v Value<'v>> {
        let value = self.adapt(*value, to, kind, span)?;
        self.new_value(value, span)
    }

    fn adapt_items(
        &self,
        items: &'v [Value<'v>],
        types: impl Iterator<Item = &'v Ty>,
        kind: Option<TrapKind>,
        span: Span,
    ) -> Outcome<&'v [Value<'v>]> {
        let pairs = items.iter().zip(types);
        let items = pairs.map(|(item, ty)| self.adapt(*item, ty, kind, span)).collect::<Outcome<_>>()?;
        self.new_list(items, span)
    }

    /// Fields in the order of their declaration: given ones are adapted and pass their predicates, absent ones get literal defaults.
    /// Computed defaults come last, each from the record as it was before any of them.
    fn adapt_record(&self, given: &'v Map<'v>, id: RecordId, kind: Option<TrapKind>, span: Span) -> Outcome<Value<'v>> {
        let mut fields = Entries::new();
        let mut computed = Vec::new();
        for field in &self.record(id).fields {
            let name = field.name.as_str();
            match (given.get(name), &field.default) {
                (Some(value), _) => {
                    fields.insert(name, self.given_field(*value, field, kind, span)?);
                }
                (None, Some(FieldDefault::Literal(value))) => {
                    fields.insert(name, self.expr(value, &Env::default())?);
                }
                (None, Some(FieldDefault::Computed(closure))) => computed.push((name, closure)),
                (None, None) if matches!(field.ty, Ty::Option(_)) => {
                    fields.insert(name, Value::Option(None));
                }
                (None, None) => defect("a field that must be given is not"),
            }
        }
        if !computed.is_empty() {
            let before = self.new_map(fields.clone(), span)?;
            for (name, closure) in computed {
                fields.insert(name, self.body(closure, &[before], &Env::default())?);
            }
        }
        self.new_map(fields, span)
    }

    /// Adapts a given field, then runs its predicates.
    fn given_field(
        &self,
        value: Value<'v>,
        field: &'v RecordField,
        kind: Option<TrapKind>,
        span: Span,
    ) -> Outcome<Value<'v>> {
        let value = self.adapt(value, &field.ty, kind, span)?;
        let Some(kind) = kind else { return Ok(value) };
        for predicate in &field.predicates {
            if !self.body(predicate, &[value], &Env::default())?.bool() {
                return Err(Failure::with(kind, &message::failed_check(field), field.span));
            }
        }
        Ok(value)
    }
}
