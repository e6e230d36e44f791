//! `match`, and the values that it takes apart: enums, Option and Result.

use std::sync::Arc;

use relon_ir::Span;
use relon_natives::TrapKind;
use relon_syntax::ast::{self, AstNode};

use super::call::CallSite;
use super::postfix::Chain;
use super::scope::Scope;
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{Arm, EnumId, Expr, ExprKind, LocalId, Pattern, Ty, VariantStyle};

/// A variant that a pattern can name: its name and the names and types of its payload.
type Case = (String, Vec<(String, Ty)>);

impl Checker<'_> {
    pub(super) fn match_(&mut self, node: &ast::Match, expected: Option<&Ty>) -> Expr {
        let span = self.span(node);
        let caught = node.scrutinee().map(without_parens);
        let before = std::mem::replace(&mut self.caught, caught);
        let scrutinee = self.optional(node.scrutinee(), None, span);
        self.caught = before;
        let cases = match self.cases(&scrutinee.ty) {
            Some(cases) => cases,
            None => return self.unmatchable(&scrutinee, node),
        };
        let variable = match node.scrutinee() {
            Some(ast::Expr::Name(name)) if matches!(scrutinee.kind, ExprKind::Local(_)) => Some(name.text()),
            _ => None,
        };
        let mut seen = vec![false; cases.len()];
        let mut arms = Vec::new();
        let mut result = Ty::Never;
        for arm in node.arms() {
            let arm = self.arm(&arm, &scrutinee.ty, &cases, &mut seen, variable.as_deref(), expected);
            result = self.join_arm(result, &arm.body, expected);
            arms.push(arm);
        }
        self.check_exhaustive(&cases, &seen, span);
        if result == Ty::Error {
            return error_expr(span);
        }
        for arm in &mut arms {
            let body = std::mem::replace(&mut arm.body, error_expr(span));
            arm.body = self.adapt_part(body, &result);
        }
        Expr { kind: ExprKind::Match(Box::new(scrutinee), arms), ty: result, span }
    }

    fn unmatchable(&mut self, scrutinee: &Expr, node: &ast::Match) -> Expr {
        let span = self.span(node);
        if scrutinee.ty == Ty::Error {
            return error_expr(span);
        }
        let message = format!("{} has no variants to match on", self.show(&scrutinee.ty));
        let diagnostic = Diagnostic::error("DynamicBrandDispatchMatch", scrutinee.span, message);
        self.mistake(diagnostic.hint("`match` takes enums, Options and Results apart; compare other values with `? :`"))
    }

    /// The variants of a type, in the order of their tags.
    fn cases(&self, ty: &Ty) -> Option<Vec<Case>> {
        let single = |name: &str, field: &str, ty: &Ty| (name.to_owned(), vec![(field.to_owned(), ty.clone())]);
        match ty {
            Ty::Option(payload) => Some(vec![single("Some", "value", payload), ("None".to_owned(), Vec::new())]),
            Ty::Result(ok, err) => Some(vec![single("Ok", "value", ok), single("Err", "error", err)]),
            Ty::Enum(id) => {
                let variants = &self.enums[id.0 as usize].variants;
                Some(variants.iter().map(|variant| (variant.name.clone(), variant.fields.clone())).collect())
            }
            _ => None,
        }
    }

    fn type_name(&self, ty: &Ty) -> String {
        match ty {
            Ty::Option(_) => "Option".to_owned(),
            Ty::Result(..) => "Result".to_owned(),
            _ => self.show(ty),
        }
    }

    fn arm(
        &mut self,
        arm: &ast::Arm,
        ty: &Ty,
        cases: &[Case],
        seen: &mut [bool],
        variable: Option<&str>,
        expected: Option<&Ty>,
    ) -> Arm {
        let span = self.span(arm);
        let mut scope = Scope::locals();
        let pattern = match arm.pattern() {
            Some(pattern) if pattern.is_any() => {
                seen.fill(true);
                Pattern::Any
            }
            Some(pattern) => self.pattern(&pattern, ty, cases, seen, variable, &mut scope),
            None => Pattern::Any,
        };
        let body = self.within(scope, |checker| checker.optional(arm.body(), expected, span));
        Arm { pattern, body, span }
    }

    fn pattern(
        &mut self,
        pattern: &ast::Pattern,
        ty: &Ty,
        cases: &[Case],
        seen: &mut [bool],
        variable: Option<&str>,
        scope: &mut Scope,
    ) -> Pattern {
        let span = self.span(pattern);
        let path = pattern.path().map(|path| path.name()).unwrap_or_default();
        let (owner, name) = match path.rsplit_once('.') {
            Some((owner, name)) => (Some(owner), name),
            None => (None, path.as_str()),
        };
        let type_name = self.type_name(ty);
        let is_owner = owner.is_none_or(|owner| owner == type_name || self.definition(owner).as_ref() == Some(ty));
        let index = cases.iter().position(|(known, _)| known == name).filter(|_| is_owner);
        let Some(index) = index else {
            let message = format!("{type_name} has no variant `{path}`");
            let diagnostic = Diagnostic::error("UnknownVariant", span, message);
            self.report(diagnostic.suggest(name, cases.iter().map(|(known, _)| known.as_str())));
            // An unknown name says nothing about which variants are covered.
            seen.fill(true);
            return Pattern::Any;
        };
        if std::mem::replace(&mut seen[index], true) {
            let message = format!("variant `{name}` is matched already");
            self.report(
                Diagnostic::error("DuplicateMatchArm", span, message).hint("this arm is never taken: remove it"),
            );
        }
        let mut bound = self.binders(pattern, &cases[index], span, scope);
        if let Some(variable) = variable {
            self.narrow(variable, &cases[index].1, &mut bound, span, scope);
        }
        let first = bound.first().map(|(_, id)| *id);
        match (ty, index) {
            (Ty::Option(_), 0) => Pattern::Some(first),
            (Ty::Option(_), _) => Pattern::None,
            (Ty::Result(..), 0) => Pattern::Ok(first),
            (Ty::Result(..), _) => Pattern::Err(first),
            _ => Pattern::Variant(index, bound),
        }
    }

    /// The variables that a pattern binds, by position of the payload.
    fn binders(
        &mut self,
        pattern: &ast::Pattern,
        (name, payload): &Case,
        span: Span,
        scope: &mut Scope,
    ) -> Vec<(usize, LocalId)> {
        let mut bound = Vec::new();
        for (position, binder) in pattern.binders().iter().enumerate() {
            let place = self.span(binder);
            let position = match binder.field().filter(|_| pattern.is_struct()) {
                Some(field) => payload.iter().position(|(known, _)| known == field.text()),
                None => (position < payload.len()).then_some(position),
            };
            let Some(position) = position else {
                let message = format!("variant `{name}` has no such payload");
                let fields: Vec<&str> = payload.iter().map(|(field, _)| field.as_str()).collect();
                let diagnostic = Diagnostic::error("StaticTypeMismatch", place, message);
                self.report(diagnostic.hint(format!("it holds ({})", fields.join(", "))).related(span, "this pattern"));
                continue;
            };
            if bound.iter().any(|(known, _)| *known == position) {
                let message = format!("`{}` is bound twice in one pattern", payload[position].0);
                self.report(Diagnostic::error("StaticTypeMismatch", place, message));
                continue;
            }
            let Some(token) = binder.name().filter(|token| token.text() != "_") else { continue };
            let id = self.add_local(token.text(), payload[position].1.clone(), place);
            if scope.bind(token.text(), id).is_some() {
                let message = format!("`{}` is bound twice in one pattern", token.text());
                self.report(Diagnostic::error("StaticTypeMismatch", place, message));
            }
            bound.push((position, id));
        }
        bound
    }

    /// Within an arm the payload is reachable through the variable that is matched on.
    fn narrow(
        &mut self,
        variable: &str,
        payload: &[(String, Ty)],
        bound: &mut Vec<(usize, LocalId)>,
        span: Span,
        scope: &mut Scope,
    ) {
        // A binder of the variable's own name hides it.
        if matches!(&*scope, Scope::Locals { names, .. } if names.contains_key(variable)) {
            return;
        }
        for (position, (field, ty)) in payload.iter().enumerate() {
            let id = match bound.iter().find(|(known, _)| *known == position) {
                Some((_, id)) => *id,
                None => {
                    let id = self.add_local(field, ty.clone(), span);
                    bound.push((position, id));
                    id
                }
            };
            if let Scope::Locals { narrowed, .. } = scope {
                narrowed.insert((variable.to_owned(), field.clone()), id);
            }
        }
    }

    fn join_arm(&mut self, result: Ty, body: &Expr, expected: Option<&Ty>) -> Ty {
        match self.join_for(&result, &body.ty, expected, body.span) {
            Some(ty) => ty,
            None => {
                let (a, b) = (self.show(&result), self.show(&body.ty));
                let message = format!("the arms of a match have one type, here there are {a} and {b}");
                self.report(
                    Diagnostic::error("MatchArmTypeMismatch", body.span, message).label(format!("this is {b}")),
                );
                Ty::Error
            }
        }
    }

    fn check_exhaustive(&mut self, cases: &[Case], seen: &[bool], span: Span) {
        let missing: Vec<&str> =
            cases.iter().zip(seen).filter(|(_, seen)| !**seen).map(|((name, _), _)| name.as_str()).collect();
        if !missing.is_empty() {
            let message = format!("no arm takes {}", missing.join(", "));
            let hint = format!("add `{}: ..`, or `_: ..` for all others", missing[0]);
            self.report(Diagnostic::error("NonExhaustiveMatch", span, message).hint(hint));
        }
    }

    // Values with variants.

    /// `Some(e)`, `Ok(e)`, `Err(e)`
    pub(super) fn prelude(&mut self, name: &str, site: CallSite, expected: Option<&Ty>) -> Expr {
        let span = site.span;
        if !matches!(name, "Some" | "Ok" | "Err") {
            let message = format!("there is no constructor `{name}`");
            return self.mistake(Diagnostic::error("UnknownReferenceType", span, message));
        }
        let Some(mut bound) = self.bind(site, 1, None) else { return error_expr(span) };
        let wanted = match (name, expected) {
            ("Some", Some(Ty::Option(payload))) => Some((**payload).clone()),
            ("Ok", Some(Ty::Result(ok, _))) => Some((**ok).clone()),
            ("Err", Some(Ty::Result(_, err))) => Some((**err).clone()),
            _ => None,
        };
        let ty = self.free_arg(&mut bound, 0, wanted.as_ref());
        let Some(value) = self.args(bound).values.pop() else { return error_expr(span) };
        if ty == Ty::Error {
            return error_expr(span);
        }
        let (value, ty) = (Box::new(value), Arc::new(ty));
        let never = Arc::new(Ty::Never);
        let (kind, ty) = match name {
            "Some" => (ExprKind::Some(value), Ty::Option(ty)),
            "Ok" => (ExprKind::Ok(value), Ty::Result(ty, never)),
            _ => (ExprKind::Err(value), Ty::Result(never, ty)),
        };
        Expr { kind, ty, span }
    }

    /// `E.V` and `E.V(args)`, where `.V` is the step `at`
    pub(super) fn variant_head(&mut self, id: EnumId, chain: &mut Chain<'_>, at: usize, span: Span) -> (Expr, usize) {
        let end = chain.steps.len();
        let Some(name) = chain.field(at) else {
            let message = "an enum is a type, not a value";
            return (self.mistake(Diagnostic::error("ExpressionTypeUnknown", span, message)), end);
        };
        let place = self.span_to(chain, at);
        let Some(index) = self.variant_index(id, &name, self.name_span(chain, at)) else {
            return (error_expr(place), end);
        };
        let style = self.enums[id.0 as usize].variants[index].style;
        match (style, chain.is_call(at + 1)) {
            (VariantStyle::Unit, false) => {
                let args = crate::hir::Args { values: Vec::new(), positions: Vec::new() };
                (Expr { kind: ExprKind::Variant(id, index, args), ty: Ty::Enum(id), span: place }, at + 1)
            }
            (VariantStyle::Unit, true) => {
                let message = format!("variant `{name}` holds nothing, so it is not called");
                let diagnostic = Diagnostic::error("UnknownMethod", place, message);
                (self.mistake(diagnostic.hint("remove the parentheses")), end)
            }
            (VariantStyle::Tuple, true) => {
                let site = self.site(at + 1, chain);
                (self.tuple_variant(id, index, site), at + 2)
            }
            (_, _) => {
                let message = format!("variant `{name}` needs its payload");
                (self.mistake(Diagnostic::error("StaticTypeMismatch", place, message)), end)
            }
        }
    }

    fn variant_index(&mut self, id: EnumId, name: &str, span: Span) -> Option<usize> {
        let variants = &self.enums[id.0 as usize].variants;
        let found = variants.iter().position(|variant| variant.name == name);
        if found.is_none() {
            let message = format!("{} has no variant `{name}`", self.enums[id.0 as usize].name);
            let known: Vec<String> = variants.iter().map(|variant| variant.name.clone()).collect();
            let diagnostic = Diagnostic::error("UnknownReferenceType", span, message);
            self.report(diagnostic.suggest(name, known.iter().map(String::as_str)));
        }
        found
    }

    fn tuple_variant(&mut self, id: EnumId, index: usize, site: CallSite) -> Expr {
        let span = site.span;
        let types: Vec<Ty> =
            self.enums[id.0 as usize].variants[index].fields.iter().map(|(_, ty)| ty.clone()).collect();
        let Some(mut bound) = self.bind(site, types.len(), None) else { return error_expr(span) };
        for (position, ty) in types.iter().enumerate() {
            self.checked_arg(&mut bound, position, ty);
        }
        let args = self.args(bound);
        Expr { kind: ExprKind::Variant(id, index, args), ty: Ty::Enum(id), span }
    }

    /// `E.V { f: e }`, `Option.Some { value: e }`
    pub(super) fn struct_variant(&mut self, node: &ast::VariantCtor) -> Expr {
        let span = self.span(node);
        let path: Vec<String> = node.path().iter().map(|token| token.text().to_owned()).collect();
        let fields: Vec<ast::Field> = node.payload().map(|dict| dict.fields().collect()).unwrap_or_default();
        let Some((name, owner)) = path.split_last() else { return error_expr(span) };
        let owner = &owner.join(".");
        if matches!(owner.as_str(), "Option" | "Result") && self.definition(owner).is_none() {
            return self.prelude_struct(name, &fields, span);
        }
        let Some(Ty::Enum(id)) = self.definition(owner) else {
            let diagnostic = self.unknown_name("UnknownReferenceType", owner, span);
            return self.mistake(diagnostic);
        };
        let Some(index) = self.variant_index(id, name, span) else { return error_expr(span) };
        let payload = self.enums[id.0 as usize].variants[index].fields.clone();
        self.payload(id, index, &payload, &fields, span)
    }

    fn payload(
        &mut self,
        id: EnumId,
        index: usize,
        payload: &[(String, Ty)],
        fields: &[ast::Field],
        span: Span,
    ) -> Expr {
        let mut args = crate::hir::Args { values: Vec::new(), positions: Vec::new() };
        for field in fields {
            let place = self.span(field);
            let name = match field.key().map(|key| key.kind()) {
                Some(ast::KeyKind::Static(name)) => name,
                _ => String::new(),
            };
            let Some(position) = payload.iter().position(|(known, _)| *known == name) else {
                let known = payload.iter().map(|(known, _)| known.as_str());
                let diagnostic =
                    Diagnostic::error("StaticTypeMismatch", place, format!("the variant has no field `{name}`"));
                return self.mistake(diagnostic.suggest(&name, known));
            };
            let value = self.optional(field.value(), Some(&payload[position].1), place);
            args.values.push(self.adapt(value, &payload[position].1, TrapKind::TypeMismatch));
            args.positions.push(position);
        }
        for (position, (name, _)) in payload.iter().enumerate() {
            if args.positions.iter().filter(|bound| **bound == position).count() != 1 {
                let message = format!("the variant needs its field `{name}` once");
                return self.mistake(Diagnostic::error("StaticTypeMismatch", span, message));
            }
        }
        Expr { kind: ExprKind::Variant(id, index, args), ty: Ty::Enum(id), span }
    }

    fn prelude_struct(&mut self, name: &str, fields: &[ast::Field], span: Span) -> Expr {
        let wanted = if name == "Err" { "error" } else { "value" };
        let value = match fields {
            [field] if matches!(field.key().map(|key| key.kind()), Some(ast::KeyKind::Static(key)) if key == wanted) => {
                self.optional(field.value(), None, span)
            }
            _ => {
                let message = format!("`{name}` holds one field, `{wanted}`");
                return self.mistake(Diagnostic::error("StaticTypeMismatch", span, message));
            }
        };
        let node = ast::Expr::Dict(match fields[0].syntax().parent().and_then(<ast::Dict as ast::AstNode>::cast) {
            Some(dict) => dict,
            None => return error_expr(span),
        });
        self.prelude(name, CallSite::of_value(value, node, span), None)
    }
}

/// The expression inside of parentheses.
fn without_parens(expr: ast::Expr) -> ast::Expr {
    let mut inner = expr;
    while let ast::Expr::Paren(paren) = &inner {
        match paren.inner() {
            Some(next) => inner = next,
            None => break,
        }
    }
    inner
}
