//! What became of the calls of natives: the proof, counted in the optimised unit.

use std::collections::{BTreeSet, HashMap};

use relon_ir::{EntryPart, Inst, Module as Ir, Op, SiteId};
use relon_natives::TrapKind;

use crate::llvm::{Function, Linkage, Module};

use super::bitcode::Found;
use super::{World, Worlds};

/// What became of the natives of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By native, in the order of the rule's IR.
    pub natives: Vec<NativeReport>,
    /// Calls to addresses known only at run time that are left.
    pub indirect_calls: usize,
    /// Functions with code that are left.
    pub functions: usize,
    /// Checks of arithmetic (overflow, division by zero) and positions (in lists), as emitted: the places in the rule with such a check,
    /// each counted once for each error.
    pub checks_emitted: usize,
    /// Of these, what is left: places that the optimised code can still report.
    pub checks_left: usize,
    /// Of those that were emitted, checks of sums that are made behind a loop, for all rounds at once.
    pub checks_batched: usize,
    /// Types of vectorised code, such as `<4 x i64>`.
    pub vectors: Vec<String>,
}

/// What became of the calls of one native.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeReport {
    /// The name that rules use.
    pub name: String,
    /// The symbol of its C function.
    pub symbol: String,
    /// What was known of it when the rule was compiled.
    pub world: relon_ir::World,
    /// Calls in the rule's IR.
    pub emitted: usize,
    /// Calls after optimisation.
    pub left: usize,
    /// Why calls are left.
    pub reason: Option<String>,
}

impl Report {
    /// The natives with calls left.
    pub fn residual(&self) -> impl Iterator<Item = &NativeReport> {
        self.natives.iter().filter(|native| native.left > 0)
    }
}

/// Counts in the rule's IR and in the optimised unit.
pub(super) fn report(ir: &Ir, emitted: &Emitted, unit: &Module<'_>, found: &[Found<'_>], worlds: &Worlds) -> Report {
    let left = Left::count(unit, emitted);
    let reasons: HashMap<&str, &Found<'_>> = found.iter().map(|found| (found.native.symbol.as_str(), found)).collect();
    let natives = ir.natives.iter().zip(&emitted.calls).map(|(native, &emitted)| {
        let world = worlds.of(native);
        let (left, why) = match world {
            World::Closed => {
                (left.calls.get(&native.symbol).copied().unwrap_or(0), closed_reason(&reasons, &native.symbol))
            }
            World::Static(_) => (emitted, "called at its address: its body is not known".to_owned()),
            World::Open => (emitted, "called through the table of natives: it is known at run time only".to_owned()),
        };
        let (name, symbol, world) = (native.name.clone(), native.symbol.clone(), world.kind());
        NativeReport { name, symbol, world, emitted, left, reason: (left > 0).then_some(why) }
    });
    Report {
        natives: natives.collect(),
        indirect_calls: left.indirect,
        functions: left.functions,
        checks_emitted: emitted.checks.len(),
        checks_left: left.checks.len(),
        checks_batched: emitted.batched.len(),
        vectors: left.vectors.into_iter().collect(),
    }
}

fn closed_reason(found: &HashMap<&str, &Found<'_>>, symbol: &str) -> String {
    let reason = found.get(symbol).and_then(|found| found.reason());
    reason.unwrap_or("LLVM did not inline it").to_owned()
}

/// What the rule's IR holds.
pub(super) struct Emitted {
    /// Calls, by native.
    calls: Vec<usize>,
    /// The same without those of the code for arguments that were checked before, which has the body of the rule once more: what is inlined into
    /// ordinary calls does not depend on whether there is such code.
    pub(super) ordinary_calls: Vec<usize>,
    /// Sites of checks.
    checks: BTreeSet<SiteId>,
    /// Sites of sums that are checked behind a loop.
    batched: BTreeSet<SiteId>,
}

impl Emitted {
    pub(super) fn count(ir: &Ir) -> Emitted {
        let none = vec![0; ir.natives.len()];
        let (calls, ordinary_calls) = (none.clone(), none);
        let mut emitted = Emitted { calls, ordinary_calls, checks: BTreeSet::new(), batched: BTreeSet::new() };
        for (index, function) in ir.functions.iter().enumerate() {
            let mut entries = ir.entries.iter().filter(|entry| entry.function.index() == index);
            let is_ordinary = !entries.any(|entry| entry.part == EntryPart::Valid);
            function.insts().for_each(|inst| emitted.add(inst, is_ordinary, ir));
        }
        emitted
    }

