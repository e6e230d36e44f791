//! Where symbols are found.

use std::collections::HashMap;

/// Finds addresses of functions and statics by their symbols. What is found stays valid as long as the finder lives.
pub trait Symbols: Send + Sync {
    /// The address of a symbol.
    fn address(&self, symbol: &str) -> Option<usize>;
}

/// No symbols: for natives that exist as bitcode alone.
#[derive(Clone, Copy, Debug)]
pub struct Nowhere;

impl Symbols for Nowhere {
    fn address(&self, _symbol: &str) -> Option<usize> {
        None
    }
}

/// A table of symbols, such as a build script generates for a program that holds the natives itself.
#[derive(Clone, Debug)]
pub struct Table {
    addresses: HashMap<String, usize>,
}

impl Table {
    /// A table of names and the functions or statics of this process that they stand for.
    pub fn new<'a>(entries: impl IntoIterator<Item = (&'a str, *const u8)>) -> Table {
        Table { addresses: entries.into_iter().map(|(name, address)| (name.to_owned(), address as usize)).collect() }
    }
}

impl Symbols for Table {
    fn address(&self, symbol: &str) -> Option<usize> {
        self.addresses.get(symbol).copied()
    }
}

/// The functions of the standard library in this program: its natives, and the helpers of lowered code.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardLibrary;

impl Symbols for StandardLibrary {
    fn address(&self, symbol: &str) -> Option<usize> {
        crate::std::address(symbol)
    }
}
