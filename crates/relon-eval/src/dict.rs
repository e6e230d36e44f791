//! Dict literals and `where`: entries in source order, each at most once, and earlier where it is needed earlier.

use std::collections::BTreeSet;
use std::rc::Rc;

use relon_frontend::Span;
use relon_frontend::hir::{Dict, DictId, Entry, EntryKind, Expr, Ty};
use relon_natives::TrapKind;

use crate::adapt::Adaption;
use crate::env::{EntryState, Env, Scope};
use crate::evaluator::{Evaluator, deep};
use crate::failure::{Failure, Outcome};
use crate::value::{Entries, Map, Value, defect};

impl<'v> Evaluator<'v> {
    /// Computed keys first, then all entries in source order; then the value is put together.
    pub(crate) fn dict(&self, dict: &'v Dict, ty: &'v Ty, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let root = self.root.borrow_mut().take_if(|root| root.dict.id == dict.id);
        let scope = root.unwrap_or_else(|| self.open(dict, env));
        let inside = self.inside(&scope);
        let keys = dict.entries.iter().map(|entry| self.key(entry, &inside)).collect::<Outcome<Vec<_>>>()?;
        self.force_all(&scope)?;
        let mut entries = Entries::new();
        for (index, (entry, key)) in dict.entries.iter().zip(keys).enumerate() {
            if self.is_part(entry, ty) {
                let value = self.force(&scope, index, entry.span)?;
                self.add(&mut entries, key, (value, &entry_value(entry).ty), ty, span)?;
            }
        }
        self.new_literal(Map { entries, literal: Some(scope) }, span)
    }

    pub(crate) fn where_(&self, dict: &'v Dict, body: &'v Expr, env: &Env<'v>) -> Outcome<Value<'v>> {
        let scope = self.open(dict, env);
        self.force_all(&scope)?;
        self.expr(body, &self.inside(&scope))
    }

    /// A new scope. A literal with nothing around it can be referred to from everywhere.
    pub(crate) fn open(&self, dict: &'v Dict, env: &Env<'v>) -> Rc<Scope<'v>> {
        let scope = Scope::new(dict, env);
        if env.is_empty() {
            self.globals.borrow_mut().insert(dict.id, Rc::clone(&scope));
        }
        scope
    }

    /// What the entries of a dict literal see. Imported files see nothing of each other but what all of the program sees.
    fn inside(&self, scope: &Rc<Scope<'v>>) -> Env<'v> {
        if scope.dict.id == self.program.modules.id { Env::default() } else { scope.outer.with_scope(scope) }
    }

    /// Evaluates the root expressions of imported files.
    pub(crate) fn modules(&self) -> Outcome<()> {
        let scope = self.open(&self.program.modules, &Env::default());
        self.force_all(&scope)
    }

    fn force_all(&self, scope: &Rc<Scope<'v>>) -> Outcome<()> {
        for (index, entry) in scope.dict.entries.iter().enumerate() {
            self.force(scope, index, entry.span)?;
        }
        Ok(())
    }

    /// The value of an entry, which is evaluated now if it was not before. `span` is that of what needs it.
    fn force(&self, scope: &Rc<Scope<'v>>, index: usize, span: Span) -> Outcome<Value<'v>> {
        match scope.state(index) {
            EntryState::Done(value) => Ok(value),
            EntryState::InProgress => Err(Failure::of(TrapKind::CircularReference, span)),
            EntryState::Pending => {
                scope.set_state(index, EntryState::InProgress);
                let value = self.expr(entry_value(&scope.dict.entries[index]), &self.inside(scope))?;
                scope.set_state(index, EntryState::Done(value));
                Ok(value)
            }
        }
    }

    /// An entry that an expression refers to.
    pub(crate) fn entry(&self, dict: DictId, index: usize, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let global = || self.globals.borrow().get(&dict).cloned();
        let scope = env.scope(dict).cloned().or_else(global);
        self.force(&scope.unwrap_or_else(|| defect("an entry of a dict literal that is nowhere")), index, span)
    }

    /// A function that is an entry of the dict literal whose value an expression gives.
    pub(crate) fn member(
        &self,
        value: &'v Expr,
        dict: DictId,
        index: usize,
        env: &Env<'v>,
        span: Span,
    ) -> Outcome<Value<'v>> {
        let map = self.expr(value, env)?.map();
        let literal = map.literal.as_ref().filter(|scope| scope.dict.id == dict);
        self.force(literal.unwrap_or_else(|| defect("the value of another literal")), index, span)
    }

    /// The key of an entry; none for a spread.
    fn key(&self, entry: &'v Entry, env: &Env<'v>) -> Outcome<Option<&'v str>> {
        match &entry.kind {
            EntryKind::Named(name, _) => Ok(Some(name)),
            EntryKind::Computed(key, _) => Ok(Some(self.text_of(self.expr(key, env)?, key.span)?)),
            EntryKind::Spread(_) => Ok(None),
        }
    }

