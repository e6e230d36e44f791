//! Calls of compiled rules.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::NonNull;

use relon_natives::TrapKind;
use relon_natives::abi::Context;
use relon_natives::panics::Running;

use super::error::Rule;
use super::{Arena, RuleError, RuleValue};
use crate::stack::Stack;

/// The entry of a rule for many rows. It stops at the first that fails, and stores its position.
pub type BatchCode = unsafe extern "C" fn(
    context: *mut Context,
    args: *const *const u8,
    count: u64,
    outs: *mut u8,
    failed: *mut u64,
) -> u32;

/// Runs a rule. `code` calls its direct entry with a context and memory for the result, and gives the status.
///
/// # Errors
/// Whatever stops the rule.
///
/// # Safety
/// `rule` and `code` are of one rule, which stores a `T` where it gives 0, and what that refers to lives as long as the result is used.
#[inline(always)]
pub unsafe fn call<T: RuleValue>(
    arena: &mut Arena,
    rule: &'static Rule,
    code: impl FnOnce(*mut Context, *mut u8) -> u32,
) -> Result<T, RuleError> {
    let mut out = MaybeUninit::<T>::uninit();
    once(arena, rule, |context| code(context, out.as_mut_ptr().cast()))?;
    // SAFETY: a status of 0 means that the result was stored.
    finite(rule, unsafe { out.assume_init() })
}

/// Checks the arguments of a rule. `code` calls the entry that does, with a context, and gives the status.
///
/// # Errors
/// Whatever stops a call before the rule is evaluated.
#[inline]
pub fn validate(
    arena: &mut Arena,
    rule: &'static Rule,
    code: impl FnOnce(*mut Context) -> u32,
) -> Result<(), RuleError> {
    once(arena, rule, code)
}

#[inline(always)]
fn once(arena: &mut Arena, rule: &'static Rule, code: impl FnOnce(*mut Context) -> u32) -> Result<(), RuleError> {
    let context = if rule.uses_context { arena.begin() } else { arena.context() };
    match around(rule, arena.depth(), || code(context)) {
        0 => Ok(()),
        status => Err(stopped(arena, rule, status)),
    }
}

#[cold]
fn stopped(arena: &mut Arena, rule: &'static Rule, status: u32) -> RuleError {
    if !rule.uses_context {
        // What an earlier run has left there is not this one's failure.
        arena.begin();
    }
    RuleError::of_status(arena, rule, status)
}

/// Runs a rule for each row and stores the results, as far as the first row that fails.
///
/// # Errors
/// Whatever stops the rule, with the position of the row, and lists of different lengths.
///
/// # Safety
/// As for [`call`], with an array for each argument. Each length is that of its argument.
#[inline]
pub unsafe fn batch<T: RuleValue>(
    arena: &mut Arena,
    rule: &'static Rule,
    code: BatchCode,
    args: &[*const u8],
    lengths: &[usize],
    outs: &mut [T],
) -> Result<(), RuleError> {
    check_lengths(rule, lengths, outs.len())?;
    arena.begin();
    // SAFETY: the caller's condition; the lengths were compared.
    unsafe { rows(arena, rule, code, args, outs.len(), outs.as_mut_ptr()) }
}

/// Runs a rule for each row, with the results in the arena.
///
/// # Errors
/// As for [`batch`].
///
/// # Safety
/// As for [`batch`].
#[inline]
pub unsafe fn batch_in<'a, T: RuleValue>(
    arena: &'a mut Arena,
    rule: &'static Rule,
    code: BatchCode,
    args: &[*const u8],
    lengths: &[usize],
) -> Result<&'a [T], RuleError> {
    let count = lengths.first().copied().unwrap_or_default();
    check_lengths(rule, lengths, count)?;
    let context = arena.begin();
    // SAFETY: the context is that of the arena, which was just begun.
    let Some(outs) = (unsafe { Context::alloc_array::<T>(context, count) }) else {
        return Err(RuleError::of_root(rule, TrapKind::ValueTooLarge));
    };
    // SAFETY: the caller's condition; there is room for `count` results, and all are stored where there is no error.
    unsafe {
        rows(arena, rule, code, args, count, outs)?;
        Ok(relon_natives::abi::slice(outs, count))
    }
}

/// Checks the arguments of a rule for each row.
///
/// # Errors
/// Whatever stops a call before the rule is evaluated, with the position of the first such row, and lists of different lengths.
///
/// # Safety
/// As for [`batch`], with an entry that checks and gives no results.
#[inline]
pub unsafe fn validate_batch(
    arena: &mut Arena,
    rule: &'static Rule,
    code: BatchCode,
    args: &[*const u8],
    lengths: &[usize],
) -> Result<(), RuleError> {
    let count = lengths.first().copied().unwrap_or_default();
    check_lengths(rule, lengths, count)?;
    arena.begin();
    // SAFETY: the caller's condition; the results take no room.
    unsafe { rows::<()>(arena, rule, code, args, count, NonNull::dangling().as_ptr()) }
}

