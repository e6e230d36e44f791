//! Dict literals: entries in source order, each at most once, and earlier where it is referred to.

use std::collections::HashMap;
use std::sync::Arc;

use relon_ir::{Span, Value, WrapOp};
use relon_natives::TrapKind;

use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::{Dict, DictId, Entry, EntryKind, Expr, ExprKind, Ty};

/// How far the evaluation of an entry is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum EntryState {
    Pending,
    InProgress,
    Done(Flat),
    /// Evaluated where the Bool is true.
    Maybe(Value, Flat),
    /// As the cell says.
    Cell(Value),
}

/// A part of a dict with keys that are not all known.
pub(super) enum Part {
    Entry(Flat, Flat, Ty),
    Spread(Flat, Ty),
}

impl<'p> Lowerer<'p> {
    pub(super) fn dict(&mut self, dict: &'p Dict, ty: &Ty, span: Span) -> Flat {
        // The root is open already, for what predicates of arguments need of it.
        match self.frame.root == Some(dict.id) {
            true => self.frame.root = None,
            false => self.open(dict),
        }
        match ty {
            Ty::Dict(value) => self.open_dict(dict, value, span),
            _ => {
                self.evaluate_all(dict);
                self.shape(dict, ty)
            }
        }
    }

    pub(super) fn where_(&mut self, dict: &'p Dict, body: &'p Expr) -> Flat {
        self.open(dict);
        self.evaluate_all(dict);
        self.expr(body)
    }

    /// Nothing is evaluated yet.
    pub(super) fn open(&mut self, dict: &'p Dict) {
        self.frame.dicts.insert(dict.id);
        for (index, _) in dict.entries.iter().enumerate() {
            self.frame.entries.insert((dict.id, index), EntryState::Pending);
        }
    }

    pub(super) fn evaluate_all(&mut self, dict: &'p Dict) {
        for (index, entry) in dict.entries.iter().enumerate() {
            if !is_function(entry) {
                self.entry(dict.id, index, entry.span);
            } else if let EntryKind::Named(_, value) = &entry.kind
                && is_chosen(value)
            {
                // What it takes to find the function is evaluated with the other entries, even where nobody calls it.
                self.function_value(value);
            }
        }
    }

    /// The value of an entry, which is evaluated now if it was not before.
    pub(super) fn entry(&mut self, dict: DictId, index: usize, span: Span) -> Flat {
        let key = (dict, index);
        match self.frame.entries.get(&key).cloned() {
            Some(EntryState::Done(flat)) => flat,
            Some(EntryState::Pending) => self.evaluate(dict, index),
            Some(EntryState::Cell(cell)) => {
                let flat = self.force(key, cell, span);
                self.frame.entries.insert(key, EntryState::Done(flat.clone()));
                flat
            }
            Some(EntryState::Maybe(flag, flat)) => {
                let known = flat.clone();
                let flat = self.either(
                    flag,
                    |_| known,
                    |lowerer| {
                        lowerer.frame.entries.insert(key, EntryState::Pending);
                        lowerer.evaluate(dict, index)
                    },
                );
                self.frame.entries.insert(key, EntryState::Done(flat.clone()));
                flat
            }
            // Its own evaluation needs it, or it is not there yet where a function needs it.
            Some(EntryState::InProgress) | None => {
                self.fail(TrapKind::CircularReference, span);
                let ty = self.entry_value(dict, index).ty.clone();
                self.zero(&ty)
            }
        }
    }

