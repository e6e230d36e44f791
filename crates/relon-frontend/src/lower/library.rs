//! Library functions that take functions or work on any element type: loops, written out for each use.

use std::sync::Arc;

use relon_ir::{IntCondition, IntOp, Span, Value, WrapOp};
use relon_natives::TrapKind;

use super::control::Source;
use super::function::{Binding, FunctionValue};
use super::list::scalar;
use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::{Args, Expr, Library, OrderOp, Ty};

impl<'p> Lowerer<'p> {
    pub(super) fn library(&mut self, function: Library, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        match function {
            Library::Len => vec![self.length(args)],
            Library::TypeOf => self.type_of(args),
            Library::IsEmpty => {
                let (flat, _) = self.first_argument(args);
                let zero = self.b().int(0);
                vec![self.b().int_compare(IntCondition::Eq, flat[1], zero)]
            }
            Library::Range => self.range_list(args, span),
            Library::Map => self.map(args, ty, span),
            Library::Filter => self.filter(args, ty, span),
            Library::Reduce => self.reduce(args, ty, span),
            Library::Every => vec![self.every(args, true, span)],
            Library::SomeOf => vec![self.every(args, false, span)],
            Library::Contains => vec![self.contains(args)],
            Library::Unique => vec![self.unique(args)],
            Library::Sum => self.sum(args, ty, span),
            Library::Avg => self.average(args, ty, span),
            Library::ListMax => self.extreme(args, OrderOp::Gt, ty, span),
            Library::ListMin => self.extreme(args, OrderOp::Lt, ty, span),
            Library::First => self.at_end(args, false, span),
            Library::Last => self.at_end(args, true, span),
            Library::Compact => self.compact(args, ty, span),
            Library::Flatten => self.flatten(args, ty, span),
            Library::Join => self.join(args, span),
            Library::Keys => self.keys(args, span),
            Library::Values => self.values(args, ty, span),
            Library::HasKey => vec![self.has_key(args)],
            Library::Abs => vec![self.absolute(args, ty, span)],
            Library::Max => vec![self.larger(args, OrderOp::Gt, ty)],
            Library::Min => vec![self.larger(args, OrderOp::Lt, ty)],
            Library::Clamp => vec![self.clamp(args, ty)],
        }
    }

    /// The arguments by parameter, with their types.
    fn arguments(&mut self, args: &'p Args) -> Vec<(Flat, &'p Ty)> {
        let types = ordered(args).into_iter().map(|value| &value.ty);
        let flats = self.bindings(args).into_iter().map(|binding| match binding {
            Binding::Value(flat) => flat,
            Binding::Function(_) | Binding::Cell(_) | Binding::Unavailable => Vec::new(),
        });
        flats.collect::<Vec<_>>().into_iter().zip(types).collect()
    }

    fn first_argument(&mut self, args: &'p Args) -> (Flat, &'p Ty) {
        self.arguments(args).swap_remove(0)
    }

    fn numbers(&mut self, args: &'p Args) -> Vec<Value> {
        self.bindings(args).into_iter().filter_map(scalar).collect()
    }

    /// The source of a loop and the function that is applied to its elements. Arguments are evaluated as they are written.
    pub(super) fn source_and_function(&mut self, args: &'p Args, at: usize) -> (Source, Vec<Flat>, FunctionValue<'p>) {
        let mut source = None;
        let mut others = Vec::new();
        let mut function = None;
        for (value, position) in args.values.iter().zip(&args.positions) {
            match *position {
                0 => source = Some(self.source(value)),
                position if position == at => function = Some(self.function_value(value)),
                _ => others.push(self.expr(value)),
            }
        }
        let source = source.expect("a list is the first argument");
        (source, others, function.expect("a function is among the arguments"))
    }

    /// An element as a function takes it: what it declares completes the type of an empty literal.
    pub(super) fn element_for(&mut self, source: &Source, value: Flat, param: &Ty, span: Span) -> Flat {
        match source {
            Source::Range { .. } => value,
            Source::List { element, .. } => self.convert(value, element, param, span),
        }
    }

    fn length(&mut self, args: &'p Args) -> Value {
        let (flat, ty) = self.first_argument(args);
        match ty {
            Ty::Record(id) => {
                let count = self.record(*id).fields.len() as i64;
                self.b().int(count)
            }
            _ => flat[1],
        }
    }

