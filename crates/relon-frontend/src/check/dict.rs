//! Dict literals and the bindings of `where`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use relon_ir::Span;
use relon_natives::TrapKind;
use relon_syntax::ast::{self, KeyKind};

use super::closure::ClosureSyntax;
use super::scope::Scope;
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{ClosureTy, Dict, DictId, Entry, EntryKind, Expr, ExprKind, Ty};

/// What is known of a dict literal whose scope is closed: functions that can be called through its value, and dict literals in it that
/// have some.
#[derive(Debug, Default)]
pub(crate) struct Members {
    functions: HashMap<String, Member>,
    literals: HashMap<String, DictId>,
}

/// A function of a dict literal.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) dict: DictId,
    pub(super) index: usize,
    pub(super) ty: Ty,
    pub(super) params: Option<Vec<String>>,
}

/// A dict literal whose scope is open.
#[derive(Debug)]
pub(crate) struct DictScope {
    is_where: bool,
    /// Number of scopes that its entries see.
    depth: usize,
    names: HashMap<String, usize>,
    /// Entries that are functions: a value of the same name does not hide one where it is called.
    functions: HashMap<String, usize>,
    entries: Vec<EntryState>,
    /// Entries that are being checked, the innermost last.
    checking: Vec<usize>,
    /// What the values are expected to be.
    expected: Option<Ty>,
}

#[derive(Debug)]
struct EntryState {
    syntax: ast::Field,
    /// The type before the key, or that of a function whose parameters and result are declared.
    declared: Option<Ty>,
    is_function: bool,
    is_checking: bool,
    value: Option<Expr>,
    ty: Option<Ty>,
}

impl DictScope {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub(super) fn find_function(&self, name: &str) -> Option<usize> {
        self.functions.get(name).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.keys()
    }

    pub(super) fn syntax(&self, index: usize) -> &ast::Field {
        &self.entries[index].syntax
    }

    pub(super) fn is_where(&self) -> bool {
        self.is_where
    }

    /// Whether this entry is the one whose value is being checked. A function may call itself.
    pub(super) fn is_own(&self, index: usize) -> bool {
        self.checking.last() == Some(&index) && !self.entries[index].is_function
    }

    pub(super) fn is_internal(&self, index: usize) -> bool {
        is_internal(&self.entries[index].syntax)
    }
}

fn is_internal(field: &ast::Field) -> bool {
    field.attributes().any(|attribute| matches!(attribute, ast::Attribute::Flag(flag) if flag.name() == "internal"))
}

/// The name of an entry with a static key.
fn static_name(field: &ast::Field) -> Option<String> {
    match field.key()?.kind() {
        KeyKind::Static(name) => Some(name),
        KeyKind::Computed(..) => None,
    }
}

/// Whether a field holds nothing but declarations, such as `#schema`.
fn is_declaration(field: &ast::Field) -> bool {
    field.key().is_none() && field.spread().is_none()
}

