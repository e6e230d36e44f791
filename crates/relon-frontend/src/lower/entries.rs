//! How far the entries of dicts are evaluated, on the way that is lowered.
//!
//! Ways part and meet again everywhere, and a dict can have thousands of entries, so a way keeps only what it changed: every change goes
//! to a log, by which the end of a way takes its changes back.

use std::collections::{BTreeMap, HashMap};

use super::dict::EntryState;
use crate::hir::DictId;

/// An entry: its dict and its position there.
pub(super) type Key = (DictId, usize);

/// What a way has made of the entries that it changed.
pub(super) type Changes = BTreeMap<Key, EntryState>;

/// The states of all entries that are open.
#[derive(Debug, Default)]
pub(super) struct Entries {
    states: HashMap<Key, EntryState>,
    /// What each changed entry was before.
    log: Vec<(Key, Option<EntryState>)>,
    /// Lengths of the log where ways that have not ended began.
    ways: Vec<usize>,
}

impl Entries {
    pub(super) fn get(&self, key: &Key) -> Option<&EntryState> {
        self.states.get(key)
    }

    /// Gives an entry a state; returns the one it had.
    pub(super) fn insert(&mut self, key: Key, state: EntryState) -> Option<EntryState> {
        let before = self.states.insert(key, state);
        if !self.ways.is_empty() {
            self.log.push((key, before.clone()));
        }
        before
    }

    pub(super) fn remove(&mut self, key: &Key) {
        let before = self.states.remove(key);
        if !self.ways.is_empty() && before.is_some() {
            self.log.push((*key, before));
        }
    }

    /// From here on changes belong to a way.
    pub(super) fn start_way(&mut self) {
        self.ways.push(self.log.len());
    }

    /// Everything is as it was where the way began; gives what the way changed, without what it opened.
    pub(super) fn end_way(&mut self) -> Changes {
        let start = self.ways.pop().expect("a way that began");
        let mut changes = Changes::new();
        while self.log.len() > start {
            let (key, before) = self.log.pop().expect("a change of this way");
            let state = match before {
                Some(before) => self.states.insert(key, before),
                None => self.states.remove(&key),
            };
            if let Some(state) = state {
                changes.entry(key).or_insert(state);
            }
        }
        changes.retain(|key, _| self.states.contains_key(key));
        changes
    }
}
