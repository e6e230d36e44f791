//! Ops, each as the few instructions that it means.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::{Ieee64, Offset32};
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, Value as ClifValue, types};
use relon_ir::{BoolOp, FloatCondition, FloatOp, Inst, IntCondition, IntOp, MemType, Op, SiteId, Value, WrapOp};

use crate::func::FunctionEmitter;
use crate::types::{MEMORY, POINTER};

/// The largest alignment that a frame gives by itself.
const FRAME_ALIGN: u32 = 16;

impl FunctionEmitter<'_, '_> {
    /// Writes an instruction.
    pub(crate) fn inst(&mut self, inst: &Inst) {
        match &inst.op {
            Op::Store { mem, address, offset, value } => self.store(*mem, *address, *offset, *value),
            Op::Copy { to, from, size } => self.copy(*to, *from, *size),
            Op::Guard(condition, site) => {
                let condition = self.value(*condition);
                self.trap_unless(condition, *site);
            }
            Op::Call { function, args } => self.call(*function, args, &inst.results),
            Op::CallNative { native, args, failure } => {
                self.call_native(*native, args, *failure, inst.results.first().copied());
            }
            op => {
                let value = self.compute(op);
                self.set(inst.results[0], value);
            }
        }
    }

    /// Ops that do nothing besides computing their one result, and may trap.
    fn compute(&mut self, op: &Op) -> ClifValue {
        match op {
            Op::ConstInt(value) => self.builder.ins().iconst(types::I64, *value),
            Op::ConstFloat(bits) => self.builder.ins().f64const(Ieee64::with_bits(*bits)),
            Op::ConstBool(value) => self.builder.ins().iconst(types::I8, i64::from(*value)),
            Op::ConstNull => self.builder.ins().iconst(POINTER, 0),
            Op::ConstData(data) => self.data_address(*data),
            Op::Context => self.context,
            Op::Int { op, lhs, rhs, overflow, zero } => match zero {
                None => self.checked(*op, *lhs, *rhs, *overflow),
                Some(zero) => self.divide(*op, *lhs, *rhs, *overflow, *zero),
            },
            Op::Wrap(op, lhs, rhs) => self.wrap(*op, *lhs, *rhs),
            Op::Float(op, lhs, rhs) => self.float(*op, *lhs, *rhs),
            Op::FloatNeg(value) => {
                let value = self.value(*value);
                self.builder.ins().fneg(value)
            }
            Op::FloatAbs(value) => {
                let value = self.value(*value);
                self.builder.ins().fabs(value)
            }
            Op::IntToFloat(value) => {
                let value = self.value(*value);
                self.builder.ins().fcvt_from_sint(types::F64, value)
            }
            Op::IntCompare(condition, lhs, rhs) => {
                let (lhs, rhs) = (self.value(*lhs), self.value(*rhs));
                self.builder.ins().icmp(int_condition(*condition), lhs, rhs)
            }
            Op::FloatCompare(condition, lhs, rhs) => {
                let (lhs, rhs) = (self.value(*lhs), self.value(*rhs));
                self.builder.ins().fcmp(float_condition(*condition), lhs, rhs)
            }
            Op::Bool(op, lhs, rhs) => self.bool(*op, *lhs, *rhs),
            Op::Not(value) => {
                let value = self.value(*value);
                self.builder.ins().bxor_imm_u(value, 1)
            }
            Op::Select(condition, yes, no) => {
                let (condition, yes, no) = (self.value(*condition), self.value(*yes), self.value(*no));
                self.builder.ins().select(condition, yes, no)
            }
            Op::StackSlot { size, align } => self.slot(*size, *align),
            Op::Load { mem, address, offset, within: _ } => self.load(*mem, *address, *offset),
            Op::Offset(address, bytes) => {
                let (address, bytes) = (self.value(*address), self.value(*bytes));
                self.builder.ins().iadd(address, bytes)
            }
            Op::Store { .. } | Op::Copy { .. } | Op::Guard(..) | Op::Call { .. } | Op::CallNative { .. } => {
                unreachable!("{op:?} is no plain computation")
            }
        }
    }

    fn checked(&mut self, op: IntOp, lhs: Value, rhs: Value, overflow: SiteId) -> ClifValue {
        let (lhs, rhs) = (self.value(lhs), self.value(rhs));
        let (result, overflows) = match op {
            IntOp::Add => self.builder.ins().sadd_overflow(lhs, rhs),
            IntOp::Sub => self.builder.ins().ssub_overflow(lhs, rhs),
            IntOp::Mul => self.builder.ins().smul_overflow(lhs, rhs),
            IntOp::Div | IntOp::Rem => unreachable!("the verifier gave divisions a site for zero divisors"),
        };
        self.trap_if(overflows, overflow);
        result
    }

