//! Sums.
//!
//! A check for overflow in each round keeps a loop from being vectorised. Sums of Ints are taken in blocks instead: as long as the sum so far
//! is within 2^62 and each addend within 2^45, the sum of 2^16 addends can't overflow, so within a block only the size of addends is
//! checked, and where it is known even that goes. The sum so far and a block's are added with a check. Where the sum so far is larger, blocks
//! are of one addend; a large addend ends its block. So each prefix of the sum that overflows is found, as if each addition was checked.

use relon_ir::{Block, BoolOp, FloatOp, IntCondition, IntOp, SiteId, Span, Type, Value, WrapOp};
use relon_natives::TrapKind;

use super::control::Source;
use super::function::{Binding, FunctionValue};
use super::{Flat, Lowerer, target};
use crate::hir::{Args, ArithOp, Closure, Comprehension, Expr, ExprKind, Library, LocalId, Ty};

/// Addends of a block.
const BLOCK: i64 = 1 << 16;
/// Addends from `-SMALL` up to it, which is excluded, may be added in a block.
const SMALL: i64 = 1 << 45;
/// Sums from `-MODEST` up to it, which is excluded, may have a block of small addends added.
const MODEST: i64 = 1 << 62;

/// When an overflow is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Report {
    /// At once: addends behind it are not evaluated.
    AtOnce,
    /// Behind the loop: a list of all addends comes first, and they may fail as well.
    AtEnd,
}

/// The sum of a block loop: its value, and for [`Report::AtEnd`] whether it overflowed.
#[derive(Clone, Copy)]
struct Sum {
    value: Value,
    overflowed: Value,
}

impl<'p> Lowerer<'p> {
    /// `list.sum(l)`. A list that is only made for its sum is not made.
    pub(super) fn sum(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        let list = &args.values[0];
        vec![match &list.kind {
            ExprKind::Comprehension(node) => self.sum_of_comprehension(node, ty, span),
            ExprKind::Library(Library::Map, args) => self.sum_of_map(args, ty, list.span, span),
            _ => {
                let source = self.source(list);
                self.total(&source, ty, span)
            }
        }]
    }

    /// The sum of numbers that are there.
    pub(super) fn total(&mut self, source: &Source, ty: &Ty, span: Span) -> Value {
        let length = self.source_length(source);
        self.sum_of(length, ty, Report::AtOnce, span, |lowerer, index| lowerer.source_element(source, index)[0])
    }

    fn sum_of_comprehension(&mut self, node: &'p Comprehension, ty: &Ty, span: Span) -> Value {
        let source = self.source(&node.source);
        self.prepare(&node.body);
        node.condition.iter().for_each(|condition| self.prepare(condition));
        let length = self.source_length(&source);
        self.sum_of(length, ty, Report::AtEnd, span, |lowerer, index| {
            let element = lowerer.source_element(&source, index);
            lowerer.frame.locals.insert(node.var, Binding::Value(element));
            if let Some(position) = node.index {
                lowerer.frame.locals.insert(position, Binding::Value(vec![index]));
            }
            let Some(condition) = &node.condition else { return lowerer.scalar(&node.body) };
            let keep = lowerer.scalar(condition);
            // Adding zero changes no sum, since one that begins with 0.0 never is -0.0.
            lowerer.either(keep, |lowerer| lowerer.expr(&node.body), |lowerer| vec![lowerer.zero_number(ty)])[0]
        })
    }

    fn sum_of_map(&mut self, args: &'p Args, ty: &Ty, list: Span, span: Span) -> Value {
        let (source, _, function) = self.source_and_function(args, 1);
        let param = super::library::element_param(args, 1);
        let length = self.source_length(&source);
        self.sum_of(length, ty, Report::AtEnd, span, |lowerer, index| {
            let value = lowerer.source_element(&source, index);
            let value = lowerer.element_for(&source, value, param, list);
            lowerer.apply(&function, vec![Binding::Value(value)], list)[0]
        })
    }

