//! Checking and adapting values: shapes to schemas with defaults and predicates, records to Dicts, and all of that inside containers.

use relon_ir::{BoolOp, Span, Value};
use relon_natives::TrapKind;

use super::call::Body;
use super::control::Source;
use super::function::Binding;
use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::{Closure, Expr, ExprKind, FieldDefault, LocalId, RecordField, RecordId, Ty};
use crate::message;
use crate::types::Declarations;

/// A field that the source of a record has, does not have, or has where a Bool is true.
enum Given {
    Here(Flat, Form),
    Nowhere,
    Where(Value, Flat, Form),
}

/// How a value of a type that holds itself is adapted.
#[derive(Clone, Debug)]
pub(super) struct Adaption {
    from: Form,
    pub(super) to: Ty,
    kind: Option<TrapKind>,
    pub(super) span: Span,
}

impl<'p> Lowerer<'p> {
    /// A value of another type where no predicate has to run.
    pub(super) fn convert(&mut self, flat: Flat, from: &Ty, to: &Ty, span: Span) -> Flat {
        if from == to { flat } else { self.adapt(flat, &Form::plain(from), to, None, span) }
    }

    /// Whether adapting changes nothing and checks nothing.
    fn is_trivial(&self, from: &Form, to: &Ty, kind: Option<TrapKind>) -> bool {
        from.ty == *to && (kind.is_none() || !self.has_checks(to)) && !(from.input && self.has_defaults(to))
    }

    /// Whether predicates run on values of a type.
    pub(super) fn has_checks(&self, ty: &Ty) -> bool {
        Declarations { records: &self.program.records, enums: &self.program.enums }.has_predicates(ty)
    }

    pub(super) fn adapt(&mut self, flat: Flat, from: &Form, to: &Ty, kind: Option<TrapKind>, span: Span) -> Flat {
        if self.is_trivial(from, to, kind) {
            return flat;
        }
        if kind.is_none() {
            self.facts.add_unchecked(to, self.program);
        }
        if self.recursion.is_recursive(&from.ty) && !matches!(to, Ty::Dict(_)) {
            let adaption = Adaption { from: from.clone(), to: to.clone(), kind, span };
            let needs = self.survey.checks_need(to);
            let outside = self.captured(needs);
            return self.call_body(Body::Adapt(adaption), vec![Binding::Value(flat)], outside, span);
        }
        match (&from.ty, to) {
            (Ty::Never, _) => self.zero(to),
            (Ty::Option(a), Ty::Option(b)) => {
                let (some, payload) = (flat[0], flat[1..].to_vec());
                let part = from.part(a);
                let payload = self.either(
                    some,
                    |lowerer| lowerer.adapt(payload, &part, b, kind, span),
                    |lowerer| lowerer.zero(b),
                );
                [some].into_iter().chain(payload).collect()
            }
            (Ty::Result(ok, err), Ty::Result(to_ok, to_err)) => {
                let split = 1 + self.scalars(&from.part(ok)).len();
                let (is_err, good, bad) = (flat[0], flat[1..split].to_vec(), flat[split..].to_vec());
                let payload = self.either(
                    is_err,
                    |lowerer| {
                        let zero = lowerer.zero(to_ok);
                        let bad = lowerer.adapt(bad, &from.part(err), to_err, kind, span);
                        zero.into_iter().chain(bad).collect()
                    },
                    |lowerer| {
                        let good = lowerer.adapt(good, &from.part(ok), to_ok, kind, span);
                        let zero = lowerer.zero(to_err);
                        good.into_iter().chain(zero).collect()
                    },
                );
                [is_err].into_iter().chain(payload).collect()
            }
            (Ty::Tuple(a), Ty::Tuple(b)) => {
                let mut rest = flat.as_slice();
                let mut adapted = Vec::new();
                for (a, b) in a.iter().zip(b.iter()) {
                    let part = from.part(a);
                    let (own, others) = rest.split_at(self.scalars(&part).len());
                    adapted.extend(self.adapt(own.to_vec(), &part, b, kind, span));
                    rest = others;
                }
                adapted
            }
            (Ty::List(a), Ty::List(b)) => self.adapt_elements(flat, &from.part(a), b, kind, span),
            (Ty::Dict(a), Ty::Dict(b)) => {
                let entry = |value: &Ty| Ty::Tuple([Ty::String, value.clone()].into());
                self.adapt_elements(flat, &from.part(&entry(a)), &entry(b), kind, span)
            }
            (Ty::Record(id), Ty::Dict(value)) => self.record_to_dict(&flat, *id, value, kind, span),
            (Ty::Record(source), Ty::Record(target)) => {
                let adapted = self.adapt_fields(&flat, from, *source, *target, kind, span);
                self.boxed(to, adapted, span)
            }
            (Ty::Enum(id), Ty::Enum(_)) => self.adapt_variants(flat, from, *id, kind, span),
            _ => flat,
        }
    }

