//! Calls, fields and indices: what a chain of steps means, from its head on.

use std::sync::Arc;

use relon_ir::Span;
use relon_natives::TrapKind;
use relon_syntax::ast::{self, AstNode, Step};

use super::call::CallSite;
use super::dict::Member;
use super::module::{Export, ModuleId};
use super::schema::TypeDefinition;
use super::scope::Meaning;
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{DictId, Expr, ExprKind, Ty};
use crate::library;

/// A chain that is being checked.
pub(super) struct Chain<'n> {
    pub(super) node: ast::Expr,
    start: u32,
    pub(super) steps: &'n [Step],
    /// The value that a pipe puts before the arguments of the last call.
    piped: Option<Expr>,
}

impl Chain<'_> {
    pub(super) fn field(&self, at: usize) -> Option<String> {
        match self.steps.get(at)? {
            Step::Field(step) if !step.is_optional() => step.token().map(|token| token.text().to_owned()),
            _ => None,
        }
    }

    pub(super) fn is_call(&self, at: usize) -> bool {
        matches!(self.steps.get(at), Some(Step::Call(_)))
    }
}

impl Checker<'_> {
    pub(super) fn postfix(&mut self, node: &ast::Postfix, expected: Option<&Ty>) -> Expr {
        self.chain(node, expected, None)
    }

    /// `x | f(a)` is `f(x, a)`; `x | f` is `f(x)`.
    pub(super) fn pipe(&mut self, value: Expr, target: &ast::Expr, span: Span) -> Expr {
        let result = match target {
            ast::Expr::Postfix(node) if matches!(node.steps().last(), Some(Step::Call(_))) => {
                self.chain(node, None, Some(value))
            }
            ast::Expr::Name(name) => {
                let site = CallSite::piped(value, target.clone(), span);
                self.call_name(&name.text(), self.span(target), site)
            }
            other => {
                let callee = self.expr(other, None);
                let site = CallSite::piped(value, target.clone(), span);
                self.call_value(callee, None, site)
            }
        };
        Expr { span, ..result }
    }

    fn chain(&mut self, node: &ast::Postfix, expected: Option<&Ty>, piped: Option<Expr>) -> Expr {
        let steps = node.steps();
        let Some(base) = node.base() else { return error_expr(self.span(node)) };
        let start = base.range().0;
        // A place for a Result takes a native's `Err` as a value.
        if matches!(expected, Some(Ty::Result(..))) {
            self.caught = Some(ast::Expr::Postfix(node.clone()));
        }
        let mut chain = Chain { node: ast::Expr::Postfix(node.clone()), start, steps: &steps, piped };
        let (mut value, mut at) = self.head(&base, &mut chain, expected);
        while at < steps.len() {
            (value, at) = self.step(value, at, &mut chain);
        }
        value
    }

    /// From the start of the chain to the end of a step.
    pub(super) fn span_to(&self, chain: &Chain<'_>, at: usize) -> Span {
        let end = chain.steps[at].range().1;
        Span { start: chain.start, end, ..self.span(&chain.node) }
    }

    /// The name of a field step.
    pub(super) fn name_span(&self, chain: &Chain<'_>, at: usize) -> Span {
        let token = match &chain.steps[at] {
            Step::Field(step) => step.token(),
            _ => None,
        };
        token.map_or_else(|| self.span_to(chain, at), |token| self.token_span(&token))
    }

    /// The call at a step.
    pub(super) fn site(&self, at: usize, chain: &mut Chain<'_>) -> CallSite {
        let span = self.span_to(chain, at);
        let Step::Call(call) = &chain.steps[at] else { return CallSite::empty(chain.node.clone(), span) };
        let piped = if at + 1 == chain.steps.len() { chain.piped.take() } else { None };
        CallSite::of_step(call, piped, chain.node.clone(), span)
    }

    /// The value at the start and the number of steps that belong to it.
    fn head(&mut self, base: &ast::Expr, chain: &mut Chain<'_>, expected: Option<&Ty>) -> (Expr, usize) {
        match base {
            ast::Expr::Name(name) => self.named_head(&name.text(), self.span(name), chain, expected),
            ast::Expr::Reference(reference) if reference.base() != "index" => self.reference_head(reference, chain),
            other => (self.expr(other, None), 0),
        }
    }

    fn named_head(&mut self, name: &str, span: Span, chain: &mut Chain<'_>, expected: Option<&Ty>) -> (Expr, usize) {
        let meaning = if chain.is_call(0) { self.resolve_function(name) } else { self.resolve(name) };
        match meaning {
            Some(Meaning::Module(module)) => self.module_head(module, span, chain),
            Some(Meaning::File(module)) => self.file_head(module, span, chain),
            Some(Meaning::Broken) => (error_expr(span), chain.steps.len()),
            Some(Meaning::Local(_)) => {
                let narrowed = chain.field(0).and_then(|field| self.narrowed(name, &field));
                match narrowed {
                    Some(id) if !chain.is_call(1) => (self.local(id, self.span_to(chain, 0)), 1),
                    _ => self.value_head(name, span, chain),
                }
            }
            Some(_) => self.value_head(name, span, chain),
            None => self.free_head(name, span, chain, expected),
        }
    }

    /// A name that has a value, perhaps called.
    fn value_head(&mut self, name: &str, span: Span, chain: &mut Chain<'_>) -> (Expr, usize) {
        if chain.is_call(0) {
            let site = self.site(0, chain);
            return (self.call_name(name, span, site), 1);
        }
        (self.name(name, span), 0)
    }

    /// `module.function(..)`
    fn module_head(&mut self, module: &'static str, span: Span, chain: &mut Chain<'_>) -> (Expr, usize) {
        let Some(name) = chain.field(0) else { return (self.name(module, span), chain.steps.len()) };
        let member_span = self.name_span(chain, 0);
        let Some(member) = library::member(Some(module), &name) else {
            let known = library::members(Some(module)).map(|member| member.name);
            let message = format!("module `std/{module}` has no `{name}`");
            let diagnostic = Diagnostic::error("VariableNotFound", member_span, message).suggest(&name, known);
            return (self.mistake(diagnostic), chain.steps.len());
        };
        if !chain.is_call(1) {
            let hint = "call it, or wrap it in a closure: `(x) => f(x)`";
            return (self.unsupported(member_span, "a library function as a value", hint), chain.steps.len());
        }
        let site = self.site(1, chain);
        (self.call_member(member, site), 2)
    }

    /// `m.x` of an imported file
    fn file_head(&mut self, module: ModuleId, span: Span, chain: &mut Chain<'_>) -> (Expr, usize) {
        let Some(name) = chain.field(0) else { return (self.module_value(module, span), 0) };
        let place = self.span_to(chain, 0);
        match self.export(module, &name, chain.is_call(1)) {
            Some(Export::Entry(dict, index)) => self.entry_head(dict, index, place, chain),
            Some(Export::Field(..)) => (self.module_value(module, span), 0),
            Some(Export::Type(TypeDefinition::Enum { id, .. })) => self.variant_head(id, chain, 1, span),
            Some(Export::Type(_)) => {
                let message = format!("`{name}` is a type, not a value");
                (self.mistake(Diagnostic::error("ExpressionTypeUnknown", place, message)), chain.steps.len())
            }
            None if self.has_open_value(module) || (chain.is_call(1) && library::is_dict_method(&name)) => {
                (self.module_value(module, span), 0)
            }
            None => {
                let diagnostic = self.no_export(module, &name, self.name_span(chain, 0));
                (self.mistake(diagnostic), chain.steps.len())
            }
        }
    }

    /// An entry that the first step names, perhaps called.
    fn entry_head(&mut self, dict: DictId, index: usize, place: Span, chain: &mut Chain<'_>) -> (Expr, usize) {
        let ty = self.entry_type(dict, index, place);
        let value = Expr { kind: ExprKind::Entry(dict, index), ty, span: place };
        if chain.is_call(1) {
            let site = self.site(1, chain);
            let names = self.param_names(dict, index);
            return (self.call_value(value, names, site), 2);
        }
        (value, 1)
    }

    /// A name that no scope knows: a type, a constructor, a builtin or a native.
    fn free_head(&mut self, name: &str, span: Span, chain: &mut Chain<'_>, expected: Option<&Ty>) -> (Expr, usize) {
        if let Some(Ty::Enum(id)) = self.definition(name) {
            return self.variant_head(id, chain, 0, span);
        }
        if matches!(name, "Option" | "Result")
            && let Some(variant) = chain.field(0)
        {
            if chain.is_call(1) {
                let site = self.site(1, chain);
                return (self.prelude(&variant, site, expected), 2);
            }
            return (self.name(&variant, self.span_to(chain, 0)), 1);
        }
        if chain.is_call(0) {
            let site = self.site(0, chain);
            if matches!(name, "Some" | "Ok" | "Err") {
                return (self.prelude(name, site, expected), 1);
            }
            return (self.call_name(name, span, site), 1);
        }
        self.dotted_native(name, span, chain)
    }

    /// A native with a dotted name.
    fn dotted_native(&mut self, name: &str, span: Span, chain: &mut Chain<'_>) -> (Expr, usize) {
        let mut full = name.to_owned();
        let mut at = 0;
        while let Some(field) = chain.field(at) {
            full = format!("{full}.{field}");
            at += 1;
            if chain.is_call(at) && self.options.natives.iter().any(|native| native.name == full) {
                let site = self.site(at, chain);
                return (self.call_native(&full, site), at + 1);
            }
        }
        if chain.is_call(at) && at > 0 {
            let known = self.known_names();
            let message = format!("there is no function `{full}`");
            let place = self.span_to(chain, at - 1);
            let diagnostic =
                Diagnostic::error("FunctionNotFound", place, message).suggest(&full, known.iter().map(String::as_str));
            return (self.mistake(diagnostic), chain.steps.len());
        }
        let value = self.name(name, span);
        (value, if at == 0 { 0 } else { chain.steps.len() })
    }

    /// `&sibling.x` and `&root.x`
    fn reference_head(&mut self, reference: &ast::Reference, chain: &mut Chain<'_>) -> (Expr, usize) {
        let base = reference.base();
        let span = self.span(reference);
        let dict = match base.as_str() {
            "sibling" => self.sibling_dict(),
            "root" => self.root,
            _ => {
                let hint = "use `&sibling`, `&root` or the name of the field";
                return (self.unsupported(span, &format!("`&{base}`"), hint), chain.steps.len());
            }
        };
        let (Some(dict), Some(name)) = (dict, chain.field(0)) else {
            let message = format!("`&{base}` needs a dict around it and a field behind it");
            return (self.mistake(Diagnostic::error("UnknownReferenceType", span, message)), chain.steps.len());
        };
        let place = self.span_to(chain, 0);
        match self.referred(dict, &name) {
            Some(index) => self.entry_head(dict, index, place, chain),
            None => {
                let known: Vec<String> = self.dicts[&dict].names().cloned().collect();
                let message = format!("`&{base}` has no field `{name}`");
                let diagnostic = Diagnostic::error("UnknownReferenceType", self.name_span(chain, 0), message);
                (self.mistake(diagnostic.suggest(&name, known.iter().map(String::as_str))), chain.steps.len())
            }
        }
    }

    /// A field that a reference can see: internal ones only from their own dict.
    fn referred(&self, dict: DictId, name: &str) -> Option<usize> {
        let scope = self.dicts.get(&dict)?;
        let index = scope.find(name)?;
        (!scope.is_internal(index) || self.sibling_dict() == Some(dict)).then_some(index)
    }

    /// One step behind a value: its value and the next step.
    fn step(&mut self, value: Expr, at: usize, chain: &mut Chain<'_>) -> (Expr, usize) {
        let span = self.span_to(chain, at);
        if value.ty == Ty::Error {
            return (error_expr(span), chain.steps.len());
        }
        match &chain.steps[at] {
            Step::Field(step) if step.is_optional() => self.optional_step(span, chain),
            Step::Index(step) if step.is_optional() => self.optional_step(span, chain),
            Step::Field(step) => {
                let Some(token) = step.token() else { return (error_expr(span), at + 1) };
                let name = token.text().to_owned();
                if chain.is_call(at + 1) && token.kind() == relon_syntax::SyntaxKind::Ident {
                    let place = self.token_span(&token);
                    let member = self.member(&value, &name);
                    let site = self.site(at + 1, chain);
                    return match member {
                        Some(member) => {
                            let params = member.params.clone();
                            (self.call_value(member_of(value, member, span), params, site), at + 2)
                        }
                        None => (self.call_method(value, &name, place, site), at + 2),
                    };
                }
                if let Some(member) = self.member(&value, &name) {
                    return (member_of(value, member, span), at + 1);
                }
                let place = self.token_span(&token);
                (self.fields(value, &name, span, place), at + 1)
            }
            Step::Index(step) => {
                let index = self.optional(step.index(), None, span);
                (self.index(value, index, span), at + 1)
            }
            Step::Call(_) => {
                let site = self.site(at, chain);
                (self.call_value(value, None, site), at + 1)
            }
        }
    }

    fn optional_step(&mut self, span: Span, chain: &Chain<'_>) -> (Expr, usize) {
        let hint = "match on the Option, or ask `dict.has_key(d, k)` first";
        (self.unsupported(span, "optional access `?.`", hint), chain.steps.len())
    }

    /// `.name`, `.0`, and `.0.1` where it is one token.
    fn fields(&mut self, value: Expr, name: &str, span: Span, place: Span) -> Expr {
        match name.split_once('.') {
            Some((first, second)) => {
                let inner = self.field(value, first, span, place);
                self.field(inner, second, span, place)
            }
            None => self.field(value, name, span, place),
        }
    }

    /// A field, whose name or position stands at `place`.
    fn field(&mut self, value: Expr, name: &str, span: Span, place: Span) -> Expr {
        match (&value.ty, name.parse::<usize>()) {
            (Ty::Error, _) => error_expr(span),
            (Ty::Record(id), Err(_)) => {
                let fields = &self.records[id.0 as usize].fields;
                match fields.iter().position(|field| field.name == name) {
                    Some(index) => {
                        let ty = fields[index].ty.clone();
                        Expr { kind: ExprKind::Field(Box::new(value), index), ty, span }
                    }
                    None => self.no_field(&value, name, place),
                }
            }
            (Ty::Tuple(items), Ok(index)) => match items.get(index) {
                Some(ty) => {
                    let ty = ty.clone();
                    Expr { kind: ExprKind::Item(Box::new(value), index), ty, span }
                }
                None => {
                    let message = format!("the tuple has {} items, there is no `.{index}`", items.len());
                    self.mistake(Diagnostic::error("IndexOutOfBounds", place, message))
                }
            },
            (Ty::List(_), Ok(index)) => {
                let index = Expr { kind: ExprKind::Int(index as i64), ty: Ty::Int, span };
                self.index(value, index, span)
            }
            (Ty::Dict(_), _) => {
                let key = Expr { kind: ExprKind::String(name.into()), ty: Ty::String, span };
                self.index(value, key, span)
            }
            _ => self.no_field(&value, name, place),
        }
    }

    fn no_field(&mut self, value: &Expr, name: &str, span: Span) -> Expr {
        let found = self.show(&value.ty);
        let diagnostic = Diagnostic::error("UnknownReferenceType", span, format!("{found} has no field `{name}`"));
        let diagnostic = match &value.ty {
            Ty::Record(id) => {
                let known = self.records[id.0 as usize].fields.iter().map(|field| field.name.as_str());
                diagnostic.suggest(name, known)
            }
            Ty::Option(_) => diagnostic.hint("take the value out first: `match { Some(v): .., None: .. }`"),
            _ => diagnostic.related(value.span, format!("this is {found}")),
        };
        self.mistake(diagnostic)
    }

    /// `a[e]`
    fn index(&mut self, value: Expr, index: Expr, span: Span) -> Expr {
        let constant = match &index.kind {
            ExprKind::Int(position) => usize::try_from(*position).ok().map(|position| position.to_string()),
            ExprKind::String(key) => Some(key.to_string()),
            _ => None,
        };
        match (&value.ty, &index.ty) {
            (_, Ty::Error) | (Ty::Error, _) => error_expr(span),
            (Ty::List(element), Ty::Int) => self.indexed((**element).clone(), value, index, span),
            (Ty::Dict(payload), Ty::String) => self.indexed((**payload).clone(), value, index, span),
            (Ty::Dict(payload), Ty::Int) => {
                let payload = (**payload).clone();
                let place = index.span;
                let key = Expr { kind: ExprKind::Concat(vec![index]), ty: Ty::String, span: place };
                self.indexed(payload, value, key, span)
            }
            (Ty::Tuple(_), Ty::Int) if constant.is_some() => {
                let place = index.span;
                self.field(value, &constant.unwrap_or_default(), span, place)
            }
            (Ty::Record(_), Ty::String | Ty::Int) => self.record_index(value, index, constant, span),
            (Ty::List(_) | Ty::Dict(_), _) => {
                let found = self.show(&index.ty);
                let message = format!("{} is not indexed by {found}", self.show(&value.ty));
                self.mistake(Diagnostic::error("StaticTypeMismatch", index.span, message))
            }
            _ => {
                let message = format!("{} cannot be indexed", self.show(&value.ty));
                self.mistake(Diagnostic::error("StaticTypeMismatch", span, message))
            }
        }
    }

    fn indexed(&mut self, ty: Ty, value: Expr, index: Expr, span: Span) -> Expr {
        Expr { kind: ExprKind::Index(Box::new(value), Box::new(index)), ty, span }
    }

    /// A record by a key: a known one is a field; any other makes a Dict of the record, where its fields have one type.
    fn record_index(&mut self, value: Expr, index: Expr, constant: Option<String>, span: Span) -> Expr {
        if let Some(name) = constant {
            return self.field(value, &name, span, index.span);
        }
        let Ty::Record(id) = value.ty.clone() else { return error_expr(span) };
        let types: Vec<Ty> = self.records[id.0 as usize].fields.iter().map(|field| field.ty.clone()).collect();
        let mut payload = Some(Ty::Never);
        for ty in types {
            payload = payload.and_then(|payload| self.join(&payload, &ty, span));
        }
        let Some(payload) = payload else {
            let message = "a record whose fields have several types has no fields by computed name";
            return self.mistake(Diagnostic::error("StaticTypeMismatch", span, message));
        };
        let dict = self.adapt(value, &Ty::Dict(Arc::new(payload)), TrapKind::TypeMismatch);
        self.index(dict, index, span)
    }
}

/// A function of a dict literal as an expression.
fn member_of(value: Expr, member: Member, span: Span) -> Expr {
    Expr { kind: ExprKind::Member(Box::new(value), member.dict, member.index), ty: member.ty, span }
}
