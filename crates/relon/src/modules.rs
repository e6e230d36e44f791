//! Imported files on disk.

use std::path::{Component, Path, PathBuf};

use relon_frontend::{Modules, SourceText};

/// Reads imported files from disk. A path starts at the folder of the importing file and has its extension written out.
///
/// ```no_run
/// let mut engine = relon::Engine::new();
/// engine.modules(relon::ModuleFiles::within("rules"));
/// let program = engine.load("rules/pricing.relon", &std::fs::read_to_string("rules/pricing.relon")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModuleFiles {
    root: Option<PathBuf>,
}

impl ModuleFiles {
    /// Files in this folder and those below it. Links in it are followed.
    pub fn within(folder: impl Into<PathBuf>) -> Self {
        ModuleFiles { root: Some(plain(&folder.into())) }
    }

    /// Every file that the process can read: for rules that are trusted as the program itself is.
    pub fn anywhere() -> Self {
        ModuleFiles { root: None }
    }
}

impl Modules for ModuleFiles {
    fn load(&self, importer: &str, import: &str) -> Result<SourceText, String> {
        let path = plain(&Path::new(importer).parent().unwrap_or(Path::new("")).join(import));
        if let Some(root) = &self.root
            && !is_below(&path, root)
        {
            return Err(format!("`{import}` is outside of the folder that rules may import from"));
        }
        let bytes = std::fs::read(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8 text", path.display()))?;
        Ok(SourceText { path: path.display().to_string(), text })
    }
}

fn is_below(path: &Path, folder: &Path) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_ok_and(|rest| rest.components().all(|component| matches!(component, Component::Normal(_))))
}

/// The path without `.` and, where that can be seen from the path, without `..`, so that a file has one name.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            _ => plain.push(component),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name() {
        for (path, expected) in
            [("a/./b.relon", "a/b.relon"), ("a/../b", "b"), ("../a", "../a"), ("./x", "x"), ("/a/../../b", "/../b")]
        {
            assert_eq!(plain(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn nothing_outside_of_the_folder_is_read() {
        let files = ModuleFiles::within("rules");
        let error = files.load("rules/a.relon", "../secret.relon").expect_err("outside");
        assert!(error.contains("outside"), "{error}");
        let error = files.load("rules/a.relon", "/etc/hostname").expect_err("outside");
        assert!(error.contains("outside"), "{error}");
        let error = ModuleFiles::within(".").load("a.relon", "../secret.relon").expect_err("outside");
        assert!(error.contains("outside"), "{error}");
    }
}
