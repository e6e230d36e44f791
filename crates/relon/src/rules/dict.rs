//! `Dict` in the layout of rules: a list of entries, sorted by key.

use std::fmt;

use relon_natives::abi::{List, Str};

/// An entry of a [`Dict`].
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a, T> {
    /// The key.
    pub key: Str<'a>,
    /// The value.
    pub value: T,
}

impl<'a, T> Entry<'a, T> {
    /// An entry.
    pub fn new(key: impl Into<Str<'a>>, value: T) -> Self {
        Entry { key: key.into(), value }
    }
}

/// A borrowed `Dict`.
///
/// ```
/// use relon::{Dict, Entry};
///
/// let mut entries = [Entry::new("b", 2), Entry::new("a", 1)];
/// let dict = Dict::from_entries(&mut entries);
/// assert_eq!(dict.get("b"), Some(&2));
/// assert_eq!(dict.iter().next(), Some(("a", &1)));
/// ```
#[repr(transparent)]
pub struct Dict<'a, T>(List<'a, Entry<'a, T>>);

impl<'a, T> Dict<'a, T> {
    /// A view of entries, which are sorted for it. Of entries with one key only one is found.
    pub fn from_entries(entries: &'a mut [Entry<'a, T>]) -> Self {
        entries.sort_by_key(|entry| entry.key);
        Dict(List::new(entries))
    }

    /// A view of entries that are sorted by key.
    pub(super) fn from_sorted(entries: &'a [Entry<'a, T>]) -> Self {
        Dict(List::new(entries))
    }

    /// The entries, sorted by key.
    pub fn entries(self) -> &'a [Entry<'a, T>] {
        self.0.as_slice()
    }

    /// The value of a key.
    pub fn get(self, key: &str) -> Option<&'a T> {
        let entries = self.entries();
        let found = entries.binary_search_by(|entry| entry.key.as_str().cmp(key));
        found.ok().map(|index| &entries[index].value)
    }

    /// Number of entries.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values, sorted by key.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a T)> {
        self.entries().iter().map(|entry| (entry.key.as_str(), &entry.value))
    }
}

impl<T> Clone for Dict<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Dict<'_, T> {}

impl<T> Default for Dict<'_, T> {
    fn default() -> Self {
        Dict(List::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Dict<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T: PartialEq> PartialEq for Dict<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
