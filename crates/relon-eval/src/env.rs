//! What an expression sees around it: variables, and the entries of the dict literals that it is in.

use std::cell::RefCell;
use std::rc::Rc;

use relon_frontend::hir::{Dict, DictId, LocalId};

use crate::value::Value;

/// Bindings from the innermost outwards. What all of a program sees is not among them.
#[derive(Clone, Default)]
pub(crate) struct Env<'v> {
    innermost: Option<Rc<Node<'v>>>,
}

struct Node<'v> {
    binding: Binding<'v>,
    outer: Env<'v>,
}

enum Binding<'v> {
    Local(LocalId, Value<'v>),
    Scope(Rc<Scope<'v>>),
}

impl<'v> Env<'v> {
    /// Whether the expression sees nothing but what all of the program sees.
    pub(crate) fn is_empty(&self) -> bool {
        self.innermost.is_none()
    }

    /// With a variable more.
    pub(crate) fn with_local(&self, id: LocalId, value: Value<'v>) -> Self {
        self.with(Binding::Local(id, value))
    }

    /// Within a dict literal.
    pub(crate) fn with_scope(&self, scope: &Rc<Scope<'v>>) -> Self {
        self.with(Binding::Scope(Rc::clone(scope)))
    }

    fn with(&self, binding: Binding<'v>) -> Self {
        Env { innermost: Some(Rc::new(Node { binding, outer: self.clone() })) }
    }

    fn bindings(&self) -> impl Iterator<Item = &Binding<'v>> {
        let nodes = std::iter::successors(self.innermost.as_deref(), |node| node.outer.innermost.as_deref());
        nodes.map(|node| &node.binding)
    }

    /// The value of a variable.
    pub(crate) fn local(&self, wanted: LocalId) -> Option<Value<'v>> {
        self.bindings().find_map(|binding| match binding {
            Binding::Local(id, value) => (*id == wanted).then_some(*value),
            Binding::Scope(_) => None,
        })
    }

    /// The innermost scope of a dict literal.
    pub(crate) fn scope(&self, wanted: DictId) -> Option<&Rc<Scope<'v>>> {
        self.bindings().find_map(|binding| match binding {
            Binding::Local(..) => None,
            Binding::Scope(scope) => (scope.dict.id == wanted).then_some(scope),
        })
    }
}

/// The entries of a dict literal while it and what is within it is evaluated.
pub(crate) struct Scope<'v> {
    pub(crate) dict: &'v Dict,
    /// What is around the literal.
    pub(crate) outer: Env<'v>,
    states: RefCell<Vec<EntryState<'v>>>,
}

/// How far the evaluation of an entry is.
#[derive(Clone, Copy)]
pub(crate) enum EntryState<'v> {
    Pending,
    InProgress,
    Done(Value<'v>),
}

impl<'v> Scope<'v> {
    /// A scope in which nothing is evaluated yet.
    pub(crate) fn new(dict: &'v Dict, outer: &Env<'v>) -> Rc<Self> {
        let states = RefCell::new(vec![EntryState::Pending; dict.entries.len()]);
        Rc::new(Scope { dict, outer: outer.clone(), states })
    }

    pub(crate) fn state(&self, index: usize) -> EntryState<'v> {
        self.states.borrow()[index]
    }

    pub(crate) fn set_state(&self, index: usize, state: EntryState<'v>) {
        self.states.borrow_mut()[index] = state;
    }
}
