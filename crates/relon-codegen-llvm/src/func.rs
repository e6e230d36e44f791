//! Functions: blocks become blocks, block parameters become phis.
//!
//! A block of the IR is cut at each check and call, so the block that a jump comes from is known only once its text is written. Hence
//! bodies are written first, noting who jumps where with what; phis are put in front when all are done.

use std::collections::HashSet;
use std::fmt::{Arguments, Write};

use relon_ir::{Block, BlockData, Function, FunctionId, Module, Span, Target, Terminator, Type, Value};

use crate::cocompile::{Effort, Worlds};
use crate::constant;
use crate::debug::{DebugInfo, Scope};
use crate::emit::{self, Standing, Style};
use crate::types::{function_name, global_name, together_name, value_type};

/// A jump to a block: where from, with which arguments.
struct Incoming {
    label: String,
    args: Vec<String>,
}

/// Writes one function.
pub(crate) struct FunctionEmitter<'m, 'd> {
    pub(crate) module: &'m Module,
    pub(crate) worlds: &'m Worlds,
    pub(crate) effort: Effort,
    pub(crate) function: &'m Function,
    /// Whether it is known that the function never traps.
    pub(crate) is_safe: bool,
    /// The blocks that end the function without results, and with which status.
    pub(crate) failures: Vec<(String, String)>,
    operands: Vec<String>,
    text: String,
    slots: String,
    /// How many results the calls of this function have room for.
    pub(crate) received: usize,
    pub(crate) current: String,
    incoming: Vec<Vec<Incoming>>,
    names: u32,
    debug: Option<(&'m mut DebugInfo<'d>, Scope)>,
    /// What is written behind each instruction: its place, for debuggers.
    attachment: String,
}

/// Writes the function.
pub(crate) fn define(
    out: &mut String,
    module: &Module,
    style: &Style<'_>,
    id: FunctionId,
    standing: &Standing,
    debug: Option<&mut DebugInfo<'_>>,
) {
    let (Standing { exclusive, exposed, is_safe }, function) = (standing, &module.functions[id.index()]);
    let debug = debug.map(|info| {
        let scope = info.function(&function.name, function.span, exposed.is_some());
        (info, scope)
    });
    let head = debug.as_ref().map_or(String::new(), |(_, scope)| scope.head());
    let mut emitter = FunctionEmitter::new(module, style, function, debug);
    emitter.is_safe = *is_safe;
    let bodies: Vec<String> = (0..function.blocks.len()).map(|index| emitter.block(Block::new(index))).collect();
    let (linkage, name) = match exposed {
        Some(symbol) => ("", global_name(symbol)),
        None if *is_safe => ("internal ", together_name(function)),
        None => ("internal ", function_name(function)),
    };
    let (ty, params) = (emitter.giving().result_type(&function.results), emitter.params(*exclusive));
    let _ = writeln!(out, "define {linkage}{ty} {name}({params}) {}{head} {{", emit::ATTRIBUTES);
    let _ = writeln!(out, "entry:\n{}{}  br label %{}", emitter.slots, emitter.received(), label_of(Block::new(0)));
    for (index, body) in bodies.iter().enumerate() {
        let block = Block::new(index);
        let _ = writeln!(out, "{}:", label_of(block));
        emitter.phis(out, block);
        out.push_str(body);
    }
    out.push_str(&emitter.failed_block());
    out.push_str("}\n\n");
}

fn label_of(block: Block) -> String {
    block.to_string()
}

/// Operands by value: constants as themselves, everything else by name.
fn operands(function: &Function) -> Vec<String> {
    let mut operands: Vec<String> =
        (0..function.value_types.len()).map(|index| format!("%{}", Value::new(index))).collect();
    for inst in function.blocks.iter().flat_map(|block| &block.insts) {
        if let (Some(operand), [result]) = (constant::operand(&inst.op), inst.results.as_slice()) {
            operands[result.index()] = operand;
        }
    }
    operands
}

impl<'m, 'd> FunctionEmitter<'m, 'd> {
    fn new(
        module: &'m Module,
        style: &Style<'m>,
        function: &'m Function,
        debug: Option<(&'m mut DebugInfo<'d>, Scope)>,
    ) -> Self {
        FunctionEmitter {
            module,
            worlds: style.worlds,
            effort: style.effort,
            function,
            is_safe: false,
            failures: Vec::new(),
            operands: operands(function),
            text: String::new(),
            slots: String::new(),
            received: 0,
            current: String::new(),
            incoming: function.blocks.iter().map(|_| Vec::new()).collect(),
            names: 0,
            debug,
            attachment: String::new(),
        }
    }

    fn params(&self, exclusive: bool) -> String {
        let mut params = emit::CONTEXT_PARAMETER.to_owned();
        let last = self.function.params.len().wrapping_sub(1);
        for (index, ty) in self.function.params.iter().enumerate() {
            let facts = match (exclusive && *ty == Type::Ptr, index == last) {
                (true, true) => " noalias",
                (true, false) => " noalias readonly",
                (false, _) => "",
            };
            let _ = write!(params, ", {}{facts} %param{index}", value_type(*ty));
        }
        params.push_str(self.giving().param());
        params
    }

