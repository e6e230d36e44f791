//! A rule as the checked tree, which the evaluator walks.

use std::sync::Arc;

use relon_eval::{Natives, StandardLibrary};
use relon_frontend::hir;
use relon_natives::Callee;
use relon_natives::descriptor::Descriptor;

use crate::Sources;
use crate::engine::Limits;
use crate::error::{Error, ErrorKind};
use crate::host::Host;

/// A rule as the checked tree.
#[derive(Debug)]
pub(crate) struct Evaluated {
    checked: Arc<hir::Program>,
    sources: Sources,
    host: Host,
    limits: Limits,
}

impl Evaluated {
    /// # Errors
    /// Where a native that the rule calls has no entry for callers that are not compiled.
    pub(crate) fn new(checked: Arc<hir::Program>, sources: Sources, host: Host, limits: Limits) -> Result<Self, Error> {
        let evaluated = Evaluated { checked, sources, host, limits };
        let has_entry = |native: &&Descriptor| evaluated.callee(native).is_some();
        match evaluated.checked.natives.iter().find(|native| !has_entry(native)) {
            None => Ok(evaluated),
            Some(native) => {
                let message = format!("the native `{}` can only be called from compiled rules", native.name);
                let hint = "mark the function with `#[relon::native]`, or compile the rule".to_owned();
                Err(Error::plain(ErrorKind::Toolchain, message, Some(hint)))
            }
        }
    }

    /// The same rule with other functions of a host.
    pub(crate) fn bound(&self, host: Host) -> Result<Self, Error> {
        Evaluated::new(self.checked.clone(), self.sources.clone(), host, self.limits)
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Evaluates the rule.
    pub(crate) fn run(&self, args: &serde_json::Value) -> Result<String, Error> {
        let limits = relon_eval::Limits { recursion: self.limits.recursion, bytes: self.limits.arena_bytes };
        let _inside = self.host.enter();
        relon_eval::evaluate(&self.checked, args, self, limits)
            .map_err(|failure| self.sources.trap(failure.kind, failure.message, failure.span))
    }
}

// SAFETY: the library's own table; a package's library under the symbol that the macro gives a packed entry, whose version was checked;
// and functions of the host by their names, whose types were compared. The host is kept.
unsafe impl Natives for Evaluated {
    fn callee(&self, native: &Descriptor) -> Option<Callee> {
        StandardLibrary.callee(native).or_else(|| self.host.callee(native))
    }
}
