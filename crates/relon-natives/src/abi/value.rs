//! Views of strings, lists and options in the layout that rules use.
//!
//! The pointer of an empty string or list may hold anything: compiled code need not find a valid address for it. So the
//! pointer is looked at only where the length is not 0.

use std::fmt;
use std::hash::{Hash, Hasher};
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
    value: MaybeUninit<T>,
}

// SAFETY: a `Str` is a `&str`, which may be sent and shared.
unsafe impl Send for Str<'_> {}
// SAFETY: as above.
unsafe impl Sync for Str<'_> {}
// SAFETY: a `List` is a `&[T]`, which may be sent and shared where `T` may be shared.
unsafe impl<T: Sync> Send for List<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for List<'_, T> {}

/// The text of a pointer and a length.
///
/// # Safety
/// Where `length` is not 0, `pointer` points to that many bytes of UTF-8 that live for `'a`.
#[inline(always)]
pub unsafe fn text<'a>(pointer: *const u8, length: usize) -> &'a str {
    if length == 0 {
        return "";
    }
    // SAFETY: the caller's condition.
    unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(pointer, length)) }
}

/// The slice of a pointer and a length.
///
/// # Safety
/// Where `length` is not 0, `pointer` points to that many elements that live for `'a`.
#[inline(always)]
pub unsafe fn slice<'a, T>(pointer: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's condition.
    unsafe { std::slice::from_raw_parts(pointer, length) }
}

impl<'a> Str<'a> {
    /// The empty string.
    pub const EMPTY: Str<'static> = Str::new("");

    /// A view of `text`.
    #[inline(always)]
    pub const fn new(text: &'a str) -> Self {
        Str { pointer: text.as_ptr(), length: text.len(), lifetime: PhantomData }
    }

    /// The text, for as long as what it was borrowed from.
    #[inline(always)]
    pub fn as_str(self) -> &'a str {
        // SAFETY: a `Str` is made from a `&'a str`, or by compiled code that keeps the same promise.
        unsafe { text(self.pointer, self.length) }
    }
}

impl<'a> From<&'a str> for Str<'a> {
    #[inline(always)]
    fn from(text: &'a str) -> Self {
        Str::new(text)
    }
}

impl<'a> From<&'a String> for Str<'a> {
    #[inline]
    fn from(text: &'a String) -> Self {
        Str::new(text)
    }
}

impl Default for Str<'_> {
    #[inline]
    fn default() -> Self {
        Str::EMPTY
    }
}

impl Deref for Str<'_> {
    type Target = str;

    #[inline(always)]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str<'_> {
    #[inline]
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Debug for Str<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl PartialEq for Str<'_> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl PartialEq<str> for Str<'_> {
    #[inline(always)]
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Str<'_> {
    #[inline(always)]
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Eq for Str<'_> {}

impl PartialOrd for Str<'_> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str<'_> {
    #[inline]
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Str<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl<'a, T> List<'a, T> {
    /// A view of `items`.
    #[inline(always)]
    pub const fn new(items: &'a [T]) -> Self {
        List { pointer: items.as_ptr(), length: items.len(), lifetime: PhantomData }
    }

    /// The elements, for as long as what they were borrowed from.
    #[inline(always)]
    pub fn as_slice(self) -> &'a [T] {
        // SAFETY: a `List` is made from a `&'a [T]`, or by compiled code that keeps the same promise.
        unsafe { slice(self.pointer, self.length) }
    }
}

impl<T> Clone for List<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    #[inline(always)]
    fn from(items: &'a [T]) -> Self {
        List::new(items)
    }
}

impl<'a, T> From<&'a Vec<T>> for List<'a, T> {
    #[inline]
    fn from(items: &'a Vec<T>) -> Self {
        List::new(items)
    }
}

impl<T> Default for List<'_, T> {
    #[inline]
    fn default() -> Self {
        List::new(&[])
    }
}

impl<T> Deref for List<'_, T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<'a, T> IntoIterator for List<'a, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    #[inline(always)]
    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

impl<'a, T> IntoIterator for &List<'a, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    #[inline(always)]
    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for List<'_, T> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: PartialEq> PartialEq for List<'_, T> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T> Opt<T> {
    /// No value.
    #[inline(always)]
    pub const fn none() -> Self {
        Opt { some: 0, value: MaybeUninit::uninit() }
    }

    /// A value.
    #[inline(always)]
    pub const fn some(value: T) -> Self {
        Opt { some: 1, value: MaybeUninit::new(value) }
    }

    /// The value in place, if there is one.
    #[inline(always)]
    pub fn as_ref(&self) -> Option<&T> {
        // SAFETY: the value is there where `some` is not 0.
        (self.some != 0).then(|| unsafe { self.value.assume_init_ref() })
    }

    /// The value, if there is one.
    #[inline(always)]
    pub fn into_option(self) -> Option<T> {
        // SAFETY: the value is there where `some` is not 0.
        (self.some != 0).then(|| unsafe { self.value.assume_init() })
    }
}

impl<T: Copy> Clone for Opt<T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Copy> Copy for Opt<T> {}

impl<T> Default for Opt<T> {
    #[inline]
    fn default() -> Self {
        Opt::none()
    }
}

impl<T> From<Option<T>> for Opt<T> {
    #[inline(always)]
    fn from(value: Option<T>) -> Self {
        value.map_or(Opt::none(), Opt::some)
    }
}

impl<T> From<Opt<T>> for Option<T> {
    #[inline(always)]
    fn from(value: Opt<T>) -> Self {
        value.into_option()
    }
}

impl<T: fmt::Debug> fmt::Debug for Opt<T> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Opt<T> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_views_do_not_look_at_their_pointer() {
        let empty = Str { pointer: std::ptr::null(), length: 0, lifetime: PhantomData };
        assert_eq!(empty, "");
        let empty: List<'_, i64> = List { pointer: std::ptr::null(), length: 0, lifetime: PhantomData };
        assert_eq!(empty.iter().sum::<i64>(), 0);
    }

    #[test]
    fn options_go_back_and_forth() {
        assert_eq!(Opt::from(Some(3)).into_option(), Some(3));
        assert_eq!(Option::<i64>::from(Opt::none()), None);
        assert_ne!(Opt::some(1), Opt::none());
    }
}
