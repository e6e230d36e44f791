//! The evaluator: runs a checked program by walking its tree.
//!
//! It is the oracle that compiled code is compared with, so it is written to be seen to be right: each construct of the language is one
//! short function that says what the language reference says. It knows no IR and no layout of values, and shares nothing with
//! lowering.
//!
//! - `evaluator` has an arm for each kind of expression; siblings of it hold what belongs together (`number`, `dict`, `call`, ..).
//! - A value (`value`) refers to parts in the heap of its run (`heap`), which is freed as a whole; the bytes that it takes are counted.
//! - A name is looked up in the environment of the expression (`env`). An entry of a dict is evaluated when it is first needed.
//! - Arguments come from JSON and the result goes to JSON by their types (`decode`, `encode`). Natives are called through their packed
//!   entries, with arguments in memory as their descriptors say (`native`, `memory`).

mod adapt;
mod call;
mod content;
mod decode;
mod dict;
mod encode;
mod env;
mod equality;
mod evaluator;
mod failure;
mod heap;
mod library;
mod list;
mod matching;
mod memory;
mod native;
mod number;
mod survey;
mod text;
mod value;

pub use failure::Failure;
pub use native::{Natives, StandardLibrary};

use relon_frontend::hir::Program;
use serde_json::Value;

/// What a run may use before it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nested calls of functions that can call themselves; beyond it `RecursionLimitExceeded`.
    pub recursion: u64,
    /// Bytes of the values that are made; beyond it `ValueTooLarge`. Values are larger here than in compiled code.
    pub bytes: usize,
}

/// Runs a program. `args` maps the name of each parameter of `#main` to its value; the result is JSON text.
///
/// ```
/// use relon_eval::{Limits, StandardLibrary, evaluate};
/// use relon_frontend::{CheckOptions, check};
///
/// let program = check("double.relon", "#main(Int n) -> Int\nn * 2", &CheckOptions::default()).outcome.unwrap();
/// let limits = Limits { recursion: 1000, bytes: 1 << 20 };
/// let result = evaluate(&program, &serde_json::json!({"n": 21}), &StandardLibrary, limits);
/// assert_eq!(result.unwrap(), "42");
/// ```
///
/// # Errors
/// Arguments that do not fit, and whatever stops the program.
///
/// # Panics
/// If the tree was not made by the checker, or `natives` lacks a native that the program calls.
pub fn evaluate(program: &Program, args: &Value, natives: &dyn Natives, limits: Limits) -> Result<String, Failure> {
    let heap = heap::Heap::new(limits.bytes);
    evaluator::Evaluator::new(program, &heap, natives, limits).run(args)
}
