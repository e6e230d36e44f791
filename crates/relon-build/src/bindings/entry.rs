//! The functions that run a rule.

use std::fmt::Write;

use relon::{SourceFile, Sources};
use relon_ir::layout::DataType;
use relon_ir::{Entry, Module, Span};

use super::declare::{doc, line};
use super::names::{distinct, identifier};
use super::types::Types;
use crate::unit::Facts;

/// What the functions are made from.
pub(crate) struct Entries<'t, 'm> {
    pub(crate) types: &'t Types<'m>,
    pub(crate) module: &'m Module,
    pub(crate) sources: &'t Sources,
    /// The entry in the plain form.
    pub(crate) entry: &'m Entry,
    /// What the symbols of the entries begin with.
    pub(crate) prefix: &'t str,
    /// The static library that has them; none where nothing is linked.
    pub(crate) library: &'t str,
    pub(crate) facts: Facts,
    /// The comment that the rule begins with.
    pub(crate) about: String,
}

/// A parameter of the functions.
pub(super) struct Param {
    pub(super) name: String,
    /// Its type in the signature.
    pub(super) declared: String,
    /// An expression of a value in memory.
    value: String,
    /// The type of a value in memory.
    pub(super) memory: String,
    /// Its type in the rule.
    ty: DataType,
}

impl Param {
    /// What is declared, of a place with a value in memory.
    pub(super) fn taken(&self, place: &str) -> String {
        match &self.ty {
            DataType::String => format!("{place}.as_str()"),
            DataType::List(_) => format!("{place}.as_slice()"),
            DataType::Option(_) => format!("{place}.into_option()"),
            DataType::Record(_) | DataType::Enum(_) => format!("&{place}"),
            DataType::Int
            | DataType::Float
            | DataType::Bool
            | DataType::Boxed(_)
            | DataType::Dict(_)
            | DataType::Tuple(_)
            | DataType::Result(..) => place.to_owned(),
        }
    }

    /// A parameter of a function.
    pub(super) fn one(&self) -> String {
        format!(", {}: {}", self.name, self.declared)
    }

    /// A parameter of a function for many rows.
    pub(super) fn many(&self) -> String {
        format!(", {}: &'a [{}]", self.name, self.memory)
    }
}

/// Parameters that the functions have beside those of the rule.
const OWN_PARAMS: [&str; 3] = ["arena", "each", "outs"];

pub(super) const CALL: &str = "::relon::rules::__private";

impl Entries<'_, '_> {
    /// The declarations of the compiled code, and the functions.
    pub(crate) fn write(&self, out: &mut String) {
        let params = self.params();
        self.code(out);
        self.rule(out);
        self.run(out, &params);
        if !params.is_empty() {
            self.batch(out, &params);
            self.valid(out, &params);
        }
    }

    fn params(&self) -> Vec<Param> {
        let names = OWN_PARAMS.into_iter().chain(self.entry.params.iter().map(|param| param.name.as_str()));
        let names = distinct(names).into_iter().skip(OWN_PARAMS.len());
        let param = |(param, name): (&relon_ir::Param, String)| {
            let memory = self.types.rust(&param.ty);
            let (declared, value) = match &param.ty {
                DataType::Int
                | DataType::Float
                | DataType::Bool
                | DataType::Boxed(_)
                | DataType::Dict(_)
                | DataType::Tuple(_)
                | DataType::Result(..) => (memory.clone(), name.clone()),
                DataType::String => ("&'a str".to_owned(), format!("::relon::Str::new({name})")),
                DataType::List(inner) => {
                    (format!("&'a [{}]", self.types.rust(inner)), format!("::relon::List::new({name})"))
                }
                DataType::Option(inner) => (
                    format!("::core::option::Option<{}>", self.types.rust(inner)),
                    format!("::relon::Opt::from({name})"),
                ),
                DataType::Record(_) | DataType::Enum(_) => (format!("&'a {memory}"), format!("*{name}")),
            };
            Param { name, declared, value, memory, ty: param.ty.clone() }
        };
        self.entry.params.iter().zip(names).map(param).collect()
    }

    fn code(&self, out: &mut String) {
        line!(out, "\n#[link(name = {:?}, kind = \"static\")]\nunsafe extern \"C\" {{", self.library);
        let plain = if self.entry.name == "main" { "" } else { "_typed" };
        self.direct_code(out, "__code", plain);
        self.batch_code(out, "__batch", "_batch");
        self.valid_code(out);
        line!(out, "}}");
    }

