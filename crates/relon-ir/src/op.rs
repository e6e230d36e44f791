//! Types, ops and terminators. Three places match on every op without a wildcard: the verifier and each backend.

use crate::{Block, DataId, FunctionId, NativeId, SiteId, Value};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// 64-bit two's complement integer.
    Int,
    /// IEEE-754 binary64.
    Float,
    /// True or false.
    Bool,
    /// An address.
    Ptr,
}

/// How a value lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemType {
    /// [`Type::Int`], 8 bytes.
    Int,
    /// [`Type::Float`], 8 bytes.
    Float,
    /// [`Type::Bool`], one byte that is 0 or 1.
    Bool,
    /// The tag of an enum, 4 bytes, unsigned; a [`Type::Int`] as a value.
    Tag,
    /// [`Type::Ptr`], the target's pointer size.
    Ptr,
}

impl MemType {
    /// The type of the value that a load gives.
    pub fn value_type(self) -> Type {
        match self {
            MemType::Int | MemType::Tag => Type::Int,
            MemType::Float => Type::Float,
            MemType::Bool => Type::Bool,
            MemType::Ptr => Type::Ptr,
        }
    }
}

/// Bounds of an Int, both included. Besides [`IntRange::NOT_ZERO`], a range with its lower end above the upper one is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IntRange {
    /// The least that it can be.
    pub low: i64,
    /// The most that it can be.
    pub high: i64,
}

impl IntRange {
    /// Every Int.
    pub const FULL: IntRange = IntRange { low: i64::MIN, high: i64::MAX };

    /// Every Int but 0: the one range that goes from its lower end around to its upper one. It is neither intersected nor widened.
    pub const NOT_ZERO: IntRange = IntRange { low: 1, high: -1 };

    /// What is in both. It is empty, with `low` above `high`, where nothing is.
    pub fn intersect(self, other: IntRange) -> IntRange {
        IntRange { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    /// Whether no Int is in it.
    pub fn is_empty(self) -> bool {
        self.low > self.high && self != IntRange::NOT_ZERO
    }

    /// Without 0, where that leaves one range.
    pub fn without_zero(self) -> IntRange {
        match self {
            IntRange::FULL => IntRange::NOT_ZERO,
            IntRange { low: 0, high } => IntRange { low: 1, high },
            IntRange { low, high: 0 } => IntRange { low, high: -1 },
            other => other,
        }
    }

    /// The smallest range with both in it.
    pub fn hull(self, other: IntRange) -> IntRange {
        IntRange { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// Checked Int arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient, truncated toward zero.
    Div,
    /// Remainder with the sign of the dividend.
    Rem,
}

/// Int arithmetic modulo 2^64, for addresses and counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WrapOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
}

/// IEEE-754 arithmetic; never fused, reassociated or contracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient.
    Div,
}

/// Logic on two Bools, both already evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoolOp {
    /// Both.
    And,
    /// Either.
    Or,
    /// Exactly one.
    Xor,
}

/// Comparison of two Ints (signed unless it says otherwise) or two addresses (`Eq`, `Ne` only).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntCondition {
    /// Equal.
    Eq,
    /// Different.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less, both taken as unsigned: the check of a list position.
    UnsignedLt,
}

/// Comparison of two Floats: false if either is NaN, except `Ne`, which is then true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatCondition {
    /// Equal.
    Eq,
    /// Different or unordered.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// What happens when a native reports a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// The function traps at this site; kind and message are those that the native stored in the context.
    Trap(SiteId),
    /// The call gives a Bool, true after a failure, and goes on.
    Give,
}

