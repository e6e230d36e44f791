//! Finds and opens the LLVM library: rustc's own, or one of the system.
//!
//! Looked for in this order: the path in `RELON_LLVM`; with one of the features `system-22` and `system-19`, the library of that version
//! where the system has its libraries; else the library directory of the toolchain that `rustc --print sysroot` (or `$RUSTC`) names. Only a
//! toolchain that links LLVM dynamically has the file: those for macOS and musl hold LLVM inside rustc.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libloading::Library;

use crate::Error;

/// The environment variable that overrides where the library is looked for.
pub const LLVM_OVERRIDE: &str = "RELON_LLVM";

/// The oldest LLVM that is supported.
const OLDEST: u32 = 19;

/// The version of the system's library that is asked for when this crate is built; none is rustc's own.
pub(super) const SYSTEM: Option<u32> = match (cfg!(feature = "system-22"), cfg!(feature = "system-19")) {
    (true, _) => Some(22),
    (false, true) => Some(19),
    (false, false) => None,
};

const ADVICE: &str = "Relon compiles rules with the LLVM library of a Rust toolchain: install one for this machine with rustup \
     (toolchains for macOS and musl have LLVM inside rustc and no such library), make sure that `rustc` is on the PATH, or set \
     RELON_LLVM to the path of a libLLVM of version 19 or newer";

/// Where a loaded library was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `RELON_LLVM` names it.
    Override(PathBuf),
    /// The system has it, under this name.
    System(PathBuf),
    /// It is part of rustc's toolchain.
    Toolchain(PathBuf),
}

impl Origin {
    /// The path of the library; of one of the system, the name by which it was found.
    pub fn path(&self) -> &Path {
        match self {
            Origin::Override(path) | Origin::System(path) | Origin::Toolchain(path) => path,
        }
    }
}

/// Opens the library.
pub(super) fn open() -> Result<(Origin, Library), Error> {
    let given = std::env::var_os(LLVM_OVERRIDE).map(PathBuf::from);
    let origin = match (given, SYSTEM) {
        (Some(path), _) if path.is_file() => Origin::Override(path),
        (Some(path), _) => return Err(unusable(&path, &format!("{LLVM_OVERRIDE} names no file"))),
        (None, Some(version)) => return open_system(version),
        (None, None) => Origin::Toolchain(find_in(&sysroot()?)?),
    };
    let library = open_at(origin.path())?;
    Ok((origin, library))
}

/// Opens the system's library of this version, by the names that distributions give it.
fn open_system(version: u32) -> Result<(Origin, Library), Error> {
    let names = [format!("libLLVM.so.{version}.1"), format!("libLLVM-{version}.so.1"), format!("libLLVM-{version}.so")];
    let opened = names.iter().find_map(|name| Some((Origin::System(name.into()), open_at(Path::new(name)).ok()?)));
    opened.ok_or_else(|| {
        let names = names.join(", ");
        Error::LlvmMissing(format!(
            "the system has no LLVM {version}, which this program was built for: looked for {names}\n\
             Install it (on Debian: the package libllvm{version}), or set {LLVM_OVERRIDE} to the path of a libLLVM of version {OLDEST} or newer"
        ))
    })
}

#[cfg(unix)]
fn open_at(path: &Path) -> Result<Library, Error> {
    use libloading::os::unix;
    // SAFETY: initialisers of libLLVM only register options and passes; it is never unloaded before the process ends.
    let opened = unsafe { unix::Library::open(Some(path), unix::RTLD_LAZY | unix::RTLD_LOCAL) };
    opened.map(Library::from).map_err(|error| unusable(path, &reason(&error)))
}

#[cfg(not(unix))]
fn open_at(path: &Path) -> Result<Library, Error> {
    // SAFETY: initialisers of libLLVM only register options and passes; it is never unloaded before the process ends.
    unsafe { Library::new(path) }.map_err(|error| unusable(path, &reason(&error)))
}

