//! Declared types: schemas and enums.
//!
//! Declarations are known first by name, then their fields get types, and last, once the functions of the root dict are in scope,
//! predicates and defaults are checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use relon_ir::{FileId, Span};
use relon_natives::TrapKind;
use relon_syntax::ast;

use super::closure::ClosureSyntax;
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{
    Closure, ClosureTy, Enum, EnumId, Expr, ExprKind, FieldDefault, LocalId, Record, RecordField, RecordId, Ty,
    Variant, VariantStyle,
};

/// What a declared type name stands for.
#[derive(Clone, Debug)]
pub(crate) enum TypeDefinition {
    /// A record.
    Schema { id: RecordId, syntax: ast::SchemaDirective },
    /// A tuple schema; its type once it is resolved.
    Tuple { syntax: ast::SchemaDirective, ty: Option<Ty> },
    /// An enum.
    Enum { id: EnumId, syntax: ast::EnumDirective },
}

impl TypeDefinition {
    /// Whether both names stand for one declaration.
    pub(super) fn is_same(&self, other: &TypeDefinition) -> bool {
        match (self, other) {
            (TypeDefinition::Schema { id: a, .. }, TypeDefinition::Schema { id: b, .. }) => a == b,
            (TypeDefinition::Enum { id: a, .. }, TypeDefinition::Enum { id: b, .. }) => a == b,
            (TypeDefinition::Tuple { syntax: a, .. }, TypeDefinition::Tuple { syntax: b, .. }) => a == b,
            _ => false,
        }
    }
}

/// The declaration of a schema and its file.
#[derive(Clone, Debug)]
pub(crate) struct SchemaSyntax {
    file: FileId,
    directive: ast::SchemaDirective,
}

/// Where the type of a field stands: before its name, or as its value.
enum TypeSyntax {
    Prefix(ast::Type),
    Value(ast::Expr),
}

/// A field of a schema as it is written.
struct FieldSyntax {
    name: String,
    span: Span,
    ty: Option<TypeSyntax>,
    predicate: Option<ClosureSyntax>,
    message: Option<String>,
    default: Option<ast::Expr>,
}

