use relon_natives::native;

#[derive(Clone, Copy)]
struct Plain {
    value: i64,
}

#[native(crate = relon_natives)]
fn takes(plain: &Plain) -> i64 {
    plain.value
}

#[native(crate = relon_natives)]
fn takes_list(plain: &[Plain]) -> i64 {
    plain[0].value
}

#[native(crate = relon_natives)]
fn gives() -> Plain {
    Plain { value: 1 }
}

fn main() {}
