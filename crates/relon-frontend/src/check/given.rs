//! Functions that give functions. Which functions a value can be has to be known before the program runs, so a function must not call
//! itself to get the function that it gives.

use std::collections::{HashMap, HashSet};

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::hir::{Args, Closure, ClosureId, Dict, DictId, EntryKind, Expr, ExprKind, Main, Ty, each_child};

/// What a look through the whole program finds.
#[derive(Default)]
struct Functions<'p> {
    dicts: HashMap<DictId, &'p Dict>,
    giving: Vec<&'p Closure>,
}

impl Checker<'_> {
    pub(super) fn check_given_functions(&mut self, main: Option<&Main>) {
        let mut functions = Functions::default();
        functions.dicts.insert(self.modules_dict.id, &self.modules_dict);
        let modules = self.modules_dict.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Named(_, value) => Some(value),
            EntryKind::Computed(..) | EntryKind::Spread(_) => None,
        });
        for root in modules.chain(main.map(|main| &main.body)) {
            functions.find(root);
        }
        let endless = functions.giving.iter().filter(|closure| functions.gives_itself(closure));
        let found: Vec<Diagnostic> = endless
            .map(|closure| {
                let message = "a function that calls itself for the function that it gives is not supported";
                let diagnostic = Diagnostic::error("UnsupportedConstruct", closure.span, message);
                diagnostic.hint("let it give the result, and take what the function would be called with")
            })
            .collect();
        self.diagnostics.extend(found);
    }
}

impl<'p> Functions<'p> {
    fn find(&mut self, expr: &'p Expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            match &expr.kind {
                ExprKind::Dict(dict) | ExprKind::Where(dict, _) => {
                    self.dicts.insert(dict.id, dict);
                }
                ExprKind::Closure(closure) if matches!(closure.ty.result, Ty::Closure(_)) => self.giving.push(closure),
                _ => {}
            }
            each_child(expr, &mut |child| self.find(child));
        });
    }

    fn gives_itself(&self, start: &Closure) -> bool {
        let mut seen: HashSet<ClosureId> = HashSet::new();
        let mut left = self.called(&start.body);
        while let Some(closure) = left.pop() {
            if closure.id == start.id {
                return true;
            }
            if seen.insert(closure.id) {
                left.extend(self.called(&closure.body));
            }
        }
        false
    }

    /// The functions that are called to get the function that an expression is.
    fn called(&self, expr: &'p Expr) -> Vec<&'p Closure> {
        let mut called = Vec::new();
        self.find_called(expr, &mut called);
        called
    }

    fn find_called(&self, expr: &'p Expr, called: &mut Vec<&'p Closure>) {
        match &expr.kind {
            ExprKind::Where(_, body) => self.find_called(body, called),
            ExprKind::Adapt(adapt) => self.find_called(&adapt.value, called),
            ExprKind::If(_, yes, no) => {
                self.find_called(yes, called);
                self.find_called(no, called);
            }
            ExprKind::Match(_, arms) => arms.iter().for_each(|arm| self.find_called(&arm.body, called)),
            ExprKind::Call(callee, args) => self.find_callee(callee, args, called),
            _ => {}
        }
    }

    fn find_callee(&self, callee: &'p Expr, args: &'p Args, called: &mut Vec<&'p Closure>) {
        self.find_called(callee, called);
        called.extend(self.written(callee));
        // What it is given may be what it calls.
        called.extend(args.values.iter().filter_map(|value| self.written(value)));
    }

    /// The function that is written where an expression refers to.
    fn written(&self, expr: &'p Expr) -> Option<&'p Closure> {
        match &expr.kind {
            ExprKind::Closure(closure) => Some(closure),
            ExprKind::Entry(dict, index) | ExprKind::Member(_, dict, index) => {
                match &self.dicts.get(dict)?.entries[*index].kind {
                    EntryKind::Named(_, value) => self.written(value),
                    EntryKind::Computed(..) | EntryKind::Spread(_) => None,
                }
            }
            _ => None,
        }
    }
}
