//! Results in memory to JSON text.
//!
//! Records and dicts are written in the order of their keys; floats keep a `.` or an exponent, so that Int and Float stay apart.

use relon_ir::layout::{DataType, EnumId, LENGTH_OFFSET, Payload, RecordId, TypeTable};

/// A NaN or an infinity, which JSON cannot say, and the path to it.
#[derive(Debug)]
pub(crate) struct NonFinite {
    pub(crate) path: String,
}

/// Writes the JSON of the value at `address`.
///
/// # Errors
/// The first float, in output order, that is not finite.
///
/// # Safety
/// `address` must point to an initialised value of type `ty` in the layout of `types`, and everything it points to must be alive.
pub(crate) unsafe fn encode(address: *const u8, ty: &DataType, types: &TypeTable) -> Result<String, NonFinite> {
    let mut encoder = Encoder { types, out: String::new(), path: Vec::new() };
    // SAFETY: this function's own condition.
    match unsafe { encoder.value(address, ty) } {
        Ok(()) => Ok(encoder.out),
        Err(Stop) => Err(NonFinite { path: encoder.path.concat() }),
    }
}

struct Encoder<'a> {
    types: &'a TypeTable,
    out: String,
    path: Vec<String>,
}

/// The path of the encoder says where.
struct Stop;

type Encoded = Result<(), Stop>;

/// Reads a scalar.
///
/// # Safety
/// As for [`encode`].
unsafe fn read<T: Copy>(address: *const u8, offset: u32) -> T {
    // SAFETY: the caller's condition; layouts align every scalar.
    unsafe { address.add(offset as usize).cast::<T>().read() }
}

