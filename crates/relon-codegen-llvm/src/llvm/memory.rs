//! Memory of our own for an object that is loaded: one reservation, in which the place of each section is known.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use relon_debuggers::Section;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

use super::api::{Api, LayerRef, SessionRef};
use crate::Error;

/// Whole pages of any system that we run on.
const PAGE: usize = 4096;

/// The memory of one object.
pub(super) struct Memory {
    base: *mut c_void,
    size: usize,
    sections: Mutex<Vec<Allocated>>,
}

/// A section, as LLVM asked for it.
struct Allocated {
    section: Section,
    protection: MprotectFlags,
}

/// What lies in memory.
pub(crate) struct Placed {
    /// Where it begins.
    pub(crate) base: usize,
    /// The bytes.
    pub(crate) memory: Vec<u8>,
    /// What they are.
    pub(crate) sections: Vec<Section>,
}

// SAFETY: the memory is owned, and what changes is locked.
unsafe impl Send for Memory {}
// SAFETY: the same.
unsafe impl Sync for Memory {}

impl Memory {
    /// Room for an object of this size. A section takes whole pages, and has a header of 64 bytes in the object; LLVM adds jumps to functions
    /// that are far away, of fewer bytes than the relocation that each is for. What is not used is no more than a number.
    pub(super) fn for_object(bytes: usize) -> Result<Memory, Error> {
        let size = (2 * bytes + bytes / 64 * PAGE).next_multiple_of(PAGE);
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping is nobody else's.
        let base =
            unsafe { mmap_anonymous(std::ptr::null_mut(), size, protection, MapFlags::PRIVATE | MapFlags::NORESERVE) };
        let base = base.map_err(|error| Error::Llvm(format!("no memory for {size} bytes of code: {error}")))?;
        Ok(Memory { base, size, sections: Mutex::default() })
    }

    /// The next free pages; null where there are none.
    fn allocate(&self, size: usize, align: c_uint, name: *const c_char, protection: MprotectFlags) -> *mut u8 {
        let mut sections = self.sections.lock().unwrap_or_else(PoisonError::into_inner);
        let used = sections.last().map_or(0, |last| last.section.range.end - self.base.addr());
        let start = used.next_multiple_of(PAGE.max(align as usize));
        if self.size < start + size {
            return std::ptr::null_mut();
        }
        let (place, code) = (self.base.wrapping_byte_add(start), protection.contains(MprotectFlags::EXEC));
        let start = place.expose_provenance();
        let range = start..start + size;
        let section = Section { name: super::buffer::text(name), range, code };
        sections.push(Allocated { section, protection });
        place.cast()
    }

    /// Gives each section the protection that it is for.
    fn protect(&self) -> Result<(), rustix::io::Errno> {
        let sections = self.sections.lock().unwrap_or_else(PoisonError::into_inner);
        for Allocated { section: Section { range, .. }, protection } in sections.iter() {
            let place = self.base.with_addr(range.start);
            // SAFETY: these pages are the section's alone, and part of the reservation.
            unsafe { mprotect(place, range.len().max(1), *protection)? };
        }
        Ok(())
    }

    pub(super) fn placed(&self) -> Placed {
        let sections = self.sections.lock().unwrap_or_else(PoisonError::into_inner);
        let sections: Vec<Section> = sections.iter().map(|allocated| allocated.section.clone()).collect();
        let Range { start: base, end } =
            self.base.addr()..sections.last().map_or(self.base.addr(), |last| last.range.end);
        // SAFETY: all of the reservation can be read, and what was allocated lies at its start.
        let memory = unsafe { std::slice::from_raw_parts(self.base.cast::<u8>(), end - base) }.to_vec();
        Placed { base, memory, sections }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the reservation is owned, and the instance that was linked into it is gone. Nothing can be done about a failure.
        let _ = unsafe { munmap(self.base, self.size) };
    }
}

/// The layer that links into the memory which `memory` points to, and which outlives it.
pub(super) fn layer(api: &Api, session: SessionRef, memory: *mut c_void) -> LayerRef {
    // SAFETY: the session is that of the instance being made, which takes the layer over; the functions are those of a memory.
    unsafe {
        (api.LLVMOrcCreateRTDyldObjectLinkingLayerWithMCJITMemoryManagerLikeCallbacks)(
            session,
            memory,
            make,
            end,
            allocate_code,
            allocate_data,
            finish,
            end,
        )
    }
}

/// The memory that LLVM was given.
fn given<'a>(memory: *mut c_void) -> &'a Memory {
    // SAFETY: LLVM hands back the pointer that `layer` gave it, while the instance lives, which the memory outlives.
    unsafe { &*memory.cast::<Memory>() }
}

/// There is one memory for the one object of an instance.
extern "C" fn make(memory: *mut c_void) -> *mut c_void {
    memory
}

/// The memory is freed by its owner.
extern "C" fn end(_memory: *mut c_void) {}

extern "C" fn allocate_code(
    memory: *mut c_void,
    size: usize,
    align: c_uint,
    _id: c_uint,
    name: *const c_char,
) -> *mut u8 {
    given(memory).allocate(size, align, name, MprotectFlags::READ | MprotectFlags::EXEC)
}

extern "C" fn allocate_data(
    memory: *mut c_void,
    size: usize,
    align: c_uint,
    _id: c_uint,
    name: *const c_char,
    read_only: c_int,
) -> *mut u8 {
    let writable = if read_only == 0 { MprotectFlags::WRITE } else { MprotectFlags::empty() };
    given(memory).allocate(size, align, name, MprotectFlags::READ | writable)
}

/// Gives 1 where the sections cannot be protected, with no message of its own.
extern "C" fn finish(memory: *mut c_void, _message: *mut *mut c_char) -> c_int {
    c_int::from(given(memory).protect().is_err())
}
