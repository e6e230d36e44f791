//! The verifier: what lowering promises and backends rely on. It takes time linear in the size of the module.
//!
//! It looks at every module that an engine lowers, before code is generated, in every build. `tests/ir/invalid` has modules that break each
//! rule, and what is said of them.
//!
//! Rules for a module:
//!
//! 1. The names of functions and of entries and the symbols of natives are unique.
//! 2. A native that gives a status has no result. One of the open convention takes two `Ptr`: its arguments, and room for its result.
//! 3. The alignment of constant data is a power of two. A relocation lies within the bytes, is aligned, and names existing data.
//! 4. A span names a file, and does not end before it starts.
//! 5. Types name records and enums that exist. None holds itself without a list, a dict or a box between, so each has a size.
//! 6. An entry's function exists. It has one `Ptr` parameter for each parameter of the entry, one more for the result, and no results.
//!    Those of checked rows are of a batch: one with an Int in place of the `Ptr` for the result, and, unless the batch only validates, one
//!    like the entry's. An entry for valid arguments has beside it one of the same form and parameters that validates them, which has no
//!    result; neither takes the input form.
//!
//! Rules for a function:
//!
//! 7. It has a block; the parameters of its first block are those of the function.
//! 8. Every value is defined exactly once, as a parameter of a block or a result of an instruction.
//! 9. Every id (value, block, function, native, data, site) is in range.
//! 10. Operands and results of each op have the types that its documentation gives, as many as it says.
//! 11. Checked arithmetic has a site for a zero divisor where it divides and nowhere else; addresses are compared for equality only;
//!     the alignment of a slot is a power of two; bounds of a load are those of an Int, and not empty.
//! 12. A jump gives one value of the right type for each parameter of its target, a return one for each result.
//! 13. A branch is on a Bool and a switch on an Int; the cases of a switch differ.
//! 14. The definition of a value dominates its uses, except in blocks that nothing reaches.

mod dominance;
mod op;
mod types;

use std::collections::HashSet;

use crate::layout::DataType;
use crate::{
    Block, BlockData, CheckedRows, Convention, Data, Entry, EntryForm, EntryPart, Function, FunctionId, Inst, Module,
    Native, SiteId, Span, Target, Terminator, Type, Value,
};
use dominance::Dominance;
use types::{check_known, check_types};

