//! Views of strings, lists and options in the layout that rules use.

use std::marker::PhantomData;

/// A borrowed UTF-8 string: pointer and length in bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str<'a> {
    pointer: *const u8,
    length: usize,
    lifetime: PhantomData<&'a str>,
}

/// A borrowed list: pointer to the first element and number of elements.
#[repr(C)]
pub struct List<'a, T> {
    pointer: *const T,
    length: usize,
    lifetime: PhantomData<&'a [T]>,
}

/// An optional value in memory. `some` is 0 or 1; `value` may be read only where `some` is 1.
#[repr(C)]
pub struct Opt<T> {
    some: u8,
    value: std::mem::MaybeUninit<T>,
}
