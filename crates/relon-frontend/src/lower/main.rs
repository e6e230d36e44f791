//! The entries of a program: what the host calls.
//!
//! Each entry adapts its arguments to what the rule works with. Where the host may leave out fields that have defaults, `main` takes the
//! input form; an entry for callers that give every field is then a second function, and both call one function with the body.

use relon_ir::{
    CheckedRows, Entry, EntryForm, FunctionBuilder, FunctionId, IntCondition, IntOp, Op, Param, Span, Type, Value,
};
use relon_natives::TrapKind;

use super::call::Body;
use super::function::Binding;
use super::types::Form;
use super::walk::{self, Var};
use super::{Flat, Frame, Lowerer};
use crate::hir::Ty;

/// Which entries a module gets besides `main`.
///
/// `main` takes arguments in the input form, where a field with a default may be absent. Where no parameter has a default inside, that is
/// the plain form as well, and `main` serves callers of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `main.typed` takes the plain form, in which every field is given. There is none where `main` takes it as well:
    /// [`relon_ir::Module::plain_entry`] finds the right one.
    pub typed: bool,
    /// `main.batch` takes arrays of arguments in the plain form.
    pub batch: bool,
}

impl Options {
    /// Every entry.
    pub fn all() -> Self {
        Options { typed: true, batch: true }
    }
}

impl<'p> Lowerer<'p> {
    /// Lowers the entries.
    pub(super) fn mains(&mut self, options: &Options) {
        let main = &self.program.main;
        let mut types = main.params.iter().map(|local| &self.program.locals[local.0 as usize].ty);
        let differs = types.any(|ty| self.has_defaults(ty));
        let shared = differs && (options.typed || options.batch);
        let form = if differs { EntryForm::Input } else { EntryForm::Plain };
        let main = self.host_entry("main", form, shared);
        let typed = if shared { self.host_entry("main.typed", EntryForm::Plain, true) } else { main.clone() };
        self.module.entries.push(main);
        if shared && options.typed {
            self.module.entries.push(typed.clone());
        }
        if options.batch {
            let checked = if self.may_be_vectors(typed.function) { self.checked_rows() } else { None };
            let (name, form) = ("main.batch".to_owned(), EntryForm::Batch);
            self.module.entries.push(Entry { name, form, checked, ..typed });
        }
    }

    /// An entry: adapts the arguments, evaluates the root expression and stores its value. The body is a function of its own where other
    /// entries share it.
    fn host_entry(&mut self, name: &str, form: EntryForm, shared: bool) -> Entry {
        let main = &self.program.main;
        let function = self.reserve();
        let types = vec![Type::Ptr; main.params.len() + 1];
        self.frame = Frame::new(FunctionBuilder::new(name, &types, &[], Some(main.span)));
        let values = self.frame.builder.params();
        self.open_modules();
        let (mut params, mut args) = (Vec::new(), Vec::new());
        for (local, address) in main.params.iter().zip(&values) {
            let declared = &self.program.locals[local.0 as usize];
            self.guard_given(*address, TrapKind::MissingMainArg, declared.span);
            let from = Form { ty: declared.ty.clone(), input: form == EntryForm::Input };
            let given = self.load(&from, *address, 0);
            let flat = self.adapt(given, &from, &declared.ty, Some(TrapKind::MainArgTypeMismatch), declared.span);
            self.frame.locals.insert(*local, Binding::Value(flat.clone()));
            args.push(Binding::Value(flat));
            params.push(Param { name: declared.name.clone(), ty: self.data(&from), span: declared.span });
        }
        let out = values[main.params.len()];
        self.guard_given(out, TrapKind::UnexpectedMainArg, main.span);
        let flat = if shared { self.call_main(args) } else { self.expr(&main.body) };
        let result = Form::plain(&main.result);
        self.store(&result, out, 0, &flat);
        self.b().ret(Vec::new());
        self.finish(function);
        let result = self.data(&result);
        Entry {
            name: name.to_owned(),
            function,
            form,
            params,
            result,
            span: main.body.span,
            recursive: false,
            checked: None,
        }
    }