    /// Declares the function that takes the address of each argument.
    pub(super) fn direct_code(&self, out: &mut String, name: &str, suffix: &str) {
        line!(out, "    #[link_name = \"{}{suffix}_direct\"]", self.prefix);
        let args: String = (0..self.entry.params.len()).map(|index| format!(" __{index}: *const u8,")).collect();
        line!(out, "    fn {name}(context: *mut {CALL}::Context,{args} out: *mut u8) -> u32;");
    }

    /// Declares the function that takes an array for each argument.
    pub(super) fn batch_code(&self, out: &mut String, name: &str, suffix: &str) {
        line!(out, "    #[link_name = \"{}{suffix}\"]", self.prefix);
        line!(
            out,
            "    fn {name}(context: *mut {CALL}::Context, args: *const *const u8, count: u64, outs: *mut u8, failed: *mut u64) -> u32;"
        );
    }

    fn rule(&self, out: &mut String) {
        let (stack, frame) = if self.entry.recursive { relon::compiling::frames(self.module) } else { (0, 0) };
        line!(out, "\nstatic __RULE: {CALL}::Rule = {CALL}::Rule {{\n    sites: &[");
        for site in &self.module.sites {
            line!(
                out,
                "        {},",
                self.site(site.kind.name(), site.span, site.message.as_deref().unwrap_or_default())
            );
        }
        line!(out, "    ],\n    root: {},", self.site("NonFiniteFloat", self.entry.span, ""));
        let Facts { may_panic, uses_context } = self.facts;
        line!(
            out,
            "    stack: {stack},\n    frame: {frame},\n    may_panic: {may_panic},\n    uses_context: {uses_context},\n}};"
        );
    }

    fn site(&self, kind: &str, span: Span, message: &str) -> String {
        let file: &SourceFile = self.sources.file(span);
        let position = file.position(span.start);
        let (line, column, path) = (position.line, position.column, file.path());
        format!(
            "{CALL}::Site {{ kind: {CALL}::TrapKind::{kind}, file: {path:?}, line: {line}, column: {column}, message: {message:?} }}"
        )
    }

    fn run(&self, out: &mut String, params: &[Param]) {
        let declared: String = params.iter().map(Param::one).collect();
        let names: String = params.iter().map(|param| format!(", {}", param.name)).collect();
        let output = self.output();
        let about = &self.about;
        line!(
            out,
            "\n{}",
            doc(&format!(
                "{about}\n\nRuns the rule with memory of this thread; the result owns what it holds.\n\n# Errors\nWhatever stops the rule."
            ))
        );
        let own = declared.strip_prefix(", ").unwrap_or_default();
        line!(out, "pub fn run<'a>({own}) -> ::core::result::Result<OutputOwned, ::relon::RuleError> {{");
        line!(
            out,
            "    {CALL}::with_arena(|arena| run_in(arena{names}).map(::relon::rules::RuleValue::into_owned))\n}}"
        );
        line!(
            out,
            "\n{}",
            doc(&format!(
                "{about}\n\nRuns the rule; the result is a view into the arena and the arguments.\n\n# Errors\nWhatever stops the rule."
            ))
        );
        line!(
            out,
            "#[inline]\npub fn run_in<'a>(arena: &'a mut ::relon::Arena{declared}) -> ::core::result::Result<{output}, ::relon::RuleError> {{"
        );
        let args = self.addresses(out, params);
        line!(
            out,
            "    // SAFETY: the code is that of the rule, made for arguments and results of these types, whose layouts are asserted above."
        );
        line!(out, "    unsafe {{ {CALL}::call(arena, &__RULE, |context, out| __code(context,{args} out)) }}\n}}");
    }

    /// Takes the address of each parameter; gives the arguments of the code.
    pub(super) fn addresses(&self, out: &mut String, params: &[Param]) -> String {
        for (index, param) in params.iter().enumerate() {
            match param.value.strip_prefix('*') {
                Some(place) => line!(out, "    let __{index} = ::core::ptr::from_ref::<{}>({place});", param.memory),
                None => {
                    line!(out, "    let __{index}: {} = {};", param.memory, param.value);
                    line!(out, "    let __{index} = &raw const __{index};");
                }
            }
        }
        (0..params.len()).map(|index| format!(" __{index}.cast::<u8>(),")).collect()
    }

