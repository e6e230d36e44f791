//! The build script's folder, and what it tells cargo.

use std::path::{Path, PathBuf};

use crate::error::{self, Error};

/// `OUT_DIR`.
#[derive(Debug)]
pub(crate) struct Output {
    folder: PathBuf,
}

impl Output {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Output { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file, unless it is there with the same content: cargo compares times.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.path(name);
        if std::fs::read(&path).is_ok_and(|old| old == content) {
            return Ok(());
        }
        std::fs::write(&path, content).map_err(|error| error::file(&path, "write", &error))
    }

    /// What was kept under this name, if it was made from inputs of this hash.
    pub(crate) fn kept(&self, name: &str, hash: u64) -> Option<Vec<u8>> {
        let key = std::fs::read_to_string(self.path(&format!("{name}.key"))).ok()?;
        if key == format!("{hash:016x}") { std::fs::read(self.path(name)).ok() } else { None }
    }

    /// Keeps what was made from inputs of this hash.
    pub(crate) fn keep(&self, name: &str, hash: u64, content: &[u8]) -> Result<(), Error> {
        // Without its key a file that is half written is not taken for good.
        let key = self.path(&format!("{name}.key"));
        let _ = std::fs::remove_file(&key);
        self.write(name, content)?;
        std::fs::write(&key, format!("{hash:016x}")).map_err(|error| error::file(&key, "write", &error))
    }
}

/// Lines for cargo.
#[allow(clippy::print_stdout, reason = "cargo reads what a build script prints")]
pub(crate) mod cargo {
    use std::cell::RefCell;
    use std::path::Path;

    thread_local! {
        /// What the script depends on. Cargo runs a script that failed again in any case, and shows all that it printed: without these
        /// lines people see the error.
        static INPUTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    pub(crate) fn rerun_if_changed(path: &Path) {
        INPUTS.with_borrow_mut(|lines| lines.push(format!("cargo::rerun-if-changed={}", path.display())));
    }

    pub(crate) fn rerun_if_env_changed(name: &str) {
        INPUTS.with_borrow_mut(|lines| lines.push(format!("cargo::rerun-if-env-changed={name}")));
    }

    /// Tells cargo what the script depends on, once it has succeeded.
    pub(crate) fn tell_inputs() {
        INPUTS.take().iter().for_each(|line| println!("{line}"));
    }

    pub(crate) fn link_search(folder: &Path) {
        println!("cargo::rustc-link-search=native={}", folder.display());
    }

    pub(crate) fn error(message: &str) {
        println!("cargo::error={}", message.replace('\n', " "));
    }

    pub(crate) fn warning(message: &str) {
        println!("cargo::warning={}", message.replace('\n', " "));
    }
}
