//! JSON arguments to memory.
//!
//! What JSON each type accepts is said in the language reference ("Arguments"). A value that does not fit is an error that names
//! the path to it, such as `order.items[3].quantity`.

use std::fmt::Write;

use relon_frontend::message;
use relon_ir::layout::{DataType, EnumId, FieldType, Payload, RecordId, TypeTable};
use relon_ir::{Entry, Param};
use relon_natives::TrapKind;
use serde_json::{Map, Value};

use super::image::{FinishedImage, Image};

/// The arguments of one call, ready for compiled code.
#[derive(Debug)]
pub(crate) struct Arguments<'a> {
    image: FinishedImage,
    places: Vec<Option<usize>>,
    /// A missing argument or one that has no parameter. Arguments before it are checked first.
    refused: Option<ArgumentError<'a>>,
}

impl<'a> Arguments<'a> {
    /// The address of each argument, in the order of the parameters; null where it is missing.
    pub(crate) fn addresses(&self) -> Vec<*const u8> {
        self.places.iter().map(|place| place.map_or(std::ptr::null(), |place| self.image.address(place))).collect()
    }

    /// Why the rule must not run with these arguments, however good those are that are there.
    pub(crate) fn refused(&self) -> Option<&ArgumentError<'a>> {
        self.refused.as_ref()
    }
}

/// Why arguments do not fit an entry.
#[derive(Debug)]
pub(crate) struct ArgumentError<'a> {
    /// What kind of error it is.
    pub(crate) kind: TrapKind,
    /// What does not fit, and where.
    pub(crate) message: String,
    /// The parameter concerned.
    pub(crate) param: Option<&'a Param>,
}

/// Decodes the arguments of a call: an object that maps each parameter's name to its value.
///
/// # Errors
/// A value that does not fit its type. A missing argument or a name that is no parameter is for [`Arguments::refused`].
pub(crate) fn decode<'a>(
    args: &Value,
    entry: &'a Entry,
    types: &TypeTable,
) -> Result<Arguments<'a>, ArgumentError<'a>> {
    let Value::Object(object) = args else {
        let message = message::not_an_object(&describe(args));
        return Err(ArgumentError { kind: TrapKind::MainArgTypeMismatch, message, param: None });
    };
    let mut decoder = Decoder { types, image: Image::default(), path: String::new() };
    let mut places = Vec::with_capacity(entry.params.len());
    for param in &entry.params {
        let Some(value) = object.get(&param.name) else {
            places.push(None);
            continue;
        };
        let place = decoder.image.reserve(types.layout(&param.ty), 1);
        places.push(Some(place));
        decoder.path.clone_from(&param.name);
        decoder.value(value, &param.ty, place).map_err(|mismatch| ArgumentError {
            kind: TrapKind::MainArgTypeMismatch,
            message: mismatch.to_string(),
            param: Some(param),
        })?;
    }
    Ok(Arguments { image: decoder.image.finish(), places, refused: wrong_name(object, entry) })
}

/// The first parameter without argument, else the first argument without parameter.
fn wrong_name<'a>(object: &Map<String, Value>, entry: &'a Entry) -> Option<ArgumentError<'a>> {
    if let Some(param) = entry.params.iter().find(|param| !object.contains_key(&param.name)) {
        let message = message::missing_argument(&param.name);
        return Some(ArgumentError { kind: TrapKind::MissingMainArg, message, param: Some(param) });
    }
    let known = |name: &str| entry.params.iter().any(|param| param.name == name);
    let name = object.keys().find(|name| !known(name))?;
    Some(ArgumentError { kind: TrapKind::UnexpectedMainArg, message: message::unexpected_argument(name), param: None })
}

/// A JSON value that does not fit.
struct Mismatch {
    path: String,
    expected: String,
    found: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&message::mismatch(&self.path, &self.expected, &self.found))
    }
}

struct Decoder<'a> {
    types: &'a TypeTable,
    image: Image,
    path: String,
}

type Decoded = Result<(), Mismatch>;

