//! A rule as the checked tree, which the evaluator walks.

use std::sync::Arc;

use relon_eval::{Natives, StandardLibrary};
use relon_frontend::hir;
use relon_natives::PackedEntry;
use relon_natives::descriptor::Descriptor;

use crate::Sources;
use crate::engine::Limits;
use crate::error::{Error, ErrorKind};
use crate::natives::NativesPackage;

/// A rule as the checked tree.
#[derive(Debug)]
pub(crate) struct Evaluated {
    checked: hir::Program,
    sources: Sources,
    natives: Option<Arc<NativesPackage>>,
    limits: Limits,
}

impl Evaluated {
    /// # Errors
    /// Where a native that the rule calls has no entry for callers that are not compiled.
    pub(crate) fn new(
        checked: hir::Program,
        sources: Sources,
        natives: Option<Arc<NativesPackage>>,
        limits: Limits,
    ) -> Result<Self, Error> {
        let evaluated = Evaluated { checked, sources, natives, limits };
        let has_entry = |native: &&Descriptor| evaluated.packed_entry(native).is_some();
        match evaluated.checked.natives.iter().find(|native| !has_entry(native)) {
            None => Ok(evaluated),
            Some(native) => {
                let message = format!("the native `{}` can only be called from compiled rules", native.name);
                let hint = "mark the function with `#[relon::native]`, or compile the rule".to_owned();
                Err(Error::plain(ErrorKind::Toolchain, message, Some(hint)))
            }
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Evaluates the rule.
    pub(crate) fn run(&self, args: &serde_json::Value) -> Result<String, Error> {
        let limits = relon_eval::Limits { recursion: self.limits.recursion, bytes: self.limits.arena_bytes };
        let _inside = self.natives.as_ref().map(|package| package.enter());
        relon_eval::evaluate(&self.checked, args, self, limits)
            .map_err(|failure| self.sources.trap(failure.kind, failure.message, failure.span))
    }
}

// SAFETY: the library's own table, and the package's library under the symbol that the macro gives a packed entry, whose version was
// checked; the package is kept.
unsafe impl Natives for Evaluated {
    fn packed_entry(&self, native: &Descriptor) -> Option<PackedEntry> {
        let in_package = || self.natives.as_ref().and_then(|package| package.packed_entry(native));
        StandardLibrary.packed_entry(native).or_else(in_package)
    }
}