    fn block(&mut self, block: Block) -> String {
        let function = self.function;
        let data: &BlockData = &function.blocks[block.index()];
        self.current = label_of(block);
        self.at(None);
        for inst in &data.insts {
            self.at(inst.span);
            self.inst(inst);
        }
        self.terminator(&data.terminator);
        std::mem::take(&mut self.text)
    }

    fn phis(&self, out: &mut String, block: Block) {
        let incoming = &self.incoming[block.index()];
        for (position, param) in self.function.blocks[block.index()].params.iter().enumerate() {
            let mut sources: Vec<String> =
                incoming.iter().map(|jump| format!("[ {}, %{} ]", jump.args[position], jump.label)).collect();
            if block.index() == 0 {
                sources.push(format!("[ %param{position}, %entry ]"));
            }
            let ty = value_type(self.value_type(*param));
            let _ = match sources.as_slice() {
                // Nothing jumps here: the block is dead, and so is whatever reads the parameter.
                [] => writeln!(out, "  %{param} = freeze {ty} poison"),
                sources => writeln!(out, "  %{param} = phi {ty} {}", sources.join(", ")),
            };
        }
    }

    fn terminator(&mut self, terminator: &Terminator) {
        match terminator {
            Terminator::Jump(target) => {
                let label = self.jump_from(target, self.current.clone());
                self.line(format_args!("br label %{label}"));
            }
            Terminator::Branch(condition, yes, no) => {
                let (mut edges, condition) = (String::new(), self.operand(*condition).to_owned());
                let is_shared = yes.block == no.block;
                let (yes, no) = (self.edge(yes, is_shared, &mut edges), self.edge(no, is_shared, &mut edges));
                self.line(format_args!("br i1 {condition}, label %{yes}, label %{no}"));
                self.text.push_str(&edges);
            }
            Terminator::Switch(value, cases, default) => self.switch(*value, cases, default),
            Terminator::Return(values) => self.return_values(values),
            Terminator::Trap(site) => self.trap(*site),
        }
    }

    fn switch(&mut self, value: Value, cases: &[(i64, Target)], default: &Target) {
        let (mut edges, value) = (String::new(), self.operand(value).to_owned());
        let blocks: HashSet<Block> = cases.iter().map(|(_, target)| target.block).chain([default.block]).collect();
        let is_shared = blocks.len() <= cases.len();
        let default = self.edge(default, is_shared, &mut edges);
        let arms: Vec<String> = cases
            .iter()
            .map(|(case, target)| format!("i64 {case}, label %{}", self.edge(target, is_shared, &mut edges)))
            .collect();
        self.line(format_args!("switch i64 {value}, label %{default} [ {} ]", arms.join(" ")));
        self.text.push_str(&edges);
    }

    /// The label for one of several targets. Where some are the same block, a target with arguments gets a block of its own: a phi can't tell
    /// apart which of them a terminator took.
    fn edge(&mut self, target: &Target, is_shared: bool, edges: &mut String) -> String {
        if !is_shared || target.args.is_empty() {
            return self.jump_from(target, self.current.clone());
        }
        let edge = self.label("edge");
        let label = self.jump_from(target, edge.clone());
        let _ = writeln!(edges, "{edge}:\n  br label %{label}");
        edge
    }

    fn jump_from(&mut self, target: &Target, label: String) -> String {
        let args = target.args.iter().map(|arg| self.operand(*arg).to_owned()).collect();
        self.incoming[target.block.index()].push(Incoming { label, args });
        label_of(target.block)
    }

    /// The operand for a value.
    pub(crate) fn operand(&self, value: Value) -> &str {
        &self.operands[value.index()]
    }

    /// The type of a value.
    pub(crate) fn value_type(&self, value: Value) -> Type {
        self.function.value_types[value.index()]
    }

    /// Gives what is written from here on the place of this span.
    fn at(&mut self, span: Option<Span>) {
        self.attachment = self.place(span);
    }

    /// The attachment of an instruction that was made for this span.
    pub(crate) fn place(&mut self, span: Option<Span>) -> String {
        match &mut self.debug {
            Some((info, scope)) => info.attachment(*scope, span),
            None => String::new(),
        }
    }

    /// Writes an instruction without a result.
    pub(crate) fn line(&mut self, text: Arguments<'_>) {
        let _ = writeln!(self.text, "  {text}{}", self.attachment);
    }

    /// Writes an instruction that defines a value.
    pub(crate) fn set(&mut self, result: Value, text: Arguments<'_>) {
        let _ = writeln!(self.text, "  %{result} = {text}{}", self.attachment);
    }

    /// Writes an instruction and gives the name of its result.
    pub(crate) fn temp(&mut self, text: Arguments<'_>) -> String {
        self.names += 1;
        let _ = writeln!(self.text, "  %t{} = {text}{}", self.names, self.attachment);
        format!("%t{}", self.names)
    }

    /// Memory in the frame, valid in the whole function.
    pub(crate) fn slot(&mut self, result: Value, size: u32, align: u32) {
        let _ = writeln!(self.slots, "  %{result} = alloca [{size} x i8], align {align}");
    }

    /// A fresh label.
    pub(crate) fn label(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}.{}", self.names)
    }

    /// Goes on in a new block.
    pub(crate) fn start_block(&mut self, label: String) {
        let _ = writeln!(self.text, "{label}:");
        self.current = label;
    }
}