impl Checker<'_> {
    pub(super) fn dict(&mut self, dict: &ast::Dict, expected: Option<&Ty>) -> Expr {
        let span = self.span(dict);
        let is_root = self.root.is_none() && self.scopes.len() == 1;
        let (dict, ()) = self.with_entries(dict, false, expected.cloned(), is_root, |_| ());
        let ty = self.dict_type(&dict, span);
        Expr { kind: ExprKind::Dict(Box::new(dict)), ty, span }
    }

    pub(super) fn where_(&mut self, node: &ast::Where, expected: Option<&Ty>) -> Expr {
        let span = self.span(node);
        let (Some(bindings), Some(body)) = (node.bindings(), node.body()) else { return error_expr(span) };
        let (dict, body) = self.with_entries(&bindings, true, None, false, |checker| checker.expr(&body, expected));
        let ty = body.ty.clone();
        Expr { kind: ExprKind::Where(Box::new(dict), Box::new(body)), ty, span }
    }

    /// Opens the scope of a dict, checks its entries and then what else is in the scope.
    fn with_entries<T>(
        &mut self,
        dict: &ast::Dict,
        is_where: bool,
        expected: Option<Ty>,
        is_root: bool,
        inner: impl FnOnce(&mut Self) -> T,
    ) -> (Dict, T) {
        let id = self.new_dict();
        if is_root {
            self.root = Some(id);
        }
        let fields: Vec<ast::Field> = dict.fields().filter(|field| !is_declaration(field)).collect();
        let names = fields.iter().enumerate().filter_map(|(index, field)| Some((static_name(field)?, index))).collect();
        let functions = fields.iter().enumerate().filter(|(_, field)| ClosureSyntax::of_field(field).is_some());
        let functions = functions.filter_map(|(index, field)| Some((static_name(field)?, index))).collect();
        let state = |syntax: ast::Field| {
            let is_function = ClosureSyntax::of_field(&syntax).is_some();
            EntryState { syntax, declared: None, is_function, is_checking: false, value: None, ty: None }
        };
        let entries: Vec<EntryState> = fields.into_iter().map(state).collect();
        let count = entries.len();
        let depth = self.scopes.len() + 1;
        let scope = DictScope { is_where, depth, names, functions, entries, checking: Vec::new(), expected };
        self.dicts.insert(id, scope);
        self.within(Scope::Dict(id), |checker| {
            checker.declare_entries(id, count);
            if is_root {
                checker.check_type_names(id);
                checker.schema_bodies();
            }
            for index in 0..count {
                checker.check_entry(id, index);
            }
            let rest = inner(checker);
            (checker.finish_dict(id, is_root), rest)
        })
    }

    /// Types and the entries of the root dict are named in one place.
    fn check_type_names(&mut self, id: DictId) {
        let keys = self.dicts[&id].entries.iter().filter_map(|entry| {
            let name = static_name(&entry.syntax).filter(|name| self.types.contains_key(name))?;
            Some((name, self.span(&entry.syntax.key()?)))
        });
        for (name, span) in keys.collect::<Vec<_>>() {
            let message = format!("`{name}` is the name of a type of this file");
            self.report(Diagnostic::error("RootSchemaCollidesWithField", span, message).hint("rename one of them"));
        }
    }

    /// The types that entries declare, so that references need not look at their values.
    fn declare_entries(&mut self, id: DictId, count: usize) {
        for index in 0..count {
            let field = self.dicts[&id].entries[index].syntax.clone();
            let declared = match ClosureSyntax::of_field(&field) {
                Some(closure) => self.declared_signature(&closure),
                None => field.type_prefix().map(|ty| self.ty(&ty)),
            };
            self.entry(id, index).declared = declared;
        }
    }

    fn entry(&mut self, id: DictId, index: usize) -> &mut EntryState {
        &mut self.dicts.get_mut(&id).expect("an open dict").entries[index]
    }

    fn check_entry(&mut self, id: DictId, index: usize) {
        let scope = self.dicts.get_mut(&id).expect("an open dict");
        let entry = &mut scope.entries[index];
        if entry.value.is_some() || entry.is_checking {
            return;
        }
        entry.is_checking = true;
        scope.checking.push(index);
        let (depth, field, declared) = (scope.depth, entry.syntax.clone(), entry.declared.clone());
        let expected = self.entry_expectation(id, &field);
        // Where an entry is first needed says nothing about whether it runs.
        let (is_dead, caught) = (std::mem::replace(&mut self.is_dead, false), self.caught.take());
        let value = self.outside(depth, |checker| checker.entry_value(&field, declared.as_ref(), expected.as_ref()));
        (self.is_dead, self.caught) = (is_dead, caught);
        let value = self.sized_value(value);
        self.dicts.get_mut(&id).expect("an open dict").checking.pop();
        self.check_alias((id, index), &value);
        let entry = self.entry(id, index);
        entry.is_checking = false;
        entry.ty = Some(value.ty.clone());
        entry.value = Some(value);
    }

    /// An entry that is another name of a function must end at one.
    fn check_alias(&mut self, key: (DictId, usize), value: &Expr) {
        let (ExprKind::Entry(dict, index), Ty::Closure(_)) = (&value.kind, &value.ty) else { return };
        self.aliases.insert(key, (*dict, *index));
        let mut at = key;
        while let Some(next) = self.aliases.get(&at) {
            at = *next;
            if at == key {
                self.aliases.remove(&key);
                let message = "these names of a function only refer to each other";
                self.report(Diagnostic::error("CircularReference", value.span, message));
                return;
            }
        }
    }

    /// What the type that the whole dict should have says about an entry.
    fn entry_expectation(&self, id: DictId, field: &ast::Field) -> Option<Ty> {
        match self.dicts[&id].expected.as_ref()? {
            Ty::Dict(value) => Some((**value).clone()),
            Ty::Record(record) => {
                let name = static_name(field)?;
                let fields = &self.records[record.0 as usize].fields;
                fields.iter().find(|field| field.name == name).map(|field| field.ty.clone())
            }
            _ => None,
        }
    }

    fn entry_value(&mut self, field: &ast::Field, declared: Option<&Ty>, expected: Option<&Ty>) -> Expr {
        self.entry_attributes(field);
        if let Some(spread) = field.spread() {
            return self.spread_source(&spread);
        }
        if let Some(closure) = ClosureSyntax::of_field(field) {
            return self.function_entry(field, &closure, expected);
        }
        let Some(value) = field.value() else { return error_expr(self.span(field)) };
        if declared.is_none() && self.is_type(&value) {
            let span = self.span(&value);
            return Expr { kind: ExprKind::Tuple(Vec::new()), ty: Ty::Type, span };
        }
        let value = self.expr(&value, declared.or(expected));
        match declared {
            Some(ty) => self.adapt(value, ty, TrapKind::TypeMismatch),
            None => value,
        }
    }

    fn function_entry(&mut self, field: &ast::Field, closure: &ClosureSyntax, expected: Option<&Ty>) -> Expr {
        let name = static_name(field);
        if !name.as_deref().is_some_and(is_identifier) {
            let span = field.key().map_or_else(|| self.span(field), |key| self.span(&key));
            let message = "a function needs a key that is an identifier";
            return self.mistake(Diagnostic::error("InvalidIdentifier", span, message));
        }
        let expected = match expected {
            Some(Ty::Closure(ty)) => Some(Arc::clone(ty)),
            _ => None,
        };
        self.closure(closure, expected.as_deref(), name)
    }

    fn entry_attributes(&mut self, field: &ast::Field) {
        let is_root = matches!(self.scopes.last(), Some(Scope::Dict(id)) if self.root == Some(*id));
        for attribute in field.attributes() {
            let span = self.span(&attribute);
            match &attribute {
                ast::Attribute::Flag(flag) if flag.name() == "internal" => {}
                ast::Attribute::Schema(_) | ast::Attribute::Enum(_) => {}
                ast::Attribute::Import(_) if is_root => {}
                ast::Attribute::Import(_) => {
                    let message = "an import stands at the start of a file or in its root dict";
                    self.report(Diagnostic::error("UnsupportedConstruct", span, message).hint("move it to the start"));
                }
                ast::Attribute::Decorator(_) => {
                    self.unsupported(span, "a decorator", "call the function in the value instead");
                }
                _ => {
                    let hint = "only `#internal` can stand before an entry";
                    self.unsupported(span, "this directive before an entry of a dict", hint);
                }
            }
        }
    }

    fn spread_source(&mut self, spread: &ast::Spread) -> Expr {
        let span = self.span(spread);
        let Some(value) = spread.value() else { return error_expr(span) };
        let hint = spread.hint().map(|ty| self.ty(&ty));
        let value = self.expr(&value, hint.as_ref());
        let value = match &hint {
            Some(ty) => self.adapt(value, ty, TrapKind::TypeMismatch),
            None => value,
        };
        match &value.ty {
            Ty::Record(_) | Ty::Dict(_) | Ty::Error => value,
            other => {
                let message = format!("only dicts and records can be spread, not {}", self.show(other));
                self.mistake(Diagnostic::error("NonSpreadableSource", value.span, message))
            }
        }
    }

    /// The type of an entry that an expression refers to; checks the entry first where its type is not declared.
    pub(super) fn entry_type(&mut self, id: DictId, index: usize, span: Span) -> Ty {
        let entry = &self.dicts[&id].entries[index];
        if let Some(ty) = entry.declared.clone().or_else(|| entry.ty.clone()) {
            return ty;
        }
        if entry.is_checking {
            let (name, is_function) = (static_name(&entry.syntax).unwrap_or_default(), entry.is_function);
            let diagnostic = if is_function {
                let message = format!("the result type of `{name}` is not known where it calls itself");
                Diagnostic::error("ClosureReturnTypeUnknown", span, message)
                    .hint(format!("declare it: `{name}(..) -> Type: ..`"))
            } else {
                Diagnostic::error("CircularReference", span, format!("the value of `{name}` depends on itself"))
            };
            self.report(diagnostic);
            return Ty::Error;
        }
        self.check_entry(id, index);
        self.dicts[&id].entries[index].ty.clone().unwrap_or(Ty::Error)
    }

    /// Closes the scope and builds the checked dict.
    fn finish_dict(&mut self, id: DictId, is_root: bool) -> Dict {
        let scope = self.dicts.get_mut(&id).expect("an open dict");
        let states: Vec<(ast::Field, Option<Expr>)> =
            scope.entries.iter_mut().map(|entry| (entry.syntax.clone(), entry.value.take())).collect();
        self.keep_members(id, &states);
        let entries = states.into_iter().map(|(field, value)| self.finish_entry(&field, value)).collect();
        // The scope of the root stays known, for references to it from predicates that are checked later.
        if !is_root {
            self.dicts.remove(&id);
        }
        Dict { id, entries }
    }

    /// Notes the functions of a dict that is closed.
    fn keep_members(&mut self, id: DictId, states: &[(ast::Field, Option<Expr>)]) {
        let mut members = Members::default();
        for (index, (field, value)) in states.iter().enumerate().filter(|(_, (field, _))| !is_internal(field)) {
            let (Some(name), Some(value)) = (static_name(field), value) else { continue };
            match &value.kind {
                ExprKind::Dict(inner) if self.members.contains_key(&inner.id) => {
                    members.literals.insert(name, inner.id);
                }
                _ if matches!(value.ty, Ty::Closure(_)) => {
                    let params = self.param_names(id, index);
                    members.functions.insert(name, Member { dict: id, index, ty: value.ty.clone(), params });
                }
                _ => {}
            }
        }
        if !members.functions.is_empty() || !members.literals.is_empty() {
            self.members.insert(id, members);
        }
    }

    /// The function that a field of a value is, where the value is a dict literal.
    pub(super) fn member(&self, value: &Expr, name: &str) -> Option<Member> {
        self.members.get(&self.literal_of(value)?)?.functions.get(name).cloned()
    }

    /// The dict literal whose value an expression is, where it has functions.
    fn literal_of(&self, value: &Expr) -> Option<DictId> {
        self.literal_among(value, &mut HashSet::new())
    }

    /// `seen` are the entries that were followed: those that only refer to each other lead to no literal.
    fn literal_among(&self, value: &Expr, seen: &mut HashSet<(DictId, usize)>) -> Option<DictId> {
        let mut value = value;
        while let ExprKind::Entry(dict, index) = &value.kind {
            let scope = self.dicts.get(dict);
            let Some(next) = scope.and_then(|scope| scope.entries[*index].value.as_ref()) else {
                let name = static_name(&scope?.entries[*index].syntax)?;
                return self.members.get(dict)?.literals.get(&name).copied();
            };
            if !seen.insert((*dict, *index)) {
                return None;
            }
            value = next;
        }
        match &value.kind {
            ExprKind::Dict(dict) => Some(dict.id),
            ExprKind::Field(record, index) => {
                let Ty::Record(id) = &record.ty else { return None };
                let name = &self.records[id.0 as usize].fields[*index].name;
                match &record.kind {
                    ExprKind::Entry(dict, _) if *dict == self.modules_dict.id => None,
                    _ => {
                        let outer = self.literal_among(record, seen)?;
                        self.members.get(&outer)?.literals.get(name).copied()
                    }
                }
            }
            _ => None,
        }
    }

    fn finish_entry(&mut self, field: &ast::Field, value: Option<Expr>) -> Entry {
        let span = self.span(field);
        let value = value.unwrap_or_else(|| error_expr(span));
        let kind = match field.key().map(|key| (self.span(&key), key.kind())) {
            None => EntryKind::Spread(value),
            Some((_, KeyKind::Static(name))) => EntryKind::Named(name, value),
            Some((span, KeyKind::Computed(hint, key))) => self.computed(hint, key, value, span),
        };
        Entry { kind, internal: is_internal(field), span }
    }

    fn computed(&mut self, hint: Option<ast::Type>, key: Option<ast::Expr>, value: Expr, span: Span) -> EntryKind {
        let hint = match hint {
            Some(hint) => self.ty(&hint),
            None => {
                let span = key.as_ref().map_or(span, |key| self.span(key));
                let diagnostic = Diagnostic::error("DynamicKeyTypeUnknown", span, "a computed key needs its type");
                self.report(diagnostic.hint("write `[<String> key]: value`"));
                Ty::Error
            }
        };
        let key = match key {
            Some(key) => self.expr(&key, Some(&hint)),
            None => error_expr(span),
        };
        let key = self.adapt(key, &hint, TrapKind::TypeMismatch);
        if !matches!(key.ty, Ty::String | Ty::Int | Ty::Error) {
            let message = format!("a key is a String or an Int, not {}", self.show(&key.ty));
            self.report(Diagnostic::error("StaticTypeMismatch", key.span, message));
        }
        EntryKind::Computed(key, value)
    }

    /// A shape, or a Dict where keys are not known in advance.
    fn dict_type(&mut self, dict: &Dict, span: Span) -> Ty {
        let is_open = dict.entries.iter().any(|entry| match &entry.kind {
            EntryKind::Named(..) => false,
            EntryKind::Computed(..) => true,
            EntryKind::Spread(value) => matches!(value.ty, Ty::Dict(_)),
        });
        let parts = self.dict_parts(dict);
        if parts.iter().any(|(_, ty)| *ty == Ty::Error) {
            return Ty::Error;
        }
        if !is_open {
            let fields = parts.into_iter().filter_map(|(name, ty)| Some((name?, ty))).collect();
            return self.shape(fields, span);
        }
        let mut value = Ty::Never;
        for (_, ty) in parts {
            value = match self.join(&value, &ty, span) {
                Some(joined) => joined,
                None => {
                    let (a, b) = (self.show(&value), self.show(&ty));
                    let message = format!("the values of a Dict have one type, here there are {a} and {b}");
                    self.report(Diagnostic::error("StaticTypeMismatch", span, message));
                    return Ty::Error;
                }
            };
        }
        Ty::Dict(Arc::new(value))
    }

    /// Keys, where they are known, and types of all that becomes part of the value.
    fn dict_parts(&mut self, dict: &Dict) -> Vec<(Option<String>, Ty)> {
        let mut parts: Vec<Option<(Option<String>, Ty)>> = Vec::new();
        // Where the last part of each known name is; one that is replaced leaves a gap.
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut spread: HashMap<String, usize> = HashMap::new();
        let visible = dict.entries.iter().enumerate().filter(|(_, entry)| !entry.internal);
        for (index, entry) in visible {
            match &entry.kind {
                EntryKind::Named(_, value) if matches!(value.ty, Ty::Closure(_) | Ty::Type) => {}
                EntryKind::Named(name, value) => {
                    self.check_duplicate(&spread, name, index, entry.span);
                    if let Some(replaced) = known.insert(name.clone(), parts.len()) {
                        parts[replaced] = None;
                    }
                    parts.push(Some((Some(name.clone()), value.ty.clone())));
                }
                EntryKind::Computed(_, value) => parts.push(Some((None, value.ty.clone()))),
                EntryKind::Spread(Expr { ty: Ty::Record(id), .. }) => {
                    let fields = &self.records[id.0 as usize].fields;
                    let fields: Vec<_> = fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect();
                    for (name, ty) in fields {
                        if known.insert(name.clone(), parts.len()).is_some() {
                            self.report_duplicate(&name, entry.span);
                        }
                        spread.insert(name.clone(), index);
                        parts.push(Some((Some(name), ty)));
                    }
                }
                EntryKind::Spread(Expr { ty: Ty::Dict(value), .. }) => parts.push(Some((None, (**value).clone()))),
                EntryKind::Spread(value) => parts.push(Some((None, value.ty.clone()))),
            }
        }
        parts.into_iter().flatten().collect()
    }

    fn check_duplicate(&mut self, spread: &HashMap<String, usize>, name: &str, index: usize, span: Span) {
        if spread.get(name).is_some_and(|from| *from != index) {
            self.report_duplicate(name, span);
        }
    }

    fn report_duplicate(&mut self, name: &str, span: Span) {
        let message = format!("`{name}` comes from a spread and once more");
        self.report(
            Diagnostic::error("DuplicateField", span, message).hint("use `dict.merge(a, b)` to replace fields"),
        );
    }
}

fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

impl Checker<'_> {
    /// The type of a function whose parameters and result are all declared.
    fn declared_signature(&mut self, closure: &ClosureSyntax) -> Option<Ty> {
        let result = closure.result.clone()?;
        let params: Option<Vec<ast::Type>> = closure.params.iter().map(ast::Param::ty).collect();
        let params = params?.iter().map(|ty| self.ty_quietly(ty)).collect();
        let result = self.ty_quietly(&result);
        Some(Ty::Closure(Arc::new(ClosureTy { params, result })))
    }
}
