//! Functions: IR functions with what they need from outside as parameters, one for each set of functions they are given.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use relon_ir::layout::context;
use relon_ir::{FunctionBuilder, FunctionId, IntCondition, MemType, Span, Type, Value, WrapOp};
use relon_natives::TrapKind;

use super::dict::EntryState;
use super::entries::{Entries, Key};
use super::list::find_entries;
use super::walk::{Var, closure_entry};
use super::{Flat, Lowerer};
use crate::hir::{Args, Closure, Expr, ExprKind, Ty};

/// What a variable stands for in the current function.
#[derive(Clone, Debug)]
pub(super) enum Binding<'p> {
    Value(Flat),
    Function(FunctionValue<'p>),
    /// An entry whose evaluation needs the function that would read it.
    Unavailable,
}

/// A function that is known in advance, with the values that it needs from outside.
#[derive(Clone, Debug)]
pub(super) struct FunctionValue<'p> {
    closure: &'p Closure,
    outside: Vec<(Var, Binding<'p>)>,
}

/// A function that is called and not lowered yet.
pub(super) struct PendingFunction<'p> {
    id: FunctionId,
    name: String,
    closure: &'p Closure,
    /// Shapes of the arguments and outside values; their scalars are those of the first caller.
    args: Vec<Binding<'p>>,
    outside: Vec<(Var, Binding<'p>)>,
    params: Vec<Type>,
}

/// Deepest functions within functions that get a body of their own.
const MAX_SPECIALISATION: usize = 24;

