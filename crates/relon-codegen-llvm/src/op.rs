//! Ops, each as the few instructions that it means.

use relon_ir::{
    BoolOp, FloatCondition, FloatOp, Inst, IntCondition, IntOp, IntRange, MemType, Op, SiteId, Type, Value, WrapOp,
};

use crate::division::Magic;
use crate::func::FunctionEmitter;
use crate::types::{memory_type, value_type};

impl FunctionEmitter<'_, '_> {
    /// Writes an instruction.
    pub(crate) fn inst(&mut self, inst: &Inst) {
        let result = inst.results.first().copied();
        match (&inst.op, result) {
            (Op::Store { mem, address, offset, value }, _) => {
                let address = self.operand(*address).to_owned();
                self.store(*mem, &address, *offset, *value);
            }
            (Op::Copy { to, from, size }, _) => self.copy(*to, *from, *size),
            (Op::Guard(condition, site), _) => {
                let condition = self.operand(*condition).to_owned();
                self.trap_unless(&condition, *site);
            }
            (Op::Call { function, args }, _) => self.call(*function, args, &inst.results),
            (Op::CallNative { native, args, failure }, _) => self.call_native(*native, args, *failure, result),
            (op, Some(result)) => self.compute(op, result),
            (op, None) => unreachable!("{op:?} has a result"),
        }
    }

    /// Ops that do nothing besides computing their one result, and may trap.
    fn compute(&mut self, op: &Op, result: Value) {
        match op {
            // Operands stand for themselves wherever they are used.
            Op::ConstInt(_) | Op::ConstFloat(_) | Op::ConstBool(_) | Op::ConstData(_) | Op::ConstNull | Op::Context => {
            }
            Op::Int { op, lhs, rhs, overflow, zero } => match zero {
                None => self.checked(*op, *lhs, *rhs, *overflow, result),
                Some(zero) => self.divide(*op, *lhs, *rhs, *overflow, *zero, result),
            },
            Op::Wrap(op, lhs, rhs) => self.binary(wrap_name(*op), "i64", *lhs, *rhs, result),
            Op::Float(op, lhs, rhs) => self.binary(float_name(*op), "double", *lhs, *rhs, result),
            Op::FloatNeg(value) => self.unary("fneg double", *value, "", result),
            Op::FloatAbs(value) => self.unary("call double @llvm.fabs.f64(double", *value, ")", result),
            Op::IntToFloat(value) => self.unary("sitofp i64", *value, " to double", result),
            Op::IntCompare(condition, lhs, rhs) => self.int_compare(*condition, *lhs, *rhs, result),
            Op::FloatCompare(condition, lhs, rhs) => {
                self.binary(float_condition(*condition), "double", *lhs, *rhs, result);
            }
            Op::Bool(op, lhs, rhs) => self.binary(bool_name(*op), "i1", *lhs, *rhs, result),
            Op::Not(value) => self.unary("xor i1", *value, ", true", result),
            Op::Select(condition, yes, no) => self.select(*condition, *yes, *no, result),
            Op::StackSlot { size, align } => self.slot(result, *size, *align),
            Op::Load { mem, address, offset, within } => {
                let address = self.operand(*address).to_owned();
                self.load(*mem, &address, *offset, *within, result);
            }
            Op::Offset(address, bytes) => {
                let (address, bytes) = (self.operand(*address).to_owned(), self.operand(*bytes).to_owned());
                self.set(result, format_args!("getelementptr inbounds i8, ptr {address}, i64 {bytes}"));
            }
            Op::Store { .. } | Op::Copy { .. } | Op::Guard(..) | Op::Call { .. } | Op::CallNative { .. } => {
                unreachable!("{op:?} is no plain computation")
            }
        }
    }

    fn unary(&mut self, before: &str, value: Value, after: &str, result: Value) {
        let value = self.operand(value).to_owned();
        self.set(result, format_args!("{before} {value}{after}"));
    }

    fn binary(&mut self, name: &str, ty: &str, lhs: Value, rhs: Value, result: Value) {
        let (lhs, rhs) = (self.operand(lhs).to_owned(), self.operand(rhs).to_owned());
        self.set(result, format_args!("{name} {ty} {lhs}, {rhs}"));
    }

    fn checked(&mut self, op: IntOp, lhs: Value, rhs: Value, overflow: SiteId, result: Value) {
        let name = int_name(op);
        if self.is_safe {
            return self.binary(&format!("{name} nsw"), "i64", lhs, rhs, result);
        }
        let (lhs, rhs) = (self.operand(lhs).to_owned(), self.operand(rhs).to_owned());
        let both = self.temp(format_args!("call {{ i64, i1 }} @llvm.s{name}.with.overflow.i64(i64 {lhs}, i64 {rhs})"));
        let overflowed = self.temp(format_args!("extractvalue {{ i64, i1 }} {both}, 1"));
        self.trap_if(&overflowed, overflow);
        self.set(result, format_args!("extractvalue {{ i64, i1 }} {both}, 0"));
    }

    /// Division traps at a zero divisor first, then where `MIN` is divided by -1: both are undefined for LLVM.
    fn divide(&mut self, op: IntOp, lhs: Value, rhs: Value, overflow: SiteId, zero: SiteId, result: Value) {
        let (left, right) = (self.operand(lhs).to_owned(), self.operand(rhs).to_owned());
        if let Some(magic) = self.constant_int(rhs).filter(|_| self.is_safe).and_then(Magic::of) {
            return self.divide_by_constant(op, &left, magic, result);
        }
        let is_zero = self.temp(format_args!("icmp eq i64 {right}, 0"));
        self.trap_if(&is_zero, zero);
        let is_least = self.temp(format_args!("icmp eq i64 {left}, {}", i64::MIN));
        let is_negation = self.temp(format_args!("icmp eq i64 {right}, -1"));
        let overflows = self.temp(format_args!("and i1 {is_least}, {is_negation}"));
        self.trap_if(&overflows, overflow);
        self.binary(&format!("s{}", int_name(op)), "i64", lhs, rhs, result);
    }