    fn type_of(&mut self, args: &'p Args) -> Flat {
        let (_, ty) = self.first_argument(args);
        let name = match ty {
            Ty::Int => "Int",
            Ty::Float => "Float",
            Ty::Bool => "Bool",
            Ty::String => "String",
            Ty::List(_) => "List",
            Ty::Tuple(_) => "Tuple",
            Ty::Closure(_) => "Closure",
            Ty::Dict(_)
            | Ty::Record(_)
            | Ty::Option(_)
            | Ty::Result(..)
            | Ty::Enum(_)
            | Ty::Type
            | Ty::Never
            | Ty::Error => "Dict",
        };
        self.text(name)
    }

    fn range_list(&mut self, args: &'p Args, span: Span) -> Flat {
        let source = self.range(args);
        self.build_list(&source, &Ty::Int, span, |_, _, value| (None, |_: &mut Self| value))
    }

    fn map(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        let (source, _, function) = self.source_and_function(args, 1);
        let Ty::List(element) = ty else { return Vec::new() };
        let param = element_param(args, 1);
        self.build_list(&source, element, span, |lowerer, _, value| {
            let value = lowerer.element_for(&source, value, param, span);
            (None, move |lowerer: &mut Self| lowerer.apply(&function, vec![Binding::Value(value)], span))
        })
    }

    fn filter(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        let (source, _, function) = self.source_and_function(args, 1);
        let Ty::List(element) = ty else { return Vec::new() };
        let param = element_param(args, 1);
        self.build_list(&source, element, span, |lowerer, _, value| {
            let given = lowerer.element_for(&source, value.clone(), param, span);
            let keep = lowerer.apply(&function, vec![Binding::Value(given)], span)[0];
            (Some(keep), |_: &mut Self| value)
        })
    }

    fn reduce(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        let initial_ty = ordered(args)[1].ty.clone();
        let (source, initial, function) = self.source_and_function(args, 2);
        let initial = self.convert(initial.concat(), &initial_ty, ty, span);
        let element = |lowerer: &mut Self, index: Value| {
            let value = lowerer.source_element(&source, index);
            lowerer.element_for(&source, value, element_param(args, 2), span)
        };
        if let Some(sum) = self.reduce_by_adding(&source, &initial, &function, element) {
            return sum;
        }
        let length = self.source_length(&source);
        let the_loop = self.start_loop(length, initial);
        let value = element(self, the_loop.index);
        let accumulator = Binding::Value(the_loop.carried.clone());
        let next = self.apply(&function, vec![accumulator, Binding::Value(value)], span);
        self.end_loop(&the_loop, next)
    }

    /// Whether all elements pass, or any does; stops as soon as that is known.
    fn every(&mut self, args: &'p Args, all: bool, span: Span) -> Value {
        let (source, _, function) = self.source_and_function(args, 1);
        let length = self.source_length(&source);
        let start = self.b().bool(all);
        let the_loop = self.start_loop(length, vec![start]);
        let value = self.source_element(&source, the_loop.index);
        let value = self.element_for(&source, value, element_param(args, 1), span);
        let holds = self.apply(&function, vec![Binding::Value(value)], span)[0];
        let decided = if all { self.b().not(holds) } else { holds };
        let answer = self.b().bool(!all);
        self.break_if(&the_loop, decided, vec![answer]);
        let carried = the_loop.carried.clone();
        self.end_loop(&the_loop, carried)[0]
    }

    fn contains(&mut self, args: &'p Args) -> Value {
        let mut arguments = self.arguments(args);
        let (wanted, _) = arguments.swap_remove(1);
        let (list, ty) = arguments.swap_remove(0);
        let Ty::List(element) = ty else { return wanted[0] };
        let no = self.b().bool(false);
        let source = self.list_source(&list, element);
        let the_loop = self.start_loop(list[1], vec![no]);
        let value = self.source_element(&source, the_loop.index);
        let equal = if **element == Ty::Never { no } else { self.equal_values(element, &value, &wanted) };
        let yes = self.b().bool(true);
        self.break_if(&the_loop, equal, vec![yes]);
        let carried = the_loop.carried.clone();
        self.end_loop(&the_loop, carried)[0]
    }

    /// No two elements are equal: each is compared with those before it.
    fn unique(&mut self, args: &'p Args) -> Value {
        let (list, ty) = self.first_argument(args);
        let Ty::List(element) = ty else { return list[1] };
        let source = self.list_source(&list, element);
        let (yes, no) = (self.b().bool(true), self.b().bool(false));
        let outer = self.start_loop(list[1], vec![yes]);
        let value = self.source_element(&source, outer.index);
        let inner = self.start_loop(outer.index, vec![yes]);
        let other = self.source_element(&source, inner.index);
        let equal = self.equal_values(element, &value, &other);
        self.break_if(&inner, equal, vec![no]);
        let carried = inner.carried.clone();
        let unlike = self.end_loop(&inner, carried)[0];
        let repeated = self.b().not(unlike);
        self.break_if(&outer, repeated, vec![no]);
        self.end_loop(&outer, vec![yes])[0]
    }