    /// Whether the value of a dict literal holds an entry. A function is there for those who see it, unless its type says otherwise.
    fn is_part(&self, entry: &Entry, ty: &Ty) -> bool {
        if entry.internal {
            return false;
        }
        match (&entry.kind, ty) {
            (EntryKind::Named(name, _), Ty::Record(id)) => {
                self.record(*id).fields.iter().any(|field| field.name == *name)
            }
            (EntryKind::Named(_, value), Ty::Dict(of)) => is_function(&value.ty) == is_function(of),
            (EntryKind::Named(_, value), _) => !is_function(&value.ty),
            (EntryKind::Computed(..) | EntryKind::Spread(_), _) => true,
        }
    }

    /// Adds an entry: one value, or all entries of a spread one. Later ones win. The values of a Dict get its type.
    fn add(
        &self,
        entries: &mut Entries<'v>,
        key: Option<&'v str>,
        (value, from): (Value<'v>, &'v Ty),
        ty: &'v Ty,
        span: Span,
    ) -> Outcome<()> {
        let how = Adaption::unchecked(span);
        match (key, ty) {
            (Some(key), Ty::Dict(of)) => {
                entries.insert(key, self.adapt(value, from, of, how)?);
            }
            (Some(key), _) => {
                entries.insert(key, value);
            }
            (None, Ty::Dict(_)) => entries.extend(&self.adapt(value, from, ty, how)?.map().entries),
            (None, _) => entries.extend(&value.map().entries),
        }
        Ok(())
    }

    /// `a + b` of two dicts or records.
    pub(crate) fn merge(&self, a: &'v Expr, b: &'v Expr, ty: &'v Ty, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let (left, right) = (self.expr(a, env)?, self.expr(b, env)?);
        self.merge_maps((left, &a.ty), (right, &b.ty), ty, span)
    }

    /// For a key in both: two dicts or records are merged, else the right one wins. A schema is checked again.
    fn merge_maps(&self, left: Typed<'v>, right: Typed<'v>, ty: &'v Ty, span: Span) -> Outcome<Value<'v>> {
        let run = || deep(|| self.merge_parts(left, right, ty, span));
        let is_counted = self.recursion.is_recursive(ty) && left.1 == ty && right.1 == ty;
        if is_counted { self.nested(span, run) } else { run() }
    }

    fn merge_parts(&self, left: Typed<'v>, right: Typed<'v>, ty: &'v Ty, span: Span) -> Outcome<Value<'v>> {
        match ty {
            Ty::Dict(of) => {
                let side = |(value, from): Typed<'v>| self.adapt(value, from, ty, Adaption::unchecked(span));
                let (left, right) = (side(left)?.map(), side(right)?.map());
                let keys: BTreeSet<&str> = left.keys().chain(right.keys()).copied().collect();
                let typed = |map: &'v Map<'v>, key: &str| map.get(key).map(|value| (*value, &**of));
                let merge = |key| self.merge_values(typed(left, key), typed(right, key), of, span);
                let merged = keys.into_iter().map(|key| Ok((key, merge(key)?)));
                self.new_map(merged.collect::<Outcome<_>>()?, span)
            }
            Ty::Record(id) => {
                let record = self.record(*id);
                let merged = record.fields.iter().map(|field| {
                    let (left, right) = (self.field_of(left, &field.name), self.field_of(right, &field.name));
                    Ok((field.name.as_str(), self.merge_values(left, right, &field.ty, span)?))
                });
                let merged = self.new_map(merged.collect::<Outcome<_>>()?, span)?;
                let kind = record.name.as_ref().map(|_| TrapKind::TypeMismatch);
                self.adapt(merged, ty, ty, Adaption { kind, span, is_input: false })
            }
            _ => defect("a merge that gives no dict"),
        }
    }

    /// A field of a record, if the record has it.
    fn field_of(&self, (value, ty): Typed<'v>, name: &str) -> Option<Typed<'v>> {
        let Ty::Record(id) = ty else { defect("a record was expected") };
        value.map().get(name).map(|value| (*value, self.field_ty(*id, name)))
    }

    /// What a merge has for a key.
    fn merge_values(
        &self,
        left: Option<Typed<'v>>,
        right: Option<Typed<'v>>,
        ty: &'v Ty,
        span: Span,
    ) -> Outcome<Value<'v>> {
        match (left, right) {
            (Some(left @ (Value::Map(_), _)), Some(right @ (Value::Map(_), _))) => {
                self.merge_maps(left, right, ty, span)
            }
            (_, Some((value, from))) | (Some((value, from)), None) => {
                self.adapt(value, from, ty, Adaption::unchecked(span))
            }
            (None, None) => defect("a key of a merge that neither side has"),
        }
    }
}

/// A value and its type.
type Typed<'v> = (Value<'v>, &'v Ty);

fn entry_value(entry: &Entry) -> &Expr {
    match &entry.kind {
        EntryKind::Named(_, value) | EntryKind::Computed(_, value) | EntryKind::Spread(value) => value,
    }
}

fn is_function(ty: &Ty) -> bool {
    matches!(ty, Ty::Closure(_) | Ty::Type)
}
