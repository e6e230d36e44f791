//! A compiled unit and its running code.

use std::collections::HashMap;
use std::mem::transmute;
use std::sync::Arc;

use relon_debuggers::Known;
use relon_ir::{Module as Ir, Way};
use relon_natives::abi::Context as CallContext;
use relon_natives::typed::DirectFn;

use crate::Error;
use crate::entry::Names;
use crate::natives::Symbols;

use super::load::Loaded;
use super::unit::Optimized;
use super::{Phase, Report, World, Worlds};

/// An entry of a unit: the state of the call, one pointer for each argument, memory for the result; gives the status.
pub type EntryFn = unsafe extern "C" fn(*mut CallContext, *const *const u8, *mut u8) -> u32;

/// The entry of a unit for many rows: the state of the call, for each argument a pointer to an array, the number of rows, an array for the
/// results, and where the number of the row that failed is stored; gives the status of that row, or 0.
pub type BatchFn = unsafe extern "C" fn(*mut CallContext, *const *const u8, u64, *mut u8, *mut u64) -> u32;

/// An optimised unit: its code, which runs as long as this lives, what it was made of, and what became of its natives.
///
/// Dropping it unloads the code.
pub struct CocompiledModule {
    code: Code,
    unit: Optimized,
    object_size: usize,
    phases: Vec<Phase>,
}

/// Loaded code with what it refers to.
pub(super) struct Code {
    entries: HashMap<String, EntryFn>,
    direct: HashMap<String, DirectFn>,
    batches: HashMap<String, BatchFn>,
    table: Vec<usize>,
    calls_natives: bool,
    // What is said of the code goes first, then the code, then what it calls.
    _known: Option<Known>,
    _loaded: Loaded,
    _symbols: Vec<Arc<dyn Symbols>>,
}

impl Code {
    pub(super) fn of(
        (loaded, known): (Loaded, Option<Known>),
        ir: &Ir,
        symbols: &[Arc<dyn Symbols>],
        worlds: &Worlds,
        calls_natives: bool,
    ) -> Result<Code, Error> {
        let (mut entries, mut direct, mut batches) = (HashMap::new(), HashMap::new(), HashMap::new());
        for entry in &ir.entries {
            for way in entry.ways() {
                let code = loaded.lookup(&Names::Loaded.of(&entry.name, *way))?;
                let name = entry.name.clone();
                // SAFETY: the address is that of a function which `entry` defined with this very signature; `DirectFn` stands for every number
                // of parameters.
                unsafe {
                    match way {
                        Way::Direct => drop(direct.insert(name, transmute::<crate::llvm::Code, DirectFn>(code))),
                        Way::Listed => drop(entries.insert(name, transmute::<crate::llvm::Code, EntryFn>(code))),
                        Way::Batch => drop(batches.insert(name, transmute::<crate::llvm::Code, BatchFn>(code))),
                    }
                }
            }
        }
        Ok(Code {
            entries,
            direct,
            batches,
            table: open_table(ir, symbols, worlds),
            calls_natives,
            _known: known,
            _loaded: loaded,
            _symbols: symbols.to_vec(),
        })
    }
}

/// The addresses of natives that are called through a table, where the packs know them; 0 elsewhere.
fn open_table(ir: &Ir, symbols: &[Arc<dyn Symbols>], worlds: &Worlds) -> Vec<usize> {
    let address = |symbol: &str| symbols.iter().find_map(|given| given.address(symbol)).unwrap_or(0);
    let open = |native: &relon_ir::Native| worlds.of(native) == World::Open;
    ir.natives.iter().map(|native| if open(native) { address(&native.symbol) } else { 0 }).collect()
}

impl CocompiledModule {
    pub(super) fn new(code: Code, unit: Optimized, object_size: usize, phases: Vec<Phase>) -> Self {
        CocompiledModule { code, unit, object_size, phases }
    }

    /// The rule's IR as it was emitted, before natives were linked to it.
    pub fn ir_before_link(&self) -> &str {
        &self.unit.before
    }

    /// The IR of the optimised unit.
    ///
    /// # Errors
    /// Where it was not kept, or LLVM can't read what it wrote.
    pub fn ir_after(&self) -> Result<String, Error> {
        self.unit.print()
    }

    /// The unit's machine code as assembly.
    ///
    /// # Errors
    /// Where it was not kept, or LLVM can't read what it wrote.
    pub fn assembly(&self) -> Result<String, Error> {
        self.unit.assembly()
    }

    /// The optimised unit as bitcode, where it was kept.
    pub fn bitcode(&self) -> Option<&[u8]> {
        self.unit.bitcode.as_deref()
    }

    /// Bytes of the object that was loaded.
    pub fn object_size(&self) -> usize {
        self.object_size
    }

    /// What became of the natives.
    pub fn report(&self) -> &Report {
        &self.unit.report
    }

    /// How long each part of the compilation took.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// The entry with this name. It may be called from several threads at once, as long as the unit lives.
    pub fn entry(&self, name: &str) -> Option<EntryFn> {
        self.code.entries.get(name).copied()
    }

    /// The direct function of the entry with this name; like [`Self::entry`].
    pub fn direct_entry(&self, name: &str) -> Option<DirectFn> {
        self.code.direct.get(name).copied()
    }

    /// The entry for many rows with this name; like [`Self::entry`].
    pub fn batch_entry(&self, name: &str) -> Option<BatchFn> {
        self.code.batches.get(name).copied()
    }

    /// Whether the code refers to the state of the call. Where it does not, a call need not prepare it.
    pub fn uses_context(&self) -> bool {
        self.unit.uses_context
    }

    /// Whether code outside of the unit is called that could panic. Where all that the rule needs is part of the unit, nothing can.
    pub fn calls_natives(&self) -> bool {
        self.code.calls_natives
    }

    /// Addresses for [`Context::natives`](CallContext): those of natives that are called through the table, as far as packs know them.
    pub fn native_table(&self) -> &[usize] {
        &self.code.table
    }
}

impl std::fmt::Debug for CocompiledModule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let entries: Vec<&String> = self.code.entries.keys().collect();
        f.debug_struct("CocompiledModule").field("entries", &entries).field("report", self.report()).finish()
    }
}
