//! Calls of natives: types from descriptors, capabilities, and errors that are matched on.

use std::sync::Arc;

use relon_ir::Span;
use relon_natives::descriptor::{Descriptor, NativeRecord, NativeType};

use super::call::{CallSite, both_signatures};
use super::{Checker, error_expr};
use crate::diagnostic::Diagnostic;
use crate::hir::{Args, Expr, ExprKind, NativeId, Ty};

impl Checker<'_> {
    /// Calls a native of the host, which is known to exist.
    pub(super) fn call_native(&mut self, name: &str, site: CallSite) -> Expr {
        let options = self.options;
        match options.natives.iter().find(|native| native.name == name) {
            Some(native) => {
                self.check_capabilities(native, site.span);
                if site.len() != native.params.len() {
                    return self.native_count_mismatch(native, site);
                }
                self.call_described(native, None, site)
            }
            None => error_expr(site.span),
        }
    }

    fn check_capabilities(&mut self, native: &Descriptor, span: Span) {
        // Code that never runs needs no permission.
        if self.is_dead {
            return;
        }
        for capability in native.requires.iter().filter(|capability| !self.options.granted.contains(capability)) {
            let message = format!("`{}` needs the capability `{capability}`, which is not granted", native.name);
            let diagnostic = Diagnostic::error("CapabilityRequired", span, message);
            self.diagnostics.push(
                diagnostic
                    .label(format!("needs `{capability}`"))
                    .hint(format!("grant it where the rule is loaded: `--grant {capability}` on the command line")),
            );
        }
    }

    pub(super) fn call_described(&mut self, native: &Descriptor, names: Option<&[String]>, site: CallSite) -> Expr {
        let span = site.span;
        let catch = native.fallible && self.is_caught(&site.node);
        let own: Vec<String> = native.params.iter().map(|param| param.name.clone()).collect();
        let Some(mut bound) = self.bind(site, native.params.len(), Some(names.unwrap_or(&own))) else {
            return error_expr(span);
        };
        let (known, mut found) = (self.diagnostics.len(), Vec::new());
        for (position, param) in native.params.iter().enumerate() {
            let ty = self.native_ty(&param.ty, native, span);
            found.push(self.typed_arg(&mut bound, position, &ty));
        }
        let args = self.args(bound);
        if names.is_none() {
            self.explain_mismatches(known, native, &found, &args);
        }
        let result = self.native_ty(&native.result, native, span);
        if result == Ty::Error || args.values.iter().any(|value| value.ty == Ty::Error) {
            return error_expr(span);
        }
        let ty = if catch { Ty::Result(Arc::new(result), Arc::new(Ty::String)) } else { result };
        let native = self.native_id(native);
        Expr { kind: ExprKind::Native { native, args, catch }, ty, span }
    }

    /// Adds both signatures to what was said of arguments since so many diagnostics were known.
    fn explain_mismatches(&mut self, known: usize, native: &Descriptor, types: &[Ty], args: &Args) {
        let is_argument = |span| args.values.iter().any(|value| value.span == span);
        let is_mismatch = |found: &&mut Diagnostic| found.name == "FnCallArgTypeMismatch" && is_argument(found.span);
        if self.diagnostics.len() > known {
            let hint = both_signatures(native, &self.called_as(&native.name, types));
            for mismatch in self.diagnostics[known..].iter_mut().filter(is_mismatch) {
                mismatch.hint.get_or_insert_with(|| hint.clone());
            }
        }
    }

    fn native_id(&mut self, native: &Descriptor) -> NativeId {
        if let Some(id) = self.native_ids.get(&native.symbol) {
            return *id;
        }
        let id = NativeId(self.natives.len() as u32);
        self.natives.push(native.clone());
        self.native_ids.insert(native.symbol.clone(), id);
        id
    }

    /// The language's type for a native's.
    fn native_ty(&mut self, ty: &NativeType, native: &Descriptor, span: Span) -> Ty {
        match ty {
            NativeType::Int => Ty::Int,
            NativeType::Float => Ty::Float,
            NativeType::Bool => Ty::Bool,
            NativeType::String => Ty::String,
            NativeType::List(element) => Ty::List(Arc::new(self.native_ty(element, native, span))),
            NativeType::Option(payload) => Ty::Option(Arc::new(self.native_ty(payload, native, span))),
            NativeType::Record(record) => self.native_record(record, native, span),
        }
    }

    /// The schema of a native's struct: the one of the same name, which must have the same fields.
    fn native_record(&mut self, record: &NativeRecord, native: &Descriptor, span: Span) -> Ty {
        let Some(Ty::Record(id)) = self.definition(&record.name) else {
            let message =
                format!("native `{}` uses the record `{}`, for which there is no schema", native.name, record.name);
            let fields: Vec<String> =
                record.fields.iter().map(|field| format!("{} {}: *", field.ty, field.name)).collect();
            let hint = format!("declare `#schema {} {{ {} }}`", record.name, fields.join(", "));
            self.report(Diagnostic::error("UnknownTypeName", span, message).hint(hint));
            return Ty::Error;
        };
        let fields = &self.records[id.0 as usize].fields;
        let declared: Vec<(String, Ty, Span)> =
            fields.iter().map(|field| (field.name.clone(), field.ty.clone(), field.span)).collect();
        if declared.len() != record.fields.len() {
            return self.record_mismatch(record, native, span, "the number of fields differs", None);
        }
        for ((name, ty, place), field) in declared.into_iter().zip(&record.fields) {
            let wanted = self.native_ty(&field.ty, native, span);
            if name != field.name || ty != wanted {
                let (found, wanted) = (self.show(&ty), self.show(&wanted));
                let why = format!("the schema has `{found} {name}` where the native has `{wanted} {}`", field.name);
                return self.record_mismatch(record, native, span, &why, Some(place));
            }
        }
        Ty::Record(id)
    }

    fn record_mismatch(
        &mut self,
        record: &NativeRecord,
        native: &Descriptor,
        span: Span,
        why: &str,
        place: Option<Span>,
    ) -> Ty {
        let message = format!("schema `{}` is not the record that native `{}` uses: {why}", record.name, native.name);
        let diagnostic = Diagnostic::error("FnCallArgTypeMismatch", span, message);
        let diagnostic = diagnostic.hint("give the schema and the Rust struct the same fields in the same order");
        self.report(match place {
            Some(place) => diagnostic.related(place, "this field"),
            None => diagnostic,
        });
        Ty::Error
    }
}
