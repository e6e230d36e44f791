//! Operators.

use relon_ir::Span;
use relon_syntax::ast::{self, AstNode, BinaryOp, PrefixOp};

use super::{Checker, MAX_CHAIN, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{ArithOp, Expr, ExprKind, OrderOp, RecordId, Ty};
use crate::types::Misfit;

impl Checker<'_> {
    pub(super) fn prefix(&mut self, prefix: &ast::Prefix, span: Span) -> Expr {
        // The smallest Int has no positive counterpart, so the sign belongs to its literal.
        if let (Some(PrefixOp::Neg), Some(ast::Expr::Literal(literal))) = (prefix.op(), prefix.operand())
            && literal.kind() == Some(ast::LiteralKind::Int(Some(1 << 63)))
        {
            return Expr { kind: ExprKind::Int(i64::MIN), ty: Ty::Int, span };
        }
        let operand = self.optional(prefix.operand(), None, span);
        match (prefix.op(), &operand.ty) {
            (_, Ty::Error) => error_expr(span),
            (Some(PrefixOp::Not), _) => {
                let operand = self.condition(operand);
                Expr { kind: ExprKind::Not(Box::new(operand)), ty: Ty::Bool, span }
            }
            (_, Ty::Int | Ty::Float) => {
                let ty = operand.ty.clone();
                let value = Expr { kind: ExprKind::Neg(Box::new(operand)), ty, span };
                self.check_constant(&value);
                value
            }
            (_, other) => {
                let message = format!("only numbers have a negative, not {}", self.show(other));
                self.mistake(Diagnostic::error("StaticTypeMismatch", span, message))
            }
        }
    }

    pub(super) fn binary(&mut self, binary: &ast::Binary) -> Expr {
        let (operands, operators) = (binary.operands(), binary.operators());
        let span = self.span(binary);
        if operators.len() > MAX_CHAIN {
            return self.unsupported(span, "a chain of more than 2,000 operators", "put the operands into a list");
        }
        let mut operands = operands.into_iter();
        let Some(first) = operands.next() else { return error_expr(span) };
        let (start, _) = first.range();
        let mut value = self.expr(&first, None);
        for ((op, _), operand) in operators.into_iter().zip(operands) {
            let whole = Span { start, end: operand.range().1, ..span };
            value = self.operator(op, value, &operand, whole);
        }
        value
    }

    fn operator(&mut self, op: BinaryOp, lhs: Expr, rhs: &ast::Expr, span: Span) -> Expr {
        match op {
            BinaryOp::Pipe => self.pipe(lhs, rhs, span),
            BinaryOp::And | BinaryOp::Or => self.logic(op, lhs, rhs, span),
            _ => {
                let rhs = self.expr(rhs, None);
                match op {
                    BinaryOp::Eq | BinaryOp::Ne => self.equality(lhs, rhs, op == BinaryOp::Ne, span),
                    BinaryOp::Lt => self.order(OrderOp::Lt, lhs, rhs, span),
                    BinaryOp::Le => self.order(OrderOp::Le, lhs, rhs, span),
                    BinaryOp::Gt => self.order(OrderOp::Gt, lhs, rhs, span),
                    BinaryOp::Ge => self.order(OrderOp::Ge, lhs, rhs, span),
                    BinaryOp::Add => self.add(lhs, rhs, span),
                    BinaryOp::Sub => self.arith(ArithOp::Sub, "-", lhs, rhs, span),
                    BinaryOp::Mul => self.arith(ArithOp::Mul, "*", lhs, rhs, span),
                    BinaryOp::Div => self.arith(ArithOp::Div, "/", lhs, rhs, span),
                    _ => self.arith(ArithOp::Rem, "%", lhs, rhs, span),
                }
            }
        }
    }

    fn logic(&mut self, op: BinaryOp, lhs: Expr, rhs: &ast::Expr, span: Span) -> Expr {
        let lhs = self.condition(lhs);
        let decides = op == BinaryOp::Or;
        let is_decided = matches!(lhs.kind, ExprKind::Bool(value) if value == decides && lhs.ty == Ty::Bool);
        let rhs = self.reachable(!is_decided, |checker| {
            let rhs = checker.expr(rhs, Some(&Ty::Bool));
            checker.condition(rhs)
        });
        let (lhs, rhs) = (Box::new(lhs), Box::new(rhs));
        let kind = if op == BinaryOp::And { ExprKind::And(lhs, rhs) } else { ExprKind::Or(lhs, rhs) };
        Expr { kind, ty: Ty::Bool, span }
    }

    fn equality(&mut self, lhs: Expr, rhs: Expr, negated: bool, span: Span) -> Expr {
        if [&lhs, &rhs].iter().any(|side| matches!(side.ty, Ty::Closure(_))) {
            return self.unsupported(span, "comparing functions", "compare what they give");
        }
        if [&lhs, &rhs].iter().any(|side| side.ty == Ty::Error) {
            return Expr { ty: Ty::Error, ..error_expr(span) };
        }
        // Values of one type are made equal in type, so that an empty list can be compared with any other.
        let (lhs, rhs) = match self.join(&lhs.ty, &rhs.ty, span) {
            Some(ty) => {
                let kind = relon_natives::TrapKind::TypeMismatch;
                (self.convert(lhs, &ty, kind), self.convert(rhs, &ty, kind))
            }
            None => (lhs, rhs),
        };
        Expr { kind: ExprKind::Equal(Box::new(lhs), Box::new(rhs), negated), ty: Ty::Bool, span }
    }

    /// As `adapt`, but predicates do not run again on a value that has the type already.
    fn convert(&mut self, value: Expr, ty: &Ty, kind: relon_natives::TrapKind) -> Expr {
        if value.ty == *ty { value } else { self.adapt(value, ty, kind) }
    }

    fn order(&mut self, op: OrderOp, lhs: Expr, rhs: Expr, span: Span) -> Expr {
        if lhs.ty == Ty::String && rhs.ty == Ty::String {
            return Expr { kind: ExprKind::Order(op, Box::new(lhs), Box::new(rhs)), ty: Ty::Bool, span };
        }
        match self.numbers(lhs, rhs, "ordered", span) {
            Some((lhs, rhs)) => Expr { kind: ExprKind::Order(op, Box::new(lhs), Box::new(rhs)), ty: Ty::Bool, span },
            None => error_expr(span),
        }
    }

    /// Two Ints or two Floats; where one is an Int it becomes a Float.
    pub(super) fn numbers(&mut self, lhs: Expr, rhs: Expr, verb: &str, span: Span) -> Option<(Expr, Expr)> {
        match (&lhs.ty, &rhs.ty) {
            (Ty::Error, _) | (_, Ty::Error) => None,
            (Ty::Int, Ty::Int) | (Ty::Float, Ty::Float) => Some((lhs, rhs)),
            (Ty::Int, Ty::Float) => Some((to_float(lhs), rhs)),
            (Ty::Float, Ty::Int) => Some((lhs, to_float(rhs))),
            (a, b) => {
                let (a, b) = (self.show(a), self.show(b));
                let message = format!("{a} and {b} cannot be {verb}");
                let diagnostic = Diagnostic::error("StaticTypeMismatch", span, message);
                self.report(
                    diagnostic.related(lhs.span, format!("this is {a}")).related(rhs.span, format!("this is {b}")),
                );
                None
            }
        }
    }

    fn arith(&mut self, op: ArithOp, sign: &str, lhs: Expr, rhs: Expr, span: Span) -> Expr {
        let verb = format!("combined with `{sign}`");
        let Some((lhs, rhs)) = self.numbers(lhs, rhs, &verb, span) else { return error_expr(span) };
        let ty = lhs.ty.clone();
        let value = Expr { kind: ExprKind::Arith(op, Box::new(lhs), Box::new(rhs)), ty, span };
        self.check_constant(&value);
        value
    }

    /// `+` of numbers, texts or dicts.
    fn add(&mut self, lhs: Expr, rhs: Expr, span: Span) -> Expr {
        match (&lhs.ty, &rhs.ty) {
            (Ty::String, _) | (_, Ty::String) => {
                let (lhs, rhs) = (self.text_part(lhs), self.text_part(rhs));
                if lhs.ty == Ty::Error || rhs.ty == Ty::Error {
                    return error_expr(span);
                }
                concat(lhs, rhs, span)
            }
            (Ty::Record(_) | Ty::Dict(_), Ty::Record(_) | Ty::Dict(_)) => self.merge(lhs, rhs, span),
            (Ty::List(_), Ty::List(_)) => {
                let diagnostic = Diagnostic::error("StaticTypeMismatch", span, "lists are not joined with `+`");
                self.mistake(diagnostic.hint("write `[...a, ...b]`"))
            }
            _ => self.arith(ArithOp::Add, "+", lhs, rhs, span),
        }
    }

    /// The recursive merge of two dicts; its type says which fields come from where.
    pub(super) fn merge(&mut self, lhs: Expr, rhs: Expr, span: Span) -> Expr {
        let ty = match (&lhs.ty, &rhs.ty) {
            (Ty::Error, _) | (_, Ty::Error) => return error_expr(span),
            (a, b) => self.merged(&a.clone(), &b.clone(), span),
        };
        match ty {
            Some(ty) => Expr { kind: ExprKind::Merge(Box::new(lhs), Box::new(rhs)), ty, span },
            None => {
                let message = format!("{} and {} cannot be merged", self.show(&lhs.ty), self.show(&rhs.ty));
                let hint = "records and Dicts are merged where their values have one type, and a schema's fields keep their types";
                self.mistake(Diagnostic::error("StaticTypeMismatch", span, message).hint(hint))
            }
        }
    }

    /// The type of a merge; none where there is none.
    fn merged(&mut self, a: &Ty, b: &Ty, span: Span) -> Option<Ty> {
        match (a, b) {
            (Ty::Record(a), Ty::Record(b)) if a == b => Some(Ty::Record(*a)),
            (Ty::Record(a), Ty::Record(b)) => self.merged_records(*a, *b, span),
            (Ty::Record(_) | Ty::Dict(_), Ty::Record(_) | Ty::Dict(_)) => {
                let mut value = Ty::Never;
                for ty in self.value_types(a).into_iter().chain(self.value_types(b)) {
                    value = self.join(&value, &ty, span)?;
                }
                Some(Ty::Dict(value.into()))
            }
            _ => None,
        }
    }

    /// The fields of both. A merge into a schema stays that schema, unless it has more fields than the schema's; none where it gives one of
    /// them a value of another type.
    fn merged_records(&mut self, a: RecordId, b: RecordId, span: Span) -> Option<Ty> {
        let fields = |id: RecordId| {
            let fields = &self.records[id.0 as usize].fields;
            fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect::<Vec<_>>()
        };
        let (mut left, right) = (fields(a), fields(b));
        for (name, ty) in right {
            match left.iter().position(|(known, _)| *known == name) {
                Some(at) => {
                    let before = left[at].1.clone();
                    let both = matches!((&before, &ty), (Ty::Record(_) | Ty::Dict(_), Ty::Record(_) | Ty::Dict(_)));
                    left[at].1 = if both { self.merged(&before, &ty, span)? } else { ty };
                }
                None => left.push((name, ty)),
            }
        }
        let shape = self.shape(left, span);
        let is_schema = self.records[a.0 as usize].name.is_some();
        if !is_schema {
            return Some(shape);
        }
        match self.declarations().misfit(&shape, &Ty::Record(a)) {
            None => Some(Ty::Record(a)),
            // The schema's predicates would be lost without a word.
            Some(Misfit::Field(_)) => None,
            Some(Misfit::Type | Misfit::Missing(_) | Misfit::Unknown(_)) => Some(shape),
        }
    }

    /// The types of the values of a dict.
    pub(super) fn value_types(&self, ty: &Ty) -> Vec<Ty> {
        match ty {
            Ty::Record(id) => self.records[id.0 as usize].fields.iter().map(|field| field.ty.clone()).collect(),
            Ty::Dict(value) => vec![(**value).clone()],
            _ => Vec::new(),
        }
    }

    /// Reports arithmetic on literals that can only fail.
    fn check_constant(&mut self, value: &Expr) {
        let diagnostic = match constant(value) {
            Err(Fault::Overflow) => {
                Diagnostic::error("ConstNumericOverflow", value.span, "the result does not fit an Int")
            }
            Err(Fault::Zero) => Diagnostic::error("ConstDivisionByZero", value.span, "this divides by zero"),
            Ok(_) => return,
        };
        // The innermost expression has said so already.
        if !self.diagnostics.iter().any(|known| known.name == diagnostic.name && contains(diagnostic.span, known.span))
        {
            self.report(diagnostic);
        }
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

enum Fault {
    Overflow,
    Zero,
}

/// The value of an Int expression of literals alone; none where it holds anything else.
fn constant(expr: &Expr) -> Result<Option<i64>, Fault> {
    let of = |value: Option<i64>| value.map(Some).ok_or(Fault::Overflow);
    match &expr.kind {
        ExprKind::Int(value) => Ok(Some(*value)),
        ExprKind::Neg(operand) if expr.ty == Ty::Int => match constant(operand)? {
            Some(value) => of(value.checked_neg()),
            None => Ok(None),
        },
        ExprKind::Arith(op, lhs, rhs) if expr.ty == Ty::Int => {
            let divides = matches!(op, ArithOp::Div | ArithOp::Rem);
            if divides && matches!(rhs.kind, ExprKind::Int(0)) {
                return Err(Fault::Zero);
            }
            let (Some(a), Some(b)) = (constant(lhs)?, constant(rhs)?) else { return Ok(None) };
            match op {
                ArithOp::Add => of(a.checked_add(b)),
                ArithOp::Sub => of(a.checked_sub(b)),
                ArithOp::Mul => of(a.checked_mul(b)),
                ArithOp::Div | ArithOp::Rem if b == 0 => Err(Fault::Zero),
                ArithOp::Div => of(a.checked_div(b)),
                ArithOp::Rem => of(a.checked_rem(b)),
            }
        }
        _ => Ok(None),
    }
}

fn to_float(value: Expr) -> Expr {
    let span = value.span;
    Expr { kind: ExprKind::IntToFloat(Box::new(value)), ty: Ty::Float, span }
}

/// Joins texts; a chain becomes one concatenation.
fn concat(lhs: Expr, rhs: Expr, span: Span) -> Expr {
    let mut parts = match lhs.kind {
        ExprKind::Concat(parts) => parts,
        kind => vec![Expr { kind, ..lhs }],
    };
    parts.push(rhs);
    Expr { kind: ExprKind::Concat(parts), ty: Ty::String, span }
}
