//! Checking and adapting values to types: predicates run, defaults are filled in, fields that a schema does not have are left out, and
//! all of that inside containers.
//!
//! A value that has its type already stays as it is, and only predicates run. Each level of a type that holds itself counts as a nested
//! call.

use relon_frontend::hir::{FieldDefault, RecordField, RecordId, Ty};
use relon_frontend::{Span, message};
use relon_natives::TrapKind;

use crate::env::Env;
use crate::evaluator::{Evaluator, deep};
use crate::failure::{Failure, Outcome};
use crate::value::{Entries, Map, Value, defect};

/// How a value is adapted.
#[derive(Clone, Copy)]
pub(crate) struct Adaption {
    /// What is reported where a predicate is false; without it no predicate runs.
    pub(crate) kind: Option<TrapKind>,
    /// The expression that adapts the value.
    pub(crate) span: Span,
    /// Whether the value comes from the host: then fields with defaults may be absent in it.
    pub(crate) is_input: bool,
}

impl Adaption {
    /// Of a value that predicates do not run on.
    pub(crate) fn unchecked(span: Span) -> Self {
        Adaption { kind: None, span, is_input: false }
    }
}

impl<'v> Evaluator<'v> {
    /// The value of one type as one of another.
    pub(crate) fn adapt(&self, value: Value<'v>, from: &'v Ty, to: &'v Ty, how: Adaption) -> Outcome<Value<'v>> {
        let content = self.contents.of(to);
        let stays = from == to && !(how.is_input && content.defaults);
        match (stays, how.kind.filter(|_| content.predicates)) {
            (true, None) => Ok(value),
            (true, Some(kind)) => self.check(value, to, kind, how.span).map(|()| value),
            (false, _) => self.level(from, how.span, || self.convert(value, from, to, how)),
        }
    }

    /// Goes one level deeper into a value.
    fn level<T>(&self, ty: &Ty, span: Span, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        if self.recursion.is_recursive(ty) { self.nested(span, || deep(run)) } else { deep(run) }
    }

    /// Runs the predicates on all that a value holds.
    fn check(&self, value: Value<'v>, ty: &'v Ty, kind: TrapKind, span: Span) -> Outcome<()> {
        if self.contents.of(ty).predicates {
            self.level(ty, span, || self.check_parts(value, ty, kind, span))
        } else {
            Ok(())
        }
    }

    fn check_parts(&self, value: Value<'v>, ty: &'v Ty, kind: TrapKind, span: Span) -> Outcome<()> {
        match (value, ty) {
            (Value::List(items), Ty::List(of)) => items.iter().try_for_each(|item| self.check(*item, of, kind, span)),
            (Value::Tuple(items), Ty::Tuple(types)) => self.check_items(items, types.iter(), kind, span),
            (Value::Map(map), Ty::Dict(of)) => map.values().try_for_each(|value| self.check(*value, of, kind, span)),
            (Value::Map(map), Ty::Record(id)) => self.record(*id).fields.iter().try_for_each(|field| {
                let value = map[field.name.as_str()];
                self.check(value, &field.ty, kind, span)?;
                self.predicates(value, field, kind)
            }),
            (Value::Option(None), Ty::Option(_)) => Ok(()),
            (Value::Option(Some(payload)), Ty::Option(of))
            | (Value::Result(Ok(payload)), Ty::Result(of, _))
            | (Value::Result(Err(payload)), Ty::Result(_, of)) => self.check(*payload, of, kind, span),
            (Value::Variant(index, payload), Ty::Enum(id)) => {
                let types = self.enumeration(*id).variants[index].fields.iter().map(|(_, ty)| ty);
                self.check_items(payload, types, kind, span)
            }
            _ => defect("a value that does not have its type"),
        }
    }

    fn check_items(
        &self,
        items: &'v [Value<'v>],
        types: impl Iterator<Item = &'v Ty>,
        kind: TrapKind,
        span: Span,
    ) -> Outcome<()> {
        items.iter().zip(types).try_for_each(|(item, ty)| self.check(*item, ty, kind, span))
    }

    fn predicates(&self, value: Value<'v>, field: &'v RecordField, kind: TrapKind) -> Outcome<()> {
        for predicate in &field.predicates {
            if !self.body(predicate, &[value], &Env::default())?.bool() {
                return Err(Failure::with(kind, &message::failed_check(field), field.span));
            }
        }
        Ok(())
    }

