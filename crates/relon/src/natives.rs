//! Natives of a user's package, as rules find them: in a library that was built for it, or in the program itself.

use std::fmt;
#[cfg(feature = "llvm")]
use std::path::{Path, PathBuf};
use std::sync::Arc;
#[cfg(feature = "llvm")]
use std::sync::OnceLock;

#[cfg(feature = "llvm")]
use relon_codegen_llvm::codec::Fingerprint;
#[cfg(feature = "llvm")]
use relon_codegen_llvm::natives::{Library, Natives, NativesPack, Origin, package};
use relon_natives::descriptor::Descriptor;
use relon_natives::{Native, PackedEntry, Symbols, Table};

#[cfg(feature = "llvm")]
use crate::error::toolchain;
use crate::error::{Error, ErrorKind};

/// Functions marked with [`native`](macro@crate::native) that rules can call, ready: those of a cargo package that was built for it, or
/// of the program itself.
#[derive(Clone)]
pub struct NativesPackage {
    descriptors: Vec<Descriptor>,
    /// Where entries are found.
    symbols: Arc<dyn Symbols>,
    /// Their bodies, where they are known.
    #[cfg(feature = "llvm")]
    pack: Option<Arc<NativesPack>>,
    running: Option<Switch>,
    #[cfg(feature = "llvm")]
    staticlib: Option<PathBuf>,
    #[cfg(feature = "llvm")]
    fingerprint: OnceLock<u128>,
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
    #[cfg(feature = "llvm")]
    pub fn build(path: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        Self::make(path, progress, |folder| Ok((package::build(folder, &package::Options::default())?, None)))
    }

    /// Like [`build`](Self::build), without asking cargo where nothing has changed since the package was last built in this way: no source of it
    /// or of packages on disk that it depends on, no manifest or setting of cargo, no variable that builds look at, and no toolchain. This
    /// takes milliseconds, and loads no LLVM.
    ///
    /// # Errors
    /// As for [`build`](Self::build).
    #[cfg(feature = "llvm")]
    pub fn recall(path: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        let options = package::Options::default();
        if let Some(natives) = package::recall(folder_of(path), &options) {
            check_version(&natives, path)?;
            return Self::with_pack(natives, None);
        }
        Self::make(path, progress, |folder| Ok((package::build_noted(folder, &options)?, None)))
    }

    /// Builds the package for [`Engine::build`](crate::Engine::build): rules refer only to symbols that every build of the package has, and
    /// there is a static library of it.
    ///
    /// # Errors
    /// As for [`build`](Self::build).
    #[cfg(feature = "llvm")]
    pub fn build_linked(path: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        Self::make(path, progress, |folder| {
            let options = package::Options { staticlib: true, ..package::Options::default() };
            let (pack, built) = package::build_linked(folder, &options)?;
            Ok((Natives::new(pack, Library::open(&built.library)?), built.staticlib))
        })
    }