    /// Folds the numbers of a list that is the first argument.
    fn fold(&mut self, source: &Source, initial: Value, step: impl FnOnce(&mut Self, Value, Value) -> Value) -> Value {
        let length = self.source_length(source);
        let the_loop = self.start_loop(length, vec![initial]);
        let value = self.source_element(source, the_loop.index)[0];
        let next = step(self, the_loop.carried[0], value);
        self.end_loop(&the_loop, vec![next])[0]
    }

    pub(super) fn zero_number(&mut self, ty: &Ty) -> Value {
        match ty {
            Ty::Float => self.b().float(0.0),
            _ => self.b().int(0),
        }
    }

    fn average(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        let source = self.source(&args.values[0]);
        let length = self.source_length(&source);
        self.guard_not_empty(length, span);
        let total = self.total(&source, ty, span);
        let average = match ty {
            Ty::Float => {
                let count = self.b().int_to_float(length);
                self.b().float_op(relon_ir::FloatOp::Div, total, count)
            }
            _ => self.int_divide(IntOp::Div, total, length, span),
        };
        vec![average]
    }

    fn guard_not_empty(&mut self, length: Value, span: Span) {
        let site = self.site(TrapKind::EmptyList, span);
        let zero = self.b().int(0);
        let has_some = self.b().int_compare(IntCondition::Gt, length, zero);
        self.b().guard(has_some, site);
    }

    fn extreme(&mut self, args: &'p Args, op: OrderOp, ty: &Ty, span: Span) -> Flat {
        let source = self.source(&args.values[0]);
        let length = self.source_length(&source);
        self.guard_not_empty(length, span);
        let zero = self.b().int(0);
        let first = self.source_element(&source, zero)[0];
        let best = self.fold(&source, first, |lowerer, best, value| {
            let better = lowerer.compare_numbers(op, ty, value, best);
            lowerer.b().select(better, value, best)
        });
        vec![best]
    }

    fn at_end(&mut self, args: &'p Args, last: bool, span: Span) -> Flat {
        let source = self.source(&args.values[0]);
        let length = self.source_length(&source);
        self.guard_not_empty(length, span);
        let one = self.b().int(1);
        match (last, &source) {
            (false, _) => {
                let zero = self.b().int(0);
                self.source_element(&source, zero)
            }
            (true, Source::Range { end, .. }) => vec![self.b().wrap(WrapOp::Sub, *end, one)],
            (true, Source::List { .. }) => {
                let index = self.b().wrap(WrapOp::Sub, length, one);
                self.source_element(&source, index)
            }
        }
    }

    fn compact(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        let source = self.source(&args.values[0]);
        let Ty::List(element) = ty else { return Vec::new() };
        self.build_list(&source, element, span, |lowerer, _, value| {
            let keep = value.first().copied().unwrap_or_else(|| lowerer.b().bool(false));
            (Some(keep), |_: &mut Self| value)
        })
    }

    fn flatten(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        let (list, list_ty) = self.first_argument(args);
        let (Ty::List(element), Ty::List(inner)) = (ty, list_ty) else { return list };
        if **inner == Ty::Never {
            return list;
        }
        let source = self.list_source(&list, inner);
        let zero = self.b().int(0);
        let counting = self.start_loop(list[1], vec![zero]);
        let length = self.source_element(&source, counting.index)[1];
        let count = self.b().wrap(WrapOp::Add, counting.carried[0], length);
        let count = self.end_loop(&counting, vec![count])[0];
        let form = Form::plain(element);
        let address = self.alloc_list(&form, count, span);
        let stride = self.layout(&form).size;
        let stride = self.b().int(i64::from(stride));
        let copying = self.start_loop(list[1], vec![address]);
        let part = self.source_element(&source, copying.index);
        let bytes = self.b().wrap(WrapOp::Mul, part[1], stride);
        self.b().copy(copying.carried[0], part[0], bytes);
        let next = self.b().offset(copying.carried[0], bytes);
        self.end_loop(&copying, vec![next]);
        vec![address, count]
    }

