//! `match`.

use relon_frontend::hir::{Arm, Expr, LocalId, Pattern};

use crate::env::Env;
use crate::evaluator::Evaluator;
use crate::failure::Outcome;
use crate::value::{Value, defect};

impl<'v> Evaluator<'v> {
    /// The first arm that takes the value. The checker saw that there is one.
    pub(crate) fn match_(&self, scrutinee: &'v Expr, arms: &'v [Arm], env: &Env<'v>) -> Outcome<Value<'v>> {
        let value = self.expr(scrutinee, env)?;
        let found = arms.iter().find_map(|arm| Some((arm, bindings(&arm.pattern, value)?)));
        let (arm, bindings) = found.unwrap_or_else(|| defect("a value that no arm takes"));
        let inside = bindings.into_iter().fold(env.clone(), |env, (id, value)| env.with_local(id, value));
        self.expr(&arm.body, &inside)
    }
}

/// What a pattern binds; none where it does not take the value.
fn bindings<'v>(pattern: &Pattern, value: Value<'v>) -> Option<Vec<(LocalId, Value<'v>)>> {
    let one = |id: &Option<LocalId>, value: &Value<'v>| id.iter().map(|id| (*id, *value)).collect();
    match (pattern, value) {
        (Pattern::Any, _) | (Pattern::None, Value::Option(None)) => Some(Vec::new()),
        (Pattern::Some(id), Value::Option(Some(payload)))
        | (Pattern::Ok(id), Value::Result(Ok(payload)))
        | (Pattern::Err(id), Value::Result(Err(payload))) => Some(one(id, payload)),
        (Pattern::Variant(wanted, parts), Value::Variant(index, payload)) => {
            (*wanted == index).then(|| parts.iter().map(|(part, id)| (*id, payload[*part])).collect())
        }
        (Pattern::Some(_) | Pattern::None | Pattern::Ok(_) | Pattern::Err(_) | Pattern::Variant(..), _) => None,
    }
}
