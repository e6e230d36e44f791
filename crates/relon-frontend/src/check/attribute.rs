//! Attributes of a file: what is declared and imported before anything is checked.

use relon_syntax::ast::{self, AstNode, Attribute};

use super::Checker;
use crate::diagnostic::Diagnostic;

impl Checker<'_> {
    /// Imports and declarations of a file and of its root dict.
    pub(super) fn file_attributes(&mut self, attributes: &[Attribute], root: &ast::Expr) {
        for attribute in attributes {
            self.file_attribute(attribute);
        }
        if let ast::Expr::Dict(dict) = root {
            // A declaration stands alone or before the key of the next entry.
            for attribute in dict.fields().flat_map(|field| field.attributes().collect::<Vec<_>>()) {
                if matches!(attribute, Attribute::Import(_)) {
                    self.file_attribute(&attribute);
                }
            }
        }
        // Types have one namespace in a file, wherever they are declared.
        for attribute in root.syntax().descendants().filter_map(Attribute::cast) {
            if matches!(attribute, Attribute::Schema(_) | Attribute::Enum(_)) {
                self.file_attribute(&attribute);
            }
        }
        self.resolve_types();
    }

    fn file_attribute(&mut self, attribute: &Attribute) {
        let span = self.span(attribute);
        match attribute {
            Attribute::Main(_) => {}
            Attribute::Schema(schema) => self.declare_schema(schema),
            Attribute::Enum(node) => self.declare_enum(node),
            Attribute::Import(import) => self.import(import),
            Attribute::Flag(flag) if matches!(flag.name().as_str(), "relaxed" | "unstrict") => {
                let message = format!("`#{}` changes nothing: every file is checked strictly", flag.name());
                self.report(Diagnostic::warning("RelaxedIgnored", span, message));
            }
            Attribute::Extend(_) => {
                self.unsupported(span, "`#extend`", "write a function that takes the value");
            }
            Attribute::Flag(_) | Attribute::Value(_) | Attribute::Decorator(_) => {
                self.unsupported(span, "this attribute of a file", "remove it");
            }
        }
    }
}
