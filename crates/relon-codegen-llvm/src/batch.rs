//! Batches: entries that take arrays, with the loop over the rows.
//!
//! Where it pays (`cocompile::together`) the arguments of a block of rows are checked at once, and the rows are evaluated by code that relies
//! on it. That has no branch, so that LLVM vectorises it across rows. A block with a row that does not pass takes the slow way, which says
//! which row it is, and whether one before it fails by other means.
//!
//! All others are evaluated in turn, short ones in groups.

use std::fmt::Write;

use relon_ir::{CheckedRows, Entry, Function, FunctionId, Module};

use crate::cocompile::Effort;
use crate::emit::{self, Style};
use crate::entry::thunk_pointer;
use crate::types::{function_name, global_name, together_name};

/// Rows that are checked at once: few enough that they are still in the nearest cache when they are evaluated, and that memory is asked for
/// the next ones meanwhile. With 512 rows of 24 bytes from memory both loops took a third longer.
const BLOCK: u32 = 128;

/// Short rows that follow each other without a look at the count. LLVM lays a loop over one short row out with more jumps in each round than
/// the one back, and it unrolls no loop that has other exits; the jumps were a third of the time of such a row.
const GROUP: u32 = 4;

/// Ops of a short row. What is longer takes so much time that a jump does not matter, and its code would be large.
const SHORT: usize = 64;

/// The exported C function of a batch: gives the addresses of the arrays to the loop over their rows.
pub(crate) fn define(out: &mut String, module: &Module, entry: &Entry, style: &Style<'_>) {
    let symbol = global_name(&style.names.symbol(&entry.name));
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
    rows_function(out, module, entry, style);
}

/// It begins as those of functions of the rule do, whose checks the report counts.
fn rows_name(entry: &Entry) -> String {
    global_name(&format!("relon.rows.{}", entry.name))
}

