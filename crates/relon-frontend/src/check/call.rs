//! Calls: binding arguments to parameters, and what can be called.

use std::sync::Arc;

use relon_ir::Span;
use relon_natives::descriptor::Descriptor;
use relon_syntax::SyntaxToken;
use relon_syntax::ast::{self, AstNode};

use super::closure::ClosureSyntax;
use super::scope::Meaning;
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{Args, ClosureTy, DictId, Expr, ExprKind, Ty};
use crate::library;

/// An argument, checked already or not.
pub(super) enum Argument {
    Checked(Expr),
    Syntax(ast::Expr),
}

/// A call: its arguments as they are written, and where it stands.
pub(super) struct CallSite {
    args: Vec<(Option<SyntaxToken>, Argument)>,
    /// The expression that the call is, or ends.
    pub(super) node: ast::Expr,
    pub(super) span: Span,
    /// Whether it is the target of a pipe without arguments of its own.
    is_piped: bool,
}

impl CallSite {
    pub(super) fn empty(node: ast::Expr, span: Span) -> Self {
        CallSite { args: Vec::new(), node, span, is_piped: false }
    }

    /// A call with one argument that is checked already.
    pub(super) fn of_value(value: Expr, node: ast::Expr, span: Span) -> Self {
        CallSite { args: vec![(None, Argument::Checked(value))], node, span, is_piped: false }
    }

    /// `value | f`
    pub(super) fn piped(value: Expr, node: ast::Expr, span: Span) -> Self {
        CallSite { is_piped: true, ..Self::of_value(value, node, span) }
    }

    /// A call with arguments that are checked already.
    pub(super) fn of_values(values: Vec<Expr>, node: ast::Expr, span: Span) -> Self {
        let args = values.into_iter().map(|value| (None, Argument::Checked(value))).collect();
        CallSite { args, node, span, is_piped: false }
    }

    pub(super) fn of_step(call: &ast::CallStep, piped: Option<Expr>, node: ast::Expr, span: Span) -> Self {
        let piped = piped.map(|value| (None, Argument::Checked(value)));
        let written = call.args().into_iter().filter_map(|(name, value)| Some((name, Argument::Syntax(value?))));
        CallSite { args: piped.into_iter().chain(written).collect(), node, span, is_piped: false }
    }

    /// The call with one more argument before the others.
    pub(super) fn with_receiver(mut self, value: Expr) -> Self {
        self.args.insert(0, (None, Argument::Checked(value)));
        self
    }

    pub(super) fn len(&self) -> usize {
        self.args.len()
    }
}

/// Arguments bound to parameters, in the order in which they are written.
pub(super) struct Bound {
    args: Vec<(usize, Argument)>,
}

impl Bound {
    /// The argument of a parameter as it is written, while it is not checked.
    pub(super) fn syntax(&self, position: usize) -> Option<ast::Expr> {
        match self.args.iter().find(|(bound, _)| *bound == position)? {
            (_, Argument::Syntax(syntax)) => Some(syntax.clone()),
            _ => None,
        }
    }

    /// All arguments that are not checked yet.
    pub(super) fn unchecked(&self) -> impl Iterator<Item = ast::Expr> {
        self.args.iter().filter_map(|(_, argument)| match argument {
            Argument::Syntax(syntax) => Some(syntax.clone()),
            Argument::Checked(_) => None,
        })
    }

    /// Takes the argument of a parameter, to check it before others.
    fn take(&mut self, position: usize) -> Option<(usize, Argument)> {
        let at = self.args.iter().position(|(bound, _)| *bound == position)?;
        let taken = Argument::Checked(error_expr(Span { file: relon_ir::FileId::new(0), start: 0, end: 0 }));
        Some((at, std::mem::replace(&mut self.args[at].1, taken)))
    }

    /// Puts a checked argument back to its place.
    fn put(&mut self, at: usize, value: Expr) {
        self.args[at].1 = Argument::Checked(value);
    }
}

