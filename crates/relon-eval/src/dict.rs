//! Dict literals and `where`: entries in source order, each at most once, and earlier where it is needed earlier.

use std::collections::BTreeSet;
use std::rc::Rc;

use relon_frontend::Span;
use relon_frontend::hir::{Dict, DictId, Entry, EntryKind, Expr, Ty};
use relon_natives::TrapKind;

use crate::env::{EntryState, Env, Scope};
use crate::evaluator::{Evaluator, deep};
use crate::failure::{Failure, Outcome};
use crate::value::{Entries, Map, Value, defect};

impl<'v> Evaluator<'v> {
    /// Computed keys first, then all entries in source order; then the value is put together.
    pub(crate) fn dict(&self, dict: &'v Dict, ty: &'v Ty, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let scope = self.open(dict, env);
        let inside = self.inside(&scope);
        let keys = dict.entries.iter().map(|entry| self.key(entry, &inside)).collect::<Outcome<Vec<_>>>()?;
        self.force_all(&scope)?;
        let mut entries = Entries::new();
        for (index, (entry, key)) in dict.entries.iter().zip(keys).enumerate() {
            if self.is_part(entry, ty) {
                self.add(&mut entries, key, self.force(&scope, index, entry.span)?, ty, span)?;
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
    fn open(&self, dict: &'v Dict, env: &Env<'v>) -> Rc<Scope<'v>> {
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
        match env.scope(dict).cloned().or_else(global) {
            Some(scope) => self.force(&scope, index, span),
            None => self.entry_of_closed(dict, index, span),
        }
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

    /// An entry of a dict literal that is not evaluated yet: a predicate of an argument refers to it. Its functions are there, its values
    /// are not.
    fn entry_of_closed(&self, dict: DictId, index: usize, span: Span) -> Outcome<Value<'v>> {
        let value = entry_value(&self.survey.dicts[&dict].entries[index]);
        match value.ty {
            Ty::Closure(_) => self.expr(value, &Env::default()),
            _ => Err(Failure::of(TrapKind::CircularReference, span)),
        }
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
        map: &mut Entries<'v>,
        key: Option<&'v str>,
        value: Value<'v>,
        ty: &'v Ty,
        span: Span,
    ) -> Outcome<()> {
        let entries: Vec<(&'v str, Value<'v>)> = match key {
            Some(key) => vec![(key, value)],
            None => value.map().iter().map(|(key, value)| (*key, *value)).collect(),
        };
        for (key, value) in entries {
            let value = match ty {
                Ty::Dict(of) => self.adapt(value, of, None, span)?,
                _ => value,
            };
            map.insert(key, value);
        }
        Ok(())
    }

    /// `a + b` of two dicts or records.
    pub(crate) fn merge(&self, a: &'v Expr, b: &'v Expr, ty: &'v Ty, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let (left, right) = (self.expr(a, env)?, self.expr(b, env)?);
        self.merge_maps(left.map(), right.map(), ty, span)
    }

    /// For a key in both: two dicts or records are merged, else the right one wins. A schema is checked again.
    fn merge_maps(&self, left: &'v Map<'v>, right: &'v Map<'v>, ty: &'v Ty, span: Span) -> Outcome<Value<'v>> {
        match ty {
            Ty::Dict(of) => {
                let keys: BTreeSet<&str> = left.keys().chain(right.keys()).copied().collect();
                let values = keys.into_iter().map(|key| Ok((key, self.merge_values(left, right, key, of, span)?)));
                self.new_map(values.collect::<Outcome<_>>()?, span)
            }
            Ty::Record(id) => {
                let record = self.record(*id);
                let fields = record.fields.iter().map(|field| {
                    let name = field.name.as_str();
                    Ok((name, self.merge_values(left, right, name, &field.ty, span)?))
                });
                let merged = self.new_map(fields.collect::<Outcome<_>>()?, span)?;
                match record.name {
                    Some(_) => self.adapt(merged, ty, Some(TrapKind::TypeMismatch), span),
                    None => Ok(merged),
                }
            }
            _ => defect("a merge that gives no dict"),
        }
    }

    /// What a merge has for a key.
    fn merge_values(
        &self,
        left: &'v Map<'v>,
        right: &'v Map<'v>,
        key: &str,
        ty: &'v Ty,
        span: Span,
    ) -> Outcome<Value<'v>> {
        match (left.get(key), right.get(key)) {
            (Some(Value::Map(left)), Some(Value::Map(right))) => deep(|| self.merge_maps(left, right, ty, span)),
            (_, Some(value)) | (Some(value), None) => self.adapt(*value, ty, None, span),
            (None, None) => defect("a key of a merge that neither side has"),
        }
    }
}

fn entry_value(entry: &Entry) -> &Expr {
    match &entry.kind {
        EntryKind::Named(_, value) | EntryKind::Computed(_, value) | EntryKind::Spread(value) => value,
    }
}

fn is_function(ty: &Ty) -> bool {
    matches!(ty, Ty::Closure(_))
}