    pub(super) fn entry_value(&self, dict: DictId, index: usize) -> &'p Expr {
        match &self.survey.dicts[&dict].entries[index].kind {
            EntryKind::Named(_, value) | EntryKind::Computed(_, value) | EntryKind::Spread(value) => value,
        }
    }

    pub(super) fn evaluate(&mut self, dict: DictId, index: usize) -> Flat {
        self.frame.entries.insert((dict, index), EntryState::InProgress);
        let flat = self.expr(self.entry_value(dict, index));
        self.frame.entries.insert((dict, index), EntryState::Done(flat.clone()));
        flat
    }

    /// The fields of a shape, each from the last entry that has its name.
    fn shape(&mut self, dict: &'p Dict, ty: &Ty) -> Flat {
        let Ty::Record(id) = ty else { return Vec::new() };
        let mut fields: HashMap<&str, Flat> = HashMap::new();
        for (index, entry) in
            dict.entries.iter().enumerate().filter(|(_, entry)| !entry.internal && !is_function(entry))
        {
            let flat = self.entry(dict.id, index, entry.span);
            match &entry.kind {
                EntryKind::Named(name, _) => {
                    fields.insert(name, flat);
                }
                EntryKind::Spread(value) => fields.extend(self.fields(&value.ty, flat)),
                EntryKind::Computed(..) => {}
            }
        }
        let record = self.record(*id);
        record.fields.iter().flat_map(|field| fields.remove(field.name.as_str()).unwrap_or_default()).collect()
    }

    /// The fields of a record value by name.
    pub(super) fn fields(&mut self, ty: &Ty, flat: Flat) -> Vec<(&'p str, Flat)> {
        let Ty::Record(id) = ty else { return Vec::new() };
        let content = self.unboxed(&Form::plain(ty), flat);
        let mut rest = content.as_slice();
        let mut fields = Vec::new();
        for field in &self.record(*id).fields {
            let (own, others) = rest.split_at(self.scalars_of(&field.ty).len());
            fields.push((field.name.as_str(), own.to_vec()));
            rest = others;
        }
        fields
    }

    /// A dict with computed keys: keys first, then all values, then sorted.
    fn open_dict(&mut self, dict: &'p Dict, value: &Ty, span: Span) -> Flat {
        let mut keys: HashMap<usize, Flat> = HashMap::new();
        for (index, entry) in dict.entries.iter().enumerate() {
            if let EntryKind::Computed(key, _) = &entry.kind {
                let flat = self.expr(key);
                keys.insert(index, self.text_of(flat, &key.ty, key.span));
            }
        }
        self.evaluate_all(dict);
        let mut parts = Vec::new();
        for (index, entry) in
            dict.entries.iter().enumerate().filter(|(_, entry)| !entry.internal && !is_function(entry))
        {
            let flat = self.entry(dict.id, index, entry.span);
            match &entry.kind {
                EntryKind::Named(name, expr) => {
                    let key = self.text(name);
                    parts.push(Part::Entry(key, flat, expr.ty.clone()));
                }
                EntryKind::Computed(_, expr) => {
                    parts.push(Part::Entry(keys[&index].clone(), flat, expr.ty.clone()));
                }
                EntryKind::Spread(expr) => parts.push(Part::Spread(flat, expr.ty.clone())),
            }
        }
        self.collect(parts, value, span)
    }

    /// One dict of several parts; of equal keys the last stays.
    pub(super) fn collect(&mut self, parts: Vec<Part>, value: &Ty, span: Span) -> Flat {
        let parts: Vec<Part> = parts
            .into_iter()
            .map(|part| match part {
                Part::Entry(key, flat, ty) => {
                    let flat = self.convert(flat, &ty, value, span);
                    Part::Entry(key, flat, value.clone())
                }
                Part::Spread(flat, ty) => {
                    let to = Ty::Dict(Arc::new(value.clone()));
                    Part::Spread(self.convert(flat, &ty, &to, span), to)
                }
            })
            .collect();
        let mut count = self.b().int(0);
        for part in &parts {
            let more = match part {
                Part::Entry(..) => self.b().int(1),
                Part::Spread(flat, _) => flat[1],
            };
            count = self.b().wrap(WrapOp::Add, count, more);
        }
        let entry = entry_form(value);
        let address = self.alloc_list(&entry, count, span);
        let mut place = address;
        for part in parts {
            place = self.place_part(part, place, &entry);
        }
        let left = self.sort_entries(address, count, &entry);
        vec![address, left]
    }

    /// Writes a part and gives the place behind it.
    fn place_part(&mut self, part: Part, place: Value, entry: &Form) -> Value {
        let stride = self.layout(entry).size;
        let stride = self.b().int(i64::from(stride));
        match part {
            Part::Entry(key, flat, _) => {
                let flat: Flat = key.into_iter().chain(flat).collect();
                self.store(entry, place, 0, &flat);
                self.b().offset(place, stride)
            }
            Part::Spread(flat, _) => {
                let bytes = self.b().wrap(WrapOp::Mul, flat[1], stride);
                self.b().copy(place, flat[0], bytes);
                self.b().offset(place, bytes)
            }
        }
    }

    /// Sorts the entries of a new dict by key; gives how many are left.
    pub(super) fn sort_entries(&mut self, address: Value, count: Value, entry: &Form) -> Value {
        let stride = self.layout(entry).size;
        let stride = self.b().int(i64::from(stride));
        self.helper("relon_std_dict_sort", vec![address, count, stride])
    }
}

/// An entry of a Dict in memory: key and value.
pub(super) fn entry_form(value: &Ty) -> Form {
    Form::plain(&Ty::Tuple([Ty::String, value.clone()].into()))
}

/// Functions are known in advance and not part of the value, and so are types.
fn is_function(entry: &Entry) -> bool {
    matches!(&entry.kind, EntryKind::Named(_, value) if matches!(value.ty, Ty::Closure(_) | Ty::Type))
}

/// Whether something has to be evaluated to know which function an expression is.
fn is_chosen(value: &Expr) -> bool {
    match &value.kind {
        _ if value.ty == Ty::Type => false,
        ExprKind::Adapt(adapt) => is_chosen(&adapt.value),
        kind => !matches!(kind, ExprKind::Closure(_) | ExprKind::Entry(..) | ExprKind::Local(_)),
    }
}