    /// Whether nothing in a function keeps LLVM from evaluating it for several rows in vectors. Processors do not divide vectors of Ints, and what is
    /// called may look at anything. Rows that stay apart are faster where each is checked just before it is evaluated.
    fn may_be_vectors(&self, function: FunctionId) -> bool {
        let keeps_apart = |op: &Op| match op {
            Op::Int { op, .. } => matches!(op, IntOp::Div | IntOp::Rem),
            Op::Call { .. } | Op::CallNative { .. } | Op::Copy { .. } | Op::Context => true,
            _ => false,
        };
        let body = self.functions[function.index()].as_ref();
        let mut insts = body.into_iter().flat_map(|body| &body.blocks).flat_map(|block| &block.insts);
        !insts.any(|inst| keeps_apart(&inst.op))
    }

    /// The functions of a batch whose arguments can be checked for many rows at once, if any has to be checked.
    fn checked_rows(&mut self) -> Option<CheckedRows> {
        let main = &self.program.main;
        let types: Vec<&Ty> = main.params.iter().map(|local| &self.program.locals[local.0 as usize].ty).collect();
        self.frame = Frame::new(FunctionBuilder::new("main.check", &[], &[], None));
        let is_quick = types.iter().all(|ty| !self.has_checks(ty) || self.checks_are_quick(ty));
        let is_checked = types.iter().any(|ty| self.has_checks(ty));
        (is_quick && is_checked).then(|| CheckedRows { check: self.check_rows(), row: self.checked_row() })
    }

    /// Traps where an argument of any row does not pass its predicates.
    fn check_rows(&mut self) -> FunctionId {
        let main = &self.program.main;
        let function = self.reserve();
        let types: Vec<Type> = main.params.iter().map(|_| Type::Ptr).chain([Type::Int]).collect();
        self.frame = Frame::new(FunctionBuilder::new("main.check", &types, &[], Some(main.span)));
        let values = self.frame.builder.params();
        for (local, address) in main.params.iter().zip(&values) {
            let declared = &self.program.locals[local.0 as usize];
            if self.has_checks(&declared.ty) {
                let rows = [*address, values[main.params.len()]];
                let pass = self.all_pass(&rows, &Form::plain(&declared.ty), &declared.ty);
                let site = self.site(TrapKind::MainArgTypeMismatch, declared.span);
                self.b().guard(pass, site);
            }
        }
        self.b().ret(Vec::new());
        self.finish(function);
        function
    }

    /// Evaluates a row whose arguments passed, and relies on what their predicates say.
    fn checked_row(&mut self) -> FunctionId {
        let main = &self.program.main;
        let function = self.reserve();
        let types = vec![Type::Ptr; main.params.len() + 1];
        self.frame = Frame::new(FunctionBuilder::new("main.row", &types, &[], Some(main.span)));
        let values = self.frame.builder.params();
        self.open_modules();
        for (local, address) in main.params.iter().zip(&values) {
            let form = Form::plain(&self.program.locals[local.0 as usize].ty);
            let flat = self.load_checked(&form, *address, 0);
            self.frame.locals.insert(*local, Binding::Value(flat));
        }
        let flat = self.expr(&main.body);
        self.store(&Form::plain(&main.result), values[main.params.len()], 0, &flat);
        self.b().ret(Vec::new());
        self.finish(function);
        function
    }

    /// Makes the values of modules, and lets predicates of arguments have entries of the root dict before its turn comes.
    fn open_modules(&mut self) {
        let main = &self.program.main;
        self.open(&self.program.modules);
        self.evaluate_all(&self.program.modules);
        self.frame.root = main.root().map(|root| root.id);
        main.root().into_iter().for_each(|root| self.open(root));
    }

    /// Calls the function with the body, which is made at the first call.
    fn call_main(&mut self, args: Vec<Binding<'p>>) -> Flat {
        let main = &self.program.main;
        let is_param = |var: &Var| matches!(var, Var::Local(id) if main.params.contains(id));
        let needs = walk::needs(&self.survey, &main.body).into_iter().filter(|var| !is_param(var)).collect();
        let outside = self.captured(needs);
        self.call_body(Body::Main, args, outside, main.span)
    }

    /// The host gives no address for an argument that is missing, and no room for the result where there is one too many: each is
    /// an error at its place, behind those of the arguments before it.
    fn guard_given(&mut self, address: Value, kind: TrapKind, span: Span) {
        let site = self.site(kind, span);
        let nowhere = self.b().null();
        let is_given = self.b().int_compare(IntCondition::Ne, address, nowhere);
        self.b().guard(is_given, site);
    }
}

#[cfg(test)]
mod tests {
    use relon_ir::Module;

    use super::*;
    use crate::{CheckOptions, check};

