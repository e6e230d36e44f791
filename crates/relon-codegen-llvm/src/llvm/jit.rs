//! Objects, loaded into this process.
//!
//! ORC's linking layer for plain objects is used: it registers unwind tables, so that a panic inside inlined natives finds the
//! handlers that were inlined with them. Where someone is to be told of the code, it lies in memory of our own, so that its places are
//! known.

use std::ffi::{CString, c_char, c_void};

use super::api::{Api, JitRef, LayerRef, SessionRef, SymbolPair, api};
use super::memory::{self, Memory, Placed};
use super::{Buffer, api as table};
use crate::Error;

/// Loaded code; dropping it unloads the code.
pub(crate) struct Jit {
    raw: JitRef,
    api: &'static Api,
    // Freed behind the instance, which refers to it.
    memory: Option<Box<Memory>>,
}

/// An address within loaded code.
pub(crate) type Code = *const c_void;

// SAFETY: LLJIT locks its state, and the code it loaded doesn't depend on the thread.
unsafe impl Send for Jit {}
// SAFETY: the same.
unsafe impl Sync for Jit {}

/// `LLVMJITSymbolGenericFlagsExported` and `...Callable`.
const EXPORTED_CALLABLE: u8 = 1 | 4;

/// Makes the layer that links, with the memory that `memory` points to; null is LLVM's own.
extern "C" fn object_layer(memory: *mut c_void, session: SessionRef, _triple: *const c_char) -> LayerRef {
    match table::api() {
        Err(_) => std::ptr::null_mut(),
        // SAFETY: the session is that of the instance being made, which takes the layer over.
        Ok(api) if memory.is_null() => unsafe {
            (api.LLVMOrcCreateRTDyldObjectLinkingLayerWithSectionMemoryManager)(session)
        },
        Ok(api) => memory::layer(api, session, memory),
    }
}

impl Jit {
    /// An empty instance.
    fn empty(memory: Option<Box<Memory>>) -> Result<Jit, Error> {
        let api = api()?;
        let mut raw = std::ptr::null_mut();
        let data =
            memory.as_deref().map_or(std::ptr::null_mut(), |memory| std::ptr::from_ref(memory).cast_mut().cast());
        // SAFETY: the builder is consumed by the creation; the out pointer is live.
        let error = unsafe {
            let builder = (api.LLVMOrcCreateLLJITBuilder)();
            (api.LLVMOrcLLJITBuilderSetObjectLinkingLayerCreator)(builder, object_layer, data);
            (api.LLVMOrcCreateLLJIT)(&mut raw, builder)
        };
        api.outcome("starting the JIT", error)?;
        Ok(Jit { raw, api, memory })
    }

    /// Loads an object whose undefined symbols are all among `symbols`.
    pub(crate) fn load(object: Buffer, symbols: &[(String, u64)]) -> Result<Jit, Error> {
        Jit::load_into(None, object, symbols)
    }

    /// The same, with places that are known once a symbol was looked up.
    pub(crate) fn load_placed(object: Buffer, symbols: &[(String, u64)]) -> Result<Jit, Error> {
        let memory = Memory::for_object(object.bytes().len())?;
        Jit::load_into(Some(Box::new(memory)), object, symbols)
    }

    fn load_into(memory: Option<Box<Memory>>, object: Buffer, symbols: &[(String, u64)]) -> Result<Jit, Error> {
        let jit = Jit::empty(memory)?;
        jit.define(symbols)?;
        // SAFETY: the instance is live and takes the buffer over.
        let error = unsafe {
            let dylib = (jit.api.LLVMOrcLLJITGetMainJITDylib)(jit.raw);
            (jit.api.LLVMOrcLLJITAddObjectFile)(jit.raw, dylib, object.into_raw())
        };
        jit.api.outcome("loading the object", error)?;
        Ok(jit)
    }

    /// Where the object's sections lie, and what is in them; nothing for an object that was not to be placed.
    pub(crate) fn placed(&self) -> Option<Placed> {
        self.memory.as_ref().map(|memory| memory.placed())
    }

    fn define(&self, symbols: &[(String, u64)]) -> Result<(), Error> {
        let pairs = symbols.iter().map(|(name, address)| self.pair(name, *address));
        let mut pairs = pairs.collect::<Result<Vec<_>, Error>>()?;
        // SAFETY: the pairs are live during the call, which takes their names over; a unit that isn't defined is freed.
        let error = unsafe {
            let dylib = (self.api.LLVMOrcLLJITGetMainJITDylib)(self.raw);
            let unit = (self.api.LLVMOrcAbsoluteSymbols)(pairs.as_mut_ptr(), pairs.len());
            let error = (self.api.LLVMOrcJITDylibDefine)(dylib, unit);
            if !error.is_null() {
                (self.api.LLVMOrcDisposeMaterializationUnit)(unit);
            }
            error
        };
        self.api.outcome("defining symbols", error)
    }

    fn pair(&self, name: &str, address: u64) -> Result<SymbolPair, Error> {
        let name = symbol_name(name)?;
        // SAFETY: the instance is live, the name ends with a zero byte.
        let name = unsafe { (self.api.LLVMOrcLLJITMangleAndIntern)(self.raw, name.as_ptr()) };
        Ok(SymbolPair { name, address, generic_flags: EXPORTED_CALLABLE, target_flags: 0 })
    }

    /// The address of a symbol; the first lookup links the object.
    pub(crate) fn lookup(&self, name: &str) -> Result<Code, Error> {
        let (symbol, mut address) = (symbol_name(name)?, 0);
        // SAFETY: the instance and the out pointer are live, the name ends with a zero byte.
        let error = unsafe { (self.api.LLVMOrcLLJITLookup)(self.raw, &mut address, symbol.as_ptr()) };
        self.api.outcome(name, error)?;
        Ok(address as usize as Code)
    }
}

fn symbol_name(name: &str) -> Result<CString, Error> {
    CString::new(name).map_err(|_| Error::Llvm(format!("zero byte in the symbol {name:?}")))
}

impl Drop for Jit {
    fn drop(&mut self) {
        // SAFETY: the instance is owned. Nothing can be done about a failure to unload.
        unsafe {
            let error = (self.api.LLVMOrcDisposeLLJIT)(self.raw);
            drop(self.api.outcome("unloading", error));
        }
    }
}
