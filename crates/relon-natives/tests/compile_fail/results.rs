use std::collections::HashMap;

use relon_natives::native;

#[native(crate = relon_natives)]
fn narrow() -> u32 {
    1
}

#[native(crate = relon_natives)]
fn narrow_inside() -> Vec<Option<f32>> {
    vec![]
}

#[native(crate = relon_natives)]
fn pair() -> (i64, i64) {
    (1, 2)
}

#[native(crate = relon_natives)]
fn unit() -> () {}

#[native(crate = relon_natives)]
fn hidden() -> impl Iterator<Item = i64> {
    0..1
}

#[native(crate = relon_natives)]
fn map() -> HashMap<String, i64> {
    HashMap::new()
}

#[native(crate = relon_natives)]
fn boxed() -> Box<i64> {
    Box::new(1)
}

#[native(crate = relon_natives)]
fn other_error() -> Result<i64, std::num::ParseIntError> {
    "1".parse()
}

#[native(crate = relon_natives)]
fn short_result() -> std::io::Result<i64> {
    Ok(1)
}

#[native(crate = relon_natives)]
fn inner_result() -> Vec<Result<i64, String>> {
    vec![]
}

fn main() {}