    /// Division traps at a zero divisor first, then where `MIN` is divided by -1: the processor would stop the program at both.
    fn divide(&mut self, op: IntOp, lhs: Value, rhs: Value, overflow: SiteId, zero: SiteId) -> ClifValue {
        let (lhs, rhs) = (self.value(lhs), self.value(rhs));
        let is_zero = self.builder.ins().icmp_imm_s(IntCC::Equal, rhs, 0);
        self.trap_if(is_zero, zero);
        let is_least = self.builder.ins().icmp_imm_s(IntCC::Equal, lhs, i64::MIN);
        let is_negation = self.builder.ins().icmp_imm_s(IntCC::Equal, rhs, -1);
        let overflows = self.builder.ins().band(is_least, is_negation);
        self.trap_if(overflows, overflow);
        match op {
            IntOp::Div => self.builder.ins().sdiv(lhs, rhs),
            IntOp::Rem => self.builder.ins().srem(lhs, rhs),
            IntOp::Add | IntOp::Sub | IntOp::Mul => unreachable!("only divisions have a site for zero divisors"),
        }
    }

    fn wrap(&mut self, op: WrapOp, lhs: Value, rhs: Value) -> ClifValue {
        let (lhs, rhs) = (self.value(lhs), self.value(rhs));
        match op {
            WrapOp::Add => self.builder.ins().iadd(lhs, rhs),
            WrapOp::Sub => self.builder.ins().isub(lhs, rhs),
            WrapOp::Mul => self.builder.ins().imul(lhs, rhs),
        }
    }

    fn float(&mut self, op: FloatOp, lhs: Value, rhs: Value) -> ClifValue {
        let (lhs, rhs) = (self.value(lhs), self.value(rhs));
        match op {
            FloatOp::Add => self.builder.ins().fadd(lhs, rhs),
            FloatOp::Sub => self.builder.ins().fsub(lhs, rhs),
            FloatOp::Mul => self.builder.ins().fmul(lhs, rhs),
            FloatOp::Div => self.builder.ins().fdiv(lhs, rhs),
        }
    }

    fn bool(&mut self, op: BoolOp, lhs: Value, rhs: Value) -> ClifValue {
        let (lhs, rhs) = (self.value(lhs), self.value(rhs));
        match op {
            BoolOp::And => self.builder.ins().band(lhs, rhs),
            BoolOp::Or => self.builder.ins().bor(lhs, rhs),
            BoolOp::Xor => self.builder.ins().bxor(lhs, rhs),
        }
    }

    /// Memory in the frame. Where the frame does not align it, there is more than is asked for, and the address is rounded up.
    fn slot(&mut self, size: u32, align: u32) -> ClifValue {
        let spare = if align > FRAME_ALIGN { align } else { 0 };
        let shift = align.min(FRAME_ALIGN).trailing_zeros() as u8;
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size.saturating_add(spare), shift);
        let slot = self.builder.create_sized_stack_slot(data);
        let address = self.builder.ins().stack_addr(POINTER, slot, 0);
        if spare == 0 {
            return address;
        }
        let further = self.builder.ins().iadd_imm_u(address, i64::from(align) - 1);
        self.builder.ins().band_imm_s(further, -i64::from(align))
    }

    /// Base and offset as an access takes them.
    fn address(&mut self, address: Value, offset: u32) -> (ClifValue, Offset32) {
        let base = self.value(address);
        match i32::try_from(offset) {
            Ok(offset) => (base, Offset32::new(offset)),
            Err(_) => (self.builder.ins().iadd_imm_u(base, i64::from(offset)), Offset32::new(0)),
        }
    }

    fn load(&mut self, mem: MemType, address: Value, offset: u32) -> ClifValue {
        let (base, offset) = self.address(address, offset);
        match mem {
            MemType::Int => self.builder.ins().load(types::I64, MEMORY, base, offset),
            MemType::Float => self.builder.ins().load(types::F64, MEMORY, base, offset),
            MemType::Bool => self.builder.ins().load(types::I8, MEMORY, base, offset),
            MemType::Tag => self.builder.ins().uload32(MEMORY, base, offset),
            MemType::Ptr => self.builder.ins().load(POINTER, MEMORY, base, offset),
        }
    }

    fn store(&mut self, mem: MemType, address: Value, offset: u32, value: Value) {
        let (base, offset) = self.address(address, offset);
        let value = self.value(value);
        match mem {
            MemType::Tag => self.builder.ins().istore32(MEMORY, value, base, offset),
            MemType::Int | MemType::Float | MemType::Bool | MemType::Ptr => {
                self.builder.ins().store(MEMORY, value, base, offset)
            }
        };
    }
}

fn int_condition(condition: IntCondition) -> IntCC {
    match condition {
        IntCondition::Eq => IntCC::Equal,
        IntCondition::Ne => IntCC::NotEqual,
        IntCondition::Lt => IntCC::SignedLessThan,
        IntCondition::Le => IntCC::SignedLessThanOrEqual,
        IntCondition::Gt => IntCC::SignedGreaterThan,
        IntCondition::Ge => IntCC::SignedGreaterThanOrEqual,
        IntCondition::UnsignedLt => IntCC::UnsignedLessThan,
    }
}

/// These are false for NaN, but for 'not equal', which is true.
fn float_condition(condition: FloatCondition) -> FloatCC {
    match condition {
        FloatCondition::Eq => FloatCC::Equal,
        FloatCondition::Ne => FloatCC::NotEqual,
        FloatCondition::Lt => FloatCC::LessThan,
        FloatCondition::Le => FloatCC::LessThanOrEqual,
        FloatCondition::Gt => FloatCC::GreaterThan,
        FloatCondition::Ge => FloatCC::GreaterThanOrEqual,
    }
}
