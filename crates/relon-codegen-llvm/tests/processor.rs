//! Natives that use more than the oldest processor of the architecture: they are inlined where the unit's processor has it, and are called
//! elsewhere. Nothing that the code generator cannot translate gets that far.
#![cfg(target_arch = "x86_64")]

mod common;

use std::sync::{Arc, LazyLock};

use common::{bodies, direct, report};
use relon_codegen_llvm::cocompile::{BuildOptions, Delivery, Effort, Options, Processor, build, cocompile};
use relon_codegen_llvm::natives::{Natives, Nowhere, shim};

const SHIM: &str = r#"
use std::arch::x86_64::*;
use std::hint::black_box;

macro_rules! natives { ($($name:ident($x:ident) $body:block)*) => { $(#[unsafe(no_mangle)] pub extern "C" fn $name($x: i64) -> i64 $body)* } }

#[target_feature(enable = "sse2")]
fn by_sse2(x: i64) -> i64 { _mm_cvtsi128_si64(_mm_add_epi64(_mm_set1_epi64x(x), _mm_set1_epi64x(1))) }
#[target_feature(enable = "sse4.2")]
fn by_sse42(x: i64) -> i64 { _mm_crc32_u64(7, x as u64) as i64 }
#[target_feature(enable = "popcnt")]
fn by_popcnt(x: i64) -> i64 { i64::from(_popcnt64(x)) }
#[target_feature(enable = "avx2")]
fn by_avx2(x: i64) -> i64 {
    let sums = _mm256_add_epi64(_mm256_set1_epi64x(x), _mm256_set_epi64x(1, 2, 3, 4));
    let shuffled = _mm256_shuffle_epi8(sums, _mm256_set1_epi8(0));
    _mm256_extract_epi64::<3>(sums) ^ _mm256_extract_epi64::<0>(shuffled)
}
#[target_feature(enable = "avx2")]
fn by_mask(x: i64) -> i64 {
    let (list, mut out, mask) = (black_box([x, x * 2, x * 3, x * 5]), black_box([1i64; 4]), black_box(_mm256_set_epi64x(-1, 0, 0, -1)));
    unsafe { _mm256_maskstore_epi64(out.as_mut_ptr(), mask, _mm256_maskload_epi64(black_box(list.as_ptr()), mask)) };
    black_box(out).iter().sum()
}
#[target_feature(enable = "bmi2,fma")]
fn by_bmi2(x: i64) -> i64 { _pext_u64(x as u64, 0x5555) as i64 + _mm_cvtsd_f64(_mm_fmadd_sd(_mm_set_sd(x as f64), _mm_set_sd(2.0), _mm_set_sd(1.0))) as i64 }
#[target_feature(enable = "avx512f,avx512bw")]
fn by_avx512(x: i64) -> i64 { _mm512_reduce_add_epi64(_mm512_add_epi8(_mm512_set1_epi64(x), _mm512_set1_epi64(1))) }
#[target_feature(enable = "aes,pclmulqdq")]
fn by_aes(x: i64) -> i64 { let x = _mm_set1_epi64x(x); _mm_cvtsi128_si64(_mm_clmulepi64_si128::<0>(_mm_aesenc_si128(x, x), x)) }

natives! {
    sse2(x) { unsafe { by_sse2(x) } }
    sse42(x) { if is_x86_feature_detected!("sse4.2") { unsafe { by_sse42(x) } } else { -1 } }
    popcnt(x) { if is_x86_feature_detected!("popcnt") { unsafe { by_popcnt(x) } } else { -1 } }
    avx2(x) { if is_x86_feature_detected!("avx2") { unsafe { by_avx2(x) } } else { -1 } }
    mask(x) { if is_x86_feature_detected!("avx2") { unsafe { by_mask(x) } } else { -1 } }
    bmi2(x) { if is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("fma") { unsafe { by_bmi2(x) } } else { -1 } }
    avx512(x) { if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") { unsafe { by_avx512(x) } } else { -1 } }
    aes(x) { if is_x86_feature_detected!("aes") && is_x86_feature_detected!("pclmulqdq") { unsafe { by_aes(x) } } else { -1 } }
    bare(x) {
        // Intrinsics in a function that promises no feature.
        if !is_x86_feature_detected!("avx2") { return -1 }
        unsafe { _mm256_extract_epi64::<3>(_mm256_add_epi64(_mm256_set1_epi64x(x), black_box(_mm256_set1_epi64x(5)))) }
    }
}
"#;

static NATIVES: LazyLock<Natives> = LazyLock::new(|| shim::build(SHIM).expect("the shim"));

/// Natives, the level of the architecture from which on they are inlined, and what of their code is then in the unit.
const CASES: [(&str, usize, &str); 9] = [
    ("sse2", 1, "add i64"),
    ("popcnt", 2, "@llvm.ctpop"),
    ("sse42", 2, "@llvm.x86.sse42.crc32"),
    ("avx2", 3, "<4 x i64>"),
    ("bare", 3, "<4 x i64>"),
    ("mask", 3, "@llvm.masked.load"),
    ("bmi2", 3, "@llvm.x86.bmi.pext.64"),
    ("avx512", 4, "<8 x i64>"),
    // No level has it.
    ("aes", 5, "@llvm.x86.aesni"),
];

fn level(level: usize) -> Processor {
    Processor::parse(&format!("x86-64-v{level}")).expect("a level")
}

/// What becomes of a native in a file: whether it is a call for one of its features, and the optimised unit.
fn built(symbol: &str, processor: Processor, delivery: Delivery) -> (bool, String) {
    let alone = Natives { symbols: Arc::new(Nowhere), ..NATIVES.clone() };
    let options = BuildOptions { processor, delivery, ..BuildOptions::default() };
    let unit = build(&common::with_entry(common::calls(direct(symbol))), &[alone], &options).expect("a unit");
    let native = &unit.report().natives[0];
    let called = native.left == 1;
    assert_eq!(called, unit.undefined().contains(&symbol.to_owned()), "{symbol}: {:?}", unit.undefined());
    assert_eq!(called, native.reason.as_deref().is_some_and(|why| why.starts_with("needs feature ")), "{native:?}");
    (called, unit.ir_after().expect("IR"))
}

#[test]
fn files_have_the_bodies_that_their_processor_can_run() {
    for (symbol, first, code) in CASES {
        for number in 1..=4 {
            for delivery in [Delivery::Object, Delivery::Lto] {
                let (called, ir) = built(symbol, level(number), delivery);
                assert_eq!(called, number < first, "{symbol} at level {number}");
                assert_eq!(bodies(&ir).contains(code), !called, "{symbol} at level {number}: {ir}");
            }
        }
        assert_eq!(built(symbol, Processor::Baseline, Delivery::Object).0, first > 1, "{symbol}");
    }
}

#[test]
fn files_have_the_bodies_that_rustc_was_told_of() {
    let told = |features: &[&str]| {
        let features = features.iter().map(|&feature| feature.to_owned()).collect();
        Processor::Told { name: Some("x86-64-v2".into()), features }
    };
    let oldest = ["fxsr", "sse", "sse2"];
    assert!(built("aes", told(&oldest), Delivery::Object).0);
    let better = [&oldest[..], &["aes", "pclmulqdq"]].concat();
    assert!(!built("aes", told(&better), Delivery::Object).0);
    assert!(built("avx2", told(&better), Delivery::Object).0);
}

#[test]
fn loaded_units_have_what_this_machine_can_run() {
    let machine = [true, true, is_x86_feature_detected!("sse4.2"), is_x86_feature_detected!("avx2"), has_avx512()];
    let has = |first: usize| match first {
        5 => is_x86_feature_detected!("aes") && is_x86_feature_detected!("pclmulqdq"),
        level => machine[level],
    };
    for (symbol, first, _) in CASES {
        let ir = common::with_entry(common::calls(direct(symbol)));
        for effort in [Effort::Quick, Effort::Full] {
            for processor in [Processor::Host, Processor::Baseline] {
                let options = Options { processor: processor.clone(), effort, ..Options::default() };
                let module = cocompile(&ir, std::slice::from_ref(&NATIVES), &options).expect("a unit");
                let inlined = first == 1 || (processor == Processor::Host && has(first));
                assert_eq!(report(&module, symbol).left, usize::from(!inlined), "{symbol}, {processor:?}");
                assert_eq!(module.run_i64(77), Ok(in_rust(symbol)(77)), "{symbol}, {processor:?}, {effort:?}");
            }
        }
    }
}

fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")
}

/// The native's own function, called from Rust.
fn in_rust(symbol: &str) -> extern "C" fn(i64) -> i64 {
    let address = NATIVES.symbols.address(symbol).expect("the native");
    // SAFETY: the shim defines this function with this type.
    unsafe { std::mem::transmute::<usize, extern "C" fn(i64) -> i64>(address) }
}
