//! Where lines begin in the files of a module, for what debuggers read.

use std::sync::Arc;

use crate::{Module, Span};

/// Paths of source files, and where their lines begin. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lines {
    files: Arc<[FileLines]>,
}

#[derive(Debug)]
struct FileLines {
    path: String,
    starts: Vec<u32>,
}

/// A place in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePlace {
    /// The file, as [`Lines::paths`] counts them.
    pub file: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1. One that tables have no room for is 0, which is 'unknown'.
    pub column: u32,
}

impl Lines {
    /// Of files as path and text, in the order of the module's files. Paths are what debuggers look for, relative to where they run.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Lines {
        let file = |(path, text): (&str, &str)| {
            let behind = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
            FileLines { path: path.to_owned(), starts: std::iter::once(0).chain(behind).collect() }
        };
        Lines { files: files.into_iter().map(file).collect() }
    }

    /// The paths of the files; the first is the one that the rule begins with.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }

    /// Whether these are the lines of the module's files, and there are some.
    pub fn fit(&self, module: &Module) -> bool {
        !self.files.is_empty() && self.files.len() >= module.files.len()
    }

    /// The start of a span; none for a file that is not known.
    pub fn place(&self, span: Span) -> Option<LinePlace> {
        let file = span.file.index();
        let (line, column) = self.files.get(file)?.position(span.start);
        Some(LinePlace { file, line, column })
    }
}

impl FileLines {
    fn position(&self, offset: u32) -> (usize, u32) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let column = offset - self.starts[line - 1] + 1;
        (line, if column > u32::from(u16::MAX) { 0 } else { column })
    }
}

/// A function's name without the number that tells it from others of the same name: as people know it.
pub fn shown(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one() {
        let lines = Lines::new([("a.relon", "one\ntwo\n")]);
        let position = |offset| lines.files[0].position(offset);
        assert_eq!([position(0), position(3), position(4), position(8)], [(1, 1), (1, 4), (2, 1), (3, 1)]);
        assert_eq!(Lines::new([("a", &*" ".repeat(70_000))]).files[0].position(69_000), (1, 0));
    }

    #[test]
    fn names_lose_their_numbers() {
        assert_eq!(["share.4", "main.typed", "main"].map(shown), ["share", "main.typed", "main"]);
    }
}
