//! What users read when arguments, results or checked values do not fit: one text for all backends.

use crate::hir::RecordField;

/// What an Int must be.
pub const INT: &str = "an Int";
/// What a Float must be.
pub const FLOAT: &str = "a Float";
/// What a Bool must be.
pub const BOOL: &str = "a Bool";
/// What a String must be.
pub const STRING: &str = "a String";
/// What a List must be.
pub const LIST: &str = "a List";
/// What a Dict must be.
pub const DICT: &str = "a Dict";
/// What a Result must be.
pub const RESULT: &str = "a Result, `{\"Ok\": ..}` or `{\"Err\": ..}`";
/// What a unit variant must be.
pub const VARIANT_WITHOUT_PAYLOAD: &str = "a variant without payload";
/// What a tuple or struct variant must be.
pub const VARIANT_WITH_PAYLOAD: &str = "a variant with its payload";
/// What an object is that lacks the field it must have.
pub const WITHOUT: &str = "one without it";

/// What a tuple, or the payload of a tuple variant, must be.
pub fn items(count: usize) -> String {
    format!("a list of {count} items")
}

/// What a record must be.
pub fn object(record: &str) -> String {
    format!("an object ({record})")
}

/// What a record must be that lacks a field.
pub fn object_with(record: &str, field: &str) -> String {
    format!("an object ({record}) with field `{field}`")
}

/// What a value of an enum must be.
pub fn variant_of(name: &str) -> String {
    format!("a variant of {name}")
}

/// What a struct variant must be that lacks a field.
pub fn variant_with(field: &str) -> String {
    format!("a variant with field `{field}`")
}

/// What a struct variant must be that has another field.
pub fn variant_without(field: &str) -> String {
    format!("a variant without field `{field}`")
}

/// A part of an argument, by its path, that is not what it must be.
pub fn mismatch(path: &str, expected: &str, found: &str) -> String {
    format!("`{path}` must be {expected}, not {found}")
}

/// Arguments that are no object.
pub fn not_an_object(found: &str) -> String {
    format!("the arguments must be a JSON object of parameters, not {found}")
}

/// A parameter without an argument.
pub fn missing_argument(param: &str) -> String {
    format!("no argument is given for parameter `{param}`")
}

/// An argument without a parameter.
pub fn unexpected_argument(name: &str) -> String {
    format!("argument `{name}` names no parameter of `#main`")
}

/// A NaN or an infinity in the result, at a path that is empty for the result itself.
pub fn non_finite(path: &str) -> String {
    let place = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
    format!("the result has a number that is not finite{place}")
}

/// A field whose predicate is false.
pub fn failed_check(field: &RecordField) -> String {
    match &field.message {
        Some(message) => format!("field `{}`: {message}", field.name),
        None => format!("field `{}` does not pass its check", field.name),
    }
}
