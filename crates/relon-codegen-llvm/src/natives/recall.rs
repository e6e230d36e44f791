//! Whether a natives package has to be built again, found out without cargo, which takes a tenth of a second to say no.
//!
//! Beside what a build made lies a note of all that it read, by identity: the files in cargo's dep-info, the manifests and the folders of
//! packages that lie on disk, settings of cargo, what build scripts said they look at, variables, and the toolchain. Where one of them is another
//! one, where a file is new at a place that cargo looks at, or where cargo would look at more than can be known, cargo is asked. What has
//! changed since the build began may not have been read by it, so that no note is written then.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::NativesPack;
use super::package::{Built, Said};
use super::rustc::leaks;
use crate::codec::{Damaged, Reader, Writer};
use crate::identity::{self, FileIdentity};

/// The first text of a note. It changes with the format.
const FORMAT: &str = "relon natives note 1";
/// What cargo calls a package in a folder of this machine begins with this. Others never change under their name.
const ON_DISK: &str = "path+";
/// Files by which cargo and rustup are set up, in the working directory and in all folders above it.
const SETTINGS: [&str; 4] = [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];
/// Files of a package and of the workspace that it is in.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "Cargo.lock"];
/// How names of variables begin that compilers and build scripts look at without saying so.
const VARIABLES: [&str; 12] =
    ["CARGO", "RUST", "CC", "CXX", "CFLAGS", "AR", "LD", "LIBRARY_PATH", "CPATH", "PKG_CONFIG", "HOST", "TARGET"];
/// Files and folders beyond which cargo is as fast.
const MOST: usize = 20_000;

/// The time since the beginning of the epoch.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// What was noted, where nothing has changed since: the pack, and the library.
pub(super) fn read(note: &Path) -> Option<(NativesPack, FileIdentity)> {
    let bytes = fs::read(note).ok()?;
    read_bytes(&bytes).ok().flatten()
}

fn read_bytes(bytes: &[u8]) -> Result<Option<(NativesPack, FileIdentity)>, Damaged> {
    let mut reader = Reader::new(bytes)?;
    if reader.text()? != FORMAT || reader.bytes()? != surroundings() {
        return Ok(None);
    }
    let names = reader.texts()?;
    if reader.bytes()? != values(names.iter().map(String::as_str)) {
        return Ok(None);
    }
    for _ in 0..reader.number()? {
        if !FileIdentity::decode(&mut reader)?.holds() {
            return Ok(None);
        }
    }
    for _ in 0..reader.number()? {
        if path(reader.bytes()?).exists() {
            return Ok(None);
        }
    }
    let library = FileIdentity::decode(&mut reader)?;
    if !library.holds() {
        return Ok(None);
    }
    let pack = NativesPack::decode(reader.bytes()?).map_err(|_| Damaged)?;
    Ok(Some((pack, library)))
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// Notes a build that began at `start` with these surroundings. Where it can't be noted, cargo is asked the next time.
pub(super) fn write(note: &Path, built: &Built, surroundings: &[u8], start: Duration, pack: &NativesPack) {
    if let Some(bytes) = describe(built, surroundings, start, pack) {
        let partial = note.with_extension(format!("{}-partial", std::process::id()));
        let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, note));
        if written.is_err() {
            let _ = fs::remove_file(&partial);
        }
    }
}

fn describe(built: &Built, before: &[u8], start: Duration, pack: &NativesPack) -> Option<Vec<u8>> {
    if before != surroundings() {
        return None;
    }
    let mut seen = Seen::default();
    seen.packages(built.said())?;
    seen.scripts(built.said())?;
    seen.sources(&built.library)?;
    seen.toolchain()?;
    let mut writer = Writer::default();
    writer.text(FORMAT);
    writer.bytes(before);
    let names: Vec<String> = seen.variables.into_iter().collect();
    writer.texts(&names);
    writer.bytes(&values(names.iter().map(String::as_str)));
    let files: Vec<FileIdentity> = seen.files.iter().map(|path| FileIdentity::of(path)).collect::<Option<_>>()?;
    if files.len() > MOST || !files.iter().all(|file| file.is_older_than(start)) {
        return None;
    }
    writer.number(files.len());
    files.iter().for_each(|file| file.encode(&mut writer));
    writer.number(seen.missing.len());
    for missing in &seen.missing {
        writer.bytes(missing.as_os_str().as_bytes());
    }
    FileIdentity::of(&built.library)?.encode(&mut writer);
    writer.bytes(&pack.encode());
    Some(writer.finish())
}

