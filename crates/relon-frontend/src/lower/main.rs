//! The entries of a program: what the host calls.
//!
//! Each entry adapts its arguments to what the rule works with. Where the host may leave out fields that have defaults, `main` takes the
//! input form; an entry for callers that give every field is then a second function, and both call one function that does the rest.

use std::collections::HashSet;

use relon_ir::layout::DataType;
use relon_ir::{
    CheckedRows, Entry, EntryForm, EntryPart, FunctionBuilder, FunctionId, IntCondition, IntOp, Op, Param, Span, Type,
    Value,
};
use relon_natives::TrapKind;

use super::call::Body;
use super::function::Binding;
use super::types::Form;
use super::walk::{self, Var};
use super::{Flat, Frame, Lowerer};
use crate::hir::{LocalId, Ty};

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
    /// `main.validate` and `main.valid` take the plain form apart: the one checks the arguments, the other evaluates the rule and relies on it. With
    /// `batch` there are `main.batch.validate` and `main.batch.valid` as well. Where nothing is checked, nothing is relied on, and the entries
    /// that are called for valid arguments are the others.
    pub valid: bool,
}

impl Options {
    /// Every entry that takes arguments and gives a result.
    pub fn all() -> Self {
        Options { typed: true, batch: true, valid: false }
    }
}

/// What entries of several forms have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Common {
    /// There is one form.
    Nothing,
    /// A function that evaluates the rule.
    Body,
    /// This function, which adapts the argument, evaluates the rule and stores the result. It takes the argument's scalars in the input form.
    All(FunctionId),
}

impl<'p> Lowerer<'p> {
    /// Lowers the entries.
    pub(super) fn mains(&mut self, options: &Options) {
        let main = &self.program.main;
        let mut types = main.params.iter().map(|local| &self.program.locals[local.0 as usize].ty);
        let differs = types.any(|ty| self.has_defaults(ty));
        let shared = differs && (options.typed || options.batch || options.valid);
        let form = if differs { EntryForm::Input } else { EntryForm::Plain };
        let common = if shared { self.common() } else { Common::Nothing };
        let main = self.host_entry("main", form, common);
        let typed = if shared { self.host_entry("main.typed", EntryForm::Plain, common) } else { main.clone() };
        self.module.entries.push(main);
        if shared && (options.typed || options.valid) {
            self.module.entries.push(typed.clone());
        }
        let valid = (options.valid && self.checks_arguments()).then(|| self.valid_call("main.valid"));
        let may_be_vectors = options.batch && self.may_be_vectors(typed.function);
        let check = if may_be_vectors || options.batch && options.valid { self.check_rows() } else { None };
        if options.batch {
            let checked = check.filter(|_| may_be_vectors).map(|check| {
                let row = valid.unwrap_or_else(|| self.valid_call("main.row"));
                CheckedRows { check, row: Some(row) }
            });
            self.module.entries.push(Entry { checked, ..for_rows(&typed) });
        }
        if options.valid {
            // Imported files are evaluated before arguments are checked, which a look at many rows alone would leave out.
            let check = check.filter(|_| self.program.modules.entries.is_empty());
            let rows = check.map(|check| CheckedRows { check, row: None });
            let entry = self.validating(&typed);
            self.add_part(entry, rows, options);
        }
        if let Some(function) = valid {
            let entry = Entry { name: "main.valid".to_owned(), part: EntryPart::Valid, function, ..typed };
            self.add_part(entry, None, options);
        }
    }

    /// Adds an entry for a part of a call, and the same for rows, of which those may be checked together.
    fn add_part(&mut self, entry: Entry, checked: Option<CheckedRows>, options: &Options) {
        let rows = options.batch.then(|| Entry { checked, ..for_rows(&entry) });
        self.module.entries.push(entry);
        self.module.entries.extend(rows);
    }

    /// An entry: adapts the arguments, evaluates the root expression and stores its value, as far as that is not what all entries have in
    /// common.
    fn host_entry(&mut self, name: &str, form: EntryForm, common: Common) -> Entry {
        let main = &self.program.main;
        let (function, values) = self.start_entry(name);
        let out = values[main.params.len()];
        if let Common::All(function) = common {
            self.hand_over(values[0], out, form, function);
        } else {
            let args = self.take_arguments(&values, form);
            self.guard_given(out, TrapKind::UnexpectedMainArg, main.span);
            let flat = if common == Common::Body { self.call_main(args) } else { self.expr(&main.body) };
            self.store(&Form::plain(&main.result), out, 0, &flat);
        }
        self.end_entry(function);
        let (params, result) = (self.params(form), self.data(&Form::plain(&main.result)));
        Entry {
            name: name.to_owned(),
            function,
            form,
            part: EntryPart::Whole,
            params,
            result,
            span: main.body.span,
            recursive: false,
            checked: None,
        }
    }

