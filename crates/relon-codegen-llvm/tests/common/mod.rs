//! Hand-built modules.
#![allow(dead_code, unused_imports, reason = "each test file uses its own part")]

use relon_codegen_llvm::cocompile::{CocompiledModule, NativeReport};
pub(crate) use relon_ir::cases::{calls, direct, fallible, rule, site, with_entry};

pub(crate) fn report<'a>(module: &'a CocompiledModule, name: &str) -> &'a NativeReport {
    module.report().natives.iter().find(|native| native.name == name).unwrap()
}

/// The lines of a module's functions, without declarations, attributes and metadata.
pub(crate) fn bodies(ir: &str) -> String {
    let mut inside = false;
    let lines = ir.lines().filter(|line| {
        inside = (inside || line.starts_with("define")) && *line != "}";
        inside
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a body calls this symbol directly.
pub(crate) fn calls_symbol(ir: &str, symbol: &str) -> bool {
    bodies(ir).lines().any(|line| line.contains("call ") && line.contains(&format!("@{symbol}(")))
}

/// Whether a body calls an address known at run time only.
pub(crate) fn calls_address(ir: &str) -> bool {
    let callee = |line: &str| line.split_once("call ").map(|(_, rest)| rest.split('(').next().unwrap_or("").to_owned());
    bodies(ir).lines().filter_map(callee).any(|callee| callee.contains('%'))
}
