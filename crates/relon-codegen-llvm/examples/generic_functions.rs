//! How one body of `map`, `filter` and `sum` can serve all element types: a measurement.
//!
//! Two designs, written in Rust as LLVM would see them after linking. *Lowered*: the compiler writes a loop over typed elements
//! for each use, with the closure's body inside. *Erased*: a library function works on addresses, with the element's size, and the
//! closure as a callee; both are constants once the function is inlined. Each kernel traps on overflow, as rules do.
//!
//! Run with `cargo run --release -p relon-codegen-llvm --example generic_functions`. Figures are medians of interleaved rounds, in
//! nanoseconds for each element, and the ratio of the two. What they decided is in docs/decisions.md.

use std::hint::black_box;
use std::time::Instant;

/// The callee of the erased design: reads an element, writes a result, says whether all went well.
type Callee = unsafe fn(element: *const u8, out: *mut u8) -> bool;

/// `map` over elements of any size.
///
/// # Safety
/// `source` holds `count` elements of `stride_in` bytes, `target` has room for as many of `stride_out`.
#[inline(always)]
unsafe fn erased_map(
    source: *const u8,
    count: usize,
    stride_in: usize,
    target: *mut u8,
    stride_out: usize,
    callee: Callee,
) -> bool {
    for index in 0..count {
        // SAFETY: the caller's condition.
        if !unsafe { callee(source.add(index * stride_in), target.add(index * stride_out)) } {
            return false;
        }
    }
    true
}

/// `filter` over elements of any size; gives the number kept.
///
/// # Safety
/// As for [`erased_map`], with `target` as large as `source`.
#[inline(always)]
unsafe fn erased_filter(source: *const u8, count: usize, stride: usize, target: *mut u8, callee: Callee) -> usize {
    let mut kept = 0;
    for index in 0..count {
        let mut keep = 0u8;
        // SAFETY: the caller's condition.
        unsafe {
            let element = source.add(index * stride);
            callee(element, &raw mut keep);
            if keep != 0 {
                std::ptr::copy_nonoverlapping(element, target.add(kept * stride), stride);
                kept += 1;
            }
        }
    }
    kept
}

/// `sum` over elements of any size, with the addition as a callee on an accumulator.
///
/// # Safety
/// As for [`erased_map`]; `accumulator` holds a value that `callee` adds to.
#[inline(always)]
unsafe fn erased_sum(source: *const u8, count: usize, stride: usize, accumulator: *mut u8, callee: Callee) -> bool {
    for index in 0..count {
        // SAFETY: the caller's condition.
        if !unsafe { callee(source.add(index * stride), accumulator) } {
            return false;
        }
    }
    true
}

#[inline(never)]
fn map_lowered(source: &[i64], target: &mut [i64]) -> bool {
    for (element, out) in source.iter().zip(target) {
        let Some(value) = element.checked_mul(3) else { return false };
        *out = value;
    }
    true
}

#[inline(never)]
fn map_erased(source: &[i64], target: &mut [i64]) -> bool {
    /// # Safety
    /// `element` and `out` are valid.
    #[inline(always)]
    unsafe fn triple(element: *const u8, out: *mut u8) -> bool {
        // SAFETY: the caller's condition.
        unsafe {
            let Some(value) = element.cast::<i64>().read().checked_mul(3) else { return false };
            out.cast::<i64>().write(value);
        }
        true
    }
    // SAFETY: both slices have the same number of eight-byte elements.
    unsafe { erased_map(source.as_ptr().cast(), source.len(), 8, target.as_mut_ptr().cast(), 8, triple) }
}

#[inline(never)]
fn filter_lowered(source: &[i64], target: &mut [i64]) -> usize {
    assert!(target.len() >= source.len());
    let mut kept = 0;
    for element in source {
        if element % 2 == 0 {
            // SAFETY: at most as many elements are kept as there are, and `target` has room for all.
            unsafe { *target.get_unchecked_mut(kept) = *element };
            kept += 1;
        }
    }
    kept
}

#[inline(never)]
fn filter_erased(source: &[i64], target: &mut [i64]) -> usize {
    /// # Safety
    /// `element` and `out` are valid.
    #[inline(always)]
    unsafe fn even(element: *const u8, out: *mut u8) -> bool {
        // SAFETY: the caller's condition.
        unsafe { out.write(u8::from(element.cast::<i64>().read() % 2 == 0)) };
        true
    }
    // SAFETY: both slices have the same number of eight-byte elements.
    unsafe { erased_filter(source.as_ptr().cast(), source.len(), 8, target.as_mut_ptr().cast(), even) }
}

#[inline(never)]
fn sum_lowered(source: &[i64]) -> Option<i64> {
    let mut sum = 0i64;
    for element in source {
        sum = sum.checked_add(*element)?;
    }
    Some(sum)
}

#[inline(never)]
fn sum_erased(source: &[i64]) -> Option<i64> {
    /// # Safety
    /// `element` and `sum` are valid.
    #[inline(always)]
    unsafe fn add(element: *const u8, sum: *mut u8) -> bool {
        // SAFETY: the caller's condition.
        unsafe {
            let sum = sum.cast::<i64>();
            let Some(value) = sum.read().checked_add(element.cast::<i64>().read()) else { return false };
            sum.write(value);
        }
        true
    }
    let mut sum = 0i64;
    // SAFETY: the slice has eight-byte elements, and so has the accumulator.
    let fits = unsafe { erased_sum(source.as_ptr().cast(), source.len(), 8, (&raw mut sum).cast(), add) };
    fits.then_some(sum)
}

const ELEMENTS: usize = 100_000;
const ROUNDS: usize = 201;

fn nanoseconds(work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / ELEMENTS as f64
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a measurement prints its figures")]
fn compare(name: &str, lowered: &mut dyn FnMut(), erased: &mut dyn FnMut()) {
    let (mut first, mut second, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (a, b) = (nanoseconds(lowered), nanoseconds(erased));
        first.push(a);
        second.push(b);
        ratios.push(b / a);
    }
    println!("{name:<7} lowered {:.3}  erased {:.3}  ratio {:.2}", median(first), median(second), median(ratios));
}

fn main() {
    let source: Vec<i64> = (0..ELEMENTS as i64).map(|n| n * 2_654_435_761 % 1_000_003).collect();
    let (mut a, mut b) = (vec![0i64; ELEMENTS], vec![0i64; ELEMENTS]);
    assert!(map_lowered(&source, &mut a) && map_erased(&source, &mut b) && a == b);
    assert_eq!(filter_lowered(&source, &mut a), filter_erased(&source, &mut b));
    assert_eq!(sum_lowered(&source), sum_erased(&source));
    compare("map", &mut || _ = black_box(map_lowered(&source, &mut a)), &mut || {
        _ = black_box(map_erased(&source, &mut b));
    });
    compare("filter", &mut || _ = black_box(filter_lowered(&source, &mut a)), &mut || {
        _ = black_box(filter_erased(&source, &mut b));
    });
    compare("sum", &mut || _ = black_box(sum_lowered(&source)), &mut || _ = black_box(sum_erased(&source)));
}