    /// Natives that the program itself holds, with their bodies: see [`include_natives!`](crate::include_natives).
    ///
    /// # Errors
    /// Where the pack was made by another version of this crate or by another rustc, or from other natives than those that have the number
    /// `source`.
    ///
    /// # Safety
    /// The pack was made from natives that are linked into this program, which were built against this version of this crate, and each
    /// address is that of the symbol beside it.
    #[cfg(feature = "llvm")]
    #[doc(hidden)]
    pub unsafe fn embedded(pack: &[u8], symbols: Vec<(&'static str, *const u8)>, source: u64) -> Result<Self, Error> {
        let pack = NativesPack::decode(pack).map_err(toolchain)?;
        let program = crate::library::library()?;
        pack.origin().check_program(program.pack.origin(), source).map_err(toolchain)?;
        Self::with_pack(Natives::new(pack, Table::new(symbols)), None)
    }

    /// Natives that the program itself holds, without their bodies: see [`include_natives!`](crate::include_natives).
    ///
    /// # Errors
    /// Where a descriptor was made by another version of this crate.
    ///
    /// # Safety
    /// The descriptors are those of natives that are linked into this program, which were built against this version of this crate, and
    /// each address is that of the symbol beside it.
    #[doc(hidden)]
    pub unsafe fn linked(descriptors: &[&[u8]], symbols: Vec<(&'static str, *const u8)>) -> Result<Self, Error> {
        let decode = |bytes: &&[u8]| Descriptor::decode(bytes);
        let all = descriptors.iter().map(decode).collect::<Result<Vec<_>, _>>();
        let wrong = |error: relon_natives::descriptor::DecodeError| {
            let hint = "build the program again".to_owned();
            Error::plain(ErrorKind::Toolchain, format!("the natives of the program: {error}"), Some(hint))
        };
        Ok(Self::with_symbols(all.map_err(wrong)?, Arc::new(Table::new(symbols))))
    }

    /// Natives that the program itself holds, by their addresses: what [`natives!`](crate::natives) gives.
    ///
    /// # Panics
    /// If a native was not made by [`native`](macro@crate::native), which is the only way to make one.
    #[doc(hidden)]
    pub fn of_program(natives: &[Native]) -> Self {
        let descriptors: Vec<Descriptor> = natives.iter().map(Native::descriptor).collect();
        let addresses = natives.iter().zip(&descriptors).flat_map(|(native, Descriptor { symbol, .. })| {
            [(symbol.clone(), native.entry()), (relon_natives::packed_symbol(symbol), native.packed() as *const ())]
        });
        let addresses: Vec<(String, *const u8)> = addresses.map(|(symbol, at)| (symbol, at.cast())).collect();
        let table = Table::new(addresses.iter().map(|(symbol, address)| (symbol.as_str(), *address)));
        Self::with_symbols(descriptors, Arc::new(table))
    }

    #[cfg(feature = "llvm")]
    fn make(
        path: &Path,
        progress: &mut dyn FnMut(&str),
        build: impl FnOnce(&Path) -> Result<(Natives, Option<PathBuf>), relon_codegen_llvm::Error>,
    ) -> Result<Self, Error> {
        progress(&format!("building the natives of {}", path.display()));
        let (natives, staticlib) = build(folder_of(path)).map_err(toolchain)?;
        check_version(&natives, path)?;
        Self::with_pack(natives, staticlib)
    }

    #[cfg(feature = "llvm")]
    fn with_pack(natives: Natives, staticlib: Option<PathBuf>) -> Result<Self, Error> {
        let descriptors = natives.pack.descriptors().map_err(toolchain)?;
        let package = Self::with_symbols(descriptors, natives.symbols);
        Ok(NativesPackage { pack: Some(natives.pack), staticlib, ..package })
    }

    fn with_symbols(mut descriptors: Vec<Descriptor>, symbols: Arc<dyn Symbols>) -> Self {
        // The library's natives are exported by every package, and known already.
        descriptors.retain(|native| !native.symbol.starts_with("relon_std_"));
        let running = Switch::of(&*symbols);
        NativesPackage {
            descriptors,
            symbols,
            #[cfg(feature = "llvm")]
            pack: None,
            running,
            #[cfg(feature = "llvm")]
            staticlib: None,
            #[cfg(feature = "llvm")]
            fingerprint: OnceLock::new(),
        }
    }

    /// The natives of the package.
    pub fn descriptors(&self) -> &[Descriptor] {
        &self.descriptors
    }

    /// Their bitcode and symbols; none where no bodies are known.
    #[cfg(feature = "llvm")]
    pub(crate) fn linkable(&self) -> Option<Natives> {
        Some(Natives { pack: self.pack.clone()?, symbols: self.symbols.clone() })
    }

    /// Whether bodies are known.
    #[cfg(feature = "llvm")]
    pub(crate) fn has_bodies(&self) -> bool {
        self.pack.is_some()
    }

    /// A number that packages have in common where they are the same: natives, types and bodies.
    #[cfg(feature = "llvm")]
    pub(crate) fn fingerprint(&self) -> u128 {
        let described = || Fingerprint::of(format!("{:?}", self.descriptors).as_bytes());
        *self.fingerprint.get_or_init(|| match &self.pack {
            Some(pack) => described() ^ pack.fingerprint().rotate_left(1),
            None => described(),
        })
    }

    /// Where its entries are found.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn symbols(&self) -> &Arc<dyn Symbols> {
        &self.symbols
    }

    /// The same package, whose code is in another library.
    #[cfg(feature = "llvm")]
    pub(crate) fn found_in(&self, library: Arc<Library>) -> Self {
        let package = Self::with_symbols(self.descriptors.clone(), library);
        NativesPackage { pack: self.pack.clone(), ..package }
    }

    /// Its static library, where it was [built for one](Self::build_linked).
    #[cfg(feature = "llvm")]
    pub(crate) fn staticlib(&self) -> Option<&Path> {
        self.staticlib.as_deref()
    }

    /// The entry of a native for callers that know its signature only at run time.
    pub(crate) fn packed_entry(&self, native: &Descriptor) -> Option<PackedEntry> {
        let address = self.symbols.address(&relon_natives::packed_symbol(&native.symbol))?;
        // SAFETY: only the macro makes such symbols, always with this type, and the version was checked.
        Some(unsafe { std::mem::transmute::<*const u8, PackedEntry>(std::ptr::with_exposed_provenance(address)) })
    }

    /// Marks this thread as running a rule, in the package's copy of the panic hook.
    pub(crate) fn enter(&self) {
        if let Some(switch) = self.running {
            (switch.enter)();
        }
    }

    /// Ends what [`enter`](Self::enter) began.
    pub(crate) fn leave(&self) {
        if let Some(switch) = self.running {
            (switch.leave)();
        }
    }
}

/// The folder of a package that is named by it, or by its Cargo.toml.
#[cfg(feature = "llvm")]
fn folder_of(path: &Path) -> &Path {
    let is_manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
    let folder = if is_manifest { path.parent().unwrap_or(Path::new("")) } else { path };
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

impl fmt::Debug for NativesPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.descriptors.iter().map(|native| native.name.as_str()).collect();
        f.debug_tuple("NativesPackage").field(&names).finish()
    }
}

