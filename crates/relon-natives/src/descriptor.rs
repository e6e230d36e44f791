//! What is known about a native: its name, types, capabilities and documentation.

use std::fmt;

use crate::abi::{List, Str};
use crate::shape::{FieldShape, RecordShape, Shape};

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
    /// Whether it is a function of the host, registered when the program runs: see [`open`](crate::open). It has no symbol that a
    /// linker knows.
    pub open: bool,
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
    /// `&str`, `String` or [`Str`]
    String,
    /// `&[T]`, `Vec<T>` or [`List`]
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

impl Capability {
    /// All capabilities, in the order of their bits.
    pub const ALL: [Capability; 6] = [
        Capability::ReadsFs,
        Capability::WritesFs,
        Capability::Network,
        Capability::ReadsClock,
        Capability::ReadsEnv,
        Capability::UsesRng,
    ];

    /// The name that natives and hosts write.
    pub const fn name(self) -> &'static str {
        match self {
            Capability::ReadsFs => "reads_fs",
            Capability::WritesFs => "writes_fs",
            Capability::Network => "network",
            Capability::ReadsClock => "reads_clock",
            Capability::ReadsEnv => "reads_env",
            Capability::UsesRng => "uses_rng",
        }
    }

    /// The names of all capabilities, for messages that list or suggest them.
    pub fn names() -> [&'static str; 6] {
        Self::ALL.map(Capability::name)
    }

    /// The capability with this name.
    pub fn parse(name: &str) -> Option<Capability> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for NativeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NativeType::Int => f.write_str("Int"),
            NativeType::Float => f.write_str("Float"),
            NativeType::Bool => f.write_str("Bool"),
            NativeType::String => f.write_str("String"),
            NativeType::List(element) => write!(f, "List<{element}>"),
            NativeType::Option(payload) => write!(f, "Option<{payload}>"),
            NativeType::Record(record) => f.write_str(&record.name),
        }
    }
}

impl From<&Shape> for NativeType {
    fn from(shape: &Shape) -> Self {
        match shape {
            Shape::Int => NativeType::Int,
            Shape::Float => NativeType::Float,
            Shape::Bool => NativeType::Bool,
            Shape::String => NativeType::String,
            Shape::List(element) => NativeType::List(Box::new(NativeType::from(*element))),
            Shape::Option(payload) => NativeType::Option(Box::new(NativeType::from(*payload))),
            Shape::Record(record) => NativeType::Record(Box::new(NativeRecord::from(*record))),
        }
    }
}

impl From<&RecordShape> for NativeRecord {
    fn from(shape: &RecordShape) -> Self {
        let field = |field: &FieldShape| NativeField {
            name: field.name.to_owned(),
            offset: field.offset,
            ty: NativeType::from(field.shape),
        };
        NativeRecord {
            name: shape.name.to_owned(),
            size: shape.size,
            align: shape.align,
            fields: shape.fields.iter().map(field).collect(),
        }
    }
}

impl NativeType {
    /// Bytes of a value in memory.
    pub fn size(&self) -> usize {
        match self {
            NativeType::Int => size_of::<i64>(),
            NativeType::Float => size_of::<f64>(),
            NativeType::Bool => size_of::<bool>(),
            NativeType::String => size_of::<Str<'_>>(),
            NativeType::List(_) => size_of::<List<'_, u8>>(),
            NativeType::Option(payload) => (payload.option_offset() + payload.size()).next_multiple_of(self.align()),
            NativeType::Record(record) => record.size,
        }
    }

    /// Whether a list is part of a value.
    pub fn has_list(&self) -> bool {
        match self {
            NativeType::Int | NativeType::Float | NativeType::Bool | NativeType::String => false,
            NativeType::List(_) => true,
            NativeType::Option(payload) => payload.has_list(),
            NativeType::Record(record) => record.fields.iter().any(|field| field.ty.has_list()),
        }
    }

    /// Alignment of a value in memory.
    pub fn align(&self) -> usize {
        match self {
            NativeType::Int => align_of::<i64>(),
            NativeType::Float => align_of::<f64>(),
            NativeType::Bool => align_of::<bool>(),
            NativeType::String => align_of::<Str<'_>>(),
            NativeType::List(_) => align_of::<List<'_, u8>>(),
            NativeType::Option(payload) => payload.align(),
            NativeType::Record(record) => record.align,
        }
    }

    /// Where this value lies within an option of it, behind the byte that says whether it is there.
    pub fn option_offset(&self) -> usize {
        1usize.next_multiple_of(self.align())
    }
}

impl Descriptor {
    /// The signature as rules see it: `tax_bps(region: String) -> Result<Int, String>`.
    pub fn signature(&self) -> String {
        self.to_string()
    }

    /// Whether both take the same types and give the same. Names of parameters, documentation and capabilities may differ.
    pub fn has_types_of(&self, other: &Descriptor) -> bool {
        let types = |native: &Descriptor| native.params.iter().map(|param| param.ty.clone()).collect::<Vec<_>>();
        types(self) == types(other) && (&self.result, self.fallible) == (&other.result, other.fallible)
    }

