//! What lowered code calls for memory, text and dicts: C functions on scalars.

use std::fmt::Write;
use std::mem::MaybeUninit;

use Scalar::{Bool, Float, Int, Ptr};

use crate::abi::{Context, Str, slice, text};
use crate::entry::relon_std_too_large;

/// A scalar of a helper's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `i64` or `usize`
    Int,
    /// `f64`
    Float,
    /// `u8`, 0 or 1
    Bool,
    /// A pointer.
    Ptr,
}

/// A helper's signature.
#[derive(Debug)]
pub struct RawHelper {
    /// Its symbol, which is its name.
    pub symbol: &'static str,
    /// Parameters. Those of a helper with a status do not hold the context, which comes first.
    pub params: &'static [Scalar],
    /// The result; none for a helper with a status.
    pub result: Option<Scalar>,
    /// The function.
    pub address: *const (),
}

/// A helper with a result.
macro_rules! plain {
    ($symbol:ident, $params:expr, $result:expr) => {
        RawHelper { symbol: stringify!($symbol), params: $params, result: Some($result), address: $symbol as *const () }
    };
}

/// A helper with a status.
macro_rules! with_status {
    ($symbol:ident, $params:expr) => {
        RawHelper { symbol: stringify!($symbol), params: $params, result: None, address: $symbol as *const () }
    };
}

/// All helpers. Their signatures are checked against their bitcode when a rule is linked.
pub const HELPERS: &[RawHelper] = &[
    plain!(relon_std_alloc, &[Ptr, Int, Int], Ptr),
    with_status!(relon_std_concat, &[Ptr, Int, Ptr]),
    with_status!(relon_std_join, &[Ptr, Int, Ptr, Int, Ptr]),
    with_status!(relon_std_text_int, &[Int, Ptr]),
    with_status!(relon_std_text_float, &[Float, Ptr]),
    plain!(relon_std_text_eq, &[Ptr, Int, Ptr, Int], Bool),
    plain!(relon_std_text_compare, &[Ptr, Int, Ptr, Int], Int),
    plain!(relon_std_float_rem, &[Float, Float], Float),
    plain!(relon_std_dict_find, &[Ptr, Int, Int, Ptr, Int], Int),
    plain!(relon_std_dict_sort, &[Ptr, Int, Int], Int),
];

/// The helper with this symbol.
pub fn helper(symbol: &str) -> Option<&'static RawHelper> {
    HELPERS.iter().find(|helper| helper.symbol == symbol)
}

/// Room for `size` bytes in the arena; null where its limit is reached or the size is negative.
///
/// # Safety
/// `context` is that of a running call; `align` is a power of two.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_alloc(context: *mut Context, size: i64, align: i64) -> *mut u8 {
    match usize::try_from(size) {
        // SAFETY: the caller's condition.
        Ok(size) => unsafe { Context::alloc(context, size, align as usize) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// Concatenates texts with one allocation, with a separator between them.
///
/// # Safety
/// `context` is that of a running call; `parts` holds `count` texts, `out` has room for one.
#[inline(always)]
unsafe fn concat(
    context: *mut Context,
    parts: *const Str<'_>,
    count: i64,
    between: &str,
    out: *mut Str<'static>,
) -> u32 {
    // SAFETY: the caller's condition; the room is as large as all parts together.
    unsafe {
        let parts = slice(parts, count as usize);
        let separators = between.len().saturating_mul(parts.len().saturating_sub(1));
        // A sum beyond all memory finds no room.
        let length = parts.iter().fold(separators, |sum, part| sum.saturating_add(part.len()));
        let room = Context::alloc(context, length, 1);
        if room.is_null() {
            return relon_std_too_large(context);
        }
        let mut end = room;
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                end.copy_from_nonoverlapping(between.as_ptr(), between.len());
                end = end.add(between.len());
            }
            end.copy_from_nonoverlapping(part.as_ptr(), part.len());
            end = end.add(part.len());
        }
        out.write(Str::from(text(room, length)));
        0
    }
}

/// Concatenates texts.
///
/// # Safety
/// `context` is that of a running call; `parts` holds `count` texts, `out` has room for one.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_concat(
    context: *mut Context,
    parts: *const Str<'_>,
    count: i64,
    out: *mut Str<'static>,
) -> u32 {
    // SAFETY: the caller's condition.
    unsafe { concat(context, parts, count, "", out) }
}

/// Concatenates texts with a separator between them.
///
/// # Safety
/// As for [`relon_std_concat`]; the separator is UTF-8.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_join(
    context: *mut Context,
    parts: *const Str<'_>,
    count: i64,
    separator: *const u8,
    separator_length: usize,
    out: *mut Str<'static>,
) -> u32 {
    // SAFETY: the caller's condition.
    unsafe { concat(context, parts, count, text(separator, separator_length), out) }
}

