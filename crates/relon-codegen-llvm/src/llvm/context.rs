//! The owner of all types and constants of a compilation.

use std::ffi::{CStr, c_void};
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;

use super::api::{Api, ContextRef, Handle, api};
use super::{Buffer, Module};
use crate::Error;

/// Severity of an error in LLVM's diagnostics.
const SEVERITY_ERROR: i32 = 0;

/// An LLVM context. Each compilation has its own: types pile up in a context that is used again.
pub(crate) struct Context {
    raw: ContextRef,
    pub(super) api: &'static Api,
    errors: Box<Errors>,
}

#[derive(Default)]
struct Errors(Mutex<Vec<String>>);

impl Errors {
    fn push(&self, message: String) {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(message);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

/// Collects errors. Without a handler LLVM prints them and ends the process.
extern "C" fn collect(info: Handle, data: *mut c_void) {
    let collected = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let Ok(api) = api() else { return };
        // SAFETY: `info` is live during the call, and `data` is the list of the context that calls.
        unsafe {
            if (api.LLVMGetDiagInfoSeverity)(info) == SEVERITY_ERROR {
                let message = api.take_message((api.LLVMGetDiagInfoDescription)(info));
                (*data.cast::<Errors>()).push(message);
            }
        }
    }));
    // A panic here would have to unwind through LLVM; the failed call reports itself without the message.
    drop(collected);
}

impl Context {
    /// A fresh context.
    pub(crate) fn new() -> Result<Context, Error> {
        let api = api()?;
        let errors = Box::<Errors>::default();
        // SAFETY: the context is new, and the list that the handler writes to lives in a box as long as the context.
        let raw = unsafe {
            let raw = (api.LLVMContextCreate)();
            (api.LLVMContextSetDiagnosticHandler)(raw, collect, std::ptr::from_ref(&*errors).cast_mut().cast());
            raw
        };
        Ok(Context { raw, api, errors })
    }

    /// Gives no names to values within functions from here on. LLVM reads no textual IR into such a context.
    pub(crate) fn discard_names(&self) {
        // SAFETY: the context is live.
        unsafe { (self.api.LLVMContextSetDiscardValueNames)(self.raw, 1) };
    }

    pub(super) fn raw(&self) -> ContextRef {
        self.raw
    }

    /// An error made of what went wrong and what LLVM said about it.
    pub(super) fn error(&self, what: &str) -> Error {
        Error::Llvm(format!("{what}: {}", self.errors.take().join("; ")))
    }

    /// Errors reported since the last look, as the failure of what was done.
    pub(super) fn check(&self, what: &str) -> Result<(), Error> {
        let errors = self.errors.take();
        if errors.is_empty() { Ok(()) } else { Err(Error::Llvm(format!("{what}: {}", errors.join("; ")))) }
    }

    /// Reads textual IR. `name` tells errors apart.
    pub(crate) fn parse_ir(&self, ir: &str, name: &CStr) -> Result<Module<'_>, Error> {
        let buffer = Buffer::copy_of(ir.as_bytes(), name)?;
        let (mut module, mut message) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the buffer is handed over, both out pointers are live.
        let failed = unsafe { (self.api.LLVMParseIRInContext)(self.raw, buffer.into_raw(), &mut module, &mut message) };
        if failed != 0 {
            return Err(Error::Llvm(format!("reading IR: {}", self.api.take_message(message))));
        }
        Ok(Module::own(module, self))
    }

    /// Reads bitcode. `name` tells errors apart.
    pub(crate) fn parse_bitcode(&self, bitcode: &[u8], name: &CStr) -> Result<Module<'_>, Error> {
        let buffer = Buffer::copy_of(bitcode, name)?;
        let mut module = std::ptr::null_mut();
        // SAFETY: the buffer is only read during the call, and the out pointer is live.
        let failed = unsafe { (self.api.LLVMParseBitcodeInContext2)(self.raw, buffer.raw(), &mut module) };
        if failed != 0 {
            return Err(self.error(&format!("reading bitcode of {}", name.to_string_lossy())));
        }
        Ok(Module::own(module, self))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: modules borrow the context, so none is left.
        unsafe { (self.api.LLVMContextDispose)(self.raw) };
    }
}