    fn int_compare(&mut self, condition: IntCondition, lhs: Value, rhs: Value, result: Value) {
        let ty = value_type(self.value_type(lhs));
        self.binary(int_condition(condition), ty, lhs, rhs, result);
    }

    fn select(&mut self, condition: Value, yes: Value, no: Value, result: Value) {
        let ty = value_type(self.value_type(yes));
        let (yes, no) = (self.operand(yes).to_owned(), self.operand(no).to_owned());
        let condition = self.operand(condition).to_owned();
        self.set(result, format_args!("select i1 {condition}, {ty} {yes}, {ty} {no}"));
    }

    fn address(&mut self, base: &str, offset: u32) -> String {
        match offset {
            0 => base.to_owned(),
            _ => self.temp(format_args!("getelementptr inbounds i8, ptr {base}, i64 {offset}")),
        }
    }

    /// Reads memory at an offset from an operand. Here as in stores, no alignment means that of the type, which is what the layout gives.
    pub(crate) fn load(&mut self, mem: MemType, address: &str, offset: u32, within: Option<IntRange>, result: Value) {
        let address = self.address(address, offset);
        let ty = memory_type(mem);
        match mem {
            MemType::Bool => {
                let byte = self.temp(format_args!("load {ty}, ptr {address}, !range !2"));
                self.set(result, format_args!("trunc nuw i8 {byte} to i1"));
            }
            MemType::Tag => {
                let tag = self.temp(format_args!("load {ty}, ptr {address}"));
                self.set(result, format_args!("zext i32 {tag} to i64"));
            }
            MemType::Int | MemType::Float | MemType::Ptr => {
                let facts = within.map(bounds).unwrap_or_default();
                self.set(result, format_args!("load {ty}, ptr {address}{facts}"));
            }
        }
    }

    /// Writes memory at an offset from an operand.
    pub(crate) fn store(&mut self, mem: MemType, address: &str, offset: u32, value: Value) {
        let address = self.address(address, offset);
        let mut value = self.operand(value).to_owned();
        match mem {
            MemType::Bool => value = self.temp(format_args!("zext i1 {value} to i8")),
            MemType::Tag => value = self.temp(format_args!("trunc i64 {value} to i32")),
            MemType::Int | MemType::Float | MemType::Ptr => {}
        }
        self.line(format_args!("store {} {value}, ptr {address}", memory_type(mem)));
    }

    fn copy(&mut self, to: Value, from: Value, size: Value) {
        let (to, from, size) = (self.operand(to), self.operand(from), self.operand(size));
        let text = format!("call void @llvm.memcpy.p0.p0.i64(ptr {to}, ptr {from}, i64 {size}, i1 false)");
        self.line(format_args!("{text}"));
    }

    /// The operand of a native's argument: a Bool is a byte there.
    pub(crate) fn native_argument(&mut self, value: Value) -> String {
        let operand = self.operand(value).to_owned();
        match self.value_type(value) {
            Type::Bool => self.temp(format_args!("zext i1 {operand} to i8")),
            Type::Int | Type::Float | Type::Ptr => operand,
        }
    }
}

/// What is attached to a load for its bounds: LLVM's exclude the upper one, and may wrap around.
fn bounds(range: IntRange) -> String {
    match range {
        IntRange::FULL => String::new(),
        IntRange { low: 0, high: i64::MAX } => ", !range !3".into(),
        IntRange { low, high } => format!(", !range !{{ i64 {low}, i64 {} }}", high.wrapping_add(1)),
    }
}

fn int_name(op: IntOp) -> &'static str {
    match op {
        IntOp::Add => "add",
        IntOp::Sub => "sub",
        IntOp::Mul => "mul",
        IntOp::Div => "div",
        IntOp::Rem => "rem",
    }
}

fn wrap_name(op: WrapOp) -> &'static str {
    match op {
        WrapOp::Add => "add",
        WrapOp::Sub => "sub",
        WrapOp::Mul => "mul",
    }
}

fn float_name(op: FloatOp) -> &'static str {
    match op {
        FloatOp::Add => "fadd",
        FloatOp::Sub => "fsub",
        FloatOp::Mul => "fmul",
        FloatOp::Div => "fdiv",
    }
}

fn bool_name(op: BoolOp) -> &'static str {
    match op {
        BoolOp::And => "and",
        BoolOp::Or => "or",
        BoolOp::Xor => "xor",
    }
}

fn int_condition(condition: IntCondition) -> &'static str {
    match condition {
        IntCondition::Eq => "icmp eq",
        IntCondition::Ne => "icmp ne",
        IntCondition::Lt => "icmp slt",
        IntCondition::Le => "icmp sle",
        IntCondition::Gt => "icmp sgt",
        IntCondition::Ge => "icmp sge",
        IntCondition::UnsignedLt => "icmp ult",
    }
}

/// Ordered comparisons are false for NaN; 'not equal' is the one that is true.
fn float_condition(condition: FloatCondition) -> &'static str {
    match condition {
        FloatCondition::Eq => "fcmp oeq",
        FloatCondition::Ne => "fcmp une",
        FloatCondition::Lt => "fcmp olt",
        FloatCondition::Le => "fcmp ole",
        FloatCondition::Gt => "fcmp ogt",
        FloatCondition::Ge => "fcmp oge",
    }
}