impl Switch {
    fn of(symbols: &dyn Symbols) -> Option<Self> {
        let enter = function(symbols, "relon_std_enter")?;
        let leave = function(symbols, "relon_std_leave")?;
        Some(Switch { enter, leave })
    }
}

/// A C function without parameters of the package's library.
fn function(symbols: &dyn Symbols, symbol: &str) -> Option<extern "C" fn()> {
    let address = symbols.address(symbol)?;
    // SAFETY: only symbols of relon-natives with this type are asked for, and the version was checked.
    Some(unsafe { std::mem::transmute::<*const u8, extern "C" fn()>(std::ptr::with_exposed_provenance(address)) })
}

/// The package and this crate share the layout of values, so they have to be of one version.
#[cfg(feature = "llvm")]
pub(crate) fn check_version(natives: &Natives, path: &Path) -> Result<(), Error> {
    let address = natives.symbols.address("relon_std_abi");
    // SAFETY: the symbol is that of relon-natives, whose type has never been another.
    let version = address.map(|address| unsafe {
        std::mem::transmute::<*const u8, extern "C" fn() -> u64>(std::ptr::with_exposed_provenance(address))()
    });
    if version == Some(relon_natives::abi::FINGERPRINT) {
        return Ok(());
    }
    Err(misfit(natives.pack.origin(), crate::library::library()?.pack.origin(), path))
}

