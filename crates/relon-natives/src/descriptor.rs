//! What is known about a native: its name, types, capabilities and documentation.

/// A native, as the checker and the backends see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The name that rules use; may be dotted.
    pub name: String,
    /// The symbol of its C entry.
    pub symbol: String,
    /// Parameters in order.
    pub params: Vec<Parameter>,
    /// The result; of a fallible native, what `Ok` holds.
    pub result: NativeType,
    /// Whether the function returns `Result<T, String>`.
    pub fallible: bool,
    /// What the host has to grant.
    pub requires: Vec<Capability>,
    /// The function's documentation.
    pub doc: String,
}

/// A parameter of a native.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: NativeType,
}

/// The type of a parameter or result, with the layout that rustc gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NativeType {
    /// `i64`
    Int,
    /// `f64`
    Float,
    /// `bool`
    Bool,
    /// `&str`, `String` or [`Str`](crate::abi::Str)
    String,
    /// `&[T]`, `Vec<T>` or [`List`](crate::abi::List)
    List(Box<NativeType>),
    /// `Option<T>` or [`Opt`](crate::abi::Opt)
    Option(Box<NativeType>),
    /// A struct with `#[derive(Schema)]`.
    Record(Box<NativeRecord>),
}

/// A struct with `#[derive(Schema)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeRecord {
    /// The struct's name, which is the schema's.
    pub name: String,
    /// Bytes.
    pub size: usize,
    /// Alignment in bytes.
    pub align: usize,
    /// Fields in declaration order.
    pub fields: Vec<NativeField>,
}

/// A field of a [`NativeRecord`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeField {
    /// Its name.
    pub name: String,
    /// Bytes from the start of the record.
    pub offset: usize,
    /// Its type.
    pub ty: NativeType,
}

/// A permission that a native needs and a host grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capability {
    /// File reads.
    ReadsFs,
    /// File writes.
    WritesFs,
    /// Network.
    Network,
    /// Clocks.
    ReadsClock,
    /// Environment.
    ReadsEnv,
    /// Randomness.
    UsesRng,
}
