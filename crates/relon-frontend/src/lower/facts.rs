//! What the predicates of schemas say about Ints and lengths in memory.
//!
//! A field whose predicates hold is within bounds, or its length is, and code generation may rely on that wherever the field is read from a value that was
//! checked: checks of arithmetic that can't fail then go. Not every value of a schema was checked. Predicates do not run on arguments and
//! results of functions, on what natives give, or on defaults. A schema of which any value may be made without them, anywhere in the
//! program, has no facts.

use std::collections::{HashMap, HashSet};

use relon_ir::IntRange;

use super::walk::each_record;
use crate::hir::{Closure, Expr, ExprKind, Library, LocalId, OrderOp, Program, RecordField, RecordId, Ty};

/// The bounds of fields, and the schemas that can't be relied on.
#[derive(Default)]
pub(super) struct Facts {
    bounds: HashMap<(RecordId, usize), IntRange>,
    unchecked: HashSet<RecordId>,
    /// Whether a schema was found that has facts and can't be relied on.
    is_wrong: bool,
}

impl Facts {
    /// The facts of a program, as if all values were checked.
    pub(super) fn of(program: &Program) -> Facts {
        let records = program.records.iter().enumerate();
        let fields = records.flat_map(|(record, declared)| {
            let id = RecordId(record as u32);
            declared.fields.iter().enumerate().filter_map(move |(index, field)| Some(((id, index), of_field(field)?)))
        });
        Facts { bounds: fields.collect(), ..Facts::default() }
    }

    /// The bounds of a field of a checked value: of an Int, or of the length of anything else.
    pub(super) fn field(&self, record: RecordId, index: usize) -> Option<IntRange> {
        self.bounds.get(&(record, index)).filter(|_| !self.unchecked.contains(&record)).copied()
    }

    /// Notes that values of a type are made without their predicates.
    pub(super) fn add_unchecked(&mut self, ty: &Ty, program: &Program) {
        each_record(program, ty, &mut |id| {
            let fields = program.records[id.0 as usize].fields.len();
            let has_facts = (0..fields).any(|index| self.bounds.contains_key(&(id, index)));
            self.is_wrong |= self.unchecked.insert(id) && has_facts;
        });
    }

    /// What is left where something was relied on that can't be; code that was lowered with these facts must not be used.
    pub(super) fn corrected(self) -> Option<Facts> {
        self.is_wrong.then_some(Facts { is_wrong: false, ..self })
    }
}

/// The bounds of a field; none where nothing is known, or an absent field gets a value on which no predicate runs.
fn of_field(field: &RecordField) -> Option<IntRange> {
    let possible = match field.ty {
        Ty::Int => IntRange::FULL,
        Ty::String | Ty::List(_) | Ty::Dict(_) => IntRange { low: 0, high: i64::MAX },
        _ => return None,
    };
    if field.default.is_some() {
        return None;
    }
    let bounds = field.predicates.iter().map(of_predicate).fold(possible, IntRange::intersect);
    let excludes_zero = |predicate: &Closure| excludes_zero(true, &predicate.body, predicate.params[0]);
    let bounds = if field.predicates.iter().any(excludes_zero) { bounds.without_zero() } else { bounds };
    (bounds != possible && !bounds.is_empty()).then_some(bounds)
}

fn of_predicate(predicate: &Closure) -> IntRange {
    bounds_where(true, &predicate.body, predicate.params[0])
}

/// What the number of a variable can be where a condition holds, or does not: the variable itself, or its length.
fn bounds_where(holds: bool, condition: &Expr, var: LocalId) -> IntRange {
    let within = |inner| bounds_where(holds, inner, var);
    match (&condition.kind, holds) {
        (ExprKind::And(a, b), true) | (ExprKind::Or(a, b), false) => within(a).intersect(within(b)),
        (ExprKind::And(a, b), false) | (ExprKind::Or(a, b), true) => within(a).hull(within(b)),
        (ExprKind::Not(inner), _) => bounds_where(!holds, inner, var),
        (ExprKind::Order(op, a, b), true) => where_ordered(*op, a, b, var),
        (ExprKind::Order(op, a, b), false) => where_ordered(negated(*op), a, b, var),
        (ExprKind::Equal(a, b, is_denied), _) if *is_denied != holds => {
            compared(a, b, var).map_or(IntRange::FULL, |value| IntRange { low: value, high: value })
        }
        _ if is_empty(condition, var) && !holds => IntRange { low: 1, high: i64::MAX },
        _ => IntRange::FULL,
    }
}

