//! Rust bindings of a checked rule, as text.
//!
//! A rule becomes a module: its types in the layout that compiled code knows, asserted when the program is compiled; owned forms of those that
//! borrow; and the functions that run it. The same rule gives the same text.

mod comments;
mod declare;
mod entry;
mod names;
mod types;
mod valid;

use std::collections::BTreeMap;

use relon::Sources;
use relon_ir::Module;
use relon_ir::layout::DataType;

use comments::Comments;
use declare::{Declarations, doc, line};
use entry::Entries;
use types::{Declared, Types};

use crate::unit::Facts;

pub(crate) use entry::module_name;
pub(crate) use names::identifier;

/// A rule to write bindings for.
pub(crate) struct Rule<'r> {
    pub(crate) module: &'r Module,
    pub(crate) sources: &'r Sources,
    /// What the symbols of its entries begin with.
    pub(crate) prefix: &'r str,
    /// The static library that has them.
    pub(crate) library: &'r str,
    pub(crate) facts: Facts,
    pub(crate) serde: bool,
}

/// The items of a rule's module.
pub(crate) fn items(rule: &Rule<'_>) -> Result<String, String> {
    use std::fmt::Write;
    let entry = rule.module.plain_entry().ok_or("the rule has no entry for typed callers")?;
    let mut types = Types::new(&rule.module.types);
    let is_output =
        matches!(&entry.result, DataType::Record(id) if is_output(rule.module.types.record(*id).name.as_deref()));
    if is_output {
        types.declare(&entry.result, "Output")?;
    } else {
        types.reserve("Output");
        types.reserve("OutputOwned");
    }
    if valid::is_asked_for(rule.module) {
        ["Valid", "ValidRows"].into_iter().for_each(|name| types.reserve(name));
    }
    for param in &entry.params {
        types.declare(&param.ty, &names::camel(&param.name))?;
    }
    types.declare(&entry.result, "Output")?;
    let comments = Comments::new(rule.sources);
    let mut declarations = Declarations { types: &types, comments: &comments, serde: rule.serde, out: String::new() };
    types.order().iter().for_each(|declared| declarations.declare(*declared));
    let mut out = declarations.out;
    if !is_output {
        let generics = if types.borrows(&entry.result) { "<'a>" } else { "" };
        line!(out, "\n/// What the rule gives.\npub type Output{generics} = {};", types.rust(&entry.result));
    }
    if !is_output || matches!(&entry.result, DataType::Record(id) if types.is_plain(Declared::Record(id.0))) {
        line!(out, "\n/// What the rule gives, owned.\npub type OutputOwned = {};", types.owned(&entry.result));
    }
    let about = comments.of_file().unwrap_or_else(|| format!("The rule `{}`.", rule.sources.main().path()));
    let (module, sources, library, facts) = (rule.module, rule.sources, rule.library, rule.facts);
    let entries = Entries { types: &types, module, sources, entry, prefix: rule.prefix, library, facts, about };
    entries.write(&mut out);
    Ok(out)
}

/// The documentation of a rule's module.
pub(crate) fn about(sources: &Sources) -> String {
    let path = format!("Compiled from `{}`.", sources.main().path());
    match Comments::new(sources).of_file() {
        Some(about) => format!("{about}\n\n{path}"),
        None => path,
    }
}

/// Whether a result of this name is the module's `Output` itself.
fn is_output(name: Option<&str>) -> bool {
    name.is_none_or(|name| name == "Output")
}

/// Modules within modules, as the files lie in folders.
#[derive(Default)]
pub(crate) struct Tree {
    items: Option<(String, String)>,
    below: BTreeMap<String, Tree>,
}

impl Tree {
    /// Puts the items of a rule where its file is. `about` is the documentation of the module.
    pub(crate) fn add(&mut self, path: &[String], about: String, items: String) {
        match path {
            [] => self.items = Some((about, items)),
            [first, rest @ ..] => self.below.entry(first.clone()).or_default().add(rest, about, items),
        }
    }

    /// Whether there is a rule at a path.
    pub(crate) fn has(&self, path: &[String]) -> bool {
        match path {
            [] => self.items.is_some(),
            [first, rest @ ..] => self.below.get(first).is_some_and(|tree| tree.has(rest)),
        }
    }

    /// The text of all modules.
    pub(crate) fn render(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        use std::fmt::Write;
        for (name, tree) in &self.below {
            let about = tree.items.as_ref().map_or("Rules of a folder.", |(about, _)| about);
            line!(
                out,
                "\n{}\n#[allow(unsafe_code, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction, rustdoc::all)]",
                doc(about)
            );
            line!(
                out,
                "#[allow(dead_code, non_snake_case, non_camel_case_types, unreachable_pub, unused_lifetimes, single_use_lifetimes, unused_variables)]"
            );
            line!(out, "pub mod {name} {{");
            if let Some((_, items)) = &tree.items {
                out.push_str(items);
            }
            tree.write(out);
            line!(out, "}}");
        }
    }
}
