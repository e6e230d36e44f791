//! Going through the checked tree, and what closures need from outside.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::hir::{
    Closure, ClosureId, Dict, DictId, EntryKind, Expr, ExprKind, FieldDefault, LocalId, Pattern, Program, RecordId, Ty,
    each_child, each_entry,
};

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
    /// Predicates and defaults that run when a value is adapted to a type.
    checks: HashMap<Ty, Vec<ClosureId>>,
    program: &'p Program,
    literals: Literals,
}

/// Literal defaults by record and field, each with an identity as if it was a closure.
type Literals = HashMap<(usize, usize), ClosureId>;

/// What one closure body holds.
#[derive(Default)]
struct Body {
    uses: BTreeSet<Var>,
    locals: HashSet<LocalId>,
    dicts: HashSet<DictId>,
    mentions: BTreeSet<ClosureId>,
}

struct Surveyor<'a, 'p> {
    dicts: &'a HashMap<DictId, &'p Dict>,
    checks: &'a HashMap<Ty, Vec<ClosureId>>,
    bodies: HashMap<ClosureId, Body>,
    /// Closures around the expression that is looked at.
    open: Vec<ClosureId>,
}

/// Stands for an expression that is no closure. Literal defaults of fields follow from here downwards.
const NO_CLOSURE: ClosureId = ClosureId(u32::MAX);

pub(super) fn survey(program: &Program) -> Survey<'_> {
    let mut dicts = HashMap::from([(program.modules.id, &program.modules)]);
    let mut adapted = HashSet::new();
    for root in roots(program) {
        find(root, &mut dicts, &mut adapted);
    }
    let literals = literal_defaults(program);
    let checks: HashMap<Ty, Vec<ClosureId>> =
        adapted.into_iter().map(|ty| (ty.clone(), checks_of(program, ty, &literals))).collect();
    let mut surveyor = Surveyor { dicts: &dicts, checks: &checks, bodies: HashMap::new(), open: Vec::new() };
    for (record, fields) in program.records.iter().enumerate().map(|(index, record)| (index, &record.fields)) {
        for (index, field) in fields.iter().enumerate() {
            field.predicates.iter().for_each(|closure| surveyor.closure(closure));
            match &field.default {
                Some(FieldDefault::Computed(closure)) => surveyor.closure(closure),
                Some(FieldDefault::Literal(value)) => surveyor.within(literals[&(record, index)], value),
                None => {}
            }
        }
    }
    each_entry(&program.modules, &mut |value| surveyor.expr(value));
    surveyor.expr(&program.main.body);
    let bodies = surveyor.bodies;
    let groups = groups(&bodies);
    let free = free_variables(&bodies, &groups);
    let recursive = recursive(&bodies, &groups);
    Survey { dicts, free, recursive, checks, program, literals }
}

impl Survey<'_> {
    /// What checking a value of a type needs from outside.
    pub(super) fn checks_need(&self, ty: &Ty) -> Vec<Var> {
        let checks = match self.checks.get(ty) {
            Some(checks) => checks.clone(),
            None => checks_of(self.program, ty, &self.literals),
        };
        let vars: BTreeSet<Var> = checks.iter().filter_map(|id| self.free.get(id)).flatten().copied().collect();
        vars.into_iter().collect()
    }
}

/// What the evaluation of an expression needs from outside of it, for the functions that it mentions as well.
pub(super) fn needs<'p>(survey: &Survey<'p>, expr: &'p Expr) -> Vec<Var> {
    let (dicts, checks) = (&survey.dicts, &survey.checks);
    let mut surveyor = Surveyor { dicts, checks, bodies: HashMap::new(), open: Vec::new() };
    surveyor.within(NO_CLOSURE, expr);
    let Some(body) = surveyor.bodies.remove(&NO_CLOSURE) else { return Vec::new() };
    let mentioned = body.mentions.iter().filter_map(|id| survey.free.get(id)).flatten();
    let vars: BTreeSet<Var> = body.uses.iter().chain(mentioned).filter(|var| !is_bound(&body, var)).copied().collect();
    vars.into_iter().collect()
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
    let mut roots: Vec<&Expr> = bodies.chain([&program.main.body]).collect();
    each_entry(&program.modules, &mut |value| roots.push(value));
    roots
}

/// Dicts, and types that values are adapted to.
fn find<'p>(expr: &'p Expr, dicts: &mut HashMap<DictId, &'p Dict>, adapted: &mut HashSet<&'p Ty>) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        match &expr.kind {
            ExprKind::Dict(dict) | ExprKind::Where(dict, _) => {
                dicts.insert(dict.id, dict);
            }
            ExprKind::Adapt(adapt) => {
                adapted.insert(&adapt.to);
            }
            ExprKind::Merge(..) => {
                adapted.insert(&expr.ty);
            }
            _ => {}
        }
        each_child(expr, &mut |child| find(child, dicts, adapted));
    });
}

