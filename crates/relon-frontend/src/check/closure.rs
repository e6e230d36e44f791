//! Functions: closures, and entries in method shorthand.

use std::sync::Arc;

use relon_syntax::ast;

use super::scope::Scope;
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{Closure, ClosureTy, Expr, ExprKind, LocalId, Ty};

/// A function, however it is written.
#[derive(Clone, Debug)]
pub(crate) struct ClosureSyntax {
    pub(super) params: Vec<ast::Param>,
    pub(super) result: Option<ast::Type>,
    body: Option<ast::Expr>,
    /// The node whose range is the function's.
    node: ast::Expr,
}

impl ClosureSyntax {
    pub(super) fn of_closure(closure: &ast::Closure) -> Self {
        ClosureSyntax {
            params: closure.params().map(|list| list.params()).unwrap_or_default(),
            result: closure.result_type(),
            body: closure.body(),
            node: ast::Expr::Closure(closure.clone()),
        }
    }

    /// The function of an entry: method shorthand, or a closure as its value.
    pub(super) fn of_field(field: &ast::Field) -> Option<Self> {
        let value = field.value()?;
        if let Some(params) = field.params() {
            // A type before the name is the result; it wins over one behind the parameters.
            let result = field.type_prefix().or_else(|| field.result_type());
            return Some(ClosureSyntax { params: params.params(), result, body: Some(value.clone()), node: value });
        }
        match value {
            ast::Expr::Closure(closure) => Some(Self::of_closure(&closure)),
            _ => None,
        }
    }
}

impl Checker<'_> {
    /// Checks a function. `expected` gives the types of parameters that declare none.
    pub(super) fn closure(
        &mut self,
        syntax: &ClosureSyntax,
        expected: Option<&ClosureTy>,
        name: Option<String>,
    ) -> Expr {
        let span = self.span(&syntax.node);
        let mut scope = Scope::locals();
        let params: Vec<LocalId> = syntax
            .params
            .iter()
            .enumerate()
            .map(|(index, param)| self.closure_param(param, expected.and_then(|ty| ty.params.get(index)), &mut scope))
            .collect();
        let declared = syntax.result.as_ref().map(|ty| self.ty(ty));
        let Some(body) = &syntax.body else { return error_expr(span) };
        let wanted = declared.clone().or_else(|| expected.map(|ty| ty.result.clone()).filter(|ty| *ty != Ty::Error));
        let body = self.within(scope, |checker| checker.expr(body, wanted.as_ref()));
        let body = match (&declared, &wanted) {
            (Some(ty), _) => self.adapt_body(body, ty),
            (None, Some(Ty::Bool)) => self.condition(body),
            // What is expected completes the type of an empty literal.
            (None, Some(ty)) if self.declarations().misfit(&body.ty, ty).is_none() => self.adapt_body(body, ty),
            (None, _) => body,
        };
        let types = params.iter().map(|id| self.locals[id.0 as usize].ty.clone()).collect();
        let ty = Arc::new(ClosureTy { params: types, result: body.ty.clone() });
        let id = self.new_closure();
        let closure = Closure { id, name, params, body, ty: Arc::clone(&ty), span };
        Expr { kind: ExprKind::Closure(Arc::new(closure)), ty: Ty::Closure(ty), span }
    }

    fn closure_param(&mut self, param: &ast::Param, expected: Option<&Ty>, scope: &mut Scope) -> LocalId {
        let span = self.span(param);
        let name = param.name().map(|token| token.text().to_owned()).unwrap_or_default();
        let ty = match (param.ty(), expected) {
            (Some(ty), _) => self.ty(&ty),
            (None, Some(expected)) => expected.clone(),
            (None, None) => {
                let message = format!("the type of parameter `{name}` is not known here");
                self.report(
                    Diagnostic::error("ClosureParamTypeMissing", span, message).hint(format!("write `Type {name}`")),
                );
                Ty::Error
            }
        };
        let id = self.add_local(&name, ty, span);
        if name != "_" {
            scope.bind(&name, id);
        }
        id
    }
}
