use relon_natives::Schema;
use relon_natives::abi::Str;

#[derive(Schema)]
#[schema(crate = relon_natives)]
struct WithoutLayout {
    a: i64,
}

#[derive(Schema)]
#[schema(crate = relon_natives)]
#[repr(C, packed)]
struct Packed {
    a: i64,
}

#[derive(Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
struct Positions(i64, i64);

#[derive(Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
enum Choice {
    A,
}

#[derive(Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
struct Generic<T> {
    a: T,
}

#[derive(Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
struct Owner {
    name: String,
}

#[derive(Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
struct Lists<'a> {
    name: &'a str,
}

#[derive(Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
struct Options<'a> {
    name: Option<Str<'a>>,
}

#[derive(Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
struct Nested {
    inner: WithoutSchema,
}

#[repr(C)]
struct WithoutSchema {
    a: i64,
}

#[derive(Schema)]
#[schema(path = relon_natives)]
#[repr(C)]
struct WrongKey {
    a: i64,
}

fn main() {}
