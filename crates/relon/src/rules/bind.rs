//! Structs of the program in the place of a rule's own types, compared when the program is compiled.

use relon_natives::shape::{RecordShape, Shape};

/// Stops the compiler where a struct has not the fields of a schema, and names the field.
///
/// # Panics
/// Where the shapes differ.
pub const fn assert_same(found: &Shape, wanted: &Shape) {
    let (Shape::Record(found), Shape::Record(wanted)) = (found, wanted) else {
        panic!("only a struct with #[derive(relon::Schema)] can stand for a schema")
    };
    records(found, wanted);
}

const fn records(found: &RecordShape, wanted: &RecordShape) {
    let mut index = 0;
    while index < wanted.fields.len() {
        let field = &wanted.fields[index];
        if index >= found.fields.len() {
            fail(wanted.name, field.name, "is missing in the struct");
        }
        let given = &found.fields[index];
        if !equal(given.name, field.name) {
            fail(wanted.name, field.name, "is not at its place in the struct: the order of fields counts");
        }
        if !same(given.shape, field.shape) || given.offset != field.offset {
            fail(wanted.name, field.name, "has another type in the struct");
        }
        index += 1;
    }
    if found.fields.len() > index {
        fail(wanted.name, found.fields[index].name, "is in the struct alone");
    }
    assert!(found.size == wanted.size && found.align == wanted.align, "the struct has another layout than the schema");
}

const fn same(found: &Shape, wanted: &Shape) -> bool {
    match (found, wanted) {
        (Shape::Int, Shape::Int)
        | (Shape::Float, Shape::Float)
        | (Shape::Bool, Shape::Bool)
        | (Shape::String, Shape::String) => true,
        (Shape::List(found), Shape::List(wanted)) | (Shape::Option(found), Shape::Option(wanted)) => {
            same(found, wanted)
        }
        (Shape::Record(found), Shape::Record(wanted)) => {
            records(found, wanted);
            true
        }
        _ => false,
    }
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut index = 0;
    while index < a.len() && index < b.len() && a[index] == b[index] {
        index += 1;
    }
    a.len() == b.len() && index == a.len()
}

/// The compiler shows only a text that is known when it compiles, so it is put together here.
const fn fail(schema: &str, field: &str, what: &str) -> ! {
    let mut text = [b' '; 256];
    let mut end = 0;
    let parts = ["schema `", schema, "`: field `", field, "` ", what];
    let mut part = 0;
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut index = 0;
        while index < bytes.len() && end < text.len() {
            text[end] = bytes[index];
            end += 1;
            index += 1;
        }
        part += 1;
    }
    match std::str::from_utf8(text.split_at(end).0) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("a struct has not the fields of its schema"),
    }
}

#[cfg(test)]
mod tests {
    use relon_natives::shape::Value;

    use super::*;

    mod rule {
        #[derive(Clone, Copy, relon_natives::Schema)]
        #[schema(crate = relon_natives)]
        #[repr(C)]
        #[allow(dead_code)]
        pub(super) struct Point {
            pub(super) x: i64,
            pub(super) y: i64,
        }
    }

    #[derive(Clone, Copy, relon_natives::Schema)]
    #[schema(crate = relon_natives)]
    #[repr(C)]
    #[allow(dead_code)]
    struct Mine {
        x: i64,
        y: f64,
    }

    const _: () = assert_same(rule::Point::SHAPE, rule::Point::SHAPE);

    #[test]
    #[should_panic(expected = "schema `Point`: field `y` has another type in the struct")]
    fn the_field_is_named() {
        assert_same(Mine::SHAPE, rule::Point::SHAPE);
    }
}
