//! Going through the checked tree, and what closures need from outside.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::hir::{
    Args, Closure, ClosureId, Dict, DictId, EntryKind, Expr, ExprKind, FieldDefault, ListItem, LocalId, Pattern,
    Program,
};

/// A value from outside of a closure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Var {
    Local(LocalId),
    Entry(DictId, usize),
}

/// Calls `visit` for each expression directly within another; bodies of closures and entries of dicts included.
pub(crate) fn each_child<'p>(expr: &'p Expr, visit: &mut dyn FnMut(&'p Expr)) {
    let mut args = |args: &'p Args| args.values.iter().for_each(&mut *visit);
    match &expr.kind {
        ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Bool(_)
        | ExprKind::String(_)
        | ExprKind::Local(_)
        | ExprKind::Entry(..)
        | ExprKind::None => {}
        ExprKind::List(items) => items.iter().for_each(|item| match item {
            ListItem::Item(value) | ListItem::Spread(value) => visit(value),
        }),
        ExprKind::Tuple(parts) | ExprKind::Concat(parts) => parts.iter().for_each(visit),
        ExprKind::Dict(dict) => each_entry(dict, visit),
        ExprKind::Where(dict, body) => {
            each_entry(dict, visit);
            visit(body);
        }
        ExprKind::Field(value, _)
        | ExprKind::Item(value, _)
        | ExprKind::Neg(value)
        | ExprKind::Not(value)
        | ExprKind::IntToFloat(value)
        | ExprKind::Some(value)
        | ExprKind::Ok(value)
        | ExprKind::Err(value) => visit(value),
        ExprKind::Index(a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::Order(_, a, b)
        | ExprKind::Equal(a, b, _)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Merge(a, b) => {
            visit(a);
            visit(b);
        }
        ExprKind::If(condition, yes, no) => {
            visit(condition);
            visit(yes);
            visit(no);
        }
        ExprKind::Match(scrutinee, arms) => {
            visit(scrutinee);
            arms.iter().for_each(|arm| visit(&arm.body));
        }
        ExprKind::Comprehension(node) => {
            visit(&node.source);
            node.condition.iter().for_each(&mut *visit);
            visit(&node.body);
        }
        ExprKind::Closure(closure) => visit(&closure.body),
        ExprKind::Call(callee, list) => {
            visit(callee);
            list.values.iter().for_each(visit);
        }
        ExprKind::Library(_, list) | ExprKind::Variant(_, _, list) => args(list),
        ExprKind::Native { args: list, .. } => args(list),
        ExprKind::Adapt(adapt) => visit(&adapt.value),
    }
}

fn each_entry<'p>(dict: &'p Dict, visit: &mut dyn FnMut(&'p Expr)) {
    for entry in &dict.entries {
        match &entry.kind {
            EntryKind::Named(_, value) | EntryKind::Spread(value) => visit(value),
            EntryKind::Computed(key, value) => {
                visit(key);
                visit(value);
            }
        }
    }
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
    dicts: HashMap<DictId, &'p Dict>,
    bodies: HashMap<ClosureId, Body>,
    /// Closures around the expression that is looked at.
    open: Vec<ClosureId>,
}

pub(super) fn survey(program: &Program) -> Survey<'_> {
    let mut surveyor = Surveyor { dicts: HashMap::new(), bodies: HashMap::new(), open: Vec::new() };
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
    let groups = groups(&surveyor.bodies);
    let free = free_variables(&surveyor.bodies, &groups);
    let recursive = recursive(&surveyor.bodies, &groups);
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

/// Own free variables, and those of mentioned closures that are not bound here. Closures that mention each other are one group; groups
/// come after those that they mention, so only within a group it may take several rounds.
fn free_variables(bodies: &HashMap<ClosureId, Body>, groups: &[Vec<ClosureId>]) -> HashMap<ClosureId, Vec<Var>> {
    let is_bound = |body: &Body, var: &Var| match var {
        Var::Local(id) => body.locals.contains(id),
        Var::Entry(dict, _) => body.dicts.contains(dict),
    };
    let own = |body: &Body| body.uses.iter().filter(|var| !is_bound(body, var)).copied().collect::<BTreeSet<Var>>();
    let mut free: HashMap<ClosureId, BTreeSet<Var>> = bodies.iter().map(|(id, body)| (*id, own(body))).collect();
    for group in groups {
        loop {
            let mut changed = false;
            for id in group {
                let body = &bodies[id];
                let mut known = free.remove(id).unwrap_or_default();
                let before = known.len();
                for vars in body.mentions.iter().filter_map(|mentioned| free.get(mentioned)) {
                    known.extend(vars.iter().filter(|var| !is_bound(body, var)));
                }
                changed |= known.len() > before;
                free.insert(*id, known);
            }
            if !changed || group.len() == 1 {
                break;
            }
        }
    }
    free.into_iter().map(|(id, vars)| (id, vars.into_iter().collect())).collect()
}

/// Closures that reach themselves through mentions.
fn recursive(bodies: &HashMap<ClosureId, Body>, groups: &[Vec<ClosureId>]) -> HashSet<ClosureId> {
    let is_recursive = |group: &&Vec<ClosureId>| group.len() > 1 || bodies[&group[0]].mentions.contains(&group[0]);
    groups.iter().filter(is_recursive).flatten().copied().collect()
}

/// Groups of closures that reach each other through mentions, each after those that it mentions: Tarjan's strongly connected components.
fn groups(bodies: &HashMap<ClosureId, Body>) -> Vec<Vec<ClosureId>> {
    let mut finder = Groups { bodies, numbers: HashMap::new(), open: Vec::new(), found: Vec::new() };
    let mut ids: Vec<ClosureId> = bodies.keys().copied().collect();
    ids.sort();
    for id in ids {
        if !finder.numbers.contains_key(&id) {
            finder.visit(id);
        }
    }
    finder.found
}

struct Groups<'b> {
    bodies: &'b HashMap<ClosureId, Body>,
    /// The lowest number that each closure reaches among those that are open; none once its group is found.
    numbers: HashMap<ClosureId, Option<usize>>,
    open: Vec<ClosureId>,
    found: Vec<Vec<ClosureId>>,
}

impl Groups<'_> {
    fn visit(&mut self, id: ClosureId) {
        let number = self.open.len();
        self.numbers.insert(id, Some(number));
        self.open.push(id);
        let mut lowest = number;
        for mentioned in self.bodies[&id].mentions.iter().filter(|mentioned| self.bodies.contains_key(mentioned)) {
            if !self.numbers.contains_key(mentioned) {
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.visit(*mentioned));
            }
            if let Some(reached) = self.numbers[mentioned] {
                lowest = lowest.min(reached);
            }
        }
        self.numbers.insert(id, Some(lowest));
        if lowest == number {
            let group = self.open.split_off(number);
            self.numbers.extend(group.iter().map(|id| (*id, None)));
            self.found.push(group);
        }
    }
}
