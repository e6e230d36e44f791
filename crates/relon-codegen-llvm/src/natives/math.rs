//! Functions of C's mathematical library that LLVM calls for an instruction: `frem` becomes `fmod`, rounding becomes `floor` and so on
//! where the processor has no instruction for it. Bitcode doesn't name them, and a program that uses none itself isn't linked with
//! them, so they are kept here; each is the function that Rust itself would call.

#![expect(
    clippy::disallowed_methods,
    reason = "these are the functions that LLVM itself would call for a native's code"
)]

macro_rules! functions {
    ($($name:ident $single:ident($($arg:ident),*) = $body:expr;)*) => {
        /// The address of the function with this name.
        pub(super) fn address(symbol: &str) -> Option<usize> {
            $(
                if symbol == stringify!($name) {
                    extern "C" fn $name($($arg: f64),*) -> f64 { $body }
                    return Some($name as *const () as usize);
                }
                if symbol == stringify!($single) {
                    extern "C" fn $single($($arg: f32),*) -> f32 { $body }
                    return Some($single as *const () as usize);
                }
            )*
            None
        }
    };
}

functions! {
    fmod fmodf(x, y) = x % y;
    floor floorf(x) = x.floor();
    ceil ceilf(x) = x.ceil();
    trunc truncf(x) = x.trunc();
    round roundf(x) = x.round();
    rint rintf(x) = x.round_ties_even();
    nearbyint nearbyintf(x) = x.round_ties_even();
    roundeven roundevenf(x) = x.round_ties_even();
    fma fmaf(x, y, z) = x.mul_add(y, z);
    pow powf(x, y) = x.powf(y);
    exp expf(x) = x.exp();
    exp2 exp2f(x) = x.exp2();
    log logf(x) = x.ln();
    log2 log2f(x) = x.log2();
    log10 log10f(x) = x.log10();
    sin sinf(x) = x.sin();
    cos cosf(x) = x.cos();
}

#[cfg(test)]
mod tests {
    #[test]
    fn functions_are_found_by_their_c_names() {
        let fmod = super::address("fmod").unwrap();
        // SAFETY: the table holds the function with this type under this name.
        let fmod = unsafe { std::mem::transmute::<usize, extern "C" fn(f64, f64) -> f64>(fmod) };
        assert_eq!(fmod(-7.5, 2.0), -1.5);
        assert!(super::address("roundevenf").is_some() && super::address("printf").is_none());
    }
}
