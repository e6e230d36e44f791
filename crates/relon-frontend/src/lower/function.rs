//! Functions as values. Which functions a value can be is known in advance; what is left of it at run time is which of them it is, and
//! what they need from outside.

use std::collections::{HashSet, VecDeque};

use relon_ir::{Type, Value};

use super::dict::EntryState;
use super::walk::{Var, closure_entry};
use super::{Flat, Lowerer};
use crate::hir::{Args, Closure, DictId, Entry, EntryKind, Expr, ExprKind};

/// What a variable stands for in the current function.
#[derive(Clone, Debug)]
pub(super) enum Binding<'p> {
    Value(Flat),
    Function(FunctionValue<'p>),
    /// An entry that is evaluated where it is first needed: see `cell`.
    Cell(Value),
    /// An entry whose evaluation needs the function that would read it.
    Unavailable,
}

/// A function, with the values that it needs from outside.
#[derive(Clone, Debug)]
pub(super) enum FunctionValue<'p> {
    Known {
        closure: &'p Closure,
        outside: Vec<(Var, Binding<'p>)>,
    },
    /// The first where the Bool is true.
    Choice(Value, Box<FunctionValue<'p>>, Box<FunctionValue<'p>>),
}

/// Deepest calls that give functions: the checker refuses longer chains, and those that never end.
const MAX_NESTING: usize = 256;

impl<'p> Lowerer<'p> {
    /// The function that an expression of closure type is.
    pub(super) fn function_value(&mut self, expr: &'p Expr) -> FunctionValue<'p> {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.any_function(expr))
    }

    fn any_function(&mut self, expr: &'p Expr) -> FunctionValue<'p> {
        match &expr.kind {
            ExprKind::Closure(closure) => self.capture(closure),
            ExprKind::Entry(dict, index) => match closure_entry(&self.survey.dicts, *dict, *index) {
                Some(closure) => self.capture(closure),
                None => self.function_value(self.entry_value(*dict, *index)),
            },
            ExprKind::Local(id) => match self.frame.locals.get(id) {
                Some(Binding::Function(function)) => function.clone(),
                _ => unreachable!("the checker lets only functions be called"),
            },
            ExprKind::Adapt(adapt) => self.function_value(&adapt.value),
            ExprKind::Where(dict, body) => {
                self.open(dict);
                self.evaluate_all(dict);
                self.function_value(body)
            }
            ExprKind::If(condition, yes, no) => {
                let condition = self.scalar(condition);
                self.choose(condition, |lowerer| lowerer.function_value(yes), |lowerer| lowerer.function_value(no))
            }
            ExprKind::Match(scrutinee, arms) => {
                let flat = self.scrutinee(scrutinee);
                let arms: Vec<_> = arms.iter().collect();
                self.matched_function(scrutinee, &flat, &arms)
            }
            ExprKind::Call(callee, args) => self.given_function(callee, args),
            ExprKind::Member(value, dict, index) => self.member(value, *dict, *index),
            _ => unreachable!("the checker refuses other functions"),
        }
    }

    /// A function of a dict literal elsewhere: the entries that it refers to are in the dict's value.
    fn member(&mut self, value: &'p Expr, id: DictId, index: usize) -> FunctionValue<'p> {
        let flat = self.expr(value);
        let dict = self.survey.dicts[&id];
        self.open(dict);
        for (name, flat) in self.fields(&value.ty, flat) {
            let named = |entry: &Entry| matches!(&entry.kind, EntryKind::Named(known, _) if known == name);
            if let Some(at) = dict.entries.iter().rposition(|entry| named(entry) && !entry.internal) {
                self.frame.entries.insert((id, at), EntryState::Done(flat));
            }
        }
        match closure_entry(&self.survey.dicts, id, index) {
            Some(closure) => self.capture(closure),
            None => self.function_value(self.entry_value(id, index)),
        }
    }

    /// The function that a function gives: the call goes in place, since what it gives refers to what it was called with.
    fn given_function(&mut self, callee: &'p Expr, args: &'p Args) -> FunctionValue<'p> {
        let function = self.function_value(callee);
        let args = self.bindings(args);
        self.frame.nesting += 1;
        let given = self.result_of(&function, args);
        self.frame.nesting -= 1;
        given
    }

    fn result_of(&mut self, function: &FunctionValue<'p>, args: Vec<Binding<'p>>) -> FunctionValue<'p> {
        match function {
            FunctionValue::Known { closure, outside } => {
                assert!(
                    self.frame.nesting < MAX_NESTING,
                    "the checker refuses longer chains of functions that give functions"
                );
                self.with_bound(closure, outside, args, |lowerer| lowerer.function_value(&closure.body))
            }
            FunctionValue::Choice(first, yes, no) => {
                let others = args.clone();
                self.choose(*first, |lowerer| lowerer.result_of(yes, args), |lowerer| lowerer.result_of(no, others))
            }
        }
    }

