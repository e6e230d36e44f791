//! Makes a program smaller while it goes on to differ.

use std::io;

use serde_json::{Value, json};

use crate::judge::{Judge, Verdict};
use crate::program::Program;
use crate::tree::{Part, Tree};
use crate::ways::Ways;

/// So many smaller programs are tried.
const ATTEMPTS: usize = 4000;

/// A program that differs, with one set of arguments.
struct Shrinker<'a> {
    judge: &'a mut Judge,
    tree: Tree,
    arguments: Value,
    ways: Ways,
    text: String,
    attempts: usize,
}

/// The smallest program found: its source, its arguments, and how it differs.
///
/// # Errors
/// Where the judge cannot be started again.
pub fn shrink(
    judge: &mut Judge,
    program: &Program,
    ways: Ways,
    verdict: &Verdict,
) -> io::Result<(String, Value, String)> {
    let Verdict::Differs { text, arguments, ways: own } = verdict else {
        return Ok((program.tree.text(), Value::Null, String::new()));
    };
    let mut shrinker = Shrinker {
        judge,
        tree: program.tree.clone(),
        arguments: program.arguments[arguments.unwrap_or(0)].clone(),
        ways: own.unwrap_or(ways),
        text: text.clone(),
        attempts: 0,
    };
    shrinker.choose_arguments(program)?;
    while shrinker.attempts < ATTEMPTS && (shrinker.delete()? | shrinker.replace()? | shrinker.shrink_arguments()?) {}
    Ok((shrinker.tree.text(), shrinker.arguments, shrinker.text))
}

impl Shrinker<'_> {
    /// Finds arguments with which the program differs, where that is not known.
    fn choose_arguments(&mut self, program: &Program) -> io::Result<()> {
        for arguments in &program.arguments {
            let tree = self.tree.clone();
            if self.differs(&tree, &self.arguments.clone())? {
                return Ok(());
            }
            self.arguments = arguments.clone();
        }
        Ok(())
    }

    fn differs(&mut self, tree: &Tree, arguments: &Value) -> io::Result<bool> {
        self.attempts += 1;
        let verdict = self.judge.judge(&tree.text(), std::slice::from_ref(arguments), self.ways)?;
        if let Verdict::Differs { text, .. } = verdict {
            self.text = text;
            return Ok(true);
        }
        Ok(false)
    }

    /// Keeps this program if it still differs.
    fn keep(&mut self, tree: Tree, arguments: Value) -> io::Result<bool> {
        let differs = self.attempts < ATTEMPTS && self.differs(&tree, &arguments)?;
        if differs {
            (self.tree, self.arguments) = (tree, arguments);
        }
        Ok(differs)
    }

    /// Leaves out what may be left out: half of a list, a quarter, and so on.
    fn delete(&mut self) -> io::Result<bool> {
        let mut changed = false;
        let mut position = 0;
        while position < self.tree.size() {
            for part in 0..self.tree.at(position).map_or(0, |tree| tree.parts.len()) {
                let mut chunk = self.items(position, part);
                while chunk > 0 {
                    let mut start = 0;
                    while start < self.items(position, part) {
                        match self.delete_items(position, part, start, chunk)? {
                            true => changed = true,
                            false => start += chunk,
                        }
                    }
                    chunk /= 2;
                }
            }
            position += 1;
        }
        Ok(changed)
    }

    fn items(&mut self, position: usize, part: usize) -> usize {
        match self.tree.at(position).and_then(|tree| tree.parts.get(part)) {
            Some(Part::List { items, .. }) => items.len(),
            _ => 0,
        }
    }

    fn delete_items(&mut self, position: usize, part: usize, start: usize, count: usize) -> io::Result<bool> {
        let (mut tree, mut arguments) = (self.tree.clone(), self.arguments.clone());
        if let Some(Part::List { items, least, .. }) = tree.at(position).and_then(|tree| tree.parts.get_mut(part)) {
            let end = (start + count).min(items.len());
            if items.len() - (end - start) < *least {
                return Ok(false);
            }
            for gone in items.drain(start..end) {
                if let (Some(name), Some(arguments)) = (gone.parameter, arguments.as_object_mut()) {
                    arguments.remove(&name);
                }
            }
        }
        self.keep(tree, arguments)
    }

    /// Puts a smaller expression of the same type in the place of each.
    fn replace(&mut self) -> io::Result<bool> {
        let mut changed = false;
        let mut position = 0;
        while position < self.tree.size() {
            let Some(tree) = self.tree.at(position) else { break };
            let (size, mut smaller) = (tree.text().len(), Vec::new());
            if !tree.ty.is_empty() {
                smaller.extend(simplest(&tree.ty).map(|text| Tree::leaf("literal", tree.ty.clone(), text)));
                smaller.extend(tree.of_type(&tree.ty).into_iter().take(5));
            }
            for candidate in smaller.into_iter().filter(|candidate| candidate.text().len() < size) {
                let mut tree = self.tree.clone();
                if let Some(place) = tree.at(position) {
                    *place = candidate;
                }
                if self.keep(tree, self.arguments.clone())? {
                    changed = true;
                    break;
                }
            }
            position += 1;
        }
        Ok(changed)
    }

    fn shrink_arguments(&mut self) -> io::Result<bool> {
        let mut changed = false;
        let mut number = 0;
        loop {
            let mut candidates = Vec::new();
            smaller_values(&self.arguments, &mut candidates);
            let Some(candidate) = candidates.into_iter().nth(number) else { return Ok(changed) };
            match self.keep(self.tree.clone(), candidate)? {
                true => changed = true,
                false => number += 1,
            }
        }
    }
}

/// The shortest literal of a type, if it has one for every type of its parts.
fn simplest(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "Int" => "0",
        "Bool" => "true",
        "String" => "\"\"",
        "Float" => "1.0",
        _ if ty.starts_with("List<") => "[]",
        _ if ty.starts_with("Option<") => "None",
        _ if ty.starts_with("Dict<") => "{}",
        _ => return None,
    })
}

/// All values that are this one with one part made smaller.
fn smaller_values(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => {
            for index in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(index);
                found.push(json!(fewer));
            }
            for (index, item) in items.iter().enumerate() {
                let mut inner = Vec::new();
                smaller_values(item, &mut inner);
                found.extend(inner.into_iter().map(|item| {
                    let mut items = items.clone();
                    items[index] = item;
                    json!(items)
                }));
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                let mut fewer = fields.clone();
                fewer.remove(key);
                found.push(json!(fewer));
                let mut inner = Vec::new();
                smaller_values(field, &mut inner);
                found.extend(inner.into_iter().map(|field| {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), field);
                    json!(fields)
                }));
            }
        }
        Value::Number(number) if number.as_i64().is_some_and(|number| number != 0) => found.push(json!(0)),
        Value::String(text) if !text.is_empty() => found.push(json!("")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
