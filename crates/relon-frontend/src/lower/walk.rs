//! Going through the checked tree, and what closures need from outside.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::hir::{
    Closure, ClosureId, Dict, DictId, EntryKind, Expr, ExprKind, FieldDefault, LocalId, Pattern, Program, Ty,
    each_child,
};
use crate::types::Declarations;

/// A value from outside of a closure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Var {
    Local(LocalId),
    Entry(DictId, usize),
}

/// What is known about the closures and dicts of a program before lowering.
pub(super) struct Survey<'p> {
    pub(super) dicts: HashMap<DictId, &'p Dict>,
    /// Values from outside that each closure needs, also for the closures that it mentions.
    pub(super) free: HashMap<ClosureId, Vec<Var>>,
    /// Closures that can call themselves, directly or not.
    pub(super) recursive: HashSet<ClosureId>,
}

/// What one closure body holds.
#[derive(Default)]
struct Body {
    uses: BTreeSet<Var>,
    locals: HashSet<LocalId>,
    dicts: HashSet<DictId>,
    mentions: BTreeSet<ClosureId>,
}

struct Surveyor<'p> {
    program: &'p Program,
    dicts: HashMap<DictId, &'p Dict>,
    bodies: HashMap<ClosureId, Body>,
    /// Closures around the expression that is looked at.
    open: Vec<ClosureId>,
}

pub(super) fn survey(program: &Program) -> Survey<'_> {
    let mut surveyor = Surveyor { program, dicts: HashMap::new(), bodies: HashMap::new(), open: Vec::new() };
    let roots = roots(program);
    for root in &roots {
        surveyor.find_dicts(root);
    }
    for field in program.records.iter().flat_map(|record| &record.fields) {
        field.predicates.iter().for_each(|closure| surveyor.closure(closure));
        match &field.default {
            Some(FieldDefault::Computed(closure)) => surveyor.closure(closure),
            Some(FieldDefault::Literal(value)) => surveyor.expr(value),
            None => {}
        }
    }
    surveyor.expr(&program.main.body);
    let free = free_variables(&surveyor.bodies);
    let recursive = recursive(&surveyor.bodies);
    Survey { dicts: surveyor.dicts, free, recursive }
}

/// Every expression that is not within another.
fn roots(program: &Program) -> Vec<&Expr> {
    let fields = program.records.iter().flat_map(|record| &record.fields);
    let bodies = fields.flat_map(|field| {
        let default = field.default.iter().map(|default| match default {
            FieldDefault::Computed(closure) => &closure.body,
            FieldDefault::Literal(value) => value,
        });
        field.predicates.iter().map(|closure| &closure.body).chain(default)
    });
    bodies.chain([&program.main.body]).collect()
}

impl<'p> Surveyor<'p> {
    fn find_dicts(&mut self, expr: &'p Expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            if let ExprKind::Dict(dict) | ExprKind::Where(dict, _) = &expr.kind {
                self.dicts.insert(dict.id, dict);
            }
            each_child(expr, &mut |child| self.find_dicts(child));
        });
    }

    /// Notes something for each closure around.
    fn note(&mut self, note: impl Fn(&mut Body)) {
        for id in &self.open {
            note(self.bodies.entry(*id).or_default());
        }
    }

    fn closure(&mut self, closure: &'p Closure) {
        self.note(|body| {
            body.mentions.insert(closure.id);
        });
        self.open.push(closure.id);
        self.note(|body| body.locals.extend(closure.params.iter().copied()));
        self.expr(&closure.body);
        self.open.pop();
    }

    /// Where a value is made one of a type, predicates and defaults of the type's records run.
    fn note_checks(&mut self, ty: &Ty) {
        if self.open.is_empty() {
            return;
        }
        let declarations = Declarations { records: &self.program.records, enums: &self.program.enums };
        for field in declarations.records_within(ty).into_iter().flat_map(|record| &record.fields) {
            let computed = field.default.iter().filter_map(|default| match default {
                FieldDefault::Computed(closure) => Some(closure),
                FieldDefault::Literal(_) => None,
            });
            for closure in field.predicates.iter().chain(computed) {
                self.note(|body| {
                    body.mentions.insert(closure.id);
                });
            }
        }
    }

    fn expr(&mut self, expr: &'p Expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.note_expr(expr));
    }

    fn note_expr(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::Local(id) => self.note(|body| {
                body.uses.insert(Var::Local(*id));
            }),
            ExprKind::Entry(dict, index) => match closure_entry(&self.dicts, *dict, *index) {
                Some(closure) => self.note(|body| {
                    body.mentions.insert(closure.id);
                }),
                None => match alias(&self.dicts, *dict, *index) {
                    // Another name of a function needs what the function needs.
                    Some(value) => return self.expr(value),
                    None => self.note(|body| {
                        body.uses.insert(Var::Entry(*dict, *index));
                    }),
                },
            },
            ExprKind::Dict(dict) | ExprKind::Where(dict, _) => self.note(|body| {
                body.dicts.insert(dict.id);
            }),
            ExprKind::Comprehension(node) => self.note(|body| {
                body.locals.insert(node.var);
                body.locals.extend(node.index);
            }),
            ExprKind::Match(_, arms) => {
                for arm in arms {
                    self.note(|body| body.locals.extend(bound(&arm.pattern)));
                }
            }
            ExprKind::Closure(closure) => return self.closure(closure),
            ExprKind::Adapt(adapt) => self.note_checks(&adapt.to),
            _ => {}
        }
        each_child(expr, &mut |child| self.expr(child));
    }
}

