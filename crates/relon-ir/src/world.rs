//! What is known of each native of a module.

use std::collections::HashMap;

use crate::{Convention, Native};

/// What is known of a native when code is emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum World {
    /// Its body, which is compiled together with the rule and inlined. A backend that knows no bodies calls the native at its address.
    #[default]
    Closed,
    /// Its address, which becomes a constant of the code: the call is direct.
    Static,
    /// Its name and its types: the call goes through the table of the call's context, which is filled when the program is loaded.
    Open,
}

impl World {
    /// The name that reports show.
    pub const fn name(self) -> &'static str {
        match self {
            World::Closed => "closed",
            World::Static => "static",
            World::Open => "open",
        }
    }
}

impl std::fmt::Display for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What a backend can know of a native.
pub trait Known: Copy {
    /// Nothing but its name and its types.
    const OPEN: Self;
}

/// The world of each native of a module; `W` is what a backend can know of one.
#[derive(Clone, Debug, Default)]
pub struct Worlds<W> {
    usual: W,
    by_symbol: HashMap<String, W>,
}

impl<W: Known> Worlds<W> {
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

    /// The world of a native. Of a function of the host nothing more is known in any world.
    pub fn of(&self, native: &Native) -> W {
        match native.convention {
            Convention::Open => W::OPEN,
            Convention::Direct | Convention::Status => {
                self.by_symbol.get(&native.symbol).copied().unwrap_or(self.usual)
            }
        }
    }
}
