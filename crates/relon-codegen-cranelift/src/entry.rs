//! Entries: functions with the C signature by which hosts call a unit.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use relon_ir::{Entry, Function, Module, Type, Way};

use crate::types::{MEMORY, POINTER, RESULT_STRIDE, STATUS, entry_signature, returns_in_memory, value_type};
use crate::unit::Unit;

/// A C function of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export<'m> {
    pub(crate) entry: &'m Entry,
    pub(crate) way: Way,
}

/// The C functions of all entries.
pub(crate) fn exports(module: &Module) -> Vec<Export<'_>> {
    let exports =
        module.entries.iter().flat_map(|entry| entry.ways().iter().map(move |way| Export { entry, way: *way }));
    exports.collect()
}

impl Export<'_> {
    /// The parameters: context, arguments, and memory for the result. For many rows there is the number of rows before the memory for the
    /// results, and behind it memory for the number of a row that failed.
    pub(crate) fn params(&self) -> Vec<ir::Type> {
        match self.way {
            Way::Direct => vec![POINTER; self.entry.params.len() + 2],
            Way::Listed => vec![POINTER; 3],
            Way::Batch => vec![POINTER, POINTER, types::I64, POINTER, POINTER],
        }
    }
}

/// Writes a C function to `to`.
pub(crate) fn define(
    unit: &mut Unit<'_>,
    export: Export<'_>,
    to: &mut ir::Function,
    scratch: &mut FunctionBuilderContext,
) {
    let Export { entry, way } = export;
    to.signature = entry_signature(unit.isa(), &export.params());
    let (config, module) = (unit.config(), unit.module);
    let function = &module.functions[entry.function.index()];
    let callee = unit.function_in(entry.function, to);
    let mut builder = FunctionBuilder::new(to, scratch);
    let start = builder.create_block();
    builder.append_block_params_for_function_params(start);
    builder.switch_to_block(start);
    let given = builder.block_params(start).to_vec();
    let mut thunk = Thunk { function, builder: &mut builder };
    match way {
        Way::Direct => thunk.once(callee, &given),
        Way::Listed => {
            let [context, args, out] = given[..] else { unreachable!("the signature of an entry") };
            let pointers = (0..entry.params.len()).map(|index| thunk.pointer(args, index));
            let given: Vec<ir::Value> = [context].into_iter().chain(pointers).chain([out]).collect();
            thunk.once(callee, &given);
        }
        Way::Batch => thunk.batch(callee, &given, &Strides::of(module, entry)),
    }
    builder.seal_all_blocks();
    builder.finalize(config);
}

/// Bytes between the values of rows.
struct Strides {
    args: Vec<u32>,
    result: u32,
}

impl Strides {
    fn of(module: &Module, entry: &Entry) -> Strides {
        let args = entry.params.iter().map(|param| module.types.layout(&param.ty).size).collect();
        Strides { args, result: module.types.layout(&entry.result).size }
    }
}

/// An entry under construction.
struct Thunk<'t, 'f> {
    function: &'t Function,
    builder: &'t mut FunctionBuilder<'f>,
}

/// Whether the function has the shape of an entry: pointers to arguments, then one to memory for the result.
fn takes_memory(function: &Function) -> bool {
    function.results.is_empty() && !function.params.is_empty() && function.params.iter().all(|ty| *ty == Type::Ptr)
}

impl Thunk<'_, '_> {
    /// Calls the function with context, addresses of arguments and memory for the result. A function over scalars (a hand-built one) has
    /// its arguments loaded and results stored here.
    fn once(&mut self, callee: ir::FuncRef, given: &[ir::Value]) {
        let [context, args @ .., out] = given else { unreachable!("the signature of an entry") };
        let mut list = vec![*context];
        if takes_memory(self.function) {
            list.extend_from_slice(&given[1..]);
        } else {
            let params = self.function.params.iter().zip(args);
            list.extend(params.map(|(ty, arg)| self.builder.ins().load(value_type(*ty), MEMORY, *arg, 0)));
            list.extend(returns_in_memory(self.function).then_some(*out));
        }
        let call = self.builder.ins().call(callee, &list);
        let results = self.builder.inst_results(call).to_vec();
        self.results(&results, *out);
    }

    fn pointer(&mut self, args: ir::Value, index: usize) -> ir::Value {
        self.builder.ins().load(POINTER, MEMORY, args, 8 * index as i32)
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

    /// Calls the function for each row, stops behind the first that fails, and stores its number.
    fn batch(&mut self, callee: ir::FuncRef, given: &[ir::Value], strides: &Strides) {
        let [context, args, count, outs, failed] = given[..] else { unreachable!("the signature of a batch") };
        let bases: Vec<ir::Value> = (0..strides.args.len()).map(|index| self.pointer(args, index)).collect();
        let [head, row, next, stop, done] = std::array::from_fn(|_| self.builder.create_block());
        let index = self.builder.append_block_param(head, types::I64);
        let zero = self.builder.ins().iconst(types::I64, 0);
        self.builder.ins().jump(head, &[BlockArg::Value(zero)]);
        self.builder.switch_to_block(head);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, index, count);
        self.builder.ins().brif(more, row, &[], done, &[]);
        self.builder.switch_to_block(row);
        let mut given = vec![context];
        for (base, stride) in bases.into_iter().zip(&strides.args) {
            given.push(self.element(base, index, *stride));
        }
        given.push(self.element(outs, index, strides.result));
        let call = self.builder.ins().call(callee, &given);
        let status = self.builder.inst_results(call)[0];
        self.builder.ins().brif(status, stop, &[], next, &[]);
        self.builder.switch_to_block(next);
        let following = self.builder.ins().iadd_imm_u(index, 1);
        self.builder.ins().jump(head, &[BlockArg::Value(following)]);
        self.builder.switch_to_block(stop);
        self.builder.ins().store(MEMORY, index, failed, 0);
        self.builder.ins().return_(&[status]);
        self.builder.switch_to_block(done);
        let fine = self.builder.ins().iconst(STATUS, 0);
        self.builder.ins().return_(&[fine]);
    }

    /// The address of the row's element of an array.
    fn element(&mut self, base: ir::Value, index: ir::Value, stride: u32) -> ir::Value {
        let stride = self.builder.ins().iconst(types::I64, i64::from(stride));
        let offset = self.builder.ins().imul(index, stride);
        self.builder.ins().iadd(base, offset)
    }
}
