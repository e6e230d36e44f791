use relon_natives::native;

#[native(crate = relon_natives)]
async fn asynchronous() -> i64 {
    1
}

#[native(crate = relon_natives)]
unsafe fn dangerous() -> i64 {
    1
}

#[native(crate = relon_natives)]
extern "C" fn foreign() -> i64 {
    1
}

#[native(crate = relon_natives)]
fn generic<T>(x: i64) -> i64 {
    x
}

#[native(crate = relon_natives)]
fn sized<const N: usize>(x: i64) -> i64 {
    x
}

#[native(crate = relon_natives)]
fn silent(x: i64) {
    let _ = x;
}

#[native(crate = relon_natives)]
fn destructured((a, b): (i64, i64)) -> i64 {
    a + b
}

struct Rates;

impl Rates {
    #[native(crate = relon_natives)]
    fn method(&self) -> i64 {
        1
    }
}

fn main() {}
