//! Machine code that LLVM made before, kept on disk: a rule that was compiled once is loaded without being checked or compiled again.
//!
//! A kept unit is found by a key of all that went into it ([`key`]), which is known before anything is parsed. Files that the rule imports
//! are part of what is kept, and are read and compared before it is used ([`imports`]). A unit holds no address: its symbols are resolved
//! when it is loaded, by a loader that needs no LLVM. What is damaged, made by another program or for other natives is not used, and what
//! cannot be written is only not kept ([`folder`]).

mod entry;
mod folder;
mod imports;
mod key;
mod rule;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use folder::CacheContents;
pub(crate) use key::Settings;

use crate::error::{Error, ErrorKind};

/// The variable that names the folder for the command line, or turns the cache off.
const VARIABLE: &str = "RELON_CACHE";
/// Bytes that are kept unless another number is set.
const LIMIT: u64 = 256 << 20;

/// A folder in which engines keep the machine code that LLVM makes. Processes may share one, and so may engines with different natives and
/// settings. It belongs to one user: code in it is run.
///
/// ```
/// let mut engine = relon::Engine::new();
/// if let Some(cache) = relon::Cache::of_user() {
///     engine.cache(cache);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
    events: Arc<Events>,
}

/// What happened to a cache in this process.
#[derive(Debug, Default)]
struct Events {
    hits: AtomicU64,
    misses: AtomicU64,
    trouble: Mutex<Option<String>>,
}

impl Cache {
    /// In this folder, which is made when something is first kept. It must be nobody else's to write to.
    pub fn at(folder: impl Into<PathBuf>) -> Cache {
        Cache { folder: folder.into(), limit: LIMIT, events: Arc::default() }
    }

    /// In the folder for caches of this user: `relon` in `$XDG_CACHE_HOME`, or in `~/.cache`. None where there is neither.
    pub fn of_user() -> Option<Cache> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        Some(Cache::at(folder.join("relon")))
    }

    /// As the environment variable `RELON_CACHE` says: a folder, or `off`. Where it is not set, [`of_user`](Self::of_user).
    pub fn of_environment() -> Option<Cache> {
        match std::env::var_os(VARIABLE) {
            Some(text) if text == "off" => None,
            Some(text) if !text.is_empty() => Some(Cache::at(text)),
            _ => Cache::of_user(),
        }
    }

    /// Keeps at most so many bytes: what was not used for longest goes first. 256 MiB unless this is called.
    #[must_use]
    pub fn limit(mut self, bytes: u64) -> Cache {
        self.limit = bytes;
        self
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is kept. A folder that does not exist is empty.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn contents(&self) -> Result<CacheContents, Error> {
        folder::contents(&self.folder).map_err(|error| self.unusable("read", &error))
    }

    /// Removes all that is kept, and gives the number of units. What is loaded goes on running.
    ///
    /// # Errors
    /// Where something cannot be removed.
    pub fn clear(&self) -> Result<usize, Error> {
        folder::clear(&self.folder).map_err(|error| self.unusable("cleared", &error))
    }

    /// How many rules were loaded from it by this process.
    pub fn hits(&self) -> u64 {
        self.events.hits.load(Ordering::Relaxed)
    }

    /// How many rules had to be compiled by this process, since they were not there.
    pub fn misses(&self) -> u64 {
        self.events.misses.load(Ordering::Relaxed)
    }

    /// What first went wrong, such as a disk that is full. Rules are compiled all the same.
    pub fn trouble(&self) -> Option<String> {
        self.events.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn unusable(&self, what: &str, error: &std::io::Error) -> Error {
        let message = format!("the cache in `{}` cannot be {what}: {error}", self.folder.display());
        let hint = format!("{VARIABLE} names another folder, or is `off`");
        Error::plain(ErrorKind::Input, message, Some(hint))
    }

    fn had_trouble(&self, why: String) {
        self.events.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    fn count_hit(&self) {
        self.events.hits.fetch_add(1, Ordering::Relaxed);
    }

    fn count_miss(&self) {
        self.events.misses.fetch_add(1, Ordering::Relaxed);
    }
}