    /// Makes the values of modules, then checks and adapts the arguments, one after the other, and binds them.
    fn take_arguments(&mut self, addresses: &[Value], form: EntryForm) -> Vec<Binding<'p>> {
        self.open_modules();
        let mut args = Vec::new();
        for (local, address) in self.program.main.params.iter().zip(addresses) {
            let given = self.take(*local, *address, form);
            args.push(self.accept(*local, given, form));
        }
        args
    }

    /// Reads an argument that must be there.
    fn take(&mut self, local: LocalId, address: Value, form: EntryForm) -> Flat {
        self.guard_given(address, TrapKind::MissingMainArg, self.program.locals[local.0 as usize].span);
        let from = self.form_of(local, form);
        self.load(&from, address, 0)
    }

    /// Checks, adapts and binds an argument.
    fn accept(&mut self, local: LocalId, given: Flat, form: EntryForm) -> Binding<'p> {
        let (declared, from) = (&self.program.locals[local.0 as usize], self.form_of(local, form));
        let flat = self.adapt(given, &from, &declared.ty, Some(TrapKind::MainArgTypeMismatch), declared.span);
        self.frame.locals.insert(local, Binding::Value(flat.clone()));
        Binding::Value(flat)
    }

    fn form_of(&self, local: LocalId, form: EntryForm) -> Form {
        Form { ty: self.program.locals[local.0 as usize].ty.clone(), input: form == EntryForm::Input }
    }

    fn params(&mut self, form: EntryForm) -> Vec<Param> {
        let mut params = Vec::new();
        for local in &self.program.main.params {
            let (declared, from) = (&self.program.locals[local.0 as usize], self.form_of(*local, form));
            params.push(Param { name: declared.name.clone(), ty: self.data(&from), span: declared.span });
        }
        params
    }

    /// What entries of both forms have in common: all, where the one argument has its fields that may be absent among its scalars.
    /// Of several arguments, each has to be checked before the next one is read; and imported files are evaluated before the first.
    fn common(&mut self) -> Common {
        let program = self.program;
        let [param] = program.main.params[..] else { return Common::Body };
        if !program.modules.entries.is_empty() || !self.has_flags(&program.locals[param.0 as usize].ty) {
            return Common::Body;
        }
        let function = self.reserve();
        let mut types = self.scalars(&self.form_of(param, EntryForm::Input));
        types.push(Type::Ptr);
        let name = format!("main.{}", function.index());
        self.frame = Frame::new(FunctionBuilder::new(name, &types, &[], Some(program.main.span)));
        let mut given = self.frame.builder.params();
        let out = given.pop().expect("memory for the result");
        self.open_modules();
        self.accept(param, given, EntryForm::Input);
        self.guard_given(out, TrapKind::UnexpectedMainArg, program.main.span);
        self.evaluate_into(out);
        self.end_entry(function);
        Common::All(function)
    }

    /// Reads the one argument and calls what is common to entries of all forms.
    fn hand_over(&mut self, address: Value, out: Value, form: EntryForm, function: FunctionId) {
        let program = self.program;
        let param = program.main.params[0];
        let given = self.take(param, address, form);
        let mut values = Vec::new();
        match form {
            EntryForm::Input => values = given,
            EntryForm::Plain | EntryForm::Batch => {
                self.flag_all(&program.locals[param.0 as usize].ty, &mut given.as_slice(), &mut values);
            }
        }
        values.push(out);
        self.b().call(function, &[], values);
    }

    /// Whether all fields of a value that may be absent are among its scalars, and none is in a list or another box.
    fn has_flags(&self, ty: &Ty) -> bool {
        match ty {
            _ if !self.has_defaults(ty) => true,
            _ if self.recursion.is_boxed(ty) => false,
            Ty::Record(id) => self.record(*id).fields.iter().all(|field| self.has_flags(&field.ty)),
            Ty::Tuple(items) => items.iter().all(|item| self.has_flags(item)),
            Ty::Option(payload) => self.has_flags(payload),
            _ => false,
        }
    }

    /// The scalars of a value in which every field is given, as those of the input form.
    fn flag_all(&mut self, ty: &Ty, plain: &mut &[Value], input: &mut Flat) {
        match ty {
            Ty::Record(id) if self.has_defaults(ty) => {
                for field in &self.record(*id).fields {
                    if field.default.is_some() {
                        input.push(self.b().bool(true));
                    }
                    self.flag_all(&field.ty, plain, input);
                }
            }
            Ty::Tuple(items) => items.iter().for_each(|item| self.flag_all(item, plain, input)),
            Ty::Option(payload) => {
                input.extend(plain.split_off_first());
                self.flag_all(payload, plain, input);
            }
            _ => {
                let own = plain.split_off(..self.scalars_of(ty).len()).expect("a value has all its scalars");
                input.extend(own);
            }
        }
    }

    /// An entry that does what another does with its arguments before it evaluates the rule: that is how their errors are the same.
    fn validating(&mut self, typed: &Entry) -> Entry {
        let (function, values) = self.start_entry("main.validate");
        self.take_arguments(&values, EntryForm::Plain);
        self.end_entry(function);
        let (name, result) = ("main.validate".to_owned(), DataType::Tuple(Vec::new()));
        Entry { name, function, part: EntryPart::Validate, result, ..typed.clone() }
    }

    /// Whether nothing in a function keeps it from being evaluated for several rows in vectors, on any processor. None divides vectors of Ints by each other,
    /// but dividing by a constant is multiplying; and what is called may look at anything.
    fn may_be_vectors(&self, function: FunctionId) -> bool {
        let Some(body) = &self.functions[function.index()] else { return false };
        let constants = body.insts().filter(|inst| matches!(inst.op, Op::ConstInt(_))).flat_map(|inst| &inst.results);
        let constants: HashSet<&Value> = constants.collect();
        let keeps_apart = |op: &Op| match op {
            Op::Int { op: IntOp::Div | IntOp::Rem, rhs, .. } => !constants.contains(rhs),
            Op::Call { .. } | Op::CallNative { .. } | Op::Copy { .. } | Op::Context => true,
            _ => false,
        };
        !body.insts().any(|inst| keeps_apart(&inst.op))
    }

    /// Whether predicates run on the arguments.
    fn checks_arguments(&self) -> bool {
        self.argument_types().iter().any(|ty| self.has_checks(ty))
    }

    fn argument_types(&self) -> Vec<&'p Ty> {
        let main = &self.program.main;
        main.params.iter().map(|local| &self.program.locals[local.0 as usize].ty).collect()
    }

    /// Traps where an argument of any row does not pass its predicates; none where these are not checked for many rows at once, or nothing is.
    fn check_rows(&mut self) -> Option<FunctionId> {
        let main = &self.program.main;
        let params = self.argument_types();
        self.frame = Frame::new(FunctionBuilder::new("main.check", &[], &[], None));
        let is_quick = params.iter().all(|ty| !self.has_checks(ty) || self.checks_are_quick(ty));
        if !is_quick || !self.checks_arguments() {
            return None;
        }
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
        self.end_entry(function);
        Some(function)
    }

    /// Evaluates the rule for arguments that passed, and relies on what their predicates say.
    fn valid_call(&mut self, name: &str) -> FunctionId {
        let main = &self.program.main;
        let (function, values) = self.start_entry(name);
        self.open_modules();
        for (local, address) in main.params.iter().zip(&values) {
            let flat = self.load_checked(&self.form_of(*local, EntryForm::Plain), *address, 0);
            self.frame.locals.insert(*local, Binding::Value(flat));
        }
        self.evaluate_into(values[main.params.len()]);
        self.end_entry(function);
        function
    }

    /// Begins a function that takes the address of each argument, and of memory for the result; gives these.
    fn start_entry(&mut self, name: &str) -> (FunctionId, Vec<Value>) {
        let main = &self.program.main;
        let function = self.reserve();
        let types = vec![Type::Ptr; main.params.len() + 1];
        self.frame = Frame::new(FunctionBuilder::new(name, &types, &[], Some(main.span)));
        (function, self.frame.builder.params())
    }

    /// Ends a function that gives nothing but what it stored.
    fn end_entry(&mut self, function: FunctionId) {
        self.b().ret(Vec::new());
        self.finish(function);
    }

    /// Evaluates the root expression and stores its value.
    fn evaluate_into(&mut self, out: Value) {
        let main = &self.program.main;
        let flat = self.expr(&main.body);
        self.store(&Form::plain(&main.result), out, 0, &flat);
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

/// An entry for many rows, which are given to the function of another one by one.
fn for_rows(entry: &Entry) -> Entry {
    let name = entry.name.replace(".typed", "").replacen("main", "main.batch", 1);
    Entry { name, form: EntryForm::Batch, ..entry.clone() }
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
        let module = lowered(DEFAULTS, Options { typed: false, batch: true, valid: false });
        assert_eq!(entries(&module), [("main", EntryForm::Input), ("main.batch", EntryForm::Batch)]);
        assert_eq!(module.functions.len(), 3);
    }

    #[test]
    fn rows_are_checked_together_where_they_may_become_vectors() {
        let module = lowered(CHECKED, Options { typed: false, batch: true, valid: false });
        let rows = module.entry("main.batch").and_then(|entry| entry.checked).expect("checked rows");
        let name = |id: FunctionId| module.functions[id.index()].name.as_str();
        let row = rows.row.expect("code for a row");
        assert_eq!((name(rows.check), name(row)), ("main.check", "main.row"));
        let text = module.to_string();
        assert!(text.contains(&format!(" batch checked {} {row} ", rows.check)), "{text}");
        assert_eq!(text.parse::<Module>().expect("a module"), module);
        let of = |source: &str| lowered(source, Options::all()).entry("main.batch").and_then(|entry| entry.checked);
        assert_eq!(of(PLAIN), None);
        assert_eq!(of(&CHECKED.replace("q > 0", "q % 2 > 0")), None);
        assert_eq!(of(&CHECKED.replace("order.qty * order.cents", "order.qty / order.cents")), None);
        assert!(of(&CHECKED.replace("order.qty * order.cents", "order.qty / 100 - order.cents % 7")).is_some());
        assert_eq!(of(DEFAULTS), None);
    }

    #[test]
    fn arguments_are_validated_apart_where_it_is_asked_for() {
        let options = Options { valid: true, ..Options::all() };
        let module = lowered(CHECKED, options);
        let (plain, batch) = (EntryForm::Plain, EntryForm::Batch);
        let expected = [
            ("main", plain),
            ("main.batch", batch),
            ("main.validate", plain),
            ("main.batch.validate", batch),
            ("main.valid", plain),
            ("main.batch.valid", batch),
        ];
        assert_eq!(entries(&module), expected);
        assert_eq!(module.plain_entry(), module.entry("main"));
        let of = |name: &str| module.entry(name).expect(name);
        // Rows that were checked together are evaluated by the same code.
        let (rows, apart) = (of("main.batch").checked.expect("rows"), of("main.batch.validate").checked.expect("rows"));
        assert_eq!((rows.row, apart.row), (Some(of("main.valid").function), None));
        assert_eq!(rows.check, apart.check);
        assert_eq!(of("main.batch.valid").checked, None);
        let text = module.to_string();
        assert!(text.contains(&format!(" -> () batch validates checked {} file0:", apart.check)), "{text}");
        assert_eq!(text.parse::<Module>().expect("a module"), module);
        let alone = lowered(CHECKED, Options { valid: true, ..Options::default() });
        assert_eq!(entries(&alone), [("main", plain), ("main.validate", plain), ("main.valid", plain)]);
    }

    #[test]
    fn a_division_keeps_rows_apart_and_not_their_checks() {
        let source = CHECKED.replace("order.qty * order.cents", "order.qty / order.cents");
        let module = lowered(&source, Options { valid: true, ..Options::all() });
        assert_eq!(module.entry("main.batch").and_then(|entry| entry.checked), None);
        assert!(module.entry("main.batch.validate").is_some_and(|entry| entry.checked.is_some()));
    }

    #[test]
    fn without_checks_the_plain_entry_takes_valid_arguments() {
        let module =
            lowered(DEFAULTS.replace(": (q) => q > 0", ": *").as_str(), Options { valid: true, ..Options::default() });
        let (typed, validate) = (("main.typed", EntryForm::Plain), ("main.validate", EntryForm::Plain));
        assert_eq!(entries(&module), [("main", EntryForm::Input), typed, validate]);
    }
}
