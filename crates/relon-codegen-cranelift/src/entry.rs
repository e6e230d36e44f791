//! Entries: functions with the C signature by which hosts call a unit.

use cranelift_codegen::ir::{self, InstBuilder};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use relon_ir::{Entry, Function, Type};

use crate::types::{MEMORY, POINTER, RESULT_STRIDE, STATUS, entry_signature, returns_in_memory, value_type};
use crate::unit::Unit;

/// The parameters of an entry: context, addresses of the arguments, memory for the result.
pub(crate) const PARAMS: [ir::Type; 3] = [POINTER; 3];

/// Writes the C function of an entry to `to`.
pub(crate) fn define(unit: &mut Unit<'_>, entry: &Entry, to: &mut ir::Function, scratch: &mut FunctionBuilderContext) {
    to.signature = entry_signature(unit.isa(), &PARAMS);
    let (config, function) = (unit.config(), &unit.module.functions[entry.function.index()]);
    let callee = unit.function_in(entry.function, to);
    let mut builder = FunctionBuilder::new(to, scratch);
    let start = builder.create_block();
    builder.append_block_params_for_function_params(start);
    builder.switch_to_block(start);
    Thunk { function, builder: &mut builder }.write(callee);
    builder.seal_all_blocks();
    builder.finalize(config);
}

/// An entry that calls its function once.
struct Thunk<'t, 'f> {
    function: &'t Function,
    builder: &'t mut FunctionBuilder<'f>,
}

/// Whether the function has the shape of an entry: pointers to arguments, then one to memory for the result.
fn takes_memory(function: &Function) -> bool {
    function.results.is_empty() && !function.params.is_empty() && function.params.iter().all(|ty| *ty == Type::Ptr)
}

impl Thunk<'_, '_> {
    /// A function over scalars (a hand-built one) has its arguments loaded and results stored here.
    fn write(&mut self, callee: ir::FuncRef) {
        let start = self.builder.current_block().expect("the block that was switched to");
        let [context, args, out] = self.builder.block_params(start)[..] else { unreachable!("an entry's signature") };
        let (memory, mut given) = (takes_memory(self.function), vec![context]);
        for (index, ty) in self.function.params.iter().enumerate() {
            given.push(match memory {
                true if index + 1 == self.function.params.len() => out,
                true => self.pointer(args, index),
                false => self.scalar(args, index, *ty),
            });
        }
        if returns_in_memory(self.function) {
            given.push(out);
        }
        let call = self.builder.ins().call(callee, &given);
        let results = self.builder.inst_results(call).to_vec();
        self.results(&results, out);
    }

    fn pointer(&mut self, args: ir::Value, index: usize) -> ir::Value {
        self.builder.ins().load(POINTER, MEMORY, args, 8 * index as i32)
    }

    fn scalar(&mut self, args: ir::Value, index: usize, ty: Type) -> ir::Value {
        let pointer = self.pointer(args, index);
        self.builder.ins().load(value_type(ty), MEMORY, pointer, 0)
    }

    /// Stores results, eight bytes apart, and returns the status.
    fn results(&mut self, results: &[ir::Value], out: ir::Value) {
        let (status, results) = (results[0], &results[1..]);
        if results.is_empty() {
            self.builder.ins().return_(&[status]);
            return;
        }
        let (failed, fine) = (self.builder.create_block(), self.builder.create_block());
        self.builder.ins().brif(status, failed, &[], fine, &[]);
        self.builder.switch_to_block(failed);
        self.builder.ins().return_(&[status]);
        self.builder.switch_to_block(fine);
        for (index, result) in results.iter().enumerate() {
            self.builder.ins().store(MEMORY, *result, out, (index * RESULT_STRIDE) as i32);
        }
        let none = self.builder.ins().iconst(STATUS, 0);
        self.builder.ins().return_(&[none]);
    }
}
