//! A shared library of natives, loaded into this process.
//!
//! Its dynamic symbol table holds the exported functions only. Copied bodies also need what isn't exported (std's panics and
//! allocator, functions and constants of dependencies), so the full table of the file is read too: base address plus value.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use libloading::Library as Handle;
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind, SymbolSection};

use super::Symbols;
use crate::Error;

/// A loaded library; code that uses it has to keep it.
#[derive(Debug)]
pub struct Library {
    path: PathBuf,
    handle: Handle,
    /// Values by name, relative to the base address.
    hidden: HashMap<String, Symbol>,
    base: usize,
}

#[derive(Clone, Copy, Debug)]
struct Symbol {
    value: usize,
    constant: bool,
    exported: bool,
}

impl Library {
    /// Loads the library. It is a product of this toolchain, made by [`package`](super::package) or [`shim`](super::shim).
    ///
    /// # Errors
    /// Where the file can't be read or loaded.
    pub fn open(path: &Path) -> Result<Library, Error> {
        let failed = |why: String| Error::Build(format!("can't load the natives' library {}: {why}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let file = object::File::parse(&*bytes).map_err(|error| failed(error.to_string()))?;
        let hidden = read_symbols(&file);
        // SAFETY: initialisers of a Rust library only prepare its standard library.
        let handle = unsafe { Handle::new(path) }.map_err(|error| failed(error.to_string()))?;
        let base = hidden
            .iter()
            .filter(|(_, symbol)| symbol.exported)
            .find_map(|(name, symbol)| Some(exported(&handle, name)?.wrapping_sub(symbol.value)))
            .ok_or_else(|| failed("it exports nothing".into()))?;
        Ok(Library { path: path.to_owned(), handle, hidden, base })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the symbol is data that nothing writes to.
    pub(crate) fn is_constant(&self, symbol: &str) -> bool {
        self.hidden.get(symbol).is_some_and(|symbol| symbol.constant)
    }
}

impl Symbols for Library {
    fn address(&self, symbol: &str) -> Option<usize> {
        match self.hidden.get(symbol) {
            Some(known) => Some(self.base.wrapping_add(known.value)),
            None => exported(&self.handle, symbol),
        }
    }
}

/// The defined functions and data of the file.
fn read_symbols(file: &object::File<'_>) -> HashMap<String, Symbol> {
    let exported: HashMap<&[u8], u64> =
        file.dynamic_symbols().filter_map(|symbol| Some((symbol.name_bytes().ok()?, symbol.address()))).collect();
    let symbols = file.symbols().chain(file.dynamic_symbols()).filter(|symbol| symbol.is_definition());
    let wanted = symbols.filter(|symbol| matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data));
    wanted
        .filter_map(|symbol| {
            let name = symbol.name().ok()?;
            let known = Symbol {
                value: symbol.address() as usize,
                constant: is_constant(file, symbol.section()),
                exported: symbol.kind() == SymbolKind::Text && exported.get(name.as_bytes()) == Some(&symbol.address()),
            };
            Some((name.to_owned(), known))
        })
        .collect()
}

/// Whether the section is not writable, or only while the library is loaded.
fn is_constant(file: &object::File<'_>, section: SymbolSection) -> bool {
    let Some(section) = section.index().and_then(|index| file.section_by_index(index).ok()) else { return false };
    let writable = match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.contains(object::elf::SHF_WRITE),
        _ => true,
    };
    !writable || section.name().is_ok_and(|name| name.starts_with(".data.rel.ro"))
}

fn exported(handle: &Handle, symbol: &str) -> Option<usize> {
    // SAFETY: the symbol is only taken as an address.
    unsafe { handle.get::<*const u8>(symbol.as_bytes()) }.ok().map(|symbol| *symbol as usize)
}

/// The address of an exported symbol of this process and the libraries that it was linked with.
#[cfg(unix)]
pub(super) fn global_address(symbol: &str) -> Option<usize> {
    let process = Handle::from(libloading::os::unix::Library::this());
    exported(&process, symbol)
}

#[cfg(not(unix))]
pub(super) fn global_address(symbol: &str) -> Option<usize> {
    let process = Handle::from(libloading::os::windows::Library::this().ok()?);
    exported(&process, symbol)
}
