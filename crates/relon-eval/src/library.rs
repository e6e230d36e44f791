//! Library functions that are generic or take functions. Everything else in the library is a native.

use relon_frontend::Span;
use relon_frontend::hir::{Args, ArithOp, Library, OrderOp, Ty};
use relon_natives::TrapKind;

use crate::adapt::Adaption;
use crate::env::Env;
use crate::evaluator::Evaluator;
use crate::failure::{Failure, Outcome};
use crate::list::Source;
use crate::number::{compare, int_arith};
use crate::value::{Value, defect};

impl<'v> Evaluator<'v> {
    pub(crate) fn library(
        &self,
        function: Library,
        args: &'v Args,
        ty: &'v Ty,
        env: &Env<'v>,
        span: Span,
    ) -> Outcome<Value<'v>> {
        match function {
            Library::Len => Ok(Value::Int(length(self.arguments(args, env)?[0]) as i64)),
            Library::TypeOf => Ok(Value::String(type_name(self.arguments(args, env)?[0]))),
            Library::IsEmpty => Ok(Value::Bool(self.arguments(args, env)?[0].list().is_empty())),
            Library::Range => self.range_list(args, env, span),
            Library::Map => self.map(args, env, span),
            Library::Filter => self.filter(args, env, span),
            Library::Reduce => self.reduce(args, ty, env, span),
            Library::Every => Ok(Value::Bool(!self.finds(args, false, env, span)?)),
            Library::SomeOf => Ok(Value::Bool(self.finds(args, true, env, span)?)),
            Library::Contains => self.contains(args, env, span),
            Library::Unique => self.unique(args, env, span),
            Library::Sum => total(self.source_of(args, env)?, ty, span),
            Library::Avg => average(self.source_of(args, env)?, ty, span),
            Library::ListMax => extreme(self.source_of(args, env)?, OrderOp::Gt, span),
            Library::ListMin => extreme(self.source_of(args, env)?, OrderOp::Lt, span),
            Library::First => self.source_of(args, env)?.items().next().ok_or_else(|| empty(span)),
            Library::Last => last(self.source_of(args, env)?, span),
            Library::Compact => self.compact(args, env, span),
            Library::Flatten => self.flatten(args, env, span),
            Library::Join => self.join(args, env, span),
            Library::Keys => self.keys(args, env, span),
            Library::Values => self.values(args, ty, env, span),
            Library::HasKey => self.has_key(args, env),
            Library::Abs => absolute(self.arguments(args, env)?[0], span),
            Library::Max => Ok(choose(OrderOp::Gt, &self.arguments(args, env)?)),
            Library::Min => Ok(choose(OrderOp::Lt, &self.arguments(args, env)?)),
            Library::Clamp => Ok(clamp(&self.arguments(args, env)?)),
        }
    }

    /// The list that a function goes through, and its other arguments by parameter. All are evaluated as they are written.
    fn source_and_others(&self, args: &'v Args, env: &Env<'v>) -> Outcome<(Source<'v>, Vec<Value<'v>>)> {
        let (mut source, mut others) = (None, Vec::new());
        for (expr, position) in args.values.iter().zip(&args.positions) {
            match position {
                0 => source = Some(self.source(expr, env)?),
                _ => others.push((*position, self.expr(expr, env)?)),
            }
        }
        others.sort_by_key(|(position, _)| *position);
        let source = source.unwrap_or_else(|| defect("a list is the first argument"));
        Ok((source, others.into_iter().map(|(_, value)| value).collect()))
    }

    fn source_of(&self, args: &'v Args, env: &Env<'v>) -> Outcome<Source<'v>> {
        Ok(self.source_and_others(args, env)?.0)
    }

    fn range_list(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let source = self.range(args, env)?;
        self.take_list(source.len(), span)?;
        Ok(Value::List(self.heap.list(source.items().collect())))
    }

    /// Room is taken for all elements of the source first, as for every list that a loop makes.
    fn map(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let (source, others) = self.source_and_others(args, env)?;
        let function = others[0].function();
        self.take_list(source.len(), span)?;
        let values = source.items().map(|value| self.apply(function, &[value], span)).collect::<Outcome<_>>()?;
        Ok(Value::List(self.heap.list(values)))
    }

    fn filter(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let (source, others) = self.source_and_others(args, env)?;
        let function = others[0].function();
        self.take_list(source.len(), span)?;
        let mut kept = Vec::new();
        for value in source.items() {
            if self.apply(function, &[value], span)?.bool() {
                kept.push(value);
            }
        }
        Ok(Value::List(self.heap.list(kept)))
    }

    fn reduce(&self, args: &'v Args, ty: &'v Ty, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let (source, others) = self.source_and_others(args, env)?;
        let function = others[1].function();
        let initial = self.adapt(others[0], ty_of(args, 1), ty, Adaption::unchecked(span))?;
        source.items().try_fold(initial, |sum, value| self.apply(function, &[sum, value], span))
    }

    /// Whether the function gives the wanted answer for an element; no element after the first such one is looked at.
    fn finds(&self, args: &'v Args, wanted: bool, env: &Env<'v>, span: Span) -> Outcome<bool> {
        let (source, others) = self.source_and_others(args, env)?;
        let function = others[0].function();
        for value in source.items() {
            if self.apply(function, &[value], span)?.bool() == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn contains(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let values = self.arguments(args, env)?;
        Ok(Value::Bool(self.holds(element_of(ty_of(args, 0)), values[0].list(), values[1], span)?))
    }

    /// Whether one of the items equals a value.
    fn holds(&self, ty: &Ty, items: &'v [Value<'v>], wanted: Value<'v>, span: Span) -> Outcome<bool> {
        for item in items {
            if self.equal_values(ty, *item, wanted, span)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Each item is compared with those before it.
    fn unique(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let items = self.arguments(args, env)?[0].list();
        for (index, item) in items.iter().enumerate() {
            if self.holds(element_of(ty_of(args, 0)), &items[..index], *item, span)? {
                return Ok(Value::Bool(false));
            }
        }
        Ok(Value::Bool(true))
    }

    fn compact(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let source = self.source_of(args, env)?;
        self.take_list(source.len(), span)?;
        let kept = source.items().filter(|value| !matches!(value, Value::Option(None))).collect();
        Ok(Value::List(self.heap.list(kept)))
    }

    fn flatten(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let lists = self.arguments(args, env)?[0].list();
        self.take_list(lists.iter().map(|list| list.list().len()).sum(), span)?;
        Ok(Value::List(self.heap.list(lists.iter().flat_map(|list| list.list()).copied().collect())))
    }

    fn join(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let args = self.arguments(args, env)?;
        let texts = args[0].list().iter().map(|item| self.text_of(*item, span)).collect::<Outcome<Vec<_>>>()?;
        self.join_texts(&texts, args[1].text(), span)
    }

    fn keys(&self, args: &'v Args, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let map = self.arguments(args, env)?[0].map();
        Ok(Value::List(self.new_list(map.keys().map(|key| Value::String(key)).collect(), span)?))
    }

    /// The values in the order of their keys, with the element type of the result.
    fn values(&self, args: &'v Args, ty: &'v Ty, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let dict = self.arguments(args, env)?[0];
        let how = Adaption::unchecked(span);
        let value = |(key, value): (&&str, &Value<'v>)| match ty_of(args, 0) {
            Ty::Record(id) => self.adapt(*value, self.field_ty(*id, key), element_of(ty), how),
            dict => self.adapt(*value, element_of(dict), element_of(ty), how),
        };
        let values = dict.map().iter().map(value).collect::<Outcome<_>>()?;
        Ok(Value::List(self.new_list(values, span)?))
    }

    fn has_key(&self, args: &'v Args, env: &Env<'v>) -> Outcome<Value<'v>> {
        let args = self.arguments(args, env)?;
        Ok(Value::Bool(args[0].map().contains_key(args[1].text())))
    }
}

/// The type of the argument for a parameter.
fn ty_of(args: &Args, wanted: usize) -> &Ty {
    let index = args.positions.iter().position(|position| *position == wanted);
    &args.values[index.unwrap_or_else(|| defect("an argument is missing"))].ty
}

/// The type of a List's elements or a Dict's values.
fn element_of(ty: &Ty) -> &Ty {
    match ty {
        Ty::List(of) | Ty::Dict(of) => of,
        _ => defect("a List or Dict was expected"),
    }
}

fn empty(span: Span) -> Failure {
    Failure::of(TrapKind::EmptyList, span)
}

/// Bytes of a String, items of a List, entries of a Dict, fields of a record.
fn length(value: Value<'_>) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        _ => defect("a value without length"),
    }
}