    /// The addresses of the arrays of many rows, and their lengths.
    pub(super) fn arrays(params: &[Param]) -> (String, String) {
        let args: Vec<String> = params.iter().map(|param| format!("{}.as_ptr().cast::<u8>()", param.name)).collect();
        let lengths: Vec<String> = params.iter().map(|param| format!("{}.len()", param.name)).collect();
        (args.join(", "), lengths.join(", "))
    }

    fn batch(&self, out: &mut String, params: &[Param]) {
        let output = self.output();
        let declared: String = params.iter().map(Param::many).collect();
        let (args, lengths) = Self::arrays(params);
        let errors =
            "# Errors\nWhatever stops the rule, with the row that it stopped at, and lists of different lengths.";
        line!(
            out,
            "\n{}",
            doc(&format!(
                "Runs the rule for each row, and stores the results as far as the first row that fails.\n\n{errors}"
            ))
        );
        line!(
            out,
            "pub fn run_batch<'a>(arena: &'a mut ::relon::Arena{declared}, outs: &mut [{output}]) -> ::core::result::Result<(), ::relon::RuleError> {{"
        );
        line!(out, "    // SAFETY: as in `run_in`, for arrays.");
        line!(out, "    unsafe {{ {CALL}::batch(arena, &__RULE, __batch, &[{args}], &[{lengths}], outs) }}\n}}");
        line!(out, "\n{}", doc(&format!("Runs the rule for each row; the results lie in the arena.\n\n{errors}")));
        line!(
            out,
            "pub fn run_batch_in<'a>(arena: &'a mut ::relon::Arena{declared}) -> ::core::result::Result<&'a [{output}], ::relon::RuleError> {{"
        );
        line!(out, "    // SAFETY: as in `run_in`, for arrays.");
        line!(out, "    unsafe {{ {CALL}::batch_in(arena, &__RULE, __batch, &[{args}], &[{lengths}]) }}\n}}");
        self.each(out, params, &lengths);
    }

    /// A batch that goes on behind rows that fail.
    fn each(&self, out: &mut String, params: &[Param], lengths: &str) {
        // Results live until `each` has seen them, not as long as the arguments.
        let output = self.output().replace("'a", "'_");
        let declared: String = params.iter().map(Param::many).collect();
        let args: Vec<String> =
            params.iter().map(|param| format!("{}[__rows.clone()].as_ptr().cast::<u8>()", param.name)).collect();
        let about = "Runs the rule for each row, and goes on behind rows that fail: `each` gets the position and the result or error of one \
                     row after the other. Results are views into the arena and the arguments. A row that finds no room beside others is run again, \
                     alone.\n\n# Errors\nLists of different lengths.";
        line!(out, "\n{}", doc(about));
        line!(
            out,
            "pub fn run_each<'a>(arena: &mut ::relon::Arena{declared}, mut each: impl FnMut(usize, ::core::result::Result<{output}, ::relon::RuleError>)) \
             -> ::core::result::Result<(), ::relon::RuleError> {{"
        );
        line!(out, "    let mut __parts = {CALL}::Parts::new(&__RULE, &[{lengths}])?;");
        line!(out, "    while let ::core::option::Option::Some(__rows) = __parts.rows() {{");
        line!(out, "        let __args = [{}];", args.join(", "));
        line!(out, "        // SAFETY: as in `run_in`, for arrays.");
        line!(
            out,
            "        let (__done, __error) = unsafe {{ {CALL}::part::<{output}>(arena, &__RULE, __batch, &__args, __rows.len()) }};"
        );
        line!(
            out,
            "        for (__row, __out) in __rows.zip(__done) {{\n            each(__row, ::core::result::Result::Ok(*__out));\n        }}"
        );
        line!(
            out,
            "        if let ::core::option::Option::Some((__row, __error)) = __parts.done(__done.len(), __error) {{\n            \
             each(__row, ::core::result::Result::Err(__error));\n        }}\n    }}\n    ::core::result::Result::Ok(())\n}}"
        );
    }

    pub(super) fn output(&self) -> &'static str {
        if self.types.borrows(&self.entry.result) { "Output<'a>" } else { "Output" }
    }
}

/// The module of a rule: its file's name.
pub(crate) fn module_name(stem: &str) -> String {
    identifier(stem)
}