impl Checker<'_> {
    /// Calls what a plain name means.
    pub(super) fn call_name(&mut self, name: &str, span: Span, site: CallSite) -> Expr {
        match self.resolve_function(name) {
            Some(Meaning::Member(member)) => self.call_member(member, site),
            Some(Meaning::Entry(dict, index)) => {
                let ty = self.entry_type(dict, index, span);
                let names = self.param_names(dict, index);
                let callee = Expr { kind: ExprKind::Entry(dict, index), ty, span };
                self.call_value_or_builtin(callee, names, name, site)
            }
            Some(Meaning::Local(id)) => {
                let callee = self.local(id, span);
                self.call_value_or_builtin(callee, None, name, site)
            }
            Some(Meaning::FileField(module, field)) => {
                let callee = self.module_field(module, field, span);
                self.call_value_or_builtin(callee, None, name, site)
            }
            Some(Meaning::Module(_) | Meaning::File(_) | Meaning::Broken) => self.name(name, span),
            None => self.call_free(name, span, site),
        }
    }

    /// A value that is no function does not hide a builtin function.
    fn call_value_or_builtin(&mut self, callee: Expr, names: Option<Vec<String>>, name: &str, site: CallSite) -> Expr {
        let is_function = matches!(callee.ty, Ty::Closure(_) | Ty::Error);
        if !is_function && is_builtin(name) {
            return self.call_builtin(name, site);
        }
        self.call_value(callee, names, site)
    }

    fn call_free(&mut self, name: &str, span: Span, site: CallSite) -> Expr {
        if is_builtin(name) {
            return self.call_builtin(name, site);
        }
        if self.options.natives.iter().any(|native| native.name == name) {
            return self.call_native(name, site);
        }
        if matches!(name, "Some" | "Ok" | "Err") {
            return self.prelude(name, site, None);
        }
        if self.has_broken_names {
            return error_expr(span);
        }
        let mut diagnostic = self.unknown_name("FunctionNotFound", name, span);
        if diagnostic.hint.is_none() {
            let types = self.free_types(site);
            let called = self.called_as(name, &types);
            let natives = match self.options.natives {
                [] => {
                    "; no natives were given (by `--natives`, `Engine::natives`, or `natives` of a build script or a file of cases)"
                }
                _ => "",
            };
            diagnostic = diagnostic
                .hint(format!("it is called as `{called}`: define it, or register a native of this name{natives}"));
        }
        self.mistake(diagnostic)
    }

    fn call_builtin(&mut self, name: &str, site: CallSite) -> Expr {
        match library::member(None, name) {
            Some(member) => self.call_member(member, site),
            None => self.type_of(site),
        }
    }

    /// Calls a value; `names` are those of its parameters, where they are known.
    pub(super) fn call_value(&mut self, callee: Expr, names: Option<Vec<String>>, site: CallSite) -> Expr {
        let span = site.span;
        let ty = match &callee.ty {
            Ty::Closure(ty) => Arc::clone(ty),
            Ty::Error => return error_expr(span),
            other => {
                let message = format!("{} is not a function", self.show(other));
                let name = if site.is_piped { "UnsupportedOperator" } else { "FunctionNotFound" };
                return self.mistake(Diagnostic::error(name, callee.span, message).label("this is called"));
            }
        };
        let Some(bound) = self.bind(site, ty.params.len(), names.as_deref()) else { return error_expr(span) };
        let args = self.check_args(bound, &ty);
        Expr { kind: ExprKind::Call(Box::new(callee), args), ty: ty.result.clone(), span }
    }

    /// The names of the parameters of a function that is an entry.
    pub(super) fn param_names(&self, dict: DictId, index: usize) -> Option<Vec<String>> {
        let syntax = ClosureSyntax::of_field(self.dicts.get(&dict)?.syntax(index))?;
        let name = |param: &ast::Param| param.name().map(|token| token.text().to_owned()).unwrap_or_default();
        Some(syntax.params.iter().map(name).collect())
    }

    /// Binds arguments to parameters: positional ones first, then by name.
    pub(super) fn bind(&mut self, site: CallSite, count: usize, names: Option<&[String]>) -> Option<Bound> {
        if site.len() != count {
            let diagnostic = count_mismatch(count, &site);
            let diagnostic = match names {
                Some(names) => diagnostic.hint(format!("the parameters are ({})", names.join(", "))),
                None => diagnostic,
            };
            self.report(diagnostic);
            return None;
        }
        let mut taken = vec![false; count];
        let mut args = Vec::with_capacity(count);
        for (index, (name, argument)) in site.args.into_iter().enumerate() {
            let position = match name {
                None => index,
                Some(token) => {
                    let span = self.named_span(&token, &argument);
                    self.named_position(&token, span, names, &taken)?
                }
            };
            taken[position] = true;
            args.push((position, argument));
        }
        Some(Bound { args })
    }

    /// The whole of `name=value`.
    fn named_span(&self, token: &SyntaxToken, argument: &Argument) -> Span {
        let start = self.token_span(token);
        let end = match argument {
            Argument::Checked(value) => value.span.end,
            Argument::Syntax(syntax) => self.span(syntax).end,
        };
        Span { end, ..start }
    }

    fn named_position(
        &mut self,
        token: &SyntaxToken,
        span: Span,
        names: Option<&[String]>,
        taken: &[bool],
    ) -> Option<usize> {
        let Some(names) = names else {
            let message = "this function has no names for its parameters";
            self.report(Diagnostic::error("FnCallUnknownNamedArg", span, message).hint("pass arguments by position"));
            return None;
        };
        match names.iter().position(|name| name == token.text()) {
            Some(position) if taken[position] => {
                let message = format!("parameter `{}` is bound twice", token.text());
                self.report(Diagnostic::error("FnCallDuplicateArgBinding", span, message));
                None
            }
            Some(position) => Some(position),
            None => {
                let message = format!("there is no parameter `{}`", token.text());
                let diagnostic = Diagnostic::error("FnCallUnknownNamedArg", span, message);
                self.report(diagnostic.suggest(token.text(), names.iter().map(String::as_str)));
                None
            }
        }
    }

    fn check_args(&mut self, mut bound: Bound, ty: &ClosureTy) -> Args {
        for position in 0..ty.params.len() {
            self.typed_arg(&mut bound, position, &ty.params[position]);
        }
        self.args(bound)
    }

    /// Checks the argument of a parameter without saying what it should be.
    pub(super) fn free_arg(&mut self, bound: &mut Bound, position: usize, expected: Option<&Ty>) -> Ty {
        let Some((at, argument)) = bound.take(position) else { return Ty::Error };
        let value = match argument {
            Argument::Checked(value) => value,
            Argument::Syntax(syntax) => {
                self.function_arg(&syntax, expected).unwrap_or_else(|| self.expr(&syntax, expected))
            }
        };
        let ty = value.ty.clone();
        bound.put(at, value);
        ty
    }

    /// A function that is written as an argument and has another number of parameters than it is called with.
    fn function_arg(&mut self, syntax: &ast::Expr, expected: Option<&Ty>) -> Option<Expr> {
        let (ast::Expr::Closure(closure), Some(Ty::Closure(ty))) = (syntax, expected) else { return None };
        let (written, count) = (closure.params().map_or(0, |list| list.params().len()), ty.params.len());
        if written == count {
            return None;
        }
        let message = format!("the function is called with {count} arguments, but has {written} parameters");
        let diagnostic = Diagnostic::error("FnCallArgTypeMismatch", self.span(syntax), message);
        Some(self.mistake(diagnostic))
    }

    /// Checks the argument of a parameter of this type, and gives the type that it has itself.
    pub(super) fn typed_arg(&mut self, bound: &mut Bound, position: usize, ty: &Ty) -> Ty {
        let found = self.free_arg(bound, position, Some(ty));
        if let Some((at, Argument::Checked(value))) = bound.take(position) {
            let value = self.adapt_argument(value, ty);
            bound.put(at, value);
        }
        found
    }

    /// The types of all arguments of a call that cannot be bound.
    fn free_types(&mut self, site: CallSite) -> Vec<Ty> {
        let free = |argument| match argument {
            Argument::Checked(value) => value.ty,
            // Nothing says what the parameters of a function are.
            Argument::Syntax(ast::Expr::Closure(_)) => Ty::Error,
            Argument::Syntax(syntax) => self.expr(&syntax, None).ty,
        };
        site.args.into_iter().map(|(_, argument)| argument).map(free).collect()
    }

    /// A call as if it were a declaration: `fx_rate(String, Int)`.
    pub(super) fn called_as(&self, name: &str, types: &[Ty]) -> String {
        let shown = |ty: &Ty| if *ty == Ty::Error { "_".to_owned() } else { self.show(ty) };
        format!("{name}({})", types.iter().map(shown).collect::<Vec<_>>().join(", "))
    }

    /// Reports a call of a native with another number of arguments than it has.
    pub(super) fn native_count_mismatch(&mut self, native: &Descriptor, site: CallSite) -> Expr {
        let (span, diagnostic) = (site.span, count_mismatch(native.params.len(), &site));
        let types = self.free_types(site);
        let hint = both_signatures(native, &self.called_as(&native.name, &types));
        self.report(diagnostic.hint(hint));
        error_expr(span)
    }

    /// Checks the argument of a place that runs the predicates of its type, such as the payload of a variant.
    pub(super) fn checked_arg(&mut self, bound: &mut Bound, position: usize, ty: &Ty) {
        self.free_arg(bound, position, Some(ty));
        let Some((at, Argument::Checked(value))) = bound.take(position) else { return };
        let value = self.adapt(value, ty, relon_natives::TrapKind::TypeMismatch);
        bound.put(at, value);
    }

    /// Where the argument of a parameter stands.
    pub(super) fn arg_span(&self, bound: &Bound, position: usize) -> Option<Span> {
        let (_, argument) = bound.args.iter().find(|(at, _)| *at == position)?;
        Some(match argument {
            Argument::Checked(value) => value.span,
            Argument::Syntax(syntax) => self.span(syntax),
        })
    }

    /// All arguments, checked.
    pub(super) fn args(&mut self, bound: Bound) -> Args {
        let positions = bound.args.iter().map(|(position, _)| *position).collect();
        let value = |(_, argument)| match argument {
            Argument::Checked(value) => value,
            Argument::Syntax(syntax) => self.expr(&syntax, None),
        };
        let values = bound.args.into_iter().map(value).collect();
        Args { values, positions }
    }

    /// Whether an expression, parentheses aside, is the one whose native errors are caught.
    pub(super) fn is_caught(&self, node: &ast::Expr) -> bool {
        self.caught.as_ref().is_some_and(|caught| caught.range() == node.range())
    }
}

fn count_mismatch(count: usize, site: &CallSite) -> Diagnostic {
    let message = format!("expected {count} arguments, found {}", site.len());
    Diagnostic::error("FnCallArgCountMismatch", site.span, message)
}

/// What a native is, and what a call takes it for.
pub(super) fn both_signatures(native: &Descriptor, called: &str) -> String {
    format!("the native is `{native}`, and is called as `{called}`")
}

fn is_builtin(name: &str) -> bool {
    matches!(name, "len" | "range" | "type")
}
