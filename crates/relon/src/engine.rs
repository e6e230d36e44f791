//! From source text to a running program, one step after the other.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use relon_codegen_llvm::cocompile::{self, Options};
use relon_frontend::{CheckOptions, Checked};
use relon_natives::descriptor::{Capability, Descriptor};

use crate::error::{Error, ErrorKind};
use crate::natives::{NativesPackage, library_natives};
use crate::{Program, Sources};

/// How calls of natives are compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum World {
    /// The natives' bodies are linked into the rule and inlined.
    #[default]
    Closed,
    /// Natives are called through a table of addresses, which is filled when the program is loaded.
    Open,
}

/// What a run may use before it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nested calls; beyond it `RecursionLimitExceeded`.
    pub recursion: u64,
    /// Bytes of values made by one call; beyond it `ValueTooLarge`.
    pub arena_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { recursion: 10_000, arena_bytes: 1 << 30 }
    }
}

/// Loads rules: knows the natives that they may call and what is granted to them.
///
/// ```
/// let engine = relon::Engine::new();
/// let program = engine.load("double.relon", "#main(Int n) -> Int\nn * 2")?;
/// assert_eq!(program.run_json(r#"{"n": 21}"#)?, "42");
/// # Ok::<(), relon::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Engine {
    natives: Option<Arc<NativesPackage>>,
    granted: Vec<Capability>,
    world: World,
    limits: Limits,
}
