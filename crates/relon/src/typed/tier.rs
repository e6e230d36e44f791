//! Handles of programs whose code is replaced by faster code: each is made for both, and a call takes the one that is there.

use std::sync::Arc;
#[cfg(all(feature = "cranelift", feature = "llvm"))]
use std::sync::OnceLock;

use crate::compiled::Compiled;
use crate::machine::Machine;
#[cfg(all(feature = "cranelift", feature = "llvm"))]
use crate::tiers::Tiers;
use crate::{Error, Program};

/// The handle for the code that takes over.
#[cfg(all(feature = "cranelift", feature = "llvm"))]
pub(super) struct Successor<E> {
    tiers: Arc<Tiers>,
    handle: OnceLock<E>,
}

/// There is one kind of code.
#[cfg(not(all(feature = "cranelift", feature = "llvm")))]
pub(super) enum Successor<E> {
    #[expect(dead_code, reason = "no program has a successor")]
    Never(E, std::convert::Infallible),
}

#[cfg(all(feature = "cranelift", feature = "llvm"))]
impl<E> Successor<E> {
    /// That of the handles of a program, where its code will be replaced.
    pub(super) fn of(program: &Program) -> Option<Arc<Self>> {
        let tiers = program.tiers()?.clone();
        Some(Arc::new(Successor { tiers, handle: OnceLock::new() }))
    }

    /// The handle for the new code, once that is there. So many calls are counted where it is not.
    pub(super) fn get(
        &self,
        calls: usize,
        make: impl FnOnce(Arc<Compiled<dyn Machine>>) -> Result<E, Error>,
    ) -> Option<&E> {
        if let Some(handle) = self.handle.get() {
            return Some(handle);
        }
        let Some(code) = self.tiers.full() else {
            self.tiers.count(calls as u64);
            return None;
        };
        // The types fit one code as they fit the other.
        Some(self.handle.get_or_init(|| make(code.clone()).expect("both codes are made of one module")))
    }
}

#[cfg(not(all(feature = "cranelift", feature = "llvm")))]
impl<E> Successor<E> {
    /// No program has one.
    pub(super) fn of(_program: &Program) -> Option<Arc<Self>> {
        None
    }

    /// See above.
    pub(super) fn get(
        &self,
        _calls: usize,
        _make: impl FnOnce(Arc<Compiled<dyn Machine>>) -> Result<E, Error>,
    ) -> Option<&E> {
        let Successor::Never(_, never) = self;
        match *never {}
    }
}
