//! Functions that give functions, and functions that are given functions. Which functions a value can be is known before the program runs, and
//! each gets code of its own, so there must be a bounded number of them: a function must not call itself to get the function that it gives,
//! nor hand on to itself a function made of the one it was given; and choices among functions must not multiply without end.

use std::collections::{HashMap, HashSet};

use relon_ir::Span;

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::hir::{
    Args, Closure, ClosureId, Dict, DictId, EntryKind, Expr, ExprKind, Local, LocalId, Main, Ty, each_child,
};

/// Functions that one value can be.
const MAX_WAYS: u64 = 256;
/// Functions that are called one behind the other for the function that the last gives.
const MAX_CHAIN: usize = 200;

/// What a look through the whole program finds.
struct Functions<'p> {
    locals: &'p [Local],
    dicts: HashMap<DictId, &'p Dict>,
    giving: Vec<&'p Closure>,
    /// Functions that each function mentions, and may call.
    mentions: HashMap<ClosureId, Vec<ClosureId>>,
    /// Calls with functions among their arguments, each within a function.
    calls: Vec<(ClosureId, &'p Expr, &'p Args, Span)>,
}

impl Checker<'_> {
    pub(super) fn check_given_functions(&mut self, main: Option<&Main>) {
        let mut functions = Functions {
            locals: &self.locals,
            dicts: HashMap::from([(self.modules_dict.id, &self.modules_dict)]),
            giving: Vec::new(),
            mentions: HashMap::new(),
            calls: Vec::new(),
        };
        let modules = self.modules_dict.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Named(_, value) => Some(value),
            EntryKind::Computed(..) | EntryKind::Spread(_) => None,
        });
        let roots: Vec<&Expr> = modules.chain(main.map(|main| &main.body)).collect();
        roots.iter().for_each(|root| functions.find_dicts(root));
        roots.iter().for_each(|root| functions.find(root, None));
        let mut found = functions.endless_givers();
        found.extend(functions.growing_calls());
        self.diagnostics.extend(found);
    }
}

fn refused(span: Span, what: &str, hint: &str) -> Diagnostic {
    Diagnostic::error("UnsupportedConstruct", span, format!("{what} is not supported")).hint(hint)
}

