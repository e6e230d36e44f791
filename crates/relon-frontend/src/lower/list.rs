//! Lists: literals, comprehensions, and what loops go through.

use relon_ir::layout::Layout;
use relon_ir::{IntCondition, Span, Value, WrapOp};
use relon_natives::TrapKind;

use super::control::Source;
use super::function::Binding;
use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::{Comprehension, Expr, ExprKind, Library, ListItem, Ty};

/// A part of a list literal.
enum Part {
    Item(Flat),
    Spread(Flat),
}

impl<'p> Lowerer<'p> {
    /// Room for so many elements; traps where the arena's limit is reached.
    pub(super) fn alloc_list(&mut self, element: &Form, count: Value, span: Span) -> Value {
        let layout = self.layout(element);
        let stride = self.b().int(i64::from(layout.size));
        // The size must not wrap around, which it could only for a count that no memory holds.
        let most = self.b().int(i64::from(u32::MAX) * 256);
        let site = self.site(TrapKind::ValueTooLarge, span);
        let sane = self.b().int_compare(IntCondition::UnsignedLt, count, most);
        self.b().guard(sane, site);
        let size = self.b().wrap(WrapOp::Mul, count, stride);
        self.alloc(size, layout, span)
    }

    /// Room for so many bytes of values with this layout.
    pub(super) fn alloc(&mut self, size: Value, layout: Layout, span: Span) -> Value {
        let align = self.b().int(i64::from(layout.align.max(1)));
        let site = self.site(TrapKind::ValueTooLarge, span);
        let state = self.b().context();
        let address = self.helper("relon_std_alloc", vec![state, size, align]);
        let nowhere = self.b().null();
        let found = self.b().int_compare(IntCondition::Ne, address, nowhere);
        self.b().guard(found, site);
        address
    }

    pub(super) fn list(&mut self, items: &'p [ListItem], ty: &Ty, span: Span) -> Flat {
        let Ty::List(element) = ty else { return Vec::new() };
        let form = Form::plain(element);
        let mut parts = Vec::new();
        let mut count = self.b().int(0);
        for item in items {
            let (part, more) = match item {
                ListItem::Item(value) => (Part::Item(self.expr(value)), self.b().int(1)),
                ListItem::Spread(value) => {
                    let flat = self.expr(value);
                    let more = flat[1];
                    (Part::Spread(flat), more)
                }
            };
            parts.push(part);
            count = self.b().wrap(WrapOp::Add, count, more);
        }
        if parts.is_empty() {
            return vec![self.empty_address(), count];
        }
        let address = self.alloc_list(&form, count, span);
        let stride = self.layout(&form).size;
        let stride = self.b().int(i64::from(stride));
        let mut place = address;
        for part in parts {
            let bytes = match part {
                Part::Item(flat) => {
                    self.store(&form, place, 0, &flat);
                    stride
                }
                Part::Spread(flat) => {
                    let bytes = self.b().wrap(WrapOp::Mul, flat[1], stride);
                    self.b().copy(place, flat[0], bytes);
                    bytes
                }
            };
            place = self.b().offset(place, bytes);
        }
        vec![address, count]
    }

    /// What a loop goes through; a `range` needs no list.
    pub(super) fn source(&mut self, expr: &'p Expr) -> Source {
        if let ExprKind::Library(Library::Range, args) = &expr.kind {
            return self.range(args);
        }
        let flat = self.expr(expr);
        match &expr.ty {
            Ty::List(element) => self.list_source(&flat, element),
            _ => Source::Range { start: flat[0], end: flat[0], length: flat[0] },
        }
    }

    /// A range; an empty one has length 0.
    pub(super) fn range(&mut self, args: &'p crate::hir::Args) -> Source {
        let values: Vec<Value> = self.bindings(args).into_iter().filter_map(scalar).collect();
        let zero = self.b().int(0);
        let (start, end) = match values.as_slice() {
            [end] => (zero, *end),
            _ => (values[0], values[1]),
        };
        let is_empty = self.b().int_compare(IntCondition::Ge, start, end);
        // Where it is not empty the difference can still be larger than an Int; such a range is longer than any loop.
        let length = self.b().wrap(WrapOp::Sub, end, start);
        let is_huge = self.b().int_compare(IntCondition::Lt, length, zero);
        let most = self.b().int(i64::MAX);
        let length = self.b().select(is_huge, most, length);
        let length = self.b().select(is_empty, zero, length);
        Source::Range { start, end, length }
    }

    pub(super) fn comprehension(&mut self, node: &'p Comprehension, ty: &Ty, span: Span) -> Flat {
        let Ty::List(element) = ty else { return Vec::new() };
        let source = self.source(&node.source);
        self.prepare(&node.body);
        node.condition.iter().for_each(|condition| self.prepare(condition));
        self.build_list(&source, element, span, |lowerer, index, value| {
            lowerer.frame.locals.insert(node.var, Binding::Value(value));
            if let Some(position) = node.index {
                lowerer.frame.locals.insert(position, Binding::Value(vec![index]));
            }
            let keep = node.condition.as_ref().map(|condition| lowerer.scalar(condition));
            (keep, |lowerer: &mut Self| lowerer.expr(&node.body))
        })
    }

    /// A new list with one element for each of the source's, or for those where the condition holds.
    pub(super) fn build_list<B>(
        &mut self,
        source: &Source,
        element: &Ty,
        span: Span,
        body: impl FnOnce(&mut Self, Value, Flat) -> (Option<Value>, B),
    ) -> Flat
    where
        B: FnOnce(&mut Self) -> Flat,
    {
        let form = Form::plain(element);
        let length = self.source_length(source);
        let address = self.alloc_list(&form, length, span);
        let zero = self.b().int(0);
        let the_loop = self.start_loop(length, vec![zero]);
        let value = self.source_element(source, the_loop.index);
        let (keep, value) = body(self, the_loop.index, value);
        let count = the_loop.carried[0];
        let next = match keep {
            None => self.push_element(address, count, &form, value),
            Some(keep) => {
                let flat = self.either(
                    keep,
                    |lowerer| vec![lowerer.push_element(address, count, &form, value)],
                    |_| vec![count],
                );
                flat[0]
            }
        };
        let count = self.end_loop(&the_loop, vec![next])[0];
        vec![address, count]
    }

    /// Writes an element behind the others; gives the new number of elements.
    fn push_element(
        &mut self,
        address: Value,
        count: Value,
        form: &Form,
        value: impl FnOnce(&mut Self) -> Flat,
    ) -> Value {
        let flat = value(self);
        let place = self.element_address(address, count, form);
        self.store(form, place, 0, &flat);
        let one = self.b().int(1);
        self.b().wrap(WrapOp::Add, count, one)
    }
}

/// The scalar of a binding that has one.
pub(super) fn scalar(binding: Binding<'_>) -> Option<Value> {
    match binding {
        Binding::Value(flat) => flat.first().copied(),
        Binding::Function(_) | Binding::Cell(_) | Binding::Unavailable => None,
    }
}