    fn join(&mut self, args: &'p Args, span: Span) -> Flat {
        let mut arguments = self.arguments(args);
        let (separator, _) = arguments.swap_remove(1);
        let (list, ty) = arguments.swap_remove(0);
        let Ty::List(element) = ty else { return list };
        let texts = match &**element {
            Ty::String | Ty::Never => list,
            element => {
                let source = self.list_source(&list, element);
                self.build_list(&source, &Ty::String, span, |_, _, value| {
                    (None, move |lowerer: &mut Self| lowerer.text_of(value, element, span))
                })
            }
        };
        let out = self.b().stack_slot(16, 8);
        let site = self.site(TrapKind::ValueTooLarge, span);
        let values = vec![texts[0], texts[1], separator[0], separator[1], out];
        self.helper_or_trap("relon_std_join", values, site);
        self.load(&Form::plain(&Ty::String), out, 0)
    }

    /// The names of a record's fields in order.
    fn names(&self, ty: &Ty) -> Vec<&'p str> {
        let Ty::Record(id) = ty else { return Vec::new() };
        let mut names: Vec<&str> = self.record(*id).fields.iter().map(|field| field.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    fn keys(&mut self, args: &'p Args, span: Span) -> Flat {
        let (dict, ty) = self.first_argument(args);
        if let Ty::Dict(value) = ty {
            let source = self.list_source(&dict, &super::dict::entry_form(value).ty);
            return self
                .build_list(&source, &Ty::String, span, |_, _, entry| (None, move |_: &mut Self| entry[..2].to_vec()));
        }
        let names = self.names(ty);
        let form = Form::plain(&Ty::String);
        let count = self.b().int(names.len() as i64);
        let address = self.alloc_list(&form, count, span);
        for (name, index) in names.into_iter().zip(0u32..) {
            let text = self.text(name);
            self.store(&form, address, index * 16, &text);
        }
        vec![address, count]
    }

    fn values(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Flat {
        let (dict, dict_ty) = self.first_argument(args);
        let Ty::List(element) = ty else { return Vec::new() };
        let dict = self.convert(dict, dict_ty, &Ty::Dict(Arc::clone(element)), span);
        let source = self.list_source(&dict, &super::dict::entry_form(element).ty);
        self.build_list(&source, element, span, |_, _, entry| (None, move |_: &mut Self| entry[2..].to_vec()))
    }

    fn has_key(&mut self, args: &'p Args) -> Value {
        let mut arguments = self.arguments(args);
        let (key, _) = arguments.swap_remove(1);
        let (dict, ty) = arguments.swap_remove(0);
        let zero = self.b().int(0);
        if let Ty::Dict(value) = ty {
            let position = self.find(&dict, &key, value);
            return self.b().int_compare(IntCondition::Ge, position, zero);
        }
        let mut found = self.b().bool(false);
        for name in self.names(ty) {
            let text = self.text(name);
            let equal = self.equal_values(&Ty::String, &key, &text);
            found = self.b().bool_op(relon_ir::BoolOp::Or, found, equal);
        }
        found
    }

    fn absolute(&mut self, args: &'p Args, ty: &Ty, span: Span) -> Value {
        let value = self.numbers(args)[0];
        if *ty == Ty::Float {
            return self.b().float_abs(value);
        }
        let zero = self.b().int(0);
        let negative = self.b().int_compare(IntCondition::Lt, value, zero);
        let flat =
            self.either(negative, |lowerer| vec![lowerer.int_op(IntOp::Sub, zero, value, span)], |_| vec![value]);
        flat[0]
    }

    /// The first of two numbers where the comparison holds, else the second.
    fn larger(&mut self, args: &'p Args, op: OrderOp, ty: &Ty) -> Value {
        let values = self.numbers(args);
        let first = self.compare_numbers(op, ty, values[0], values[1]);
        self.b().select(first, values[0], values[1])
    }

    fn clamp(&mut self, args: &'p Args, ty: &Ty) -> Value {
        let values = self.numbers(args);
        let (value, low, high) = (values[0], values[1], values[2]);
        let above = self.compare_numbers(OrderOp::Gt, ty, value, high);
        let upper = self.b().select(above, high, value);
        let below = self.compare_numbers(OrderOp::Lt, ty, value, low);
        self.b().select(below, low, upper)
    }
}

/// The type of the last parameter of the function that is an argument, which takes the elements.
pub(super) fn element_param(args: &Args, at: usize) -> &Ty {
    match &ordered(args)[at].ty {
        Ty::Closure(ty) => ty.params.last().expect("a function for elements takes one"),
        _ => unreachable!("the checker saw to it that the argument is a function"),
    }
}

/// The argument expressions by parameter.
fn ordered(args: &Args) -> Vec<&Expr> {
    let mut pairs: Vec<_> = args.positions.iter().zip(&args.values).collect();
    pairs.sort_by_key(|(position, _)| **position);
    pairs.into_iter().map(|(_, value)| value).collect()
}