/// What surrounds a build and is the same for all packages: this program, which makes packs, the toolchain, cargo, its settings and variables.
pub(super) fn surroundings() -> Vec<u8> {
    let mut writer = Writer::default();
    let here = std::env::current_dir().unwrap_or_default();
    // rustup may have been told to use another toolchain in some folders.
    writer.bytes(here.as_os_str().as_bytes());
    let settings = here.ancestors().flat_map(|folder| SETTINGS.map(|name| folder.join(name)));
    let home = cargo_home().into_iter().flat_map(|home| ["config.toml", "config"].map(|name| home.join(name)));
    let files = settings.chain(home).chain(identity::command("CARGO", "cargo"));
    for file in identity::own_code().cloned().into_iter().chain(files.filter_map(|path| FileIdentity::of(&path))) {
        file.encode(&mut writer);
    }
    writer.bytes(&identity::toolchain());
    let names: BTreeSet<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    let is_read = |name: &&str| VARIABLES.iter().any(|prefix| name.starts_with(prefix)) && !leaks(name);
    writer.bytes(&values(names.iter().map(String::as_str).filter(is_read).chain(["PATH", "HOME"])));
    writer.into_bytes()
}

fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
}

/// Names and values of variables, of those that are set.
fn values<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = Writer::default();
    for name in names {
        if let Some(value) = std::env::var_os(name) {
            writer.text(name);
            writer.bytes(value.as_bytes());
        }
    }
    writer.into_bytes()
}

/// What a build has looked at.
#[derive(Default)]
struct Seen {
    files: BTreeSet<PathBuf>,
    /// Where something would count if it were there.
    missing: BTreeSet<PathBuf>,
    variables: BTreeSet<String>,
}

impl Seen {
    fn file_or_none(&mut self, path: PathBuf) {
        if path.exists() {
            self.files.insert(path)
        } else {
            self.missing.insert(path)
        };
    }

    /// A file, or all that is in a folder.
    fn tree(&mut self, path: &Path) -> Option<()> {
        if self.files.len() > MOST || !self.files.insert(path.to_owned()) {
            return (self.files.len() <= MOST).then_some(());
        }
        if path.is_dir() {
            for entry in fs::read_dir(path).ok()? {
                self.tree(&entry.ok()?.path())?;
            }
        }
        path.exists().then_some(())
    }

    /// Manifests of packages on disk and of their workspaces, and the folders where cargo finds targets by their names.
    fn packages(&mut self, said: &Said) -> Option<()> {
        for (_, manifest) in said.manifests.iter().filter(|(package, _)| package.starts_with(ON_DISK)) {
            let root = manifest.parent()?;
            for folder in root.ancestors() {
                MANIFESTS.iter().for_each(|name| self.file_or_none(folder.join(name)));
            }
            self.file_or_none(root.join("build.rs"));
            self.file_or_none(root.join("src"));
        }
        Some(())
    }

    /// What build scripts said that they look at. One of a package on disk that says nothing looks at all of it, as far as cargo knows.
    fn scripts(&mut self, said: &Said) -> Option<()> {
        for (package, folder) in &said.scripts {
            let output = fs::read_to_string(folder.with_file_name("output")).ok()?;
            let root = said.manifests.get(package)?.parent()?;
            let mut has_said = false;
            for line in output.lines() {
                let Some(said) = line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:")) else { continue };
                match said.split_once('=') {
                    Some(("rerun-if-changed", path)) => self.tree(&root.join(path))?,
                    Some(("rerun-if-env-changed", name)) => drop(self.variables.insert(name.to_owned())),
                    _ => continue,
                }
                has_said = true;
            }
            if !has_said && package.starts_with(ON_DISK) {
                return None;
            }
        }
        Some(())
    }

    /// The sources of all packages on disk, which cargo writes beside the library, and the variables that rustc found in sources.
    fn sources(&mut self, library: &Path) -> Option<()> {
        let info = fs::read_to_string(library.with_extension("d")).ok()?;
        for source in dependencies(&info)? {
            self.tree(&source)?;
        }
        for entry in fs::read_dir(library.with_file_name("deps")).ok()? {
            let path = entry.ok()?.path();
            if path.extension().is_some_and(|extension| extension == "d") {
                let info = fs::read_to_string(path).ok()?;
                let variables = info.lines().filter_map(|line| line.strip_prefix("# env-dep:"));
                let names = variables.map(|variable| variable.split('=').next().unwrap_or_default().to_owned());
                self.variables.extend(names);
            }
        }
        Some(())
    }

    /// The compiler itself: behind rustup's command of that name lies another one, which an update replaces.
    fn toolchain(&mut self) -> Option<()> {
        let root = crate::llvm::sysroot().ok()?;
        for part in ["bin", "bin/rustc", "bin/cargo", "lib"] {
            self.file_or_none(root.join(part));
        }
        Some(())
    }
}

/// The paths behind the colon in a line of a makefile, in which spaces are marked.
fn dependencies(info: &str) -> Option<Vec<PathBuf>> {
    let (_, sources) = info.lines().next()?.split_once(": ")?;
    let marked = sources.replace("\\ ", "\0");
    Some(marked.split(' ').filter(|path| !path.is_empty()).map(|path| path.replace('\0', " ").into()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_belong_to_paths_where_they_are_marked() {
        let found = dependencies("/t/lib.so: /a/src/lib.rs /b\\ c/src/lib.rs\n").expect("paths");
        assert_eq!(found, [Path::new("/a/src/lib.rs"), Path::new("/b c/src/lib.rs")]);
        assert_eq!(dependencies("nothing"), None);
    }
}
