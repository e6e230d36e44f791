//! What is known of natives when code is emitted. Bodies are not: those are for LLVM.

use std::sync::Arc;

use relon_ir::Module;
use relon_natives::Symbols;

use crate::Error;

/// What is known of a native when a call of it is emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum World {
    /// Its address: the call is direct.
    #[default]
    Static,
    /// Its name and signature: it is called through the table of the call's context, by its index in the module.
    Open,
}

impl relon_ir::Known for World {
    const OPEN: World = World::Open;
}

/// The world of each native of a module.
pub type Worlds = relon_ir::Worlds<World>;

/// What a call of a native calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callee {
    Address(usize),
    Table,
}

/// The natives of a module, as far as they are known.
pub(crate) struct Found {
    /// What to call, by native.
    pub(crate) callees: Vec<Callee>,
    /// Addresses of natives that are called through the table, where they are known; 0 elsewhere.
    pub(crate) table: Vec<usize>,
}

/// Finds what calls of natives call.
///
/// # Errors
/// Names every native whose address should be known and is not.
pub(crate) fn find(module: &Module, natives: &[Arc<dyn Symbols>], worlds: &Worlds) -> Result<Found, Error> {
    let (mut found, mut missing) = (Found { callees: Vec::new(), table: Vec::new() }, Vec::new());
    for native in &module.natives {
        let address = natives.iter().find_map(|symbols| symbols.address(&native.symbol));
        let (callee, entry) = match (worlds.of(native), address) {
            (World::Static, Some(address)) => (Callee::Address(address), 0),
            (World::Open, address) => (Callee::Table, address.unwrap_or(0)),
            (World::Static, None) => {
                missing.push(native.symbol.clone());
                continue;
            }
        };
        found.callees.push(callee);
        found.table.push(entry);
    }
    if missing.is_empty() { Ok(found) } else { Err(Error::Unresolved(missing)) }
}
