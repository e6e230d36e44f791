//! Which numbers a function can return as its status, as far as they are written in its body.

use std::collections::{BTreeSet, HashSet};
use std::ffi::c_int;

use super::Function;
use super::api::{Api, ValueRef};

/// `LLVMOpcode`
const RETURN: c_int = 1;
const ADD: c_int = 8;
const SHIFT_LEFT: c_int = 20;
const OR: c_int = 27;
const XOR: c_int = 28;
const ZERO_EXTEND: c_int = 31;
const PHI: c_int = 44;
const CALL: c_int = 45;
const SELECT: c_int = 46;
const EXTRACT_VALUE: c_int = 53;
const INSERT_VALUE: c_int = 54;

impl Function<'_> {
    /// The statuses that the body returns: its result, or the first part of it. What a call returns is left to the function that is
    /// called. None where a status is computed in a way that is not looked through.
    pub(crate) fn returned_statuses(&self) -> Option<BTreeSet<u32>> {
        let mut walker = Walker { api: self.api(), seen: HashSet::new(), found: BTreeSet::new() };
        for instruction in self.instructions() {
            if walker.opcode(instruction) == RETURN {
                walker.all_from(instruction)?;
            }
        }
        Some(walker.found)
    }
}

struct Walker {
    api: &'static Api,
    seen: HashSet<ValueRef>,
    found: BTreeSet<u32>,
}

impl Walker {
    /// Finds all that the operands of a return can be.
    fn all_from(&mut self, instruction: ValueRef) -> Option<()> {
        let mut pending = self.operands(instruction);
        while let Some(value) = pending.pop() {
            if self.seen.insert(value) {
                pending.extend(self.visit(value)?);
            }
        }
        Some(())
    }

    /// Notes a number; gives the values that another value can be.
    fn visit(&mut self, value: ValueRef) -> Option<Vec<ValueRef>> {
        if self.is_constant(value) {
            self.found.extend(self.constant(value)?);
            return Some(Vec::new());
        }
        let operands = match self.opcode(value) {
            0 => return None,
            CALL if self.calls_code(value) => return Some(Vec::new()),
            _ => self.operands(value),
        };
        match self.opcode(value) {
            PHI => Some(operands),
            SELECT => Some(operands[1..].to_vec()),
            EXTRACT_VALUE if self.is_first(value) => Some(operands),
            INSERT_VALUE if self.is_first(value) => Some(vec![operands[1]]),
            INSERT_VALUE => Some(vec![operands[0]]),
            // A choice of two numbers, as LLVM computes it.
            _ => {
                let numbers = self.computed(value, 0)?;
                self.found.extend(numbers);
                Some(Vec::new())
            }
        }
    }

    /// The few numbers that arithmetic with a condition gives.
    fn computed(&self, value: ValueRef, depth: usize) -> Option<BTreeSet<u32>> {
        if self.is_constant(value) {
            return self.constant(value);
        }
        if depth == MAX_DEPTH {
            return None;
        }
        let combine: fn(u32, u32) -> u32 = match self.opcode(value) {
            ZERO_EXTEND if self.is_condition(self.operands(value)[0]) => return Some([0, 1].into()),
            ADD => u32::wrapping_add,
            SHIFT_LEFT => |number, by| number.checked_shl(by).unwrap_or(0),
            OR => |a, b| a | b,
            XOR => |a, b| a ^ b,
            _ => return None,
        };
        let operands = self.operands(value);
        let [a, b] = *operands.last_chunk()?;
        let (a, b) = (self.computed(a, depth + 1)?, self.computed(b, depth + 1)?);
        Some(a.iter().flat_map(|a| b.iter().map(move |b| combine(*a, *b))).collect())
    }

    fn operands(&self, user: ValueRef) -> Vec<ValueRef> {
        // SAFETY: instructions have operands, and are live with their module.
        unsafe {
            let count = (self.api.LLVMGetNumOperands)(user);
            (0..count).map(|index| (self.api.LLVMGetOperand)(user, index as u32)).collect()
        }
    }

    /// What an instruction does; 0 for what is no instruction.
    fn opcode(&self, value: ValueRef) -> c_int {
        // SAFETY: the value is live, and only instructions are asked for their opcode.
        unsafe {
            match (self.api.LLVMIsAInstruction)(value).is_null() {
                true => 0,
                false => (self.api.LLVMGetInstructionOpcode)(value),
            }
        }
    }

    fn is_constant(&self, value: ValueRef) -> bool {
        // SAFETY: the value is live; it is only asked for its class.
        unsafe { !(self.api.LLVMIsAConstant)(value).is_null() }
    }

    /// The numbers that a constant can be, or begin with: none where it is never looked at. None where it is computed.
    fn constant(&self, constant: ValueRef) -> Option<BTreeSet<u32>> {
        // SAFETY: the value is a live constant; only structs are asked for their first part, and only numbers for their value.
        unsafe {
            let mut constant = constant;
            if (self.api.LLVMGetTypeKind)((self.api.LLVMTypeOf)(constant)) == STRUCT_KIND {
                constant = (self.api.LLVMGetAggregateElement)(constant, 0);
            }
            if constant.is_null() {
                return None;
            }
            if (self.api.LLVMIsUndef)(constant) != 0 {
                return Some(BTreeSet::new());
            }
            let is_number = !(self.api.LLVMIsAConstantInt)(constant).is_null();
            is_number.then(|| [(self.api.LLVMConstIntGetZExtValue)(constant) as u32].into())
        }
    }

    /// Whether a part that is put in or taken out is the first.
    fn is_first(&self, instruction: ValueRef) -> bool {
        // SAFETY: the instruction is one of those with positions, of which there is at least one.
        unsafe { *(self.api.LLVMGetIndices)(instruction) == 0 }
    }

    fn is_condition(&self, value: ValueRef) -> bool {
        // SAFETY: the value is live, and so is its type, which is one of numbers.
        unsafe { (self.api.LLVMGetIntTypeWidth)((self.api.LLVMTypeOf)(value)) == 1 }
    }

    /// Whether code is called, and not something that LLVM computes itself.
    fn calls_code(&self, call: ValueRef) -> bool {
        // SAFETY: the instruction is a live call.
        let called = unsafe { (self.api.LLVMGetCalledValue)(call) };
        // SAFETY: the same; intrinsics are functions with a number.
        unsafe { (self.api.LLVMIsAFunction)(called).is_null() || (self.api.LLVMGetIntrinsicID)(called) == 0 }
    }
}

/// How deep arithmetic is looked through.
const MAX_DEPTH: usize = 4;

/// `LLVMStructTypeKind`
const STRUCT_KIND: i32 = 10;
