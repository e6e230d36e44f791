//! JSON in and out, driven by the layouts of an entry's types.

mod decode;
mod encode;
mod image;

pub(crate) use decode::{ArgumentError, Arguments, decode};
pub(crate) use encode::encode;