/// Copies a text into the arena and gives it.
///
/// # Safety
/// As for [`relon_std_concat`].
#[inline(always)]
unsafe fn give(context: *mut Context, value: &str, out: *mut Str<'static>) -> u32 {
    // SAFETY: the caller's condition.
    unsafe {
        match Context::alloc_str(context, value) {
            Some(text) => {
                out.write(text);
                0
            }
            None => relon_std_too_large(context),
        }
    }
}

/// Decimal text of an Int.
///
/// # Safety
/// As for [`relon_std_concat`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_text_int(context: *mut Context, value: i64, out: *mut Str<'static>) -> u32 {
    // 19 digits and a sign.
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        start -= 1;
        digits[start] = b'-';
    }
    // SAFETY: the caller's condition; digits and signs are ASCII.
    unsafe { give(context, std::str::from_utf8_unchecked(&digits[start..]), out) }
}

/// A text that is written piece by piece into memory of a fixed size.
struct Buffer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Write for Buffer<N> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.bytes.get_mut(self.length..self.length + text.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

/// Shortest decimal text of a Float that reads back equal, never with an exponent.
///
/// # Safety
/// As for [`relon_std_concat`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_text_float(context: *mut Context, value: f64, out: *mut Str<'static>) -> u32 {
    // The longest text is that of a small number: sign, `0.`, 323 zeros and 17 digits.
    let mut buffer = Buffer::<352> { bytes: [0; 352], length: 0 };
    let written = write!(buffer, "{value}");
    debug_assert!(written.is_ok(), "Floats have a longest text");
    // SAFETY: only whole texts were written; the rest is the caller's condition.
    unsafe { give(context, std::str::from_utf8_unchecked(&buffer.bytes[..buffer.length]), out) }
}

/// Whether two texts are equal.
///
/// # Safety
/// Both texts are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_text_eq(a: *const u8, a_length: usize, b: *const u8, b_length: usize) -> u8 {
    // SAFETY: the caller's condition.
    unsafe { u8::from(text(a, a_length) == text(b, b_length)) }
}

/// -1, 0 or 1, by code point, which is the order of the bytes.
///
/// # Safety
/// Both texts are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_text_compare(a: *const u8, a_length: usize, b: *const u8, b_length: usize) -> i64 {
    // SAFETY: the caller's condition.
    unsafe { text(a, a_length).cmp(text(b, b_length)) as i64 }
}

/// Remainder with the sign of the dividend, as C's `fmod`.
#[unsafe(no_mangle)]
pub extern "C" fn relon_std_float_rem(a: f64, b: f64) -> f64 {
    a % b
}

