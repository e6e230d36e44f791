//! Where code tells a variable from others by its address.
//!
//! A copy of a constant has the same content and another address. That is seen by code that compares the address with another one, or makes
//! a number of it; an address that is only read from, compared with addresses of the same variable, or handed on tells nothing.

use std::collections::HashSet;
use std::ffi::c_int;

use super::Variable;
use super::api::{Api, ValueRef};
use super::global::Global;
use super::module::chain;

/// Values of `LLVMOpcode`.
const SUB: c_int = 10;
const GET_ELEMENT: c_int = 29;
const PTR_TO_INT: c_int = 39;
const BIT_CAST: c_int = 41;
const COMPARE: c_int = 42;
const PHI: c_int = 44;
const SELECT: c_int = 46;
const FREEZE: c_int = 68;
const PTR_TO_ADDR: c_int = 69;

/// `LLVMNoUnnamedAddr`
const ADDRESS_MATTERS: c_int = 0;

impl Variable<'_> {
    /// The functions that could tell a copy of this variable from it. rustc and LLVM mark most constants as those where nothing can.
    pub(crate) fn told_apart_in(&self) -> Vec<String> {
        // SAFETY: the value is a live variable.
        let marked = unsafe { (self.api().LLVMGetUnnamedAddress)(self.raw()) } != ADDRESS_MATTERS;
        if marked {
            return Vec::new();
        }
        let mut search = Search { variable: **self, api: self.api(), derived: HashSet::new(), suspects: Vec::new() };
        search.follow(self.raw());
        search.verdicts()
    }
}

struct Search<'m> {
    variable: Global<'m>,
    api: &'static Api,
    /// The address, and what was computed from it alone.
    derived: HashSet<ValueRef>,
    /// Comparisons and numbers, judged when all that is derived is known.
    suspects: Vec<ValueRef>,
}

impl Search<'_> {
    fn follow(&mut self, address: ValueRef) {
        let mut pending = vec![address];
        while let Some(value) = pending.pop() {
            if self.derived.insert(value) {
                pending.extend(self.users(value).into_iter().flat_map(|user| self.reached(value, user)));
            }
        }
    }

    fn users(&self, value: ValueRef) -> Vec<ValueRef> {
        // SAFETY: the value is live, and so are its uses and their users.
        unsafe {
            let uses = chain((self.api.LLVMGetFirstUse)(value), |current| (self.api.LLVMGetNextUse)(current));
            uses.into_iter().map(|current| (self.api.LLVMGetUser)(current)).collect()
        }
    }

    /// The addresses that a user of one makes of it.
    fn reached(&mut self, value: ValueRef, user: ValueRef) -> Vec<ValueRef> {
        match self.opcode(user) {
            Some(GET_ELEMENT | BIT_CAST | PHI | SELECT | FREEZE) => vec![user],
            Some(COMPARE | PTR_TO_INT | PTR_TO_ADDR) => {
                self.suspects.push(user);
                Vec::new()
            }
            Some(_) => self.parameters(value, user),
            None => Vec::new(),
        }
    }

    /// The operation of an instruction or of a constant that is computed.
    fn opcode(&self, user: ValueRef) -> Option<c_int> {
        // SAFETY: the value is live, and is asked only for what its class has.
        unsafe {
            if !(self.api.LLVMIsAInstruction)(user).is_null() {
                return Some((self.api.LLVMGetInstructionOpcode)(user));
            }
            let computed = !(self.api.LLVMIsAConstantExpr)(user).is_null();
            computed.then(|| (self.api.LLVMGetConstOpcode)(user))
        }
    }

    /// The parameters that a call hands the address to, where the body of what it calls is known.
    fn parameters(&self, value: ValueRef, user: ValueRef) -> Vec<ValueRef> {
        // SAFETY: the instruction is live; a call is asked for its arguments, and a function for as many parameters as it has.
        unsafe {
            let is_call = !(self.api.LLVMIsACallInst)(user).is_null() || !(self.api.LLVMIsAInvokeInst)(user).is_null();
            let callee = if is_call { (self.api.LLVMGetCalledValue)(user) } else { std::ptr::null_mut() };
            if callee.is_null() || (self.api.LLVMIsAFunction)(callee).is_null() {
                return Vec::new();
            }
            let positions = 0..(self.api.LLVMCountParams)(callee);
            let given = positions.filter(|index| (self.api.LLVMGetOperand)(user, *index) == value);
            given.map(|index| (self.api.LLVMGetParam)(callee, index)).collect()
        }
    }

    fn operands(&self, value: ValueRef) -> Vec<ValueRef> {
        // SAFETY: the value is live and has operands.
        unsafe {
            let count = (self.api.LLVMGetNumOperands)(value);
            (0..count).map(|index| (self.api.LLVMGetOperand)(value, index as u32)).collect()
        }
    }

    /// The functions of the suspects that do tell the address from others.
    fn verdicts(&self) -> Vec<String> {
        let telling = self.suspects.iter().filter(|suspect| match self.opcode(**suspect) {
            Some(COMPARE) => !self.is_inner_comparison(**suspect),
            _ => !self.users(**suspect).into_iter().all(|user| self.is_distance(user)),
        });
        let mut names: Vec<String> = telling.flat_map(|suspect| self.functions(*suspect)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether addresses of this variable are compared with each other or with null, as at the end of a loop.
    fn is_inner_comparison(&self, comparison: ValueRef) -> bool {
        // SAFETY: the operand is live.
        let is_null = |operand: ValueRef| unsafe { (self.api.LLVMIsNull)(operand) != 0 };
        self.operands(comparison).into_iter().all(|operand| self.derived.contains(&operand) || is_null(operand))
    }

    /// Whether the user takes one number from another, both of which were made of addresses of this variable.
    fn is_distance(&self, user: ValueRef) -> bool {
        self.opcode(user) == Some(SUB) && self.operands(user).iter().all(|operand| self.suspects.contains(operand))
    }

    /// The functions that a value is used in: that of an instruction, and those where a computed constant ends up.
    fn functions(&self, value: ValueRef) -> Vec<String> {
        let (mut names, mut pending, mut seen) = (Vec::new(), vec![value], HashSet::new());
        while let Some(value) = pending.pop() {
            // SAFETY: the value is live, and an instruction is in a block of a function.
            unsafe {
                if (self.api.LLVMIsAInstruction)(value).is_null() {
                    pending.extend(self.users(value).into_iter().filter(|user| seen.insert(*user)));
                } else {
                    let function = (self.api.LLVMGetBasicBlockParent)((self.api.LLVMGetInstructionParent)(value));
                    names.push(self.variable.module().global(function).name());
                }
            }
        }
        names
    }
}
