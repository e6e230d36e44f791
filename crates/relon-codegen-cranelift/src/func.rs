//! Functions: blocks become blocks, block parameters stay block parameters.
//!
//! Blocks are written in reverse postorder, so that a value is written before its uses; those that nothing reaches are left out. A
//! block of the IR is cut at each check and call.

use std::collections::HashMap;

use cranelift_codegen::ir::{self, BlockArg, InstBuilder};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Switch};
use relon_ir::{Block, DataId, Function, FunctionId, NativeId, SiteId, Target, Terminator, Type, Value};

use crate::trap::Traps;
use crate::types::{MEMORY, RESULT_STRIDE, STATUS, returns_in_memory, signature, value_type};
use crate::unit::Unit;

/// Writes one function.
pub(crate) struct FunctionEmitter<'f, 'm> {
    pub(crate) unit: &'f mut Unit<'m>,
    pub(crate) function: &'m Function,
    pub(crate) builder: FunctionBuilder<'f>,
    pub(crate) traps: Traps,
    /// The context of the call.
    pub(crate) context: ir::Value,
    /// Functions that this one refers to.
    pub(crate) callees: HashMap<FunctionId, ir::FuncRef>,
    /// Constant data that it refers to.
    pub(crate) data: HashMap<DataId, ir::GlobalValue>,
    /// Signatures of natives that it calls.
    pub(crate) natives: HashMap<NativeId, ir::SigRef>,
    /// Memory for the results of functions that do not return them in registers.
    pub(crate) result_slot: Option<ir::StackSlot>,
    /// Where this function stores its own results, if not in registers.
    results: Option<ir::Value>,
    blocks: Vec<ir::Block>,
    values: Vec<Option<ir::Value>>,
}

/// Writes the function to `to`.
pub(crate) fn define<'m>(
    unit: &mut Unit<'m>,
    function: &'m Function,
    to: &mut ir::Function,
    scratch: &mut FunctionBuilderContext,
) {
    to.signature = signature(function);
    let config = unit.config();
    let mut builder = FunctionBuilder::new(to, scratch);
    let start = builder.create_block();
    builder.append_block_params_for_function_params(start);
    builder.switch_to_block(start);
    let given = builder.block_params(start).to_vec();
    let mut emitter = FunctionEmitter {
        unit,
        function,
        traps: Traps::default(),
        context: given[0],
        callees: HashMap::new(),
        data: HashMap::new(),
        natives: HashMap::new(),
        result_slot: None,
        results: returns_in_memory(function).then(|| given[function.params.len() + 1]),
        blocks: function.blocks.iter().map(|_| builder.create_block()).collect(),
        values: vec![None; function.value_types.len()],
        builder,
    };
    emitter.body(&given[1..=function.params.len()]);
    emitter.builder.seal_all_blocks();
    emitter.builder.finalize(config);
}

impl FunctionEmitter<'_, '_> {
    /// All that is reached. The first block may be jumped to, which the block that takes the parameters must not be.
    fn body(&mut self, params: &[ir::Value]) {
        let args: Vec<BlockArg> = params.iter().copied().map(BlockArg::Value).collect();
        self.builder.ins().jump(self.blocks[0], &args);
        for block in reverse_postorder(self.function) {
            self.block(block);
        }
        self.finish_traps();
    }

    fn block(&mut self, block: Block) {
        let (function, to) = (self.function, self.blocks[block.index()]);
        let data = &function.blocks[block.index()];
        for param in &data.params {
            let value = self.builder.append_block_param(to, value_type(self.value_type(*param)));
            self.set(*param, value);
        }
        self.builder.switch_to_block(to);
        for inst in &data.insts {
            let place = self.unit.place(inst.span);
            self.builder.set_srcloc(place);
            self.inst(inst);
        }
        self.terminator(&data.terminator);
    }

