//! Values in the memory that natives see: the layout is that of the descriptor's types, whose sizes and offsets are rustc's own.

use relon_frontend::Span;
use relon_natives::abi::{Context, Str};
use relon_natives::descriptor::{NativeRecord, NativeType};

use crate::evaluator::Evaluator;
use crate::failure::Outcome;
use crate::value::{Entries, Value, defect};

/// A list of any type.
#[repr(C)]
#[derive(Clone, Copy)]
struct Slice {
    start: *mut u8,
    length: usize,
}

/// The memory of a native's call.
pub(crate) struct Memory {
    context: *mut Context,
}

impl Memory {
    /// `context` is that of a running call.
    pub(crate) fn new(context: *mut Context) -> Self {
        Memory { context }
    }

    pub(crate) fn context(&self) -> *mut Context {
        self.context
    }

    /// Room for so many values; none where there is no more memory.
    pub(crate) fn room(&mut self, ty: &NativeType, count: usize) -> Option<*mut u8> {
        let size = ty.size().checked_mul(count)?;
        // SAFETY: the context is that of a running call; types are not aligned to more than its memory is.
        let start = unsafe { Context::alloc(self.context, size, ty.align()) };
        (!start.is_null()).then_some(start)
    }

    /// A value in memory of its own.
    pub(crate) fn argument(&mut self, value: Value<'_>, ty: &NativeType) -> Option<*const u8> {
        let place = self.room(ty, 1)?;
        // SAFETY: the place has room for a value of the type.
        unsafe { self.store(value, ty, place) }?;
        Some(place)
    }

    /// Writes a value; none where there is no more memory. Texts are not copied.
    ///
    /// # Safety
    /// `place` has room for a value of the type.
    unsafe fn store(&mut self, value: Value<'_>, ty: &NativeType, place: *mut u8) -> Option<()> {
        // SAFETY: the caller's condition; parts lie where the layout of the type puts them.
        unsafe {
            match (ty, value) {
                (NativeType::Int, Value::Int(value)) => place.cast::<i64>().write(value),
                (NativeType::Float, Value::Float(value)) => place.cast::<f64>().write(value),
                (NativeType::Bool, Value::Bool(value)) => place.cast::<bool>().write(value),
                (NativeType::String, Value::String(text)) => place.cast::<Str<'_>>().write(Str::new(text)),
                (NativeType::List(of), Value::List(items)) => {
                    let start = self.room(of, items.len())?;
                    for (index, item) in items.iter().enumerate() {
                        self.store(*item, of, start.add(index * of.size()))?;
                    }
                    place.cast::<Slice>().write(Slice { start, length: items.len() });
                }
                (NativeType::Option(_), Value::Option(None)) => place.write(0),
                (NativeType::Option(of), Value::Option(Some(payload))) => {
                    place.write(1);
                    self.store(*payload, of, place.add(of.option_offset()))?;
                }
                (NativeType::Record(record), Value::Map(map)) => {
                    for field in &record.fields {
                        self.store(map[field.name.as_str()], &field.ty, place.add(field.offset))?;
                    }
                }
                _ => defect("an argument that does not have its parameter's type"),
            }
        }
        Some(())
    }
}

impl<'v> Evaluator<'v> {
    /// Reads a value. All of it is copied.
    ///
    /// # Safety
    /// `place` holds a value of the type, and what it refers to is alive.
    pub(crate) unsafe fn load(&self, place: *const u8, ty: &'v NativeType, span: Span) -> Outcome<Value<'v>> {
        // SAFETY: the caller's condition; parts lie where the layout of the type puts them.
        unsafe {
            Ok(match ty {
                NativeType::Int => Value::Int(place.cast::<i64>().read()),
                NativeType::Float => Value::Float(place.cast::<f64>().read()),
                NativeType::Bool => Value::Bool(place.read() != 0),
                NativeType::String => self.new_text(place.cast::<Str<'_>>().read().to_string(), span)?,
                NativeType::List(of) => {
                    let Slice { start, length } = place.cast::<Slice>().read();
                    self.take_list(length, span)?;
                    let items = (0..length).map(|index| self.load(start.add(index * of.size()), of, span));
                    Value::List(self.heap.list(items.collect::<Outcome<_>>()?))
                }
                NativeType::Option(_) if place.read() == 0 => Value::Option(None),
                NativeType::Option(of) => {
                    let payload = self.load(place.add(of.option_offset()), of, span)?;
                    Value::Option(Some(self.new_value(payload, span)?))
                }
                NativeType::Record(record) => self.load_record(place, record, span)?,
            })
        }
    }

    /// # Safety
    /// As for [`Self::load`].
    unsafe fn load_record(&self, place: *const u8, record: &'v NativeRecord, span: Span) -> Outcome<Value<'v>> {
        let mut map = Entries::new();
        for field in &record.fields {
            // SAFETY: the caller's condition, and the field lies at its offset.
            let value = unsafe { self.load(place.add(field.offset), &field.ty, span) }?;
            map.insert(field.name.as_str(), value);
        }
        self.new_map(map, span)
    }
}