    /// Whether a value stays where it is and is only checked.
    fn stays(&self, from: &Form, to: &Ty) -> bool {
        from.ty == *to && !(from.input && self.has_defaults(to))
    }

    /// A record or variant of a type that holds itself.
    pub(super) fn adapt_content(&mut self, flat: Flat, adaption: &Adaption) -> Flat {
        let Adaption { from, to, kind, span } = adaption;
        let content = self.unboxed(from, flat.clone());
        let adapted = match (&from.ty, to) {
            (Ty::Record(source), Ty::Record(target)) => {
                self.adapt_fields(&content, from, *source, *target, *kind, *span)
            }
            (Ty::Enum(id), _) => self.adapt_variants(content, from, *id, *kind, *span),
            _ => unreachable!("only records and enums hold themselves"),
        };
        if self.stays(from, to) { flat } else { self.boxed(to, adapted, *span) }
    }

    /// The elements of a list, one by one. Where only predicates have to run, the list itself stays as it is.
    fn adapt_elements(&mut self, flat: Flat, from: &Form, to: &Ty, kind: Option<TrapKind>, span: Span) -> Flat {
        if from.ty == Ty::Never {
            return flat;
        }
        let in_place = self.stays(from, to);
        let needs = self.survey.checks_need(to);
        self.captured(needs);
        if in_place && kind.is_some() && self.checks_are_quick(to) {
            let all_pass = self.all_pass(&flat, from, to);
            // Where one does not pass, the loop says which is the first.
            let check = |lowerer: &mut Self| {
                lowerer.adapt_each(flat.clone(), from, to, kind, span);
                Vec::new()
            };
            self.either(all_pass, |_| Vec::new(), check);
            return flat;
        }
        self.adapt_each(flat, from, to, kind, span)
    }

    fn adapt_each(&mut self, flat: Flat, from: &Form, to: &Ty, kind: Option<TrapKind>, span: Span) -> Flat {
        let (address, length) = (flat[0], flat[1]);
        let in_place = self.stays(from, to);
        let target = Form::plain(to);
        let new = if in_place { address } else { self.alloc_list(&target, length, span) };
        let the_loop = self.start_loop(length, Vec::new());
        let place = self.element_address(address, the_loop.index, from);
        let element = self.load(from, place, 0);
        let element = self.adapt(element, from, to, kind, span);
        if !in_place {
            let place = self.element_address(new, the_loop.index, &target);
            self.store(&target, place, 0, &element);
        }
        self.end_loop(&the_loop, Vec::new());
        vec![new, length]
    }

    /// Whether checking a record is nothing but comparing numbers, so that many can be checked without a branch for each.
    pub(super) fn checks_are_quick(&self, ty: &Ty) -> bool {
        let Ty::Record(id) = ty else { return false };
        let fields = &self.record(*id).fields;
        let is_quick = |field: &RecordField| {
            let mut predicates = field.predicates.iter();
            !self.has_checks(&field.ty)
                && predicates.all(|closure| self.compares_numbers(&closure.body, closure.params[0]))
        };
        !self.recursion.is_boxed(ty) && fields.iter().all(is_quick)
    }

