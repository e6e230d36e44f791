//! A rule that runs as Cranelift's code at once, and as LLVM's once that is ready.
//!
//! LLVM's code is made by a thread of its own, from the same IR and for the same natives, when the host asks for it or when the rule was
//! called as often as the engine says. A call that has begun ends in the code that it began with; the next one finds the new code by one
//! atomic load. Both are kept, since values that a call gave may lie in the code's constants.
//!
//! The thread is joined when the program and its handles are dropped: LLVM must not be at work when the process ends.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use crate::compiled::Compiled;
use crate::engine::Phases;
use crate::error::{Error, ErrorKind};
use crate::host::Host;
use crate::lowered::{CraneliftCode, Identity, LlvmOptions, Lowered};

/// How far a program of [`Backend::Tiered`](crate::Backend::Tiered) is.
#[derive(Clone, Debug)]
pub enum Tier {
    /// Cranelift's code runs.
    First,
    /// Cranelift's code runs, and LLVM's is being made.
    Compiling,
    /// LLVM's code runs, with natives inlined.
    Full,
    /// Cranelift's code goes on running, since LLVM's could not be made.
    Failed(Error),
}

/// Who is told how it ended.
pub(crate) type Observer = Arc<dyn Fn(Result<(), &Error>) + Send + Sync>;

/// When LLVM's code is made, and who is told.
#[derive(Clone, Default)]
pub(crate) struct Upgrade {
    /// After so many calls, of which 0 is the moment of loading; only when it is asked for where there is no number.
    pub(crate) after: Option<u64>,
    pub(crate) observer: Option<Observer>,
}

impl std::fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upgrade").field("after", &self.after).finish_non_exhaustive()
    }
}

/// A rule in both codes, the second of which may come later.
pub(crate) struct Tiers {
    first: Arc<Compiled<CraneliftCode>>,
    work: Arc<Work>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

/// What the worker shares with the program.
struct Work {
    lowered: Lowered,
    llvm: LlvmOptions,
    upgrade: Upgrade,
    full: OnceLock<Arc<Compiled>>,
    calls: AtomicU64,
    /// Whether nobody needs the result any more.
    is_dropped: AtomicBool,
    state: Mutex<Tier>,
    changed: Condvar,
}

impl Tiers {
    /// Makes the first code.
    pub(crate) fn new(
        lowered: Lowered,
        llvm: LlvmOptions,
        upgrade: Upgrade,
        phases: &mut Phases,
    ) -> Result<Self, Error> {
        let first = lowered.generate(phases)?;
        Ok(Self::of(first, Work::new(lowered, llvm, upgrade, OnceLock::new(), Tier::First)))
    }

    fn of(first: Compiled<CraneliftCode>, work: Work) -> Self {
        let tiers = Tiers { first: Arc::new(first), work: Arc::new(work), worker: Mutex::default() };
        if tiers.work.upgrade.after == Some(0) {
            tiers.start();
        }
        tiers
    }

    /// The same code with other functions of a host. What is still to be made is made for them.
    pub(crate) fn bound(&self, host: Host) -> Result<Self, Error> {
        let identity = Identity::new();
        let first = self.first.bound(identity, host.clone())?;
        let full = self.full().map(|full| full.bound(identity, host.clone())).transpose()?;
        let (state, full) = match full {
            Some(full) => (Tier::Full, OnceLock::from(Arc::new(full))),
            None => (Tier::First, OnceLock::new()),
        };
        let Work { lowered, llvm, upgrade, .. } = &*self.work;
        let lowered = Lowered { identity, host, ..lowered.clone() };
        Ok(Self::of(first, Work::new(lowered, *llvm, upgrade.clone(), full, state)))
    }

    /// Cranelift's code.
    pub(crate) fn first(&self) -> &Arc<Compiled<CraneliftCode>> {
        &self.first
    }

    /// LLVM's code, once it is there.
    pub(crate) fn full(&self) -> Option<&Arc<Compiled>> {
        self.work.full.get()
    }

