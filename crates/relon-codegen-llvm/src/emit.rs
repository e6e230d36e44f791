//! Modules of the IR as text of LLVM IR.
//!
//! Text, and not calls of LLVM's builder: it is plain safe Rust, it can be read in a test, and LLVM's parser checks it. Functions are
//! internal; each entry gets exported functions with the C signatures of `relon_ir::Entry`.

use std::collections::HashSet;
use std::ffi::CStr;
use std::fmt::Write;

use relon_ir::{CheckedRows, DataId, Entry, EntryForm, FunctionId, Inst, Lines, Module, Op};

use crate::cocompile::{Effort, World, Worlds};
use crate::debug::DebugInfo;
use crate::entry::Names;
use crate::llvm::{Cpu, Target};
use crate::{call, constant, entry, func};

/// Attributes of the unit's own functions.
pub(crate) const ATTRIBUTES: &str = "#0";
/// Attributes of natives: none of them unwinds, since each catches its own panics.
pub(crate) const DECLARED_ATTRIBUTES: &str = "#1";
/// Attribute of a call whose callee belongs into the caller.
pub(crate) const INLINED: &str = "#2";
/// Attribute of a call that stays one, so that the callee exists once.
pub(crate) const CALLED: &str = "#3";
/// The first parameter of each function.
pub(crate) const CONTEXT_PARAMETER: &str = "ptr noalias noundef nonnull align 8 %ctx";

/// Intrinsics that ops need. They are declared in every module; unused declarations cost nothing.
const INTRINSICS: &str = "\
declare { i64, i1 } @llvm.sadd.with.overflow.i64(i64, i64)
declare { i64, i1 } @llvm.ssub.with.overflow.i64(i64, i64)
declare { i64, i1 } @llvm.smul.with.overflow.i64(i64, i64)
declare double @llvm.fabs.f64(double)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
";

/// Branch weights, the range of a Bool in memory, that of a length, and the empty node.
const METADATA: &str = "\
!0 = !{!\"branch_weights\", i32 1048575, i32 1}
!1 = !{!\"branch_weights\", i32 1, i32 1048575}
!2 = !{i8 0, i8 2}
!3 = !{i64 0, i64 -9223372036854775808}
!4 = !{}
";
/// The number behind those.
const FREE_NODE: usize = 5;

/// What a module is written for.
pub(crate) struct Style<'a> {
    pub(crate) worlds: &'a Worlds,
    pub(crate) target: &'a Target,
    pub(crate) cpu: &'a Cpu,
    pub(crate) effort: Effort,
    pub(crate) names: Names<'a>,
    /// For line tables, where there are to be some.
    pub(crate) lines: Option<&'a Lines>,
    /// The functions for rows that are evaluated together. They never trap, and their code for such rows relies on it.
    pub(crate) together: &'a HashSet<FunctionId>,
}

/// Writes a module.
pub(crate) fn module(module: &Module, style: &Style<'_>) -> String {
    let Style { worlds, target, cpu, names, lines, .. } = *style;
    let mut debug = lines.filter(|lines| lines.fit(module)).map(|lines| DebugInfo::new(lines, FREE_NODE));
    let mut out = head(module, target);
    for native in module.natives.iter().filter(|native| worlds.of(native) == World::Closed) {
        call::declare(&mut out, native);
    }
    let exclusive = exclusive_functions(module);
    let exposed = |index: usize| exposed_by(module, &exclusive, index).map(|entry| names.direct(&entry.name));
    for id in (0..module.functions.len()).map(FunctionId::new) {
        let standing =
            Standing { exclusive: exclusive.contains(&id.index()), exposed: exposed(id.index()), is_safe: false };
        if !is_unused(module, style, id) {
            func::define(&mut out, module, style, id, &standing, debug.as_mut());
        }
        if style.together.contains(&id) {
            let standing = Standing { exclusive: true, exposed: None, is_safe: true };
            func::define(&mut out, module, style, id, &standing, debug.as_mut());
        }
    }
    for entry in &module.entries {
        let mut text = String::new();
        let is_exposed = exposed(entry.function.index()).is_some();
        entry::define(&mut text, module, entry, style, is_exposed);
        let span = module.functions[entry.function.index()].span;
        out.push_str(&debug.as_mut().map_or_else(|| text.clone(), |debug| debug.annotated(&text, span)));
    }
    attributes(&mut out, cpu);
    out.push_str(METADATA);
    out.push_str(&debug.map(DebugInfo::finish).unwrap_or_default());
    out
}

