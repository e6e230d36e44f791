//! LLVM code generation and co-compilation for Relon.
//!
//! A rule's IR is written as LLVM IR (`emit`, `func`, `op`, `call`, `constant`, `trap`, `types`), linked with the bodies of the natives that it
//! calls, and optimised as one unit ([`cocompile`]). What is known of natives is made once, when they are built ([`natives`]). LLVM
//! itself is the library inside the Rust toolchain ([`llvm`]).

pub mod archive;
mod batch;
mod call;
pub mod cocompile;
pub mod codec;
mod constant;
mod debug;
mod division;
mod emit;
mod entry;
mod error;
mod func;
pub mod identity;
pub mod llvm;
mod loader;
pub mod natives;
mod op;
mod results;
mod trap;
mod types;

pub use cocompile::{CocompiledModule, Options, Report, Shim, World, Worlds, cocompile_legacy_i64};
pub use error::Error;
pub use relon_ir::Lines;