/// Every method that takes an address has the condition of [`encode`].
impl Encoder<'_> {
    /// Values can be nested far deeper than the stack of a thread is.
    unsafe fn value(&mut self, address: *const u8, ty: &DataType) -> Encoded {
        // SAFETY: the condition of `encode`.
        super::deep(|| unsafe { self.any_value(address, ty) })
    }

    unsafe fn any_value(&mut self, address: *const u8, ty: &DataType) -> Encoded {
        // SAFETY: in each arm the condition of `encode`: `address` holds a value of type `ty`.
        unsafe {
            match ty {
                DataType::Int => self.out.push_str(&read::<i64>(address, 0).to_string()),
                DataType::Float => self.float(read(address, 0))?,
                DataType::Bool => self.out.push_str(if read::<u8>(address, 0) != 0 { "true" } else { "false" }),
                DataType::String => self.text(address),
                DataType::List(element) => self.list(address, element)?,
                DataType::Dict(element) => self.dict(address, element)?,
                DataType::Option(payload) => {
                    if read::<u8>(address, 0) == 0 {
                        self.out.push_str("null");
                    } else {
                        self.value(address.add(self.types.option_layout(payload).offsets[1] as usize), payload)?;
                    }
                }
                DataType::Result(ok, err) => self.result(address, ok, err)?,
                DataType::Tuple(items) => {
                    let offsets = self.types.tuple_layout(items).offsets;
                    self.items(address, items, &offsets)?;
                }
                DataType::Record(id) => self.record(address, *id)?,
                DataType::Enum(id) => self.enumeration(address, *id)?,
                DataType::Boxed(inner) => self.value(read(address, 0), inner)?,
            }
        }
        Ok(())
    }

    fn float(&mut self, value: f64) -> Encoded {
        if !value.is_finite() {
            return Err(Stop);
        }
        // Debug output is the shortest text that reads back equal, with `.0` or an exponent.
        self.out.push_str(&format!("{value:?}"));
        Ok(())
    }

    fn quoted(&mut self, text: &str) {
        self.out.push_str(&serde_json::Value::from(text).to_string());
    }

    unsafe fn str_at<'s>(&self, address: *const u8) -> &'s str {
        // SAFETY: a string is a pointer to UTF-8 bytes and their number; a null pointer only goes with zero bytes.
        unsafe {
            let length: usize = read(address, LENGTH_OFFSET);
            if length == 0 {
                return "";
            }
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(read(address, 0), length))
        }
    }

    unsafe fn text(&mut self, address: *const u8) {
        // SAFETY: `address` holds a string.
        let text = unsafe { self.str_at(address) };
        self.quoted(text);
    }

    /// Writes a part, whose step is on the path while it is written.
    unsafe fn part(&mut self, step: String, address: *const u8, ty: &DataType) -> Encoded {
        self.path.push(step);
        // SAFETY: the condition of `encode`.
        unsafe { self.value(address, ty)? };
        self.path.pop();
        Ok(())
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
    }

    unsafe fn list(&mut self, address: *const u8, element: &DataType) -> Encoded {
        let stride = self.types.layout(element).size as usize;
        self.out.push('[');
        // SAFETY: `address` holds a list of `length` elements, `stride` bytes apart.
        unsafe {
            let (start, length): (*const u8, usize) = (read(address, 0), read(address, LENGTH_OFFSET));
            for index in 0..length {
                self.separate(index);
                self.part(format!("[{index}]"), start.add(index * stride), element)?;
            }
        }
        self.out.push(']');
        Ok(())
    }

    unsafe fn dict(&mut self, address: *const u8, element: &DataType) -> Encoded {
        let layout = self.types.entry_layout(element);
        self.out.push('{');
        // SAFETY: `address` holds a dict of `length` entries with the layout of an entry.
        unsafe {
            let (start, length): (*const u8, usize) = (read(address, 0), read(address, LENGTH_OFFSET));
            for index in 0..length {
                let entry = start.add(index * layout.layout.size as usize);
                let key = self.str_at(entry);
                self.separate(index);
                self.quoted(key);
                self.out.push(':');
                self.part(format!("[{key:?}]"), entry.add(layout.offsets[1] as usize), element)?;
            }
        }
        self.out.push('}');
        Ok(())
    }

    unsafe fn result(&mut self, address: *const u8, ok: &DataType, err: &DataType) -> Encoded {
        let layout = self.types.result_layout(ok, err);
        // SAFETY: the tag says which payload is there.
        unsafe {
            let (tag, wrapper, ty) = match read::<u32>(address, 0) {
                0 => (0, "{\"Ok\":{\"value\":", ok),
                _ => (1, "{\"Err\":{\"error\":", err),
            };
            self.out.push_str(wrapper);
            self.value(address.add(layout.variants[tag][0] as usize), ty)?;
        }
        self.out.push_str("}}");
        Ok(())
    }

    unsafe fn items(&mut self, address: *const u8, types: &[DataType], offsets: &[u32]) -> Encoded {
        self.out.push('[');
        for (index, (ty, offset)) in types.iter().zip(offsets).enumerate() {
            self.separate(index);
            // SAFETY: the layout puts item `index` at `offset`.
            unsafe { self.part(format!("[{index}]"), address.add(*offset as usize), ty)? };
        }
        self.out.push(']');
        Ok(())
    }

    unsafe fn fields<'f>(
        &mut self,
        address: *const u8,
        fields: impl Iterator<Item = (&'f str, &'f DataType, u32)>,
    ) -> Encoded {
        let mut fields: Vec<_> = fields.collect();
        fields.sort_by_key(|(name, ..)| *name);
        self.out.push('{');
        for (index, (name, ty, offset)) in fields.into_iter().enumerate() {
            self.separate(index);
            self.quoted(name);
            self.out.push(':');
            // SAFETY: the layout puts this field at `offset`.
            unsafe { self.part(format!(".{name}"), address.add(offset as usize), ty)? };
        }
        self.out.push('}');
        Ok(())
    }

    unsafe fn record(&mut self, address: *const u8, id: RecordId) -> Encoded {
        let types = self.types;
        let offsets = &types.record_layout(id).offsets;
        let fields = types.record(id).fields.iter().zip(offsets);
        // SAFETY: `address` holds this record.
        unsafe { self.fields(address, fields.map(|(field, offset)| (field.name.as_str(), &field.ty, *offset))) }
    }

    unsafe fn enumeration(&mut self, address: *const u8, id: EnumId) -> Encoded {
        let types = self.types;
        // SAFETY: the tag is that of a variant, and says which payload is there.
        unsafe {
            let tag = read::<u32>(address, 0) as usize;
            let variant = &types.enumeration(id).variants[tag];
            let offsets = &types.enum_layout(id).variants[tag];
            self.out.push('{');
            self.quoted(&variant.name);
            self.out.push(':');
            match &variant.payload {
                Payload::Unit => self.out.push_str("{}"),
                Payload::Tuple(items) => self.items(address, items, offsets)?,
                Payload::Struct(fields) => {
                    let parts = fields.iter().zip(offsets);
                    self.fields(address, parts.map(|(field, offset)| (field.name.as_str(), &field.ty, *offset)))?;
                }
            }
            self.out.push('}');
        }
        Ok(())
    }
}
