//! Runs hand-built modules.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use relon_codegen_cranelift::{CompiledModule, World, Worlds, compile};
use relon_ir::{Module, cases};
use relon_natives::abi::Call;
use relon_natives::{Symbols, Table};

/// Addresses of this process by name.
pub(crate) fn table(functions: &[(&str, *const u8)]) -> Vec<Arc<dyn Symbols>> {
    vec![Arc::new(Table::new(functions.iter().copied()))]
}

pub(crate) fn compiled(module: &Module, natives: &[Arc<dyn Symbols>], world: World) -> CompiledModule {
    compile(module, natives, &Worlds::all(world)).unwrap()
}

/// The result, or the index of the site where the rule trapped.
pub(crate) fn run(module: &CompiledModule, x: i64) -> Result<i64, u32> {
    let entry = module.entry(cases::ENTRY).unwrap();
    let mut call = Call::new(1 << 16);
    let context = call.begin(cases::DEPTH);
    // SAFETY: the table has an address for each native and lives as long as the code.
    unsafe { call.set_natives(module.native_table().as_ptr().cast()) };
    let (args, mut out) = ([std::ptr::from_ref(&x).cast()], 0i64);
    // SAFETY: the entry reads one Int and writes one Int, and the context lives during the call.
    match unsafe { entry(context, args.as_ptr(), (&raw mut out).cast()) } {
        0 => Ok(out),
        status => Err(status - 1),
    }
}
