//! Building functions block by block.

use crate::{
    Block, BlockData, BoolOp, Data, DataId, FloatCondition, FloatOp, Function, FunctionId, Inst, IntCondition, IntOp,
    IntRange, MemType, Module, NativeId, OnFailure, Op, SiteId, Span, Target, Terminator, Type, Value, WrapOp,
};

/// A function under construction.
///
/// Instructions go to the current block until a terminator closes it; then [`switch_to`](Self::switch_to) picks the next.
#[derive(Debug)]
pub struct FunctionBuilder {
    name: String,
    params: Vec<Type>,
    results: Vec<Type>,
    blocks: Vec<PendingBlock>,
    value_types: Vec<Type>,
    current: Block,
    function_span: Option<Span>,
    span: Option<Span>,
}

#[derive(Debug)]
struct PendingBlock {
    params: Vec<Value>,
    insts: Vec<Inst>,
    terminator: Option<Terminator>,
}

impl FunctionBuilder {
    /// Starts a function; the current block is its entry block.
    pub fn new(name: impl Into<String>, params: &[Type], results: &[Type], span: Option<Span>) -> Self {
        let mut builder = FunctionBuilder {
            name: name.into(),
            params: params.to_vec(),
            results: results.to_vec(),
            blocks: Vec::new(),
            value_types: Vec::new(),
            current: Block::new(0),
            function_span: span,
            span,
        };
        builder.create_block(params);
        builder
    }

    /// The parameters of the function.
    pub fn params(&self) -> Vec<Value> {
        self.blocks[0].params.clone()
    }

    /// The types of the results.
    pub fn results(&self) -> &[Type] {
        &self.results
    }

    /// Adds an empty block with parameters of these types.
    pub fn create_block(&mut self, params: &[Type]) -> Block {
        let params = params.iter().map(|ty| self.new_value(*ty)).collect();
        self.blocks.push(PendingBlock { params, insts: Vec::new(), terminator: None });
        Block::new(self.blocks.len() - 1)
    }

    /// The parameters of a block.
    pub fn block_params(&self, block: Block) -> Vec<Value> {
        self.blocks[block.index()].params.clone()
    }

    /// Makes this block the current one.
    pub fn switch_to(&mut self, block: Block) {
        self.current = block;
    }

    /// The block that instructions go to.
    pub fn current(&self) -> Block {
        self.current
    }

    /// Whether the current block has its terminator already.
    pub fn is_terminated(&self) -> bool {
        self.blocks[self.current.index()].terminator.is_some()
    }

    /// The expression that the next instructions are made for; returns the one before.
    pub fn set_span(&mut self, span: Option<Span>) -> Option<Span> {
        std::mem::replace(&mut self.span, span)
    }

    /// The expression that the next instructions are made for.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// The type of a value.
    pub fn value_type(&self, value: Value) -> Type {
        self.value_types[value.index()]
    }

    fn new_value(&mut self, ty: Type) -> Value {
        self.value_types.push(ty);
        Value::new(self.value_types.len() - 1)
    }

    fn push(&mut self, op: Op, results: &[Type]) -> Vec<Value> {
        let results: Vec<Value> = results.iter().map(|ty| self.new_value(*ty)).collect();
        let block = &mut self.blocks[self.current.index()];
        assert!(block.terminator.is_none(), "instruction behind the terminator of {}", self.current);
        block.insts.push(Inst { op, results: results.clone(), span: self.span });
        results
    }

    fn push_one(&mut self, op: Op, result: Type) -> Value {
        self.push(op, &[result])[0]
    }

    /// [`Op::ConstInt`]
    pub fn int(&mut self, value: i64) -> Value {
        self.push_one(Op::ConstInt(value), Type::Int)
    }

    /// [`Op::ConstFloat`]
    pub fn float(&mut self, value: f64) -> Value {
        self.push_one(Op::ConstFloat(value.to_bits()), Type::Float)
    }

    /// [`Op::ConstBool`]
    pub fn bool(&mut self, value: bool) -> Value {
        self.push_one(Op::ConstBool(value), Type::Bool)
    }

