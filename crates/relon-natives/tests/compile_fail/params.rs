#![allow(unused_variables)]

use relon_natives::abi::Opt;
use relon_natives::native;

struct Order;

#[native(crate = relon_natives)]
fn narrow(a: i32, b: usize, c: f32, d: char) -> i64 {
    1
}

#[native(crate = relon_natives)]
fn owned(a: String, b: Vec<i64>, c: Order, d: Option<i64>, e: Opt<i64>) -> i64 {
    1
}

#[native(crate = relon_natives)]
fn borrowed(a: &String, b: &Vec<i64>, c: &i64, d: &mut i64, e: &mut [i64]) -> i64 {
    1
}

#[native(crate = relon_natives)]
fn elements(a: &[&str], b: &[String], c: &[u8], d: &[(i64, i64)], e: [i64; 3]) -> i64 {
    1
}

#[native(crate = relon_natives)]
fn exotic(a: impl Iterator<Item = i64>, b: fn(i64) -> i64, c: &dyn Fn(i64) -> i64, d: (i64, i64)) -> i64 {
    1
}

#[native(crate = relon_natives)]
fn eternal(a: &'static str) -> i64 {
    1
}

fn main() {}
