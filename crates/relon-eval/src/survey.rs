//! What has to be known of a program before it runs: which functions can call themselves.

use std::collections::{HashMap, HashSet};

use relon_frontend::hir::{
    Closure, ClosureId, Dict, DictId, EntryKind, EnumId, Expr, ExprKind, FieldDefault, Program, RecordField, RecordId,
    Ty, each_child,
};

use crate::evaluator::deep;

/// What is known of a program.
pub(crate) struct Survey {
    /// Functions that can call themselves, directly or not.
    pub(crate) recursive: HashSet<ClosureId>,
}

/// Something that functions are reached through.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Node {
    Function(ClosureId),
    /// An entry that is a function.
    Entry(DictId, usize),
    /// A record, whose predicates and defaults run where a value is made one of it.
    Record(RecordId),
    /// An enum, whose payloads can be records.
    Enum(EnumId),
}

#[derive(Default)]
struct Surveyor {
    /// What each node mentions. A function that is mentioned may be called.
    mentions: HashMap<Node, Vec<Node>>,
}

impl Survey {
    pub(crate) fn of(program: &Program) -> Self {
        let mut surveyor = Surveyor::default();
        surveyor.dict(&program.modules, None);
        surveyor.expr(&program.main.body, None);
        for (record, id) in program.records.iter().zip(0..) {
            record.fields.iter().for_each(|field| surveyor.field(field, Node::Record(RecordId(id))));
        }
        for (declared, id) in program.enums.iter().zip(0..) {
            let types = declared.variants.iter().flat_map(|variant| &variant.fields);
            types.for_each(|(_, ty)| surveyor.ty(ty, Some(Node::Enum(EnumId(id)))));
        }
        let recursive = surveyor.recursive();
        Survey { recursive }
    }
}

impl Surveyor {
    fn mention(&mut self, from: Option<Node>, to: Node) {
        if let Some(from) = from {
            self.mentions.entry(from).or_default().push(to);
        }
    }

    fn field(&mut self, field: &RecordField, record: Node) {
        self.ty(&field.ty, Some(record));
        field.predicates.iter().for_each(|closure| self.closure(closure, Some(record)));
        match &field.default {
            Some(FieldDefault::Computed(closure)) => self.closure(closure, Some(record)),
            Some(FieldDefault::Literal(value)) => self.expr(value, Some(record)),
            None => {}
        }
    }

    /// Values are made ones of this type within a node.
    fn ty(&mut self, ty: &Ty, from: Option<Node>) {
        match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => {}
            Ty::List(of) | Ty::Option(of) | Ty::Dict(of) => self.ty(of, from),
            Ty::Tuple(types) => types.iter().for_each(|ty| self.ty(ty, from)),
            Ty::Result(ok, err) => {
                self.ty(ok, from);
                self.ty(err, from);
            }
            Ty::Record(id) => self.mention(from, Node::Record(*id)),
            Ty::Enum(id) => self.mention(from, Node::Enum(*id)),
        }
    }

    fn closure(&mut self, closure: &Closure, from: Option<Node>) {
        let node = Node::Function(closure.id);
        self.mention(from, node);
        self.expr(&closure.body, Some(node));
    }

    /// Goes through an expression within a node.
    fn expr(&mut self, expr: &Expr, from: Option<Node>) {
        deep(|| match &expr.kind {
            ExprKind::Entry(dict, index) if is_function(expr) => self.mention(from, Node::Entry(*dict, *index)),
            ExprKind::Member(value, dict, index) => {
                self.mention(from, Node::Entry(*dict, *index));
                self.expr(value, from);
            }
            ExprKind::Merge(a, b) => {
                self.ty(&expr.ty, from);
                self.expr(a, from);
                self.expr(b, from);
            }
            ExprKind::Closure(closure) => self.closure(closure, from),
            ExprKind::Dict(dict) => self.dict(dict, from),
            ExprKind::Where(dict, body) => {
                self.dict(dict, from);
                self.expr(body, from);
            }
            ExprKind::Adapt(adapt) => {
                self.ty(&adapt.to, from);
                self.expr(&adapt.value, from);
            }
            _ => each_child(expr, &mut |child| self.expr(child, from)),
        });
    }

    fn dict(&mut self, dict: &Dict, from: Option<Node>) {
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
            Node::Entry(..) | Node::Record(_) | Node::Enum(_) => None,
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