    /// Runs the code that is there.
    pub(crate) fn run(&self, args: &serde_json::Value) -> Result<String, Error> {
        match self.full() {
            Some(full) => full.run(args),
            None => {
                self.count(1);
                self.first.run(args)
            }
        }
    }

    /// Counts calls of the first code, the last of which may be the one that makes the second.
    pub(crate) fn count(&self, calls: u64) {
        let Some(after) = self.work.upgrade.after else { return };
        let before = self.work.calls.fetch_add(calls, Ordering::Relaxed);
        if before < after && after <= before.saturating_add(calls) {
            self.start();
        }
    }

    /// Lets the second code be made, unless it is there or under way.
    pub(crate) fn start(&self) {
        let mut state = self.work.lock();
        if matches!(*state, Tier::Compiling | Tier::Full) {
            return;
        }
        *state = Tier::Compiling;
        drop(state);
        let work = self.work.clone();
        match thread::Builder::new().name("relon-upgrade".to_owned()).spawn(move || work.run()) {
            Ok(worker) => {
                let before = self.worker.lock().unwrap_or_else(PoisonError::into_inner).replace(worker);
                before.into_iter().for_each(end);
            }
            Err(error) => {
                let message = format!("no thread can be started to compile the rule: {error}");
                self.work.done(Err(Error::plain(ErrorKind::Toolchain, message, None)));
            }
        }
    }

    /// Waits for the second code, which has to be under way.
    pub(crate) fn wait(&self) -> Result<(), Error> {
        let compiling = |state: &mut Tier| matches!(state, Tier::Compiling);
        let state = self.work.changed.wait_while(self.work.lock(), compiling).unwrap_or_else(PoisonError::into_inner);
        match &*state {
            Tier::Failed(error) => Err(error.clone()),
            Tier::First | Tier::Compiling | Tier::Full => Ok(()),
        }
    }

    pub(crate) fn tier(&self) -> Tier {
        self.work.lock().clone()
    }
}

impl Drop for Tiers {
    fn drop(&mut self) {
        self.work.is_dropped.store(true, Ordering::Relaxed);
        let worker = self.worker.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        worker.into_iter().for_each(end);
    }
}

/// Waits for the end of a worker, unless this is it: an observer may drop the program.
fn end(worker: JoinHandle<()>) {
    if worker.thread().id() != thread::current().id() {
        // It catches the panics of the compiler; one of an observer was shown when it happened.
        drop(worker.join());
    }
}

impl std::fmt::Debug for Tiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tiers").field("first", &self.first).field("tier", &self.tier()).finish_non_exhaustive()
    }
}

impl Work {
    fn new(lowered: Lowered, llvm: LlvmOptions, upgrade: Upgrade, full: OnceLock<Arc<Compiled>>, state: Tier) -> Self {
        let (calls, is_dropped) = (AtomicU64::new(0), AtomicBool::new(false));
        Work { lowered, llvm, upgrade, full, calls, is_dropped, state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Tier> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the worker does.
    fn run(&self) {
        if self.is_dropped.load(Ordering::Relaxed) {
            return;
        }
        let compile = || self.lowered.cocompile(self.llvm, &mut Phases::default());
        let compiled = std::panic::catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|_| {
            let hint = "this is a defect of relon; please report it with the rule".to_owned();
            Err(Error::plain(ErrorKind::Toolchain, "the compiler panicked", Some(hint)))
        });
        self.done(compiled);
    }

    /// Lets the code take over, or says why there is none.
    fn done(&self, compiled: Result<Compiled, Error>) {
        let outcome = compiled.map(|full| drop(self.full.set(Arc::new(full))));
        *self.lock() = match &outcome {
            Ok(()) => Tier::Full,
            Err(error) => Tier::Failed(error.clone()),
        };
        self.changed.notify_all();
        if let Some(observer) = &self.upgrade.observer {
            observer(outcome.as_ref().copied());
        }
    }
}
