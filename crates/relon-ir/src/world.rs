//! What is known of each native of a module.

use std::collections::HashMap;

use crate::Native;

/// The world of each native of a module; `W` is what a backend can know of one.
#[derive(Clone, Debug, Default)]
pub struct Worlds<W> {
    usual: W,
    by_symbol: HashMap<String, W>,
}

impl<W: Copy> Worlds<W> {
    /// All natives in this world.
    pub fn all(world: W) -> Self {
        Worlds { usual: world, by_symbol: HashMap::new() }
    }

    /// The native with this symbol in another world.
    #[must_use]
    pub fn with(mut self, symbol: impl Into<String>, world: W) -> Self {
        self.by_symbol.insert(symbol.into(), world);
        self
    }

    /// The world of a native.
    pub fn of(&self, native: &Native) -> W {
        self.by_symbol.get(&native.symbol).copied().unwrap_or(self.usual)
    }
}