    fn terminator(&mut self, terminator: &Terminator) {
        match terminator {
            Terminator::Jump(target) => {
                let (block, args) = self.target(target);
                self.builder.ins().jump(block, &args);
            }
            Terminator::Branch(condition, yes, no) => {
                let condition = self.value(*condition);
                let ((yes, yes_args), (no, no_args)) = (self.target(yes), self.target(no));
                self.builder.ins().brif(condition, yes, &yes_args, no, &no_args);
            }
            Terminator::Switch(value, cases, default) => self.switch(*value, cases, default),
            Terminator::Return(values) => self.return_values(values),
            Terminator::Trap(site) => self.trap(*site),
        }
    }

    fn trap(&mut self, site: SiteId) {
        let block = self.trap_block(site);
        self.builder.ins().jump(block, &[]);
    }

    fn return_values(&mut self, values: &[Value]) {
        let mut all = vec![self.builder.ins().iconst(STATUS, 0)];
        all.extend(self.values(values));
        if let Some(memory) = self.results {
            for (index, value) in all.drain(1..).enumerate() {
                self.builder.ins().store(MEMORY, value, memory, (index * RESULT_STRIDE) as i32);
            }
        }
        self.builder.ins().return_(&all);
    }

    /// Cases and default go to blocks of their own where they have arguments: a jump table has none.
    fn switch(&mut self, value: Value, cases: &[(i64, Target)], default: &Target) {
        let (mut switch, mut edges) = (Switch::new(), Vec::new());
        for (case, target) in cases {
            let block = self.edge(target, &mut edges);
            switch.set_entry(u128::from(*case as u64), block);
        }
        let default = self.edge(default, &mut edges);
        let value = self.value(value);
        switch.emit(&mut self.builder, value, default);
        for (edge, target) in edges {
            self.builder.switch_to_block(edge);
            let (block, args) = self.target(target);
            self.builder.ins().jump(block, &args);
        }
    }

    fn edge<'t>(&mut self, target: &'t Target, edges: &mut Vec<(ir::Block, &'t Target)>) -> ir::Block {
        if target.args.is_empty() {
            return self.blocks[target.block.index()];
        }
        let edge = self.builder.create_block();
        edges.push((edge, target));
        edge
    }

    fn target(&self, target: &Target) -> (ir::Block, Vec<BlockArg>) {
        let args = target.args.iter().map(|arg| BlockArg::Value(self.value(*arg))).collect();
        (self.blocks[target.block.index()], args)
    }

    /// What was written for a value.
    pub(crate) fn value(&self, value: Value) -> ir::Value {
        self.values[value.index()].expect("the verifier saw the definition on every path here")
    }

    /// What was written for each value.
    pub(crate) fn values(&self, values: &[Value]) -> impl Iterator<Item = ir::Value> {
        values.iter().map(|value| self.value(*value))
    }

    /// Says what was written for a value.
    pub(crate) fn set(&mut self, value: Value, written: ir::Value) {
        self.values[value.index()] = Some(written);
    }

    /// The type of a value.
    pub(crate) fn value_type(&self, value: Value) -> Type {
        self.function.value_types[value.index()]
    }
}

/// The blocks that the first one reaches, each before those that only it leads to.
fn reverse_postorder(function: &Function) -> Vec<Block> {
    let mut seen = vec![false; function.blocks.len()];
    let (mut order, mut open) = (Vec::with_capacity(seen.len()), vec![(Block::new(0), 0)]);
    seen[0] = true;
    while let Some((block, next)) = open.last_mut() {
        match successor(&function.blocks[block.index()].terminator, *next) {
            Some(successor) => {
                *next += 1;
                if !std::mem::replace(&mut seen[successor.index()], true) {
                    open.push((successor, 0));
                }
            }
            None => {
                order.push(*block);
                open.pop();
            }
        }
    }
    order.reverse();
    order
}

/// The block at this position among those that a terminator leads to.
fn successor(terminator: &Terminator, position: usize) -> Option<Block> {
    match terminator {
        Terminator::Jump(target) => (position == 0).then_some(target.block),
        Terminator::Branch(_, yes, no) => [no, yes].get(position).map(|target| target.block),
        Terminator::Switch(_, cases, default) => match position.checked_sub(1) {
            None => Some(default.block),
            Some(case) => cases.get(case).map(|(_, target)| target.block),
        },
        Terminator::Return(_) | Terminator::Trap(_) => None,
    }
}
