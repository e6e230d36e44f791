//! Arguments from JSON: what each type accepts is said in the language reference. A value that does not fit is an error that names the
//! path to it, such as `order.items[3].quantity`.

use relon_frontend::hir::{EnumId, Local, Program, RecordId, Ty, Variant, VariantStyle};
use relon_frontend::{Span, message};
use relon_natives::TrapKind;
use serde_json::{Map as Object, Value as Json};

use crate::evaluator::deep;
use crate::failure::{Failure, Outcome};
use crate::heap::Heap;
use crate::value::{Entries, Map, Value, defect};

/// The arguments in the order of the parameters; none where there is none. Fields that have a default may still be absent.
pub(crate) fn decode<'v>(args: &'v Json, program: &'v Program, heap: &'v Heap<'v>) -> Outcome<Vec<Option<Value<'v>>>> {
    let Json::Object(object) = args else {
        return Err(argument(TrapKind::MainArgTypeMismatch, message::not_an_object(&describe(args)), None));
    };
    let decoder = Decoder { program, heap };
    let mut values = Vec::new();
    for id in &program.main.params {
        let param = &program.locals[id.0 as usize];
        let mismatch = |message| argument(TrapKind::MainArgTypeMismatch, message, Some(param.span));
        let value = object.get(&param.name).map(|value| decoder.value(value, &param.ty, &param.name));
        values.push(value.transpose().map_err(mismatch)?);
    }
    Ok(values)
}

fn argument(kind: TrapKind, message: String, span: Option<Span>) -> Failure {
    Failure { kind, message, span }
}

/// An argument that is not there.
pub(crate) fn missing(param: &Local) -> Failure {
    argument(TrapKind::MissingMainArg, message::missing_argument(&param.name), Some(param.span))
}

/// The first argument whose name is that of no parameter.
pub(crate) fn unexpected(args: &Json, program: &Program) -> Option<Failure> {
    let is_param = |name: &str| program.main.params.iter().any(|id| program.locals[id.0 as usize].name == name);
    let name = args.as_object()?.keys().find(|name| !is_param(name))?;
    Some(argument(TrapKind::UnexpectedMainArg, message::unexpected_argument(name), None))
}

struct Decoder<'v> {
    program: &'v Program,
    heap: &'v Heap<'v>,
}

/// A value, or the message about one that does not fit.
type Decoded<T> = Result<T, String>;

fn mismatch(path: &str, expected: &str, found: &Json) -> String {
    message::mismatch(path, expected, &describe(found))
}