    /// The sum of what a function gives for each position.
    fn sum_of(
        &mut self,
        length: Value,
        ty: &Ty,
        report: Report,
        span: Span,
        addend: impl FnOnce(&mut Self, Value) -> Value,
    ) -> Value {
        let initial = self.zero_number(ty);
        if *ty == Ty::Float {
            let the_loop = self.start_loop(length, vec![initial]);
            let value = addend(self, the_loop.index);
            let next = self.b().float_op(FloatOp::Add, the_loop.carried[0], value);
            return self.end_loop(&the_loop, vec![next])[0];
        }
        let site = self.site(TrapKind::NumericOverflow, span);
        self.sum_in_blocks(length, initial, site, report, addend)
    }

    /// A reduction to an Int that adds something to what it has in each round; none where it is another.
    pub(super) fn reduce_by_adding(
        &mut self,
        source: &Source,
        initial: &[Value],
        function: &FunctionValue<'p>,
        element: impl FnOnce(&mut Self, Value) -> Flat,
    ) -> Option<Flat> {
        let FunctionValue::Known { closure, outside } = function else { return None };
        let addend = addend(closure)?;
        if !self.goes_in_place(function, closure) {
            return None;
        }
        let length = self.source_length(source);
        let site = self.site(TrapKind::NumericOverflow, closure.body.span);
        let sum = self.sum_in_blocks(length, initial[0], site, Report::AtOnce, |lowerer, index| {
            let args = vec![Binding::Unavailable, Binding::Value(element(lowerer, index))];
            lowerer.with_bound(closure, outside, args, |lowerer| lowerer.scalar(addend))
        });
        Some(vec![sum])
    }

    fn sum_in_blocks(
        &mut self,
        length: Value,
        initial: Value,
        site: SiteId,
        report: Report,
        addend: impl FnOnce(&mut Self, Value) -> Value,
    ) -> Value {
        let outer = self.b().create_block(&[Type::Int, Type::Int, Type::Bool]);
        let (start, done) = (self.b().create_block(&[]), self.b().create_block(&[]));
        let (zero, no) = (self.b().int(0), self.b().bool(false));
        self.b().jump(outer, vec![zero, initial, no]);
        self.b().switch_to(outer);
        let params = self.b().block_params(outer);
        let (first, sum) = (params[0], Sum { value: params[1], overflowed: params[2] });
        let more = self.b().int_compare(IntCondition::UnsignedLt, first, length);
        self.b().branch(more, start, done);
        self.b().switch_to(start);
        let end = self.end_of_block(first, length, sum.value);
        self.block_loop(outer, (first, end), sum, (site, report), addend);
        self.b().switch_to(done);
        if report == Report::AtEnd {
            let fits = self.b().not(sum.overflowed);
            self.b().guard(fits, site);
        }
        sum.value
    }

    /// Where the block that starts here ends. That is not behind the length, and positions are compared without a sign, so that LLVM
    /// sees what a position can be.
    fn end_of_block(&mut self, first: Value, length: Value, sum: Value) -> Value {
        let is_modest = self.is_within(sum, MODEST);
        let (block, one) = (self.b().int(BLOCK), self.b().int(1));
        let most = self.b().select(is_modest, block, one);
        let left = self.b().wrap(WrapOp::Sub, length, first);
        let is_last = self.b().int_compare(IntCondition::Lt, left, most);
        let count = self.b().select(is_last, left, most);
        let end = self.b().wrap(WrapOp::Add, first, count);
        let is_inside = self.b().int_compare(IntCondition::UnsignedLt, end, length);
        self.b().select(is_inside, end, length)
    }

