//! A unit in a shared library: what `relon build` writes, run by the same calls as code that never was in a file.

use std::path::Path;
use std::sync::Arc;

use relon_codegen_llvm::natives::{Library, Symbols};
use relon_ir::Module;
use relon_natives::typed::DirectFn;

use super::Unit;
use crate::compiled::Compiled;
use crate::error::{Error, toolchain};
use crate::host::Host;
use crate::lowered::Identity;
use crate::machine::{BatchFn, EntryFn, Machine, estimated_frames};
use crate::program::Code;
use crate::{Limits, Program};

/// The code of a unit in a library that is loaded.
pub(crate) struct Linked {
    library: Arc<Library>,
    /// Entries: name in the IR, and symbol.
    entries: Vec<(String, String)>,
}

impl Unit {
    /// The symbols that have to stay in a shared library, so that [`program`](Self::program) finds them.
    pub fn exported(&self) -> Vec<&str> {
        let entries = self.built.entries().iter().map(|(_, symbol)| symbol.as_str());
        entries.chain(["relon_std_enter", "relon_std_leave"]).collect()
    }

    /// The rule as a program that runs the code of this shared library.
    ///
    /// # Errors
    /// Where the library cannot be loaded.
    ///
    /// # Safety
    /// The library was linked from the unit's [static library](Self::static_library), with all symbols that are to be
    /// [exported](Self::exported).
    pub unsafe fn program(self, library: &Path, limits: Limits) -> Result<Program, Error> {
        let library = Arc::new(Library::open(library).map_err(toolchain)?);
        let mut host = Host::default();
        if let Some(package) = self.natives {
            host.add_package(Arc::new(package.found_in(library.clone())));
        }
        let linked = Arc::new(Linked { library, entries: self.built.entries().to_vec() });
        let compiled = Compiled::new(Identity::new(), Arc::new(self.module), linked, self.sources, host, limits)?;
        // Files hold no functions of a host, so that there is nothing to bind.
        Ok(Program::new(Code::Linked(Arc::new(compiled)), Vec::new(), Vec::new(), self.warnings))
    }
}

impl Linked {
    fn address(&self, name: &str) -> Option<usize> {
        let (_, symbol) = self.entries.iter().find(|(known, _)| known == name)?;
        self.library.address(symbol)
    }
}

impl Machine for Linked {
    fn entry(&self, name: &str) -> Option<EntryFn> {
        let address = self.address(name)?;
        // SAFETY: the symbol is that of an entry of the unit that the library was linked from.
        Some(unsafe { std::mem::transmute::<*const u8, EntryFn>(std::ptr::with_exposed_provenance(address)) })
    }

    fn direct_entry(&self, name: &str) -> Option<DirectFn> {
        let address = self.address(&format!("{name}.direct"))?;
        // SAFETY: the symbol is that of an entry of the unit that the library was linked from. `DirectFn` stands for every number of
        // parameters.
        Some(unsafe { std::mem::transmute::<*const u8, DirectFn>(std::ptr::with_exposed_provenance(address)) })
    }

    fn batch_entry(&self, name: &str) -> Option<BatchFn> {
        let address = self.address(name)?;
        // SAFETY: the symbol is that of an entry of the unit that the library was linked from.
        Some(unsafe { std::mem::transmute::<*const u8, BatchFn>(std::ptr::with_exposed_provenance(address)) })
    }

    fn calls_natives(&self, module: &Module) -> bool {
        !module.natives.is_empty()
    }

    fn uses_context(&self) -> bool {
        true
    }

    fn frames(&self, module: &Module) -> (usize, usize) {
        estimated_frames(module)
    }
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linked").field("library", &self.library.path()).finish()
    }
}
