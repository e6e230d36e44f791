//! As little as a program can do: it prints a number.

#![allow(clippy::print_stdout, reason = "it is all that it does")]

fn main() {
    println!("{}", std::hint::black_box(0));
}
