//! The ways in which a case runs.

use std::sync::Arc;

use relon_codegen_cranelift as cranelift;
use relon_codegen_llvm::cocompile::{self, CocompiledModule, Effort, Options};
use relon_ir::Module;
use relon_ir::layout::DataType;
use relon_natives::abi::Call;
use relon_natives::{Symbols, Table};

use crate::natives;

/// Nested calls that a case may make; `context.ir` knows the number.
const DEPTH: u64 = 65_535;

/// A code generator, and how it calls natives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Cranelift(cranelift::World),
    /// At addresses.
    Llvm(Effort),
    /// Through the table.
    LlvmOpen,
}

/// All of them.
pub(crate) const ALL: [Way; 5] = [
    Way::Cranelift(cranelift::World::Static),
    Way::Cranelift(cranelift::World::Open),
    Way::Llvm(Effort::Quick),
    Way::Llvm(Effort::Full),
    Way::LlvmOpen,
];

/// What runs.
pub(crate) enum Code {
    Cranelift(Box<cranelift::CompiledModule>),
    Llvm(Box<CocompiledModule>),
}

impl Way {
    pub(crate) fn compile(self, module: &Module) -> Code {
        match self {
            Way::Cranelift(world) => {
                let symbols: Vec<Arc<dyn Symbols>> = vec![Arc::new(Table::new(natives::ALL))];
                let compiled = cranelift::compile(module, &symbols, &cranelift::Worlds::all(world));
                Code::Cranelift(Box::new(compiled.expect("code by Cranelift")))
            }
            Way::Llvm(effort) => {
                let known = module.natives.iter().map(|native| native.symbol.as_str());
                let worlds = known.fold(cocompile::Worlds::default(), |worlds, symbol| {
                    worlds.with(symbol, cocompile::World::Static(natives::address(symbol)))
                });
                llvm(module, worlds, effort)
            }
            Way::LlvmOpen => llvm(module, cocompile::Worlds::all(cocompile::World::Open), Effort::Quick),
        }
    }
}

fn llvm(module: &Module, worlds: cocompile::Worlds, effort: Effort) -> Code {
    let options = Options { worlds, effort, verify: true, ..Options::default() };
    Code::Llvm(Box::new(cocompile::cocompile(module, &[], &options).expect("code by LLVM")))
}

impl Code {
    /// The bits of the result, or the number of the site where it trapped.
    pub(crate) fn run(&self, module: &Module, arguments: &[u64]) -> Result<u64, u32> {
        let entry = match self {
            Code::Cranelift(code) => code.entry("main"),
            Code::Llvm(code) => code.entry("main"),
        };
        let entry = entry.expect("the entry");
        let table: Vec<usize> = module.natives.iter().map(|native| natives::address(&native.symbol)).collect();
        let mut call = Call::new(1 << 16);
        let context = call.begin(DEPTH);
        // SAFETY: the table has an address for each native and lives as long as the call.
        unsafe { call.set_natives(table.as_ptr().cast()) };
        let addresses: Vec<*const u8> = arguments.iter().map(|argument| std::ptr::from_ref(argument).cast()).collect();
        // What the entry does not write has to be seen.
        let mut out = if module.entry("main").is_some_and(|entry| entry.result == DataType::Bool) { 0 } else { !0u64 };
        // SAFETY: each argument and the result take at most eight bytes, and the context lives during the call.
        match unsafe { entry(context, addresses.as_ptr(), (&raw mut out).cast()) } {
            0 => Ok(out),
            status => Err(status - 1),
        }
    }
}
