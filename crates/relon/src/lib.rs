//! Business rules that run inside Rust programs at the speed of Rust.
//!
//! A rule and the Rust functions it calls (*natives*) are compiled to LLVM IR, linked into one module and optimised as one
//! program, so that calls from the rule into Rust are inlined away.
//!
//! A natives package marks its functions with [`native`] and its records with [`Schema`]; it depends on this crate with
//! `default-features = false`. A host loads rules through [`Engine`].
//!
//! A host that has its rules compiled in by `relon-build` takes up the generated code with [`include_rules!`]; it needs the feature `rules`
//! and nothing of the compiler.
//!
//! The pipeline: [`Engine::load`] parses and checks a source, lowers it to IR, verifies it, and makes a [`Program`] of it. With
//! `Backend::Llvm` (feature `llvm`) the IR is co-compiled with the natives; with `Backend::Cranelift` (feature `cranelift`, the default) it
//! becomes machine code without LLVM; with `Backend::Tiered` (both) it begins as the one and goes over to the other; with
//! [`Backend::Eval`] the checked source is evaluated.
//!
//! Natives are functions of a package, of the program itself ([`natives!`]), or closures that the host registers ([`Engine::register`]).

#[cfg(feature = "llvm")]
pub use relon_codegen_llvm::Report;
#[cfg(feature = "llvm")]
pub use relon_codegen_llvm::cocompile::{Effort, NativeReport};
#[cfg(any(feature = "cranelift", feature = "llvm"))]
pub use relon_debuggers::Tools;
#[doc(hidden)]
pub use relon_macros::__native;
pub use relon_macros::{Schema, native};
#[doc(hidden)]
pub use relon_natives::__private;
pub use relon_natives::abi::{List, Opt, Str};
pub use relon_natives::descriptor::Capability;
pub use relon_natives::open::{Function, OpenNative};
pub use relon_natives::typed::{Arg, Args, Lend, Ret};
pub use relon_natives::{Trap, TrapKind};

#[cfg(feature = "llvm")]
mod cache;
#[cfg(feature = "llvm")]
pub mod cases;
#[cfg(feature = "engine")]
mod check;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
mod compiled;
#[cfg(feature = "llvm")]
#[doc(hidden)]
pub mod compiling;
#[cfg(feature = "llvm")]
mod delivery;
#[cfg(feature = "engine")]
mod engine;
#[cfg(feature = "engine")]
mod error;
#[cfg(feature = "engine")]
mod evaluated;
#[cfg(feature = "engine")]
mod host;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
mod json;
#[cfg(feature = "llvm")]
mod library;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
mod lowered;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
mod machine;
#[cfg(feature = "engine")]
mod modules;
#[cfg(feature = "engine")]
mod natives;
#[cfg(feature = "engine")]
mod program;
#[cfg(feature = "rules")]
pub mod rules;
#[cfg(feature = "engine")]
mod source;
#[cfg(feature = "rules")]
mod stack;
#[cfg(all(feature = "cranelift", feature = "llvm"))]
mod tiers;
#[cfg(feature = "llvm")]
pub mod toolchain;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
mod typed;

#[cfg(feature = "llvm")]
pub use cache::{Cache, CacheContents};
#[cfg(feature = "engine")]
pub use check::Checked;
#[cfg(feature = "llvm")]
pub use compiled::Compiled;
#[cfg(feature = "llvm")]
pub use delivery::{BuildOptions, Delivery, Processor, Unit};
#[cfg(feature = "engine")]
pub use engine::{Backend, Engine, Limits};
#[cfg(feature = "engine")]
pub use error::{Error, ErrorKind, Problem, Severity};
#[cfg(feature = "engine")]
pub use modules::ModuleFiles;
#[cfg(feature = "engine")]
pub use natives::NativesPackage;
#[cfg(feature = "engine")]
pub use program::Program;
#[cfg(feature = "engine")]
pub use relon_frontend::{Modules, SourceText};
#[cfg(feature = "engine")]
pub use relon_ir::World;
#[cfg(feature = "rules")]
pub use rules::{Arena, Dict, Entry, Res, RuleError, Views};
#[cfg(feature = "engine")]
pub use source::{Position, SourceFile, Sources};
#[cfg(all(feature = "cranelift", feature = "llvm"))]
pub use tiers::Tier;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
pub use typed::{BatchEntry, BatchError, Reader, Reloadable, TypedEntry, Valid, ValidRows};
