//! Which rows of batches are evaluated together.
//!
//! Rows that were checked together have code of their own, which pays where it becomes vectors: on processors whose vectors hold more than two
//! Ints, and where nothing in it can fail, since LLVM leaves a loop that may end early as it is. Otherwise the second pass over the rows
//! costs more than it saves. LLVM itself is asked whether something can fail, on the function alone; what it has shown is then left out where
//! the function is written, so that it need not be shown once more between other code.

use std::collections::HashSet;

use relon_ir::{Entry, EntryForm, EntryPart, Function, FunctionId, IntOp, Module as Ir, Op};

use crate::Error;
use crate::emit::{self, Style};
use crate::llvm::{Context, Cpu, TargetMachine};

use super::Effort;

/// What shows that a check can't fire: comparisons with bounds, and what follows from them for arithmetic.
const PASSES: &str = "function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg,correlated-propagation,\
    instcombine<no-verify-fixpoint>,simplifycfg)";

/// The functions of rows that are evaluated together.
pub(super) fn together(ir: &Ir, style: &Style<'_>, machine: &TargetMachine) -> Result<HashSet<FunctionId>, Error> {
    let rows = ir.entries.iter().filter_map(relying);
    let paying =
        rows.filter(|row| style.effort == Effort::Full && is_for_vectors(&ir.functions[row.index()], style.cpu));
    let safe = paying.map(|row| Ok(is_safe(ir, row, style, machine)?.then_some(row)));
    safe.filter_map(Result::transpose).collect()
}

/// The function of an entry that relies on what was checked of many rows, by the entry itself or by another.
fn relying(entry: &Entry) -> Option<FunctionId> {
    match entry.checked {
        Some(rows) => rows.row,
        None => (entry.form == EntryForm::Batch && entry.part == EntryPart::Valid).then_some(entry.function),
    }
}

/// Whether the processor has vectors for the function that are worth it. Dividing takes products of whole Ints, which are many instructions
/// before AVX-512.
fn is_for_vectors(function: &Function, cpu: &Cpu) -> bool {
    let divides = function.insts().any(|inst| matches!(inst.op, Op::Int { op: IntOp::Div | IntOp::Rem, .. }));
    !function.has_calls() && cpu.has(if divides { "avx512dq" } else { "avx2" })
}

/// Whether the function never traps.
fn is_safe(ir: &Ir, row: FunctionId, style: &Style<'_>, machine: &TargetMachine) -> Result<bool, Error> {
    let context = Context::new()?;
    let module = context.parse_ir(&emit::alone(ir, style, row, false), c"row")?;
    module.run_passes(PASSES, machine)?;
    let statuses = module.function(emit::ALONE).and_then(|function| function.returned_statuses());
    Ok(statuses.is_some_and(|statuses| statuses == [0].into()))
}