    /// One of two functions. Each way hands on what its function needs, and nothing for the other's.
    fn choose(
        &mut self,
        condition: Value,
        yes: impl FnOnce(&mut Self) -> FunctionValue<'p>,
        no: impl FnOnce(&mut Self) -> FunctionValue<'p>,
    ) -> FunctionValue<'p> {
        let (yes_block, no_block) = (self.b().create_block(&[]), self.b().create_block(&[]));
        self.b().branch(condition, yes_block, no_block);
        self.start_way(yes_block);
        let first = yes(self);
        let first_values = values_of(&first);
        let first_way = self.end_way(first_values.clone());
        self.start_way(no_block);
        let second = no(self);
        let second_values = values_of(&second);
        let second_way = self.end_way(second_values.clone());
        let types = |lowerer: &mut Self, values: &[Value]| -> Vec<Type> {
            values.iter().map(|value| lowerer.b().value_type(*value)).collect()
        };
        let (first_types, second_types) = (types(self, &first_values), types(self, &second_values));
        let first_way = self.padded(first_way, &[], &second_types);
        let second_way = self.padded(second_way, &first_types, &[]);
        let flat = self.meet(vec![first_way, second_way]);
        let mut values = flat.into_iter();
        let first = rebuild_function(&first, &mut values);
        let second = rebuild_function(&second, &mut values);
        FunctionValue::Choice(condition, Box::new(first), Box::new(second))
    }

    /// The function of the arm that takes a value: the arms are asked one after the other.
    fn matched_function(
        &mut self,
        scrutinee: &'p Expr,
        flat: &Flat,
        arms: &[&'p crate::hir::Arm],
    ) -> FunctionValue<'p> {
        let Some((arm, others)) = arms.split_first() else { unreachable!("a match has arms") };
        let taken = |lowerer: &mut Self| {
            lowerer.bind_pattern(&arm.pattern, &scrutinee.ty, flat);
            lowerer.function_value(&arm.body)
        };
        let Some(case) = super::expr::case(&arm.pattern).filter(|_| !others.is_empty()) else { return taken(self) };
        let tag = self.tag(&scrutinee.ty, flat);
        let case = self.b().int(case);
        let fits = self.b().int_compare(relon_ir::IntCondition::Eq, tag, case);
        self.choose(fits, taken, |lowerer| lowerer.matched_function(scrutinee, flat, others))
    }

    /// The values that a closure needs, as they are here, and what evaluating those needs that are put off.
    fn capture(&mut self, closure: &'p Closure) -> FunctionValue<'p> {
        let vars = self.survey.free.get(&closure.id).cloned().unwrap_or_default();
        FunctionValue::Known { closure, outside: self.captured(vars) }
    }

    pub(super) fn captured(&mut self, vars: Vec<Var>) -> Vec<(Var, Binding<'p>)> {
        let mut outside = Vec::new();
        let mut seen: HashSet<Var> = HashSet::new();
        let mut left: VecDeque<Var> = vars.into();
        while let Some(var) = left.pop_front() {
            if !seen.insert(var) {
                continue;
            }
            let binding = match var {
                Var::Local(id) => self.frame.locals.get(&id).cloned().unwrap_or(Binding::Unavailable),
                Var::Entry(dict, index) => self.captured_entry((dict, index)),
            };
            if let (Binding::Cell(_), Var::Entry(dict, index)) = (&binding, var) {
                left.extend(self.needs((dict, index)).iter().copied());
            }
            outside.push((var, binding));
        }
        outside
    }

    /// Does something with a function's parameters and outside values bound, in place.
    pub(super) fn with_bound<T>(
        &mut self,
        closure: &'p Closure,
        outside: &[(Var, Binding<'p>)],
        args: Vec<Binding<'p>>,
        body: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let params = closure.params.iter().copied().map(Var::Local);
        let bound: Vec<(Var, Binding<'p>)> = params.zip(args).chain(outside.iter().cloned()).collect();
        let hidden: Vec<_> = bound.into_iter().map(|(var, binding)| (var, self.bind(var, binding))).collect();
        let result = body(self);
        for (var, before) in hidden.into_iter().rev() {
            self.unbind(var, before);
        }
        result
    }

    /// Gives a variable another meaning; returns the one it had.
    pub(super) fn bind(&mut self, var: Var, binding: Binding<'p>) -> Hidden<'p> {
        match var {
            Var::Local(id) => Hidden::Local(self.frame.locals.insert(id, binding)),
            Var::Entry(dict, index) => {
                let state = match binding {
                    Binding::Value(flat) => EntryState::Done(flat),
                    Binding::Cell(cell) => EntryState::Cell(cell),
                    Binding::Function(_) | Binding::Unavailable => EntryState::InProgress,
                };
                Hidden::Entry(self.frame.entries.insert((dict, index), state))
            }
        }
    }

    fn unbind(&mut self, var: Var, before: Hidden<'p>) {
        match (var, before) {
            (Var::Local(id), Hidden::Local(Some(binding))) => {
                self.frame.locals.insert(id, binding);
            }
            (Var::Local(id), _) => {
                self.frame.locals.remove(&id);
            }
            (Var::Entry(dict, index), Hidden::Entry(before)) => {
                let key = (dict, index);
                let is_final = matches!(before, Some(EntryState::Done(_) | EntryState::InProgress) | None);
                // What was evaluated stays evaluated.
                if !is_final && matches!(self.frame.entries.get(&key), Some(EntryState::Done(_))) {
                    return;
                }
                match before {
                    Some(state) => {
                        self.frame.entries.insert(key, state);
                    }
                    None => self.frame.entries.remove(&key),
                }
            }
            (Var::Entry(..), Hidden::Local(_)) => unreachable!("entries hide entries"),
        }
    }
}

/// What a variable meant before it was bound.
pub(super) enum Hidden<'p> {
    Local(Option<Binding<'p>>),
    Entry(Option<EntryState>),
}

/// Says which functions are given, so that equal uses share one body.
pub(super) fn push_key(binding: &Binding<'_>, key: &mut String) {
    match binding {
        Binding::Value(_) => key.push(','),
        Binding::Cell(_) => key.push('?'),
        Binding::Unavailable => key.push('!'),
        Binding::Function(function) => push_function_key(function, key),
    }
}

fn push_function_key(function: &FunctionValue<'_>, key: &mut String) {
    match function {
        FunctionValue::Known { closure, outside } => {
            key.push_str(&format!("({}", closure.id.0));
            for (var, binding) in outside {
                key.push_str(&format!("{var:?}"));
                push_key(binding, key);
            }
            key.push(')');
        }
        FunctionValue::Choice(_, yes, no) => {
            key.push('[');
            push_function_key(yes, key);
            push_function_key(no, key);
            key.push(']');
        }
    }
}

/// The scalars that a binding consists of.
pub(super) fn push_values(binding: &Binding<'_>, values: &mut Vec<Value>) {
    match binding {
        Binding::Value(flat) => values.extend(flat),
        Binding::Cell(cell) => values.push(*cell),
        Binding::Unavailable => {}
        Binding::Function(function) => values.extend(values_of(function)),
    }
}

fn values_of(function: &FunctionValue<'_>) -> Vec<Value> {
    let mut values = Vec::new();
    match function {
        FunctionValue::Known { outside, .. } => {
            outside.iter().for_each(|(_, binding)| push_values(binding, &mut values));
        }
        FunctionValue::Choice(first, yes, no) => {
            values.push(*first);
            values.extend(values_of(yes));
            values.extend(values_of(no));
        }
    }
    values
}

/// A binding of the same shape with other scalars.
pub(super) fn rebuild<'p>(shape: &Binding<'p>, values: &mut dyn Iterator<Item = Value>) -> Binding<'p> {
    match shape {
        Binding::Value(flat) => Binding::Value(values.take(flat.len()).collect()),
        Binding::Cell(_) => Binding::Cell(values.next().expect("a cell is one scalar")),
        Binding::Unavailable => Binding::Unavailable,
        Binding::Function(function) => Binding::Function(rebuild_function(function, values)),
    }
}

fn rebuild_function<'p>(shape: &FunctionValue<'p>, values: &mut dyn Iterator<Item = Value>) -> FunctionValue<'p> {
    match shape {
        FunctionValue::Known { closure, outside } => {
            let mut rebuilt = Vec::new();
            for (var, shape) in outside {
                rebuilt.push((*var, rebuild(shape, values)));
            }
            FunctionValue::Known { closure, outside: rebuilt }
        }
        FunctionValue::Choice(_, yes, no) => {
            let first = values.next().expect("a choice has its Bool");
            let yes = rebuild_function(yes, values);
            let no = rebuild_function(no, values);
            FunctionValue::Choice(first, Box::new(yes), Box::new(no))
        }
    }
}

/// How deep functions are nested in a binding.
pub(super) fn depth(binding: &Binding<'_>) -> usize {
    match binding {
        Binding::Function(function) => 1 + function_depth(function),
        Binding::Value(_) | Binding::Cell(_) | Binding::Unavailable => 0,
    }
}

pub(super) fn function_depth(function: &FunctionValue<'_>) -> usize {
    match function {
        FunctionValue::Known { outside, .. } => outside.iter().map(|(_, binding)| depth(binding)).max().unwrap_or(0),
        FunctionValue::Choice(_, yes, no) => 1 + function_depth(yes).max(function_depth(no)),
    }
}
