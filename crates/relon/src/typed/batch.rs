//! Many rows in one call.

use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;

use relon_natives::TrapKind;
use relon_natives::abi::{Context, slice};
use relon_natives::typed::Lend;

use super::check_types;
use super::tier::Successor;
use super::valid::{self, ValidRows};
use crate::compiled::Compiled;
use crate::error::{Error, ErrorKind};
use crate::lowered::Identity;
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
    /// The code for rows that are known to be valid. It is the same where nothing of them is checked.
    valid_code: BatchFn,
    /// Checks rows, where the engine was told to make that.
    validate: Option<BatchFn>,
    identity: Identity,
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
        let valid_code = program.code().batch_entry("main.batch.valid").unwrap_or(code);
        let (validate, identity) = (program.code().batch_entry("main.batch.validate"), program.identity());
        Ok(BatchEntry { code, valid_code, validate, identity, program, has_floats, successor, types: PhantomData })
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
        // SAFETY: code that checks takes all rows.
        unsafe { self.run::<false>(arena, rows) }
    }

    /// Checks rows as a call does, for calls that then need not: [`call_valid`](Self::call_valid). It takes a program whose engine was told to
    /// [`Engine::valid_args`](crate::Engine::valid_args). What natives say that predicates ask is checked once, as in
    /// [`TypedEntry::validate`](crate::TypedEntry::validate).
    ///
    /// ```
    /// let rule = "#schema Line { Int qty: (q) => q > 0 && q < 100 }\n#main(Line line) -> Int\nline.qty * 7";
    /// #[derive(relon::Schema)]
    /// #[repr(C)]
    /// struct Line {
    ///     qty: i64,
    /// }
    ///
    /// let mut engine = relon::Engine::new();
    /// let program = engine.batch(true).valid_args(true).load("line.relon", rule)?;
    /// let (price, mut arena) = (program.batch::<Line, i64>()?, program.arena());
    /// let lines = [1, 2, 3].map(|qty| Line { qty });
    /// let valid = price.validate(&mut arena, &lines)?;
    /// assert_eq!(price.call_valid(&mut arena, &valid)?, [7, 14, 21]);
    /// assert_eq!(price.call_valid(&mut arena, &valid.get(1..3).expect("two rows"))?, [14, 21]);
    /// let (one, row) = (program.entry::<(&Line,), i64>()?, valid.row(2).expect("a row"));
    /// assert_eq!(one.call_valid(&mut arena, &row)?, 21);
    /// assert_eq!(price.validate(&mut arena, &[5, 0].map(|qty| Line { qty })).expect_err("a line of nothing").row, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The first row with which a call would stop before the rule is evaluated, and a program that was not told to make this.
    pub fn validate<'a>(&self, arena: &mut Arena, rows: &'a [T::At<'a>]) -> Result<ValidRows<'a, T>, BatchError> {
        let successor = self.successor.as_ref().and_then(|later| later.get(0, |program| Self::new(program, None)));
        let entry = successor.unwrap_or(self);
        let Some(code) = entry.validate else { return Err(BatchError { row: 0, error: valid::not_asked_for() }) };
        arena.begin();
        // Nothing is stored for a row, but LLVM is told that there is an address.
        let outs = NonNull::<u64>::dangling().as_ptr().cast();
        // SAFETY: the type of the rows was compared with that of the entry, which gives no results.
        match unsafe { entry.rows(code, arena, rows, outs) } {
            (0, _) => Ok(ValidRows { rows, checked_by: self.identity }),
            (status, row) => Err(BatchError { row, error: entry.program.stopped(status, arena) }),
        }
    }

    /// Calls the rule for rows that are known to be valid. Nothing of them is checked again, nor what follows from their checks.
    ///
    /// # Errors
    /// Whatever stops the rule first once its arguments are checked, with the row; and rows that another program has validated, as for
    /// [`TypedEntry::call_valid`](crate::TypedEntry::call_valid).
    pub fn call_valid<'r, 'a: 'r>(
        &'r self,
        arena: &'r mut Arena,
        valid: &ValidRows<'a, T>,
    ) -> Result<&'r [R::At<'r>], BatchError> {
        if valid.checked_by != self.identity {
            return Err(BatchError { row: 0, error: valid::of_another_program() });
        }
        // SAFETY: this program has checked the rows.
        unsafe { self.run::<true>(arena, valid.rows) }
    }

    /// A whole call, of the code for valid rows or of the other.
    ///
    /// # Safety
    /// The rows are valid where that is said.
    unsafe fn run<'r, 'a: 'r, const VALID: bool>(
        &'r self,
        arena: &'r mut Arena,
        rows: &'a [T::At<'a>],
    ) -> Result<&'r [R::At<'r>], BatchError> {
        let successor = self.successor.as_ref();
        if let Some(entry) = successor.and_then(|later| later.get(rows.len(), |program| Self::new(program, None))) {
            // SAFETY: the caller's condition; both codes are made of one module, so that the same was checked.
            return unsafe { entry.run::<VALID>(arena, rows) };
        }
        let context = arena.begin();
        // SAFETY: the context is that of the arena, which was just begun.
        let Some(outs) = (unsafe { Context::alloc_array::<R::At<'r>>(context, rows.len()) }) else {
            return Err(BatchError { row: 0, error: self.program.failed(TrapKind::ValueTooLarge) });
        };
        let code = if VALID { self.valid_code } else { self.code };
        // SAFETY: the types were compared with those of the entry, there is room for a result for each row, and the caller's condition.
        let (status, done) = unsafe { self.rows(code, arena, rows, outs.cast()) };
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

    /// Runs code for all rows; gives the status and how many rows did not fail.
    ///
    /// # Safety
    /// The rows are what the code takes, at `outs` is room for what it gives for each, and the arena was begun.
    unsafe fn rows(&self, code: BatchFn, arena: &mut Arena, rows: &[T::At<'_>], outs: *mut u8) -> (u32, usize) {
        let (context, depth, count) = (arena.context(), arena.depth(), rows.len());
        let (addresses, mut failed) = ([rows.as_ptr().cast()], 0);
        let status = self.program.around(arena.call(), depth, || {
            // SAFETY: the caller's condition.
            unsafe { code(context, addresses.as_ptr(), count as u64, outs, &raw mut failed) }
        });
        (status, if status == 0 { count } else { failed as usize })
    }
}
