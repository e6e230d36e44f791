//! Which functions and variables a function's body or a variable's value refers to.

use std::collections::HashSet;

use super::api::{Api, ValueRef};
use super::global::Global;
use super::{Function, Module, Variable};

/// A reference to a global value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reference {
    /// Its symbol.
    pub(crate) name: String,
    /// True for variables, false for functions and aliases.
    pub(crate) variable: bool,
}

/// Looks through constants, which can be nested and shared, down to global values.
struct Walker<'m> {
    api: &'static Api,
    module: &'m Module<'m>,
    seen: HashSet<ValueRef>,
    found: Vec<Reference>,
}

impl<'m> Walker<'m> {
    fn new(global: &Global<'m>) -> Self {
        Walker { api: global.api(), module: global.module(), seen: HashSet::new(), found: Vec::new() }
    }

    /// Visits the operands of an instruction, a function (its personality) or a constant.
    fn operands(&mut self, user: ValueRef) {
        let mut pending = vec![user];
        while let Some(value) = pending.pop() {
            // SAFETY: instructions, functions and constants have operands; each is live with its module.
            let operands = unsafe {
                (0..(self.api.LLVMGetNumOperands)(value)).map(|index| (self.api.LLVMGetOperand)(value, index as u32))
            };
            pending.extend(operands.filter(|operand| !operand.is_null()).filter_map(|operand| self.visit(operand)));
        }
    }

    /// Notes a global value; gives back a constant whose operands are to be visited.
    fn visit(&mut self, value: ValueRef) -> Option<ValueRef> {
        // SAFETY: the value is live; these functions only ask for its class.
        let (constant, function, variable, alias) = unsafe {
            (
                !(self.api.LLVMIsAConstant)(value).is_null(),
                !(self.api.LLVMIsAFunction)(value).is_null(),
                !(self.api.LLVMIsAGlobalVariable)(value).is_null(),
                !(self.api.LLVMIsAGlobalAlias)(value).is_null(),
            )
        };
        if !constant || !self.seen.insert(value) {
            return None;
        }
        if function || variable || alias {
            self.found.push(Reference { name: self.module.global(value).name(), variable });
            return None;
        }
        Some(value)
    }
}

impl Function<'_> {
    /// The functions and variables that the body refers to, each once, in order.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let mut walker = Walker::new(self);
        walker.operands(self.raw());
        for instruction in self.instructions() {
            walker.operands(instruction);
        }
        walker.found
    }
}

impl Variable<'_> {
    /// The functions and variables that the value refers to, each once.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let mut walker = Walker::new(self);
        if !self.is_declaration() {
            walker.operands(self.raw());
        }
        walker.found
    }
}
