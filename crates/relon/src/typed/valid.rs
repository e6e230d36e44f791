//! Arguments that were checked once.
//!
//! Code for valid arguments relies on what their predicates say, so a value of these types is a promise: only the check of a program makes one, and
//! only calls of that program take it. It borrows what was checked, and nothing in a value that rules see changes behind a shared reference
//! ([`Value`](relon_natives::shape::Value) asks for that), so the promise holds as long as it is there.

use std::fmt;
use std::ops::Range;

use relon_natives::typed::{Args, Lend};

use crate::error::{Error, ErrorKind};
use crate::lowered::Identity;

/// Arguments that have passed the checks of a rule.
///
/// [`TypedEntry::validate`](crate::TypedEntry::validate) makes it, [`TypedEntry::call_valid`](crate::TypedEntry::call_valid) takes it, as often
/// as one likes.
pub struct Valid<'a, A: Args> {
    pub(super) slots: A::Slots<'a>,
    pub(super) checked_by: Identity,
}

impl<'a, A: Args> Clone for Valid<'a, A>
where
    A::Slots<'a>: Copy,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<'a, A: Args> Copy for Valid<'a, A> where A::Slots<'a>: Copy {}

impl<A: Args> fmt::Debug for Valid<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Valid").field("checked_by", &self.checked_by).finish_non_exhaustive()
    }
}

/// Rows of a batch that have passed the checks of a rule.
///
/// [`BatchEntry::validate`](crate::BatchEntry::validate) makes it, [`BatchEntry::call_valid`](crate::BatchEntry::call_valid) takes it. A single
/// [`row`](Self::row) is for [`TypedEntry::call_valid`](crate::TypedEntry::call_valid).
pub struct ValidRows<'a, T: Lend> {
    pub(super) rows: &'a [T::At<'a>],
    pub(super) checked_by: Identity,
}

impl<'a, T: Lend> ValidRows<'a, T> {
    /// The rows.
    pub fn as_slice(&self) -> &'a [T::At<'a>] {
        self.rows
    }

    /// A row, as the argument of a rule; none where there are not so many.
    #[inline]
    pub fn row(&self, index: usize) -> Option<Valid<'a, (&'static T,)>> {
        Some(Valid { slots: (self.rows.get(index)?,), checked_by: self.checked_by })
    }

    /// Some of the rows, as for a thread that takes its share; none where there are not so many.
    pub fn get(&self, rows: Range<usize>) -> Option<Self> {
        Some(ValidRows { rows: self.rows.get(rows)?, checked_by: self.checked_by })
    }
}

impl<T: Lend> Clone for ValidRows<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Lend> Copy for ValidRows<'_, T> {}

impl<T: Lend> fmt::Debug for ValidRows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidRows").field("rows", &self.rows.len()).field("checked_by", &self.checked_by).finish()
    }
}

/// The error of arguments that another program has checked.
#[cold]
pub(super) fn of_another_program() -> Error {
    let hint = "call the handle that validated them, or validate them with this one: a rule that was replaced or bound anew is another program";
    let message = "the arguments were validated by another program";
    Error::plain(ErrorKind::Input, message, Some(hint.to_owned()))
}

/// The error of a program without entries for valid arguments.
#[cold]
pub(super) fn not_asked_for() -> Error {
    let hint = "call `engine.valid_args(true)` before the rule is loaded".to_owned();
    Error::plain(ErrorKind::Input, "the program cannot check arguments apart from calls", Some(hint))
}
