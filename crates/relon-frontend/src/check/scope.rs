//! Scopes and what names mean in them.

use std::collections::HashMap;

use relon_ir::Span;

use super::module::ModuleId;
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{DictId, Expr, LocalId};
use crate::library::Member;

/// One level of names.
#[derive(Debug)]
pub(crate) enum Scope {
    /// Variables: parameters, binders, the element of a comprehension.
    Locals {
        names: HashMap<String, LocalId>,
        /// `&index` of a comprehension.
        index: Option<LocalId>,
        /// Payload fields of variables that a match arm has narrowed, by variable and field.
        narrowed: HashMap<(String, String), LocalId>,
    },
    /// Entries of a dict literal or `where`.
    Dict(DictId),
    /// Imports and parameters of `#main`.
    Globals { names: HashMap<String, LocalId>, imports: HashMap<String, Meaning> },
}

/// What a name means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meaning {
    Local(LocalId),
    Entry(DictId, usize),
    /// A module of the library.
    Module(&'static str),
    /// A function of the library.
    Member(&'static Member),
    /// An imported file.
    File(ModuleId),
    /// A field of an imported file's value that is no entry of its own, but comes from a spread.
    FileField(ModuleId, usize),
    /// Something of an import that failed, which was reported.
    Broken,
}

impl Scope {
    pub(crate) fn globals() -> Self {
        Scope::Globals { names: HashMap::new(), imports: HashMap::new() }
    }

    pub(crate) fn locals() -> Self {
        Scope::Locals { names: HashMap::new(), index: None, narrowed: HashMap::new() }
    }

    /// Binds a variable; gives the one that had the name.
    pub(crate) fn bind(&mut self, name: &str, id: LocalId) -> Option<LocalId> {
        match self {
            Scope::Locals { names, .. } | Scope::Globals { names, .. } => names.insert(name.to_owned(), id),
            Scope::Dict(_) => unreachable!("entries of a dict are bound when it is opened"),
        }
    }
}

impl Checker<'_> {
    /// What a name means here, from the innermost scope outwards.
    pub(super) fn resolve(&self, name: &str) -> Option<Meaning> {
        self.scopes.iter().rev().find_map(|scope| self.meaning_in(scope, name)).or_else(|| self.own_entry(name))
    }

    /// What a name means where it is called.
    pub(super) fn resolve_function(&self, name: &str) -> Option<Meaning> {
        let function = |scope: &Scope| match scope {
            Scope::Dict(id) => {
                let dict = &self.dicts[id];
                let found = dict.find_function(name).map(|index| Meaning::Entry(*id, index));
                // A value does not hide a function that needs no declaration.
                found.or_else(|| if self.is_free_function(name) { None } else { self.meaning_in(scope, name) })
            }
            _ => self.meaning_in(scope, name),
        };
        let found = self.scopes.iter().rev().find_map(function);
        // An entry that calls something of its own name means what the host or the library has.
        found.or_else(|| if self.is_free_function(name) { None } else { self.own_entry(name) })
    }

    /// Whether a name is a function without any declaration.
    fn is_free_function(&self, name: &str) -> bool {
        matches!(name, "len" | "range" | "type" | "Some" | "Ok" | "Err")
            || self.options.natives.iter().any(|native| native.name == name)
    }

    fn meaning_in(&self, scope: &Scope, name: &str) -> Option<Meaning> {
        match scope {
            Scope::Locals { names, .. } => names.get(name).copied().map(Meaning::Local),
            Scope::Dict(id) => {
                let dict = &self.dicts[id];
                let index = dict.find(name)?;
                // An entry's own value looks further out for its name.
                (!dict.is_own(index)).then_some(Meaning::Entry(*id, index))
            }
            Scope::Globals { names, imports } => {
                imports.get(name).copied().or_else(|| names.get(name).copied().map(Meaning::Local))
            }
        }
    }

    /// An entry that mentions itself, where nothing further out has the name.
    fn own_entry(&self, name: &str) -> Option<Meaning> {
        self.scopes.iter().rev().find_map(|scope| match scope {
            Scope::Dict(id) => self.dicts[id].find(name).map(|index| Meaning::Entry(*id, index)),
            _ => None,
        })
    }

    /// A payload field of a variable that an arm has narrowed.
    pub(super) fn narrowed(&self, variable: &str, field: &str) -> Option<LocalId> {
        let key = (variable.to_owned(), field.to_owned());
        for scope in self.scopes.iter().rev() {
            if let Scope::Locals { narrowed, names, .. } = scope {
                if let Some(id) = narrowed.get(&key) {
                    return Some(*id);
                }
                if names.contains_key(variable) {
                    return None;
                }
            }
        }
        None
    }

    /// All names that mean something here.
    pub(super) fn known_names(&self) -> Vec<String> {
        let mut known: Vec<String> = Vec::new();
        for scope in &self.scopes {
            match scope {
                Scope::Locals { names, .. } => known.extend(names.keys().cloned()),
                Scope::Dict(id) => known.extend(self.dicts[id].names().cloned()),
                Scope::Globals { names, imports } => known.extend(names.keys().chain(imports.keys()).cloned()),
            }
        }
        known.extend(self.types.keys().cloned());
        known.extend(self.options.natives.iter().map(|native| native.name.clone()));
        known.extend(["len", "range", "type", "Some", "None", "Ok", "Err"].map(str::to_owned));
        known.sort();
        known
    }

    /// A name that means nothing.
    pub(super) fn mistaken_name(&mut self, kind: &'static str, name: &str, span: Span) -> Expr {
        if self.has_broken_names {
            return error_expr(span);
        }
        let diagnostic = self.unknown_name(kind, name, span);
        self.mistake(diagnostic)
    }

    /// The report about a name that means nothing.
    pub(super) fn unknown_name(&self, kind: &'static str, name: &str, span: Span) -> Diagnostic {
        let known = self.known_names();
        let diagnostic = Diagnostic::error(kind, span, format!("nothing is called `{name}` here"));
        diagnostic.label("unknown name").suggest(name, known.iter().map(String::as_str))
    }

    /// Runs a check with one more scope.
    pub(super) fn within<T>(&mut self, scope: Scope, check: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(scope);
        let result = check(self);
        self.scopes.pop();
        result
    }

    /// Runs a check with only the outer scopes, as many as `depth`.
    pub(super) fn outside<T>(&mut self, depth: usize, check: impl FnOnce(&mut Self) -> T) -> T {
        let inner = self.scopes.split_off(depth);
        let result = check(self);
        self.scopes.extend(inner);
        result
    }

    /// The innermost dict literal, for `&sibling`.
    pub(super) fn sibling_dict(&self) -> Option<DictId> {
        self.scopes.iter().rev().find_map(|scope| match scope {
            Scope::Dict(id) if !self.dicts[id].is_where() => Some(*id),
            _ => None,
        })
    }
}