/// The function of at least one row. Only parameters can say that nothing else refers to what the results are written to.
fn rows_function(out: &mut String, module: &Module, entry: &Entry, style: &Style<'_>) {
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
    let is_together = |function: FunctionId| style.together.contains(&function);
    match entry.checked {
        Some(CheckedRows { check, row }) if row.is_none_or(is_together) => rows.in_blocks(check, row),
        _ if is_together(entry.function) => rows.in_turn(&rows.together(entry.function), false),
        _ => {
            let is_short = style.effort == Effort::Full && is_short(&module.functions[entry.function.index()]);
            rows.in_turn(&rows.name(entry.function), is_short);
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

    /// Checks the rows of a block together, then evaluates them together where there is something to evaluate.
    fn in_blocks(&mut self, check: FunctionId, row: Option<FunctionId>) {
        self.out.push_str("  br label %block\nblock:\n");
        self.line("%start = phi i64 [ 0, %entry ], [ %end, %next ]");
        self.line("%left = sub nuw i64 %count, %start");
        self.line(&format!("%is.last = icmp ult i64 %left, {BLOCK}"));
        self.line(&format!("%size = select i1 %is.last, i64 %left, i64 {BLOCK}"));
        self.line("%end = add nuw i64 %start, %size");
        let (list, check) = (self.arguments("first", "%start"), self.name(check));
        self.line(&format!("%wrong = call i32 {check}({list}, i64 %size) {}", emit::INLINED));
        self.line("%pass = icmp eq i32 %wrong, 0");
        let passed = if row.is_some() { "fast.row" } else { "next" };
        self.line(&format!("br i1 %pass, label %{passed}, label %slow.row, !prof !0"));
        let range = Range { before: "block", start: "%start", end: "%end", after: "next" };
        let mut ways = vec!["slow".to_owned()];
        if let Some(row) = row {
            self.each("fast", &self.together(row), &range);
            ways.push("fast".into());
        }
        self.each("slow", &self.name(self.entry.function), &range);
        self.out.push_str("next:\n");
        self.line("%more = icmp ult i64 %end, %count");
        self.line("br i1 %more, label %block, label %done");
        self.stop(&ways);
    }

    /// Evaluates one row after the other by the function with this name.
    fn in_turn(&mut self, name: &str, in_groups: bool) {
        let mut ways = if in_groups { self.groups(name) } else { Vec::new() };
        let (before, start) = if in_groups { ("rest", "%whole") } else { ("entry", "0") };
        if !in_groups {
            self.line("br label %one.row");
        }
        self.each("one", name, &Range { before, start, end: "%count", after: "done" });
        ways.push("one".into());
        self.stop(&ways);
    }

    /// The rows of all whole groups; gives what the blocks of each row of a group begin with. Behind them it goes on with those that are left.
    fn groups(&mut self, name: &str) -> Vec<String> {
        let ways: Vec<String> = (0..GROUP).map(|row| format!("group{row}")).collect();
        let (first, last) = (&ways[0], &ways[ways.len() - 1]);
        self.line(&format!("%whole = and i64 %count, -{GROUP}"));
        self.line("%are.whole = icmp ne i64 %whole, 0");
        self.line(&format!("br i1 %are.whole, label %{first}.row, label %rest"));
        for (row, way) in ways.iter().enumerate() {
            let _ = writeln!(self.out, "{way}.row:");
            match row {
                0 => self.line(&format!("%{way}.index = phi i64 [ 0, %entry ], [ %group.next, %{last}.ok ]")),
                _ => self.line(&format!("%{way}.index = add nuw i64 %{first}.index, {row}")),
            }
            self.row(way, name);
            if let Some(next) = ways.get(row + 1) {
                self.line(&format!("br label %{next}.row"));
            }
        }
        self.line(&format!("%group.next = add nuw i64 %{first}.index, {GROUP}"));
        self.line("%group.more = icmp ult i64 %group.next, %whole");
        self.line(&format!("br i1 %group.more, label %{first}.row, label %rest"));
        self.out.push_str("rest:\n");
        self.line("%are.left = icmp ult i64 %whole, %count");
        self.line("br i1 %are.left, label %one.row, label %done");
        ways
    }

    /// The loop whose blocks and values begin with `way`.
    fn each(&mut self, way: &str, name: &str, range: &Range<'_>) {
        let Range { before, start, end, after } = range;
        let _ = writeln!(self.out, "{way}.row:");
        self.line(&format!("%{way}.index = phi i64 [ {start}, %{before} ], [ %{way}.next, %{way}.ok ]"));
        self.row(way, name);
        self.line(&format!("%{way}.next = add nuw i64 %{way}.index, 1"));
        self.line(&format!("%{way}.more = icmp ult i64 %{way}.next, {end}"));
        self.line(&format!("br i1 %{way}.more, label %{way}.row, label %{after}"));
    }

    /// Evaluates the row of an index that is there; one that fails goes to the block `stop`.
    fn row(&mut self, way: &str, name: &str) {
        let index = format!("%{way}.index");
        let list = self.arguments(&format!("{way}.arg"), &index);
        let size = self.module.types.layout(&self.entry.result).size;
        self.element(&format!("{way}.out"), "outs", &index, size);
        self.line(&format!("%{way}.status = call i32 {name}({list}, ptr %{way}.out) {}", emit::INLINED));
        self.line(&format!("%{way}.fine = icmp eq i32 %{way}.status, 0"));
        self.line(&format!("br i1 %{way}.fine, label %{way}.ok, label %stop, !prof !0"));
        let _ = writeln!(self.out, "{way}.ok:");
    }

    /// Tells which row failed, in any of these ways.
    fn stop(&mut self, ways: &[String]) {
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

    /// The name of its code for rows that are evaluated together.
    fn together(&self, function: FunctionId) -> String {
        together_name(&self.module.functions[function.index()])
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

/// Whether a row takes little time: it has few ops, and calls nothing.
fn is_short(function: &Function) -> bool {
    function.insts().count() <= SHORT && !function.has_calls()
}