fn type_name(value: Value<'_>) -> &'static str {
    match value {
        Value::Int(_) => "Int",
        Value::Float(_) => "Float",
        Value::Bool(_) => "Bool",
        Value::String(_) => "String",
        Value::List(_) => "List",
        Value::Tuple(_) => "Tuple",
        Value::Function(_) => "Closure",
        Value::Map(_) | Value::Option(_) | Value::Result(_) | Value::Variant(..) => "Dict",
    }
}

/// The sum from left to right, from the zero of the type.
fn total<'v>(source: Source<'v>, ty: &Ty, span: Span) -> Outcome<Value<'v>> {
    let zero = if *ty == Ty::Float { Value::Float(0.0) } else { Value::Int(0) };
    source.items().try_fold(zero, |sum, value| match (sum, value) {
        (Value::Int(sum), Value::Int(value)) => Ok(Value::Int(int_arith(ArithOp::Add, sum, value, span)?)),
        (Value::Float(sum), Value::Float(value)) => Ok(Value::Float(sum + value)),
        _ => defect("numbers of one type were expected"),
    })
}

/// The average of Ints truncates.
fn average<'v>(source: Source<'v>, ty: &Ty, span: Span) -> Outcome<Value<'v>> {
    if source.len() == 0 {
        return Err(empty(span));
    }
    match total(source, ty, span)? {
        Value::Int(sum) => Ok(Value::Int(int_arith(ArithOp::Div, sum, source.len() as i64, span)?)),
        sum => Ok(Value::Float(sum.float() / source.len() as f64)),
    }
}

