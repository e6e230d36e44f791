//! What a compiled rule needs to know of the code that a backend made.

use relon_codegen_llvm::CocompiledModule;
use relon_codegen_llvm::cocompile::EntryFn;
use relon_ir::{Function, Module, Op};

/// Stack for what natives inlined into a function may need.
const STACK_FOR_NATIVES: usize = 8 * 1024;
/// Stack for a value that is kept in its function's frame, with room to align it.
const STACK_PER_VALUE: usize = 16;

/// The code of a unit, which runs as long as this lives.
pub(crate) trait Machine {
    /// The entry with this name.
    fn entry(&self, name: &str) -> Option<EntryFn>;
    /// Addresses of natives that are called through the table of a call's context.
    fn native_table(&self) -> &[usize];
    /// An upper bound of the stack that this many nested calls take.
    fn stack(&self, module: &Module, nested: u64) -> usize;
}

impl Machine for CocompiledModule {
    fn entry(&self, name: &str) -> Option<EntryFn> {
        CocompiledModule::entry(self, name)
    }

    fn native_table(&self) -> &[usize] {
        CocompiledModule::native_table(self)
    }

    /// No code keeps more than all values of the function.
    fn stack(&self, module: &Module, nested: u64) -> usize {
        let frame = |function: &Function| function.value_types.len() * STACK_PER_VALUE + slots(function);
        let largest = STACK_FOR_NATIVES + module.functions.iter().map(frame).max().unwrap_or(0);
        let recursive = module.entries.iter().any(|entry| entry.recursive);
        if recursive { (nested as usize).saturating_mul(largest) } else { 0 }
    }
}

#[cfg(feature = "cranelift")]
impl Machine for relon_codegen_cranelift::CompiledModule {
    fn entry(&self, name: &str) -> Option<EntryFn> {
        relon_codegen_cranelift::CompiledModule::entry(self, name)
    }

    fn native_table(&self) -> &[usize] {
        relon_codegen_cranelift::CompiledModule::native_table(self)
    }

    fn stack(&self, _module: &Module, nested: u64) -> usize {
        relon_codegen_cranelift::CompiledModule::stack(self, nested)
    }
}

/// Bytes of a function's stack slots.
fn slots(function: &Function) -> usize {
    let ops = function.blocks.iter().flat_map(|block| &block.insts).map(|inst| &inst.op);
    let size = |op: &Op| match op {
        Op::StackSlot { size, align } => (size + align) as usize,
        _ => 0,
    };
    ops.map(size).sum()
}
