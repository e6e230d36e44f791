//! Reads functions: blocks, instructions and terminators.

use super::lexer::Token;
use super::parser::{Parsed, Parser};
use super::{lower_case, mem_name};
use crate::{
    Block, BlockData, BoolOp, DataId, FloatCondition, FloatOp, Function, FunctionId, Inst, IntCondition, IntOp,
    IntRange, MemType, NativeId, OnFailure, Op, SiteId, Target, Terminator, Type, Value, WrapOp,
};

const INT_OPS: [IntOp; 5] = [IntOp::Add, IntOp::Sub, IntOp::Mul, IntOp::Div, IntOp::Rem];
const WRAP_OPS: [WrapOp; 3] = [WrapOp::Add, WrapOp::Sub, WrapOp::Mul];
const FLOAT_OPS: [FloatOp; 4] = [FloatOp::Add, FloatOp::Sub, FloatOp::Mul, FloatOp::Div];
const BOOL_OPS: [BoolOp; 3] = [BoolOp::And, BoolOp::Or, BoolOp::Xor];
const INT_CONDITIONS: [IntCondition; 7] = [
    IntCondition::Eq,
    IntCondition::Ne,
    IntCondition::Lt,
    IntCondition::Le,
    IntCondition::Gt,
    IntCondition::Ge,
    IntCondition::UnsignedLt,
];
const FLOAT_CONDITIONS: [FloatCondition; 6] = [
    FloatCondition::Eq,
    FloatCondition::Ne,
    FloatCondition::Lt,
    FloatCondition::Le,
    FloatCondition::Gt,
    FloatCondition::Ge,
];
const MEM_TYPES: [MemType; 5] = [MemType::Int, MemType::Float, MemType::Bool, MemType::Tag, MemType::Ptr];

/// Types of the values of a function, as they are defined.
#[derive(Default)]
struct Types(Vec<Type>);

impl Types {
    /// Values in between get a type as well; that they are not defined is for the verifier to say.
    fn define(&mut self, value: Value, ty: Type) {
        if self.0.len() <= value.index() {
            self.0.resize(value.index() + 1, Type::Int);
        }
        self.0[value.index()] = ty;
    }
}

/// The variant whose name this is.
fn named<T: Copy + std::fmt::Debug>(all: &[T], name: &str) -> Option<T> {
    all.iter().copied().find(|variant| lower_case(variant) == name)
}

