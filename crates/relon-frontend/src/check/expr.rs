//! Expressions: which kind is checked where, and the simple ones.

use std::sync::Arc;

use relon_ir::Span;
use relon_syntax::ast::{self, LiteralKind};

use super::closure::ClosureSyntax;
use super::scope::{Meaning, Scope};
use super::{Checker, MAX_CHAIN, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{Comprehension, Expr, ExprKind, ListItem, LocalId, Ty};

impl Checker<'_> {
    /// Checks an expression. `expected` is what its place wants; the result may have another type.
    pub(super) fn expr(&mut self, expr: &ast::Expr, expected: Option<&Ty>) -> Expr {
        let value = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.any_expr(expr, expected));
        if !matches!(value.ty, Ty::Closure(_)) && holds_function(&value.ty) {
            let hint = "functions are parameters and results of functions, and fields of dict literals";
            return self.unsupported(value.span, "a function as data", hint);
        }
        value
    }

    /// Checks an expression that may be missing after a syntax error.
    pub(super) fn optional(&mut self, expr: Option<ast::Expr>, expected: Option<&Ty>, span: Span) -> Expr {
        match expr {
            Some(expr) => self.expr(&expr, expected),
            None => error_expr(span),
        }
    }

    fn any_expr(&mut self, expr: &ast::Expr, expected: Option<&Ty>) -> Expr {
        let span = self.span(expr);
        match expr {
            ast::Expr::Literal(literal) => self.literal(literal, span),
            ast::Expr::Name(name) => match (self.resolve(&name.text()), expected) {
                (Some(Meaning::Member(member)), Some(Ty::Closure(ty))) => {
                    self.member_closure(member, &ty.clone(), expr)
                }
                _ => self.name(&name.text(), span),
            },
            ast::Expr::Reference(reference) => self.bare_reference(reference, span),
            ast::Expr::Paren(paren) => {
                let inner = self.optional(paren.inner(), expected, span);
                Expr { span, ..inner }
            }
            ast::Expr::List(list) => self.list(list, expected, span),
            ast::Expr::Tuple(tuple) => self.tuple(tuple, expected, span),
            ast::Expr::Dict(dict) => self.dict(dict, expected),
            ast::Expr::Where(node) => self.where_(node, expected),
            ast::Expr::Comprehension(node) => self.comprehension(node, expected, span),
            ast::Expr::Closure(closure) => {
                let wanted = match expected {
                    Some(Ty::Closure(ty)) => Some(Arc::clone(ty)),
                    _ => None,
                };
                self.closure(&ClosureSyntax::of_closure(closure), wanted.as_deref(), None)
            }
            ast::Expr::Binary(binary) => self.binary(binary),
            ast::Expr::Prefix(prefix) => self.prefix(prefix, span),
            ast::Expr::Ternary(ternary) => self.ternary(ternary, expected, span),
            ast::Expr::Postfix(postfix) => self.postfix(postfix, expected),
            ast::Expr::Match(node) => self.match_(node, expected),
            ast::Expr::FString(string) => self.f_string(string, span),
            ast::Expr::VariantCtor(node) => self.struct_variant(node),
            ast::Expr::TypeExpr(_) => self.unsupported(span, "a type as a value", "types stand before names"),
            ast::Expr::Wildcard(_) => {
                let message = "`*` is no value";
                self.mistake(
                    Diagnostic::error("ExpressionTypeUnknown", span, message)
                        .hint("`*` stands for any value in a schema"),
                )
            }
            ast::Expr::Attributed(node) => {
                self.optional(node.inner(), expected, span);
                self.unsupported(span, "an attribute before a value", "give the value a typed field instead")
            }
        }
    }

    fn literal(&mut self, literal: &ast::Literal, span: Span) -> Expr {
        let (kind, ty) = match literal.kind() {
            Some(LiteralKind::Int(Some(value))) => (ExprKind::Int(value.cast_signed()), Ty::Int),
            Some(LiteralKind::Float(value)) => (ExprKind::Float(value), Ty::Float),
            Some(LiteralKind::Bool(value)) => (ExprKind::Bool(value), Ty::Bool),
            Some(LiteralKind::String(value)) => (ExprKind::String(value.into()), Ty::String),
            Some(LiteralKind::Null) => {
                let diagnostic = Diagnostic::error("StaticTypeMismatch", span, "there is no `null`");
                return self.mistake(diagnostic.hint("an absent value is `None`"));
            }
            Some(LiteralKind::Int(None)) | None => return error_expr(span),
        };
        Expr { kind, ty, span }
    }

    /// A name in the place of a value.
    pub(super) fn name(&mut self, name: &str, span: Span) -> Expr {
        match self.resolve(name) {
            Some(Meaning::Local(id)) => self.local(id, span),
            Some(Meaning::Entry(dict, index)) => {
                let ty = self.entry_type(dict, index, span);
                Expr { kind: ExprKind::Entry(dict, index), ty, span }
            }
            Some(Meaning::Module(module)) => {
                let message = format!("`{name}` is a module, not a value");
                self.mistake(
                    Diagnostic::error("ExpressionTypeUnknown", span, message)
                        .hint(format!("use one of its functions, such as `{name}.{}(..)`", first_member(module))),
                )
            }
            Some(Meaning::Broken) => error_expr(span),
            Some(Meaning::File(module)) => self.module_value(module, span),
            Some(Meaning::FileField(module, field)) => self.module_field(module, field, span),
            Some(Meaning::Member(_)) => {
                self.unsupported(span, "a library function as a value", "wrap it in a closure: `(x) => f(x)`")
            }
            None if name == "None" => Expr { kind: ExprKind::None, ty: Ty::Option(Arc::new(Ty::Never)), span },
            None if self.declaration(name).is_some() => {
                let message = format!("`{name}` is a type, not a value");
                self.mistake(Diagnostic::error("ExpressionTypeUnknown", span, message))
            }
            None => self.mistaken_name("UnknownReferenceType", name, span),
        }
    }

    pub(super) fn local(&self, id: LocalId, span: Span) -> Expr {
        Expr { kind: ExprKind::Local(id), ty: self.locals[id.0 as usize].ty.clone(), span }
    }

    /// `&index`; the other references need a field.
    fn bare_reference(&mut self, reference: &ast::Reference, span: Span) -> Expr {
        if reference.base() != "index" {
            let message = format!("`&{}` needs a field, such as `&{}.name`", reference.base(), reference.base());
            return self.mistake(Diagnostic::error("CircularReference", span, message));
        }
        let index = self.scopes.iter().rev().find_map(|scope| match scope {
            Scope::Locals { index, .. } => *index,
            _ => None,
        });
        match index {
            Some(id) => self.local(id, span),
            None => {
                let message = "`&index` is the position in a comprehension, and this is none";
                self.mistake(Diagnostic::error("IterationRefOutsideList", span, message))
            }
        }
    }

    fn list(&mut self, list: &ast::List, expected: Option<&Ty>, span: Span) -> Expr {
        let wanted = match expected {
            Some(Ty::List(element)) => Some((**element).clone()),
            _ => None,
        };
        let mut items = Vec::new();
        let mut element = Ty::Never;
        for item in list.items() {
            let (item, ty, place) = match item {
                Ok(item) => {
                    let item = self.expr(&item, wanted.as_ref());
                    let (ty, place) = (item.ty.clone(), item.span);
                    (ListItem::Item(item), ty, place)
                }
                Err(spread) => {
                    let list = self.list_spread(&spread, expected);
                    let (ty, place) = (element_of(&list.ty), list.span);
                    (ListItem::Spread(list), ty, place)
                }
            };
            items.push(item);
            element = self.join_items(element, &ty, wanted.as_ref(), place);
        }
        let items = items.into_iter().map(|item| self.adapt_item(item, &element)).collect();
        Expr { kind: ExprKind::List(items), ty: Ty::List(Arc::new(element)), span }
    }

    /// The element type so far and one more item. Where there is none, and each fits what the place expects, each is adapted to that.
    fn join_items(&mut self, element: Ty, item: &Ty, wanted: Option<&Ty>, span: Span) -> Ty {
        match self.join_for(&element, item, wanted, span) {
            Some(joined) => joined,
            None => {
                let (a, b) = (self.show(&element), self.show(item));
                let message = format!("the items of a list have one type, here there are {a} and {b}");
                self.report(Diagnostic::error("StaticTypeMismatch", span, message).label(format!("this is {b}")));
                Ty::Error
            }
        }
    }

    /// The type that values of both types have for a place: their own, so that the place checks the whole value at once; or that of
    /// the place, where only that fits both.
    pub(super) fn join_for(&mut self, a: &Ty, b: &Ty, wanted: Option<&Ty>, span: Span) -> Option<Ty> {
        let joined = self.join(a, b, span);
        let Some(wanted) = wanted else { return joined };
        let declarations = self.declarations();
        if joined.as_ref().is_some_and(|joined| declarations.misfit(joined, wanted).is_none()) {
            return joined;
        }
        let fit = [a, b].iter().all(|ty| declarations.misfit(ty, wanted).is_none());
        if fit { Some(wanted.clone()) } else { joined }
    }

    fn adapt_item(&mut self, item: ListItem, element: &Ty) -> ListItem {
        match item {
            ListItem::Item(item) => ListItem::Item(self.adapt_part(item, element)),
            ListItem::Spread(list) => {
                let ty = Ty::List(Arc::new(element.clone()));
                ListItem::Spread(self.adapt_part(list, &ty))
            }
        }
    }

    fn list_spread(&mut self, spread: &ast::Spread, expected: Option<&Ty>) -> Expr {
        let span = self.span(spread);
        let list = self.optional(spread.value(), expected, span);
        if matches!(list.ty, Ty::List(_) | Ty::Error) {
            return list;
        }
        let message = format!("only a List can be spread into a list, not {}", self.show(&list.ty));
        self.mistake(Diagnostic::error("StaticTypeMismatch", list.span, message))
    }

    fn tuple(&mut self, tuple: &ast::Tuple, expected: Option<&Ty>, span: Span) -> Expr {
        let wanted: Vec<Ty> = match expected {
            Some(Ty::Tuple(items)) => items.to_vec(),
            _ => Vec::new(),
        };
        let items: Vec<Expr> =
            tuple.items().iter().enumerate().map(|(index, item)| self.expr(item, wanted.get(index))).collect();
        let ty = Ty::Tuple(items.iter().map(|item| item.ty.clone()).collect());
        Expr { kind: ExprKind::Tuple(items), ty, span }
    }

    fn comprehension(&mut self, node: &ast::Comprehension, expected: Option<&Ty>, span: Span) -> Expr {
        let source = self.optional(node.source(), None, span);
        let element = self.iterated(&source);
        let mut scope = Scope::locals();
        let binder = node.binder();
        let (name, place) = match binder.as_ref().and_then(ast::Binder::name) {
            Some(token) => (token.text().to_owned(), self.token_span(&token)),
            None => ("_".to_owned(), span),
        };
        let var = self.add_local(&name, element, place);
        let position = self.add_local("&index", Ty::Int, place);
        if name != "_" {
            scope.bind(&name, var);
        }
        if let Scope::Locals { index, .. } = &mut scope {
            *index = Some(position);
        }
        let wanted = match expected {
            Some(Ty::List(element)) => Some((**element).clone()),
            _ => None,
        };
        let (condition, body) = self.within(scope, |checker| {
            let condition = node.condition().map(|condition| {
                let condition = checker.expr(&condition, Some(&Ty::Bool));
                checker.condition(condition)
            });
            (condition, checker.optional(node.body(), wanted.as_ref(), span))
        });
        let ty = Ty::List(Arc::new(body.ty.clone()));
        let node = Comprehension { var, index: Some(position), source, condition, body };
        Expr { kind: ExprKind::Comprehension(Box::new(node)), ty, span }
    }

    /// The element type of what a comprehension goes through.
    fn iterated(&mut self, source: &Expr) -> Ty {
        let (name, hint) = match &source.ty {
            Ty::List(element) => return (**element).clone(),
            Ty::Error => return Ty::Error,
            Ty::Tuple(_) => ("NonIterableSource", "write the items as a list: `[a, b]`"),
            Ty::Dict(_) | Ty::Record(_) => ("NonIterableSource", "go through `dict.keys(d)` or `dict.values(d)`"),
            Ty::String => ("NonIterableSource", "split it first: `s.split(\",\")`"),
            _ => ("StaticTypeMismatch", "a comprehension goes through a List"),
        };
        let message = format!("a comprehension goes through a List, not {}", self.show(&source.ty));
        self.report(Diagnostic::error(name, source.span, message).hint(hint));
        Ty::Error
    }

    fn ternary(&mut self, node: &ast::Ternary, expected: Option<&Ty>, span: Span) -> Expr {
        let parts = node.parts();
        if parts.len() > MAX_CHAIN {
            return self.unsupported(span, "a ladder of more than 1,000 conditions", "look the value up in a Dict");
        }
        self.ladder(&parts, expected, span)
    }

    /// Condition, value and the rest of the ladder.
    fn ladder(&mut self, parts: &[ast::Expr], expected: Option<&Ty>, span: Span) -> Expr {
        let [condition, yes, rest @ ..] = parts else {
            return match parts {
                [last] => self.expr(last, expected),
                _ => error_expr(span),
            };
        };
        let condition = self.expr(condition, Some(&Ty::Bool));
        let condition = self.condition(condition);
        let known = match condition.kind {
            ExprKind::Bool(value) if condition.ty == Ty::Bool => Some(value),
            _ => None,
        };
        let yes = self.reachable(known != Some(false), |checker| checker.expr(yes, expected));
        let rest_span = rest.first().map_or(span, |first| Span { start: self.span(first).start, ..span });
        let no = self.reachable(known != Some(true), |checker| {
            stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || checker.ladder(rest, expected, rest_span))
        });
        let (yes, no, ty) = self.branches(yes, no, expected, span);
        Expr { kind: ExprKind::If(Box::new(condition), Box::new(yes), Box::new(no)), ty, span }
    }

    /// Checks what may be dead code.
    pub(super) fn reachable<T>(&mut self, reachable: bool, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.is_dead;
        self.is_dead |= !reachable;
        let result = check(self);
        self.is_dead = before;
        result
    }

    /// Two values of which one is taken.
    fn branches(&mut self, yes: Expr, no: Expr, expected: Option<&Ty>, span: Span) -> (Expr, Expr, Ty) {
        let Some(ty) = self.join_for(&yes.ty, &no.ty, expected, span) else {
            let (a, b) = (self.show(&yes.ty), self.show(&no.ty));
            let diagnostic = Diagnostic::error(
                "StaticTypeMismatch",
                span,
                format!("both branches have one type, here they are {a} and {b}"),
            );
            self.report(diagnostic.related(yes.span, format!("this is {a}")).related(no.span, format!("this is {b}")));
            return (yes, no, Ty::Error);
        };
        let yes = self.adapt_part(yes, &ty);
        let no = self.adapt_part(no, &ty);
        (yes, no, ty)
    }

    /// A condition is a Bool; anything else gets a hint at the comparison to write.
    pub(super) fn condition(&mut self, value: Expr) -> Expr {
        let hint = match &value.ty {
            Ty::Bool | Ty::Error => return value,
            Ty::Int => "compare it: `n != 0`",
            Ty::Float => "compare it: `x != 0.0`",
            Ty::String => "compare it: `s != \"\"`",
            Ty::List(_) | Ty::Dict(_) => "compare its length: `len(xs) > 0`",
            Ty::Option(_) => "match on it: `o match { Some(_): true, None: false }`",
            _ => "a condition is true or false",
        };
        let found = self.show(&value.ty);
        let diagnostic =
            Diagnostic::error("StaticTypeMismatch", value.span, format!("a condition is a Bool, not {found}"));
        self.mistake(diagnostic.label(format!("this is {found}")).hint(hint))
    }

    fn f_string(&mut self, string: &ast::FString, span: Span) -> Expr {
        let parts = string.parts().into_iter().map(|part| match part {
            ast::FStringPart::Text(text) => Expr { kind: ExprKind::String(text.into()), ty: Ty::String, span },
            ast::FStringPart::Expr(expr) => {
                let value = self.optional(expr, None, span);
                self.text_part(value)
            }
        });
        let parts: Vec<Expr> = parts.collect();
        Expr { kind: ExprKind::Concat(parts), ty: Ty::String, span }
    }

    /// A value whose text is wanted.
    pub(super) fn text_part(&mut self, value: Expr) -> Expr {
        if has_text(&value.ty) {
            return value;
        }
        let found = self.show(&value.ty);
        let diagnostic = Diagnostic::error("StaticTypeMismatch", value.span, format!("{found} has no text"));
        self.mistake(diagnostic.hint("text is made of Strings, numbers, Bools and tuples of these"))
    }
}

/// Whether a value is or holds a function.
pub(super) fn holds_function(ty: &Ty) -> bool {
    match ty {
        Ty::Closure(_) => true,
        Ty::List(inner) | Ty::Dict(inner) | Ty::Option(inner) => holds_function(inner),
        Ty::Result(ok, err) => holds_function(ok) || holds_function(err),
        Ty::Tuple(items) => items.iter().any(holds_function),
        _ => false,
    }
}

fn has_text(ty: &Ty) -> bool {
    match ty {
        Ty::String | Ty::Int | Ty::Float | Ty::Bool | Ty::Error => true,
        Ty::Tuple(items) => items.iter().all(has_text),
        _ => false,
    }
}

/// The element type of a list.
pub(super) fn element_of(ty: &Ty) -> Ty {
    match ty {
        Ty::List(element) => (**element).clone(),
        _ => Ty::Error,
    }
}

fn first_member(module: &'static str) -> &'static str {
    crate::library::members(Some(module)).next().map_or("", |member| member.name)
}
