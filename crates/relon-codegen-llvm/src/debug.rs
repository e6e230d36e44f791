//! Where code comes from, for debuggers: metadata from which LLVM makes line tables.
//!
//! Each function of the IR becomes one for the debugger, and each instruction has the place of the expression that it was made for. Natives
//! bring line tables of their own along: where one was inlined, debuggers show its function, and below that the call in the rule.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use relon_ir::{Module, Span};

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

impl Lines {
    /// Of files as path and text, in the order of the module's files. Paths are what debuggers look for, relative to where they run.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Lines {
        let file = |(path, text): (&str, &str)| {
            let behind = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
            FileLines { path: path.to_owned(), starts: std::iter::once(0).chain(behind).collect() }
        };
        Lines { files: files.into_iter().map(file).collect() }
    }

    /// The path of the file that the rule begins with.
    pub(crate) fn main(&self) -> Option<&str> {
        self.files.first().map(|file| file.path.as_str())
    }
}

impl FileLines {
    /// Line and column, from 1. A column that LLVM has no room for is 0, which is 'unknown'.
    fn position(&self, offset: u32) -> (usize, u32) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let column = offset - self.starts[line - 1] + 1;
        (line, if column > u32::from(u16::MAX) { 0 } else { column })
    }
}

/// A function, as debuggers know it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    node: usize,
    span: Option<Span>,
}

/// Writes the metadata of a module.
pub(crate) struct DebugInfo<'a> {
    lines: &'a Lines,
    unit: usize,
    signature: usize,
    files: Vec<usize>,
    next: usize,
    known: HashMap<String, usize>,
    out: String,
}

impl<'a> DebugInfo<'a> {
    /// `first` is the number of the first node that is free. None where there is no source.
    pub(crate) fn new(lines: &'a Lines, first: usize) -> Option<Self> {
        if lines.files.is_empty() {
            return None;
        }
        let (known, out) = (HashMap::new(), String::new());
        let mut info = DebugInfo { lines, unit: 0, signature: 0, files: Vec::new(), next: first, known, out };
        for file in lines.files.iter() {
            let node = info.node(&format!("!DIFile(filename: \"{}\", directory: \"\")", escaped(&file.path)));
            info.files.push(node);
        }
        let types = info.node("!{null}");
        info.signature = info.node(&format!("!DISubroutineType(types: !{types})"));
        // Without a table of names: gdb takes one for the whole, and natives' units have none.
        info.unit = info.distinct(&format!(
            "!DICompileUnit(language: DW_LANG_C99, file: !{}, producer: \"relon\", isOptimized: true, runtimeVersion: 0, \
             emissionKind: LineTablesOnly, nameTableKind: None)",
            info.files[0]
        ));
        Some(info)
    }

    fn distinct(&mut self, content: &str) -> usize {
        let node = self.next;
        self.next += 1;
        let _ = writeln!(self.out, "!{node} = distinct {content}");
        node
    }

    fn node(&mut self, content: &str) -> usize {
        if let Some(node) = self.known.get(content) {
            return *node;
        }
        let node = self.next;
        self.next += 1;
        let _ = writeln!(self.out, "!{node} = {content}");
        self.known.insert(content.to_owned(), node);
        node
    }

    /// A function: its name for people, and its place.
    pub(crate) fn function(&mut self, name: &str, span: Option<Span>, exported: bool) -> Scope {
        let (file, line) = span.and_then(|span| self.place(span)).map_or((0, 0), |(file, line, _)| (file, line));
        let (name, file) = (escaped(shown(name)), self.files[file]);
        let local = if exported { "" } else { "DISPFlagLocalToUnit | " };
        let (signature, unit) = (self.signature, self.unit);
        let node = self.distinct(&format!(
            "!DISubprogram(name: \"{name}\", scope: !{file}, file: !{file}, line: {line}, type: !{signature}, scopeLine: {line}, \
             spFlags: {local}DISPFlagDefinition | DISPFlagOptimized, unit: !{unit})"
        ));
        Scope { node, span }
    }

    /// File, line and column of the start of a span; none for a file that is not known.
    fn place(&self, span: Span) -> Option<(usize, usize, u32)> {
        let file = span.file.index();
        let (line, column) = self.lines.files.get(file)?.position(span.start);
        Some((file, line, column))
    }

    /// What stands behind an instruction that was made for a span; without one it belongs to the function as a whole.
    pub(crate) fn attachment(&mut self, scope: Scope, span: Option<Span>) -> String {
        let place = span.and_then(|span| self.place(span));
        let home = scope.span.and_then(|span| self.place(span));
        let (file, line, column) = place.or(home).unwrap_or((0, 0, 0));
        let mut parent = scope.node;
        if home.is_none_or(|(home, ..)| home != file) {
            parent = self
                .node(&format!("!DILexicalBlockFile(scope: !{parent}, file: !{}, discriminator: 0)", self.files[file]));
        }
        let node = self.node(&format!("!DILocation(line: {line}, column: {column}, scope: !{parent})"));
        format!(", !dbg !{node}")
    }

    /// Text of functions in which all belongs to one place: each gets a scope, and its instructions their place.
    pub(crate) fn annotated(&mut self, text: &str, span: Option<Span>) -> String {
        let (mut out, mut attachment) = (String::new(), String::new());
        for line in text.lines() {
            match line.strip_prefix("define ").and_then(|_| line.strip_suffix(" {")) {
                Some(head) => {
                    let name = head.split_once('@').and_then(|(_, rest)| rest.split('(').next()).unwrap_or_default();
                    let scope = self.function(name.trim_matches('"'), span, !line.starts_with("define internal"));
                    attachment = self.attachment(scope, span);
                    let _ = writeln!(out, "{head} !dbg !{} {{", scope.node);
                }
                None if line.starts_with("  ") => drop(writeln!(out, "{line}{attachment}")),
                None => drop(writeln!(out, "{line}")),
            }
        }
        out
    }

    /// All nodes, and the names by which LLVM finds them.
    pub(crate) fn finish(mut self) -> String {
        let dwarf = self.node("!{i32 7, !\"Dwarf Version\", i32 5}");
        let version = self.node("!{i32 2, !\"Debug Info Version\", i32 3}");
        let _ = writeln!(self.out, "!llvm.dbg.cu = !{{!{}}}", self.unit);
        let _ = writeln!(self.out, "!llvm.module.flags = !{{!{dwarf}, !{version}}}");
        self.out
    }
}

impl Scope {
    /// What stands at the head of the function's definition.
    pub(crate) fn head(self) -> String {
        format!(" !dbg !{}", self.node)
    }
}

/// The lines of a module's files are known where the files are those of the module.
pub(crate) fn fits(lines: &Lines, module: &Module) -> bool {
    lines.files.len() >= module.files.len()
}

/// A function's name without the number that tells it from others of the same name.
fn shown(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

/// A text between the quotes of LLVM IR.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b' '..=b'~' if !b"\"\\".contains(&byte) => char::from(byte).to_string(),
        _ => format!("\\{byte:02X}"),
    };
    text.bytes().map(escape).collect()
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

    #[test]
    fn paths_are_escaped() {
        assert_eq!(escaped("a \"b\"\\é.relon"), "a \\22b\\22\\5C\\C3\\A9.relon");
    }
}
