//! Imports: modules of the library, which are always there, and files.

use relon_ir::Span;
use relon_syntax::ast;

use super::Checker;
use super::module::{Export, ModuleId};
use super::scope::{Meaning, Scope};
use crate::diagnostic::Diagnostic;
use crate::library::{self, MODULES};

impl Checker<'_> {
    pub(super) fn import(&mut self, import: &ast::ImportDirective) {
        let Some(path) = import.path() else { return };
        let span = import.path_token().map_or_else(|| self.span(import), |token| self.token_span(&token));
        if import.is_pinned() {
            self.unsupported(span, "a pinned import", "remove the hash behind the path");
        }
        match path.strip_prefix("std/") {
            Some(name) => self.import_library(import, name, &path, span),
            None => match self.load_module(&path, span) {
                Some(module) => self.import_file(import, module),
                None => self.import_broken(import),
            },
        }
    }

    fn import_library(&mut self, import: &ast::ImportDirective, name: &str, path: &str, span: Span) {
        let Some(module) = MODULES.iter().copied().find(|module| *module == name) else {
            if matches!(name, "is" | "value") {
                self.unsupported(span, &format!("the module `{path}`"), "types are known, so there is nothing to ask");
                return;
            }
            let known: Vec<String> = MODULES.iter().map(|module| format!("std/{module}")).collect();
            let diagnostic = Diagnostic::error("ModuleNotFound", span, format!("there is no module `{path}`"));
            self.report(diagnostic.suggest(path, known.iter().map(String::as_str)));
            return;
        };
        if import.is_star() {
            for member in library::members(Some(module)) {
                self.bind_import(member.name, Meaning::Member(member));
            }
        } else if import.is_selective() {
            for (name, alias, span) in self.selected(import) {
                match library::member(Some(module), &name) {
                    Some(member) => self.bind_import(&alias, Meaning::Member(member)),
                    None => {
                        let message = format!("module `std/{module}` has no `{name}`");
                        let known = library::members(Some(module)).map(|member| member.name);
                        self.report(Diagnostic::error("VariableNotFound", span, message).suggest(&name, known));
                        self.bind_import(&alias, Meaning::Broken);
                    }
                }
            }
        } else {
            self.bind_whole(import, Meaning::Module(module));
        }
    }

    /// Names that an import would have brought mean something, so that they are not reported as well.
    fn import_broken(&mut self, import: &ast::ImportDirective) {
        self.has_broken_names |= import.is_star();
        for name in import.names() {
            if let Some(alias) = name.alias() {
                self.bind_import(alias.text(), Meaning::Broken);
            }
        }
    }

    fn import_file(&mut self, import: &ast::ImportDirective, module: ModuleId) {
        if import.is_star() {
            let span = self.span(import);
            for name in self.export_names(module) {
                if let Some(export) = self.export(module, &name, false) {
                    self.bind_export(&name, export, span);
                }
            }
        } else if import.is_selective() {
            for (name, alias, span) in self.selected(import) {
                match self.export(module, &name, false) {
                    Some(export) => self.bind_export(&alias, export, span),
                    None => {
                        let diagnostic = self.no_export(module, &name, span);
                        self.report(diagnostic);
                        self.bind_import(&alias, Meaning::Broken);
                    }
                }
            }
        } else {
            self.bind_whole(import, Meaning::File(module));
        }
    }

    /// Name, new name and place of each selected name.
    fn selected(&self, import: &ast::ImportDirective) -> Vec<(String, String, Span)> {
        let item = |item: ast::ImportName| {
            let (name, alias) = (item.name()?, item.alias()?);
            Some((name.text().to_owned(), alias.text().to_owned(), self.token_span(&name)))
        };
        import.names().filter_map(item).collect()
    }

    /// `#import m from ..`
    fn bind_whole(&mut self, import: &ast::ImportDirective, meaning: Meaning) {
        if let Some(alias) = import.names().next().and_then(|name| name.alias()) {
            self.bind_import(alias.text(), meaning);
        }
    }

    fn bind_export(&mut self, name: &str, export: Export, span: Span) {
        match export {
            Export::Entry(dict, index) => self.bind_import(name, Meaning::Entry(dict, index)),
            Export::Field(module, field) => self.bind_import(name, Meaning::FileField(module, field)),
            Export::Type(definition) => {
                let known = self.types.get(name).or_else(|| self.imported_types.get(name));
                if known.is_some_and(|known| !known.is_same(&definition)) {
                    let message = format!("the imported type `{name}` has the name of another one");
                    let diagnostic = Diagnostic::error("CrossModuleSchemaCollision", span, message);
                    self.report(diagnostic.hint("import the file by a name: `#import m from ..`, and write `m.Type`"));
                }
                self.imported_types.insert(name.to_owned(), definition);
            }
        }
    }

    fn bind_import(&mut self, alias: &str, meaning: Meaning) {
        if let Scope::Globals { imports, .. } = &mut self.scopes[0] {
            imports.insert(alias.to_owned(), meaning);
        }
    }
}
