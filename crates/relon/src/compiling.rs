//! What `relon-build` and tests of the workspace need of the pipeline.

use relon_codegen_llvm::natives::Natives;
use relon_frontend::{CheckOptions, Modules, hir};
use relon_ir::Module;
use relon_natives::descriptor::{Capability, Descriptor};

use crate::engine::{refused, warnings};
use crate::{Error, Program, Sources};

/// A source that was checked.
#[derive(Debug)]
pub struct CheckedRule {
    /// The program, or why there is none.
    pub outcome: Result<hir::Program, Error>,
    /// The source and what it imports.
    pub sources: Sources,
    /// What is odd about it without being wrong.
    pub warnings: Option<Error>,
}

/// Checks a rule against natives that need not be loaded.
pub fn check(
    path: &str,
    source: &str,
    natives: &[Descriptor],
    granted: &[Capability],
    modules: &dyn Modules,
) -> CheckedRule {
    let options = CheckOptions { natives, granted, modules: Some(modules) };
    let checked = relon_frontend::check(path, source, &options);
    let sources = Sources::new(checked.files);
    let odd = checked.outcome.as_ref().ok().and_then(|program| warnings(program.warnings.clone(), &sources));
    let outcome = checked.outcome.map_err(|error| refused(error, &sources));
    CheckedRule { outcome, sources, warnings: odd }
}

/// The standard library.
///
/// # Errors
/// Where its bitcode cannot be read.
pub fn library() -> Result<Natives, Error> {
    crate::library::library()
}

/// Refuses natives that were built against another version of this crate.
///
/// # Errors
/// Where that is so.
pub fn check_version(natives: &Natives, path: &std::path::Path) -> Result<(), Error> {
    crate::natives::check_version(natives, path)
}

/// What [`Program::run_json`] gives, by the code that checks arguments and that which relies on it, where a program has both.
///
/// # Errors
/// As for [`Program::run_json`].
pub fn run_apart(program: &Program, args: &str) -> Result<String, Error> {
    program.run_json_apart(args)
}

/// Upper bounds of the stack that a module's code takes at any rate, and for each nested call; 0 and 0 where calls do not nest.
pub fn frames(module: &Module) -> (usize, usize) {
    crate::machine::estimated_frames(module)
}