impl<'p> Functions<'p> {
    fn find_dicts(&mut self, expr: &'p Expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            if let ExprKind::Dict(dict) | ExprKind::Where(dict, _) = &expr.kind {
                self.dicts.insert(dict.id, dict);
            }
            each_child(expr, &mut |child| self.find_dicts(child));
        });
    }

    /// Goes through an expression within a function.
    fn find(&mut self, expr: &'p Expr, within: Option<ClosureId>) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let mentioned = if matches!(expr.ty, Ty::Closure(_)) { self.written(expr) } else { None };
            if let (Some(within), Some(mentioned)) = (within, mentioned) {
                self.mentions.entry(within).or_default().push(mentioned.id);
            }
            if let (Some(within), ExprKind::Call(callee, args)) = (within, &expr.kind)
                && args.values.iter().any(|value| matches!(value.ty, Ty::Closure(_)))
            {
                self.calls.push((within, callee, args, expr.span));
            }
            let inner = match &expr.kind {
                ExprKind::Closure(closure) => {
                    if matches!(closure.ty.result, Ty::Closure(_)) {
                        self.giving.push(closure);
                    }
                    Some(closure.id)
                }
                _ => within,
            };
            each_child(expr, &mut |child| self.find(child, inner));
        });
    }

    // Functions that give functions.

    fn endless_givers(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut ways: HashMap<ClosureId, (u64, usize)> = HashMap::new();
        for closure in &self.giving {
            if self.gives_itself(closure) {
                let what = "a function that calls itself for the function that it gives";
                let hint = "let it give the result, and take what the function would be called with";
                found.push(refused(closure.span, what, hint));
            }
        }
        if !found.is_empty() {
            return found;
        }
        for closure in &self.giving {
            let (count, chain) = self.ways_of(closure, &mut ways);
            if count > MAX_WAYS || chain > MAX_CHAIN {
                let what = format!("a choice among more than {MAX_WAYS} functions, or through more than {MAX_CHAIN}");
                found.push(refused(closure.span, &what, "choose a value, and let one function look at it"));
                break;
            }
        }
        found
    }

    /// How many functions a function can give, and how many are called for it one behind the other.
    fn ways_of(&self, closure: &'p Closure, known: &mut HashMap<ClosureId, (u64, usize)>) -> (u64, usize) {
        if let Some(ways) = known.get(&closure.id) {
            return *ways;
        }
        let ways = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.ways(&closure.body, known));
        known.insert(closure.id, ways);
        ways
    }

    fn ways(&self, expr: &'p Expr, known: &mut HashMap<ClosureId, (u64, usize)>) -> (u64, usize) {
        let either = |(a, m): (u64, usize), (b, n): (u64, usize)| (a.saturating_add(b), m.max(n));
        match &expr.kind {
            ExprKind::Where(_, body) => self.ways(body, known),
            ExprKind::Adapt(adapt) => self.ways(&adapt.value, known),
            ExprKind::If(_, yes, no) => either(self.ways(yes, known), self.ways(no, known)),
            ExprKind::Match(_, arms) => arms.iter().fold((0, 0), |ways, arm| either(ways, self.ways(&arm.body, known))),
            ExprKind::Call(callee, _) => {
                let (count, chain) = self.ways(callee, known);
                match self.written(callee) {
                    Some(closure) => {
                        let (more, deeper) = self.ways_of(closure, known);
                        (count.saturating_mul(more), chain.max(deeper + 1))
                    }
                    None => (count, chain + 1),
                }
            }
            _ => (1, 0),
        }
    }

    fn gives_itself(&self, start: &'p Closure) -> bool {
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

    /// The function that is written where an expression refers to; none also where entries refer to each other in a ring.
    fn written(&self, mut expr: &'p Expr) -> Option<&'p Closure> {
        let mut seen = HashSet::new();
        loop {
            match &expr.kind {
                ExprKind::Closure(closure) => return Some(closure),
                ExprKind::Entry(dict, index) | ExprKind::Member(_, dict, index) if seen.insert((*dict, *index)) => {
                    match &self.dicts.get(dict)?.entries[*index].kind {
                        EntryKind::Named(_, value) => expr = value,
                        EntryKind::Computed(..) | EntryKind::Spread(_) => return None,
                    }
                }
                _ => return None,
            }
        }
    }

    // Functions that are given functions.

    /// Calls by which a function calls itself with a function that is made of one that it was given: each round would need another.
    fn growing_calls(&self) -> Vec<Diagnostic> {
        let grows = |(within, callee, args, _): &&(ClosureId, &'p Expr, &'p Args, Span)| {
            let is_nested = match self.written(callee) {
                Some(called) => called.id == *within || self.reaches(called.id, *within),
                None => self.reaches(*within, *within),
            };
            let functions = args.values.iter().filter(|value| matches!(value.ty, Ty::Closure(_)));
            is_nested && functions.into_iter().any(|value| self.is_made_of_given(value))
        };
        let hint = "hand the function on as it is, and do what is added behind the call";
        let what = "handing a function that is made of the given one to a call of itself";
        self.calls.iter().filter(grows).map(|(.., span)| refused(*span, what, hint)).collect()
    }

    /// Whether a function mentions another, directly or not.
    fn reaches(&self, from: ClosureId, to: ClosureId) -> bool {
        let mut seen: HashSet<ClosureId> = HashSet::new();
        let mut left = vec![from];
        while let Some(id) = left.pop() {
            for mentioned in self.mentions.get(&id).into_iter().flatten() {
                if *mentioned == to {
                    return true;
                }
                if seen.insert(*mentioned) {
                    left.push(*mentioned);
                }
            }
        }
        false
    }

    /// Whether a function, other than a variable that is one, has a function variable in it from outside.
    fn is_made_of_given(&self, expr: &'p Expr) -> bool {
        match &expr.kind {
            ExprKind::Local(_) => false,
            ExprKind::Adapt(adapt) => self.is_made_of_given(&adapt.value),
            _ => {
                let (mut used, mut bound) = (Vec::new(), HashSet::new());
                self.function_variables(expr, &mut used, &mut bound);
                used.iter().any(|id| !bound.contains(id))
            }
        }
    }

    fn function_variables(&self, expr: &'p Expr, used: &mut Vec<LocalId>, bound: &mut HashSet<LocalId>) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            match &expr.kind {
                ExprKind::Local(id) if matches!(self.locals[id.0 as usize].ty, Ty::Closure(_)) => used.push(*id),
                ExprKind::Closure(closure) => bound.extend(&closure.params),
                _ => {}
            }
            each_child(expr, &mut |child| self.function_variables(child, used, bound));
        });
    }
}