/// One operation. The comment of each variant gives its operand types, result types and effects.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// `() -> Int`
    ConstInt(i64),
    /// `() -> Float`, by its bits, so that every NaN and zero is itself.
    ConstFloat(u64),
    /// `() -> Bool`
    ConstBool(bool),
    /// `() -> Ptr`: the null address.
    ConstNull,
    /// `() -> Ptr`: the address of constant data.
    ConstData(DataId),
    /// `() -> Ptr`: the address of the call's context.
    Context,
    /// `(Int, Int) -> Int`. Traps at `overflow` where the result does not fit; `Div` and `Rem` trap at `zero` first
    /// where the divisor is 0 (`zero` is present exactly for these two).
    Int {
        /// The operation.
        op: IntOp,
        /// Left operand.
        lhs: Value,
        /// Right operand.
        rhs: Value,
        /// Where it traps when the result does not fit.
        overflow: SiteId,
        /// Where it traps when the divisor is zero.
        zero: Option<SiteId>,
    },
    /// `(Int, Int) -> Int`, modulo 2^64.
    Wrap(WrapOp, Value, Value),
    /// `(Float, Float) -> Float`
    Float(FloatOp, Value, Value),
    /// `(Float) -> Float`: flips the sign, also of zero and NaN.
    FloatNeg(Value),
    /// `(Float) -> Float`: clears the sign bit.
    FloatAbs(Value),
    /// `(Int) -> Float`: nearest, ties to even.
    IntToFloat(Value),
    /// `(Int, Int) -> Bool` or `(Ptr, Ptr) -> Bool`
    IntCompare(IntCondition, Value, Value),
    /// `(Float, Float) -> Bool`
    FloatCompare(FloatCondition, Value, Value),
    /// `(Bool, Bool) -> Bool`
    Bool(BoolOp, Value, Value),
    /// `(Bool) -> Bool`
    Not(Value),
    /// `(Bool, T, T) -> T`: the second operand where the first is true, else the third.
    Select(Value, Value, Value),
    /// `() -> Ptr`: memory of this many bytes in the function's frame, uninitialised, valid until the function returns.
    StackSlot {
        /// Bytes.
        size: u32,
        /// Power of two.
        align: u32,
    },
    /// `(Ptr) -> T`: reads memory.
    Load {
        /// How the value lies in memory.
        mem: MemType,
        /// Base address.
        address: Value,
        /// Bytes added to it.
        offset: u32,
        /// For [`MemType::Int`]: bounds that whatever wrote the memory has made sure of. Code generation may rely on them.
        within: Option<IntRange>,
    },
    /// `(Ptr, T) -> ()`: writes memory.
    Store {
        /// How the value lies in memory.
        mem: MemType,
        /// Base address.
        address: Value,
        /// Bytes added to it.
        offset: u32,
        /// What is written.
        value: Value,
    },
    /// `(Ptr, Int) -> Ptr`: the address so many bytes further, within the same object.
    Offset(Value, Value),
    /// `(Ptr to, Ptr from, Int bytes) -> ()`: copies between memory that does not overlap.
    Copy {
        /// Destination.
        to: Value,
        /// Source.
        from: Value,
        /// Bytes.
        size: Value,
    },
    /// `(params...) -> (results...)`: calls a function of this module and passes on its trap.
    Call {
        /// The function.
        function: FunctionId,
        /// One value for each parameter.
        args: Vec<Value>,
    },
    /// `(params...) -> (result)`: calls a native. A native of [`Convention::Direct`](crate::Convention::Direct) gives
    /// its result, if it has one; one of another convention gives what `failure` says.
    CallNative {
        /// The native.
        native: NativeId,
        /// One value for each parameter; the context is not among them.
        args: Vec<Value>,
        /// What a failure does; ignored for [`Convention::Direct`](crate::Convention::Direct).
        failure: OnFailure,
    },
    /// `(Bool) -> ()`: traps at the site where the operand is false.
    Guard(Value, SiteId),
}

/// A block and the values of its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The block.
    pub block: Block,
    /// One value for each parameter of the block.
    pub args: Vec<Value>,
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Terminator {
    /// Goes on with a block.
    Jump(Target),
    /// Goes on with the first block where the Bool is true, else with the second.
    Branch(Value, Target, Target),
    /// Goes on with the block of the case that equals the Int, else with the last.
    Switch(Value, Vec<(i64, Target)>, Target),
    /// Returns from the function with its results.
    Return(Vec<Value>),
    /// Traps at the site.
    Trap(SiteId),
}
