//! Memory layouts: one place computes them for backends, natives and hosts.
//!
//! Rules: a scalar has its natural size and alignment. A record, a tuple and a dict entry are C structs of their parts in order. A
//! `String`, `List` or `Dict` is a pointer and a length. An `Option` is a C struct of one byte (0 or 1) and the value. An enum and
//! a `Result` are a 4-byte tag followed by a C union of C structs, one for each variant. A boxed value is a pointer.

use std::sync::OnceLock;

/// Index of a record in a [`TypeTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub u32);

/// Index of an enum in a [`TypeTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(pub u32);

/// The shape of a value in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// 64-bit integer.
    Int,
    /// IEEE-754 binary64.
    Float,
    /// One byte, 0 or 1.
    Bool,
    /// UTF-8 text: pointer and length in bytes.
    String,
    /// Pointer and number of elements.
    List(Box<DataType>),
    /// Pointer and number of entries ([`TypeTable::entry_layout`]), sorted by key.
    Dict(Box<DataType>),
    /// A byte that is 0 or 1, and the value.
    Option(Box<DataType>),
    /// Tag 0 and the first, or tag 1 and the second.
    Result(Box<DataType>, Box<DataType>),
    /// A C struct of the items.
    Tuple(Vec<DataType>),
    /// A C struct of the fields.
    Record(RecordId),
    /// A tag and a payload.
    Enum(EnumId),
    /// A pointer to the value: how a recursive type holds itself.
    Boxed(Box<DataType>),
}

/// A field of a record or of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldType {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub ty: DataType,
    /// Only in the input form of a schema: the field has a default, and `ty` is an `Option` that is `None` where the field is
    /// absent from the argument. (A field that is itself an `Option` and has no default is not marked.)
    pub defaulted: bool,
}

/// A record. Fields are laid out in this order; output sorts them by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordType {
    /// The schema's name; none for the shape of a dict literal.
    pub name: Option<String>,
    /// Fields in declaration order.
    pub fields: Vec<FieldType>,
}

/// The payload of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// None.
    Unit,
    /// By position.
    Tuple(Vec<DataType>),
    /// By name.
    Struct(Vec<FieldType>),
}

/// A variant of an enum. Its tag is its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantType {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub payload: Payload,
}

impl VariantType {
    /// The shapes of the payload's parts, in order.
    pub fn parts(&self) -> Vec<&DataType> {
        match &self.payload {
            Payload::Unit => Vec::new(),
            Payload::Tuple(parts) => parts.iter().collect(),
            Payload::Struct(fields) => fields.iter().map(|field| &field.ty).collect(),
        }
    }
}

/// An enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumType {
    /// Its name.
    pub name: String,
    /// Variants in declaration order.
    pub variants: Vec<VariantType>,
}

/// Records and enums of a module. Entries may be added; what they are is said once.
#[derive(Clone, Debug, Default)]
pub struct TypeTable {
    records: Vec<RecordType>,
    enums: Vec<EnumType>,
    record_layouts: Vec<OnceLock<StructLayout>>,
    enum_layouts: Vec<OnceLock<EnumLayout>>,
}

impl PartialEq for TypeTable {
    fn eq(&self, other: &Self) -> bool {
        self.records == other.records && self.enums == other.enums
    }
}

/// Size and alignment in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes, a multiple of the alignment.
    pub size: u32,
    /// Power of two.
    pub align: u32,
}

/// A C struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructLayout {
    /// Of the whole.
    pub layout: Layout,
    /// Of each field, in order.
    pub offsets: Vec<u32>,
}

/// A tag and a union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumLayout {
    /// Of the whole.
    pub layout: Layout,
    /// Offsets of the parts of each variant, from the start of the whole.
    pub variants: Vec<Vec<u32>>,
}

/// Bytes of a pointer on the supported (64-bit) targets.
pub const POINTER_SIZE: u32 = 8;
/// Offset of the length of a string, list or dict.
pub const LENGTH_OFFSET: u32 = POINTER_SIZE;
/// Layout of a string, list or dict.
pub const SLICE: Layout = Layout { size: 16, align: 8 };

/// Offsets of the fields of [`relon_natives::abi::Context`] that compiled code reads.
pub mod context {
    use std::mem::offset_of;

    use relon_natives::abi::{Context, Failure};

    /// Next free byte of the arena.
    pub const CURSOR: u32 = offset_of!(Context, cursor) as u32;
    /// End of the arena's chunk.
    pub const LIMIT: u32 = offset_of!(Context, limit) as u32;
    /// Remaining depth of calls.
    pub const DEPTH: u32 = offset_of!(Context, depth) as u32;
    /// Table of open-world natives.
    pub const NATIVES: u32 = offset_of!(Context, natives) as u32;
    /// Kind of the last failure.
    pub const FAILURE_KIND: u32 = (offset_of!(Context, failure) + offset_of!(Failure, kind)) as u32;
    /// Message of the last failure.
    pub const FAILURE_MESSAGE: u32 = (offset_of!(Context, failure) + offset_of!(Failure, message)) as u32;
}

/// Offsets of the fields of [`relon_natives::open::Target`].
pub mod target {
    use std::mem::offset_of;

    use relon_natives::open::Target;

    /// The function.
    pub const ENTRY: u32 = offset_of!(Target, entry) as u32;
    /// What it is called with.
    pub const STATE: u32 = offset_of!(Target, state) as u32;
}