    /// Why rules cannot call it by its name, if so.
    pub fn name_problem(&self) -> Option<String> {
        let why = crate::name::problem(&self.name)?;
        Some(format!("a native cannot be called `{}`: {why}", self.name))
    }

    /// Expression and value of the example in the documentation, which is written `` `EXPRESSION` is `VALUE` ``.
    pub fn example(&self) -> Option<(&str, &str)> {
        let (before, after) = self.doc.split_once("` is `")?;
        let (_, expression) = before.rsplit_once('`')?;
        let (value, _) = after.split_once('`')?;
        Some((expression, value))
    }
}

/// The [signature](Descriptor::signature).
impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (index, param) in self.params.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{}: {}", param.name, param.ty)?;
        }
        match self.fallible {
            true => write!(f, ") -> Result<{}, String>", self.result),
            false => write!(f, ") -> {}", self.result),
        }
    }
}

/// A descriptor as the macro writes it, before it is bytes.
#[derive(Debug)]
pub struct ConstDescriptor {
    /// See [`Descriptor::name`].
    pub name: &'static str,
    /// See [`Descriptor::symbol`].
    pub symbol: &'static str,
    /// Name and shape of each parameter.
    pub params: &'static [(&'static str, &'static Shape)],
    /// See [`Descriptor::result`].
    pub result: &'static Shape,
    /// See [`Descriptor::fallible`].
    pub fallible: bool,
    /// See [`Descriptor::requires`].
    pub requires: &'static [Capability],
    /// See [`Descriptor::doc`].
    pub doc: &'static str,
}

/// Start of the encoded form; the last byte is the version of the format.
const MAGIC: [u8; 4] = *b"RLN\x01";

/// The encoded form: magic, name, symbol, documentation, flags, capabilities, parameters, result. Numbers are 4 bytes, little endian;
/// texts and sequences start with their length; shapes with a tag.
struct Writer<const N: usize> {
    bytes: [u8; N],
    // How many bytes there would be if there were room for all: a first run without room gives the size.
    length: usize,
}

impl<const N: usize> Writer<N> {
    const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    const fn raw(&mut self, bytes: &[u8]) {
        let mut index = 0;
        while index < bytes.len() {
            self.byte(bytes[index]);
            index += 1;
        }
    }

    const fn number(&mut self, number: usize) {
        assert!(number <= u32::MAX as usize, "a number of a descriptor does not fit 32 bits");
        self.raw(&(number as u32).to_le_bytes());
    }

    const fn text(&mut self, text: &str) {
        self.number(text.len());
        self.raw(text.as_bytes());
    }

    const fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Int => self.byte(0),
            Shape::Float => self.byte(1),
            Shape::Bool => self.byte(2),
            Shape::String => self.byte(3),
            Shape::List(element) => {
                self.byte(4);
                self.shape(element);
            }
            Shape::Option(payload) => {
                self.byte(5);
                self.shape(payload);
            }
            Shape::Record(record) => {
                self.byte(6);
                self.record(record);
            }
        }
    }

    const fn record(&mut self, record: &RecordShape) {
        self.text(record.name);
        self.number(record.size);
        self.number(record.align);
        self.number(record.fields.len());
        let mut index = 0;
        while index < record.fields.len() {
            let field = &record.fields[index];
            self.text(field.name);
            self.number(field.offset);
            self.shape(field.shape);
            index += 1;
        }
    }

    const fn descriptor(&mut self, descriptor: &ConstDescriptor) {
        self.raw(&MAGIC);
        self.text(descriptor.name);
        self.text(descriptor.symbol);
        self.text(descriptor.doc);
        self.byte(descriptor.fallible as u8);
        self.number(descriptor.requires.len());
        let mut index = 0;
        while index < descriptor.requires.len() {
            self.byte(descriptor.requires[index] as u8);
            index += 1;
        }
        self.number(descriptor.params.len());
        index = 0;
        while index < descriptor.params.len() {
            self.text(descriptor.params[index].0);
            self.shape(descriptor.params[index].1);
            index += 1;
        }
        self.shape(descriptor.result);
    }
}

/// Number of bytes of the encoded form.
pub const fn encoded_size(descriptor: &ConstDescriptor) -> usize {
    let mut writer = Writer::<0> { bytes: [], length: 0 };
    writer.descriptor(descriptor);
    writer.length
}

/// The encoded form; `N` is its [`encoded_size`].
pub const fn encode<const N: usize>(descriptor: &ConstDescriptor) -> [u8; N] {
    let mut writer = Writer { bytes: [0; N], length: 0 };
    writer.descriptor(descriptor);
    assert!(writer.length == N, "the size of a descriptor is that of its bytes");
    writer.bytes
}

/// Bytes that are no descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError;

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a native's descriptor, or one written by another version of relon")
    }
}

impl std::error::Error for DecodeError {}

