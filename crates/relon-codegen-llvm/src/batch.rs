//! Batches: entries that take arrays, with the loop over the rows.
//!
//! Where the arguments of rows can be checked without looking at them one by one, that is done for a block of them at once, and the rows
//! are evaluated by code that relies on it. What is left of that may have no branch, and so be vectorised across rows. A block with a row that does
//! not pass takes the slow way, which says which row it is, and whether one before it fails by other means.

use std::fmt::Write;

use relon_ir::{CheckedRows, Entry, FunctionId, Module};

use crate::emit;
use crate::entry::{Names, thunk_pointer};
use crate::types::{function_name, global_name};

/// Rows that are checked at once: few enough that they are still in the nearest cache when they are evaluated.
const BLOCK: u32 = 512;

/// The exported C function of a batch: gives the addresses of the arrays to the loop over their rows.
pub(crate) fn define(out: &mut String, module: &Module, entry: &Entry, names: Names<'_>) {
    let symbol = global_name(&names.symbol(&entry.name));
    let _ = writeln!(
        out,
        "define i32 {symbol}({}, ptr noundef readonly %args, i64 noundef %count, ptr noundef %outs, ptr noundef %failed) {} {{",
        emit::CONTEXT_PARAMETER,
        emit::ATTRIBUTES
    );
    out.push_str(
        "  %none = icmp eq i64 %count, 0\n  br i1 %none, label %done, label %some\ndone:\n  ret i32 0\nsome:\n",
    );
    let mut list = "ptr %ctx, i64 %count, ptr %outs, ptr %failed".to_owned();
    for index in 0..entry.params.len() {
        let _ = write!(list, ", ptr {}", thunk_pointer(out, index));
    }
    let rows = rows_name(entry);
    let _ = writeln!(out, "  %status = call i32 {rows}({list})\n  ret i32 %status\n}}\n");
    rows_function(out, module, entry);
}

/// It begins as those of functions of the rule do, whose checks the report counts.
fn rows_name(entry: &Entry) -> String {
    global_name(&format!("relon.rows.{}", entry.name))
}

/// The function of at least one row. Only parameters can say that nothing else refers to what the results are written to.
fn rows_function(out: &mut String, module: &Module, entry: &Entry) {
    let mut params = String::new();
    for index in 0..entry.params.len() {
        let _ = write!(params, ", ptr noalias noundef nonnull readonly %base{index}");
    }
    let outs = "ptr noalias noundef nonnull %outs, ptr noalias noundef nonnull %failed";
    let _ = writeln!(
        out,
        "define internal i32 {}({}, i64 noundef %count, {outs}{params}) {} {{\nentry:",
        rows_name(entry),
        emit::CONTEXT_PARAMETER,
        emit::ATTRIBUTES
    );
    let mut rows = Rows { out, module, entry };
    match entry.checked {
        Some(checked) => rows.in_blocks(checked),
        None => {
            let range = Range { before: "entry", start: "0", end: "%count", after: "done" };
            rows.out.push_str("  br label %one.row\n");
            rows.each("one", entry.function, &range);
            rows.stop(&["one"]);
        }
    }
    out.push_str("done:\n  ret i32 0\n}\n\n");
}

/// The rows of a loop, and the blocks around it.
struct Range<'a> {
    before: &'a str,
    start: &'a str,
    end: &'a str,
    after: &'a str,
}

struct Rows<'a> {
    out: &'a mut String,
    module: &'a Module,
    entry: &'a Entry,
}

