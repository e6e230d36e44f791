//! Calls: IR functions with what they need from outside as parameters, one for each set of functions they are given.

use relon_ir::layout::context;
use relon_ir::{FunctionBuilder, FunctionId, IntCondition, MemType, Span, Type, Value, WrapOp};
use relon_natives::TrapKind;

use super::adapt::Adaption;
use super::dict::EntryState;
use super::function::{Binding, FunctionValue, depth, function_depth, push_key, push_values, rebuild};
use super::walk::Var;
use super::{Flat, Lowerer};
use crate::hir::{Args, Closure, DictId, Expr, Ty};

/// What an IR function is made from.
#[derive(Clone, Debug)]
pub(super) enum Body<'p> {
    /// The root expression, where several entries evaluate it.
    Main,
    /// A function of the program.
    Closure(&'p Closure),
    /// An entry that is needed outside of its dict before it was evaluated.
    Entry(DictId, usize),
    /// Equality of two values of a type that holds itself, compared at a place.
    Equal(Ty, Span),
    /// Checks a value of a type that holds itself.
    Adapt(Adaption),
    /// Merges two values of a type that holds itself, at a place.
    Merge(Ty, Span),
}

/// A function that is called and not lowered yet.
pub(super) struct PendingFunction<'p> {
    id: FunctionId,
    name: String,
    body: Body<'p>,
    /// Shapes of the arguments and outside values; their scalars are those of the first caller.
    args: Vec<Binding<'p>>,
    outside: Vec<(Var, Binding<'p>)>,
    params: Vec<Type>,
}

/// Deepest functions within functions that get a body of their own.
const MAX_SPECIALISATION: usize = 24;

/// Functions within functions from where on a function without a name is called and not lowered in place.
const MAX_INLINE: usize = 3;

