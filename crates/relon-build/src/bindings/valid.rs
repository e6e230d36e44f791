//! The functions that check arguments apart from runs, and rely on it.
//!
//! What they hand on has private fields, so that outside of the rule's module nothing but its check makes one; it borrows what was checked, of types
//! in which nothing changes behind a shared reference. So there is nothing to compare when the program runs.

use std::fmt::Write;

use relon_ir::{EntryPart, Module};

use super::declare::{doc, line};
use super::entry::{CALL, Entries, Param};

/// Whether the module of a rule checks arguments apart.
pub(crate) fn is_asked_for(module: &Module) -> bool {
    module.entries.iter().any(|entry| entry.part == EntryPart::Validate)
}

/// Whether something is relied on, which code of its own does.
fn has_own_code(module: &Module) -> bool {
    module.entries.iter().any(|entry| entry.part == EntryPart::Valid)
}

const CHECKED: &str = "Whatever stops a run before the rule is evaluated";
const CHECKED_ROWS: &str =
    "Whatever stops a run before the rule is evaluated, with the first such row, and lists of different lengths.";
const STOPPED: &str = "# Errors\nWhatever stops the rule once its arguments are checked";

impl Entries<'_, '_> {
    /// The declarations of the compiled code.
    pub(super) fn valid_code(&self, out: &mut String) {
        if self.entry.params.is_empty() || !is_asked_for(self.module) {
            return;
        }
        self.direct_code(out, "__validate", "_validate");
        self.batch_code(out, "__validate_batch", "_batch_validate");
        if has_own_code(self.module) {
            self.direct_code(out, "__valid", "_valid");
            self.batch_code(out, "__valid_batch", "_batch_valid");
        }
    }

    /// The types and functions, where they are asked for.
    pub(super) fn valid(&self, out: &mut String, params: &[Param]) {
        if is_asked_for(self.module) {
            self.valid_type(out, params);
            self.validate(out, params);
            self.run_valid(out, params);
            self.valid_rows(out, params);
            self.validate_batch(out, params);
            self.run_valid_batch(out, params);
        }
    }

    fn valid_type(&self, out: &mut String, params: &[Param]) {
        let about = "Arguments that have passed the checks of the rule: [`validate`] and [`validate_in`] make it, [`run_valid`] and [`run_valid_in`] \
                     take it, as often as one likes.";
        line!(out, "\n{}\n#[derive(Clone, Copy, Debug)]\npub struct Valid<'a> {{", doc(about));
        params.iter().for_each(|param| line!(out, "    {}: {},", param.name, param.declared));
        line!(out, "    __borrowed: ::core::marker::PhantomData<&'a ()>,\n}}");
    }

    fn validate(&self, out: &mut String, params: &[Param]) {
        let declared: String = params.iter().map(Param::one).collect();
        let names: String = params.iter().map(|param| format!(", {}", param.name)).collect();
        let about = "Checks arguments as a run does, with memory of this thread, for runs that then need not. What natives say that predicates ask is \
                     asked here, and not again.";
        line!(out, "\n{}", doc(&format!("{about}\n\n# Errors\n{CHECKED}.")));
        let (own, own_names) = (declared.trim_start_matches(", "), names.trim_start_matches(", "));
        line!(out, "pub fn validate<'a>({own}) -> ::core::result::Result<Valid<'a>, ::relon::RuleError> {{");
        line!(out, "    {CALL}::with_arena(|arena| validate_in(arena{names}))\n}}");
        line!(out, "\n{}", doc(&format!("The same as [`validate`], in an arena.\n\n# Errors\n{CHECKED}.")));
        line!(
            out,
            "#[inline]\npub fn validate_in<'a>(arena: &mut ::relon::Arena{declared}) -> ::core::result::Result<Valid<'a>, ::relon::RuleError> {{"
        );
        let args = self.addresses(out, params);
        line!(out, "    // SAFETY: as in `run_in`, and the code gives no result.");
        line!(
            out,
            "    {CALL}::validate(arena, &__RULE, |context| unsafe {{ __validate(context,{args} ::core::ptr::null_mut()) }})?;"
        );
        let result = format!("Valid {{ {own_names}, __borrowed: ::core::marker::PhantomData }}");
        line!(out, "    ::core::result::Result::Ok({result})\n}}");
    }

    fn run_valid(&self, out: &mut String, params: &[Param]) {
        let (output, about) = (self.output(), &self.about);
        line!(
            out,
            "\n{}",
            doc(&format!("{about}\n\nRuns the rule for arguments that were checked, as [`run`] does.\n\n{STOPPED}."))
        );
        line!(out, "pub fn run_valid(valid: &Valid<'_>) -> ::core::result::Result<OutputOwned, ::relon::RuleError> {{");
        line!(
            out,
            "    {CALL}::with_arena(|arena| run_valid_in(arena, valid).map(::relon::rules::RuleValue::into_owned))\n}}"
        );
        line!(
            out,
            "\n{}",
            doc(&format!(
                "{about}\n\nRuns the rule for arguments that were checked, as [`run_in`] does.\n\n{STOPPED}."
            ))
        );
        line!(
            out,
            "#[inline]\npub fn run_valid_in<'a>(arena: &'a mut ::relon::Arena, valid: &Valid<'a>) \
             -> ::core::result::Result<{output}, ::relon::RuleError> {{"
        );
        let names: String = params.iter().map(|param| format!("{}, ", param.name)).collect();
        line!(out, "    let Valid {{ {names}__borrowed: _ }} = *valid;");
        let args = self.addresses(out, params);
        let code = if has_own_code(self.module) { "__valid" } else { "__code" };
        line!(out, "    // SAFETY: as in `run_in`, and the arguments were checked by the rule.");
        line!(out, "    unsafe {{ {CALL}::call(arena, &__RULE, |context, out| {code}(context,{args} out)) }}\n}}");
    }

