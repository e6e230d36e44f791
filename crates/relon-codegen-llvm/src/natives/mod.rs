//! Natives as an artefact: made once when they change, used by each compilation of a rule.
//!
//! [`package`] builds a cargo package to bitcode and a loadable library, [`shim`] a source string; [`NativesPack`] cuts the bitcode
//! into one small module per native and says for each whether its body may be copied into a rule; [`Library`] finds addresses of what
//! the copies refer to.

mod analyze;
mod bridge;
mod cut;
mod library;
mod math;
mod origin;
mod pack;
pub mod package;
mod recall;
mod rustc;
pub mod shim;
mod source;
mod symbols;

use std::sync::Arc;

pub use analyze::Reason;
pub(crate) use analyze::is_mangled;
pub use library::Library;
pub use origin::Origin;
pub use pack::{NativesPack, PackedNative};
pub use relon_natives::{Nowhere, Symbols, Table};
pub(crate) use symbols::of_process;

/// A pack, and where the symbols that it needs are found. Cheap to clone.
#[derive(Clone)]
pub struct Natives {
    /// The bodies.
    pub pack: Arc<NativesPack>,
    /// The addresses.
    pub symbols: Arc<dyn Symbols>,
}

impl Natives {
    /// A pack with its symbols.
    pub fn new(pack: NativesPack, symbols: impl Symbols + 'static) -> Natives {
        Natives { pack: Arc::new(pack), symbols: Arc::new(symbols) }
    }
}

impl std::fmt::Debug for Natives {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.pack.natives().iter().map(|native| native.symbol.as_str()).collect();
        f.debug_tuple("Natives").field(&names).finish()
    }
}