impl<'v> Decoder<'v> {
    fn value(&self, json: &'v Json, ty: &'v Ty, path: &str) -> Decoded<Value<'v>> {
        deep(|| self.any_value(json, ty, path))
    }

    fn any_value(&self, json: &'v Json, ty: &'v Ty, path: &str) -> Decoded<Value<'v>> {
        let wrong = |expected: &str| mismatch(path, expected, json);
        match ty {
            Ty::Int => json.as_i64().map(Value::Int).ok_or_else(|| wrong(message::INT)),
            Ty::Float => json.as_f64().map(Value::Float).ok_or_else(|| wrong(message::FLOAT)),
            Ty::Bool => json.as_bool().map(Value::Bool).ok_or_else(|| wrong(message::BOOL)),
            Ty::String => json.as_str().map(Value::String).ok_or_else(|| wrong(message::STRING)),
            Ty::List(of) => {
                let items = json.as_array().ok_or_else(|| wrong(message::LIST))?;
                let types = std::iter::repeat_n(&**of, items.len());
                Ok(Value::List(self.items(items, types, path)?))
            }
            Ty::Tuple(types) => Ok(Value::Tuple(self.tuple(json, types.iter(), path)?)),
            Ty::Dict(of) => {
                let object = json.as_object().ok_or_else(|| wrong(message::DICT))?;
                self.dict(object, of, path)
            }
            Ty::Option(of) => self.option(json, of, path),
            Ty::Result(ok, err) => match single_key(json) {
                Some(("Ok", inner)) => Ok(Value::Result(Ok(self.heap.value(self.wrapped(inner, "value", ok, path)?)))),
                Some(("Err", inner)) => {
                    Ok(Value::Result(Err(self.heap.value(self.wrapped(inner, "error", err, path)?))))
                }
                _ => Err(wrong(message::RESULT)),
            },
            Ty::Record(id) => self.record(json, *id, path),
            Ty::Enum(id) => self.enumeration(json, *id, path),
            Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => defect("a parameter without a JSON form"),
        }
    }

    fn items(&self, items: &'v [Json], types: impl Iterator<Item = &'v Ty>, path: &str) -> Decoded<&'v [Value<'v>]> {
        let parts = items.iter().zip(types).enumerate();
        let values = parts.map(|(index, (item, ty))| self.value(item, ty, &format!("{path}[{index}]")));
        Ok(self.heap.list(values.collect::<Decoded<_>>()?))
    }

    /// A list with exactly one item for each type.
    fn tuple(
        &self,
        json: &'v Json,
        types: impl ExactSizeIterator<Item = &'v Ty>,
        path: &str,
    ) -> Decoded<&'v [Value<'v>]> {
        let items = json.as_array().filter(|items| items.len() == types.len());
        let items = items.ok_or_else(|| mismatch(path, &message::items(types.len()), json))?;
        self.items(items, types, path)
    }

    /// Entries are decoded in the order of their keys.
    fn dict(&self, object: &'v Object<String, Json>, of: &'v Ty, path: &str) -> Decoded<Value<'v>> {
        let sorted: std::collections::BTreeMap<&str, &Json> =
            object.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let mut map = Entries::new();
        for (key, json) in sorted {
            map.insert(key, self.value(json, of, &format!("{path}[{key:?}]"))?);
        }
        Ok(Value::Map(self.heap.map(Map { entries: map, literal: None })))
    }

    /// `null` and the spellings of `None`, else `Some` with or without its tag.
    fn option(&self, json: &'v Json, of: &'v Ty, path: &str) -> Decoded<Value<'v>> {
        if is_none(json) {
            return Ok(Value::Option(None));
        }
        let payload = match single_key(json) {
            Some(("Some", inner)) => self.wrapped(inner, "value", of, path)?,
            _ => self.value(json, of, path)?,
        };
        Ok(Value::Option(Some(self.heap.value(payload))))
    }

    /// The payload as it stands or, only where that does not fit, inside an object with one known key.
    fn wrapped(&self, json: &'v Json, wrapper: &str, ty: &'v Ty, path: &str) -> Decoded<Value<'v>> {
        match (self.value(json, ty, path), single_key(json)) {
            (Err(_), Some((key, inner))) if key == wrapper => self.value(inner, ty, path),
            (direct, _) => direct,
        }
    }

    /// Unknown fields are left out. An absent Option is `None`, unless it has a default.
    fn record(&self, json: &'v Json, id: RecordId, path: &str) -> Decoded<Value<'v>> {
        let record = &self.program.records[id.0 as usize];
        let name = record.name.as_deref().unwrap_or("record");
        let object = json.as_object().ok_or_else(|| mismatch(path, &message::object(name), json))?;
        let mut map = Entries::new();
        for field in &record.fields {
            match (object.get(&field.name), &field.default, &field.ty) {
                (Some(given), ..) => {
                    map.insert(&field.name, self.value(given, &field.ty, &format!("{path}.{}", field.name))?);
                }
                (None, Some(_), _) => {}
                (None, None, Ty::Option(_)) => {
                    map.insert(&field.name, Value::Option(None));
                }
                (None, None, _) => {
                    let expected = message::object_with(name, &field.name);
                    return Err(message::mismatch(path, &expected, message::WITHOUT));
                }
            }
        }
        Ok(Value::Map(self.heap.map(Map { entries: map, literal: None })))
    }

    /// The name of a unit variant, or an object with the name as its only key.
    fn enumeration(&self, json: &'v Json, id: EnumId, path: &str) -> Decoded<Value<'v>> {
        let declared = &self.program.enums[id.0 as usize];
        let wrong = || mismatch(path, &message::variant_of(&declared.name), json);
        let (name, payload) = match json {
            Json::String(name) => (name.as_str(), None),
            _ => single_key(json).map(|(name, payload)| (name, Some(payload))).ok_or_else(wrong)?,
        };
        let index = declared.variants.iter().position(|variant| variant.name == name).ok_or_else(wrong)?;
        Ok(Value::Variant(index, self.variant(&declared.variants[index], payload, json, path)?))
    }

    fn variant(
        &self,
        variant: &'v Variant,
        payload: Option<&'v Json>,
        whole: &'v Json,
        path: &str,
    ) -> Decoded<&'v [Value<'v>]> {
        match (variant.style, payload) {
            (VariantStyle::Unit, None) => Ok(&[]),
            (VariantStyle::Unit, Some(Json::Object(object))) if object.is_empty() => Ok(&[]),
            (VariantStyle::Unit, _) => Err(mismatch(path, message::VARIANT_WITHOUT_PAYLOAD, whole)),
            (VariantStyle::Tuple, Some(payload)) => self.tuple(payload, variant.fields.iter().map(|(_, ty)| ty), path),
            (VariantStyle::Struct, Some(Json::Object(object))) => self.struct_variant(variant, object, whole, path),
            (VariantStyle::Tuple | VariantStyle::Struct, _) => {
                Err(mismatch(path, message::VARIANT_WITH_PAYLOAD, whole))
            }
        }
    }

    /// Exactly the declared fields.
    fn struct_variant(
        &self,
        variant: &'v Variant,
        object: &'v Object<String, Json>,
        whole: &'v Json,
        path: &str,
    ) -> Decoded<&'v [Value<'v>]> {
        let is_declared = |key: &String| variant.fields.iter().any(|(name, _)| name == key);
        if let Some(key) = object.keys().find(|key| !is_declared(key)) {
            return Err(mismatch(path, &message::variant_without(key), whole));
        }
        let fields = variant.fields.iter().map(|(name, ty)| {
            let json = object.get(name).ok_or_else(|| mismatch(path, &message::variant_with(name), whole))?;
            self.value(json, ty, &format!("{path}.{name}"))
        });
        Ok(self.heap.list(fields.collect::<Decoded<_>>()?))
    }
}

/// Key and value of an object that has just one.
fn single_key(json: &Json) -> Option<(&str, &Json)> {
    let object = json.as_object().filter(|object| object.len() == 1)?;
    object.iter().next().map(|(key, value)| (key.as_str(), value))
}

/// `null`, `"None"`, `{"None": null}`, `{"None": {}}`
fn is_none(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::String(text) => text == "None",
        _ => match single_key(json) {
            Some(("None", Json::Null)) => true,
            Some(("None", Json::Object(payload))) => payload.is_empty(),
            _ => false,
        },
    }
}

/// A JSON value in a few words.
fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) if text.chars().count() <= 40 => format!("{text:?}"),
        Json::String(_) => "a long string".to_owned(),
        Json::Array(items) => format!("a list of {} items", items.len()),
        Json::Object(object) => format!("an object with {} keys", object.len()),
    }
}