/// The most rows that are run before their results are looked at.
const PART: usize = 4096;

/// The rows of a batch that goes on behind rows that fail, in parts that are run one by one.
#[derive(Debug)]
pub struct Parts {
    next: usize,
    end: usize,
    /// Whether the next row is run alone, since there was no room for it beside others.
    is_alone: bool,
}

impl Parts {
    /// All rows, of which each parameter has one.
    ///
    /// # Errors
    /// Lists of different lengths.
    pub fn new(rule: &'static Rule, lengths: &[usize]) -> Result<Self, RuleError> {
        let end = lengths.first().copied().unwrap_or_default();
        check_lengths(rule, lengths, end)?;
        Ok(Parts { next: 0, end, is_alone: false })
    }

    /// The rows to be run next, if any are left.
    pub fn rows(&self) -> Option<Range<usize>> {
        let longest = if self.is_alone { 1 } else { PART };
        (self.next < self.end).then(|| self.next..self.end.min(self.next + longest))
    }

    /// Goes on behind rows that were run and the one that failed, which is given with its position.
    pub fn done(&mut self, rows: usize, error: Option<RuleError>) -> Option<(usize, RuleError)> {
        self.next += rows;
        let was_alone = std::mem::take(&mut self.is_alone);
        let error = error?;
        // A row that fails for want of room may have room once it does not share it with those before it.
        if error.kind() == TrapKind::ValueTooLarge && !was_alone {
            self.is_alone = true;
            return None;
        }
        let row = self.next;
        self.next += 1;
        Some((row, error.in_row(row)))
    }
}

/// Runs a rule for each row, with the results in the arena as far as the first row that fails, and why that failed.
///
/// # Safety
/// As for [`batch`], with an array of `count` values for each argument.
#[inline]
pub unsafe fn part<'a, T: RuleValue>(
    arena: &'a mut Arena,
    rule: &'static Rule,
    code: BatchCode,
    args: &[*const u8],
    count: usize,
) -> (&'a [T], Option<RuleError>) {
    let context = arena.begin();
    // SAFETY: the context is that of the arena, which was just begun.
    let Some(outs) = (unsafe { Context::alloc_array::<T>(context, count) }) else {
        return (&[], Some(RuleError::of_root(rule, TrapKind::ValueTooLarge)));
    };
    // SAFETY: the caller's condition; there is room for `count` results.
    let error = unsafe { rows(arena, rule, code, args, count, outs) }.err();
    let stored = error.as_ref().map_or(count, |error| error.row().unwrap_or_default());
    // SAFETY: the results before the row that failed were stored.
    (unsafe { relon_natives::abi::slice(outs, stored) }, error)
}

/// # Safety
/// As for [`batch`]; there is room for `count` results at `outs`, and each argument has as many values.
#[inline]
unsafe fn rows<T: RuleValue>(
    arena: &mut Arena,
    rule: &'static Rule,
    code: BatchCode,
    args: &[*const u8],
    count: usize,
    outs: *mut T,
) -> Result<(), RuleError> {
    let context = arena.call().context_ptr();
    let mut failed = 0;
    let run = || {
        // SAFETY: the caller's condition.
        unsafe { code(context, args.as_ptr(), count as u64, outs.cast(), &raw mut failed) }
    };
    let status = around(rule, arena.depth(), run);
    let stored = if status == 0 { count } else { failed as usize };
    if T::HAS_FLOATS {
        for row in 0..stored {
            // SAFETY: the rows before the one that failed were stored.
            finite(rule, unsafe { outs.add(row).read() }).map_err(|error| error.in_row(row))?;
        }
    }
    match status {
        0 => Ok(()),
        status => Err(RuleError::of_status(arena, rule, status).in_row(stored)),
    }
}

fn check_lengths(rule: &Rule, lengths: &[usize], count: usize) -> Result<(), RuleError> {
    match lengths.iter().find(|length| **length != count) {
        Some(other) => Err(RuleError::uneven(rule, count, *other)),
        None => Ok(()),
    }
}

/// Prepares the thread for a run: panics of natives are errors of the rule, and nested calls have the stack that they need. Gives the status.
#[inline(always)]
fn around(rule: &Rule, depth: u64, run: impl FnOnce() -> u32) -> u32 {
    let quiet = rule.may_panic.then(Running::start);
    let status = match rule.frame {
        0 => run(),
        frame => Stack { once: rule.stack, frame }.run(depth, run),
    };
    drop(quiet);
    status
}

/// The result, unless it has a number that no JSON can say.
#[inline(always)]
fn finite<T: RuleValue>(rule: &Rule, value: T) -> Result<T, RuleError> {
    match T::HAS_FLOATS {
        true => match value.non_finite() {
            Some(path) => Err(RuleError::non_finite(rule, &path)),
            None => Ok(value),
        },
        false => Ok(value),
    }
}
