//! Calls of library functions and methods: how each generic one is typed.

use std::sync::Arc;

use relon_ir::Span;
use relon_syntax::ast;

use super::call::{Bound, CallSite};
use super::expr::element_of;
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{Args, Closure, ClosureTy, Dict, Entry, EntryKind, Expr, ExprKind, Library, Ty};
use crate::library::{self, Member, Receiver, Target};

impl Checker<'_> {
    pub(super) fn call_member(&mut self, member: &'static Member, site: CallSite) -> Expr {
        let span = site.span;
        match member.target {
            Target::Native(native) => self.call_library_native(native, member, site),
            Target::Lowered(Library::Range) if site.len() == 1 => self.range_to(site),
            Target::Lowered(function) => {
                let names = names(member);
                let Some(bound) = self.bind(site, names.len(), Some(&names)) else { return error_expr(span) };
                self.call_lowered(function, bound, span)
            }
            Target::Merge => {
                let names = names(member);
                let Some(mut bound) = self.bind(site, 2, Some(&names)) else { return error_expr(span) };
                self.free_arg(&mut bound, 0, None);
                self.free_arg(&mut bound, 1, None);
                let args = self.args(bound);
                self.merge_args(args, span)
            }
        }
    }

    /// The merge of two arguments. Where they are written the other way round they are evaluated so, and then merged.
    fn merge_args(&mut self, args: Args, span: Span) -> Expr {
        let in_order = args.positions == [0, 1];
        let mut values = args.values.into_iter();
        let (Some(first), Some(second)) = (values.next(), values.next()) else { return error_expr(span) };
        if in_order {
            return self.merge(first, second, span);
        }
        let id = self.new_dict();
        let entry = |index: usize, value: &Expr| Expr {
            kind: ExprKind::Entry(id, index),
            ty: value.ty.clone(),
            span: value.span,
        };
        let merged = self.merge(entry(1, &second), entry(0, &first), span);
        let named = |name: &str, value: Expr| {
            let span = value.span;
            Entry { kind: EntryKind::Named(name.to_owned(), value), internal: true, span }
        };
        let dict = Dict { id, entries: vec![named("b", first), named("a", second)] };
        let ty = merged.ty.clone();
        Expr { kind: ExprKind::Where(Box::new(dict), Box::new(merged)), ty, span }
    }

    /// A function of the library in the place of a function: a closure that calls it.
    pub(super) fn member_closure(&mut self, member: &'static Member, ty: &ClosureTy, node: &ast::Expr) -> Expr {
        let span = self.span(node);
        let params: Vec<_> = ty.params.iter().map(|param| self.add_local("_", param.clone(), span)).collect();
        let args = params.iter().map(|id| self.local(*id, span)).collect();
        let body = self.call_member(member, CallSite::of_values(args, node.clone(), span));
        let ty = Arc::new(ClosureTy { params: ty.params.clone(), result: body.ty.clone() });
        let id = self.new_closure();
        let closure = Closure { id, name: None, params, body, ty: Arc::clone(&ty), span };
        Expr { kind: ExprKind::Closure(Arc::new(closure)), ty: Ty::Closure(ty), span }
    }

    /// `range(end)`
    fn range_to(&mut self, site: CallSite) -> Expr {
        let span = site.span;
        let Some(mut bound) = self.bind(site, 1, None) else { return error_expr(span) };
        self.typed_arg(&mut bound, 0, &Ty::Int);
        let args = self.args(bound);
        Expr { kind: ExprKind::Library(Library::Range, args), ty: Ty::List(Arc::new(Ty::Int)), span }
    }

    /// `type(v)`
    pub(super) fn type_of(&mut self, site: CallSite) -> Expr {
        let span = site.span;
        let Some(bound) = self.bind(site, 1, None) else { return error_expr(span) };
        let args = self.args(bound);
        if args.values[0].ty == Ty::Error {
            return error_expr(span);
        }
        Expr { kind: ExprKind::Library(Library::TypeOf, args), ty: Ty::String, span }
    }

    /// `value.name(args)`
    pub(super) fn call_method(&mut self, value: Expr, name: &str, place: Span, site: CallSite) -> Expr {
        let receiver = match &value.ty {
            Ty::Error => return error_expr(site.span),
            Ty::String => Receiver::String,
            Ty::List(_) => Receiver::List,
            Ty::Dict(_) | Ty::Record(_) => Receiver::Dict,
            other => {
                let message = format!("{} has no method `{name}`", self.show(other));
                return self.mistake(Diagnostic::error("UnknownMethod", place, message));
            }
        };
        match receiver.methods().iter().find(|member| member.name == name) {
            Some(member) => self.call_member(member, site.with_receiver(value)),
            None => {
                let message = format!("{} has no method `{name}`", self.show(&value.ty));
                let known = receiver.methods().iter().map(|member| member.name);
                self.mistake(Diagnostic::error("UnknownMethod", place, message).suggest(name, known))
            }
        }
    }

    fn call_lowered(&mut self, function: Library, mut bound: Bound, span: Span) -> Expr {
        let Some(ty) = self.lowered_type(function, &mut bound, span) else {
            self.check_rest(&bound);
            return error_expr(span);
        };
        let args = self.args(bound);
        if args.values.iter().any(|value| value.ty == Ty::Error) || ty == Ty::Error {
            return error_expr(span);
        }
        Expr { kind: ExprKind::Library(function, args), ty, span }
    }

    /// What a mistake left unchecked may hold mistakes of its own; only a function needs to know what it is for.
    fn check_rest(&mut self, bound: &Bound) {
        for syntax in bound.unchecked().filter(|syntax| !matches!(syntax, ast::Expr::Closure(_))) {
            self.expr(&syntax, None);
        }
    }

    /// Checks the arguments of a library function and gives the type of its result.
    fn lowered_type(&mut self, function: Library, bound: &mut Bound, span: Span) -> Option<Ty> {
        match function {
            Library::Len => self.measured(bound),
            Library::IsEmpty => self.list_arg(bound).map(|_| Ty::Bool),
            Library::Range => {
                self.typed_arg(bound, 0, &Ty::Int);
                self.typed_arg(bound, 1, &Ty::Int);
                Some(Ty::List(Arc::new(Ty::Int)))
            }
            Library::TypeOf => Some(Ty::String),
            Library::Map => {
                let element = self.list_arg(bound)?;
                Some(Ty::List(Arc::new(self.closure_arg(bound, 1, vec![element], None)?)))
            }
            Library::Filter => {
                let element = self.list_arg(bound)?;
                self.closure_arg(bound, 1, vec![element], Some(Ty::Bool))?;
                // The function may have said what an empty literal holds.
                self.list_arg(bound).map(|element| Ty::List(Arc::new(element)))
            }
            Library::Every | Library::SomeOf => {
                let element = self.list_arg(bound)?;
                self.closure_arg(bound, 1, vec![element], Some(Ty::Bool))
            }
            Library::Reduce => {
                let element = self.list_arg(bound)?;
                let initial = self.free_arg(bound, 1, None);
                let accumulator = self.accumulator(bound, &initial, &element);
                self.closure_arg(bound, 2, vec![accumulator.clone(), element], Some(accumulator))
            }
            Library::Contains => {
                let element = self.list_arg(bound)?;
                if element == Ty::Never {
                    self.free_arg(bound, 1, None);
                } else {
                    self.typed_arg(bound, 1, &element);
                }
                Some(Ty::Bool)
            }
            Library::Unique => self.list_arg(bound).map(|_| Ty::Bool),
            Library::Sum | Library::Avg | Library::ListMax | Library::ListMin => self.number_list(bound),
            Library::First | Library::Last => self.list_arg(bound),
            Library::Compact => {
                let element = self.list_arg(bound)?;
                self.wants(bound, matches!(element, Ty::Option(_) | Ty::Never), "a List of Options")?;
                Some(Ty::List(Arc::new(element)))
            }
            Library::Flatten => {
                let element = self.list_arg(bound)?;
                self.wants(bound, matches!(element, Ty::List(_) | Ty::Never), "a List of Lists")?;
                Some(if element == Ty::Never { Ty::List(Arc::new(Ty::Never)) } else { element })
            }
            Library::Join => {
                let element = self.list_arg(bound)?;
                let has_text = matches!(element, Ty::String | Ty::Int | Ty::Float | Ty::Bool | Ty::Never);
                self.wants(bound, has_text, "a List of Strings, numbers or Bools")?;
                self.typed_arg(bound, 1, &Ty::String);
                Some(Ty::String)
            }
            Library::Keys => {
                self.dict_arg(bound, false)?;
                Some(Ty::List(Arc::new(Ty::String)))
            }
            Library::Values => Some(Ty::List(Arc::new(self.dict_arg(bound, true)?))),
            Library::HasKey => {
                self.dict_arg(bound, false)?;
                self.typed_arg(bound, 1, &Ty::String);
                Some(Ty::Bool)
            }
            Library::Abs => {
                let ty = self.free_arg(bound, 0, None);
                self.wants(bound, matches!(ty, Ty::Int | Ty::Float), "a number")?;
                Some(ty)
            }
            Library::Max | Library::Min => self.same_numbers(bound, 2, span),
            Library::Clamp => self.same_numbers(bound, 3, span),
        }
    }

    /// Reports that the first argument is not what the function works on.
    fn wants(&mut self, bound: &mut Bound, fits: bool, what: &str) -> Option<()> {
        if fits {
            return Some(());
        }
        let found = self.free_arg(bound, 0, None);
        let place = self.arg_span(bound, 0)?;
        if found != Ty::Error {
            let message = format!("expected {what}, found {}", self.show(&found));
            self.report(Diagnostic::error("FnCallArgTypeMismatch", place, message));
        }
        None
    }

    /// The element type of the list that is the first argument.
    fn list_arg(&mut self, bound: &mut Bound) -> Option<Ty> {
        let ty = self.free_arg(bound, 0, None);
        self.wants(bound, matches!(ty, Ty::List(_)), "a List")?;
        Some(element_of(&ty))
    }

    /// A list of Ints or of Floats: the type of its sum. An empty list literal counts as Ints.
    fn number_list(&mut self, bound: &mut Bound) -> Option<Ty> {
        let element = self.list_arg(bound)?;
        self.wants(bound, matches!(element, Ty::Int | Ty::Float | Ty::Never), "a List of numbers")?;
        if element == Ty::Never {
            self.typed_arg(bound, 0, &Ty::List(Arc::new(Ty::Int)));
            return Some(Ty::Int);
        }
        Some(element)
    }

    /// What `len` measures.
    fn measured(&mut self, bound: &mut Bound) -> Option<Ty> {
        let ty = self.free_arg(bound, 0, None);
        let fits = matches!(ty, Ty::String | Ty::List(_) | Ty::Dict(_) | Ty::Record(_));
        self.wants(bound, fits, "a String, List, Dict or record")?;
        Some(Ty::Int)
    }

    /// The value type of the dict that is the first argument; a record counts where its fields have one type.
    fn dict_arg(&mut self, bound: &mut Bound, needs_values: bool) -> Option<Ty> {
        let ty = self.free_arg(bound, 0, None);
        match ty {
            Ty::Dict(value) => Some((*value).clone()),
            Ty::Record(id) => {
                let place = self.arg_span(bound, 0)?;
                let types: Vec<Ty> = self.records[id.0 as usize].fields.iter().map(|field| field.ty.clone()).collect();
                let mut joined = Some(Ty::Never);
                for ty in types {
                    joined = joined.and_then(|joined| self.join(&joined, &ty, place));
                }
                self.wants(bound, joined.is_some() || !needs_values, "a Dict, or a record with fields of one type")?;
                Some(joined.unwrap_or(Ty::Never))
            }
            _ => {
                self.wants(bound, false, "a Dict or a record")?;
                None
            }
        }
    }

    /// A function for the elements: its result type.
    fn closure_arg(&mut self, bound: &mut Bound, at: usize, params: Vec<Ty>, result: Option<Ty>) -> Option<Ty> {
        let expected = ClosureTy { params, result: result.clone().unwrap_or(Ty::Error) };
        let count = expected.params.len();
        let params = expected.params.clone();
        let found = self.free_arg(bound, at, Some(&Ty::Closure(Arc::new(expected))));
        let place = self.arg_span(bound, at)?;
        let Ty::Closure(found) = found else {
            if found != Ty::Error {
                let message = format!("expected a function, found {}", self.show(&found));
                self.report(Diagnostic::error("FnCallArgTypeMismatch", place, message));
            }
            return None;
        };
        if found.params.len() != count {
            let message =
                format!("the function is called with {count} arguments, but has {} parameters", found.params.len());
            self.report(Diagnostic::error("FnCallArgTypeMismatch", place, message));
            return None;
        }
        for (declared, given) in found.params.iter().zip(&params) {
            if self.declarations().misfit(given, declared).is_some() || (declared != given && !self.has_never(given)) {
                let message = format!("the function takes {}, but gets {}", self.show(declared), self.show(given));
                self.report(Diagnostic::error("FnCallArgTypeMismatch", place, message));
                return None;
            }
        }
        // An element of an empty literal has no value that the function could take, so the list gets the type that is declared.
        if let (Some(declared), Some(given)) = (found.params.last(), params.last())
            && declared != given
        {
            self.typed_arg(bound, 0, &Ty::List(Arc::new(declared.clone())));
        }
        self.closure_result(found.result.clone(), result, place)
    }

    /// The type of the accumulator: where it starts as an empty literal, the function says what it holds.
    fn accumulator(&mut self, bound: &Bound, initial: &Ty, element: &Ty) -> Ty {
        let Some(syntax) = bound.syntax(2).filter(|_| self.has_never(initial)) else { return initial.clone() };
        let reported = self.diagnostics.len();
        let expected = ClosureTy { params: vec![initial.clone(), element.clone()], result: Ty::Error };
        let found = self.expr(&syntax, Some(&Ty::Closure(Arc::new(expected)))).ty;
        // What is wrong within the function is said when it is checked with the right type; what it led to is said once.
        let within = self.span(&syntax);
        let found_now = self.diagnostics.split_off(reported);
        let outside = |at: Span| at.start < within.start || at.end > within.end;
        self.diagnostics.extend(found_now.into_iter().filter(|diagnostic| outside(diagnostic.span)));
        let Ty::Closure(found) = found else { return initial.clone() };
        let declared = found.params.first().cloned().unwrap_or(Ty::Error);
        let place = self.span(&syntax);
        [declared, found.result.clone()]
            .into_iter()
            .filter(|ty| *ty != Ty::Error)
            .find_map(|ty| self.join(initial, &ty, place).filter(|joined| !self.has_never(joined)))
            .unwrap_or_else(|| initial.clone())
    }

    fn closure_result(&mut self, found: Ty, wanted: Option<Ty>, place: Span) -> Option<Ty> {
        let Some(wanted) = wanted else { return Some(found) };
        if found == Ty::Error {
            return None;
        }
        if found != wanted {
            let message = format!("the function gives {}, but {} is wanted", self.show(&found), self.show(&wanted));
            self.report(Diagnostic::error("FnCallArgTypeMismatch", place, message));
            return None;
        }
        Some(found)
    }

    /// Whether a type is that of an empty literal, somewhere inside. Types with names say what they hold.
    fn has_never(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Never | Ty::Error => true,
            Ty::List(inner) | Ty::Dict(inner) | Ty::Option(inner) => self.has_never(inner),
            Ty::Result(ok, err) => self.has_never(ok) || self.has_never(err),
            Ty::Tuple(items) => items.iter().any(|item| self.has_never(item)),
            Ty::Record(id) => {
                let record = &self.records[id.0 as usize];
                record.name.is_none()
                    && (record.fields.is_empty() || record.fields.iter().any(|field| self.has_never(&field.ty)))
            }
            Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Enum(_) | Ty::Closure(_) | Ty::Type => false,
        }
    }

    /// Numbers of one type: all Int or all Float.
    fn same_numbers(&mut self, bound: &mut Bound, count: usize, span: Span) -> Option<Ty> {
        let types: Vec<Ty> = (0..count).map(|position| self.free_arg(bound, position, None)).collect();
        if types.contains(&Ty::Error) {
            return None;
        }
        let first = types.first()?.clone();
        if matches!(first, Ty::Int | Ty::Float) && types.iter().all(|ty| *ty == first) {
            return Some(first);
        }
        let shown: Vec<String> = types.iter().map(|ty| self.show(ty)).collect();
        let message = format!("expected numbers of one type, found {}", shown.join(", "));
        self.report(Diagnostic::error("FnCallArgTypeMismatch", span, message).hint("write Floats with a `.`: `2.0`"));
        None
    }
}

pub(super) fn names(member: &Member) -> Vec<String> {
    member.params.iter().map(|name| (*name).to_owned()).collect()
}

impl Checker<'_> {
    /// A native of the library, called under the parameter names of the table.
    fn call_library_native(&mut self, native: &'static str, member: &'static Member, site: CallSite) -> Expr {
        let names = names(member);
        self.call_described(library::library_native(native), Some(&names), site)
    }
}