/// Who knows a function.
pub(crate) struct Standing {
    /// Only the thunk of one entry calls it, so that nothing else knows its pointers.
    pub(crate) exclusive: bool,
    /// It is itself what hosts call, by this symbol.
    pub(crate) exposed: Option<String>,
    /// It is the code for rows that are evaluated together, which never traps.
    pub(crate) is_safe: bool,
}

/// The entry whose direct function is this function itself. One that several entries have in common stays apart from them.
fn exposed_by<'m>(module: &'m Module, exclusive: &HashSet<usize>, index: usize) -> Option<&'m Entry> {
    let mut entries = module.entries.iter().filter(|entry| entry.function.index() == index);
    let entry = entries.next().filter(|entry| entry.form != EntryForm::Batch && exclusive.contains(&index));
    entry.filter(|_| entries.next().is_none())
}

/// Writes a module with one function that calls nothing, or with its code for rows that are evaluated together.
pub(crate) fn alone(module: &Module, style: &Style<'_>, function: FunctionId, is_safe: bool) -> String {
    let mut out = head(module, style.target);
    let standing = Standing { exclusive: true, exposed: Some(ALONE.to_string_lossy().into_owned()), is_safe };
    func::define(&mut out, module, style, function, &standing, None);
    attributes(&mut out, style.cpu);
    out.push_str(METADATA);
    out
}

/// The symbol of a function that is alone in its module.
pub(crate) const ALONE: &CStr = c"relon_alone";

/// What functions refer to, apart from natives and each other.
fn head(module: &Module, target: &Target) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "target datalayout = \"{}\"\ntarget triple = \"{}\"\n", target.data_layout, target.triple);
    for (index, data) in module.data.iter().enumerate() {
        constant::define(&mut out, DataId::new(index), data);
    }
    out.push_str(INTRINSICS);
    out
}

/// Whether a function is there for rows alone, and nothing of it is needed but the code for rows that are evaluated together.
fn is_unused(module: &Module, style: &Style<'_>, id: FunctionId) -> bool {
    let rows = || module.entries.iter().filter_map(|entry| entry.checked);
    let is_called = module.entries.iter().any(|entry| entry.function == id);
    let checks = |rows: CheckedRows| rows.check == id && rows.row.is_none_or(|row| style.together.contains(&row));
    !is_called && rows().any(|rows| rows.check == id || rows.row == Some(id)) && !rows().any(checks)
}

/// Functions that only the thunk of one entry calls.
fn exclusive_functions(module: &Module) -> HashSet<usize> {
    let insts = module.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.insts);
    let called: HashSet<usize> = insts.filter_map(called_function).collect();
    let entries = module.entries.iter().filter(|entry| entry::takes_memory(&module.functions[entry.function.index()]));
    let functions = entries.flat_map(|entry| [Some(entry.function), entry.checked.and_then(|rows| rows.row)]);
    functions.flatten().map(|function| function.index()).filter(|index| !called.contains(index)).collect()
}

fn called_function(inst: &Inst) -> Option<usize> {
    match &inst.op {
        Op::Call { function, .. } => Some(function.index()),
        _ => None,
    }
}

fn attributes(out: &mut String, cpu: &Cpu) {
    let features = match cpu.features.as_str() {
        "" => String::new(),
        features => format!(" \"target-features\"=\"{features}\""),
    };
    let cpu = format!("\"target-cpu\"=\"{}\"{features}", cpu.name);
    let _ = writeln!(out, "attributes #0 = {{ nounwind uwtable \"probe-stack\"=\"inline-asm\" {cpu} }}");
    out.push_str("attributes #1 = { nounwind }\nattributes #2 = { alwaysinline }\nattributes #3 = { noinline }\n");
}
