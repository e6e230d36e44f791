use relon_natives::native;

type Id = i64;

#[native(crate = relon_natives)]
fn hides(id: &Id) -> i64 {
    *id
}

fn main() {}
