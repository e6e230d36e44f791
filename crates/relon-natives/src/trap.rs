//! Kinds of run-time errors. One list, read by the checker, every backend, natives and the host.

/// Why a rule stopped without a result. The names are those of the language reference.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrapKind {
    /// A value does not have the type that its place demands, or fails that type's predicate.
    TypeMismatch = 1,
    /// A name, key or field that does not exist.
    VariableNotFound = 2,
    /// A list or tuple position that does not exist.
    IndexOutOfBounds = 3,
    /// `first`, `last`, `min`, `max` or `avg` of an empty list.
    EmptyList = 4,
    /// `/` or `%` with a zero divisor, Int or Float.
    DivisionByZero = 5,
    /// Int arithmetic left the range of 64 bits.
    NumericOverflow = 6,
    /// A declared parameter of `#main` has no argument.
    MissingMainArg = 7,
    /// An argument names no parameter of `#main`.
    UnexpectedMainArg = 8,
    /// An argument does not fit its declared type.
    MainArgTypeMismatch = 9,
    /// The result does not fit the declared result type.
    MainReturnTypeMismatch = 10,
    /// The program has no `#main` and was run as an entry.
    NoMainSignature = 11,
    /// A field whose value depends on itself.
    CircularReference = 12,
    /// An operation that its operand does not allow, such as splitting by an empty separator.
    UnsupportedOperator = 13,
    /// A NaN or an infinity in the result.
    NonFiniteFloat = 14,
    /// More nested calls than the limit allows.
    RecursionLimitExceeded = 15,
    /// The values of one call need more memory than the limit allows.
    ValueTooLarge = 16,
    /// A native panicked.
    NativePanicked = 17,
    /// A native returned `Err` and the rule did not match on it.
    NativeFailed = 18,
}

impl TrapKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [TrapKind; 18] = [
        TrapKind::TypeMismatch,
        TrapKind::VariableNotFound,
        TrapKind::IndexOutOfBounds,
        TrapKind::EmptyList,
        TrapKind::DivisionByZero,
        TrapKind::NumericOverflow,
        TrapKind::MissingMainArg,
        TrapKind::UnexpectedMainArg,
        TrapKind::MainArgTypeMismatch,
        TrapKind::MainReturnTypeMismatch,
        TrapKind::NoMainSignature,
        TrapKind::CircularReference,
        TrapKind::UnsupportedOperator,
        TrapKind::NonFiniteFloat,
        TrapKind::RecursionLimitExceeded,
        TrapKind::ValueTooLarge,
        TrapKind::NativePanicked,
        TrapKind::NativeFailed,
    ];

    /// The kind with this number, as stored in [`Failure::kind`](crate::abi::Failure).
    pub fn from_code(code: u32) -> Option<TrapKind> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == code)
    }

    /// The name that users see, for example `DivisionByZero`.
    pub fn name(self) -> &'static str {
        match self {
            TrapKind::TypeMismatch => "TypeMismatch",
            TrapKind::VariableNotFound => "VariableNotFound",
            TrapKind::IndexOutOfBounds => "IndexOutOfBounds",
            TrapKind::EmptyList => "EmptyList",
            TrapKind::DivisionByZero => "DivisionByZero",
            TrapKind::NumericOverflow => "NumericOverflow",
            TrapKind::MissingMainArg => "MissingMainArg",
            TrapKind::UnexpectedMainArg => "UnexpectedMainArg",
            TrapKind::MainArgTypeMismatch => "MainArgTypeMismatch",
            TrapKind::MainReturnTypeMismatch => "MainReturnTypeMismatch",
            TrapKind::NoMainSignature => "NoMainSignature",
            TrapKind::CircularReference => "CircularReference",
            TrapKind::UnsupportedOperator => "UnsupportedOperator",
            TrapKind::NonFiniteFloat => "NonFiniteFloat",
            TrapKind::RecursionLimitExceeded => "RecursionLimitExceeded",
            TrapKind::ValueTooLarge => "ValueTooLarge",
            TrapKind::NativePanicked => "NativePanicked",
            TrapKind::NativeFailed => "NativeFailed",
        }
    }
}

impl TrapKind {
    /// What happened, for people: in general, and the detail where there is one.
    pub fn explain(self, detail: &str) -> String {
        if detail.is_empty() { self.summary().to_owned() } else { format!("{}: {detail}", self.summary()) }
    }

    /// What happened, in general.
    fn summary(self) -> &'static str {
        match self {
            TrapKind::TypeMismatch => "a value does not fit its type",
            TrapKind::VariableNotFound => "there is no such key",
            TrapKind::IndexOutOfBounds => "the position is outside of the list",
            TrapKind::EmptyList => "the list is empty",
            TrapKind::DivisionByZero => "division by zero",
            TrapKind::NumericOverflow => "the result does not fit an Int",
            TrapKind::MissingMainArg => "an argument is missing",
            TrapKind::UnexpectedMainArg => "there is no such parameter",
            TrapKind::MainArgTypeMismatch => "an argument does not fit its type",
            TrapKind::MainReturnTypeMismatch => "the result does not fit its type",
            TrapKind::NoMainSignature => "there is no `#main`",
            TrapKind::CircularReference => "the value depends on itself",
            TrapKind::UnsupportedOperator => "the operation is not allowed here",
            TrapKind::NonFiniteFloat => "the result has a number that is not finite",
            TrapKind::RecursionLimitExceeded => "too many nested calls",
            TrapKind::ValueTooLarge => "the values of this call need more memory than is allowed",
            TrapKind::NativePanicked => "a native panicked",
            TrapKind::NativeFailed => "a native failed",
        }
    }

    /// What to do about it, where something can be said.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            TrapKind::DivisionByZero => Some("test the divisor first: `d == 0 ? .. : n / d`"),
            TrapKind::IndexOutOfBounds | TrapKind::EmptyList => Some("test the length first: `len(xs) > 0 ? .. : ..`"),
            TrapKind::VariableNotFound => Some("ask first: `dict.has_key(d, k) ? d[k] : ..`"),
            TrapKind::NativeFailed => {
                Some("to go on after an error, match on it: `f(x) match { Ok(v): .., Err(e): .. }`")
            }
            TrapKind::NativePanicked => Some("a panic is a defect of the native or of what it was given"),
            TrapKind::TypeMismatch
            | TrapKind::NumericOverflow
            | TrapKind::MissingMainArg
            | TrapKind::UnexpectedMainArg
            | TrapKind::MainArgTypeMismatch
            | TrapKind::MainReturnTypeMismatch
            | TrapKind::NoMainSignature
            | TrapKind::CircularReference
            | TrapKind::UnsupportedOperator
            | TrapKind::NonFiniteFloat
            | TrapKind::RecursionLimitExceeded
            | TrapKind::ValueTooLarge => None,
        }
    }
}

impl std::fmt::Display for TrapKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// An error of a given kind. A library native returns `Result<T, Trap>` to choose the kind itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// What went wrong.
    pub kind: TrapKind,
    /// Text for the user; may be empty.
    pub message: String,
}

impl Trap {
    /// A trap of this kind.
    pub fn new(kind: TrapKind, message: impl Into<String>) -> Trap {
        Trap { kind, message: message.into() }
    }
}

impl std::fmt::Display for Trap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Trap {}
