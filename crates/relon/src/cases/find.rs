//! Finding rules and their cases.

use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind};

/// The files of cases that a path stands for: a rule, a file of cases, or a folder that is searched with all folders in it.
///
/// # Errors
/// Where the path cannot be read, or there is no case in a place that names one.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if path.is_dir() {
        let cases = rules(path)?.into_iter().map(|rule| rule.with_extension("json"));
        return Ok(cases.filter(|cases| cases.is_file()).collect());
    }
    let (rule, cases) = (path.with_extension("relon"), path.with_extension("json"));
    if path != rule && path != cases {
        let hint = "name a `.relon` file, the `.json` file beside it, or a folder";
        return Err(wrong(format!("`{}` is neither a rule nor a file of cases", path.display()), hint));
    }
    if !path.exists() {
        return read(path).map(|_| Vec::new());
    }
    for file in [rule, cases.clone()] {
        if !file.is_file() {
            let hint = "cases for `NAME.relon` stand in `NAME.json` beside it";
            return Err(wrong(format!("`{}` has no `{}` beside it", path.display(), file.display()), hint));
        }
    }
    Ok(vec![cases])
}

/// All `.relon` files in a folder and the folders in it, sorted. What is hidden and cargo's `target` are left out, and links to folders
/// are not followed.
///
/// # Errors
/// Where a folder cannot be read.
pub fn rules(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let (path, name) = (entry.path(), entry.file_name());
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if name.as_encoded_bytes().starts_with(b".") || (is_folder && name == "target") {
                continue;
            }
            if is_folder {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "relon") && path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes)
        .map_err(|error| wrong(format!("`{}` is not UTF-8 text: {error}", path.display()), "save the file as UTF-8"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let hint = "check the path; relative paths start at the current folder";
    wrong(format!("cannot read `{}`: {error}", path.display()), hint)
}

fn wrong(message: String, hint: &str) -> Error {
    Error::plain(ErrorKind::Input, message, Some(hint.to_owned()))
}
