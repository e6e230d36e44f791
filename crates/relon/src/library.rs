//! The standard library as bitcode and as objects, for what LLVM makes.

use std::sync::{Arc, LazyLock};

use relon_codegen_llvm::natives::{Natives, NativesPack, Symbols, Table};

use crate::error::Error;

/// The addresses that the library's bitcode refers to.
mod table {
    #![allow(clippy::all, dead_code, missing_docs, clashing_extern_declarations, reason = "generated")]
    include!(concat!(env!("OUT_DIR"), "/symbols.rs"));

    /// Name and address of each.
    pub(super) fn all() -> Vec<(&'static str, *const u8)> {
        symbols()
    }
}

/// The standard library as machine code: a static library that needs Rust's own libraries beside it.
pub(crate) const LIBRARY_OBJECTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.a"));

/// Where the library's symbols are.
pub(crate) fn symbols() -> Arc<dyn Symbols> {
    static SYMBOLS: LazyLock<Arc<Table>> = LazyLock::new(|| Arc::new(Table::new(table::all())));
    SYMBOLS.clone()
}

/// The standard library.
pub(crate) fn library() -> Result<Natives, Error> {
    static LIBRARY: LazyLock<Result<Natives, String>> = LazyLock::new(|| {
        let pack = NativesPack::decode(include_bytes!(concat!(env!("OUT_DIR"), "/library.pack")));
        pack.map(|pack| Natives { pack: Arc::new(pack), symbols: symbols() }).map_err(|error| error.to_string())
    });
    LIBRARY.clone().map_err(|message| Error::plain(crate::ErrorKind::Toolchain, message, None))
}