/// What tells a package from this program, of values in memory: the compiler, or this crate.
#[cfg(feature = "llvm")]
fn misfit(package: &Origin, program: &Origin, path: &Path) -> Error {
    let (package, program, path) = (package.rustc_name(), program.rustc_name(), path.display());
    let (message, hint) = match package == program {
        false => (
            format!("the natives of `{path}` are built by {package}, and this program by {program}"),
            "build both with one rustc: that of the PATH, or the one that the environment variable RUSTC names, builds natives",
        ),
        true => (
            format!("the natives of `{path}` are built against another version of relon"),
            "let the package depend on the version of `relon` that this program has",
        ),
    };
    Error::plain(ErrorKind::Toolchain, message, Some(hint.to_owned()))
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
/// Without the feature `llvm` the program does not carry their bodies, and rules call them at their addresses. It gives a `Result`, whose
/// error says that the natives were made for another version of this crate.
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

            /// The encoded descriptors.
            pub(super) fn described() -> &'static [&'static [u8]] {
                DESCRIPTORS
            }

            /// Which natives these are.
            pub(super) fn source() -> u64 {
                SOURCE
            }
        }
        $crate::__include_natives!()
    }};
}

/// The bodies as well.
#[cfg(feature = "llvm")]
#[doc(hidden)]
#[macro_export]
macro_rules! __include_natives {
    () => {{
        let pack = include_bytes!(concat!(env!("OUT_DIR"), "/relon_natives.pack"));
        // SAFETY: the build script made both from a package that is a dependency of this program.
        #[allow(unsafe_code)]
        unsafe {
            $crate::NativesPackage::embedded(pack, relon_natives_table::all(), relon_natives_table::source())
        }
    }};
}

/// Only addresses.
#[cfg(not(feature = "llvm"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __include_natives {
    () => {{
        // SAFETY: the build script made both from a package that is a dependency of this program.
        #[allow(unsafe_code)]
        unsafe {
            $crate::NativesPackage::linked(relon_natives_table::described(), relon_natives_table::all())
        }
    }};
}

/// Natives of this program as a package for [`Engine::natives`](crate::Engine::natives), without a build script: rules call them at their
/// addresses. What has to be inlined needs [`include_natives!`](crate::include_natives).
///
/// Each is the path of a function marked with [`native`](macro@crate::native), in the module where it stands.
///
/// ```
/// /// Basis points of a tier.
/// #[relon::native]
/// pub fn tier_bps(tier: &str) -> i64 {
///     if tier == "gold" { 300 } else { 0 }
/// }
///
/// let mut engine = relon::Engine::new();
/// engine.natives(relon::natives![tier_bps]);
/// let program = engine.load("tier.relon", "#main(String tier) -> Int\ntier_bps(tier) * 2")?;
/// assert_eq!(program.run_json(r#"{"tier": "gold"}"#)?, "600");
/// # Ok::<(), relon::Error>(())
/// ```
#[macro_export]
macro_rules! natives {
    ($($native:path),* $(,)?) => {
        ::std::sync::Arc::new($crate::NativesPackage::of_program(&[$($crate::__native!($native)),*]))
    };
}

#[cfg(all(test, feature = "llvm"))]
mod tests {
    use relon_codegen_llvm::natives::shim;
    use relon_natives::open::OpenNative;

    use super::*;

    /// Packed entries can be called, and are no part of what rules are linked with.
    fn check_packed(natives: &Natives) {
        let symbols =
            natives.pack.natives().iter().flat_map(|native| [&native.symbol].into_iter().chain(&native.externals));
        let needs = natives.pack.needs().into_iter().map(str::to_owned);
        let packed: Vec<String> = symbols.cloned().chain(needs).filter(|symbol| symbol.contains("packed")).collect();
        assert!(packed.is_empty(), "{packed:?}");
    }

