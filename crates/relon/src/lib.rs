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
//! The pipeline: [`Engine::load`] parses and checks a source, lowers it to IR, verifies it, and co-compiles it with the natives into a
//! [`Program`]. With [`Backend::Cranelift`] the IR becomes machine code without LLVM; with [`Backend::Eval`] the checked source is evaluated.

#[cfg(feature = "llvm")]
pub use relon_codegen_llvm::Report;
#[cfg(feature = "llvm")]
pub use relon_codegen_llvm::cocompile::{Effort, NativeReport};
pub use relon_macros::{Schema, native};
#[doc(hidden)]
pub use relon_natives::__private;
pub use relon_natives::abi::{List, Opt, Str};
pub use relon_natives::descriptor::Capability;
pub use relon_natives::typed::{Arg, Args, Lend, Ret};
pub use relon_natives::{Trap, TrapKind};

#[cfg(feature = "llvm")]
pub mod cases;
#[cfg(feature = "llvm")]
mod check;
#[cfg(feature = "llvm")]
mod compiled;
#[cfg(feature = "llvm")]
#[doc(hidden)]
pub mod compiling;
#[cfg(feature = "llvm")]
mod delivery;
#[cfg(feature = "llvm")]
mod engine;
#[cfg(feature = "engine")]
mod error;
#[cfg(feature = "llvm")]
mod evaluated;
#[cfg(feature = "engine")]
mod json;
#[cfg(feature = "llvm")]
mod machine;
#[cfg(feature = "engine")]
mod modules;
#[cfg(feature = "llvm")]
mod natives;
#[cfg(feature = "llvm")]
mod program;
#[cfg(feature = "rules")]
pub mod rules;
#[cfg(feature = "engine")]
mod source;
#[cfg(feature = "llvm")]
pub mod toolchain;
#[cfg(feature = "llvm")]
mod typed;

#[cfg(feature = "llvm")]
pub use check::Checked;
#[cfg(feature = "llvm")]
pub use compiled::Compiled;
#[cfg(feature = "llvm")]
pub use delivery::{BuildOptions, Delivery, Processor, Unit};
#[cfg(feature = "llvm")]
pub use engine::{Backend, Engine, Limits, World};
#[cfg(feature = "engine")]
pub use error::{Error, ErrorKind, Problem, Severity};
#[cfg(feature = "engine")]
pub use modules::ModuleFiles;
#[cfg(feature = "llvm")]
pub use natives::NativesPackage;
#[cfg(feature = "llvm")]
pub use program::Program;
#[cfg(feature = "engine")]
pub use relon_frontend::{Modules, SourceText};
#[cfg(feature = "rules")]
pub use rules::{Arena, Dict, Entry, Res, RuleError, Views};
#[cfg(feature = "engine")]
pub use source::{Position, SourceFile, Sources};
#[cfg(feature = "llvm")]
pub use typed::{BatchEntry, BatchError, Reader, Reloadable, TypedEntry};
