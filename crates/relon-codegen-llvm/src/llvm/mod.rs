//! LLVM, as the rest of the crate sees it: safe owners of its objects, on a library that is loaded at first use.
//!
//! Natives' bitcode is written by the LLVM inside rustc, so that very library (`libLLVM`, part of every toolchain that links it
//! dynamically) is what reads it again. It is found and loaded at run time: nothing has to be installed, and programs that compile
//! no rule never load it.
//!
//! `unsafe` is confined to this module. Its rules: a `Module` can't outlive its `Context`; every owner frees what it owns when it
//! is dropped; each text or buffer that LLVM hands out is copied or owned at once.

mod api;
mod buffer;
mod context;
mod function;
mod global;
mod jit;
mod library;
mod module;
mod target;
mod walk;

pub(crate) use buffer::Buffer;
pub(crate) use context::Context;
pub(crate) use function::{Attribute, Function};
pub(crate) use global::{Global, Linkage, Variable};
pub(crate) use jit::{Code, Jit};
pub use library::{LLVM_OVERRIDE, rustc_version};
pub(crate) use library::{llvm_major, rustc};
pub(crate) use module::Module;
pub(crate) use target::{Cpu, Target, TargetMachine};
pub(crate) use walk::Reference;

/// The major, minor and patch version of the loaded LLVM.
///
/// # Errors
/// Where the library can't be loaded.
pub fn version() -> Result<(u32, u32, u32), crate::Error> {
    Ok(api::api()?.version())
}
