//! Entries that are put off. An entry is evaluated where it is first needed, and once. Where that place is in a loop or in a function, it is
//! not known in advance which round or call is the first, so the entry gets a cell in the frame of its dict: a word that says how far
//! it is, and room for its value.

use std::collections::HashSet;
use std::sync::Arc;

use relon_ir::{IntCondition, MemType, Span, Value};
use relon_natives::TrapKind;

use super::call::Body;
use super::dict::EntryState;
use super::entries::Key;
use super::function::Binding;
use super::types::Form;
use super::walk::{self, Var, closure_entry};
use super::{Flat, Lowerer};
use crate::hir::{EntryKind, Expr, ExprKind, Ty};

/// What the word of a cell says. Behind the word is the value.
const PENDING: i64 = 0;
const DONE: i64 = 1;
const IN_PROGRESS: i64 = 2;
const VALUE: u32 = 16;

/// An entry that is cheaper than this many expressions is not put off where it cannot fail.
const CHEAP: usize = 64;

impl<'p> Lowerer<'p> {
    /// What an entry is for a function that needs it. One that is not evaluated yet is evaluated now where nobody can tell the
    /// difference, and put off elsewhere.
    pub(super) fn captured_entry(&mut self, key: Key) -> Binding<'p> {
        match self.frame.entries.get(&key) {
            None | Some(EntryState::InProgress) => Binding::Unavailable,
            Some(EntryState::Done(flat)) => Binding::Value(flat.clone()),
            Some(EntryState::Cell(cell)) => Binding::Cell(*cell),
            Some(EntryState::Pending | EntryState::Maybe(..)) => match self.is_safe(key) {
                true => {
                    let span = self.entry_value(key.0, key.1).span;
                    Binding::Value(self.entry(key.0, key.1, span))
                }
                false => Binding::Cell(self.make_cell(key)),
            },
        }
    }

    /// Prepares the entries that the body of a loop may need first.
    pub(super) fn prepare(&mut self, body: &'p Expr) {
        let vars = walk::needs(&self.survey, body);
        self.captured(vars);
    }

    /// Puts an entry off that is not evaluated yet.
    fn make_cell(&mut self, key: Key) -> Value {
        let form = Form::plain(&self.entry_value(key.0, key.1).ty);
        let layout = self.layout(&form);
        let cell = self.b().stack_slot(VALUE + layout.size, layout.align.max(8));
        let state = match self.frame.entries.get(&key).cloned() {
            Some(EntryState::Maybe(flag, flat)) => {
                self.store(&form, cell, VALUE, &flat);
                let (done, pending) = (self.b().int(DONE), self.b().int(PENDING));
                self.b().select(flag, done, pending)
            }
            _ => self.b().int(PENDING),
        };
        self.b().store(MemType::Int, cell, 0, state);
        self.frame.entries.insert(key, EntryState::Cell(cell));
        cell
    }

    /// Whether the value of a cell is there, and the value.
    pub(super) fn read_cell(&mut self, key: Key, cell: Value) -> (Value, Flat) {
        let form = Form::plain(&self.entry_value(key.0, key.1).ty);
        let state = self.b().load(MemType::Int, cell, 0);
        let done = self.b().int(DONE);
        let is_done = self.b().int_compare(IntCondition::Eq, state, done);
        (is_done, self.load_if_there(&form, cell, VALUE))
    }

    /// The value of an entry in a cell, which is evaluated now if it was not before.
    pub(super) fn force(&mut self, key: Key, cell: Value, span: Span) -> Flat {
        let form = Form::plain(&self.entry_value(key.0, key.1).ty);
        let state = self.b().load(MemType::Int, cell, 0);
        let done = self.b().int(DONE);
        let is_done = self.b().int_compare(IntCondition::Eq, state, done);
        self.either(
            is_done,
            |lowerer| lowerer.load(&form, cell, VALUE),
            |lowerer| {
                let site = lowerer.site(TrapKind::CircularReference, span);
                let in_progress = lowerer.b().int(IN_PROGRESS);
                let is_idle = lowerer.b().int_compare(IntCondition::Ne, state, in_progress);
                lowerer.b().guard(is_idle, site);
                lowerer.b().store(MemType::Int, cell, 0, in_progress);
                let flat = lowerer.evaluate_put_off(key, span);
                lowerer.store(&form, cell, VALUE, &flat);
                let done = lowerer.b().int(DONE);
                lowerer.b().store(MemType::Int, cell, 0, done);
                flat
            },
        )
    }

    /// In the frame of its dict an entry is evaluated in place, elsewhere by a function.
    fn evaluate_put_off(&mut self, key: Key, span: Span) -> Flat {
        if self.frame.dicts.contains(&key.0) {
            return self.evaluate(key.0, key.1);
        }
        let own = Var::Entry(key.0, key.1);
        let needs: Vec<Var> = self.needs(key).iter().copied().filter(|var| *var != own).collect();
        let outside = self.captured(needs).into_iter().filter(|(var, _)| *var != own).collect();
        self.call_body(Body::Entry(key.0, key.1), Vec::new(), outside, span)
    }

    /// What the evaluation of an entry needs from outside.
    pub(super) fn needs(&mut self, key: Key) -> Arc<[Var]> {
        if let Some(known) = self.entry_needs.get(&key) {
            return Arc::clone(known);
        }
        let vars: Arc<[Var]> = walk::needs(&self.survey, self.entry_value(key.0, key.1)).into();
        self.entry_needs.insert(key, Arc::clone(&vars));
        vars
    }

    /// Whether the evaluation of an entry cannot fail and costs next to nothing.
    fn is_safe(&self, key: Key) -> bool {
        let mut left = CHEAP;
        self.is_safe_entry(key, &mut HashSet::new(), &mut left)
    }

    /// Whether a condition may be evaluated where its value might not matter, so that nothing has to branch.
    pub(super) fn can_go_ahead(&self, expr: &Expr) -> bool {
        let is_quick = match &expr.kind {
            ExprKind::Order(_, a, _) => a.ty != Ty::String,
            ExprKind::Local(_) | ExprKind::Bool(_) | ExprKind::Not(_) | ExprKind::And(..) | ExprKind::Or(..) => true,
            _ => false,
        };
        let mut left = CHEAP;
        is_quick && self.is_safe_expr(expr, &mut HashSet::new(), &mut left)
    }

    fn is_safe_entry(&self, key: Key, seen: &mut HashSet<Key>, left: &mut usize) -> bool {
        match self.frame.entries.get(&key) {
            Some(EntryState::Done(_)) => true,
            Some(EntryState::Pending | EntryState::Maybe(..)) => {
                seen.insert(key) && self.is_safe_expr(self.entry_value(key.0, key.1), seen, left)
            }
            Some(EntryState::InProgress | EntryState::Cell(_)) | None => false,
        }
    }

    fn is_safe_expr(&self, expr: &Expr, seen: &mut HashSet<Key>, left: &mut usize) -> bool {
        let Some(fewer) = left.checked_sub(1) else { return false };
        *left = fewer;
        let mut parts = |parts: &[&Expr]| parts.iter().all(|part| self.is_safe_expr(part, seen, left));
        match &expr.kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::String(_) | ExprKind::None => true,
            ExprKind::Local(id) => matches!(self.frame.locals.get(id), Some(Binding::Value(_))),
            ExprKind::Entry(dict, index) => match closure_entry(&self.survey.dicts, *dict, *index) {
                Some(_) => true,
                None => self.is_safe_entry((*dict, *index), seen, left),
            },
            ExprKind::Tuple(items) => parts(&items.iter().collect::<Vec<_>>()),
            ExprKind::Dict(dict) => dict.entries.iter().all(|entry| match &entry.kind {
                EntryKind::Named(_, value) => parts(&[value]),
                EntryKind::Computed(..) | EntryKind::Spread(_) => false,
            }),
            ExprKind::List(_) => self.is_literal_list(expr),
            ExprKind::Closure(_) => true,
            ExprKind::Field(value, _)
            | ExprKind::Item(value, _)
            | ExprKind::Not(value)
            | ExprKind::IntToFloat(value)
            | ExprKind::Some(value)
            | ExprKind::Ok(value)
            | ExprKind::Err(value) => parts(&[value]),
            ExprKind::Order(_, a, b) | ExprKind::And(a, b) | ExprKind::Or(a, b) => parts(&[a, b]),
            ExprKind::If(condition, yes, no) => parts(&[condition, yes, no]),
            ExprKind::Where(..)
            | ExprKind::Member(..)
            | ExprKind::Index(..)
            | ExprKind::Neg(_)
            | ExprKind::Arith(..)
            | ExprKind::Equal(..)
            | ExprKind::Concat(_)
            | ExprKind::Match(..)
            | ExprKind::Comprehension(_)
            | ExprKind::Call(..)
            | ExprKind::Library(..)
            | ExprKind::Native { .. }
            | ExprKind::Variant(..)
            | ExprKind::Merge(..)
            | ExprKind::Adapt(_) => false,
        }
    }
}