impl Parser<'_> {
    /// What stands behind the number of a function.
    pub(super) fn function(&mut self) -> Parsed<Function> {
        let name = self.text()?;
        let params = self.types()?;
        self.mark("->")?;
        let results = self.types()?;
        self.mark("{")?;
        let span = self.source()?;
        let (mut types, mut blocks) = (Types::default(), Vec::new());
        while !self.eat("}") {
            self.next_of("block", blocks.len())?;
            blocks.push(self.block(&mut types)?);
        }
        Ok(Function { name, params, results, blocks, value_types: types.0, span })
    }

    fn block(&mut self, types: &mut Types) -> Parsed<BlockData> {
        let params = self.list("(", ")", Parser::typed)?;
        self.mark(":")?;
        let params = define(types, params);
        let mut insts = Vec::new();
        loop {
            if let Some(terminator) = self.terminator()? {
                return Ok(BlockData { params, insts, terminator });
            }
            insts.push(self.inst(types)?);
        }
    }

    /// A value with its type, where it is defined.
    fn typed(&mut self) -> Parsed<(Value, Type)> {
        let value = self.value()?;
        self.mark(":")?;
        Ok((value, self.ty()?))
    }

    fn value(&mut self) -> Parsed<Value> {
        // The memory for a function is in step with its text, whatever number a value has.
        let is_known = |number: &str| number.parse::<usize>().is_ok_and(|number| number < self.length());
        match self.peek() {
            Token::Word(word) if word.strip_prefix('v').is_some_and(is_known) => self.id("v").map(Value::new),
            _ => Err(self.expected("a value such as `v0`")),
        }
    }

    fn inst(&mut self, types: &mut Types) -> Parsed<Inst> {
        let mut results = Vec::new();
        if *self.peek_second() == Token::Mark(":") {
            results.push(self.typed()?);
            while self.eat(",") {
                results.push(self.typed()?);
            }
            self.mark("=")?;
        }
        let op = self.op()?;
        Ok(Inst { op, results: define(types, results), span: self.source()? })
    }

    fn op(&mut self) -> Parsed<Op> {
        const EXPECTED: &str = "an operation or the end of a block";
        let Token::Word(name) = self.peek().clone() else { return Err(self.expected(EXPECTED)) };
        if let Some(op) = self.binary(&name)? {
            return Ok(op);
        }
        let start = self.position();
        self.advance();
        Ok(match name.as_str() {
            "const" => self.constant()?,
            "const.float" => Op::ConstFloat(self.float()?),
            "address" => Op::ConstData(DataId::new(self.id("data")?)),
            "context" => Op::Context,
            "null" => Op::ConstNull,
            "float.neg" => Op::FloatNeg(self.value()?),
            "float.abs" => Op::FloatAbs(self.value()?),
            "int_to_float" => Op::IntToFloat(self.value()?),
            "not" => Op::Not(self.value()?),
            "select" => {
                let condition = self.value()?;
                self.mark(",")?;
                let (yes, no) = self.pair()?;
                Op::Select(condition, yes, no)
            }
            "slot" => {
                let size = self.number()?;
                self.word("align")?;
                Op::StackSlot { size, align: self.number()? }
            }
            "copy" => {
                let (to, from) = self.pair()?;
                self.mark(",")?;
                Op::Copy { to, from, size: self.value()? }
            }
            "call" => self.call()?,
            "guard" => {
                let condition = self.value()?;
                self.word("else")?;
                Op::Guard(condition, self.trap_site()?)
            }
            _ => match name.split_once('.') {
                Some(("load", mem)) if let Some(mem) = memory(mem) => {
                    let (address, offset) = self.place()?;
                    Op::Load { mem, address, offset, within: self.bounds()? }
                }
                Some(("store", mem)) if let Some(mem) = memory(mem) => {
                    let (address, offset) = self.place()?;
                    self.mark(",")?;
                    Op::Store { mem, address, offset, value: self.value()? }
                }
                _ => return Err(self.expected_at(start, EXPECTED)),
            },
        })
    }

    /// An operation on two values, if the name is that of one.
    fn binary(&mut self, name: &str) -> Parsed<Option<Op>> {
        let make: Box<dyn Fn(Value, Value) -> Op> = match name.split_once('.') {
            None if name == "offset" => Box::new(Op::Offset),
            None => {
                if let Some(op) = named(&INT_OPS, name) {
                    return self.checked(op).map(Some);
                }
                match (named(&BOOL_OPS, name), named(&INT_CONDITIONS, name)) {
                    (Some(op), _) => Box::new(move |lhs, rhs| Op::Bool(op, lhs, rhs)),
                    (_, Some(condition)) => Box::new(move |lhs, rhs| Op::IntCompare(condition, lhs, rhs)),
                    (None, None) => return Ok(None),
                }
            }
            Some(("wrap", op)) => match named(&WRAP_OPS, op) {
                Some(op) => Box::new(move |lhs, rhs| Op::Wrap(op, lhs, rhs)),
                None => return Ok(None),
            },
            Some(("float", op)) => match (named(&FLOAT_OPS, op), named(&FLOAT_CONDITIONS, op)) {
                (Some(op), _) => Box::new(move |lhs, rhs| Op::Float(op, lhs, rhs)),
                (_, Some(condition)) => Box::new(move |lhs, rhs| Op::FloatCompare(condition, lhs, rhs)),
                (None, None) => return Ok(None),
            },
            Some(_) => return Ok(None),
        };
        self.advance();
        let (lhs, rhs) = self.pair()?;
        Ok(Some(make(lhs, rhs)))
    }

    fn checked(&mut self, op: IntOp) -> Parsed<Op> {
        self.advance();
        let (lhs, rhs) = self.pair()?;
        self.word("overflow")?;
        let overflow = self.trap_site()?;
        let zero = if self.eat_word("zero") { Some(self.trap_site()?) } else { None };
        Ok(Op::Int { op, lhs, rhs, overflow, zero })
    }

    fn constant(&mut self) -> Parsed<Op> {
        if self.eat_word("true") {
            return Ok(Op::ConstBool(true));
        }
        if self.eat_word("false") {
            return Ok(Op::ConstBool(false));
        }
        self.number().map(Op::ConstInt)
    }

    /// The bits of a Float: a number, or those of one that is not a number.
    fn float(&mut self) -> Parsed<u64> {
        let bits = match self.peek() {
            Token::Word(word) if word == "inf" => Some(f64::INFINITY.to_bits()),
            Token::Number(text) => match text.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16).ok(),
                None => text.parse::<f64>().ok().map(f64::to_bits),
            },
            _ => None,
        };
        let bits =
            bits.ok_or_else(|| self.expected("a Float such as `1.5`, or its bits such as `0x7ff8000000000000`"))?;
        self.advance();
        Ok(bits)
    }

    fn call(&mut self) -> Parsed<Op> {
        if matches!(self.peek(), Token::Word(word) if word.starts_with("fn")) {
            let function = FunctionId::new(self.id("fn")?);
            return Ok(Op::Call { function, args: self.values()? });
        }
        let native = NativeId::new(self.id("native")?);
        let args = self.values()?;
        let failure = if self.eat_word("failure") { OnFailure::Trap(self.trap_site()?) } else { OnFailure::Give };
        Ok(Op::CallNative { native, args, failure })
    }

    fn values(&mut self) -> Parsed<Vec<Value>> {
        self.list("(", ")", Parser::value)
    }

    fn pair(&mut self) -> Parsed<(Value, Value)> {
        let first = self.value()?;
        self.mark(",")?;
        Ok((first, self.value()?))
    }

    /// An address and an offset.
    fn place(&mut self) -> Parsed<(Value, u32)> {
        let address = self.value()?;
        self.mark("+")?;
        Ok((address, self.number()?))
    }

    /// The bounds of what is loaded, if they are here.
    fn bounds(&mut self) -> Parsed<Option<IntRange>> {
        if !self.eat_word("within") {
            return Ok(None);
        }
        let low = self.number()?;
        self.word("to")?;
        Ok(Some(IntRange { low, high: self.number()? }))
    }

    fn trap_site(&mut self) -> Parsed<SiteId> {
        self.id("site").map(SiteId::new)
    }

    /// The end of a block, if it is here.
    fn terminator(&mut self) -> Parsed<Option<Terminator>> {
        Ok(Some(if self.eat_word("jump") {
            Terminator::Jump(self.target()?)
        } else if self.eat_word("branch") {
            let condition = self.value()?;
            self.mark(",")?;
            let yes = self.target()?;
            self.mark(",")?;
            Terminator::Branch(condition, yes, self.target()?)
        } else if self.eat_word("switch") {
            let value = self.value()?;
            let cases = self.list("[", "]", Parser::case)?;
            self.mark(",")?;
            Terminator::Switch(value, cases, self.target()?)
        } else if self.eat_word("return") {
            Terminator::Return(self.returned()?)
        } else if self.eat_word("trap") {
            Terminator::Trap(self.trap_site()?)
        } else {
            return Ok(None);
        }))
    }

    fn returned(&mut self) -> Parsed<Vec<Value>> {
        let mut values = Vec::new();
        if matches!(self.peek(), Token::Word(word) if word.starts_with('v')) {
            values.push(self.value()?);
            while self.eat(",") {
                values.push(self.value()?);
            }
        }
        Ok(values)
    }

    fn case(&mut self) -> Parsed<(i64, Target)> {
        let case = self.number()?;
        self.mark(":")?;
        Ok((case, self.target()?))
    }

    fn target(&mut self) -> Parsed<Target> {
        let block = Block::new(self.id("block")?);
        let args = if *self.peek() == Token::Mark("(") { self.values()? } else { Vec::new() };
        Ok(Target { block, args })
    }
}

fn define(types: &mut Types, typed: Vec<(Value, Type)>) -> Vec<Value> {
    typed.iter().for_each(|(value, ty)| types.define(*value, *ty));
    typed.into_iter().map(|(value, _)| value).collect()
}

fn memory(name: &str) -> Option<MemType> {
    MEM_TYPES.into_iter().find(|mem| mem_name(*mem) == name)
}
