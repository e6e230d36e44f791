//! Natives: the standard library's, which are part of this crate, and those of a user's package.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use relon_codegen_llvm::natives::{Library, Natives, NativesPack, Table, package};
use relon_natives::PackedEntry;
use relon_natives::descriptor::Descriptor;

use crate::error::{Error, toolchain};

/// A cargo package whose functions marked with [`native`](macro@crate::native) rules can call, built and ready.
#[derive(Clone, Debug)]
pub struct NativesPackage {
    natives: Natives,
    descriptors: Vec<Descriptor>,
    running: Option<Switch>,
    staticlib: Option<PathBuf>,
}

/// Tells the package's own copy of the panic hook that a rule is running.
#[derive(Clone, Copy, Debug)]
struct Switch {
    enter: extern "C" fn(),
    leave: extern "C" fn(),
}

impl NativesPackage {
    /// Builds the package in this folder, or the one of this Cargo.toml. `progress` is told what takes time.
    ///
    /// # Errors
    /// Where there is no such package, it does not compile, or it was made for another version of this crate.
    pub fn build(path: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        Self::make(path, progress, |folder| Ok((package::build(folder, &package::Options::default())?, None)))
    }

    /// Builds the package for [`Engine::build`](crate::Engine::build): rules refer only to symbols that every build of the package has, and
    /// there is a static library of it.
    ///
    /// # Errors
    /// As for [`build`](Self::build).
    pub fn build_linked(path: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        Self::make(path, progress, |folder| {
            let options = package::Options { staticlib: true, ..package::Options::default() };
            let (pack, built) = package::build_linked(folder, &options)?;
            Ok((Natives::new(pack, Library::open(&built.library)?), built.staticlib))
        })
    }

    /// Natives that the program itself holds: see [`include_natives!`](crate::include_natives).
    ///
    /// # Errors
    /// Where the pack was made by another version of this crate.
    ///
    /// # Safety
    /// The pack was made from natives that are linked into this program, which were built against this version of this crate, and each
    /// address is that of the symbol beside it.
    #[doc(hidden)]
    pub unsafe fn embedded(pack: &[u8], symbols: Vec<(&'static str, *const u8)>) -> Result<Self, Error> {
        let pack = NativesPack::decode(pack).map_err(toolchain)?;
        Self::of(Natives::new(pack, Table::new(symbols)), None)
    }

    fn make(
        path: &Path,
        progress: &mut dyn FnMut(&str),
        build: impl FnOnce(&Path) -> Result<(Natives, Option<PathBuf>), relon_codegen_llvm::Error>,
    ) -> Result<Self, Error> {
        let folder = if path.file_name().is_some_and(|name| name == "Cargo.toml") {
            path.parent().unwrap_or(Path::new(""))
        } else {
            path
        };
        progress(&format!("building the natives of {}", path.display()));
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let (natives, staticlib) = build(folder).map_err(toolchain)?;
        check_version(&natives, path)?;
        Self::of(natives, staticlib)
    }

    fn of(natives: Natives, staticlib: Option<PathBuf>) -> Result<Self, Error> {
        let all = natives.pack.descriptors().map_err(toolchain)?;
        // The library's natives are exported by every package, and known already.
        let descriptors = all.into_iter().filter(|native| !native.symbol.starts_with("relon_std_")).collect();
        let running = Switch::of(&natives);
        Ok(NativesPackage { natives, descriptors, running, staticlib })
    }

    /// The natives of the package.
    pub fn descriptors(&self) -> &[Descriptor] {
        &self.descriptors
    }

    /// Their bitcode and symbols.
    pub(crate) fn linkable(&self) -> Natives {
        self.natives.clone()
    }

    /// The same package, whose code is in another library.
    pub(crate) fn found_in(&self, library: Arc<Library>) -> Self {
        let natives = Natives { pack: self.natives.pack.clone(), symbols: library };
        let running = Switch::of(&natives);
        NativesPackage { natives, running, descriptors: self.descriptors.clone(), staticlib: None }
    }

    /// Its static library, where it was [built for one](Self::build_linked).
    pub(crate) fn staticlib(&self) -> Option<&Path> {
        self.staticlib.as_deref()
    }

    /// The entry of a native for callers that know its signature only at run time.
    pub(crate) fn packed_entry(&self, native: &Descriptor) -> Option<PackedEntry> {
        let address = self.natives.symbols.address(&relon_natives::packed_symbol(&native.symbol))?;
        // SAFETY: only the macro makes such symbols, always with this type, and the version was checked.
        Some(unsafe { std::mem::transmute::<*const u8, PackedEntry>(std::ptr::with_exposed_provenance(address)) })
    }

    /// Marks this thread as running a rule, in the package's copy of the panic hook, until the guard is dropped.
    pub(crate) fn enter(&self) -> Inside {
        if let Some(switch) = self.running {
            (switch.enter)();
        }
        Inside(self.running)
    }
}

/// While it lives, panics of the package's natives are quiet on this thread.
pub(crate) struct Inside(Option<Switch>);

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(switch) = self.0 {
            (switch.leave)();
        }
    }
}

