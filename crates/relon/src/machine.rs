//! What a compiled rule needs to know of the code that a backend made.

use std::sync::Arc;

#[cfg(not(feature = "llvm"))]
pub(crate) use relon_codegen_cranelift::{BatchFn, EntryFn};
#[cfg(feature = "llvm")]
pub(crate) use relon_codegen_llvm::cocompile::{BatchFn, EntryFn};
use relon_ir::Module;
#[cfg(feature = "llvm")]
use relon_ir::{Function, Op, frames::Frames};
use relon_natives::typed::DirectFn;

#[cfg(feature = "llvm")]
use crate::lowered::LlvmUnit;

/// Stack for what natives inlined into a function may need.
#[cfg(feature = "llvm")]
const STACK_FOR_NATIVES: usize = 8 * 1024;
/// Stack for a value that is kept in its function's frame, with room to align it.
#[cfg(feature = "llvm")]
const STACK_PER_VALUE: usize = 16;

/// The code of a unit, which runs as long as this lives.
pub(crate) trait Machine: std::fmt::Debug + Send + Sync {
    /// The entry with this name.
    fn entry(&self, name: &str) -> Option<EntryFn>;
    /// The direct function of the entry with this name.
    fn direct_entry(&self, name: &str) -> Option<DirectFn>;
    /// The entry for many rows with this name.
    fn batch_entry(&self, name: &str) -> Option<BatchFn>;
    /// Whether code outside of the unit is called that could panic.
    fn calls_natives(&self, module: &Module) -> bool;
    /// Whether the code looks at the state of its call.
    fn uses_context(&self) -> bool;
    /// Upper bounds of the stack that a run takes at any rate, and for each nested call; the latter is 0 where calls do not nest.
    fn frames(&self, module: &Module) -> (usize, usize);
}

/// Code that several programs share.
impl<M: Machine> Machine for Arc<M> {
    fn entry(&self, name: &str) -> Option<EntryFn> {
        M::entry(self, name)
    }

    fn direct_entry(&self, name: &str) -> Option<DirectFn> {
        M::direct_entry(self, name)
    }

    fn batch_entry(&self, name: &str) -> Option<BatchFn> {
        M::batch_entry(self, name)
    }

    fn calls_natives(&self, module: &Module) -> bool {
        M::calls_natives(self, module)
    }

    fn uses_context(&self) -> bool {
        M::uses_context(self)
    }

    fn frames(&self, module: &Module) -> (usize, usize) {
        M::frames(self, module)
    }
}

#[cfg(feature = "llvm")]
impl Machine for LlvmUnit {
    fn entry(&self, name: &str) -> Option<EntryFn> {
        self.code.entry(name)
    }

    fn direct_entry(&self, name: &str) -> Option<DirectFn> {
        self.code.direct_entry(name)
    }

    fn batch_entry(&self, name: &str) -> Option<BatchFn> {
        self.code.batch_entry(name)
    }

    fn calls_natives(&self, _module: &Module) -> bool {
        self.code.calls_natives()
    }

    fn uses_context(&self) -> bool {
        self.code.uses_context()
    }

    fn frames(&self, _module: &Module) -> (usize, usize) {
        self.frames
    }
}

#[cfg(feature = "cranelift")]
impl Machine for relon_codegen_cranelift::CompiledModule {
    fn entry(&self, name: &str) -> Option<EntryFn> {
        relon_codegen_cranelift::CompiledModule::entry(self, name)
    }

    fn direct_entry(&self, name: &str) -> Option<DirectFn> {
        relon_codegen_cranelift::CompiledModule::direct_entry(self, name)
    }

    fn batch_entry(&self, name: &str) -> Option<BatchFn> {
        relon_codegen_cranelift::CompiledModule::batch_entry(self, name)
    }

    fn calls_natives(&self, module: &Module) -> bool {
        !module.natives.is_empty()
    }

    /// It hands the state on from function to function.
    fn uses_context(&self) -> bool {
        true
    }

    fn frames(&self, _module: &Module) -> (usize, usize) {
        let once = self.stack(0);
        (once, self.stack(1) - once)
    }
}

/// Upper bounds of the stack that LLVM's code takes at any rate, and for each nested call: no code keeps more than all values of a function.
#[cfg(feature = "llvm")]
pub(crate) fn estimated_frames(module: &Module) -> (usize, usize) {
    if !module.entries.iter().any(|entry| entry.recursive) {
        return (0, 0);
    }
    let frame = |function: &Function| function.value_types.len() * STACK_PER_VALUE + slots(function);
    let frames = Frames::inlined(module, &module.functions.iter().map(frame).collect::<Vec<_>>());
    let once = frames.stack(0);
    (once, STACK_FOR_NATIVES + frames.stack(1) - once)
}

/// Bytes of a function's stack slots.
#[cfg(feature = "llvm")]
fn slots(function: &Function) -> usize {
    let ops = function.blocks.iter().flat_map(|block| &block.insts).map(|inst| &inst.op);
    let size = |op: &Op| match op {
        Op::StackSlot { size, align } => (size + align) as usize,
        _ => 0,
    };
    ops.map(size).sum()
}
