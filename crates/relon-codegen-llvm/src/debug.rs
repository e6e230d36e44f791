//! Where code comes from, for debuggers: metadata from which LLVM makes line tables.
//!
//! Each function of the IR becomes one for the debugger, and each instruction has the place of the expression that it was made for. Natives
//! bring line tables of their own along: where one was inlined, debuggers show its function, and below that the call in the rule.

use std::collections::HashMap;
use std::fmt::Write;

use relon_ir::{LinePlace, Lines, Span, shown};

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
    /// `first` is the number of the first node that is free. There is a file at least.
    pub(crate) fn new(lines: &'a Lines, first: usize) -> Self {
        let (known, out) = (HashMap::new(), String::new());
        let mut info = DebugInfo { lines, unit: 0, signature: 0, files: Vec::new(), next: first, known, out };
        for path in lines.paths() {
            let node = info.node(&format!("!DIFile(filename: \"{}\", directory: \"\")", escaped(path)));
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
        info
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
        let (file, line) =
            span.and_then(|span| self.lines.place(span)).map_or((0, 0), |place| (place.file, place.line));
        let (name, file) = (escaped(shown(name)), self.files[file]);
        let local = if exported { "" } else { "DISPFlagLocalToUnit | " };
        let (signature, unit) = (self.signature, self.unit);
        let node = self.distinct(&format!(
            "!DISubprogram(name: \"{name}\", scope: !{file}, file: !{file}, line: {line}, type: !{signature}, scopeLine: {line}, \
             spFlags: {local}DISPFlagDefinition | DISPFlagOptimized, unit: !{unit})"
        ));
        Scope { node, span }
    }

    /// What stands behind an instruction that was made for a span; without one it belongs to the function as a whole.
    pub(crate) fn attachment(&mut self, scope: Scope, span: Option<Span>) -> String {
        let place = span.and_then(|span| self.lines.place(span));
        let home = scope.span.and_then(|span| self.lines.place(span));
        let LinePlace { file, line, column } = place.or(home).unwrap_or(LinePlace { file: 0, line: 0, column: 0 });
        let mut parent = scope.node;
        if home.is_none_or(|home| home.file != file) {
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
    fn paths_are_escaped() {
        assert_eq!(escaped("a \"b\"\\é.relon"), "a \\22b\\22\\5C\\C3\\A9.relon");
    }
}