/// The first element, or a later one that compares so with the best before it.
fn extreme(source: Source<'_>, better: OrderOp, span: Span) -> Outcome<Value<'_>> {
    let choose = |best, value| if compare(better, value, best) { value } else { best };
    source.items().reduce(choose).ok_or_else(|| empty(span))
}

fn last(source: Source<'_>, span: Span) -> Outcome<Value<'_>> {
    let index = source.len().checked_sub(1).ok_or_else(|| empty(span))?;
    Ok(source.at(index))
}

fn absolute(value: Value<'_>, span: Span) -> Outcome<Value<'_>> {
    match value {
        Value::Int(value) => {
            let absolute = value.checked_abs().ok_or_else(|| Failure::of(TrapKind::NumericOverflow, span))?;
            Ok(Value::Int(absolute))
        }
        value => Ok(Value::Float(value.float().abs())),
    }
}

/// `a > b ? a : b`, or with `<`
fn choose<'v>(op: OrderOp, args: &[Value<'v>]) -> Value<'v> {
    if compare(op, args[0], args[1]) { args[0] } else { args[1] }
}

/// `v < min ? min : (v > max ? max : v)`
fn clamp<'v>(args: &[Value<'v>]) -> Value<'v> {
    let (value, low, high) = (args[0], args[1], args[2]);
    if compare(OrderOp::Lt, value, low) {
        low
    } else if compare(OrderOp::Gt, value, high) {
        high
    } else {
        value
    }
}
