//! Finds and opens rustc's own `libLLVM`.
//!
//! Looked for in this order: the path in `RELON_LLVM`; the library directory of the toolchain that `rustc --print sysroot` (or
//! `$RUSTC`) names. Only a toolchain that links LLVM dynamically has the file: those for macOS and musl hold LLVM inside rustc.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libloading::Library;

use crate::Error;

/// The environment variable that overrides where the library is looked for.
pub const LLVM_OVERRIDE: &str = "RELON_LLVM";

const ADVICE: &str = "Relon compiles rules with the LLVM library of a Rust toolchain: install one for this machine with rustup \
     (toolchains for macOS and musl have LLVM inside rustc and no such library), make sure that `rustc` is on the PATH, or set \
     RELON_LLVM to the path of a libLLVM with the version of rustc's";

/// Opens the library; gives its path as well.
pub(super) fn open() -> Result<(PathBuf, Library), Error> {
    let path = find(std::env::var_os(LLVM_OVERRIDE).map(PathBuf::from))?;
    let library = open_at(&path)?;
    Ok((path, library))
}

#[cfg(unix)]
fn open_at(path: &Path) -> Result<Library, Error> {
    use libloading::os::unix;
    // SAFETY: initialisers of libLLVM only register options and passes; it is never unloaded before the process ends.
    let opened = unsafe { unix::Library::open(Some(path), unix::RTLD_LAZY | unix::RTLD_LOCAL) };
    opened.map(Library::from).map_err(|error| unusable(path, &error.to_string()))
}

#[cfg(not(unix))]
fn open_at(path: &Path) -> Result<Library, Error> {
    // SAFETY: initialisers of libLLVM only register options and passes; it is never unloaded before the process ends.
    unsafe { Library::new(path) }.map_err(|error| unusable(path, &error.to_string()))
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::LlvmMissing(format!("can't load LLVM from {}: {why}\n{ADVICE}", path.display()))
}

pub(super) fn missing_symbol(name: &str) -> Error {
    Error::LlvmMissing(format!(
        "the LLVM library has no function `{name}`: it is not the LLVM of this Rust version\n{ADVICE}"
    ))
}

/// The path of the library: the override if there is one, else that of rustc's toolchain.
fn find(given: Option<PathBuf>) -> Result<PathBuf, Error> {
    match given {
        Some(path) if path.is_file() => Ok(path),
        Some(path) => Err(unusable(&path, &format!("{LLVM_OVERRIDE} names no file"))),
        None => find_in(&sysroot()?),
    }
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

fn sysroot() -> Result<PathBuf, Error> {
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

/// Refuses a library given by hand that can't read the bitcode that this rustc writes; that of rustc itself can. Without a rustc there is
/// nothing to compare with.
pub(super) fn check_version(path: &Path, major: u32) -> Result<(), Error> {
    if std::env::var_os(LLVM_OVERRIDE).is_none() {
        return Ok(());
    }
    let Ok(version) = rustc_version() else { return Ok(()) };
    match llvm_major(version) {
        Some(wanted) if wanted > major => {
            Err(unusable(path, &format!("it is LLVM {major}, and rustc writes bitcode of LLVM {wanted}")))
        }
        _ => Ok(()),
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
    fn a_missing_override_is_named() {
        let error = find(Some("/nonexistent/libLLVM.so".into())).unwrap_err().to_string();
        assert!(error.contains("/nonexistent/libLLVM.so") && error.contains("RELON_LLVM"), "{error}");
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
