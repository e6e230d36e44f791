use relon_natives::native;

#[native(crate = relon_natives, require = "network")]
fn misspelt_key() -> i64 {
    1
}

#[native(crate = relon_natives, pure)]
fn unknown_key() -> i64 {
    1
}

#[native(crate = relon_natives, requires = "netwrok")]
fn misspelt_capability() -> i64 {
    1
}

#[native(crate = relon_natives, requires = ["network", "gpu"])]
fn unknown_capability() -> i64 {
    1
}

#[native(crate = relon_natives, requires = network)]
fn capability_without_quotes() -> i64 {
    1
}

#[native(crate = relon_natives, name = "fx rate")]
fn name_with_space() -> i64 {
    1
}

#[native(crate = relon_natives, name = "std.list.map")]
fn name_of_the_library() -> i64 {
    1
}

#[native(crate = relon_natives, name = "a", name = "b")]
fn key_twice() -> i64 {
    1
}

#[native(crate = relon_natives)]
struct NotAFunction;

fn main() {}