    fn add(&mut self, inst: &Inst, is_ordinary: bool, ir: &Ir) {
        match &inst.op {
            Op::CallNative { native, .. } => {
                self.calls[native.index()] += 1;
                self.ordinary_calls[native.index()] += usize::from(is_ordinary);
            }
            Op::Int { overflow, zero, .. } => self.checks.extend(zero.iter().chain([overflow])),
            Op::Guard(_, site) => self.add_guard(*site, ir.sites[site.index()].kind),
            _ => {}
        }
    }

    fn add_guard(&mut self, site: SiteId, kind: TrapKind) {
        match kind {
            // Arithmetic has checks of its own; only a sum is guarded by what its loop noted.
            TrapKind::NumericOverflow => self.batched.insert(site),
            TrapKind::DivisionByZero | TrapKind::IndexOutOfBounds => false,
            _ => return,
        };
        self.checks.insert(site);
    }
}

#[derive(Default)]
struct Left {
    calls: HashMap<String, usize>,
    indirect: usize,
    functions: usize,
    checks: BTreeSet<SiteId>,
    vectors: BTreeSet<String>,
}

impl Left {
    fn count(unit: &Module<'_>, emitted: &Emitted) -> Left {
        let mut left = Left::default();
        for function in unit.functions().iter().filter(|function| !function.is_declaration()) {
            left.functions += 1;
            left.vectors.extend(function.vector_types());
            for callee in function.callees() {
                left.add(callee);
            }
            if is_of_rule(function) {
                left.add_checks(function, emitted);
            }
        }
        left
    }

    /// The checks whose failure a function can return. A failure is returned as the number of its site, so a check that was turned into
    /// others, or moved out of a loop, is found as well.
    fn add_checks(&mut self, function: &Function<'_>, emitted: &Emitted) {
        let statuses = function.returned_statuses();
        let is_left = |site: &&SiteId| match &statuses {
            Some(statuses) => statuses.contains(&(site.index() as u32 + 1)),
            None => true,
        };
        self.checks.extend(emitted.checks.iter().filter(is_left));
    }

    fn add(&mut self, callee: Option<String>) {
        match callee {
            None => self.indirect += 1,
            Some(name) if name.starts_with("llvm.") => {}
            Some(name) => *self.calls.entry(name).or_default() += 1,
        }
    }
}

/// Whether a function is code of the rule, which returns statuses: one of the IR, or an entry.
fn is_of_rule(function: &Function<'_>) -> bool {
    function.name().starts_with("relon.") || function.linkage() == Linkage::External
}

#[cfg(test)]
mod tests {
    use relon_ir::layout::DataType;
    use relon_ir::{Convention, Entry, EntryForm, FileId, FunctionBuilder, Native, Span, Type};

    use super::*;

    #[test]
    fn code_for_valid_arguments_is_no_ordinary_call() {
        let mut ir = Ir::default();
        let (name, symbol) = ("now".to_owned(), "now".to_owned());
        let native =
            Native { name, symbol, params: Vec::new(), result: Some(Type::Int), convention: Convention::Direct };
        let native = ir.native(&native);
        for (name, part) in [("main", EntryPart::Whole), ("main.valid", EntryPart::Valid)] {
            let mut builder = FunctionBuilder::new(name, &[Type::Ptr], &[], None);
            builder.call_direct(native, Some(Type::Int), Vec::new());
            builder.ret(Vec::new());
            ir.add_function(builder.finish());
            ir.entries.push(Entry {
                name: name.to_owned(),
                function: relon_ir::FunctionId::new(ir.functions.len() - 1),
                form: EntryForm::Plain,
                part,
                params: Vec::new(),
                result: DataType::Int,
                span: Span { file: FileId::new(0), start: 0, end: 0 },
                recursive: false,
                checked: None,
            });
        }
        let emitted = Emitted::count(&ir);
        assert_eq!((emitted.calls, emitted.ordinary_calls), (vec![2], vec![1]));
    }
}