    /// What is said of the program's own pack, with a changed origin, as one that the program carries.
    fn embedded(change: impl FnOnce(&mut Origin)) -> Result<NativesPackage, String> {
        let pack = NativesPack::clone(&crate::library::library().expect("the library").pack);
        let (mut origin, source) = (pack.origin().clone(), pack.origin().source);
        change(&mut origin);
        let bytes = pack.with_origin(origin).encode();
        // SAFETY: the natives of the library are linked into this program; nothing is called.
        let embedded = unsafe { NativesPackage::embedded(&bytes, Vec::new(), source) };
        embedded.map_err(|error| error.to_string())
    }

    #[test]
    fn a_pack_that_is_not_the_programs_is_refused_by_what_differs() {
        assert!(embedded(|_| ()).is_ok());
        let rustc = embedded(|origin| origin.rustc = "rustc 1.2.3 (old)\nhost: x".into()).expect_err("another rustc");
        assert!(rustc.contains("made by rustc 1.2.3 (old), doesn't fit: rustc 1."), "{rustc}");
        let version = embedded(|origin| origin.fingerprint ^= 1).expect_err("another relon");
        assert!(version.contains("another version of relon"), "{version}");
        let source = embedded(|origin| origin.source = 0xabc).expect_err("other natives");
        assert!(source.contains("pack 0000000000000abc") && source.contains("table of symbols"), "{source}");
        for message in [rustc, version, source] {
            assert!(message.contains("build the program again"), "{message}");
        }
    }

    #[test]
    fn a_package_that_is_built_by_another_compiler_is_told_from_one_for_another_relon() {
        let program = crate::library::library().expect("the library").pack.origin().clone();
        let other = Origin { rustc: "rustc 1.2.3 (old)".into(), ..program.clone() };
        let say = |package: &Origin| misfit(package, &program, Path::new("shop/natives")).to_string();
        let rustc = say(&other);
        assert!(rustc.contains("built by rustc 1.2.3 (old), and this program by rustc 1."), "{rustc}");
        assert!(say(&program).contains("another version of relon"));
    }

    /// A package of one native, whose body LLVM can read and finds broken when it looks: an attribute has text where there has to be a number.
    fn broken() -> NativesPackage {
        let library = crate::library::library().expect("the library");
        let target = &library.pack.origin().target;
        let ir = format!(
            "target triple = \"{}\"\ntarget datalayout = \"{}\"\n\
             define i32 @odd(ptr %context, i64 %n, ptr %out) \"patchable-function-entry\"=\"many\" {{\n  store i64 %n, ptr %out\n  ret i32 0\n}}\n",
            target.triple, target.data_layout
        );
        let bitcode = shim::assemble(&ir).expect("IR that can be read");
        let natives = shim::from_bitcode(&bitcode).expect("a pack");
        let odd = OpenNative::new("odd", |n: i64| n).descriptor().clone();
        let odd = Descriptor { symbol: "odd".into(), open: false, ..odd };
        let package = NativesPackage::with_symbols(vec![odd], natives.symbols);
        NativesPackage { pack: Some(natives.pack), ..package }
    }

    #[test]
    fn an_engine_has_code_verified_where_it_is_told_to() {
        let mut engine = crate::Engine::new();
        engine.backend(crate::Backend::Llvm).natives(Arc::new(broken()));
        let mut load = |verify| engine.verify_llvm(verify).load("odd.relon", "#main(Int n) -> Int\nodd(n)");
        let error = load(true).expect_err("broken code").to_string();
        assert!(
            error.contains("the linked unit is broken: ") && error.contains("takes an unsigned integer: many"),
            "{error}"
        );
        let program = load(false).expect("code that nobody looked at");
        assert_eq!(program.run_json(r#"{"n": 7}"#).expect("a result"), "7");
    }

    #[test]
    fn packed_entries_stay_out_of_packs() {
        check_packed(&crate::library::library().expect("the library"));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite/natives");
        let package = NativesPackage::build(&folder, &mut |_| {}).expect("a package");
        check_packed(&package.linkable().expect("bodies"));
        assert!(package.descriptors().iter().all(|native| package.packed_entry(native).is_some()));
    }
}
