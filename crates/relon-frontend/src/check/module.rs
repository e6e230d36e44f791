//! Imported files. Each is checked once, in a world of its own: its names, types and root dict are put aside when it is done, and taken
//! out again where something of it has to be looked at as it was meant there.

use std::collections::HashMap;

use relon_ir::{FileId, Span};
use relon_syntax::ast;

use super::schema::TypeDefinition;
use super::scope::Scope;
use super::{Checker, syntax_diagnostic};
use crate::diagnostic::Diagnostic;
use crate::hir::{DictId, Entry, EntryKind, Expr, ExprKind, Ty};
use crate::source::SourceText;

/// How deep imports may nest.
const MAX_IMPORTS: usize = 64;

/// Index of an imported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ModuleId(usize);

/// An imported file.
#[derive(Debug)]
pub(crate) struct FileModule {
    path: String,
    /// What is known of it; none while it is being checked.
    world: Option<World>,
    /// The type of its value, and its position among the values of all imported files.
    ty: Ty,
    index: usize,
}

/// What belongs to one file.
#[derive(Debug)]
struct World {
    file: FileId,
    types: HashMap<String, TypeDefinition>,
    imported_types: HashMap<String, TypeDefinition>,
    scopes: Vec<Scope>,
    root: Option<DictId>,
}

/// Something that a file offers.
#[derive(Clone, Debug)]
pub(super) enum Export {
    /// An entry of its root dict.
    Entry(DictId, usize),
    /// A field of its value that comes from a spread.
    Field(ModuleId, usize),
    /// A type.
    Type(TypeDefinition),
}