impl Switch {
    fn of(natives: &Natives) -> Option<Self> {
        let enter = function(natives, "relon_std_enter")?;
        let leave = function(natives, "relon_std_leave")?;
        Some(Switch { enter, leave })
    }
}

/// A C function without parameters of the package's library.
fn function(natives: &Natives, symbol: &str) -> Option<extern "C" fn()> {
    let address = natives.symbols.address(symbol)?;
    // SAFETY: only symbols of relon-natives with this type are asked for, and the version was checked.
    Some(unsafe { std::mem::transmute::<*const u8, extern "C" fn()>(std::ptr::with_exposed_provenance(address)) })
}

/// The package and this crate share the layout of values, so they have to be of one version.
pub(crate) fn check_version(natives: &Natives, path: &Path) -> Result<(), Error> {
    let address = natives.symbols.address("relon_std_abi");
    // SAFETY: the symbol is that of relon-natives, whose type has never been another.
    let version = address.map(|address| unsafe {
        std::mem::transmute::<*const u8, extern "C" fn() -> u64>(std::ptr::with_exposed_provenance(address))()
    });
    if version == Some(relon_natives::abi::FINGERPRINT) {
        return Ok(());
    }
    let message = format!("the natives of `{}` are built against another version of relon", path.display());
    let hint = "let the package depend on the version of `relon` that this program has, and build both with one rustc";
    Err(Error::plain(crate::ErrorKind::Toolchain, message, Some(hint.to_owned())))
}

/// The addresses that the library's bitcode refers to.
mod table {
    #![allow(clippy::all, missing_docs, clashing_extern_declarations, reason = "generated")]
    include!(concat!(env!("OUT_DIR"), "/symbols.rs"));

    /// Name and address of each.
    pub(super) fn all() -> Vec<(&'static str, *const u8)> {
        symbols()
    }
}

/// The standard library as machine code: a static library that needs Rust's own libraries beside it.
pub(crate) const LIBRARY_OBJECTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.a"));

/// The standard library.
pub(crate) fn library() -> Result<Natives, Error> {
    static LIBRARY: LazyLock<Result<Natives, String>> = LazyLock::new(|| {
        let pack = NativesPack::decode(include_bytes!(concat!(env!("OUT_DIR"), "/library.pack")));
        pack.map(|pack| Natives::new(pack, Table::new(table::all()))).map_err(|error| error.to_string())
    });
    LIBRARY.clone().map_err(|message| Error::plain(crate::ErrorKind::Toolchain, message, None))
}

/// Natives that `relon_build::embed_natives` put into the program, as a [`NativesPackage`]: rules that are loaded when the program runs
/// inline them, without rustc or cargo.
///
/// ```ignore
/// let mut engine = relon::Engine::new();
/// engine.natives(std::sync::Arc::new(relon::include_natives!()?));
/// let program = engine.load("pricing.relon", &source)?;
/// ```
///
/// It gives a `Result`, whose error says that the pack was made by another version of this crate. [`Backend::Eval`](crate::Backend::Eval) can
/// call only natives of a package that was built by [`NativesPackage::build`].
#[macro_export]
macro_rules! include_natives {
    () => {{
        #[allow(clippy::all, dead_code, missing_docs, clashing_extern_declarations)]
        mod relon_natives_table {
            include!(concat!(env!("OUT_DIR"), "/relon_natives.rs"));

            /// Name and address of each symbol.
            pub(super) fn all() -> ::std::vec::Vec<(&'static str, *const u8)> {
                symbols()
            }
        }
        let pack = include_bytes!(concat!(env!("OUT_DIR"), "/relon_natives.pack"));
        // SAFETY: the build script made both from a package that is a dependency of this program.
        #[allow(unsafe_code)]
        unsafe {
            $crate::NativesPackage::embedded(pack, relon_natives_table::all())
        }
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packed entries can be called, and are no part of what rules are linked with.
    fn check_packed(natives: &Natives) {
        let symbols =
            natives.pack.natives().iter().flat_map(|native| [&native.symbol].into_iter().chain(&native.externals));
        let needs = natives.pack.needs().into_iter().map(str::to_owned);
        let packed: Vec<String> = symbols.cloned().chain(needs).filter(|symbol| symbol.contains("packed")).collect();
        assert!(packed.is_empty(), "{packed:?}");
    }

    #[test]
    fn packed_entries_stay_out_of_packs() {
        check_packed(&library().expect("the library"));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite/natives");
        let package = NativesPackage::build(&folder, &mut |_| {}).expect("a package");
        check_packed(&package.natives);
        assert!(package.descriptors().iter().all(|native| package.packed_entry(native).is_some()));
    }
}
