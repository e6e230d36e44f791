//! A rule that is replaced while it serves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use relon_natives::typed::{Args, Ret};

use super::TypedEntry;
use crate::{Error, Program};

/// A rule that can be replaced by another of the same signature while threads call it.
///
/// A call that has begun ends with the rule that it began with. A new rule is compared with the Rust types before it takes over; one that
/// does not fit is refused, and the old one keeps serving. Code is freed when nothing uses it any more.
///
/// ```
/// use relon::{Engine, Reloadable};
///
/// let engine = Engine::new();
/// let rule = Reloadable::<(i64,), i64>::new(&engine.load("a.relon", "#main(Int n) -> Int\nn + 1")?)?;
/// assert_eq!(rule.current().run((1,), |n| n)?, 2);
/// rule.replace(&engine.load("a.relon", "#main(Int n) -> Int\nn * 10")?)?;
/// assert_eq!(rule.current().run((1,), |n| n)?, 10);
/// let other = engine.load("a.relon", "#main(String n) -> Int\n0")?;
/// assert!(rule.replace(&other).is_err());
/// assert_eq!(rule.current().run((1,), |n| n)?, 10);
/// # Ok::<(), relon::Error>(())
/// ```
#[derive(Debug)]
pub struct Reloadable<A, R> {
    current: RwLock<Arc<TypedEntry<A, R>>>,
    /// Changes with each replacement.
    generation: AtomicU64,
}

impl<A: Args, R: Ret> Reloadable<A, R> {
    /// Starts with this program.
    ///
    /// # Errors
    /// Where the types are not those of the rule.
    pub fn new(program: &Program) -> Result<Self, Error> {
        Ok(Reloadable { current: RwLock::new(Arc::new(program.entry()?)), generation: AtomicU64::new(0) })
    }

    /// Lets this program take over.
    ///
    /// # Errors
    /// Where the types are not those of the rule: then nothing changes.
    pub fn replace(&self, program: &Program) -> Result<(), Error> {
        let next = Arc::new(program.entry()?);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, next);
        self.generation.fetch_add(1, Ordering::Release);
        drop(current);
        // The old code is freed here, outside of the lock, unless a call still runs in it.
        drop(before);
        Ok(())
    }

    /// The rule that serves now. It stays valid as long as it is kept.
    pub fn current(&self) -> Arc<TypedEntry<A, R>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The rule that serves now, and how often it was replaced up to it: for answers that say which rule gave them.
    pub fn current_and_generation(&self) -> (Arc<TypedEntry<A, R>>, u64) {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        // Changed under the lock alone.
        (current.clone(), self.generation())
    }

    /// How often the rule was replaced.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// A view for one thread, which looks for a new rule with a single load.
    pub fn reader(&self) -> Reader<'_, A, R> {
        Reader { generation: self.generation(), entry: self.current(), of: self }
    }
}

/// A thread's view of a [`Reloadable`]. It keeps the code of the rule that it saw last.
#[derive(Debug)]
pub struct Reader<'a, A, R> {
    of: &'a Reloadable<A, R>,
    // Read before the entry, so that the entry is never older than it says.
    generation: u64,
    entry: Arc<TypedEntry<A, R>>,
}

impl<A: Args, R: Ret> Reader<'_, A, R> {
    /// The rule that serves now.
    #[inline]
    pub fn current(&mut self) -> &TypedEntry<A, R> {
        let generation = self.of.generation();
        if generation != self.generation {
            self.generation = generation;
            self.entry = self.of.current();
        }
        &self.entry
    }
}
