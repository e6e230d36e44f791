//! Modules of the IR as text of LLVM IR.
//!
//! Text, and not calls of LLVM's builder: it is plain safe Rust, it can be read in a test, and LLVM's parser checks it. Functions are
//! internal; each entry gets an exported thunk with the C signature of `relon_ir::Entry`.

use std::collections::HashSet;
use std::fmt::Write;

use relon_ir::{DataId, Entry, Function, Inst, Module, Op, Type};

use crate::cocompile::{World, Worlds};
use crate::llvm::{Cpu, Target};
use crate::types::{alignment, function_name, global_name, memory_of, memory_type, result_type, value_type};
use crate::{call, constant, func};

/// Attributes of the unit's own functions.
pub(crate) const ATTRIBUTES: &str = "#0";
/// Attributes of natives: none of them unwinds, since each catches its own panics.
pub(crate) const DECLARED_ATTRIBUTES: &str = "#1";
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

/// Branch weights, the range of a Bool in memory, and the empty node.
const METADATA: &str = "\
!0 = !{!\"branch_weights\", i32 1048575, i32 1}
!1 = !{i8 0, i8 2}
!2 = !{}
";

/// The symbol of an entry.
pub(crate) fn entry_symbol(name: &str) -> String {
    format!("relon_entry_{name}")
}

/// Writes a module.
pub(crate) fn module(module: &Module, worlds: &Worlds, target: &Target, cpu: &Cpu) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "target datalayout = \"{}\"\ntarget triple = \"{}\"\n", target.data_layout, target.triple);
    for (index, data) in module.data.iter().enumerate() {
        constant::define(&mut out, DataId::new(index), data);
    }
    for native in module.natives.iter().filter(|native| worlds.of(native) == World::Closed) {
        call::declare(&mut out, native);
    }
    out.push_str(INTRINSICS);
    let exclusive = exclusive_functions(module);
    for (index, function) in module.functions.iter().enumerate() {
        func::define(&mut out, module, worlds, function, exclusive.contains(&index));
    }
    for entry in &module.entries {
        thunk(&mut out, entry, &module.functions[entry.function.index()]);
    }
    attributes(&mut out, cpu);
    out.push_str(METADATA);
    out
}

/// Functions that only the thunk of one entry calls.
fn exclusive_functions(module: &Module) -> HashSet<usize> {
    let insts = module.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.insts);
    let called: HashSet<usize> = insts.filter_map(called_function).collect();
    let entries = module.entries.iter().filter(|entry| takes_memory(&module.functions[entry.function.index()]));
    entries.map(|entry| entry.function.index()).filter(|index| !called.contains(index)).collect()
}

fn called_function(inst: &Inst) -> Option<usize> {
    match &inst.op {
        Op::Call { function, .. } => Some(function.index()),
        _ => None,
    }
}

/// Whether the function has the shape of an entry: pointers to arguments, then one to memory for the result.
fn takes_memory(function: &Function) -> bool {
    function.results.is_empty() && !function.params.is_empty() && function.params.iter().all(|ty| *ty == Type::Ptr)
}

/// The exported C function of an entry. A function over scalars (a hand-built one) has its arguments loaded and results stored here.
fn thunk(out: &mut String, entry: &Entry, function: &Function) {
    let symbol = global_name(&entry_symbol(&entry.name));
    let _ = writeln!(
        out,
        "define i32 {symbol}({CONTEXT_PARAMETER}, ptr noundef readonly %args, ptr noundef %out) {ATTRIBUTES} {{"
    );
    let mut list = "ptr %ctx".to_owned();
    let memory = takes_memory(function);
    for (index, ty) in function.params.iter().enumerate() {
        let value = match memory {
            true if index + 1 == function.params.len() => "%out".to_owned(),
            true => thunk_pointer(out, index),
            false => thunk_scalar(out, index, *ty),
        };
        let _ = write!(list, ", {} {value}", value_type(*ty));
    }
    let (ty, name) = (result_type(&function.results), function_name(function));
    let _ = writeln!(out, "  %whole = call {ty} {name}({list})");
    thunk_results(out, &function.results);
    out.push_str("}\n\n");
}

fn thunk_pointer(out: &mut String, index: usize) -> String {
    let _ = writeln!(out, "  %slot{index} = getelementptr inbounds ptr, ptr %args, i64 {index}");
    let _ = writeln!(out, "  %arg{index} = load ptr, ptr %slot{index}, align 8");
    format!("%arg{index}")
}

fn thunk_scalar(out: &mut String, index: usize, ty: Type) -> String {
    let pointer = thunk_pointer(out, index);
    let mem = memory_of(ty);
    let _ = writeln!(out, "  %mem{index} = load {}, ptr {pointer}, align {}", memory_type(mem), alignment(mem));
    if ty != Type::Bool {
        return format!("%mem{index}");
    }
    let _ = writeln!(out, "  %bool{index} = icmp ne i8 %mem{index}, 0");
    format!("%bool{index}")
}

/// Stores results, eight bytes apart, and returns the status.
fn thunk_results(out: &mut String, results: &[Type]) {
    if results.is_empty() {
        out.push_str("  ret i32 %whole\n");
        return;
    }
    let ty = result_type(results);
    let _ = writeln!(out, "  %status = extractvalue {ty} %whole, 0");
    out.push_str("  %fine = icmp eq i32 %status, 0\n  br i1 %fine, label %ok, label %failed, !prof !0\n");
    out.push_str("failed:\n  ret i32 %status\nok:\n");
    for (index, result) in results.iter().enumerate() {
        let mem = memory_of(*result);
        let _ = writeln!(out, "  %part{index} = extractvalue {ty} %whole, {}", index + 1);
        let _ = writeln!(out, "  %to{index} = getelementptr inbounds i8, ptr %out, i64 {}", index * 8);
        let value = match result {
            Type::Bool => {
                let _ = writeln!(out, "  %byte{index} = zext i1 %part{index} to i8");
                format!("%byte{index}")
            }
            Type::Int | Type::Float | Type::Ptr => format!("%part{index}"),
        };
        let _ = writeln!(out, "  store {} {value}, ptr %to{index}, align {}", memory_type(mem), alignment(mem));
    }
    out.push_str("  ret i32 0\n");
}

fn attributes(out: &mut String, cpu: &Cpu) {
    let features = match cpu.features.as_str() {
        "" => String::new(),
        features => format!(" \"target-features\"=\"{features}\""),
    };
    let cpu = format!("\"target-cpu\"=\"{}\"{features}", cpu.name);
    let _ = writeln!(out, "attributes #0 = {{ nounwind uwtable \"probe-stack\"=\"inline-asm\" {cpu} }}");
    out.push_str("attributes #1 = { nounwind }\n");
}