impl Rows<'_> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "  {line}");
    }

    fn in_blocks(&mut self, checked: CheckedRows) {
        self.out.push_str("  br label %block\nblock:\n");
        self.line("%start = phi i64 [ 0, %entry ], [ %end, %next ]");
        self.line("%left = sub nuw i64 %count, %start");
        self.line(&format!("%is.last = icmp ult i64 %left, {BLOCK}"));
        self.line(&format!("%size = select i1 %is.last, i64 %left, i64 {BLOCK}"));
        self.line("%end = add nuw i64 %start, %size");
        let list = self.arguments("first", "%start");
        let check = self.name(checked.check);
        self.line(&format!("%wrong = call i32 {check}({list}, i64 %size) {}", emit::INLINED));
        self.line("%pass = icmp eq i32 %wrong, 0");
        let passed = if checked.row.is_some() { "fast.row" } else { "next" };
        self.line(&format!("br i1 %pass, label %{passed}, label %slow.row, !prof !0"));
        let range = Range { before: "block", start: "%start", end: "%end", after: "next" };
        if let Some(row) = checked.row {
            self.each("fast", row, &range);
        }
        self.each("slow", self.entry.function, &range);
        self.out.push_str("next:\n");
        self.line("%more = icmp ult i64 %end, %count");
        self.line("br i1 %more, label %block, label %done");
        self.stop(if checked.row.is_some() { &["fast", "slow"] } else { &["slow"] });
    }

    /// The loop whose blocks and values begin with `way`, of which a row that fails goes to the block `stop`.
    fn each(&mut self, way: &str, function: FunctionId, range: &Range<'_>) {
        let Range { before, start, end, after } = range;
        let index = format!("%{way}.index");
        let _ = writeln!(self.out, "{way}.row:");
        self.line(&format!("{index} = phi i64 [ {start}, %{before} ], [ %{way}.next, %{way}.ok ]"));
        let list = self.arguments(&format!("{way}.arg"), &index);
        let size = self.module.types.layout(&self.entry.result).size;
        self.element(&format!("{way}.out"), "outs", &index, size);
        let name = self.name(function);
        self.line(&format!("%{way}.status = call i32 {name}({list}, ptr %{way}.out) {}", emit::INLINED));
        self.line(&format!("%{way}.fine = icmp eq i32 %{way}.status, 0"));
        self.line(&format!("br i1 %{way}.fine, label %{way}.ok, label %stop, !prof !0"));
        let _ = writeln!(self.out, "{way}.ok:");
        self.line(&format!("%{way}.next = add nuw i64 {index}, 1"));
        self.line(&format!("%{way}.more = icmp ult i64 %{way}.next, {end}"));
        self.line(&format!("br i1 %{way}.more, label %{way}.row, label %{after}"));
    }

    /// Tells which row failed, in any of the loops.
    fn stop(&mut self, ways: &[&str]) {
        let of = |value: &str| {
            let incoming: Vec<_> = ways.iter().map(|way| format!("[ %{way}.{value}, %{way}.row ]")).collect();
            incoming.join(", ")
        };
        let (index, status) = (of("index"), of("status"));
        self.out.push_str("stop:\n");
        self.line(&format!("%index = phi i64 {index}"));
        self.line(&format!("%status = phi i32 {status}"));
        self.line("store i64 %index, ptr %failed, align 8");
        self.line("ret i32 %status");
    }

    fn name(&self, function: FunctionId) -> String {
        function_name(&self.module.functions[function.index()])
    }

    /// The list of arguments of a row, as far as all functions have it.
    fn arguments(&mut self, name: &str, row: &str) -> String {
        let mut list = "ptr %ctx".to_owned();
        for (index, param) in self.entry.params.iter().enumerate() {
            let stride = self.module.types.layout(&param.ty).size;
            self.element(&format!("{name}{index}"), &format!("base{index}"), row, stride);
            let _ = write!(list, ", ptr %{name}{index}");
        }
        list
    }

    /// The address of a row's element of an array.
    fn element(&mut self, name: &str, base: &str, row: &str, stride: u32) {
        self.line(&format!("%{name}.offset = mul nuw i64 {row}, {stride}"));
        self.line(&format!("%{name} = getelementptr inbounds i8, ptr %{base}, i64 %{name}.offset"));
    }
}
