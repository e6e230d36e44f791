//! What is known of natives when code is emitted, and how a linked unit is closed.

use crate::llvm::{Attribute, Cpu, Function, Linkage, Module};

use super::link::Linked;

/// What is known of a native when a call of it is emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum World {
    /// Its body: the call is direct and can be inlined.
    #[default]
    Closed,
    /// Its address.
    Static(usize),
    /// Its name and signature: it is called through the table of the call's context, by its index in the module.
    Open,
}

impl World {
    /// Which world it is, without what is known there.
    pub fn kind(self) -> relon_ir::World {
        match self {
            World::Closed => relon_ir::World::Closed,
            World::Static(_) => relon_ir::World::Static,
            World::Open => relon_ir::World::Open,
        }
    }
}

impl relon_ir::Known for World {
    const OPEN: World = World::Open;
}

/// The world of each native of a module.
pub type Worlds = relon_ir::Worlds<World>;

/// Closes the unit: only entries can be seen from outside, every function is for the same processor, and natives that may be inlined
/// must be.
pub(super) fn close(unit: &Module<'_>, linked: &[Linked], cpu: &Cpu) {
    for native in linked {
        if let Some(function) = native.function(unit) {
            close_native(&function, native);
        }
    }
    stamp(unit, cpu);
}

/// Makes every function one for this processor.
pub(super) fn stamp(unit: &Module<'_>, cpu: &Cpu) {
    for function in unit.functions().iter().filter(|function| !function.is_declaration()) {
        function.set_text("target-cpu", &cpu.name);
        function.set_text("target-features", &cpu.features);
        function.set_text("tune-cpu", "");
    }
}

/// A body whose function exists elsewhere is there for inlining alone, and what isn't inlined calls that function. A body without
/// one is the unit's own.
fn close_native(function: &Function<'_>, native: &Linked) {
    function.set_linkage(if native.elsewhere { Linkage::AvailableExternally } else { Linkage::Internal });
    if native.inlined {
        function.add(Attribute::AlwaysInline);
    }
}
