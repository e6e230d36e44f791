//! Imports. The modules of the library are always there.

use relon_syntax::ast;

use super::Checker;
use super::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::library::{self, MODULES};

impl Checker<'_> {
    pub(super) fn import(&mut self, import: &ast::ImportDirective) {
        let Some(path) = import.path() else { return };
        let span = import.path_token().map_or_else(|| self.span(import), |token| self.token_span(&token));
        let Some(name) = path.strip_prefix("std/") else {
            self.unsupported(
                span,
                "importing a file",
                "only `std/list`, `std/string`, `std/dict` and `std/math` can be imported",
            );
            return;
        };
        let Some(module) = MODULES.iter().find(|module| **module == name) else {
            if matches!(name, "is" | "value") {
                self.unsupported(span, &format!("the module `{path}`"), "types are known, so there is nothing to ask");
                return;
            }
            let known: Vec<String> = MODULES.iter().map(|module| format!("std/{module}")).collect();
            let diagnostic = Diagnostic::error("ModuleNotFound", span, format!("there is no module `{path}`"));
            self.report(diagnostic.suggest(&path, known.iter().map(String::as_str)));
            return;
        };
        if import.is_star() {
            for member in library::members(Some(module)) {
                self.import_member(member.name, member);
            }
        } else if import.is_selective() {
            self.import_selected(import, module);
        } else if let Some(alias) = import.names().next().and_then(|name| name.alias())
            && let Scope::Globals { modules, .. } = &mut self.scopes[0]
        {
            modules.insert(alias.text().to_owned(), module);
        }
    }

    fn import_selected(&mut self, import: &ast::ImportDirective, module: &'static str) {
        for item in import.names() {
            let (Some(name), Some(alias)) = (item.name(), item.alias()) else { continue };
            match library::member(Some(module), name.text()) {
                Some(member) => self.import_member(alias.text(), member),
                None => {
                    let span = self.token_span(&name);
                    let message = format!("module `std/{module}` has no `{}`", name.text());
                    let known = library::members(Some(module)).map(|member| member.name);
                    self.report(Diagnostic::error("VariableNotFound", span, message).suggest(name.text(), known));
                }
            }
        }
    }

    fn import_member(&mut self, alias: &str, member: &'static library::Member) {
        if let Scope::Globals { members, .. } = &mut self.scopes[0] {
            members.insert(alias.to_owned(), member);
        }
    }
}
