//! Types as they are written.

use std::sync::Arc;

use relon_ir::Span;
use relon_natives::TrapKind;
use relon_syntax::ast;

use super::Checker;
use super::expr::holds_function;
use super::scope::Meaning;
use crate::diagnostic::Diagnostic;
use crate::hir::{Adapt, Arm, ClosureTy, EntryKind, Expr, ExprKind, ListItem, Ty};
use crate::types::Misfit;

const BUILTIN: [&str; 10] = ["Int", "Float", "Bool", "String", "List", "Dict", "Tuple", "Option", "Result", "Closure"];

impl Checker<'_> {
    /// The type that is written.
    pub(super) fn ty(&mut self, ty: &ast::Type) -> Ty {
        match ty {
            ast::Type::Tuple(tuple) => Ty::Tuple(tuple.items().iter().map(|item| self.ty(item)).collect()),
            ast::Type::Path(path) => self.path_ty(path),
        }
    }

    /// The type that is written where a value lies in memory or comes from the host: it holds no function.
    pub(super) fn data_ty(&mut self, ty: &ast::Type) -> Ty {
        let span = self.span(ty);
        let ty = self.ty(ty);
        self.data_only(ty, span)
    }

    /// Refuses a type that holds a function.
    pub(super) fn data_only(&mut self, ty: Ty, span: Span) -> Ty {
        if !holds_function(&ty) {
            return ty;
        }
        self.unsupported(
            span,
            "a function as data",
            "functions are parameters of functions, and fields of dict literals",
        );
        Ty::Error
    }

    /// The type that is written, without reports: for a place that is looked at twice.
    pub(super) fn ty_quietly(&mut self, ty: &ast::Type) -> Ty {
        let reported = self.diagnostics.len();
        let ty = self.ty(ty);
        self.diagnostics.truncate(reported);
        ty
    }

    fn path_ty(&mut self, path: &ast::PathType) -> Ty {
        let (name, span) = (path.name(), self.span(path));
        let arguments: Vec<Ty> = path.arguments().iter().map(|argument| self.ty(argument)).collect();
        self.applied(&name, &arguments, span)
    }

    /// The type that an expression names, as the fields of a schema may be written.
    pub(super) fn ty_of_value(&mut self, value: &ast::Expr) -> Option<Ty> {
        match value {
            ast::Expr::TypeExpr(node) => node.ty().map(|ty| self.ty(&ty)),
            ast::Expr::Name(name) => Some(self.applied(&name.text(), &[], self.span(name))),
            ast::Expr::Tuple(tuple) => {
                let items: Option<Vec<Ty>> = tuple.items().iter().map(|item| self.ty_of_value(item)).collect();
                Some(Ty::Tuple(items?.into()))
            }
            _ => None,
        }
    }

    fn applied(&mut self, name: &str, arguments: &[Ty], span: Span) -> Ty {
        match (name, arguments) {
            ("Int", []) => Ty::Int,
            ("Float", []) => Ty::Float,
            ("Bool", []) => Ty::Bool,
            ("String", []) => Ty::String,
            ("List", [element]) => Ty::List(Arc::new(element.clone())),
            ("Dict", [_, value]) => Ty::Dict(Arc::new(value.clone())),
            ("Option", [payload]) => Ty::Option(Arc::new(payload.clone())),
            ("Result", [ok, err]) => Ty::Result(Arc::new(ok.clone()), Arc::new(err.clone())),
            ("Tuple", items) if !items.is_empty() => Ty::Tuple(items.into()),
            ("Closure" | "Fn", [params @ .., result]) => {
                Ty::Closure(Arc::new(ClosureTy { params: params.to_vec(), result: result.clone() }))
            }
            ("List" | "Dict" | "Closure" | "Fn" | "Option" | "Result", []) => self.bare_container(name, span),
            ("Any", _) => {
                let message = "there is no type `Any`: every value has a known type";
                self.type_error(Diagnostic::error("ExplicitAnyForbidden", span, message))
            }
            ("Null" | "Unit" | "Enum", _) => {
                let message = format!("`{name}` is reserved and no type");
                self.type_error(Diagnostic::error("ReservedTypeName", span, message))
            }
            ("Number", _) => {
                self.unsupported(span, "the type `Number`", "use Int or Float");
                Ty::Error
            }
            _ => self.named_ty(name, arguments, span),
        }
    }

    fn type_error(&mut self, diagnostic: Diagnostic) -> Ty {
        self.report(diagnostic);
        Ty::Error
    }

    fn bare_container(&mut self, name: &str, span: Span) -> Ty {
        let example = match name {
            "List" => "List<Int>",
            "Dict" => "Dict<String, Int>",
            "Option" => "Option<Int>",
            "Result" => "Result<Int, String>",
            _ => "Closure<Int, Bool>",
        };
        let message = format!("`{name}` needs the types of what it holds");
        self.type_error(
            Diagnostic::error("BareGenericContainer", span, message).hint(format!("write for example `{example}`")),
        )
    }

    fn named_ty(&mut self, name: &str, arguments: &[Ty], span: Span) -> Ty {
        match self.definition(name) {
            Some(ty) if arguments.is_empty() => ty,
            Some(_) => {
                let message = format!("`{name}` takes no types");
                self.type_error(Diagnostic::error("UnknownTypeName", span, message))
            }
            None if self.is_broken(name) => Ty::Error,
            None => {
                let known: Vec<String> = self.types.keys().cloned().chain(BUILTIN.map(str::to_owned)).collect();
                let diagnostic = Diagnostic::error("UnknownTypeName", span, format!("there is no type `{name}`"));
                self.type_error(diagnostic.label("unknown type").suggest(name, known.iter().map(String::as_str)))
            }
        }
    }

    /// Whether a type's name comes from an import that failed.
    fn is_broken(&self, name: &str) -> bool {
        let head = name.split('.').next().unwrap_or(name);
        self.has_broken_names || matches!(self.resolve(head), Some(Meaning::Broken))
    }

    // Values for places.

    /// Makes a value fit a place, or reports that it does not; predicates of schemas run.
    pub(super) fn adapt(&mut self, value: Expr, to: &Ty, kind: TrapKind) -> Expr {
        self.adapt_named(value, to, Some(kind), "StaticTypeMismatch")
    }

    /// The root expression for the declared result.
    pub(super) fn adapt_result(&mut self, value: Expr, to: &Ty) -> Expr {
        self.adapt_named(value, to, Some(TrapKind::MainReturnTypeMismatch), "MainReturnTypeMismatch")
    }

    /// An argument for a parameter, whose type is a promise that is not checked again.
    pub(super) fn adapt_argument(&mut self, value: Expr, to: &Ty) -> Expr {
        self.adapt_named(value, to, None, "FnCallArgTypeMismatch")
    }

    /// The body of a function for its declared result, which is a promise as well.
    pub(super) fn adapt_body(&mut self, value: Expr, to: &Ty) -> Expr {
        self.adapt_named(value, to, None, "StaticTypeMismatch")
    }

    /// One of several values that have one type together. Whether it is checked is for the place of the whole to say.
    pub(super) fn adapt_part(&mut self, value: Expr, to: &Ty) -> Expr {
        self.adapt_named(value, to, None, "StaticTypeMismatch")
    }

    fn adapt_named(&mut self, value: Expr, to: &Ty, kind: Option<TrapKind>, name: &'static str) -> Expr {
        if matches!(value.ty, Ty::Error) || matches!(to, Ty::Error) {
            return Expr { ty: Ty::Error, ..value };
        }
        if let Some(misfit) = self.declarations().misfit(&value.ty, to) {
            let diagnostic = self.misfit(&value, to, &misfit, name);
            return self.mistake(diagnostic);
        }
        if matches!(to, Ty::Closure(_))
            || (value.ty == *to && (kind.is_none() || !self.declarations().has_predicates(to)))
        {
            return value;
        }
        if let Some(kind) = kind
            && value.ty == *to
            && has_converted_parts(&value)
        {
            return self.check_parts(value, kind);
        }
        let span = value.span;
        Expr { kind: ExprKind::Adapt(Box::new(Adapt { value, to: to.clone(), kind })), ty: to.clone(), span }
    }

    /// Checks each part of a value whose parts were converted one by one, so that defaults that were filled in are not checked as if
    /// they had been given.
    fn check_parts(&mut self, value: Expr, kind: TrapKind) -> Expr {
        let Expr { kind: expr, ty, span } = value;
        let mut part = |value: Expr| match value.kind {
            ExprKind::Adapt(mut adapt) if adapt.kind.is_none() => {
                adapt.kind = Some(kind);
                Expr { kind: ExprKind::Adapt(adapt), ..value }
            }
            _ => {
                let to = value.ty.clone();
                self.adapt_named(value, &to, Some(kind), "StaticTypeMismatch")
            }
        };
        let expr = match expr {
            ExprKind::If(condition, yes, no) => ExprKind::If(condition, Box::new(part(*yes)), Box::new(part(*no))),
            ExprKind::Match(scrutinee, arms) => {
                let arms = arms.into_iter().map(|arm| Arm { body: part(arm.body), ..arm });
                ExprKind::Match(scrutinee, arms.collect())
            }
            ExprKind::List(items) => {
                let items = items.into_iter().map(|item| match item {
                    ListItem::Item(value) => ListItem::Item(part(value)),
                    ListItem::Spread(value) => ListItem::Spread(part(value)),
                });
                ExprKind::List(items.collect())
            }
            ExprKind::Where(dict, body) => ExprKind::Where(dict, Box::new(part(*body))),
            other => other,
        };
        Expr { kind: expr, ty, span }
    }

    /// The entry of a dict literal for a field: its key and its value, or the whole value where it is no literal.
    fn literal_entry(&self, value: &Expr, field: &str) -> (Span, Span) {
        if let ExprKind::Dict(dict) = &value.kind {
            for entry in &dict.entries {
                if let EntryKind::Named(name, inner) = &entry.kind
                    && name == field
                {
                    return (Span { end: entry.span.start + name.len() as u32, ..entry.span }, inner.span);
                }
            }
        }
        (value.span, value.span)
    }

    fn misfit(&self, value: &Expr, to: &Ty, misfit: &Misfit, name: &'static str) -> Diagnostic {
        let (found, wanted) = (self.show(&value.ty), self.show(to));
        match misfit {
            Misfit::Type => {
                let diagnostic = Diagnostic::error(name, value.span, format!("expected {wanted}, found {found}"))
                    .label(format!("this is {found}"));
                match (&value.ty, to) {
                    (Ty::Int, Ty::Float) => {
                        diagnostic.hint("an Int does not become a Float by itself: write `1.0`, or multiply by `1.0`")
                    }
                    (found, Ty::Option(payload)) if self.declarations().misfit(found, payload).is_none() => {
                        diagnostic.hint("wrap it: `Some(..)`")
                    }
                    (Ty::Option(_), _) => diagnostic.hint("take the value out with `match { Some(v): .., None: .. }`"),
                    _ => diagnostic,
                }
            }
            Misfit::Field(field) => {
                let message = format!("field `{field}` does not have the type that {wanted} declares");
                Diagnostic::error(name, self.literal_entry(value, field).1, message)
            }
            Misfit::Missing(field) => {
                let message = format!("field `{field}` of {wanted} is missing");
                Diagnostic::error(name, value.span, message)
                    .hint(format!("add `{field}: ..`, or give the field a `#default`"))
            }
            Misfit::Unknown(field) => {
                let message = format!("{wanted} has no field `{field}`");
                let known: Vec<&str> = match to {
                    Ty::Record(id) => {
                        self.records[id.0 as usize].fields.iter().map(|field| field.name.as_str()).collect()
                    }
                    _ => Vec::new(),
                };
                Diagnostic::error(name, self.literal_entry(value, field).0, message).suggest(field, known)
            }
        }
    }
}

/// Whether parts of a value were converted one by one, since they have no type in common but that of their place.
fn has_converted_parts(value: &Expr) -> bool {
    let converted =
        |part: &Expr| matches!(&part.kind, ExprKind::Adapt(adapt) if adapt.kind.is_none()) || has_converted_parts(part);
    match &value.kind {
        ExprKind::If(_, yes, no) => converted(yes) || converted(no),
        ExprKind::Match(_, arms) => arms.iter().any(|arm| converted(&arm.body)),
        ExprKind::List(items) => items.iter().any(|item| match item {
            ListItem::Item(value) | ListItem::Spread(value) => converted(value),
        }),
        ExprKind::Where(_, body) => converted(body),
        _ => false,
    }
}
