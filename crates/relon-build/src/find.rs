//! The rule files of a folder.

use std::path::{Path, PathBuf};

use crate::error::{self, Error};

/// A file of rules.
#[derive(Debug)]
pub(crate) struct RuleFile {
    /// As messages name it.
    pub(crate) path: PathBuf,
    /// Where its module is: folders and the name of the file.
    pub(crate) module: Vec<String>,
    pub(crate) source: String,
}

/// The `.relon` files in a folder and those below it, or the one file, in the order of their names.
pub(crate) fn rule_files(root: &Path) -> Result<Vec<RuleFile>, Error> {
    let mut found = Vec::new();
    if root.is_dir() {
        collect(root, &mut Vec::new(), &mut found)?;
    } else {
        found.push(read(root, Vec::new())?);
    }
    Ok(found)
}

fn collect(folder: &Path, modules: &mut Vec<String>, found: &mut Vec<RuleFile>) -> Result<(), Error> {
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut paths: Vec<PathBuf> = entries
        .map_err(|error| error::file(folder, "read the folder", &error))?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            modules.push(stem(&path));
            collect(&path, modules, found)?;
            modules.pop();
        } else if path.extension().is_some_and(|extension| extension == "relon") {
            found.push(read(&path, modules.clone())?);
        }
    }
    Ok(())
}

fn read(path: &Path, mut module: Vec<String>) -> Result<RuleFile, Error> {
    module.push(stem(path));
    let bytes = std::fs::read(path).map_err(|error| error::file(path, "read the rule", &error))?;
    let source = String::from_utf8(bytes).map_err(|_| Error::new(format!("`{}` is not UTF-8 text", path.display())))?;
    Ok(RuleFile { path: path.to_owned(), module, source })
}

fn stem(path: &Path) -> String {
    crate::bindings::module_name(&path.file_stem().unwrap_or_default().to_string_lossy())
}