    /// [`Op::ConstNull`]
    pub fn null(&mut self) -> Value {
        self.push_one(Op::ConstNull, Type::Ptr)
    }

    /// [`Op::ConstData`]
    pub fn data(&mut self, data: DataId) -> Value {
        self.push_one(Op::ConstData(data), Type::Ptr)
    }

    /// [`Op::Context`]
    pub fn context(&mut self) -> Value {
        self.push_one(Op::Context, Type::Ptr)
    }

    /// [`Op::Int`] for `Add`, `Sub` and `Mul`.
    pub fn int_checked(&mut self, op: IntOp, lhs: Value, rhs: Value, overflow: SiteId) -> Value {
        self.push_one(Op::Int { op, lhs, rhs, overflow, zero: None }, Type::Int)
    }

    /// [`Op::Int`] for `Div` and `Rem`.
    pub fn int_divide(&mut self, op: IntOp, lhs: Value, rhs: Value, overflow: SiteId, zero: SiteId) -> Value {
        self.push_one(Op::Int { op, lhs, rhs, overflow, zero: Some(zero) }, Type::Int)
    }

    /// [`Op::Wrap`]
    pub fn wrap(&mut self, op: WrapOp, lhs: Value, rhs: Value) -> Value {
        self.push_one(Op::Wrap(op, lhs, rhs), Type::Int)
    }

    /// [`Op::Float`]
    pub fn float_op(&mut self, op: FloatOp, lhs: Value, rhs: Value) -> Value {
        self.push_one(Op::Float(op, lhs, rhs), Type::Float)
    }

    /// [`Op::FloatNeg`]
    pub fn float_neg(&mut self, value: Value) -> Value {
        self.push_one(Op::FloatNeg(value), Type::Float)
    }

    /// [`Op::FloatAbs`]
    pub fn float_abs(&mut self, value: Value) -> Value {
        self.push_one(Op::FloatAbs(value), Type::Float)
    }

    /// [`Op::IntToFloat`]
    pub fn int_to_float(&mut self, value: Value) -> Value {
        self.push_one(Op::IntToFloat(value), Type::Float)
    }

    /// [`Op::IntCompare`]
    pub fn int_compare(&mut self, condition: IntCondition, lhs: Value, rhs: Value) -> Value {
        self.push_one(Op::IntCompare(condition, lhs, rhs), Type::Bool)
    }

    /// [`Op::FloatCompare`]
    pub fn float_compare(&mut self, condition: FloatCondition, lhs: Value, rhs: Value) -> Value {
        self.push_one(Op::FloatCompare(condition, lhs, rhs), Type::Bool)
    }

    /// [`Op::Bool`]
    pub fn bool_op(&mut self, op: BoolOp, lhs: Value, rhs: Value) -> Value {
        self.push_one(Op::Bool(op, lhs, rhs), Type::Bool)
    }

    /// [`Op::Not`]
    pub fn not(&mut self, value: Value) -> Value {
        self.push_one(Op::Not(value), Type::Bool)
    }

    /// [`Op::Select`]
    pub fn select(&mut self, condition: Value, yes: Value, no: Value) -> Value {
        let ty = self.value_type(yes);
        self.push_one(Op::Select(condition, yes, no), ty)
    }

    /// [`Op::StackSlot`]
    pub fn stack_slot(&mut self, size: u32, align: u32) -> Value {
        self.push_one(Op::StackSlot { size, align }, Type::Ptr)
    }

    /// [`Op::Load`]
    pub fn load(&mut self, mem: MemType, address: Value, offset: u32) -> Value {
        self.push_one(Op::Load { mem, address, offset, within: None }, mem.value_type())
    }

    /// [`Op::Load`] of an Int that is known to lie within bounds.
    pub fn load_within(&mut self, within: IntRange, address: Value, offset: u32) -> Value {
        self.push_one(Op::Load { mem: MemType::Int, address, offset, within: Some(within) }, Type::Int)
    }

    /// [`Op::Store`]
    pub fn store(&mut self, mem: MemType, address: Value, offset: u32, value: Value) {
        self.push(Op::Store { mem, address, offset, value }, &[]);
    }