impl<'p> Lowerer<'p> {
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
        match function {
            FunctionValue::Choice(first, yes, no) => {
                let others = args.clone();
                self.either(*first, |lowerer| lowerer.apply(yes, args, span), |lowerer| lowerer.apply(no, others, span))
            }
            FunctionValue::Known { closure, outside } => {
                if self.goes_in_place(function, closure) {
                    return self.with_bound(closure, outside, args, |lowerer| lowerer.expr(&closure.body));
                }
                self.call_body(Body::Closure(closure), args, outside.clone(), span)
            }
        }
    }

    /// Whether a function is lowered where it is called. One without a name has one place, and its body goes there. One that holds functions
    /// which hold functions may be called from several places of another such body, which must not multiply.
    pub(super) fn goes_in_place(&self, function: &FunctionValue<'p>, closure: &Closure) -> bool {
        let is_plain = function_depth(function) < MAX_INLINE;
        closure.name.is_none() && is_plain && !self.survey.recursive.contains(&closure.id)
    }

    /// Calls the IR function of a body, which is lowered once for each shape of what it is given.
    pub(super) fn call_body(
        &mut self,
        body: Body<'p>,
        args: Vec<Binding<'p>>,
        outside: Vec<(Var, Binding<'p>)>,
        span: Span,
    ) -> Flat {
        let results = self.results(&body);
        let bindings = || args.iter().chain(outside.iter().map(|(_, binding)| binding));
        if bindings().map(depth).max().unwrap_or(0) > MAX_SPECIALISATION {
            // Functions that wrap themselves in ever new functions have no finite program.
            self.fail(TrapKind::RecursionLimitExceeded, span);
            return self.zeros(&results);
        }
        let mut key = key(&body);
        args.iter().for_each(|binding| push_key(binding, &mut key));
        outside.iter().for_each(|(var, binding)| {
            key.push_str(&format!("{var:?}"));
            push_key(binding, &mut key);
        });
        let mut values = Vec::new();
        bindings().for_each(|binding| push_values(binding, &mut values));
        let is_counted = self.is_counted(&body);
        let id = match self.known.get(&key) {
            Some(id) => *id,
            None => self.declare(key, body, args, outside, &values),
        };
        match is_counted {
            true => self.call_counted(id, &results, values, span),
            false => self.b().call(id, &results, values),
        }
    }

    fn results(&self, body: &Body<'p>) -> Vec<Type> {
        match body {
            Body::Main => self.scalars_of(&self.program.main.result),
            Body::Closure(closure) => self.scalars_of(&closure.ty.result),
            Body::Entry(dict, index) => self.scalars_of(&self.entry_value(*dict, *index).ty),
            Body::Equal(..) => vec![Type::Bool],
            Body::Adapt(adaption) => self.scalars_of(&adaption.to),
            Body::Merge(ty, _) => self.scalars_of(ty),
        }
    }

    /// Whether a call may nest in itself.
    fn is_counted(&self, body: &Body<'p>) -> bool {
        match body {
            Body::Closure(closure) => self.survey.recursive.contains(&closure.id),
            Body::Main | Body::Entry(..) => false,
            Body::Equal(..) | Body::Adapt(_) | Body::Merge(..) => true,
        }
    }

    fn declare(
        &mut self,
        key: String,
        body: Body<'p>,
        args: Vec<Binding<'p>>,
        outside: Vec<(Var, Binding<'p>)>,
        values: &[Value],
    ) -> FunctionId {
        let id = self.reserve();
        self.known.insert(key, id);
        let params = values.iter().map(|value| self.b().value_type(*value)).collect();
        let name = match &body {
            Body::Main => "main",
            Body::Closure(closure) => closure.name.as_deref().unwrap_or("closure"),
            Body::Entry(..) => "entry",
            Body::Equal(..) => "equal",
            Body::Adapt(_) => "adapt",
            Body::Merge(..) => "merge",
        };
        let name = format!("{name}.{}", id.index());
        self.pending.push_back(PendingFunction { id, name, body, args, outside, params });
        id
    }

    /// A call that may nest: it counts against the limit.
    fn call_counted(&mut self, id: FunctionId, results: &[Type], values: Vec<Value>, span: Span) -> Flat {
        self.has_nested_calls = true;
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
        let results = self.results(&pending.body);
        let span = match &pending.body {
            Body::Main => self.program.main.span,
            Body::Closure(closure) => closure.span,
            Body::Entry(dict, index) => self.entry_value(*dict, *index).span,
            Body::Equal(_, span) | Body::Merge(_, span) => *span,
            Body::Adapt(adaption) => adaption.span,
        };
        self.frame = super::Frame::new(FunctionBuilder::new(pending.name, &pending.params, &results, Some(span)));
        let mut values = self.frame.builder.params().into_iter();
        let args: Vec<Binding<'p>> = pending.args.iter().map(|shape| rebuild(shape, &mut values)).collect();
        for (var, shape) in &pending.outside {
            let binding = rebuild(shape, &mut values);
            self.bind(*var, binding);
        }
        let flat = self.body(&pending.body, args);
        self.b().ret(flat);
        self.finish(pending.id);
    }

    fn body(&mut self, body: &Body<'p>, args: Vec<Binding<'p>>) -> Flat {
        let mut flats = args.iter().map(|binding| match binding {
            Binding::Value(flat) => flat.clone(),
            Binding::Function(_) | Binding::Cell(_) | Binding::Unavailable => Vec::new(),
        });
        let mut flat = || flats.next().unwrap_or_default();
        match body {
            Body::Main => {
                let main = &self.program.main;
                self.frame.locals.extend(main.params.iter().copied().zip(args.iter().cloned()));
                self.expr(&main.body)
            }
            Body::Closure(closure) => {
                for (param, binding) in closure.params.iter().zip(&args) {
                    self.frame.locals.insert(*param, binding.clone());
                }
                self.expr(&closure.body)
            }
            Body::Entry(dict, index) => {
                self.frame.entries.insert((*dict, *index), EntryState::InProgress);
                self.expr(self.entry_value(*dict, *index))
            }
            Body::Equal(ty, _) => {
                let (a, b) = (flat(), flat());
                vec![self.equal_content(ty, a, b)]
            }
            Body::Adapt(adaption) => {
                let value = flat();
                self.adapt_content(value, adaption)
            }
            Body::Merge(ty, span) => {
                let (a, b) = (flat(), flat());
                self.merge_content((a, ty), (b, ty), ty, *span)
            }
        }
    }
}

/// Says what a body is, so that equal ones share one function.
fn key(body: &Body<'_>) -> String {
    match body {
        Body::Main => "main".to_owned(),
        Body::Closure(closure) => format!("{}", closure.id.0),
        Body::Entry(dict, index) => format!("entry {} {index}", dict.0),
        Body::Equal(ty, span) => format!("equal {ty:?} {span:?}"),
        Body::Adapt(adaption) => format!("adapt {adaption:?}"),
        Body::Merge(ty, span) => format!("merge {ty:?} {span:?}"),
    }
}
