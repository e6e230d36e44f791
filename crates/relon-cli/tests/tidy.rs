//! Checks what of the house rules a program can check: see CONTRIBUTING.md and ARCHITECTURE.md.
//!
//! Every file says what it is for, files and functions stay small, nothing is left half done or tells of plans, and crates use only
//! what they may.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a Rust file.
const LONGEST_FILE: usize = 900;
/// Lines of a function.
const LONGEST_FUNCTION: usize = 100;
/// What a finished work does not say. A word is found only as a whole word.
const UNFINISHED: [&str; 13] = [
    "todo:",
    "todo(",
    "fixme",
    "xxx",
    "hack",
    "for now",
    "placeholder",
    "work in progress",
    "not yet implemented",
    "to be done",
    "roadmap",
    "/work",
    "/root",
];
/// Each crate and what it may use of ours. A backend cannot name the syntax tree, and what natives link cannot name the compiler.
const ARROWS: [(&str, &[&str]); 13] = [
    ("relon-macros", &[]),
    ("relon-syntax", &[]),
    ("relon-natives", &["relon-macros"]),
    ("relon-ir", &["relon-natives"]),
    ("relon-frontend", &["relon-ir", "relon-natives", "relon-syntax"]),
    ("relon-eval", &["relon-frontend", "relon-natives"]),
    ("relon-debuggers", &[]),
    ("relon-codegen-cranelift", &["relon-debuggers", "relon-ir", "relon-natives"]),
    ("relon-codegen-llvm", &["relon-debuggers", "relon-ir", "relon-natives"]),
    (
        "relon",
        &[
            "relon-codegen-cranelift",
            "relon-codegen-llvm",
            "relon-debuggers",
            "relon-eval",
            "relon-frontend",
            "relon-ir",
            "relon-macros",
            "relon-natives",
            "relon-syntax",
        ],
    ),
    ("relon-build", &["relon", "relon-codegen-llvm", "relon-frontend", "relon-ir", "relon-natives"]),
    ("relon-cli", &["relon"]),
    ("relon-fuzz", &["relon"]),
];

#[test]
fn every_rust_file_says_what_it_is_for() {
    check(&["rs"], |text| match text.starts_with("//!") {
        true => Vec::new(),
        false => vec![(1, "does not begin with `//!` and what the file is for".to_owned())],
    });
}

#[test]
fn files_and_functions_stay_small() {
    check(&["rs"], |text| {
        let lines = text.lines().count();
        let too_long = (lines > LONGEST_FILE).then(|| (lines, format!("has more than {LONGEST_FILE} lines")));
        too_long.into_iter().chain(long_functions(text)).collect()
    });
}

#[test]
fn nothing_is_left_half_done() {
    check(&["rs", "md", "toml", "relon", "json", "lock"], |text| {
        let found = |line: &str| UNFINISHED.into_iter().find(|word| has_word(&line.to_lowercase(), word));
        numbered(text).filter_map(|(number, line)| Some((number, format!("says `{}`", found(line)?)))).collect()
    });
}

#[test]
fn lines_end_where_their_text_ends() {
    check(&["rs", "md", "toml", "relon", "json"], |text| {
        let trailing = numbered(text).filter(|(_, line)| line.ends_with([' ', '\t']));
        let mut problems: Vec<_> =
            trailing.map(|(number, _)| (number, "has white space at its end".to_owned())).collect();
        if !text.ends_with('\n') {
            problems.push((text.lines().count(), "does not end with a line break".to_owned()));
        }
        problems
    });
}

#[test]
fn crates_use_only_what_they_may() {
    let folder = root().join("crates");
    let mut problems = Vec::new();
    for entry in fs::read_dir(&folder).expect("the crates").map(|entry| entry.expect("a crate").path()) {
        let Ok(manifest) = fs::read_to_string(entry.join("Cargo.toml")) else { continue };
        let name = entry.file_name().expect("a name").to_string_lossy().into_owned();
        match ARROWS.iter().find(|(known, _)| *known == name) {
            None => problems.push(format!("{name} is not in the list of crates: say there what it may use")),
            Some((_, allowed)) => {
                let forbidden = own_dependencies(&manifest).filter(|used| !allowed.contains(used));
                problems.extend(forbidden.map(|used| format!("{name} may not use {used}")));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Crates of ours that a manifest names as dependencies of any kind, those for tests excepted.
fn own_dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let mut counts = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            counts = line.contains("dependencies") && !line.contains("dev-dependencies");
        }
        let name = line.split(['.', ' ', '=']).next().filter(|name| name.starts_with("relon"))?;
        counts.then_some(name)
    })
}

/// Functions by their first and last line, which rustfmt puts at one indentation.
fn long_functions(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut problems = Vec::new();
    for (start, line) in lines.iter().enumerate().filter(|(_, line)| is_function(line)) {
        let close = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let length = lines[start..].iter().position(|line| *line == close).map_or(0, |end| end + 1);
        if length > LONGEST_FUNCTION {
            problems.push((start + 1, format!("begins a function of {length} lines")));
        }
    }
    problems
}

fn is_function(line: &str) -> bool {
    let code = line.trim_start();
    !line.ends_with([';', '}']) && (code.starts_with("fn ") || (code.starts_with("pub") && code.contains(" fn ")))
}

/// Whether a word stands in a line with no letter or digit beside it.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        !part_of_word(line[..at].chars().next_back()) && !part_of_word(line[at + word.len()..].chars().next())
    })
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// Runs a check on all files with one of the extensions and fails with everything it found.
fn check(extensions: &[&str], find: impl Fn(&str) -> Vec<(usize, String)>) {
    let mut files = Vec::new();
    collect(&root(), extensions, &mut files);
    assert!(files.len() > 5, "there should be more files than these: {files:?}");
    let mut problems = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        problems.extend(find(&text).into_iter().map(|(line, what)| format!("{}:{line} {what}", file.display())));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Folders whose files are not ours to shape: what cargo builds, and programs that are wrong on purpose.
const SKIPPED: [&str; 2] = ["target", "compile_fail"];

/// Files below a folder, without what is skipped, hidden, or this file, which has to name what it looks for.
fn collect(folder: &Path, extensions: &[&str], files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name.starts_with('.') || SKIPPED.contains(&name.as_str()) || path.ends_with("tests/tidy.rs") {
            continue;
        }
        if path.is_dir() {
            collect(&path, extensions, files);
        } else if path.extension().is_some_and(|own| extensions.iter().any(|wanted| own == *wanted)) {
            files.push(path);
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}
