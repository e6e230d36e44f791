//! Views of strings, lists and options in the layout that rules use.

use std::fmt;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Deref;

/// A borrowed UTF-8 string: pointer and length in bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str<'a> {
    pointer: *const u8,
    length: usize,
    lifetime: PhantomData<&'a str>,
}

impl<'a> Str<'a> {
    /// The text, for as long as it is borrowed.
    #[inline]
    pub fn as_str(self) -> &'a str {
        // SAFETY: a `Str` is made from a `&str` or by compiled code, which keeps the same promise.
        unsafe { crate::__private::text(self.pointer, self.length) }
    }
}

impl<'a> From<&'a str> for Str<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Str { pointer: text.as_ptr(), length: text.len(), lifetime: PhantomData }
    }
}

impl Default for Str<'_> {
    fn default() -> Self {
        Str::from("")
    }
}

impl Deref for Str<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Str<'_> {}

/// A borrowed list: pointer to the first element and number of elements.
#[repr(C)]
pub struct List<'a, T> {
    pointer: *const T,
    length: usize,
    lifetime: PhantomData<&'a [T]>,
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<'a, T> List<'a, T> {
    /// The elements, for as long as they are borrowed.
    #[inline]
    pub fn as_slice(self) -> &'a [T] {
        // SAFETY: a `List` is made from a slice or by compiled code, which keeps the same promise.
        unsafe { crate::__private::slice(self.pointer, self.length) }
    }
}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    #[inline]
    fn from(items: &'a [T]) -> Self {
        List { pointer: items.as_ptr(), length: items.len(), lifetime: PhantomData }
    }
}

impl<T> Deref for List<'_, T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: fmt::Debug> fmt::Debug for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_slice(), f)
    }
}

impl<T: PartialEq> PartialEq for List<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

/// An optional value in memory: one byte that is 0 or 1, and the value where it is 1.
#[repr(C)]
pub struct Opt<T> {
    some: u8,
    value: MaybeUninit<T>,
}

impl<T: Copy> Clone for Opt<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Copy> Copy for Opt<T> {}

impl<T: Copy> Opt<T> {
    /// The value, if there is one.
    #[inline]
    pub fn get(self) -> Option<T> {
        // SAFETY: `some` is 1 only where the value was stored.
        (self.some != 0).then(|| unsafe { self.value.assume_init() })
    }
}

impl<T: Copy> From<Option<T>> for Opt<T> {
    #[inline]
    fn from(value: Option<T>) -> Self {
        match value {
            Some(value) => Opt { some: 1, value: MaybeUninit::new(value) },
            // Zeroed, so that equal results are equal bytes.
            None => Opt { some: 0, value: MaybeUninit::zeroed() },
        }
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for Opt<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl<T: Copy + PartialEq> PartialEq for Opt<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}