/// Deeper types than this are not made by the macro.
const MAX_DEPTH: usize = 64;

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(DecodeError)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<usize, DecodeError> {
        let bytes = self.take(4)?.try_into().map_err(|_| DecodeError)?;
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    fn text(&mut self) -> Result<String, DecodeError> {
        let length = self.number()?;
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| DecodeError)?;
        Ok(text.to_owned())
    }

    fn many<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T, DecodeError>) -> Result<Vec<T>, DecodeError> {
        let count = self.number()?;
        // Every item takes at least a byte, so a larger count is a lie that must not allocate.
        if count > self.bytes.len() {
            return Err(DecodeError);
        }
        (0..count).map(|_| one(self)).collect()
    }

    fn ty(&mut self, depth: usize) -> Result<NativeType, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError);
        }
        Ok(match self.byte()? {
            0 => NativeType::Int,
            1 => NativeType::Float,
            2 => NativeType::Bool,
            3 => NativeType::String,
            4 => NativeType::List(Box::new(self.ty(depth + 1)?)),
            5 => NativeType::Option(Box::new(self.ty(depth + 1)?)),
            6 => NativeType::Record(Box::new(self.record(depth + 1)?)),
            _ => return Err(DecodeError),
        })
    }

    fn record(&mut self, depth: usize) -> Result<NativeRecord, DecodeError> {
        let (name, size, align) = (self.text()?, self.number()?, self.number()?);
        let fields = self
            .many(|reader| Ok(NativeField { name: reader.text()?, offset: reader.number()?, ty: reader.ty(depth)? }))?;
        Ok(NativeRecord { name, size, align, fields })
    }

    fn capability(&mut self) -> Result<Capability, DecodeError> {
        Capability::ALL.get(usize::from(self.byte()?)).copied().ok_or(DecodeError)
    }
}

impl Descriptor {
    /// Reads the encoded form.
    ///
    /// # Errors
    /// Bytes that are not exactly one descriptor of this version.
    pub fn decode(bytes: &[u8]) -> Result<Descriptor, DecodeError> {
        let mut reader = Reader { bytes };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(DecodeError);
        }
        let (name, symbol, doc) = (reader.text()?, reader.text()?, reader.text()?);
        let fallible = reader.byte()? != 0;
        let requires = reader.many(Reader::capability)?;
        let params = reader.many(|reader| Ok(Parameter { name: reader.text()?, ty: reader.ty(0)? }))?;
        let result = reader.ty(0)?;
        if !reader.bytes.is_empty() {
            return Err(DecodeError);
        }
        Ok(Descriptor { name, symbol, params, result, fallible, requires, doc, open: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: RecordShape = RecordShape {
        name: "Point",
        size: 16,
        align: 8,
        fields: &[
            FieldShape { name: "x", offset: 0, shape: &Shape::Int },
            FieldShape { name: "y", offset: 8, shape: &Shape::Float },
        ],
    };
    const SAMPLE: ConstDescriptor = ConstDescriptor {
        name: "geo.near",
        symbol: "relon_native_geo__near",
        params: &[("points", &Shape::List(&Shape::Record(&POINT))), ("label", &Shape::String)],
        result: &Shape::Option(&Shape::Bool),
        fallible: true,
        requires: &[Capability::Network, Capability::UsesRng],
        doc: "Nearness. `geo.near([], \"x\")` is `None`.",
    };
    const BYTES: [u8; encoded_size(&SAMPLE)] = encode(&SAMPLE);

    #[test]
    fn what_is_encoded_is_decoded() {
        let descriptor = Descriptor::decode(&BYTES).expect("a descriptor");
        assert_eq!(
            descriptor.signature(),
            "geo.near(points: List<Point>, label: String) -> Result<Option<Bool>, String>"
        );
        assert_eq!(descriptor.requires, [Capability::Network, Capability::UsesRng]);
        assert_eq!(descriptor.example(), Some(("geo.near([], \"x\")", "None")));
        let NativeType::List(element) = &descriptor.params[0].ty else { panic!("{:?}", descriptor.params) };
        let NativeType::Record(record) = &**element else { panic!("{element:?}") };
        assert_eq!((record.size, record.fields[1].offset), (16, 8));
        assert_eq!(NativeType::from(SAMPLE.params[0].1), descriptor.params[0].ty);
        assert_eq!(NativeType::from(SAMPLE.result), descriptor.result);
    }

    #[test]
    fn capabilities_have_names() {
        for capability in Capability::ALL {
            assert_eq!(Capability::parse(capability.name()), Some(capability));
        }
        assert_eq!(Capability::parse("Network"), None);
    }

    #[test]
    fn deep_types_are_refused() {
        let mut bytes = BYTES.to_vec();
        bytes.pop();
        bytes.truncate(bytes.len() - 1);
        bytes.extend([4; 100_000]);
        assert_eq!(Descriptor::decode(&bytes), Err(DecodeError));
    }

    #[test]
    fn damaged_bytes_are_refused() {
        for length in 0..BYTES.len() {
            assert_eq!(Descriptor::decode(&BYTES[..length]), Err(DecodeError));
        }
        for index in 0..BYTES.len() {
            for bit in 0..8 {
                let mut bytes = BYTES;
                bytes[index] ^= 1 << bit;
                // Some flips give another valid descriptor; none may crash or allocate without bounds.
                let _ = Descriptor::decode(&bytes);
            }
        }
    }
}