    /// [`Op::Offset`]
    pub fn offset(&mut self, address: Value, bytes: Value) -> Value {
        self.push_one(Op::Offset(address, bytes), Type::Ptr)
    }

    /// [`Op::Copy`]
    pub fn copy(&mut self, to: Value, from: Value, size: Value) {
        self.push(Op::Copy { to, from, size }, &[]);
    }

    /// [`Op::Call`]; `results` are the result types of the function.
    pub fn call(&mut self, function: FunctionId, results: &[Type], args: Vec<Value>) -> Vec<Value> {
        self.push(Op::Call { function, args }, results)
    }

    /// [`Op::CallNative`] of a native of the direct convention.
    pub fn call_direct(&mut self, native: NativeId, result: Option<Type>, args: Vec<Value>) -> Option<Value> {
        // The direct convention has no failure, so what would happen after one does not matter.
        self.push(Op::CallNative { native, args, failure: OnFailure::Give }, result.as_slice()).first().copied()
    }

    /// [`Op::CallNative`] of a native of the status convention; a failure traps.
    pub fn call_native(&mut self, native: NativeId, args: Vec<Value>, site: SiteId) {
        self.push(Op::CallNative { native, args, failure: OnFailure::Trap(site) }, &[]);
    }

    /// [`Op::CallNative`] of a native of the status convention; gives a Bool that is true after a failure.
    pub fn try_native(&mut self, native: NativeId, args: Vec<Value>) -> Value {
        self.push_one(Op::CallNative { native, args, failure: OnFailure::Give }, Type::Bool)
    }

    /// [`Op::Guard`]
    pub fn guard(&mut self, condition: Value, site: SiteId) {
        self.push(Op::Guard(condition, site), &[]);
    }

    fn terminate(&mut self, terminator: Terminator) {
        let block = &mut self.blocks[self.current.index()];
        assert!(block.terminator.is_none(), "second terminator of {}", self.current);
        block.terminator = Some(terminator);
    }

    /// [`Terminator::Jump`]
    pub fn jump(&mut self, block: Block, args: Vec<Value>) {
        self.terminate(Terminator::Jump(Target { block, args }));
    }

    /// [`Terminator::Branch`] to two blocks without parameters.
    pub fn branch(&mut self, condition: Value, yes: Block, no: Block) {
        self.branch_with(condition, Target { block: yes, args: Vec::new() }, Target { block: no, args: Vec::new() });
    }

    /// [`Terminator::Branch`]
    pub fn branch_with(&mut self, condition: Value, yes: Target, no: Target) {
        self.terminate(Terminator::Branch(condition, yes, no));
    }

    /// [`Terminator::Switch`]
    pub fn switch(&mut self, value: Value, cases: Vec<(i64, Target)>, default: Target) {
        self.terminate(Terminator::Switch(value, cases, default));
    }

    /// [`Terminator::Return`]
    pub fn ret(&mut self, values: Vec<Value>) {
        self.terminate(Terminator::Return(values));
    }

    /// [`Terminator::Trap`]
    pub fn trap(&mut self, site: SiteId) {
        self.terminate(Terminator::Trap(site));
    }

    /// The finished function.
    ///
    /// # Panics
    /// If a block has no terminator.
    pub fn finish(self) -> Function {
        let blocks = self.blocks.into_iter().enumerate().map(|(index, block)| BlockData {
            params: block.params,
            insts: block.insts,
            terminator: block
                .terminator
                .unwrap_or_else(|| panic!("{} of {} has no terminator", Block::new(index), self.name)),
        });
        Function {
            blocks: blocks.collect(),
            name: self.name,
            params: self.params,
            results: self.results,
            value_types: self.value_types,
            span: self.function_span,
        }
    }
}

impl Module {
    /// Adds bytes without addresses, aligned to `align`.
    pub fn add_bytes(&mut self, bytes: Vec<u8>, align: u32) -> DataId {
        self.add_data(Data { bytes, align, relocations: Vec::new() })
    }
}
