//! Lists: literals, comprehensions, positions, and what loops go through.

use relon_frontend::Span;
use relon_frontend::hir::{Args, Comprehension, Expr, ExprKind, Library, ListItem};
use relon_natives::TrapKind;

use crate::env::Env;
use crate::evaluator::Evaluator;
use crate::failure::{Failure, Outcome};
use crate::value::{Value, defect};

/// A part of a list literal.
enum Part<'v> {
    Item(Value<'v>),
    Spread(&'v [Value<'v>]),
}

impl Part<'_> {
    fn len(&self) -> usize {
        match self {
            Part::Item(_) => 1,
            Part::Spread(items) => items.len(),
        }
    }
}

/// What a loop goes through. It needs no list for a `range`, which may be longer than any list.
#[derive(Clone, Copy)]
pub(crate) enum Source<'v> {
    Range { start: i64, length: usize },
    List(&'v [Value<'v>]),
}

impl<'v> Source<'v> {
    pub(crate) fn len(self) -> usize {
        match self {
            Source::Range { length, .. } => length,
            Source::List(items) => items.len(),
        }
    }

    pub(crate) fn at(self, index: usize) -> Value<'v> {
        match self {
            Source::Range { start, .. } => Value::Int(start.wrapping_add(index as i64)),
            Source::List(items) => items[index],
        }
    }

    pub(crate) fn items(self) -> impl Iterator<Item = Value<'v>> {
        (0..self.len()).map(move |index| self.at(index))
    }
}

impl<'v> Evaluator<'v> {
    pub(crate) fn list(&self, items: &'v [ListItem], env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let mut parts = Vec::new();
        for item in items {
            parts.push(match item {
                ListItem::Item(value) => Part::Item(self.expr(value, env)?),
                ListItem::Spread(value) => Part::Spread(self.expr(value, env)?.list()),
            });
        }
        self.take_list(parts.iter().map(Part::len).sum(), span)?;
        let mut values = Vec::new();
        for part in parts {
            match part {
                Part::Item(value) => values.push(value),
                Part::Spread(items) => values.extend(items),
            }
        }
        Ok(Value::List(self.heap.list(values)))
    }

    /// `list[int]` or `dict[string]`
    pub(crate) fn index(&self, value: &'v Expr, index: &'v Expr, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        match (self.expr(value, env)?, self.expr(index, env)?) {
            (Value::List(items), Value::Int(index)) => {
                let found = usize::try_from(index).ok().and_then(|index| items.get(index));
                found.copied().ok_or_else(|| Failure::of(TrapKind::IndexOutOfBounds, span))
            }
            (Value::Map(map), Value::String(key)) => {
                map.get(key).copied().ok_or_else(|| Failure::of(TrapKind::VariableNotFound, span))
            }
            _ => defect("a list with an Int or a Dict with a String was expected"),
        }
    }

    /// What a loop goes through.
    pub(crate) fn source(&self, expr: &'v Expr, env: &Env<'v>) -> Outcome<Source<'v>> {
        match &expr.kind {
            ExprKind::Library(Library::Range, args) => self.range(args, env),
            _ => Ok(Source::List(self.expr(expr, env)?.list())),
        }
    }

    /// `range(end)`, `range(start, end)`: half-open, empty where the start is not below the end.
    pub(crate) fn range(&self, args: &'v Args, env: &Env<'v>) -> Outcome<Source<'v>> {
        let (start, end) = match self.arguments(args, env)?.as_slice() {
            [end] => (0, end.int()),
            [start, end] => (start.int(), end.int()),
            _ => defect("a range has one or two bounds"),
        };
        // The difference of two Ints can be larger than an Int, and is not larger than what a `usize` holds.
        let length = usize::try_from(i128::from(end) - i128::from(start)).unwrap_or(0);
        Ok(Source::Range { start, length })
    }

    /// Room is taken for all elements of the source, before any of them is looked at.
    pub(crate) fn comprehension(&self, node: &'v Comprehension, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let source = self.source(&node.source, env)?;
        self.take_list(source.len(), span)?;
        let mut values = Vec::new();
        for (index, value) in source.items().enumerate() {
            let mut inside = env.with_local(node.var, value);
            if let Some(position) = node.index {
                inside = inside.with_local(position, Value::Int(index as i64));
            }
            let keep = match &node.condition {
                Some(condition) => self.condition(condition, &inside)?,
                None => true,
            };
            if keep {
                values.push(self.expr(&node.body, &inside)?);
            }
        }
        Ok(Value::List(self.heap.list(values)))
    }
}