impl Checker<'_> {
    /// The declaration of a type that this file knows by the name, which may be that of a module and a type: `m.Item`.
    pub(super) fn declaration(&self, name: &str) -> Option<TypeDefinition> {
        match name.split_once('.') {
            Some((module, name)) => self.module_type(module, name),
            None => self.types.get(name).or_else(|| self.imported_types.get(name)).cloned(),
        }
    }

    /// The type that a name was declared as.
    pub(super) fn definition(&mut self, name: &str) -> Option<Ty> {
        match self.declaration(name)? {
            TypeDefinition::Schema { id, .. } => Some(Ty::Record(id)),
            TypeDefinition::Enum { id, .. } => Some(Ty::Enum(id)),
            TypeDefinition::Tuple { ty: Some(ty), .. } => Some(ty),
            TypeDefinition::Tuple { syntax, ty: None } => {
                let name = name.to_owned();
                // While it is resolved it is an error, so that a tuple that holds itself ends.
                let reported = self.diagnostics.len();
                self.types.insert(name.clone(), TypeDefinition::Tuple { syntax: syntax.clone(), ty: Some(Ty::Error) });
                let ty = syntax.types().first().map_or(Ty::Error, |ty| self.ty(ty));
                if self.diagnostics.len() == reported && holds_error(&ty) {
                    let span = self.span(&syntax);
                    self.unsupported(
                        span,
                        "a tuple that holds itself",
                        "declare a schema with named fields, which may hold itself",
                    );
                }
                self.types.insert(name, TypeDefinition::Tuple { syntax, ty: Some(ty.clone()) });
                Some(ty)
            }
        }
    }

    fn declare(&mut self, name: &str, span: Span, definition: TypeDefinition) {
        if self.types.insert(name.to_owned(), definition).is_some() {
            let message = format!("the type `{name}` is declared twice");
            self.report(Diagnostic::error("DuplicateRootSchemaName", span, message));
        }
    }

    pub(super) fn declare_schema(&mut self, schema: &ast::SchemaDirective) {
        let Some(name) = schema.name() else { return };
        let span = self.token_span(&name);
        self.refuse_generics(schema.generics(), "schema");
        if let Some(methods) = schema.methods() {
            let span = self.span(&methods);
            self.unsupported(span, "a method of a schema", "write a function that takes the record");
        }
        if schema.bodies().is_empty() && schema.types().iter().any(|ty| matches!(ty, ast::Type::Tuple(_))) {
            return self.declare(name.text(), span, TypeDefinition::Tuple { syntax: schema.clone(), ty: None });
        }
        let id = RecordId(self.records.len() as u32);
        self.records.push(Record { name: Some(name.text().to_owned()), fields: Vec::new(), bases: Vec::new() });
        self.schemas.insert(id, SchemaSyntax { file: self.file, directive: schema.clone() });
        self.declare(name.text(), span, TypeDefinition::Schema { id, syntax: schema.clone() });
    }

    pub(super) fn declare_enum(&mut self, node: &ast::EnumDirective) {
        let Some(name) = node.name() else { return };
        let span = self.token_span(&name);
        self.refuse_generics(node.generics(), "enum");
        let id = EnumId(self.enums.len() as u32);
        self.enums.push(Enum { name: name.text().to_owned(), variants: Vec::new() });
        self.declare(name.text(), span, TypeDefinition::Enum { id, syntax: node.clone() });
    }

    fn refuse_generics(&mut self, generics: Option<ast::Generics>, what: &str) {
        if let Some(generics) = generics {
            let span = self.span(&generics);
            self.unsupported(span, &format!("a generic {what}"), "declare one for each type");
        }
    }

    /// Gives the fields of all declared types their types.
    pub(super) fn resolve_types(&mut self) {
        let mut definitions: Vec<TypeDefinition> = self.types.values().cloned().collect();
        definitions.sort_by_key(|definition| match definition {
            TypeDefinition::Schema { syntax, .. } | TypeDefinition::Tuple { syntax, .. } => self.span(syntax).start,
            TypeDefinition::Enum { syntax, .. } => self.span(syntax).start,
        });
        for definition in &definitions {
            match definition {
                TypeDefinition::Schema { id, syntax } => self.resolve_schema(*id, syntax, 0),
                TypeDefinition::Enum { id, syntax } => self.resolve_enum(*id, syntax),
                TypeDefinition::Tuple { syntax, .. } => {
                    if let Some(name) = syntax.name() {
                        self.definition(name.text());
                    }
                }
            }
        }
    }

    /// Fields of the bases first, then its own; a field declared again replaces the type and keeps its place.
    fn resolve_schema(&mut self, id: RecordId, syntax: &ast::SchemaDirective, depth: usize) {
        if !self.records[id.0 as usize].fields.is_empty() {
            return;
        }
        if depth > self.records.len() {
            let span = self.span(syntax);
            self.report(Diagnostic::error("SchemaBodyNotDict", span, "a schema is composed from itself"));
            return;
        }
        let mut fields: Vec<RecordField> = Vec::new();
        let mut bases = Vec::new();
        for ty in syntax.types() {
            self.base(&ty, &mut fields, &mut bases, depth);
        }
        for field in self.schema_fields(syntax) {
            let ty = match &field.ty {
                Some(TypeSyntax::Prefix(ty)) => Some(self.ty(ty)),
                Some(TypeSyntax::Value(value)) => self.ty_of_value(value),
                None => None,
            };
            let ty = ty.unwrap_or_else(|| self.untyped(&field));
            let ty = self.data_only(ty, field.span);
            let new = RecordField {
                name: field.name.clone(),
                ty,
                span: field.span,
                is_checked: field.predicate.is_some(),
                predicates: Vec::new(),
                message: field.message,
                // Whether there is one decides what fits the schema; its value follows with all other values.
                default: field.default.as_ref().map(|_| FieldDefault::Literal(error_expr(field.span))),
            };
            match fields.iter_mut().find(|known| known.name == field.name) {
                Some(known) => {
                    // What the base checks is checked still.
                    let is_checked = known.is_checked || new.is_checked;
                    *known = RecordField { is_checked, ..new };
                }
                None => fields.push(new),
            }
        }
        let record = &mut self.records[id.0 as usize];
        record.fields = fields;
        record.bases = bases;
    }

    fn base(&mut self, ty: &ast::Type, fields: &mut Vec<RecordField>, bases: &mut Vec<RecordId>, depth: usize) {
        let span = self.span(ty);
        let name = match ty {
            ast::Type::Path(path) => path.name(),
            ast::Type::Tuple(_) => String::new(),
        };
        let Some(TypeDefinition::Schema { id, syntax }) = self.declaration(&name) else {
            let message = format!("`{name}` is no schema to compose from");
            self.report(Diagnostic::error("RootSchemaInvalidValue", span, message));
            return;
        };
        let file = self.schemas[&id].file;
        self.in_file(file, |checker| checker.resolve_schema(id, &syntax, depth + 1));
        let base = &self.records[id.0 as usize];
        bases.push(id);
        bases.extend(base.bases.iter().copied());
        for field in &base.fields {
            let copy = RecordField {
                name: field.name.clone(),
                ty: field.ty.clone(),
                span: field.span,
                is_checked: field.is_checked,
                predicates: Vec::new(),
                message: field.message.clone(),
                default: field.default.as_ref().map(|_| FieldDefault::Literal(error_expr(field.span))),
            };
            match fields.iter_mut().find(|known| known.name == copy.name) {
                Some(known) => *known = copy,
                None => fields.push(copy),
            }
        }
    }

    fn schema_fields(&mut self, syntax: &ast::SchemaDirective) -> Vec<FieldSyntax> {
        let mut fields = Vec::new();
        for field in syntax.bodies().iter().flat_map(|body| body.fields().collect::<Vec<_>>()) {
            if let Some(field) = self.schema_field(&field) {
                fields.push(field);
            }
        }
        fields
    }

    fn schema_field(&mut self, field: &ast::Field) -> Option<FieldSyntax> {
        let key = field.key()?;
        let span = self.span(&key);
        let ast::KeyKind::Static(name) = key.kind() else {
            self.report(Diagnostic::error("SchemaFieldUntyped", span, "a field of a schema has a plain name"));
            return None;
        };
        let mut result = FieldSyntax { name, span, ty: None, predicate: None, message: None, default: None };
        self.field_attributes(field, &mut result);
        let value = field.value()?;
        match (field.type_prefix(), &value) {
            (None, _) => result.ty = Some(TypeSyntax::Value(value)),
            (Some(ty), ast::Expr::Wildcard(_)) => result.ty = Some(TypeSyntax::Prefix(ty)),
            (Some(ty), ast::Expr::Closure(closure)) => {
                result.ty = Some(TypeSyntax::Prefix(ty));
                result.predicate = Some(ClosureSyntax::of_closure(closure));
            }
            (Some(ty), _) => {
                result.ty = Some(TypeSyntax::Prefix(ty));
                let place = self.span(&value);
                let message = "a predicate is `*` or a function of the value";
                self.report(Diagnostic::error("RootSchemaInvalidValue", place, message).hint("write `(v) => v > 0`"));
            }
        }
        Some(result)
    }

    fn untyped(&mut self, field: &FieldSyntax) -> Ty {
        let message = format!("field `{}` has no type", field.name);
        let diagnostic = Diagnostic::error("SchemaFieldUntyped", field.span, message);
        self.report(diagnostic.hint(format!("write `Type {}: *`", field.name)));
        Ty::Error
    }

    fn field_attributes(&mut self, field: &ast::Field, result: &mut FieldSyntax) {
        for attribute in field.attributes() {
            let span = self.span(&attribute);
            let ast::Attribute::Value(directive) = &attribute else {
                self.unsupported(span, "this attribute of a schema's field", "remove it");
                continue;
            };
            match (directive.name().as_str(), directive.value()) {
                ("default", value) => result.default = value,
                ("expect" | "msg" | "error", Some(ast::Expr::Literal(literal))) => match literal.kind() {
                    Some(ast::LiteralKind::String(text)) => result.message = Some(text),
                    _ => {
                        let message = "the text of a failed check is a String";
                        self.report(Diagnostic::error("RootSchemaInvalidValue", span, message));
                    }
                },
                _ => {
                    self.unsupported(span, "this attribute of a schema's field", "use `#default` or `#expect`");
                }
            }
        }
    }

    fn resolve_enum(&mut self, id: EnumId, syntax: &ast::EnumDirective) {
        let mut variants: Vec<Variant> = Vec::new();
        for node in syntax.variants() {
            let Some(name) = node.name() else { continue };
            let span = self.token_span(&name);
            let (fields, style): (Vec<(String, Ty)>, _) = match node.tuple() {
                Some(tuple) => {
                    let items = tuple.items();
                    let fields = items.iter().enumerate().map(|(index, ty)| (index.to_string(), self.data_ty(ty)));
                    (fields.collect(), VariantStyle::Tuple)
                }
                None if node.is_struct() => {
                    let fields = node.fields().filter_map(|field| {
                        Some((field.name()?.text().to_owned(), field.ty().map_or(Ty::Error, |ty| self.data_ty(&ty))))
                    });
                    (fields.collect(), VariantStyle::Struct)
                }
                None => (Vec::new(), VariantStyle::Unit),
            };
            if variants.iter().any(|known| known.name == name.text()) {
                let message = format!("variant `{}` is declared twice", name.text());
                self.report(Diagnostic::error("DuplicateMatchArm", span, message));
            }
            variants.push(Variant { name: name.text().to_owned(), fields, style });
        }
        self.enums[id.0 as usize].variants = variants;
    }

    // Predicates and defaults.

    /// Checks the predicates and defaults of all schemas.
    pub(super) fn schema_bodies(&mut self) {
        let mut schemas: Vec<(RecordId, ast::SchemaDirective)> = self
            .types
            .values()
            .filter_map(|definition| match definition {
                TypeDefinition::Schema { id, syntax } => Some((*id, syntax.clone())),
                _ => None,
            })
            .collect();
        schemas.sort_by_key(|(id, _)| *id);
        // Defaults first: whether a field may be absent decides what fits the schema.
        for (id, syntax) in &schemas {
            // A field declared again has the default of its last declaration, or none.
            let fields = self.inherited(*id, syntax).into_iter();
            let last: BTreeMap<usize, (FileId, Option<ast::Expr>)> =
                fields.map(|(index, file, field)| (index, (file, field.default))).collect();
            for (index, (file, default)) in last {
                if let Some(default) = default {
                    self.in_file(file, |checker| checker.default(*id, index, &default));
                }
            }
        }
        for (id, _) in &schemas {
            self.check_computed(*id);
        }
        for (id, syntax) in &schemas {
            for (index, file, field) in self.inherited(*id, syntax) {
                if let Some(predicate) = &field.predicate {
                    let predicate = self.in_file(file, |checker| checker.predicate(*id, index, predicate));
                    self.records[id.0 as usize].fields[index].predicates.extend(predicate);
                }
            }
        }
    }

    /// Computed defaults are made from the record without them, so none may read another, nor give the record away as a whole.
    fn check_computed(&mut self, id: RecordId) {
        let fields = &self.records[id.0 as usize].fields;
        let is_computed = |field: &RecordField| matches!(field.default, Some(FieldDefault::Computed(_)));
        let mut found: Vec<(Span, String)> = Vec::new();
        for field in fields {
            let Some(FieldDefault::Computed(closure)) = &field.default else { continue };
            let mut uses = Vec::new();
            record_uses(&closure.body, closure.params[0], &mut uses);
            for (used, span) in uses {
                match used {
                    Some(index) if is_computed(&fields[index]) => {
                        let name = &fields[index].name;
                        found.push((
                            span,
                            format!("a computed default cannot read `{name}`, whose own default is computed"),
                        ));
                    }
                    Some(_) => {}
                    None => {
                        found.push((
                            span,
                            "a computed default cannot use the record as a whole, which is not whole yet".to_owned(),
                        ));
                    }
                }
            }
        }
        for (span, message) in found {
            let diagnostic = Diagnostic::error("CircularReference", span, message);
            self.report(diagnostic.hint("use the fields that are given, such as `self.name`"));
        }
    }

    /// The fields of a schema and of those it was composed from, bases first, with their positions and files.
    fn inherited(&mut self, id: RecordId, syntax: &ast::SchemaDirective) -> Vec<(usize, FileId, FieldSyntax)> {
        let reported = self.diagnostics.len();
        let mut syntaxes = vec![SchemaSyntax { file: self.file, directive: syntax.clone() }];
        syntaxes.extend(self.records[id.0 as usize].bases.iter().filter_map(|base| self.schemas.get(base).cloned()));
        let mut fields = Vec::new();
        for syntax in syntaxes.iter().rev() {
            for field in self.in_file(syntax.file, |checker| checker.schema_fields(&syntax.directive)) {
                let known = &self.records[id.0 as usize].fields;
                if let Some(index) = known.iter().position(|known| known.name == field.name) {
                    fields.push((index, syntax.file, field));
                }
            }
        }
        // What is wrong with these fields was said when they got their types.
        self.diagnostics.truncate(reported);
        fields
    }

    fn predicate(&mut self, id: RecordId, index: usize, syntax: &ClosureSyntax) -> Option<Closure> {
        let ty = self.records[id.0 as usize].fields[index].ty.clone();
        let expected = ClosureTy { params: vec![ty], result: Ty::Bool };
        let closure = self.one_parameter(syntax, &expected, "a predicate")?;
        if !matches!(closure.ty.result, Ty::Bool | Ty::Error) {
            let message = format!("a predicate gives a Bool, not {}", self.show(&closure.ty.result));
            self.report(Diagnostic::error("StaticTypeMismatch", closure.body.span, message));
        }
        Some(closure)
    }

    fn one_parameter(&mut self, syntax: &ClosureSyntax, expected: &ClosureTy, what: &str) -> Option<Closure> {
        let value = self.closure(syntax, Some(expected), None);
        let ExprKind::Closure(closure) = value.kind else { return None };
        if closure.params.len() != 1 {
            let message = format!("{what} has one parameter");
            self.report(Diagnostic::error("StaticTypeMismatch", value.span, message));
            return None;
        }
        let declared = &closure.ty.params[0];
        if *declared != expected.params[0] && *declared != Ty::Error {
            let (found, wanted) = (self.show(declared), self.show(&expected.params[0]));
            let message = format!("{what} gets {wanted}, but takes {found}");
            self.report(Diagnostic::error("StaticTypeMismatch", value.span, message));
            return None;
        }
        Arc::into_inner(closure)
    }

    fn default(&mut self, id: RecordId, index: usize, syntax: &ast::Expr) {
        let ty = self.records[id.0 as usize].fields[index].ty.clone();
        let default = match syntax {
            ast::Expr::Closure(closure) => self.computed_default(id, &ty, closure),
            other => {
                let value = self.expr(other, Some(&ty));
                Some(FieldDefault::Literal(self.adapt(value, &ty, TrapKind::TypeMismatch)))
            }
        };
        self.records[id.0 as usize].fields[index].default = default;
    }

    fn computed_default(&mut self, id: RecordId, ty: &Ty, closure: &ast::Closure) -> Option<FieldDefault> {
        let expected = ClosureTy { params: vec![Ty::Record(id)], result: ty.clone() };
        let closure = self.one_parameter(&ClosureSyntax::of_closure(closure), &expected, "a computed default")?;
        let Closure { id, name, params, body, span, .. } = closure;
        let body = self.adapt(body, ty, TrapKind::TypeMismatch);
        let ty = Arc::new(ClosureTy { params: expected.params, result: body.ty.clone() });
        Some(FieldDefault::Computed(Closure { id, name, params, body, ty, span }))
    }
}

/// Whether a part of a type is not known because of a mistake.
fn holds_error(ty: &Ty) -> bool {
    match ty {
        Ty::Error => true,
        Ty::List(inner) | Ty::Option(inner) | Ty::Dict(inner) => holds_error(inner),
        Ty::Result(ok, err) => holds_error(ok) || holds_error(err),
        Ty::Tuple(items) => items.iter().any(holds_error),
        _ => false,
    }
}

/// How an expression uses a record variable, with the places: the field that it reads, or none where it uses the whole record.
fn record_uses(expr: &Expr, record: LocalId, uses: &mut Vec<(Option<usize>, Span)>) {
    let is_record = |expr: &Expr| matches!(expr.kind, ExprKind::Local(id) if id == record);
    match &expr.kind {
        ExprKind::Field(value, index) if is_record(value) => uses.push((Some(*index), expr.span)),
        _ if is_record(expr) => uses.push((None, expr.span)),
        _ => crate::hir::each_child(expr, &mut |child| record_uses(child, record, uses)),
    }
}
