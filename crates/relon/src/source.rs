//! Source texts, and positions in them as people count.

use std::sync::Arc;

use relon_frontend::SourceText;
use relon_ir::{FileId, Span};

/// The source files of a program, shared by everything that reports about it.
#[derive(Clone, Debug)]
pub struct Sources {
    files: Arc<[SourceFile]>,
}

/// One source file.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    text: String,
    line_starts: Vec<u32>,
}

/// A place in a source file as people count: both numbers start at 1, columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

impl Sources {
    /// One file.
    pub fn single(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(vec![SourceText { path: path.into(), text: text.into() }])
    }

    /// The file that the program starts with, and those that it imports.
    pub(crate) fn new(files: Vec<SourceText>) -> Self {
        Sources { files: files.into_iter().map(|file| SourceFile::new(file.path, file.text)).collect() }
    }

    /// The file that a span is in.
    pub fn file(&self, span: Span) -> &SourceFile {
        self.by_id(span.file)
    }

    pub(crate) fn by_id(&self, file: FileId) -> &SourceFile {
        &self.files[file.index()]
    }

    /// The file that the program starts with, and those that it imports.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Where lines begin, for line tables.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub fn lines(&self) -> relon_ir::Lines {
        relon_ir::Lines::new(self.files.iter().map(|file| (file.path(), file.text())))
    }

    /// The file that the program starts with.
    pub fn main(&self) -> &SourceFile {
        &self.files[0]
    }
}

impl SourceFile {
    fn new(path: String, text: String) -> Self {
        let after_newlines = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
        let line_starts = std::iter::once(0).chain(after_newlines).collect();
        SourceFile { path, text, line_starts }
    }

    /// The path, as it was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset) - 1;
        let start = self.line_starts[line] as usize;
        let before = self.text.get(start..offset as usize).unwrap_or_default();
        Position { line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let sources = Sources::single("a.relon", "é + 1\nab");
        let file = sources.main();
        assert_eq!(file.position(3), Position { line: 1, column: 3 });
        assert_eq!(file.position(7), Position { line: 2, column: 1 });
        assert_eq!(file.position(9), Position { line: 2, column: 3 });
    }
}