    /// Whether a condition compares literals and variables that are numbers, and nothing else, so that it has a value whatever the numbers
    /// are. Other variables than its own may be parameters that are not checked yet, which is an error where one is read.
    fn compares_numbers(&self, condition: &Expr, own: LocalId) -> bool {
        let is_there = |id: &LocalId| *id == own || matches!(self.frame.locals.get(id), Some(Binding::Value(_)));
        let is_number = |expr: &Expr| match &expr.kind {
            ExprKind::Local(id) => is_there(id) && matches!(expr.ty, Ty::Int | Ty::Float),
            ExprKind::Int(_) | ExprKind::Float(_) => true,
            // Of a literal, whose negation is in range.
            ExprKind::Neg(value) => matches!(value.kind, ExprKind::Int(value) if value != i64::MIN),
            _ => false,
        };
        match &condition.kind {
            ExprKind::And(a, b) | ExprKind::Or(a, b) => self.compares_numbers(a, own) && self.compares_numbers(b, own),
            ExprKind::Not(value) => self.compares_numbers(value, own),
            ExprKind::Order(_, a, b) => is_number(a) && is_number(b),
            _ => false,
        }
    }

    /// Whether all elements of a list of records pass their checks, in a loop that can be vectorised.
    pub(super) fn all_pass(&mut self, flat: &[Value], from: &Form, to: &Ty) -> Value {
        let yes = self.b().bool(true);
        let the_loop = self.start_loop(flat[1], vec![yes]);
        let place = self.element_address(flat[0], the_loop.index, from);
        let element = self.load(from, place, 0);
        let mut passes = the_loop.carried[0];
        let Ty::Record(id) = to else { unreachable!("only records are checked quickly") };
        let values = self.fields(to, element);
        for (field, (_, value)) in self.record(*id).fields.iter().zip(values) {
            for predicate in &field.predicates {
                let holds = self.closure_body(predicate, value.clone())[0];
                passes = self.b().bool_op(BoolOp::And, passes, holds);
            }
        }
        self.end_loop(&the_loop, vec![passes])[0]
    }

    /// A Dict with an entry for each field.
    fn record_to_dict(&mut self, flat: &[Value], id: RecordId, value: &Ty, kind: Option<TrapKind>, span: Span) -> Flat {
        let fields = self.fields(&Ty::Record(id), flat.to_vec());
        let entry = super::dict::entry_form(value);
        let count = self.b().int(fields.len() as i64);
        let address = self.alloc_list(&entry, count, span);
        let stride = self.layout(&entry).size;
        let mut parts: Vec<_> = fields.into_iter().zip(&self.record(id).fields).collect();
        parts.sort_by_key(|((name, _), _)| *name);
        for (((name, own), field), index) in parts.into_iter().zip(0u32..) {
            let own = self.adapt(own, &Form::plain(&field.ty), value, kind, span);
            let flat: Flat = self.text(name).into_iter().chain(own).collect();
            self.store(&entry, address, index * stride, &flat);
        }
        vec![address, count]
    }

