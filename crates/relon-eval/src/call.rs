//! Functions and their calls.

use std::cell::Cell;
use std::sync::Arc;

use relon_frontend::Span;
use relon_frontend::hir::{Args, Closure, Expr};
use relon_natives::TrapKind;

use crate::env::Env;
use crate::evaluator::Evaluator;
use crate::failure::{Failure, Outcome};
use crate::value::{Function, Value};

impl<'v> Evaluator<'v> {
    /// A function sees what is around it where it is made.
    pub(crate) fn closure(&self, closure: &'v Arc<Closure>, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        self.new_function(Function { closure, env: env.clone() }, span)
    }

    /// `f(args)`
    pub(crate) fn call(&self, callee: &'v Expr, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let function = self.expr(callee, env)?.function();
        let args = self.arguments(args, env)?;
        self.apply(function, &args, span)
    }

    /// Applies a function to values. A call of a function that can call itself counts against the limit; others nest as deep as the
    /// program is written, unless functions are put together while it runs.
    pub(crate) fn apply(&self, function: &'v Function<'v>, args: &[Value<'v>], span: Span) -> Outcome<Value<'v>> {
        let run = || self.body(function.closure, args, &function.env);
        match self.survey.recursive.contains(&function.closure.id) {
            true => self.nested(span, run),
            false => nest(&self.uncounted_left, span, run),
        }
    }

    /// Runs what counts as a nested call.
    pub(crate) fn nested<T>(&self, span: Span, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        nest(&self.calls_left, span, run)
    }

    /// The value of a function's body with these arguments.
    pub(crate) fn body(&self, closure: &'v Closure, args: &[Value<'v>], env: &Env<'v>) -> Outcome<Value<'v>> {
        let params = closure.params.iter().zip(args);
        let inside = params.fold(env.clone(), |env, (id, value)| env.with_local(*id, *value));
        self.expr(&closure.body, &inside)
    }
}

/// Takes one of the calls that are left while something runs.
fn nest<T>(calls_left: &Cell<u64>, span: Span, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let left = calls_left.get();
    if left == 0 {
        return Err(Failure::of(TrapKind::RecursionLimitExceeded, span));
    }
    calls_left.set(left - 1);
    let value = run()?;
    calls_left.set(left);
    Ok(value)
}
