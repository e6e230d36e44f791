//! Values. What they consist of lies in the heap of the run.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use relon_frontend::hir::Closure;

use crate::env::{Env, Scope};

/// Entries of a Dict or fields of a record by name; the order is that of code points.
pub(crate) type Entries<'v> = BTreeMap<&'v str, Value<'v>>;

/// A Dict or a record.
pub(crate) struct Map<'v> {
    pub(crate) entries: Entries<'v>,
    /// The scope of the dict literal whose value this is: its functions are not among the entries, but can be called.
    pub(crate) literal: Option<Rc<Scope<'v>>>,
}

impl<'v> Deref for Map<'v> {
    type Target = Entries<'v>;

    fn deref(&self) -> &Entries<'v> {
        &self.entries
    }
}

/// A value. Its type is known from the expression that gave it.
#[derive(Clone, Copy)]
pub(crate) enum Value<'v> {
    Int(i64),
    Float(f64),
    Bool(bool),
    String(&'v str),
    List(&'v [Value<'v>]),
    Tuple(&'v [Value<'v>]),
    /// A Dict or a record.
    Map(&'v Map<'v>),
    Option(Option<&'v Value<'v>>),
    Result(Result<&'v Value<'v>, &'v Value<'v>>),
    /// A value of an enum: the position of its variant, and the payload in the order of the declaration.
    Variant(usize, &'v [Value<'v>]),
    Function(&'v Function<'v>),
}

/// A function, with what it sees around it.
pub(crate) struct Function<'v> {
    pub(crate) closure: &'v Closure,
    pub(crate) env: Env<'v>,
}

/// What the checker promised does not hold, so it or this crate is wrong.
#[track_caller]
pub(crate) fn defect(what: &str) -> ! {
    panic!("the evaluator met a tree that the checker does not make: {what}")
}

impl<'v> Value<'v> {
    #[track_caller]
    pub(crate) fn int(self) -> i64 {
        match self {
            Value::Int(value) => value,
            _ => defect("an Int was expected"),
        }
    }

    #[track_caller]
    pub(crate) fn float(self) -> f64 {
        match self {
            Value::Float(value) => value,
            _ => defect("a Float was expected"),
        }
    }

    #[track_caller]
    pub(crate) fn bool(self) -> bool {
        match self {
            Value::Bool(value) => value,
            _ => defect("a Bool was expected"),
        }
    }

    #[track_caller]
    pub(crate) fn text(self) -> &'v str {
        match self {
            Value::String(text) => text,
            _ => defect("a String was expected"),
        }
    }

    #[track_caller]
    pub(crate) fn list(self) -> &'v [Value<'v>] {
        match self {
            Value::List(items) => items,
            _ => defect("a List was expected"),
        }
    }

    #[track_caller]
    pub(crate) fn map(self) -> &'v Map<'v> {
        match self {
            Value::Map(map) => map,
            _ => defect("a Dict or record was expected"),
        }
    }

    #[track_caller]
    pub(crate) fn function(self) -> &'v Function<'v> {
        match self {
            Value::Function(function) => function,
            _ => defect("a function was expected"),
        }
    }
}