/// What the system says of a library that it doesn't load.
fn reason(error: &libloading::Error) -> String {
    use std::error::Error;
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

fn unusable(path: &Path, why: &str) -> Error {
    let advice = match std::env::var_os(LLVM_OVERRIDE) {
        Some(_) => format!("Unset {LLVM_OVERRIDE}, or let it be the path of a libLLVM of version {OLDEST} or newer"),
        None => ADVICE.to_owned(),
    };
    Error::LlvmMissing(format!("can't load LLVM from {}: {why}\n{advice}", path.display()))
}

/// Refuses a library without a function that is needed.
pub(super) fn missing_symbol(path: &Path, name: &str) -> Error {
    unusable(path, &format!("it has no function `{name}`: it is no LLVM, or older than LLVM {OLDEST}"))
}

fn find_in(sysroot: &Path) -> Result<PathBuf, Error> {
    let directory = sysroot.join("lib");
    let entries = std::fs::read_dir(&directory).into_iter().flatten().flatten().map(|entry| entry.path());
    // Beside the library lies a linker script of a few bytes with a similar name.
    let found =
        entries.filter(|path| is_library_name(path) && std::fs::metadata(path).is_ok_and(|m| m.len() > 1 << 20));
    found.max().ok_or_else(|| {
        let wanted = directory.join("libLLVM*.so*");
        Error::LlvmMissing(format!("found no LLVM library: looked for {}\n{ADVICE}", wanted.display()))
    })
}

fn is_library_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("libLLVM") && (name.contains(".so") || name.ends_with(".dylib"))
}

/// The compiler of the toolchain in use.
pub(crate) fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

fn ask_rustc(argument: &[&str]) -> Result<String, Error> {
    let shown = format!("`rustc {}`", argument.join(" "));
    let output = rustc().args(argument).output();
    let output = output.map_err(|error| Error::LlvmMissing(format!("can't run {shown}: {error}\n{ADVICE}")))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(Error::LlvmMissing(format!("{shown} failed: {}\n{ADVICE}", stderr.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

pub(crate) fn sysroot() -> Result<PathBuf, Error> {
    ask_rustc(&["--print", "sysroot"]).map(PathBuf::from)
}

/// What `rustc -vV` prints, asked once.
///
/// # Errors
/// Where rustc can't be run.
pub fn rustc_version() -> Result<&'static str, Error> {
    static VERSION: OnceLock<Result<String, Error>> = OnceLock::new();
    VERSION.get_or_init(|| ask_rustc(&["-vV"])).as_deref().map_err(Clone::clone)
}

/// Refuses a library that is too old.
pub(super) fn check_version(path: &Path, major: u32) -> Result<(), Error> {
    match major < OLDEST {
        true => Err(unusable(path, &format!("it is LLVM {major}, and the oldest that Relon can use is LLVM {OLDEST}"))),
        false => Ok(()),
    }
}

/// The number behind `LLVM version:` in the output of `rustc -vV`.
pub(crate) fn llvm_major(version: &str) -> Option<u32> {
    let line = version.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    line.split('.').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_system_library_is_named() {
        let error = open_system(7).expect_err("no such library").to_string();
        assert!(error.contains("libLLVM.so.7.1") && error.contains("RELON_LLVM"), "{error}");
    }

    #[test]
    fn a_library_that_is_too_old_is_refused() {
        let error = check_version(Path::new("/lib/libLLVM.so"), 18).unwrap_err().to_string();
        assert!(error.contains("it is LLVM 18") && error.contains("LLVM 19"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_library_says_what_the_system_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let error = open_at(&path).expect_err("a text").to_string();
        assert!(error.contains("Cargo.toml: ") && !error.contains("dlopen failed"), "{error}");
        let error = missing_symbol(&path, "LLVMGetVersion").to_string();
        assert!(error.contains("Cargo.toml: it has no function `LLVMGetVersion`"), "{error}");
    }

    #[test]
    fn a_toolchain_without_the_library_says_what_was_looked_for() {
        let error = find_in(Path::new("/nonexistent")).unwrap_err().to_string();
        assert!(error.contains("/nonexistent/lib/libLLVM*.so*") && error.contains("rustup"), "{error}");
    }

    #[test]
    fn the_llvm_version_of_rustc_is_read() {
        assert_eq!(llvm_major("rustc 1.95.0\nLLVM version: 22.1.2\n"), Some(22));
        assert_eq!(llvm_major("rustc 1.95.0"), None);
    }
}