    /// The rounds of a block, from one position up to another, and the ways out of it: at its end, and behind a large addend.
    fn block_loop(
        &mut self,
        outer: Block,
        (first, end): (Value, Value),
        sum: Sum,
        (site, report): (SiteId, Report),
        addend: impl FnOnce(&mut Self, Value) -> Value,
    ) {
        let inner = self.b().create_block(&[Type::Int, Type::Int]);
        let [body, large, flush] = std::array::from_fn(|_| self.b().create_block(&[]));
        let zero = self.b().int(0);
        self.b().jump(inner, vec![first, zero]);
        self.b().switch_to(inner);
        let params = self.b().block_params(inner);
        let (index, partial) = (params[0], params[1]);
        let more = self.b().int_compare(IntCondition::UnsignedLt, index, end);
        self.b().branch(more, body, flush);
        self.b().switch_to(body);
        // What a round evaluates is in a cell, or not there in the next.
        self.frame.entries.start_way();
        let value = addend(self, index);
        let one = self.b().int(1);
        let next = self.b().wrap(WrapOp::Add, index, one);
        let is_small = self.is_within(value, SMALL);
        let added = self.b().wrap(WrapOp::Add, partial, value);
        self.b().branch_with(is_small, relon_ir::Target { block: inner, args: vec![next, added] }, target(large));
        self.frame.entries.end_way();
        self.b().switch_to(large);
        // Small addends to a modest sum, or no addends at all.
        let before = Sum { value: self.b().wrap(WrapOp::Add, sum.value, partial), ..sum };
        self.jump_with_sum(outer, next, before, value, (site, report));
        self.b().switch_to(flush);
        self.jump_with_sum(outer, end, sum, partial, (site, report));
    }

    /// Goes on behind a block with what it adds to the sum.
    fn jump_with_sum(&mut self, outer: Block, next: Value, sum: Sum, more: Value, (site, report): (SiteId, Report)) {
        let Sum { value, overflowed } = match report {
            Report::AtOnce => Sum { value: self.b().int_checked(IntOp::Add, sum.value, more, site), ..sum },
            Report::AtEnd => self.add_noting_overflow(sum, more),
        };
        self.b().jump(outer, vec![next, value, overflowed]);
    }

    fn add_noting_overflow(&mut self, sum: Sum, more: Value) -> Sum {
        let value = self.b().wrap(WrapOp::Add, sum.value, more);
        let zero = self.b().int(0);
        let adds = self.b().int_compare(IntCondition::Ge, more, zero);
        let grew = self.b().int_compare(IntCondition::Ge, value, sum.value);
        let wrapped = self.b().bool_op(BoolOp::Xor, adds, grew);
        Sum { value, overflowed: self.b().bool_op(BoolOp::Or, sum.overflowed, wrapped) }
    }

    /// Whether a value is at least `-bound` and less than it.
    fn is_within(&mut self, value: Value, bound: i64) -> Value {
        let (bound, size) = (self.b().int(bound), self.b().int(bound.wrapping_mul(2)));
        let shifted = self.b().wrap(WrapOp::Add, value, bound);
        self.b().int_compare(IntCondition::UnsignedLt, shifted, size)
    }
}

/// What the function of a reduction to an Int adds to its first parameter, if that is all it does.
fn addend<'p>(closure: &'p Closure) -> Option<&'p Expr> {
    let ExprKind::Arith(ArithOp::Add, a, b) = &closure.body.kind else { return None };
    let total = closure.params[0];
    let is_total = |expr: &Expr| matches!(expr.kind, ExprKind::Local(id) if id == total);
    let added: &'p Expr = match (is_total(a), is_total(b)) {
        (true, false) => b,
        (false, true) => a,
        _ => return None,
    };
    (closure.body.ty == Ty::Int && !mentions(added, total)).then_some(added)
}

fn mentions(expr: &Expr, local: LocalId) -> bool {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        let mut found = matches!(expr.kind, ExprKind::Local(id) if id == local);
        crate::hir::each_child(expr, &mut |child| found |= mentions(child, local));
        found
    })
}
