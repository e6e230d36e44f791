//! What has to be known of a program before it runs: where its dict literals are, and which functions can call themselves.

use std::collections::{HashMap, HashSet};

use relon_frontend::hir::{
    Closure, ClosureId, Dict, DictId, EntryKind, Expr, ExprKind, FieldDefault, Program, Ty, each_child,
};

use crate::evaluator::deep;

/// What is known of a program.
pub(crate) struct Survey<'v> {
    pub(crate) dicts: HashMap<DictId, &'v Dict>,
    /// Functions that can call themselves, directly or not.
    pub(crate) recursive: HashSet<ClosureId>,
}

/// Something that functions are reached through: a function, or an entry that is one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Node {
    Function(ClosureId),
    Entry(DictId, usize),
}

#[derive(Default)]
struct Surveyor<'v> {
    dicts: HashMap<DictId, &'v Dict>,
    /// What each node mentions. A function that is mentioned may be called.
    mentions: HashMap<Node, Vec<Node>>,
}

impl<'v> Survey<'v> {
    pub(crate) fn of(program: &'v Program) -> Self {
        let mut surveyor = Surveyor::default();
        surveyor.expr(&program.main.body, None);
        for field in program.records.iter().flat_map(|record| &record.fields) {
            field.predicates.iter().for_each(|closure| surveyor.closure(closure, None));
            match &field.default {
                Some(FieldDefault::Computed(closure)) => surveyor.closure(closure, None),
                Some(FieldDefault::Literal(value)) => surveyor.expr(value, None),
                None => {}
            }
        }
        let recursive = surveyor.recursive();
        Survey { dicts: surveyor.dicts, recursive }
    }
}

impl<'v> Surveyor<'v> {
    fn mention(&mut self, from: Option<Node>, to: Node) {
        if let Some(from) = from {
            self.mentions.entry(from).or_default().push(to);
        }
    }

    fn closure(&mut self, closure: &'v Closure, from: Option<Node>) {
        let node = Node::Function(closure.id);
        self.mention(from, node);
        self.expr(&closure.body, Some(node));
    }

    /// Goes through an expression within a node.
    fn expr(&mut self, expr: &'v Expr, from: Option<Node>) {
        deep(|| match &expr.kind {
            ExprKind::Entry(dict, index) if is_function(expr) => self.mention(from, Node::Entry(*dict, *index)),
            ExprKind::Closure(closure) => self.closure(closure, from),
            ExprKind::Dict(dict) => self.dict(dict, from),
            ExprKind::Where(dict, body) => {
                self.dict(dict, from);
                self.expr(body, from);
            }
            _ => each_child(expr, &mut |child| self.expr(child, from)),
        });
    }

    fn dict(&mut self, dict: &'v Dict, from: Option<Node>) {
        self.dicts.insert(dict.id, dict);
        for (index, entry) in dict.entries.iter().enumerate() {
            match &entry.kind {
                EntryKind::Named(_, value) if is_function(value) => {
                    let node = Node::Entry(dict.id, index);
                    self.mention(from, node);
                    self.expr(value, Some(node));
                }
                EntryKind::Named(_, value) | EntryKind::Spread(value) => self.expr(value, from),
                EntryKind::Computed(key, value) => {
                    self.expr(key, from);
                    self.expr(value, from);
                }
            }
        }
    }

    /// The functions from which a path of mentions leads back to themselves.
    fn recursive(&self) -> HashSet<ClosureId> {
        let functions = self.mentions.keys().filter_map(|node| match node {
            Node::Function(id) => Some(*id),
            Node::Entry(..) => None,
        });
        functions.filter(|id| self.reaches_itself(Node::Function(*id))).collect()
    }

    fn reaches_itself(&self, start: Node) -> bool {
        let mut seen = HashSet::new();
        let mut next = vec![start];
        while let Some(node) = next.pop() {
            for mentioned in self.mentions.get(&node).into_iter().flatten() {
                if *mentioned == start {
                    return true;
                }
                if seen.insert(*mentioned) {
                    next.push(*mentioned);
                }
            }
        }
        false
    }
}

fn is_function(expr: &Expr) -> bool {
    matches!(expr.ty, Ty::Closure(_))
}