    const PLAIN: &str = "#main(Int n) -> Int\nn * 2";
    const DEFAULTS: &str = "#schema Order { Int qty: (q) => q > 0, #default 5 Int cents: * }\n\
                            #main(Order order) -> Int\norder.qty * order.cents";

    const CHECKED: &str = "#schema Order { Int qty: (q) => q > 0, Int cents: * }\n\
                           #main(Order order) -> Int\norder.qty * order.cents";

    fn lowered(source: &str, options: Options) -> Module {
        let checked = check("rule.relon", source, &CheckOptions { natives: &[], granted: &[], modules: None });
        let program = checked.outcome.unwrap_or_else(|_| panic!("{source} has an error"));
        let module = crate::lower::lower(&program, &options);
        assert_eq!(relon_ir::verify(&module), Ok(()));
        module
    }

    fn entries(module: &Module) -> Vec<(&str, EntryForm)> {
        module.entries.iter().map(|entry| (entry.name.as_str(), entry.form)).collect()
    }

    /// The functions that an entry calls.
    fn calls(module: &Module, entry: &str) -> Vec<String> {
        let entry = module.entry(entry).expect("an entry");
        let insts = module.functions[entry.function.index()].blocks.iter().flat_map(|block| &block.insts);
        let called = insts.filter_map(|inst| match &inst.op {
            Op::Call { function, .. } => Some(module.functions[function.index()].name.clone()),
            _ => None,
        });
        called.collect()
    }

    #[test]
    fn main_serves_all_callers_where_nothing_has_a_default() {
        let module = lowered(PLAIN, Options::all());
        assert_eq!(entries(&module), [("main", EntryForm::Plain), ("main.batch", EntryForm::Batch)]);
        assert_eq!(module.functions.len(), 1);
        assert_eq!(module.plain_entry(), module.entry("main"));
        let batch = "\"main.batch\" = fn0(\"n\": Int file0:10..11) -> Int batch";
        assert!(module.to_string().contains(batch), "{module}");
    }

    #[test]
    fn there_is_main_alone_unless_more_is_asked_for() {
        let module = lowered(DEFAULTS, Options::default());
        assert_eq!(entries(&module), [("main", EntryForm::Input)]);
        assert_eq!(module.functions.len(), 1);
        assert_eq!(module.plain_entry(), None);
    }

    #[test]
    fn entries_of_both_forms_share_the_body() {
        let module = lowered(DEFAULTS, Options::all());
        let (typed, batch) = (("main.typed", EntryForm::Plain), ("main.batch", EntryForm::Batch));
        assert_eq!(entries(&module), [("main", EntryForm::Input), typed, batch]);
        assert_eq!(module.plain_entry(), module.entry("main.typed"));
        assert_eq!(module.functions.len(), 3);
        assert_eq!(calls(&module, "main"), calls(&module, "main.typed"));
        assert_eq!(calls(&module, "main").len(), 1);
        let shapes = |name| module.entry(name).map(|entry| entry.params[0].ty.clone());
        assert_eq!(shapes("main.typed"), shapes("main.batch"));
        assert_ne!(shapes("main"), shapes("main.typed"));
    }

    #[test]
    fn a_batch_alone_takes_the_plain_form() {
        let module = lowered(DEFAULTS, Options { typed: false, batch: true });
        assert_eq!(entries(&module), [("main", EntryForm::Input), ("main.batch", EntryForm::Batch)]);
        assert_eq!(module.functions.len(), 3);
    }

    #[test]
    fn rows_are_checked_together_where_they_may_become_vectors() {
        let module = lowered(CHECKED, Options { typed: false, batch: true });
        let rows = module.entry("main.batch").and_then(|entry| entry.checked).expect("checked rows");
        let name = |id: FunctionId| module.functions[id.index()].name.as_str();
        assert_eq!((name(rows.check), name(rows.row)), ("main.check", "main.row"));
        let text = module.to_string();
        assert!(text.contains(&format!(" batch checked {} {} ", rows.check, rows.row)), "{text}");
        assert_eq!(text.parse::<Module>().expect("a module"), module);
        let of = |source: &str| lowered(source, Options::all()).entry("main.batch").and_then(|entry| entry.checked);
        assert_eq!(of(PLAIN), None);
        assert_eq!(of(&CHECKED.replace("q > 0", "q % 2 > 0")), None);
        assert_eq!(of(&CHECKED.replace("order.qty * order.cents", "order.qty / order.cents")), None);
        assert_eq!(of(DEFAULTS), None);
    }
}