fn literal_defaults(program: &Program) -> Literals {
    let fields = program.records.iter().enumerate().flat_map(|(record, declared)| {
        let fields = declared.fields.iter().enumerate();
        fields.map(move |(index, field)| ((record, index), &field.default))
    });
    let literal = fields.filter(|(_, default)| matches!(default, Some(FieldDefault::Literal(_))));
    literal.zip(1..).map(|((key, _), number)| (key, ClosureId(NO_CLOSURE.0 - number))).collect()
}

/// Predicates and defaults of all records in a type.
fn checks_of(program: &Program, ty: &Ty, literals: &Literals) -> Vec<ClosureId> {
    let mut checks = Vec::new();
    each_record(program, ty, &mut |id| {
        for (index, field) in program.records[id.0 as usize].fields.iter().enumerate() {
            checks.extend(field.predicates.iter().map(|closure| closure.id));
            checks.extend(match &field.default {
                Some(FieldDefault::Computed(closure)) => Some(closure.id),
                Some(FieldDefault::Literal(_)) => literals.get(&(id.0 as usize, index)).copied(),
                None => None,
            });
        }
    });
    checks
}

/// Visits each record that values of a type may hold, once.
pub(super) fn each_record(program: &Program, ty: &Ty, visit: &mut dyn FnMut(RecordId)) {
    let mut seen: HashSet<&Ty> = HashSet::new();
    let mut left = vec![ty];
    while let Some(ty) = left.pop() {
        match ty {
            Ty::List(inner) | Ty::Dict(inner) | Ty::Option(inner) => left.push(inner),
            Ty::Result(ok, err) => left.extend([&**ok, &**err]),
            Ty::Tuple(items) => left.extend(items.iter()),
            Ty::Record(id) if seen.insert(ty) => {
                visit(*id);
                left.extend(program.records[id.0 as usize].fields.iter().map(|field| &field.ty));
            }
            Ty::Enum(id) if seen.insert(ty) => {
                let variants = &program.enums[id.0 as usize].variants;
                left.extend(variants.iter().flat_map(|variant| variant.fields.iter().map(|(_, ty)| ty)));
            }
            Ty::Record(_) | Ty::Enum(_) => {}
            Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => {}
        }
    }
}

impl<'p> Surveyor<'_, 'p> {
    /// Notes something for each closure around.
    fn note(&mut self, note: impl Fn(&mut Body)) {
        for id in &self.open {
            note(self.bodies.entry(*id).or_default());
        }
    }

    /// Looks at an expression as if it was the body of a closure.
    fn within(&mut self, id: ClosureId, expr: &'p Expr) {
        self.open.push(id);
        self.expr(expr);
        self.open.pop();
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
            ExprKind::Entry(dict, index) => match closure_entry(self.dicts, *dict, *index) {
                Some(closure) => self.note(|body| {
                    body.mentions.insert(closure.id);
                }),
                None => match alias(self.dicts, *dict, *index) {
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
            // A merge into a schema checks it as well.
            ExprKind::Merge(..) => {
                if let Some(checks) = self.checks.get(&expr.ty) {
                    self.note(|body| body.mentions.extend(checks.iter().copied()));
                }
            }
            ExprKind::Member(_, dict, index) => self.member(*dict, *index),
            ExprKind::Adapt(adapt) => {
                if let Some(checks) = self.checks.get(&adapt.to) {
                    self.note(|body| body.mentions.extend(checks.iter().copied()));
                }
            }
            ExprKind::Closure(closure) => return self.closure(closure),
            _ => {}
        }
        each_child(expr, &mut |child| self.expr(child));
    }
}

impl<'p> Surveyor<'_, 'p> {
    /// A function of a dict literal elsewhere: what it refers to of its own dict is taken from the dict's value, or evaluated again where
    /// that does not hold it.
    fn member(&mut self, id: DictId, index: usize) {
        self.note(|body| {
            body.dicts.insert(id);
        });
        let Some(dict) = self.dicts.get(&id) else { return };
        if let Some(closure) = closure_entry(self.dicts, id, index) {
            self.note(|body| {
                body.mentions.insert(closure.id);
            });
        }
        for entry in dict.entries.iter().filter(|entry| entry.internal) {
            match &entry.kind {
                EntryKind::Named(_, value) | EntryKind::Spread(value) => self.expr(value),
                EntryKind::Computed(..) => {}
            }
        }
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
        EntryKind::Named(_, value) if matches!(value.ty, Ty::Closure(_)) => Some(value),
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

/// Whether a variable is one of the body itself.
fn is_bound(body: &Body, var: &Var) -> bool {
    match var {
        Var::Local(id) => body.locals.contains(id),
        Var::Entry(dict, _) => body.dicts.contains(dict),
    }
}

/// Own free variables, and those of mentioned closures that are not bound here. Closures that mention each other are one group; groups
/// come after those that they mention, so only within a group it may take several rounds.
fn free_variables(bodies: &HashMap<ClosureId, Body>, groups: &[Vec<ClosureId>]) -> HashMap<ClosureId, Vec<Var>> {
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