fn struct_of(parts: impl IntoIterator<Item = Layout>, start: u32) -> StructLayout {
    let mut layout = Layout { size: start, align: 1 };
    let mut offsets = Vec::new();
    for part in parts {
        let offset = layout.size.next_multiple_of(part.align);
        offsets.push(offset);
        layout = Layout { size: offset + part.size, align: layout.align.max(part.align) };
    }
    layout.size = layout.size.next_multiple_of(layout.align);
    StructLayout { layout, offsets }
}

impl TypeTable {
    /// Adds a record.
    pub fn add_record(&mut self, record: RecordType) -> RecordId {
        let id = self.declare_record();
        self.define_record(id, record);
        id
    }

    /// Adds a record whose fields follow, since they may hold the record itself (boxed, or in a list).
    pub fn declare_record(&mut self) -> RecordId {
        self.records.push(RecordType { name: None, fields: Vec::new() });
        self.record_layouts.push(OnceLock::new());
        RecordId(self.records.len() as u32 - 1)
    }

    /// Says what a declared record is. No layout that it is part of may have been asked for.
    pub fn define_record(&mut self, id: RecordId, record: RecordType) {
        debug_assert!(self.record_layouts[id.0 as usize].get().is_none(), "the layout was asked for too early");
        self.records[id.0 as usize] = record;
    }

    /// Adds an enum.
    pub fn add_enum(&mut self, ty: EnumType) -> EnumId {
        let id = self.declare_enum();
        self.define_enum(id, ty);
        id
    }

    /// Adds an enum whose variants follow, since they may hold the enum itself.
    pub fn declare_enum(&mut self) -> EnumId {
        self.enums.push(EnumType { name: String::new(), variants: Vec::new() });
        self.enum_layouts.push(OnceLock::new());
        EnumId(self.enums.len() as u32 - 1)
    }

    /// Says what a declared enum is. No layout that it is part of may have been asked for.
    pub fn define_enum(&mut self, id: EnumId, ty: EnumType) {
        debug_assert!(self.enum_layouts[id.0 as usize].get().is_none(), "the layout was asked for too early");
        self.enums[id.0 as usize] = ty;
    }

    /// Number of records.
    pub fn record_count(&self) -> usize {
        self.records.len()
    }

    /// Number of enums.
    pub fn enum_count(&self) -> usize {
        self.enums.len()
    }

    /// A record.
    pub fn record(&self, id: RecordId) -> &RecordType {
        &self.records[id.0 as usize]
    }

    /// An enum.
    pub fn enumeration(&self, id: EnumId) -> &EnumType {
        &self.enums[id.0 as usize]
    }

    /// Size and alignment of a shape.
    pub fn layout(&self, ty: &DataType) -> Layout {
        match ty {
            DataType::Int | DataType::Float => Layout { size: 8, align: 8 },
            DataType::Bool => Layout { size: 1, align: 1 },
            DataType::String | DataType::List(_) | DataType::Dict(_) => SLICE,
            DataType::Option(value) => self.option_layout(value).layout,
            DataType::Result(ok, err) => self.result_layout(ok, err).layout,
            DataType::Tuple(items) => self.tuple_layout(items).layout,
            DataType::Record(id) => self.record_layout(*id).layout,
            DataType::Enum(id) => self.enum_layout(*id).layout,
            DataType::Boxed(_) => Layout { size: POINTER_SIZE, align: POINTER_SIZE },
        }
    }

    /// The fields of a record.
    pub fn record_layout(&self, id: RecordId) -> &StructLayout {
        self.record_layouts[id.0 as usize]
            .get_or_init(|| struct_of(self.record(id).fields.iter().map(|field| self.layout(&field.ty)), 0))
    }

    /// The items of a tuple.
    pub fn tuple_layout(&self, items: &[DataType]) -> StructLayout {
        struct_of(items.iter().map(|item| self.layout(item)), 0)
    }

    /// Presence byte and value of an option.
    pub fn option_layout(&self, value: &DataType) -> StructLayout {
        struct_of([Layout { size: 1, align: 1 }, self.layout(value)], 0)
    }

    /// Key and value of a dict entry.
    pub fn entry_layout(&self, value: &DataType) -> StructLayout {
        struct_of([SLICE, self.layout(value)], 0)
    }

    /// Tag and payloads of a result: `Ok` has tag 0, `Err` tag 1.
    pub fn result_layout(&self, ok: &DataType, err: &DataType) -> EnumLayout {
        self.tagged(&[vec![ok], vec![err]])
    }

    /// Tag and payloads of an enum.
    pub fn enum_layout(&self, id: EnumId) -> &EnumLayout {
        self.enum_layouts[id.0 as usize].get_or_init(|| {
            let variants: Vec<_> = self.enumeration(id).variants.iter().map(VariantType::parts).collect();
            self.tagged(&variants)
        })
    }

    fn tagged(&self, variants: &[Vec<&DataType>]) -> EnumLayout {
        let payloads: Vec<StructLayout> =
            variants.iter().map(|parts| struct_of(parts.iter().map(|part| self.layout(part)), 0)).collect();
        let align = payloads.iter().map(|payload| payload.layout.align).max().unwrap_or(1);
        let size = payloads.iter().map(|payload| payload.layout.size).max().unwrap_or(0);
        let whole = struct_of([Layout { size: 4, align: 4 }, Layout { size, align }], 0);
        let start = whole.offsets[1];
        let variants = payloads.into_iter().map(|p| p.offsets.into_iter().map(|offset| start + offset).collect());
        EnumLayout { layout: whole.layout, variants: variants.collect() }
    }
}