impl Checker<'_> {
    /// The module of an import, checked now if it was not before; none where that is an error.
    pub(super) fn load_module(&mut self, import: &str, span: Span) -> Option<ModuleId> {
        let source = self.module_source(import, span)?;
        let known = self.modules.iter().position(|module| module.path == source.path);
        if known.is_some_and(|at| self.modules[at].world.is_none()) || source.path == self.files[0].path {
            let message = format!("`{}` is imported while it is being imported itself", source.path);
            let diagnostic = Diagnostic::error("CircularImport", span, message);
            self.report(diagnostic.hint("move what both files need into a third one"));
            return None;
        }
        if let Some(at) = known {
            return Some(ModuleId(at));
        }
        if self.modules.iter().filter(|module| module.world.is_none()).count() > MAX_IMPORTS {
            let message = format!("imports nest deeper than {MAX_IMPORTS} files");
            self.report(Diagnostic::error("CircularImport", span, message));
            return None;
        }
        self.check_module(source, span)
    }

    fn module_source(&mut self, import: &str, span: Span) -> Option<SourceText> {
        let Some(modules) = self.options.modules else {
            let message = format!("`{import}` cannot be imported: the host does not allow imports of files");
            self.report(Diagnostic::error("ModuleNotFound", span, message));
            return None;
        };
        if import.starts_with("http://") || import.starts_with("https://") {
            self.unsupported(span, "an import from the network", "keep a copy of the file beside the rule");
            return None;
        }
        let importer = &self.files[self.file.index()].path;
        match modules.load(importer, import) {
            Ok(source) => Some(source),
            Err(why) => {
                self.report(Diagnostic::error("ModuleNotFound", span, why).hint("paths start at the importing file"));
                None
            }
        }
    }

    fn check_module(&mut self, source: SourceText, span: Span) -> Option<ModuleId> {
        let file = FileId::new(self.files.len());
        let parse = relon_syntax::parse(&source.text);
        let path = source.path.clone();
        self.files.push(source);
        if let Some(first) = parse.errors().first() {
            let message = format!("`{path}` is not a program: {}", first.message);
            let first = syntax_diagnostic(first, file);
            self.report(Diagnostic::error("ModuleParseError", span, message).related(first.span, first.message));
            return None;
        }
        let id = ModuleId(self.modules.len());
        self.modules.push(FileModule { path: path.clone(), world: None, ty: Ty::Error, index: 0 });
        let document = parse.tree();
        let outer = self.enter(World {
            file,
            types: HashMap::new(),
            imported_types: HashMap::new(),
            scopes: vec![Scope::globals()],
            root: None,
        });
        let (is_dead, caught) = (std::mem::replace(&mut self.is_dead, false), self.caught.take());
        let value = self.module_root(&document);
        (self.is_dead, self.caught) = (is_dead, caught);
        let world = self.enter(outer);
        let entry_span = value.span;
        let module = &mut self.modules[id.0];
        (module.world, module.ty, module.index) = (Some(world), value.ty.clone(), self.modules_dict.entries.len());
        let kind = EntryKind::Named(path, value);
        self.modules_dict.entries.push(Entry { kind, internal: false, span: entry_span });
        Some(id)
    }

    fn module_root(&mut self, document: &ast::Document) -> Expr {
        let attributes: Vec<_> = document.attributes().collect();
        let Some(root) = document.root() else { return super::error_expr(self.span(document)) };
        self.file_attributes(&attributes, &root);
        self.root_expr(&root, None)
    }

    /// Puts the current file's world aside for another.
    fn enter(&mut self, world: World) -> World {
        World {
            file: std::mem::replace(&mut self.file, world.file),
            types: std::mem::replace(&mut self.types, world.types),
            imported_types: std::mem::replace(&mut self.imported_types, world.imported_types),
            scopes: std::mem::replace(&mut self.scopes, world.scopes),
            root: std::mem::replace(&mut self.root, world.root),
        }
    }

    /// Looks at something as it is meant in another file, within the scope of its root dict.
    pub(super) fn in_file<T>(&mut self, file: FileId, check: impl FnOnce(&mut Self) -> T) -> T {
        let of_file = |module: &FileModule| module.world.as_ref().is_some_and(|world| world.file == file);
        let Some(at) = self.modules.iter().position(of_file).filter(|_| file != self.file) else { return check(self) };
        let Some(world) = self.modules[at].world.take() else { return check(self) };
        let outer = self.enter(world);
        let root = self.root.map(Scope::Dict);
        let result = match root {
            Some(root) => self.within(root, check),
            None => check(self),
        };
        let world = self.enter(outer);
        self.modules[at].world = Some(world);
        result
    }

    /// The value of a whole file.
    pub(super) fn module_value(&self, module: ModuleId, span: Span) -> Expr {
        let FileModule { ty, index, .. } = &self.modules[module.0];
        Expr { kind: ExprKind::Entry(self.modules_dict.id, *index), ty: ty.clone(), span }
    }

    pub(super) fn module_field(&self, module: ModuleId, field: usize, span: Span) -> Expr {
        let value = self.module_value(module, span);
        let ty = match &value.ty {
            Ty::Record(id) => self.records[id.0 as usize].fields[field].ty.clone(),
            _ => Ty::Error,
        };
        Expr { kind: ExprKind::Field(Box::new(value), field), ty, span }
    }

    /// What a file offers under a name. Where that is called a function comes before a value.
    pub(super) fn export(&self, module: ModuleId, name: &str, called: bool) -> Option<Export> {
        let FileModule { world, ty, .. } = &self.modules[module.0];
        let world = world.as_ref()?;
        let entry = world.root.and_then(|root| {
            let dict = self.dicts.get(&root)?;
            let function = dict.find_function(name).filter(|_| called);
            let index = function.or_else(|| dict.find(name)).filter(|index| !dict.is_internal(*index))?;
            Some(Export::Entry(root, index))
        });
        let field = || match ty {
            Ty::Record(id) => {
                let fields = &self.records[id.0 as usize].fields;
                fields.iter().position(|field| field.name == name).map(|field| Export::Field(module, field))
            }
            _ => None,
        };
        entry.or_else(field).or_else(|| world.types.get(name).cloned().map(Export::Type))
    }

    /// All names that a file offers.
    pub(super) fn export_names(&self, module: ModuleId) -> Vec<String> {
        let FileModule { world, ty, .. } = &self.modules[module.0];
        let Some(world) = world else { return Vec::new() };
        let mut names: Vec<String> = world.types.keys().cloned().collect();
        if let Some(dict) = world.root.and_then(|root| self.dicts.get(&root)) {
            names.extend(dict.names().filter(|name| dict.find(name).is_some_and(|at| !dict.is_internal(at))).cloned());
        }
        if let Ty::Record(id) = ty {
            names.extend(self.records[id.0 as usize].fields.iter().map(|field| field.name.clone()));
        }
        names.sort();
        names.dedup();
        names
    }

    /// The report about a name that a file does not offer.
    pub(super) fn no_export(&self, module: ModuleId, name: &str, span: Span) -> Diagnostic {
        let message = format!("`{}` has no `{name}`", self.modules[module.0].path);
        let known = self.export_names(module);
        Diagnostic::error("VariableNotFound", span, message).suggest(name, known.iter().map(String::as_str))
    }

    /// Whether the module's value is a Dict, whose keys are known only when it runs, or has an error.
    pub(super) fn has_open_value(&self, module: ModuleId) -> bool {
        matches!(self.modules[module.0].ty, Ty::Dict(_) | Ty::Error)
    }

    /// The type of a module by name: `m.Item`.
    pub(super) fn module_type(&self, alias: &str, name: &str) -> Option<TypeDefinition> {
        let Some(Scope::Globals { imports, .. }) = self.scopes.first() else { return None };
        let Some(super::scope::Meaning::File(module)) = imports.get(alias) else { return None };
        self.modules[module.0].world.as_ref()?.types.get(name).cloned()
    }
}