    fn valid_rows(&self, out: &mut String, params: &[Param]) {
        let about = "Rows that have passed the checks of the rule: [`validate_batch`] makes it, [`run_valid_batch`] and [`run_valid_batch_in`] take it, \
                     as often as one likes.";
        line!(out, "\n{}\n#[derive(Clone, Copy, Debug)]\npub struct ValidRows<'a> {{", doc(about));
        params.iter().for_each(|param| line!(out, "    {}: &'a [{}],", param.name, param.memory));
        line!(out, "}}\n\nimpl<'a> ValidRows<'a> {{");
        line!(out, "    /// A row; none where there are not so many.\n    #[inline]");
        line!(out, "    pub fn row(&self, index: usize) -> ::core::option::Option<Valid<'a>> {{");
        let taken =
            |param: &Param| format!("{0}: {1}", param.name, param.taken(&format!("self.{}[index]", param.name)));
        let parts: Vec<String> = params.iter().map(taken).collect();
        line!(out, "        let __borrowed = ::core::marker::PhantomData;");
        line!(
            out,
            "        (index < self.{}.len()).then(|| Valid {{ {}, __borrowed }})\n    }}\n",
            params[0].name,
            parts.join(", ")
        );
        line!(out, "    /// Some of the rows, as for a thread that takes its share; none where there are not so many.");
        line!(out, "    pub fn get(&self, rows: ::core::ops::Range<usize>) -> ::core::option::Option<Self> {{");
        let parts: Vec<String> =
            params.iter().map(|param| format!("{0}: self.{0}.get(rows.clone())?", param.name)).collect();
        line!(out, "        ::core::option::Option::Some(ValidRows {{ {} }})\n    }}\n}}", parts.join(", "));
    }

    fn validate_batch(&self, out: &mut String, params: &[Param]) {
        let declared: String = params.iter().map(Param::many).collect();
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        let (args, lengths) = Self::arrays(params);
        line!(
            out,
            "\n{}",
            doc(&format!("Checks rows as a batch does, for batches that then need not.\n\n# Errors\n{CHECKED_ROWS}"))
        );
        line!(
            out,
            "pub fn validate_batch<'a>(arena: &mut ::relon::Arena{declared}) -> ::core::result::Result<ValidRows<'a>, ::relon::RuleError> {{"
        );
        line!(out, "    // SAFETY: as in `run_in`, for arrays, and the code gives no results.");
        line!(
            out,
            "    unsafe {{ {CALL}::validate_batch(arena, &__RULE, __validate_batch, &[{args}], &[{lengths}])? }};"
        );
        line!(out, "    ::core::result::Result::Ok(ValidRows {{ {} }})\n}}", names.join(", "));
    }

    fn run_valid_batch(&self, out: &mut String, params: &[Param]) {
        let output = self.output();
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        let bound = format!("    let ValidRows {{ {} }} = *valid;", names.join(", "));
        let (args, lengths) = Self::arrays(params);
        let code = if has_own_code(self.module) { "__valid_batch" } else { "__batch" };
        let safety = "    // SAFETY: as in `run_in`, for arrays, and the rows were checked by the rule.";
        let about = "Runs the rule for rows that were checked, as [`run_batch`] does.";
        line!(out, "\n{}", doc(&format!("{about}\n\n{STOPPED}, with the row that it stopped at.")));
        line!(
            out,
            "pub fn run_valid_batch<'a>(arena: &'a mut ::relon::Arena, valid: &ValidRows<'a>, outs: &mut [{output}]) \
             -> ::core::result::Result<(), ::relon::RuleError> {{\n{bound}\n{safety}"
        );
        line!(out, "    unsafe {{ {CALL}::batch(arena, &__RULE, {code}, &[{args}], &[{lengths}], outs) }}\n}}");
        let about = "Runs the rule for rows that were checked, as [`run_batch_in`] does.";
        line!(out, "\n{}", doc(&format!("{about}\n\n{STOPPED}, with the row that it stopped at.")));
        line!(
            out,
            "pub fn run_valid_batch_in<'a>(arena: &'a mut ::relon::Arena, valid: &ValidRows<'a>) \
             -> ::core::result::Result<&'a [{output}], ::relon::RuleError> {{\n{bound}\n{safety}"
        );
        line!(out, "    unsafe {{ {CALL}::batch_in(arena, &__RULE, {code}, &[{args}], &[{lengths}]) }}\n}}");
    }
}
