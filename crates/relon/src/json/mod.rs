//! JSON in and out, driven by the layouts of an entry's types.

mod decode;
mod encode;
mod image;

pub(crate) use decode::{ArgumentError, Arguments, decode};
pub(crate) use encode::encode;

/// Goes one level deeper into a value, on a new piece of stack where the present one ends.
fn deep<T>(step: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, step)
}
