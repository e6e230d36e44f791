//! The interface by which gdb learns of code that is made at run time: a list of ELF files in memory, and a function that is called whenever
//! it changes, in which gdb has a breakpoint. lldb knows it as well.
//!
//! Both have names that gdb looks for, so there is one of each in a program. Other libraries that make code define them too, in the same way;
//! as weak symbols they are one and the same.

use std::ptr::{self, NonNull};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An element of the list, as gdb reads it.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    file: *const u8,
    size: u64,
}

/// The list, and what has just become of it.
#[repr(C)]
struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

const REGISTER: u32 = 1;
const UNREGISTER: u32 = 2;

// Weak symbols can only be made like this.
#[cfg(target_os = "linux")]
std::arch::global_asm!(
    ".pushsection .data.relon_jit_debug,\"aw\",@progbits",
    ".weak __jit_debug_descriptor",
    ".type __jit_debug_descriptor,@object",
    ".size __jit_debug_descriptor,24",
    ".balign 8",
    "__jit_debug_descriptor:",
    ".long 1, 0",
    ".quad 0, 0",
    ".popsection",
    ".pushsection .text.relon_jit_debug,\"ax\",@progbits",
    ".weak __jit_debug_register_code",
    ".type __jit_debug_register_code,@function",
    "__jit_debug_register_code:",
    "ret",
    ".size __jit_debug_register_code, . - __jit_debug_register_code",
    ".popsection",
);

#[cfg(target_os = "linux")]
unsafe extern "C" {
    static mut __jit_debug_descriptor: Descriptor;
    fn __jit_debug_register_code();
}

/// Elsewhere there is a list that nobody reads.
#[cfg(not(target_os = "linux"))]
#[allow(non_upper_case_globals, reason = "named like gdb's")]
static mut __jit_debug_descriptor: Descriptor =
    Descriptor { version: 1, action: 0, relevant: ptr::null_mut(), first: ptr::null_mut() };
#[cfg(not(target_os = "linux"))]
unsafe extern "C" fn __jit_debug_register_code() {}

/// Whoever has it may read and change the list.
fn list() -> (MutexGuard<'static, ()>, *mut Descriptor) {
    static LIST: Mutex<()> = Mutex::new(());
    (LIST.lock().unwrap_or_else(PoisonError::into_inner), &raw mut __jit_debug_descriptor)
}

/// Tells gdb what has become of an element. The caller has the list.
///
/// # Safety
/// The element is live, and in the list unless it has just been taken out.
unsafe fn tell(list: *mut Descriptor, action: u32, entry: *mut Entry) {
    // SAFETY: the caller has the list, and gdb only reads it, while the function runs.
    unsafe {
        (*list).action = action;
        (*list).relevant = entry;
        __jit_debug_register_code();
        (*list).action = 0;
        (*list).relevant = ptr::null_mut();
    }
}

/// A file that gdb knows, until this is dropped.
#[derive(Debug)]
pub struct Registration {
    entry: NonNull<Entry>,
    /// Kept for gdb.
    _file: Vec<u8>,
}

// SAFETY: an element is only looked at by who has the list.
unsafe impl Send for Registration {}
// SAFETY: the same; a shared one offers nothing.
unsafe impl Sync for Registration {}

impl Registration {
    /// Gives gdb an ELF file.
    pub fn new(file: Vec<u8>) -> Registration {
        let entry =
            Entry { next: ptr::null_mut(), previous: ptr::null_mut(), file: file.as_ptr(), size: file.len() as u64 };
        let entry = NonNull::from(Box::leak(Box::new(entry)));
        let (_guard, list) = list();
        // SAFETY: the list and its elements are live, and nobody else has them.
        unsafe {
            let first = (*list).first;
            (*entry.as_ptr()).next = first;
            if let Some(first) = NonNull::new(first) {
                (*first.as_ptr()).previous = entry.as_ptr();
            }
            (*list).first = entry.as_ptr();
            tell(list, REGISTER, entry.as_ptr());
        }
        Registration { entry, _file: file }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let (_guard, list) = list();
        // SAFETY: the list and its elements are live, and nobody else has them; the element was made by a box, and is freed once.
        unsafe {
            let Entry { next, previous, .. } = *self.entry.as_ptr();
            match NonNull::new(previous) {
                Some(previous) => (*previous.as_ptr()).next = next,
                None => (*list).first = next,
            }
            if let Some(next) = NonNull::new(next) {
                (*next.as_ptr()).previous = previous;
            }
            tell(list, UNREGISTER, self.entry.as_ptr());
            drop(Box::from_raw(self.entry.as_ptr()));
        }
    }
}

/// Copies of all files that gdb is told of at the moment.
pub fn registered() -> Vec<Vec<u8>> {
    let (_guard, list) = list();
    // SAFETY: the list is live.
    let mut next = unsafe { (*list).first };
    let mut files = Vec::new();
    while let Some(entry) = NonNull::new(next) {
        // SAFETY: elements of the list and their files are live while nobody else has the list.
        let (file, follower) = unsafe {
            let Entry { next, file, size, .. } = *entry.as_ptr();
            (std::slice::from_raw_parts(file, size as usize).to_vec(), next)
        };
        files.push(file);
        next = follower;
    }
    files
}
