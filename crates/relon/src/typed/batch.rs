//! Many rows in one call.

use std::marker::PhantomData;
use std::sync::Arc;

use relon_natives::TrapKind;
use relon_natives::abi::{Context, slice};
use relon_natives::typed::Lend;

use super::check_types;
use super::tier::Successor;
use crate::compiled::Compiled;
use crate::error::{Error, ErrorKind};
use crate::machine::{BatchFn, Machine};
use crate::{Arena, Program};

/// A rule of one parameter with its Rust types, called for many rows at once: the loop is part of the rule's code.
///
/// [`Program::batch`] makes it, from a program whose engine was told to [`Engine::batch`](crate::Engine::batch).
///
/// ```
/// let mut engine = relon::Engine::new();
/// engine.batch(true);
/// let program = engine.load("inverse.relon", "#main(Int n) -> Int\n100 / n")?;
/// let inverse = program.batch::<i64, i64>()?;
/// let mut arena = program.arena();
/// assert_eq!(inverse.call(&mut arena, &[1, 2, 5])?, [100, 50, 20]);
/// let error = inverse.call(&mut arena, &[1, 0, 5]).expect_err("a division by zero");
/// assert_eq!(error.row, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BatchEntry<T, R> {
    code: BatchFn,
    program: Arc<Compiled<dyn Machine>>,
    has_floats: bool,
    /// Where the program's code is replaced.
    successor: Option<Arc<Successor<BatchEntry<T, R>>>>,
    types: PhantomData<fn(T) -> R>,
}

/// Why a batch stopped, and where.
#[derive(Clone, Debug)]
pub struct BatchError {
    /// The row that failed; those before it did not.
    pub row: usize,
    /// Why it failed.
    pub error: Error,
}

impl std::fmt::Display for BatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {}: {}", self.row, self.error)
    }
}

impl std::error::Error for BatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl<T, R> std::fmt::Debug for BatchEntry<T, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchEntry").field("program", &self.program).finish_non_exhaustive()
    }
}

impl Program {
    /// The rule's `#main`, for arrays of its one parameter: see [`BatchEntry`].
    ///
    /// # Errors
    /// As for [`Program::entry`], and where the engine was not told to make this entry.
    pub fn batch<T: Lend, R: Lend>(&self) -> Result<BatchEntry<T, R>, Error> {
        BatchEntry::new(self.shared()?, Successor::of(self))
    }
}

impl<T: Lend, R: Lend> BatchEntry<T, R> {
    fn new(program: Arc<Compiled<dyn Machine>>, successor: Option<Arc<Successor<Self>>>) -> Result<Self, Error> {
        let Some((entry, code)) = program.typed_ir().entry("main.batch").zip(program.code().batch_entry("main.batch"))
        else {
            let hint = "call `engine.batch(true)` before the rule is loaded".to_owned();
            return Err(Error::plain(ErrorKind::Input, "the program has no batch entry", Some(hint)));
        };
        let has_floats = check_types(&program, entry, &[T::SHAPE], R::SHAPE)?;
        Ok(BatchEntry { code, program, has_floats, successor, types: PhantomData })
    }

    /// Calls the rule for each row. The results are in the arena, whose values live until its next use.
    ///
    /// # Errors
    /// Whatever stops the rule first, with the row.
    pub fn call<'r, 'a: 'r>(
        &'r self,
        arena: &'r mut Arena,
        rows: &'a [T::At<'a>],
    ) -> Result<&'r [R::At<'r>], BatchError> {
        let successor = self.successor.as_ref();
        if let Some(entry) = successor.and_then(|later| later.get(rows.len(), |program| Self::new(program, None))) {
            return entry.call(arena, rows);
        }
        let (context, depth) = (arena.begin(), arena.depth());
        // SAFETY: the context is that of the arena, which was just begun.
        let Some(outs) = (unsafe { Context::alloc_array::<R::At<'r>>(context, rows.len()) }) else {
            return Err(BatchError { row: 0, error: self.program.failed(TrapKind::ValueTooLarge) });
        };
        let (addresses, mut failed) = ([rows.as_ptr().cast()], 0);
        let status = self.program.around(arena.call(), depth, || {
            // SAFETY: the types were compared with those of the entry, and there is room for a result for each row.
            unsafe { (self.code)(context, addresses.as_ptr(), rows.len() as u64, outs.cast(), &raw mut failed) }
        });
        let done = if status == 0 { rows.len() } else { failed as usize };
        if self.has_floats {
            for row in 0..done {
                // SAFETY: the results before the row that failed were stored.
                let checked = unsafe { self.program.check_finite(outs.add(row).cast()) };
                checked.map_err(|error| BatchError { row, error })?;
            }
        }
        match status {
            // SAFETY: all results were stored.
            0 => Ok(unsafe { slice(outs, rows.len()) }),
            _ => Err(BatchError { row: done, error: self.program.stopped(status, arena) }),
        }
    }
}
