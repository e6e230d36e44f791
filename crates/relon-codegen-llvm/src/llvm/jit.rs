//! Objects, loaded into this process.
//!
//! ORC's linking layer for plain objects is used: it registers unwind tables, so that a panic inside inlined natives finds the
//! handlers that were inlined with them.

use std::ffi::{CString, c_char, c_void};

use super::api::{Api, JitRef, LayerRef, SessionRef, SymbolPair, api};
use super::{Buffer, api as table};
use crate::Error;

/// Loaded code; dropping it unloads the code.
pub(crate) struct Jit {
    raw: JitRef,
    api: &'static Api,
}

/// An address within loaded code.
pub(crate) type Code = *const c_void;

// SAFETY: LLJIT locks its state, and the code it loaded doesn't depend on the thread.
unsafe impl Send for Jit {}
// SAFETY: the same.
unsafe impl Sync for Jit {}

/// `LLVMJITSymbolGenericFlagsExported` and `...Callable`.
const EXPORTED_CALLABLE: u8 = 1 | 4;

extern "C" fn object_layer(_data: *mut c_void, session: SessionRef, _triple: *const c_char) -> LayerRef {
    match table::api() {
        // SAFETY: the session is that of the instance being made, which takes the layer over.
        Ok(api) => unsafe { (api.LLVMOrcCreateRTDyldObjectLinkingLayerWithSectionMemoryManager)(session) },
        Err(_) => std::ptr::null_mut(),
    }
}

impl Jit {
    /// An empty instance.
    fn empty() -> Result<Jit, Error> {
        let api = api()?;
        let mut raw = std::ptr::null_mut();
        // SAFETY: the builder is consumed by the creation; the out pointer is live.
        let error = unsafe {
            let builder = (api.LLVMOrcCreateLLJITBuilder)();
            (api.LLVMOrcLLJITBuilderSetObjectLinkingLayerCreator)(builder, object_layer, std::ptr::null_mut());
            (api.LLVMOrcCreateLLJIT)(&mut raw, builder)
        };
        api.outcome("starting the JIT", error)?;
        Ok(Jit { raw, api })
    }

    /// Loads an object whose undefined symbols are all among `symbols`.
    pub(crate) fn load(object: Buffer, symbols: &[(String, u64)]) -> Result<Jit, Error> {
        let jit = Jit::empty()?;
        jit.define(symbols)?;
        // SAFETY: the instance is live and takes the buffer over.
        let error = unsafe {
            let dylib = (jit.api.LLVMOrcLLJITGetMainJITDylib)(jit.raw);
            (jit.api.LLVMOrcLLJITAddObjectFile)(jit.raw, dylib, object.into_raw())
        };
        jit.api.outcome("loading the object", error)?;
        Ok(jit)
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
