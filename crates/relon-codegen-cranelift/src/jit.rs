//! Machine code in the memory of this process.
//!
//! All code and data of a unit lie in one reservation, of the size that they need: calls and addresses are relative, and reach any place in it.
//! Nothing unwinds through this code, since each native catches its own panics in its C entry; so no unwind tables are made.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{ArenaMemoryProvider, BranchProtection, JITBuilder, JITMemoryKind, JITMemoryProvider, JITModule};
use cranelift_module::{FuncId, Module as _, ModuleResult, default_libcall_names};
use relon_ir::Data;

use crate::generate::Compiled;
use crate::unit::Unit;
use crate::{Error, constant};

/// More than any page: what the end of code, and that of data, may leave unused.
const PAGE: usize = 64 * 1024;

/// Whether Cranelift checks what it is given and what it makes.
const CHECKED: &str = if cfg!(debug_assertions) { "true" } else { "false" };

/// How code is made. Speed of compiling goes before speed of code; what needs the latter is compiled by LLVM. Giving out registers in a
/// single pass takes less than half of the time.
const SETTINGS: [(&str, &str); 9] = [
    ("opt_level", "none"),
    ("regalloc_algorithm", "single_pass"),
    ("enable_verifier", CHECKED),
    ("regalloc_checker", CHECKED),
    ("is_pic", "false"),
    ("use_colocated_libcalls", "false"),
    ("unwind_info", "false"),
    // A frame that is larger than the page that guards the stack touches each of its pages in order.
    ("enable_probestack", "true"),
    ("probestack_strategy", "inline"),
];

/// The processor of this machine.
fn host() -> Result<OwnedTargetIsa, Error> {
    static HOST: LazyLock<Result<OwnedTargetIsa, String>> = LazyLock::new(|| {
        let mut flags = settings::builder();
        for (name, value) in SETTINGS {
            flags.set(name, value).map_err(|error| error.to_string())?;
        }
        let isa = cranelift_native::builder().map_err(str::to_owned)?;
        isa.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
    });
    HOST.clone().map_err(Error::Cranelift)
}

/// Memory of a size that is known once everything is compiled.
struct Memory {
    size: Arc<AtomicUsize>,
    arena: Option<ArenaMemoryProvider>,
}

impl JITMemoryProvider for Memory {
    fn allocate(&mut self, size: usize, align: u64, kind: JITMemoryKind) -> io::Result<*mut u8> {
        let arena = match self.arena.take() {
            Some(arena) => arena,
            None => ArenaMemoryProvider::new_with_size(self.size.load(Ordering::Relaxed)).map_err(io::Error::other)?,
        };
        self.arena.insert(arena).allocate(size, align, kind)
    }

    unsafe fn free_memory(&mut self) {
        if let Some(arena) = &mut self.arena {
            // SAFETY: the caller's condition.
            unsafe { JITMemoryProvider::free_memory(arena) }
        }
    }

    fn finalize(&mut self, branch_protection: BranchProtection) -> ModuleResult<()> {
        match &mut self.arena {
            Some(arena) => JITMemoryProvider::finalize(arena, branch_protection),
            None => Ok(()),
        }
    }
}

/// A place for a unit.
pub(crate) struct Place {
    pub(crate) jit: JITModule,
    pub(crate) size: Arc<AtomicUsize>,
}

impl Place {
    pub(crate) fn new() -> Result<Place, Error> {
        let size = Arc::new(AtomicUsize::new(0));
        let mut builder = JITBuilder::with_isa(host()?, default_libcall_names());
        builder.memory_provider(Box::new(Memory { size: size.clone(), arena: None }));
        Ok(Place { jit: JITModule::new(builder), size })
    }
}

/// Loaded code. Dropping it frees the code.
pub(crate) struct Code {
    /// Taken when the code is freed. Nothing else uses it, so that the code can be shared by threads.
    jit: Mutex<Option<JITModule>>,
}

impl Drop for Code {
    fn drop(&mut self) {
        let jit = self.jit.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(jit) = jit {
            // SAFETY: entries run only while the module that holds this is borrowed, so that no code of it runs any more.
            unsafe { jit.free_memory() }
        }
    }
}

impl Code {
    /// Puts code and data at their places and makes the code ready to run.
    pub(crate) fn load(unit: Unit<'_>, compiled: &[Compiled], size: &AtomicUsize) -> Result<Code, Error> {
        let Unit { module, mut jit, data, .. } = unit;
        size.store(room(compiled, &module.data), Ordering::Relaxed);
        constant::define(&mut jit, &module.data, &data)?;
        for Compiled { id, bytes, align, relocations, .. } in compiled {
            jit.define_function_bytes(*id, *align, bytes, relocations)?;
        }
        jit.finalize_definitions()?;
        Ok(Code { jit: Mutex::new(Some(jit)) })
    }

    /// The address of a function; none once the code is freed.
    pub(crate) fn address(&mut self, id: FuncId) -> Option<*const u8> {
        let jit = self.jit.get_mut().unwrap_or_else(PoisonError::into_inner);
        jit.as_ref().map(|jit| jit.get_finalized_function(id))
    }
}

/// Bytes that code and data take, with what alignment and pages may leave unused.
fn room(compiled: &[Compiled], data: &[Data]) -> usize {
    let code = compiled.iter().map(|function| function.bytes.len() + function.align as usize);
    let data = data.iter().map(|data| data.bytes.len().max(1) + data.align as usize);
    2 * PAGE + code.chain(data).sum::<usize>()
}