/// The literal that the number of a variable is compared with.
fn compared(a: &Expr, b: &Expr, var: LocalId) -> Option<i64> {
    match (is_number(a, var), is_number(b, var)) {
        (true, _) => literal(b),
        (_, true) => literal(a),
        _ => None,
    }
}

/// What a variable can be where an order of it and a literal holds.
fn where_ordered(op: OrderOp, a: &Expr, b: &Expr, var: LocalId) -> IntRange {
    match (is_number(a, var), literal(b), literal(a), is_number(b, var)) {
        (true, Some(bound), ..) => ordered(op, bound),
        (_, _, Some(bound), true) => ordered(mirrored(op), bound),
        _ => IntRange::FULL,
    }
}

/// Whether a condition that holds, or does not, says that the number of a variable is not 0.
fn excludes_zero(holds: bool, condition: &Expr, var: LocalId) -> bool {
    let excludes = |inner| excludes_zero(holds, inner, var);
    match (&condition.kind, holds) {
        (ExprKind::And(a, b), true) | (ExprKind::Or(a, b), false) => excludes(a) || excludes(b),
        (ExprKind::And(a, b), false) | (ExprKind::Or(a, b), true) => excludes(a) && excludes(b),
        (ExprKind::Not(inner), _) => excludes_zero(!holds, inner, var),
        (ExprKind::Equal(a, b, is_denied), _) => *is_denied == holds && compared(a, b, var) == Some(0),
        _ => false,
    }
}

/// Whether an expression is the number of a variable; literals are Ints, so it is one too.
fn is_number(expr: &Expr, var: LocalId) -> bool {
    match &expr.kind {
        ExprKind::Library(Library::Len, args) => is_var(&args.values[0], var),
        _ => is_var(expr, var),
    }
}

fn is_empty(expr: &Expr, var: LocalId) -> bool {
    matches!(&expr.kind, ExprKind::Library(Library::IsEmpty, args) if is_var(&args.values[0], var))
}

fn is_var(expr: &Expr, var: LocalId) -> bool {
    matches!(expr.kind, ExprKind::Local(id) if id == var)
}

fn literal(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Int(value) => Some(*value),
        ExprKind::Neg(value) => literal(value)?.checked_neg(),
        _ => None,
    }
}

/// What is ordered so against a bound. Where nothing is, the range is empty.
fn ordered(op: OrderOp, bound: i64) -> IntRange {
    let empty = IntRange { low: i64::MAX, high: i64::MIN };
    match op {
        OrderOp::Lt => bound.checked_sub(1).map_or(empty, |high| IntRange { high, ..IntRange::FULL }),
        OrderOp::Le => IntRange { high: bound, ..IntRange::FULL },
        OrderOp::Gt => bound.checked_add(1).map_or(empty, |low| IntRange { low, ..IntRange::FULL }),
        OrderOp::Ge => IntRange { low: bound, ..IntRange::FULL },
    }
}

/// The operator that holds where this one does not. Of Ints there is one, and literals here are.
fn negated(op: OrderOp) -> OrderOp {
    match op {
        OrderOp::Lt => OrderOp::Ge,
        OrderOp::Le => OrderOp::Gt,
        OrderOp::Gt => OrderOp::Le,
        OrderOp::Ge => OrderOp::Lt,
    }
}

/// The operator with its operands exchanged.
fn mirrored(op: OrderOp) -> OrderOp {
    match op {
        OrderOp::Lt => OrderOp::Gt,
        OrderOp::Le => OrderOp::Ge,
        OrderOp::Gt => OrderOp::Lt,
        OrderOp::Ge => OrderOp::Le,
    }
}