/// A rule that a module breaks. Always a defect of the compiler, never of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The function; empty where the rule is one for the whole module.
    pub function: String,
    /// What is wrong, with block and instruction.
    pub message: String,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.function.as_str() {
            "" => write!(f, "{}", self.message),
            function => write!(f, "function {function}: {}", self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

/// A broken rule without its place.
type Checked<T = ()> = Result<T, String>;

/// Checks a module.
///
/// # Errors
/// The first broken rule.
pub fn verify(module: &Module) -> Result<(), VerifyError> {
    let of_module = |message| VerifyError { function: String::new(), message };
    check_tables(module).map_err(of_module)?;
    for function in &module.functions {
        let of_function = |message| VerifyError { function: function.name.clone(), message };
        check_function(module, function).map_err(of_function)?;
    }
    module.entries.iter().try_for_each(|entry| check_entry(module, entry)).map_err(of_module)
}

/// A rule: the condition holds, or this is wrong.
fn require(condition: bool, message: impl FnOnce() -> String) -> Checked {
    if condition { Ok(()) } else { Err(message()) }
}

fn check_tables(module: &Module) -> Checked {
    unique("function", module.functions.iter().map(|function| function.name.as_str()))?;
    unique("native", module.natives.iter().map(|native| native.symbol.as_str()))?;
    unique("entry", module.entries.iter().map(|entry| entry.name.as_str()))?;
    module.natives.iter().try_for_each(check_native)?;
    for (index, data) in module.data.iter().enumerate() {
        check_data(module, data).map_err(|message| format!("data{index}: {message}"))?;
    }
    check_types(&module.types)?;
    module.sites.iter().try_for_each(|site| check_span(module, site.span))
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = HashSet::new();
    for name in names {
        require(seen.insert(name), || format!("{what} {name} twice"))?;
    }
    Ok(())
}

fn check_native(native: &Native) -> Checked {
    let right = !native.convention.has_status() || native.result.is_none();
    require(right, || format!("native {} gives a status and a result", native.symbol))?;
    let packed = native.convention != Convention::Open || native.params == [Type::Ptr, Type::Ptr];
    require(packed, || format!("native {} takes other parameters than its arguments and its result", native.symbol))
}

fn check_data(module: &Module, data: &Data) -> Checked {
    let size = crate::layout::POINTER_SIZE;
    require(data.align.is_power_of_two(), || format!("alignment {}", data.align))?;
    for relocation in &data.relocations {
        let offset = relocation.offset;
        let end = offset as usize + size as usize;
        let inside = offset % size == 0 && end <= data.bytes.len() && data.align >= size;
        require(inside, || format!("relocation at {offset} is outside or not aligned"))?;
        let known = relocation.target.index() < module.data.len();
        require(known, || format!("relocation at {offset} names {}", relocation.target))?;
    }
    Ok(())
}

fn check_entry(module: &Module, entry: &Entry) -> Checked {
    let function = module.functions.get(entry.function.index());
    let function = function.ok_or_else(|| format!("entry {} names {}", entry.name, entry.function))?;
    let params = vec![Type::Ptr; entry.params.len() + 1];
    let right = function.params == params && function.results.is_empty();
    require(right, || format!("entry {} does not fit function {}", entry.name, function.name))?;
    check_part(module, entry)?;
    entry.checked.map_or(Ok(()), |rows| check_rows(module, entry, rows))?;
    check_span(module, entry.span)?;
    entry.params.iter().try_for_each(|param| check_span(module, param.span))?;
    let mut types = entry.params.iter().map(|param| &param.ty).chain([&entry.result]);
    types
        .try_for_each(|ty| check_known(&module.types, ty))
        .map_err(|message| format!("entry {}: {message}", entry.name))
}

fn check_part(module: &Module, entry: &Entry) -> Checked {
    let name = &entry.name;
    let is_apart = entry.part != EntryPart::Whole;
    require(!is_apart || entry.form != EntryForm::Input, || {
        format!("entry {name} takes the input form, and does one part of a call")
    })?;
    match entry.part {
        EntryPart::Whole => Ok(()),
        EntryPart::Validate => {
            require(entry.result == DataType::Tuple(Vec::new()), || format!("entry {name} validates and has a result"))
        }
        EntryPart::Valid => {
            let validates = |other: &Entry| {
                let types = |entry: &Entry| entry.params.iter().map(|param| param.ty.clone()).collect::<Vec<_>>();
                other.part == EntryPart::Validate && other.form == entry.form && types(other) == types(entry)
            };
            require(module.entries.iter().any(validates), || format!("nothing validates the arguments of entry {name}"))
        }
    }
}

fn check_rows(module: &Module, entry: &Entry, rows: CheckedRows) -> Checked {
    let fits = |id: FunctionId, last: Type| {
        let params = vec![Type::Ptr; entry.params.len()].into_iter().chain([last]);
        let function = module.functions.get(id.index());
        function.is_some_and(|function| function.params.iter().copied().eq(params) && function.results.is_empty())
    };
    require(entry.form == EntryForm::Batch, || format!("entry {} has checked rows and is no batch", entry.name))?;
    let (has_row, validates) = (rows.row.is_some(), entry.part == EntryPart::Validate);
    require(has_row || validates, || format!("entry {} has no function for rows that passed", entry.name))?;
    require(!has_row || !validates, || format!("entry {} validates and has a function for rows", entry.name))?;
    require(fits(rows.check, Type::Int), || format!("entry {} does not fit {}", entry.name, rows.check))?;
    rows.row.map_or(Ok(()), |row| require(fits(row, Type::Ptr), || format!("entry {} does not fit {row}", entry.name)))
}

fn check_span(module: &Module, span: Span) -> Checked {
    let right = span.file.index() < module.files.len() && span.start <= span.end;
    require(right, || format!("span {span} is in no file"))
}

fn check_function(module: &Module, function: &Function) -> Checked {
    function.span.map_or(Ok(()), |span| check_span(module, span))?;
    let entry = function.blocks.first().ok_or("no blocks")?;
    let params: Vec<Type> = function.params.clone();
    require(entry.params.len() == params.len(), || "the first block has not the function's parameters".into())?;
    let checker = Checker { module, function, places: places(function)?, dominance: Dominance::new(function)? };
    for (param, ty) in entry.params.iter().zip(&params) {
        checker.expect(*param, *ty)?;
    }
    for (index, block) in function.blocks.iter().enumerate() {
        checker.block(Block::new(index), block)?;
    }
    Ok(())
}

/// Where a value is defined: its block, and 0 for a parameter or one more than the position of the instruction.
#[derive(Clone, Copy)]
struct Place {
    block: Block,
    position: usize,
}

/// The definition of every value.
fn places(function: &Function) -> Checked<Vec<Place>> {
    let mut places = vec![None; function.value_types.len()];
    for (index, block) in function.blocks.iter().enumerate() {
        let block_id = Block::new(index);
        define(&mut places, &block.params, Place { block: block_id, position: 0 })?;
        for (position, inst) in block.insts.iter().enumerate() {
            define(&mut places, &inst.results, Place { block: block_id, position: position + 1 })?;
        }
    }
    let undefined = places.iter().position(Option::is_none);
    places.into_iter().collect::<Option<_>>().ok_or_else(|| {
        let value = Value::new(undefined.unwrap_or_default());
        format!("{value} is not defined")
    })
}

fn define(places: &mut [Option<Place>], values: &[Value], place: Place) -> Checked {
    for value in values {
        let slot = places.get_mut(value.index()).ok_or_else(|| format!("{value} has no type"))?;
        require(slot.is_none(), || format!("{value} is defined twice"))?;
        *slot = Some(place);
    }
    Ok(())
}

/// Checks one function.
struct Checker<'m> {
    module: &'m Module,
    function: &'m Function,
    places: Vec<Place>,
    dominance: Dominance,
}

impl Checker<'_> {
    fn type_of(&self, value: Value) -> Checked<Type> {
        self.function.value_types.get(value.index()).copied().ok_or_else(|| format!("{value} does not exist"))
    }

    fn expect(&self, value: Value, ty: Type) -> Checked {
        let found = self.type_of(value)?;
        require(found == ty, || format!("{value} is {found:?}, not {ty:?}"))
    }

    fn site(&self, site: SiteId) -> Checked {
        require(site.index() < self.module.sites.len(), || format!("{site} does not exist"))
    }

    fn block(&self, id: Block, block: &BlockData) -> Checked {
        for (position, inst) in block.insts.iter().enumerate() {
            let here = Place { block: id, position: position + 1 };
            let broken = |message| format!("{id}, `{}`: {message}", self.function.inst_text(inst));
            self.inst(inst, here).map_err(broken)?;
        }
        let here = Place { block: id, position: block.insts.len() + 1 };
        self.terminator(&block.terminator, here).map_err(|message| format!("{id}, terminator: {message}"))
    }

    fn inst(&self, inst: &Inst, here: Place) -> Checked {
        let row = self.row(&inst.op)?;
        for (value, ty) in &row.operands {
            self.operand(*value, *ty, here)?;
        }
        row.sites.iter().try_for_each(|site| self.site(*site))?;
        let given = inst.results.len();
        require(given == row.results.len(), || format!("{given} results instead of {}", row.results.len()))?;
        inst.results.iter().zip(&row.results).try_for_each(|(value, ty)| self.expect(*value, *ty))?;
        inst.span.map_or(Ok(()), |span| check_span(self.module, span))
    }

    fn operand(&self, value: Value, ty: Type, here: Place) -> Checked {
        self.expect(value, ty)?;
        let place = self.places[value.index()];
        let before = match place.block == here.block {
            true => place.position < here.position,
            false => self.dominance.dominates(place.block, here.block),
        };
        require(before || !self.dominance.is_reachable(here.block), || {
            format!("{value} is not defined on every path here")
        })
    }

    fn terminator(&self, terminator: &Terminator, here: Place) -> Checked {
        match terminator {
            Terminator::Jump(target) => self.target(target, here),
            Terminator::Branch(condition, yes, no) => {
                self.operand(*condition, Type::Bool, here)?;
                self.target(yes, here)?;
                self.target(no, here)
            }
            Terminator::Switch(value, cases, default) => {
                self.operand(*value, Type::Int, here)?;
                let mut seen = HashSet::new();
                for (case, target) in cases {
                    require(seen.insert(case), || format!("case {case} twice"))?;
                    self.target(target, here)?;
                }
                self.target(default, here)
            }
            Terminator::Return(values) => self.values(values, &self.function.results, here),
            Terminator::Trap(site) => self.site(*site),
        }
    }

    fn target(&self, target: &Target, here: Place) -> Checked {
        let block = &self.function.blocks[target.block.index()];
        let types: Vec<Type> = block.params.iter().map(|param| self.function.value_types[param.index()]).collect();
        self.values(&target.args, &types, here).map_err(|message| format!("to {}: {message}", target.block))
    }

    fn values(&self, values: &[Value], types: &[Type], here: Place) -> Checked {
        require(values.len() == types.len(), || format!("{} values instead of {}", values.len(), types.len()))?;
        values.iter().zip(types).try_for_each(|(value, ty)| self.operand(*value, *ty, here))
    }
}

