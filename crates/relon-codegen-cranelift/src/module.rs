//! A compiled unit and its running code.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use relon_debuggers::Known;
use relon_natives::Symbols;
use relon_natives::abi::Context;
use relon_natives::typed::DirectFn;

use crate::jit::Code;
use relon_ir::frames::Frames;

/// An entry of a unit: the state of the call, one pointer for each argument, memory for the result; gives the status.
pub type EntryFn = unsafe extern "C" fn(*mut Context, *const *const u8, *mut u8) -> u32;

/// The entry of a unit for many rows: the state of the call, for each argument a pointer to an array, the number of rows, an array for the
/// results, and where the number of the row that failed is stored; gives the status of that row, or 0.
pub type BatchFn = unsafe extern "C" fn(*mut Context, *const *const u8, u64, *mut u8, *mut u64) -> u32;

/// The entries of a unit by name.
#[derive(Default)]
pub(crate) struct Entries {
    pub(crate) once: HashMap<String, EntryFn>,
    pub(crate) direct: HashMap<String, DirectFn>,
    pub(crate) batches: HashMap<String, BatchFn>,
}

/// A named part of a compilation and how long it took.
pub type Phase = (&'static str, Duration);

/// A compiled unit: its code, which runs as long as this lives.
///
/// Dropping it frees the code, so an entry must not be called, nor run, any more by then.
pub struct CompiledModule {
    pub(crate) entries: Entries,
    pub(crate) table: Vec<usize>,
    pub(crate) code_size: usize,
    pub(crate) frames: Frames,
    pub(crate) phases: Vec<Phase>,
    // What is said of the code goes first, then the code, then what it calls.
    pub(crate) _known: Option<Known>,
    pub(crate) _code: Code,
    pub(crate) _symbols: Vec<Arc<dyn Symbols>>,
}

impl CompiledModule {
    /// The entry with this name. It may be called from several threads at once, as long as the unit lives.
    pub fn entry(&self, name: &str) -> Option<EntryFn> {
        self.entries.once.get(name).copied()
    }

    /// The direct function of the entry with this name; like [`Self::entry`].
    pub fn direct_entry(&self, name: &str) -> Option<DirectFn> {
        self.entries.direct.get(name).copied()
    }

    /// The entry for many rows with this name; like [`Self::entry`].
    pub fn batch_entry(&self, name: &str) -> Option<BatchFn> {
        self.entries.batches.get(name).copied()
    }

    /// Addresses for [`Context::natives`]: those of natives that are called through the table, as far as they are known.
    pub fn native_table(&self) -> &[usize] {
        &self.table
    }

    /// Bytes of machine code.
    pub fn code_size(&self) -> usize {
        self.code_size
    }

    /// Bytes of stack that the function with the largest frame takes, without what it calls.
    pub fn largest_frame(&self) -> usize {
        self.frames.largest
    }

    /// An upper bound of the stack that a run takes which is allowed this many nested calls, without what natives take.
    pub fn stack(&self, nested: u64) -> usize {
        self.frames.stack(nested)
    }

    /// How long each part of the compilation took.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }
}

impl std::fmt::Debug for CompiledModule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let entries: Vec<&String> = self.entries.once.keys().chain(self.entries.batches.keys()).collect();
        f.debug_struct("CompiledModule").field("entries", &entries).field("code_size", &self.code_size).finish()
    }
}

/// Measures the parts of a compilation.
pub(crate) struct Clock {
    last: Instant,
    pub(crate) phases: Vec<Phase>,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock { last: Instant::now(), phases: Vec::new() }
    }

    pub(crate) fn lap(&mut self, name: &'static str) {
        let now = Instant::now();
        self.phases.push((name, now - self.last));
        self.last = now;
    }
}