impl<'p> Lowerer<'p> {
    /// The function that an expression of closure type is.
    pub(super) fn function_value(&mut self, expr: &'p Expr) -> FunctionValue<'p> {
        match &expr.kind {
            ExprKind::Closure(closure) => self.capture(closure, expr.span),
            ExprKind::Entry(dict, index) => match closure_entry(&self.survey.dicts, *dict, *index) {
                Some(closure) => self.capture(closure, expr.span),
                None => {
                    let dict = self.survey.dicts[dict];
                    let crate::hir::EntryKind::Named(_, value) = &dict.entries[*index].kind else {
                        unreachable!("only a named entry is a function")
                    };
                    self.function_value(value)
                }
            },
            ExprKind::Local(id) => match self.frame.locals.get(id) {
                Some(Binding::Function(function)) => function.clone(),
                _ => unreachable!("the checker lets only functions be called"),
            },
            ExprKind::Adapt(adapt) => self.function_value(&adapt.value),
            _ => unreachable!("the checker refuses functions that are chosen at run time"),
        }
    }

    /// The values that a closure needs, as they are here. An entry that is not evaluated yet is evaluated now.
    fn capture(&mut self, closure: &'p Closure, span: Span) -> FunctionValue<'p> {
        let vars = self.survey.free.get(&closure.id).cloned().unwrap_or_default();
        let outside = vars.into_iter().map(|var| (var, self.captured(var, span))).collect();
        FunctionValue { closure, outside }
    }

    fn captured(&mut self, var: Var, span: Span) -> Binding<'p> {
        match var {
            Var::Local(id) => self.frame.locals.get(&id).cloned().unwrap_or(Binding::Unavailable),
            Var::Entry(dict, index) => {
                let is_open = self.frame.entries.get(&(dict, index)).is_some();
                // To read it where it is blocked would be a cycle; that the function could read it is none.
                if is_open && !self.is_blocked((dict, index)) {
                    Binding::Value(self.entry(dict, index, span))
                } else {
                    Binding::Unavailable
                }
            }
        }
    }

    /// Whether the value of an entry may need one that is being evaluated now.
    pub(super) fn is_blocked(&mut self, key: Key) -> bool {
        let (mut seen, mut next) = (HashSet::new(), vec![key]);
        while let Some(key) = next.pop() {
            match self.frame.entries.get(&key) {
                Some(EntryState::InProgress) => return true,
                Some(EntryState::Pending | EntryState::Maybe(..)) if seen.insert(key) => {
                    next.extend(self.needed(key).iter());
                }
                _ => {}
            }
        }
        false
    }

    /// The entries that the value of an entry needs, also through functions that it mentions.
    fn needed(&mut self, key: Key) -> Rc<[Key]> {
        if let Some(known) = self.needed.get(&key) {
            return Rc::clone(known);
        }
        let (mut found, mut needed) = (Vec::new(), BTreeSet::new());
        find_entries(self.entry_value(key.0, key.1), &mut found);
        for (dict, index, _) in found {
            match closure_entry(&self.survey.dicts, dict, index) {
                Some(closure) => {
                    let vars = self.survey.free.get(&closure.id).into_iter().flatten();
                    needed.extend(vars.filter_map(|var| match var {
                        Var::Entry(dict, index) => Some((*dict, *index)),
                        Var::Local(_) => None,
                    }));
                }
                None => {
                    needed.insert((dict, index));
                }
            }
        }
        let needed: Rc<[Key]> = needed.into_iter().collect();
        self.needed.insert(key, Rc::clone(&needed));
        needed
    }

    /// Lowers arguments in order; gives them by parameter.
    pub(super) fn bindings(&mut self, args: &'p Args) -> Vec<Binding<'p>> {
        let mut bindings: Vec<Option<Binding<'p>>> = args.values.iter().map(|_| None).collect();
        for (value, position) in args.values.iter().zip(&args.positions) {
            let binding = match value.ty {
                Ty::Closure(_) => Binding::Function(self.function_value(value)),
                _ => Binding::Value(self.expr(value)),
            };
            bindings[*position] = Some(binding);
        }
        bindings.into_iter().map(|binding| binding.expect("each parameter has an argument")).collect()
    }

    /// `f(args)`
    pub(super) fn call(&mut self, callee: &'p Expr, args: &'p Args, span: Span) -> Flat {
        let function = self.function_value(callee);
        let args = self.bindings(args);
        self.apply(&function, args, span)
    }

    /// Applies a function to values.
    pub(super) fn apply(&mut self, function: &FunctionValue<'p>, args: Vec<Binding<'p>>, span: Span) -> Flat {
        // A function without a name has one place, and its body goes there.
        let is_inline = function.closure.name.is_none() && !self.survey.recursive.contains(&function.closure.id);
        if is_inline { self.inline(function, args) } else { self.call_function(function, args, span) }
    }

    /// Lowers the body of a function in place.
    pub(super) fn inline(&mut self, function: &FunctionValue<'p>, args: Vec<Binding<'p>>) -> Flat {
        let params = function.closure.params.iter().copied().map(Var::Local);
        let bound: Vec<(Var, Binding<'p>)> = params.zip(args).chain(function.outside.iter().cloned()).collect();
        let hidden: Vec<_> = bound.into_iter().map(|(var, binding)| (var, self.rebind(var, Some(binding)))).collect();
        let flat = self.expr(&function.closure.body);
        for (var, binding) in hidden.into_iter().rev() {
            self.rebind(var, binding);
        }
        flat
    }

    /// Gives a variable another meaning; returns the one it had.
    fn rebind(&mut self, var: Var, binding: Option<Binding<'p>>) -> Option<Binding<'p>> {
        match var {
            Var::Local(id) => match binding {
                Some(binding) => self.frame.locals.insert(id, binding),
                None => self.frame.locals.remove(&id),
            },
            Var::Entry(dict, index) => {
                let key = (dict, index);
                let before = self.frame.entries.get(&key).cloned();
                match binding {
                    Some(Binding::Value(flat)) => self.frame.entries.insert(key, EntryState::Done(flat)),
                    Some(_) => self.frame.entries.insert(key, EntryState::InProgress),
                    // What was evaluated stays evaluated.
                    None => {}
                }
                match before {
                    Some(EntryState::Done(flat)) => Some(Binding::Value(flat)),
                    Some(EntryState::InProgress) => Some(Binding::Unavailable),
                    _ => None,
                }
            }
        }
    }

    fn call_function(&mut self, function: &FunctionValue<'p>, args: Vec<Binding<'p>>, span: Span) -> Flat {
        let mut key = format!("{}", function.closure.id.0);
        args.iter().for_each(|binding| push_key(binding, &mut key));
        function.outside.iter().for_each(|(_, binding)| push_key(binding, &mut key));
        let mut values = Vec::new();
        args.iter().for_each(|binding| push_values(binding, &mut values));
        function.outside.iter().for_each(|(_, binding)| push_values(binding, &mut values));
        let results = self.scalars_of(&function.closure.ty.result);
        if args.iter().chain(function.outside.iter().map(|(_, b)| b)).map(depth).max().unwrap_or(0) > MAX_SPECIALISATION
        {
            // Functions that wrap themselves in ever new functions have no finite program.
            self.fail(TrapKind::RecursionLimitExceeded, span);
            return self.zeros(&results);
        }
        let id = match self.known.get(&key) {
            Some(id) => *id,
            None => self.declare(key, function, args, &values),
        };
        if self.survey.recursive.contains(&function.closure.id) {
            return self.call_counted(id, &results, values, span);
        }
        self.b().call(id, &results, values)
    }

    fn declare(
        &mut self,
        key: String,
        function: &FunctionValue<'p>,
        args: Vec<Binding<'p>>,
        values: &[Value],
    ) -> FunctionId {
        let id = self.reserve();
        self.known.insert(key, id);
        let params = values.iter().map(|value| self.b().value_type(*value)).collect();
        let name = format!("{}.{}", function.closure.name.as_deref().unwrap_or("closure"), id.index());
        let (closure, outside) = (function.closure, function.outside.clone());
        self.pending.push_back(PendingFunction { id, name, closure, args, outside, params });
        id
    }

    /// A call that may nest: it counts against the limit.
    fn call_counted(&mut self, id: FunctionId, results: &[Type], values: Vec<Value>, span: Span) -> Flat {
        let site = self.site(TrapKind::RecursionLimitExceeded, span);
        let state = self.b().context();
        let left = self.b().load(MemType::Int, state, context::DEPTH);
        let (zero, one) = (self.b().int(0), self.b().int(1));
        let allowed = self.b().int_compare(IntCondition::Gt, left, zero);
        self.b().guard(allowed, site);
        let fewer = self.b().wrap(WrapOp::Sub, left, one);
        self.b().store(MemType::Int, state, context::DEPTH, fewer);
        let flat = self.b().call(id, results, values);
        let state = self.b().context();
        self.b().store(MemType::Int, state, context::DEPTH, left);
        flat
    }

    /// Lowers a function that was called.
    pub(super) fn function(&mut self, pending: PendingFunction<'p>) {
        let results = self.scalars_of(&pending.closure.ty.result);
        let span = Some(pending.closure.span);
        self.frame.builder = FunctionBuilder::new(pending.name, &pending.params, &results, span);
        self.frame.locals = HashMap::new();
        self.frame.entries = Entries::default();
        let mut values = self.frame.builder.params().into_iter();
        for (param, shape) in pending.closure.params.iter().zip(&pending.args) {
            let binding = rebuild(shape, &mut values);
            self.frame.locals.insert(*param, binding);
        }
        for (var, shape) in &pending.outside {
            let binding = rebuild(shape, &mut values);
            self.rebind(*var, Some(binding));
        }
        let flat = self.expr(&pending.closure.body);
        self.b().ret(flat);
        self.finish(pending.id);
    }
}

/// Says which functions are given, so that equal uses share one body.
fn push_key(binding: &Binding<'_>, key: &mut String) {
    match binding {
        Binding::Value(_) => key.push(','),
        Binding::Unavailable => key.push('!'),
        Binding::Function(function) => {
            key.push_str(&format!("({}", function.closure.id.0));
            function.outside.iter().for_each(|(_, binding)| push_key(binding, key));
            key.push(')');
        }
    }
}

/// The scalars that a binding consists of.
fn push_values(binding: &Binding<'_>, values: &mut Vec<Value>) {
    match binding {
        Binding::Value(flat) => values.extend(flat),
        Binding::Unavailable => {}
        Binding::Function(function) => function.outside.iter().for_each(|(_, binding)| push_values(binding, values)),
    }
}

/// A binding of the same shape with other scalars.
fn rebuild<'p>(shape: &Binding<'p>, values: &mut impl Iterator<Item = Value>) -> Binding<'p> {
    match shape {
        Binding::Value(flat) => Binding::Value(values.take(flat.len()).collect()),
        Binding::Unavailable => Binding::Unavailable,
        Binding::Function(function) => {
            let mut outside = Vec::new();
            for (var, shape) in &function.outside {
                outside.push((*var, rebuild(shape, values)));
            }
            Binding::Function(FunctionValue { closure: function.closure, outside })
        }
    }
}

/// How deep functions are nested in a binding.
fn depth(binding: &Binding<'_>) -> usize {
    match binding {
        Binding::Function(function) => {
            1 + function.outside.iter().map(|(_, binding)| depth(binding)).max().unwrap_or(0)
        }
        Binding::Value(_) | Binding::Unavailable => 0,
    }
}
