//! The text of values, and concatenation.

use relon_frontend::Span;
use relon_frontend::hir::Expr;

use crate::env::Env;
use crate::evaluator::Evaluator;
use crate::failure::Outcome;
use crate::value::{Value, defect};

impl<'v> Evaluator<'v> {
    /// The parts are evaluated one after the other; their texts are put together.
    pub(crate) fn concat(&self, parts: &'v [Expr], env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let mut texts = Vec::new();
        for part in parts {
            texts.push(self.text_of(self.expr(part, env)?, span)?);
        }
        self.join_texts(&texts, "", span)
    }

    /// One text of several, whose size is known before it is made.
    pub(crate) fn join_texts(&self, texts: &[&'v str], separator: &str, span: Span) -> Outcome<Value<'v>> {
        let between = separator.len().saturating_mul(texts.len().saturating_sub(1));
        let bytes = texts.iter().fold(between, |sum, text| sum.saturating_add(text.len()));
        self.take(bytes, span)?;
        Ok(Value::String(self.heap.text(texts.join(separator))))
    }

    /// The text of a value as it stands in other text.
    pub(crate) fn text_of(&self, value: Value<'v>, span: Span) -> Outcome<&'v str> {
        let text = match value {
            Value::String(text) => return Ok(text),
            Value::Int(value) => value.to_string(),
            // The shortest digits that read back equal, without an exponent or a trailing `.0`.
            Value::Float(value) => value.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Tuple(items) => self.tuple_text(items, span)?,
            Value::List(_)
            | Value::Map(_)
            | Value::Option(_)
            | Value::Result(_)
            | Value::Variant(..)
            | Value::Function(_) => defect("a value without text"),
        };
        Ok(self.new_text(text, span)?.text())
    }

    /// `(a, b)`, `(a,)`, `()`
    fn tuple_text(&self, items: &'v [Value<'v>], span: Span) -> Outcome<String> {
        let texts = items.iter().map(|item| self.text_of(*item, span)).collect::<Outcome<Vec<_>>>()?;
        let comma = if items.len() == 1 { "," } else { "" };
        Ok(format!("({}{comma})", texts.join(", ")))
    }
}
