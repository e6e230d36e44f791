//! Runs cargo and rustc so that what surrounds this process doesn't change what they make.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// Environment of an outer cargo or of the user's habits that would change the build.
const SCRUBBED: [&str; 7] = [
    "RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_TARGET_DIR",
    "CARGO_MAKEFLAGS",
    "MAKEFLAGS",
    "CARGO_INCREMENTAL",
];
const SCRUBBED_PREFIXES: [&str; 4] = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_CFG_", "CARGO_FEATURE_"];

/// Removes what would leak into a nested build. Empty encoded flags win over flags of any configuration file.
pub(super) fn scrub(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(leaks) {
            command.env_remove(&name);
        }
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", "");
}

/// Whether a variable is kept from nested builds.
pub(super) fn leaks(name: &str) -> bool {
    SCRUBBED.contains(&name)
        || SCRUBBED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS"))
}

/// Runs a compiler to its end; its complaints become the error.
pub(super) fn run(command: &mut Command, what: &str) -> Result<Output, Error> {
    let output = command.output().map_err(|error| Error::Build(format!("can't run {what}: {error}")))?;
    match output.status.success() {
        true => Ok(output),
        false => Err(Error::Build(format!("{what} failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end()))),
    }
}

/// A directory that is removed when it is dropped.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Scratch, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("relon-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let made = std::fs::create_dir_all(&path);
        made.map_err(|error| Error::Build(format!("can't make the directory {}: {error}", path.display())))?;
        Ok(Scratch(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind in a temporary directory does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Reads a file that a compiler made.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| Error::Build(format!("can't read {}: {error}", path.display())))
}