/// The variables that a pattern binds.
fn bound(pattern: &Pattern) -> Vec<LocalId> {
    match pattern {
        Pattern::Any | Pattern::None => Vec::new(),
        Pattern::Variant(_, parts) => parts.iter().map(|(_, id)| *id).collect(),
        Pattern::Some(id) | Pattern::Ok(id) | Pattern::Err(id) => id.iter().copied().collect(),
    }
}

/// The expression behind an entry that is another name of a function.
fn alias<'p>(dicts: &HashMap<DictId, &'p Dict>, dict: DictId, index: usize) -> Option<&'p Expr> {
    match &dicts.get(&dict)?.entries[index].kind {
        EntryKind::Named(_, value) if matches!(value.ty, crate::hir::Ty::Closure(_)) => Some(value),
        _ => None,
    }
}

/// The closure that an entry is, where it is written there.
pub(super) fn closure_entry<'p>(dicts: &HashMap<DictId, &'p Dict>, dict: DictId, index: usize) -> Option<&'p Closure> {
    match &dicts.get(&dict)?.entries[index].kind {
        EntryKind::Named(_, Expr { kind: ExprKind::Closure(closure), .. }) => Some(closure),
        _ => None,
    }
}

/// Own free variables, and those of mentioned closures that are not bound here, until nothing is added.
fn free_variables(bodies: &HashMap<ClosureId, Body>) -> HashMap<ClosureId, Vec<Var>> {
    let is_bound = |body: &Body, var: &Var| match var {
        Var::Local(id) => body.locals.contains(id),
        Var::Entry(dict, _) => body.dicts.contains(dict),
    };
    let own = |body: &Body| body.uses.iter().filter(|var| !is_bound(body, var)).copied().collect::<BTreeSet<Var>>();
    let mut free: HashMap<ClosureId, BTreeSet<Var>> = bodies.iter().map(|(id, body)| (*id, own(body))).collect();
    loop {
        let mut changed = false;
        for (id, body) in bodies {
            for mentioned in &body.mentions {
                let more: Vec<Var> = match free.get(mentioned) {
                    Some(vars) => vars.iter().filter(|var| !is_bound(body, var)).copied().collect(),
                    None => Vec::new(),
                };
                let known = free.entry(*id).or_default();
                let before = known.len();
                known.extend(more);
                changed |= known.len() > before;
            }
        }
        if !changed {
            return free.into_iter().map(|(id, vars)| (id, vars.into_iter().collect())).collect();
        }
    }
}

/// Closures that reach themselves through mentions.
fn recursive(bodies: &HashMap<ClosureId, Body>) -> HashSet<ClosureId> {
    let reaches_itself = |start: &ClosureId| {
        let mut seen: HashSet<ClosureId> = HashSet::new();
        let mut next: Vec<ClosureId> = bodies[start].mentions.iter().copied().collect();
        while let Some(id) = next.pop() {
            if id == *start {
                return true;
            }
            if seen.insert(id) {
                next.extend(bodies.get(&id).iter().flat_map(|body| body.mentions.iter().copied()));
            }
        }
        false
    };
    bodies.keys().filter(|id| reaches_itself(id)).copied().collect()
}
