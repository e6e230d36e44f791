//! Memory owned by LLVM, and texts from it.

use std::ffi::{CStr, c_char};

use super::api::{Api, BufferRef, api};
use crate::Error;

/// Copies a C string; null is empty.
pub(super) fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: LLVM's texts end with a zero byte and live until this call returns.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// Copies a text given by pointer and length.
pub(super) fn text_of(pointer: *const c_char, length: usize) -> String {
    String::from_utf8_lossy(bytes_of(&pointer, length)).into_owned()
}

/// The bytes at a pointer that LLVM gave, for as long as the borrow of it.
pub(super) fn bytes_of(pointer: &*const c_char, length: usize) -> &[u8] {
    if pointer.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: LLVM states that `length` bytes can be read at the pointer; callers borrow what keeps them alive.
    unsafe { std::slice::from_raw_parts(pointer.cast(), length) }
}

/// A memory buffer of LLVM.
pub(crate) struct Buffer {
    raw: BufferRef,
    api: &'static Api,
}

// SAFETY: a buffer is plain memory that nothing else refers to.
unsafe impl Send for Buffer {}
// SAFETY: nothing writes to a buffer once it is made.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A copy of these bytes, followed by a zero byte (which the reader of textual IR needs).
    pub(crate) fn copy_of(bytes: &[u8], name: &CStr) -> Result<Buffer, Error> {
        let api = api()?;
        // SAFETY: pointer and length are those of a live slice; the name ends with a zero byte.
        let raw = unsafe {
            (api.LLVMCreateMemoryBufferWithMemoryRangeCopy)(bytes.as_ptr().cast(), bytes.len(), name.as_ptr())
        };
        Ok(Buffer { raw, api })
    }

    /// Takes over a buffer that LLVM made.
    pub(super) fn own(raw: BufferRef, api: &'static Api) -> Buffer {
        Buffer { raw, api }
    }

    pub(super) fn raw(&self) -> BufferRef {
        self.raw
    }

    /// Gives the buffer to a function of LLVM that frees it.
    pub(super) fn into_raw(self) -> BufferRef {
        let raw = self.raw;
        std::mem::forget(self);
        raw
    }

    /// The contents.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the buffer is live, and the slice borrows it.
        unsafe {
            let start = (self.api.LLVMGetBufferStart)(self.raw);
            std::slice::from_raw_parts(start.cast(), (self.api.LLVMGetBufferSize)(self.raw))
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the buffer is owned and not used again.
        unsafe { (self.api.LLVMDisposeMemoryBuffer)(self.raw) };
    }
}