    /// Makes the value anew.
    fn convert(&self, value: Value<'v>, from: &'v Ty, to: &'v Ty, how: Adaption) -> Outcome<Value<'v>> {
        let span = how.span;
        match (value, from, to) {
            (Value::List(items), Ty::List(from), Ty::List(to)) => {
                let items = items.iter().map(|item| self.adapt(*item, from, to, how)).collect::<Outcome<_>>()?;
                Ok(Value::List(self.new_list(items, span)?))
            }
            (Value::Tuple(items), Ty::Tuple(from), Ty::Tuple(to)) => {
                Ok(Value::Tuple(self.convert_items(items, from.iter().zip(to.iter()), how)?))
            }
            (Value::Map(map), Ty::Dict(from), Ty::Dict(to)) => {
                let entries = map.iter().map(|(key, value)| Ok((*key, self.adapt(*value, from, to, how)?)));
                self.new_map(entries.collect::<Outcome<_>>()?, span)
            }
            (Value::Map(map), Ty::Record(from), Ty::Dict(to)) => {
                let entries =
                    map.iter().map(|(key, value)| Ok((*key, self.adapt(*value, self.field_ty(*from, key), to, how)?)));
                self.new_map(entries.collect::<Outcome<_>>()?, span)
            }
            (Value::Map(map), Ty::Record(from), Ty::Record(to)) => self.convert_record(map, *from, *to, how),
            (Value::Option(None), Ty::Option(_), Ty::Option(_)) => Ok(value),
            (Value::Option(Some(payload)), Ty::Option(from), Ty::Option(to)) => {
                Ok(Value::Option(Some(self.convert_part(payload, from, to, how)?)))
            }
            (Value::Result(Ok(payload)), Ty::Result(from, _), Ty::Result(to, _)) => {
                Ok(Value::Result(Ok(self.convert_part(payload, from, to, how)?)))
            }
            (Value::Result(Err(payload)), Ty::Result(_, from), Ty::Result(_, to)) => {
                Ok(Value::Result(Err(self.convert_part(payload, from, to, how)?)))
            }
            (Value::Variant(index, payload), Ty::Enum(_), Ty::Enum(id)) => {
                let types = self.enumeration(*id).variants[index].fields.iter().map(|(_, ty)| (ty, ty));
                Ok(Value::Variant(index, self.convert_items(payload, types, how)?))
            }
            (Value::Function(_), Ty::Closure(_), Ty::Closure(_)) => Ok(value),
            _ => defect("a value that does not fit its place"),
        }
    }

    fn convert_part(&self, value: &'v Value<'v>, from: &'v Ty, to: &'v Ty, how: Adaption) -> Outcome<&'v Value<'v>> {
        let value = self.adapt(*value, from, to, how)?;
        self.new_value(value, how.span)
    }

    fn convert_items(
        &self,
        items: &'v [Value<'v>],
        types: impl Iterator<Item = (&'v Ty, &'v Ty)>,
        how: Adaption,
    ) -> Outcome<&'v [Value<'v>]> {
        let parts = items.iter().zip(types);
        let items = parts.map(|(item, (from, to))| self.adapt(*item, from, to, how)).collect::<Outcome<_>>()?;
        self.new_list(items, how.span)
    }

    /// Fields in the order of their declaration: given ones are adapted and pass their predicates, absent ones get literal defaults.
    /// Computed defaults come last, each from the record as it was before any of them.
    fn convert_record(&self, given: &'v Map<'v>, from: RecordId, to: RecordId, how: Adaption) -> Outcome<Value<'v>> {
        let mut fields = Entries::new();
        let mut computed = Vec::new();
        for field in &self.record(to).fields {
            let name = field.name.as_str();
            match (given.get(name), &field.default) {
                (Some(value), _) => {
                    let value = self.adapt(*value, self.field_ty(from, name), &field.ty, how)?;
                    how.kind.map_or(Ok(()), |kind| self.predicates(value, field, kind))?;
                    fields.insert(name, value);
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
            let before = self.new_map(fields.clone(), how.span)?;
            for (name, closure) in computed {
                fields.insert(name, self.body(closure, &[before], &Env::default())?);
            }
        }
        self.new_map(fields, how.span)
    }
}