#[cfg(test)]
mod tests {
    use relon_natives::TrapKind;

    use super::*;
    use crate::{FileId, FunctionBuilder, IntOp, Site, Span};

    fn module(build: impl FnOnce(&mut FunctionBuilder, SiteId)) -> Module {
        let mut module = Module { files: vec!["rule.relon".into()], ..Module::default() };
        let span = Span { file: FileId::new(0), start: 0, end: 1 };
        let site = module.add_site(Site { kind: TrapKind::NumericOverflow, span, message: None });
        let mut builder = FunctionBuilder::new("f", &[Type::Int, Type::Bool], &[Type::Int], None);
        build(&mut builder, site);
        module.add_function(builder.finish());
        module
    }

    #[test]
    fn a_loop_passes() {
        let module = module(|b, site| {
            let [limit, _] = b.params()[..] else { panic!("two parameters") };
            let head = b.create_block(&[Type::Int]);
            let done = b.create_block(&[]);
            let zero = b.int(0);
            b.jump(head, vec![zero]);
            b.switch_to(head);
            let i = b.block_params(head)[0];
            let next = b.int_checked(IntOp::Add, i, limit, site);
            let stop = b.int_compare(crate::IntCondition::Ge, next, limit);
            let again = Target { block: head, args: vec![next] };
            b.branch_with(stop, Target { block: done, args: Vec::new() }, again);
            b.switch_to(done);
            b.ret(vec![next]);
        });
        assert_eq!(verify(&module), Ok(()));
    }
}
