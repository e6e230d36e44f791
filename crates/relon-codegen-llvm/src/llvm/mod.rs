//! LLVM, as the rest of the crate sees it: safe owners of its objects, on a library that is loaded at first use.
//!
//! Natives' bitcode is written by the LLVM inside rustc, so that very library (`libLLVM`, part of every toolchain that links it
//! dynamically) is what reads it again, unless one of the system is asked for. It is found and loaded at run time: nothing has to be
//! installed, and programs that compile no rule never load it.
//!
//! `unsafe` is confined to this module. Its rules: a `Module` can't outlive its `Context`; every owner frees what it owns when it
//! is dropped; each text or buffer that LLVM hands out is copied or owned at once.

mod api;
mod buffer;
mod context;
mod fatal;
mod function;
mod global;
mod identity;
mod jit;
mod library;
mod memory;
mod module;
mod returned;
mod target;
mod walk;

pub(crate) use buffer::Buffer;
pub(crate) use context::Context;
pub(crate) use fatal::Watch;
pub(crate) use function::{Attribute, Function};
pub(crate) use global::{Global, Linkage, Variable};
pub(crate) use jit::{Code, Jit};
pub use library::{LLVM_OVERRIDE, Origin, rustc_version};
pub(crate) use library::{llvm_major, rustc, sysroot};
pub(crate) use memory::Placed;
pub(crate) use module::Module;
pub use target::Target;
pub(crate) use target::{Cpu, TargetMachine};
pub(crate) use walk::Reference;

/// The major, minor and patch version of the loaded LLVM.
///
/// # Errors
/// Where the library can't be loaded.
pub fn version() -> Result<(u32, u32, u32), crate::Error> {
    Ok(api::api()?.version())
}

/// Whether LLVM is loaded.
pub fn is_loaded() -> bool {
    api::is_loaded()
}

/// The version of the system's LLVM that this crate was built to load; none where it is rustc's own.
pub fn system_version() -> Option<u32> {
    library::SYSTEM
}

/// Where LLVM's code is in this process, to find the file that it comes from.
///
/// # Errors
/// Where the library can't be loaded.
pub fn address_of_code() -> Result<usize, crate::Error> {
    Ok(api::api()?.LLVMGetVersion as *const () as usize)
}

/// Where the loaded LLVM was found.
///
/// # Errors
/// Where the library can't be loaded.
pub fn origin() -> Result<&'static Origin, crate::Error> {
    Ok(&api::api()?.origin)
}

/// A text that is another one whenever rustc or the loaded LLVM is: what they make can be kept under it.
///
/// # Errors
/// Where the library can't be loaded.
pub fn identity() -> Result<String, crate::Error> {
    Ok(format!("{}{:?}{:?}", rustc_version().unwrap_or_default(), version()?, origin()?))
}

/// The processor of this machine: LLVM's name for it, and its features, each with a `+` or `-`, between commas.
///
/// # Errors
/// Where the library can't be loaded.
pub fn host_processor() -> Result<(String, String), crate::Error> {
    let cpu = Cpu::host()?;
    Ok((cpu.name, cpu.features))
}

/// Whether the loaded LLVM reads the bitcode that rustc writes: it is as new as rustc's, or newer. An older one gets rustc's IR as text.
/// Without a rustc there is none to read.
///
/// # Errors
/// Where the library can't be loaded.
pub fn reads_bitcode_of_rustc() -> Result<bool, crate::Error> {
    let loaded = version()?.0;
    let written = rustc_version().ok().and_then(llvm_major);
    Ok(written.is_none_or(|written| written <= loaded))
}

/// Whether the loaded LLVM has an intrinsic of this name.
pub(crate) fn has_intrinsic(name: &str) -> Result<bool, crate::Error> {
    let api = api::api()?;
    // SAFETY: pointer and length are those of a live text.
    Ok(unsafe { (api.LLVMLookupIntrinsicID)(name.as_ptr().cast(), name.len()) } != 0)
}
