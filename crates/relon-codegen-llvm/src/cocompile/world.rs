//! What is known of natives when code is emitted, and how a linked unit is closed.

use std::ffi::CString;

use crate::llvm::{Attribute, Cpu, Function, Linkage, Module};

use super::bitcode::{Fate, Found};

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

/// Closes the unit: only entries can be seen from outside, and natives that may be inlined must be.
pub(super) fn close(unit: &Module<'_>, found: &[Found<'_>]) {
    for native in found {
        let symbol = native.linked().and_then(|(_, packed)| CString::new(packed.symbol.as_str()).ok());
        if let Some(function) = symbol.and_then(|symbol| unit.function(&symbol)) {
            close_native(&function, native);
        }
    }
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
fn close_native(function: &Function<'_>, native: &Found<'_>) {
    function.set_linkage(if native.elsewhere { Linkage::AvailableExternally } else { Linkage::Internal });
    if matches!(native.fate, Fate::Inlined) {
        function.add(Attribute::AlwaysInline);
    }
}