    /// Fields in declaration order: given ones are adapted and pass their predicates, absent ones get literal defaults; computed
    /// defaults come last, from the record without them.
    fn adapt_fields(
        &mut self,
        flat: &[Value],
        from: &Form,
        source: RecordId,
        target: RecordId,
        kind: Option<TrapKind>,
        span: Span,
    ) -> Flat {
        let mut given = self.given_fields(flat, from, source);
        let record = self.record(target);
        let mut parts: Vec<Flat> = Vec::new();
        let mut computed: Vec<(usize, Option<Value>, &'p Closure)> = Vec::new();
        for (index, field) in record.fields.iter().enumerate() {
            let found = given.iter().position(|(name, _)| *name == field.name);
            let found = found.map_or(Given::Nowhere, |at| given.swap_remove(at).1);
            if let Some(FieldDefault::Computed(closure)) = &field.default {
                match &found {
                    Given::Nowhere => computed.push((index, None, closure)),
                    Given::Where(flag, ..) => computed.push((index, Some(*flag), closure)),
                    Given::Here(..) => {}
                }
            }
            parts.push(self.adapt_field(found, field, kind, span));
        }
        self.compute_defaults(parts, &computed, target, span)
    }

    fn given_fields(&mut self, flat: &[Value], from: &Form, source: RecordId) -> Vec<(&'p str, Given)> {
        let mut rest = flat;
        let mut given = Vec::new();
        for field in &self.record(source).fields {
            let part = from.part(&field.ty);
            let flag = from.may_lack(field).then(|| {
                let (flag, others) = rest.split_first().expect("a flag");
                rest = others;
                *flag
            });
            let (own, others) = rest.split_at(self.scalars(&part).len());
            rest = others;
            let found = match flag {
                Some(flag) => Given::Where(flag, own.to_vec(), part),
                None => Given::Here(own.to_vec(), part),
            };
            given.push((field.name.as_str(), found));
        }
        given
    }

    fn adapt_field(&mut self, given: Given, field: &'p RecordField, kind: Option<TrapKind>, span: Span) -> Flat {
        match given {
            Given::Here(flat, form) => self.checked_field(flat, &form, field, kind, span),
            Given::Nowhere => self.default(field),
            Given::Where(flag, flat, form) => self.either(
                flag,
                |lowerer| lowerer.checked_field(flat, &form, field, kind, span),
                |lowerer| lowerer.default(field),
            ),
        }
    }

    /// Adapts a given value and runs the field's predicates on it.
    fn checked_field(
        &mut self,
        flat: Flat,
        form: &Form,
        field: &'p RecordField,
        kind: Option<TrapKind>,
        span: Span,
    ) -> Flat {
        let flat = self.adapt(flat, form, &field.ty, kind, span);
        let Some(kind) = kind else { return flat };
        for predicate in &field.predicates {
            let holds = self.closure_body(predicate, flat.clone())[0];
            let site = self.site_with(kind, field.span, Some(message::failed_check(field)));
            self.b().guard(holds, site);
        }
        flat
    }

    /// The value of a closure of one parameter.
    fn closure_body(&mut self, closure: &'p Closure, argument: Flat) -> Flat {
        self.frame.locals.insert(closure.params[0], Binding::Value(argument));
        self.expr(&closure.body)
    }

    /// The value of an absent field; a computed one is filled in later.
    fn default(&mut self, field: &'p RecordField) -> Flat {
        match &field.default {
            Some(FieldDefault::Literal(value)) => self.expr(value),
            Some(FieldDefault::Computed(_)) | None => self.zero(&field.ty),
        }
    }

    fn compute_defaults(
        &mut self,
        mut parts: Vec<Flat>,
        computed: &[(usize, Option<Value>, &'p Closure)],
        target: RecordId,
        span: Span,
    ) -> Flat {
        if computed.is_empty() {
            return parts.concat();
        }
        // What the functions see is a whole record, with nothing where a default is still to come.
        let snapshot = self.boxed(&Ty::Record(target), parts.concat(), span);
        for (index, flag, closure) in computed {
            let record = snapshot.clone();
            parts[*index] = match flag {
                None => self.closure_body(closure, record),
                Some(flag) => {
                    let given = parts[*index].clone();
                    self.either(*flag, |_| given, |lowerer| lowerer.closure_body(closure, record))
                }
            };
        }
        parts.concat()
    }

    /// The payload of the variant that is there.
    fn adapt_variants(
        &mut self,
        flat: Flat,
        from: &Form,
        id: crate::hir::EnumId,
        kind: Option<TrapKind>,
        span: Span,
    ) -> Flat {
        let variants = &self.enumeration(id).variants;
        let blocks: Vec<_> = variants.iter().map(|_| self.b().create_block(&[])).collect();
        let cases = blocks.iter().zip(0..).map(|(block, tag)| (tag, super::target(*block))).collect();
        self.b().switch(flat[0], cases, super::target(blocks[0]));
        let mut ways = Vec::new();
        let mut start = 1;
        for (index, block) in blocks.into_iter().enumerate() {
            self.start_way(block);
            let mut parts = Vec::new();
            for (position, variant) in variants.iter().enumerate() {
                for (_, ty) in &variant.fields {
                    if position == index {
                        let part = from.part(ty);
                        let end = start + self.scalars(&part).len();
                        parts.extend(self.adapt(flat[start..end].to_vec(), &part, ty, kind, span));
                        start = end;
                    } else {
                        parts.extend(self.zero(ty));
                    }
                }
            }
            ways.push(self.end_way(parts));
        }
        let payload = self.meet(ways);
        [flat[0]].into_iter().chain(payload).collect()
    }

    /// A list as the source of a loop.
    pub(super) fn list_source(&self, flat: &[Value], element: &Ty) -> Source {
        Source::List { address: flat[0], length: flat[1], element: element.clone() }
    }
}
