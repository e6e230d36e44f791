//! Natives whose helpers need more than the oldest processor: they are inlined only where the unit has it.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// The sum, by vectors of 256 bits where the processor has them.
#[relon::native]
pub fn sum_256(numbers: &[i64]) -> i64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the feature.
        return unsafe { sum_avx2(numbers) };
    }
    numbers.iter().sum()
}

/// The sum, by vectors of 512 bits where the processor has them.
#[relon::native]
pub fn sum_512(numbers: &[i64]) -> i64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has the feature.
        return unsafe { sum_avx512(numbers) };
    }
    numbers.iter().sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sum_avx2(numbers: &[i64]) -> i64 {
    let (chunks, rest) = numbers.as_chunks::<4>();
    let add = |sum, chunk: &[i64; 4]| {
        // SAFETY: the chunk has the 32 bytes that are loaded.
        _mm256_add_epi64(sum, unsafe { _mm256_loadu_si256(chunk.as_ptr().cast()) })
    };
    let sums = chunks.iter().fold(_mm256_setzero_si256(), add);
    let mut lanes = [0_i64; 4];
    // SAFETY: there is room for the 32 bytes that are stored.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
    lanes.iter().chain(rest).sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sum_avx512(numbers: &[i64]) -> i64 {
    let (chunks, rest) = numbers.as_chunks::<8>();
    let add = |sum, chunk: &[i64; 8]| {
        // SAFETY: the chunk has the 64 bytes that are loaded.
        _mm512_add_epi64(sum, unsafe { _mm512_loadu_si512(chunk.as_ptr().cast()) })
    };
    _mm512_reduce_add_epi64(chunks.iter().fold(_mm512_setzero_si512(), add)) + rest.iter().sum::<i64>()
}