impl Decoder<'_> {
    fn mismatch(&self, expected: impl Into<String>, value: &Value) -> Mismatch {
        Mismatch { path: self.path.clone(), expected: expected.into(), found: describe(value) }
    }

    /// Decodes one value; `place` has room for its type.
    fn value(&mut self, value: &Value, ty: &DataType, place: usize) -> Decoded {
        super::deep(|| self.any_value(value, ty, place))
    }

    fn any_value(&mut self, value: &Value, ty: &DataType, place: usize) -> Decoded {
        match ty {
            DataType::Int => {
                let int = value.as_i64().ok_or_else(|| self.mismatch(message::INT, value))?;
                self.image.write_word(place, int.cast_unsigned());
            }
            DataType::Float => {
                let float = value.as_f64().ok_or_else(|| self.mismatch(message::FLOAT, value))?;
                self.image.write_word(place, float.to_bits());
            }
            DataType::Bool => {
                let bool = value.as_bool().ok_or_else(|| self.mismatch(message::BOOL, value))?;
                self.image.write_bool(place, bool);
            }
            DataType::String => {
                let text = value.as_str().ok_or_else(|| self.mismatch(message::STRING, value))?;
                self.image.write_text(place, text);
            }
            DataType::List(element) => self.list(value, element, place)?,
            DataType::Dict(element) => self.dict(value, element, place)?,
            DataType::Option(payload) => self.option(value, payload, place)?,
            DataType::Result(ok, err) => self.result(value, ok, err, place)?,
            DataType::Tuple(items) => {
                let offsets = self.types.tuple_layout(items).offsets;
                self.items(value, &items.iter().collect::<Vec<_>>(), &offsets, place)?;
            }
            DataType::Record(id) => self.record(value, *id, place)?,
            DataType::Enum(id) => self.enumeration(value, *id, place)?,
            DataType::Boxed(inner) => {
                let target = self.image.reserve(self.types.layout(inner), 1);
                self.image.write_pointer(place, target);
                self.value(value, inner, target)?;
            }
        }
        Ok(())
    }

    /// Decodes a value one step further down the path.
    fn step(&mut self, step: std::fmt::Arguments<'_>, value: &Value, ty: &DataType, place: usize) -> Decoded {
        let length = self.path.len();
        let _ = self.path.write_fmt(step);
        self.value(value, ty, place)?;
        self.path.truncate(length);
        Ok(())
    }

    fn list(&mut self, value: &Value, element: &DataType, place: usize) -> Decoded {
        let items = value.as_array().ok_or_else(|| self.mismatch(message::LIST, value))?;
        let layout = self.types.layout(element);
        let start = self.image.reserve(layout, items.len());
        self.image.write_slice(place, start, items.len());
        for (index, item) in items.iter().enumerate() {
            self.step(format_args!("[{index}]"), item, element, start + index * layout.size as usize)?;
        }
        Ok(())
    }

    fn dict(&mut self, value: &Value, element: &DataType, place: usize) -> Decoded {
        let object = value.as_object().ok_or_else(|| self.mismatch(message::DICT, value))?;
        let mut entries: Vec<_> = object.iter().collect();
        entries.sort_by_key(|(key, _)| key.as_bytes());
        let layout = self.types.entry_layout(element);
        let start = self.image.reserve(layout.layout, entries.len());
        self.image.write_slice(place, start, entries.len());
        for (index, (key, item)) in entries.into_iter().enumerate() {
            let entry = start + index * layout.layout.size as usize;
            self.image.write_text(entry + layout.offsets[0] as usize, key);
            self.step(format_args!("[{key:?}]"), item, element, entry + layout.offsets[1] as usize)?;
        }
        Ok(())
    }

    /// `null` and the spellings of `None`, else `Some` with or without its tag.
    fn option(&mut self, value: &Value, payload: &DataType, place: usize) -> Decoded {
        if is_none(value) {
            self.image.write_bool(place, false);
            return Ok(());
        }
        let offset = self.types.option_layout(payload).offsets[1] as usize;
        self.image.write_bool(place, true);
        match single_key(value) {
            Some(("Some", inner)) => self.wrapped(inner, "value", payload, place + offset),
            _ => self.value(value, payload, place + offset),
        }
    }

    fn result(&mut self, value: &Value, ok: &DataType, err: &DataType, place: usize) -> Decoded {
        let layout = self.types.result_layout(ok, err);
        let (tag, inner, wrapper, ty) = match single_key(value) {
            Some(("Ok", inner)) => (0, inner, "value", ok),
            Some(("Err", inner)) => (1, inner, "error", err),
            _ => return Err(self.mismatch(message::RESULT, value)),
        };
        self.image.write_tag(place, tag);
        self.wrapped(inner, wrapper, ty, place + layout.variants[tag as usize][0] as usize)
    }

    /// The payload as it stands or, only where that does not fit, inside an object with one known key.
    fn wrapped(&mut self, value: &Value, wrapper: &str, ty: &DataType, place: usize) -> Decoded {
        let length = self.path.len();
        let before = self.image.mark();
        let direct = self.value(value, ty, place);
        match (direct, single_key(value)) {
            (Err(_), Some((key, inner))) if key == wrapper => {
                // The first attempt must leave nothing behind.
                self.image.undo(before, place, self.types.layout(ty));
                self.path.truncate(length);
                self.value(inner, ty, place)
            }
            (direct, _) => direct,
        }
    }

    fn items(&mut self, value: &Value, types: &[&DataType], offsets: &[u32], place: usize) -> Decoded {
        let items = value.as_array().filter(|items| items.len() == types.len());
        let items = items.ok_or_else(|| self.mismatch(message::items(types.len()), value))?;
        for (index, ((item, ty), offset)) in items.iter().zip(types).zip(offsets).enumerate() {
            self.step(format_args!("[{index}]"), item, ty, place + *offset as usize)?;
        }
        Ok(())
    }

    fn record(&mut self, value: &Value, id: RecordId, place: usize) -> Decoded {
        let record = self.types.record(id);
        let name = record.name.as_deref().unwrap_or("record");
        let object = value.as_object().ok_or_else(|| self.mismatch(message::object(name), value))?;
        let offsets = &self.types.record_layout(id).offsets;
        for (field, offset) in record.fields.iter().zip(offsets) {
            self.field(object, name, field, place + *offset as usize)?;
        }
        Ok(())
    }

    fn field(&mut self, object: &Map<String, Value>, record: &str, field: &FieldType, place: usize) -> Decoded {
        match (object.get(&field.name), &field.ty) {
            // An absent option is `None`, which is what zeroed memory says.
            (None, DataType::Option(_)) => Ok(()),
            (None, _) => {
                let expected = message::object_with(record, &field.name);
                let found = message::WITHOUT.to_owned();
                Err(Mismatch { path: self.path.clone(), expected, found })
            }
            (Some(value), DataType::Option(payload)) if field.defaulted => {
                let offset = self.types.option_layout(payload).offsets[1] as usize;
                self.image.write_bool(place, true);
                self.step(format_args!(".{}", field.name), value, payload, place + offset)
            }
            (Some(value), ty) => self.step(format_args!(".{}", field.name), value, ty, place),
        }
    }

    fn enumeration(&mut self, value: &Value, id: EnumId, place: usize) -> Decoded {
        let ty = self.types.enumeration(id);
        let (name, payload) = match value {
            Value::String(name) => (name.as_str(), None),
            _ => match single_key(value) {
                Some((name, payload)) => (name, Some(payload)),
                None => return Err(self.mismatch(message::variant_of(&ty.name), value)),
            },
        };
        let tag = ty.variants.iter().position(|variant| variant.name == name);
        let tag = tag.ok_or_else(|| self.mismatch(message::variant_of(&ty.name), value))?;
        self.image.write_tag(place, tag as u32);
        let offsets = &self.types.enum_layout(id).variants[tag];
        self.variant(payload, value, &ty.variants[tag].payload, offsets, place)
    }

    fn variant(
        &mut self,
        payload: Option<&Value>,
        whole: &Value,
        ty: &Payload,
        offsets: &[u32],
        place: usize,
    ) -> Decoded {
        match (ty, payload) {
            (Payload::Unit, None) => Ok(()),
            (Payload::Unit, Some(Value::Object(object))) if object.is_empty() => Ok(()),
            (Payload::Unit, _) => Err(self.mismatch(message::VARIANT_WITHOUT_PAYLOAD, whole)),
            (Payload::Tuple(types), Some(payload)) => {
                self.items(payload, &types.iter().collect::<Vec<_>>(), offsets, place)
            }
            (Payload::Struct(fields), Some(Value::Object(object))) => {
                if let Some(name) = object.keys().find(|name| fields.iter().all(|field| field.name != **name)) {
                    return Err(self.mismatch(message::variant_without(name), whole));
                }
                for (field, offset) in fields.iter().zip(offsets) {
                    let Some(value) = object.get(&field.name) else {
                        return Err(self.mismatch(message::variant_with(&field.name), whole));
                    };
                    self.step(format_args!(".{}", field.name), value, &field.ty, place + *offset as usize)?;
                }
                Ok(())
            }
            (Payload::Tuple(_) | Payload::Struct(_), _) => Err(self.mismatch(message::VARIANT_WITH_PAYLOAD, whole)),
        }
    }
}

/// Key and value of an object that has just one.
fn single_key(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.iter().next().map(|(key, value)| (key.as_str(), value))
}

fn is_none(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text == "None",
        _ => match single_key(value) {
            Some(("None", Value::Null)) => true,
            Some(("None", Value::Object(payload))) => payload.is_empty(),
            _ => false,
        },
    }
}

/// A JSON value in a few words, for messages.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => format!("{bool}"),
        Value::Number(number) => format!("{number}"),
        Value::String(text) if text.chars().count() <= 40 => format!("{text:?}"),
        Value::String(_) => "a long string".to_owned(),
        Value::Array(items) => format!("a list of {} items", items.len()),
        Value::Object(object) => format!("an object with {} keys", object.len()),
    }
}