/// The key at the start of a dict entry.
///
/// # Safety
/// `entries` holds more than `index` entries of `stride` bytes.
unsafe fn key<'a>(entries: *const u8, index: usize, stride: usize) -> &'a str {
    // SAFETY: the caller's condition.
    unsafe { entries.add(index * stride).cast::<Str<'a>>().read().as_str() }
}

/// Position of a key in the sorted entries of a dict, or -1.
///
/// # Safety
/// `entries` holds `count` entries of `stride` bytes that start with their keys; the key is a valid text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_dict_find(
    entries: *const u8,
    count: i64,
    stride: i64,
    wanted: *const u8,
    wanted_length: usize,
) -> i64 {
    // SAFETY: the caller's condition; positions stay below `count`.
    unsafe {
        let wanted = text(wanted, wanted_length);
        let (mut low, mut high) = (0, count as usize);
        while low < high {
            let middle = low + (high - low) / 2;
            match key(entries, middle, stride as usize).cmp(wanted) {
                std::cmp::Ordering::Equal => return middle as i64,
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        -1
    }
}

/// Whether the keys of entries ascend.
///
/// # Safety
/// `entries` holds `count` entries of `stride` bytes that start with their keys.
unsafe fn ascends(entries: *const u8, count: usize, stride: usize) -> bool {
    // SAFETY: the caller's condition.
    (1..count).all(|index| unsafe { key(entries, index - 1, stride) < key(entries, index, stride) })
}

/// Positions of entries in the order of their keys; of equal keys the last.
///
/// # Safety
/// `entries` holds `count` entries of `stride` bytes that start with their keys.
unsafe fn order(entries: *const u8, count: usize, stride: usize) -> Vec<usize> {
    // SAFETY: the caller's condition.
    let key_of = |index: usize| unsafe { key(entries, index, stride) };
    // Of equal keys the last comes first, and is the one that `dedup` keeps.
    let mut order: Vec<usize> = (0..count).rev().collect();
    order.sort_by(|a, b| key_of(*a).cmp(key_of(*b)));
    order.dedup_by(|a, b| key_of(*a) == key_of(*b));
    order
}

/// Sorts the entries of a dict by key; of equal keys the last stays. Gives the number of entries left.
///
/// # Safety
/// `entries` holds `count` entries of `stride` bytes that start with their keys, and nobody else looks at them.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relon_std_dict_sort(entries: *mut u8, count: i64, stride: i64) -> i64 {
    let (count, stride) = (count as usize, stride as usize);
    // SAFETY: the caller's condition; the copy has room for all entries that are left.
    unsafe {
        if ascends(entries, count, stride) {
            return count as i64;
        }
        let order = order(entries, count, stride);
        let mut sorted: Vec<MaybeUninit<u8>> = Vec::with_capacity(order.len() * stride);
        let room = sorted.as_mut_ptr().cast::<u8>();
        for (at, index) in order.iter().enumerate() {
            room.add(at * stride).copy_from_nonoverlapping(entries.add(index * stride), stride);
        }
        entries.copy_from_nonoverlapping(room, order.len() * stride);
        order.len() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Call;

    fn float_text(value: f64) -> String {
        let mut call = Call::new(1 << 16);
        let mut out = Str::default();
        // SAFETY: the context is that of a live call.
        assert_eq!(unsafe { relon_std_text_float(call.begin(1), value, &raw mut out) }, 0);
        out.to_string()
    }

    #[test]
    fn floats_have_no_exponent() {
        assert_eq!(float_text(1.0), "1");
        assert_eq!(float_text(1e21), "1000000000000000000000");
        assert_eq!(float_text(2.5e-7), "0.00000025");
        assert_eq!(float_text(-0.0), "-0");
        assert_eq!(float_text(f64::NEG_INFINITY), "-inf");
        assert!(float_text(-4.4501477170144023e-308).starts_with("-0.000"));
    }

    fn int_text(value: i64) -> String {
        let mut call = Call::new(1 << 16);
        let mut out = Str::default();
        // SAFETY: the context is that of a live call.
        assert_eq!(unsafe { relon_std_text_int(call.begin(1), value, &raw mut out) }, 0);
        out.to_string()
    }

    #[test]
    fn ints_are_decimal() {
        for value in [0, 7, -7, 10, 1_234_567_890, i64::MAX, i64::MIN] {
            assert_eq!(int_text(value), value.to_string());
        }
    }

    #[test]
    fn texts_are_joined() {
        let mut call = Call::new(32);
        let context = call.begin(1);
        let parts = ["one", "", "three"].map(Str::from);
        let mut out = Str::default();
        // SAFETY: the context is that of a live call, and there are three parts.
        unsafe {
            assert_eq!(relon_std_join(context, parts.as_ptr(), 3, b", ".as_ptr(), 2, &raw mut out), 0);
            assert_eq!(out, "one, , three");
            assert_eq!(relon_std_concat(context, std::ptr::null(), 0, &raw mut out), 0);
            assert_eq!(out, "");
            assert_eq!(relon_std_concat(context, [out, Str::from(&"x".repeat(99))].as_ptr(), 2, &raw mut out), 1);
        }
        assert_eq!(call.take_failure().map(|trap| trap.kind), Some(crate::TrapKind::ValueTooLarge));
    }

    #[test]
    fn dicts_keep_the_last_of_equal_keys() {
        #[repr(C)]
        #[derive(Clone, Copy)]
        struct Entry(Str<'static>, i64);
        let mut entries = [("b", 1), ("a", 2), ("b", 3), ("é", 4)].map(|(key, value)| Entry(Str::from(key), value));
        // SAFETY: the array holds four entries of 24 bytes.
        let left = unsafe { relon_std_dict_sort(entries.as_mut_ptr().cast(), 4, 24) };
        let pairs: Vec<_> = entries[..left as usize].iter().map(|entry| (entry.0.as_str(), entry.1)).collect();
        assert_eq!(pairs, [("a", 2), ("b", 3), ("é", 4)]);
        for (wanted, expected) in [("a", 0), ("b", 1), ("é", 2), ("", -1), ("z", -1)] {
            let entries = entries.as_ptr().cast();
            // SAFETY: three entries are left.
            let found = unsafe { relon_std_dict_find(entries, left, 24, wanted.as_ptr(), wanted.len()) };
            assert_eq!(found, expected, "{wanted}");
        }
    }
}
