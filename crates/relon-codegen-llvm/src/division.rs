//! Division of Ints by constants, for code that is to become vectors.
//!
//! LLVM divides by a constant by taking the upper half of a product with twice as many bits. No processor has that for 64 bits in vectors,
//! so LLVM leaves such code alone. Here the product is put together of four products of 32 bits, which all vectors have.
//!
//! With a divisor `n > 2` that is no power of two, `s` its number of bits less one, and `m = floor(2^(64+s) / n) + 1`:
//!
//! - `2^63 < m < 2^64`, since `2^s < n < 2^(s+1)` and `s < 63`.
//! - `m * n = 2^(64+s) + e` with `0 < e < n`, so `y * m / 2^(64+s)` is `y / n + d` with `d = y * e / (n * 2^(64+s))`. For `0 < y <= 2^63` that
//!   is above 0 and below `1 / n`, since `y * e < 2^63 * 2^(s+1)`.
//! - So for `0 <= x < 2^63` the integer below `x * m / 2^(64+s)` is that below `x / n`: what `x / n` has behind the point is at most
//!   `(n-1) / n`, and with `d` that reaches no further integer.
//! - For `x = -y < 0` the integer below is `-(floor(y / n) + 1)`, since `y / n + d` is no integer. That is one less than the quotient, which is
//!   rounded toward zero.
//!
//! `x * m` is taken of `x` without its sign, which is `2^64 * m` too much where `x` is negative. A negative divisor has the quotient of its
//! opposite, with the other sign.

use relon_ir::{IntOp, Op, Value};

use crate::func::FunctionEmitter;

/// What division by a constant needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Magic {
    divisor: i64,
    factor: u64,
    shift: u32,
}

impl Magic {
    /// None for a divisor that is a power of two, or the opposite of one, and for 0: LLVM divides by the former without a product.
    pub(crate) fn of(divisor: i64) -> Option<Magic> {
        let size = divisor.unsigned_abs();
        if size == 0 || size.is_power_of_two() {
            return None;
        }
        let shift = size.ilog2();
        let factor = (1_u128 << (64 + shift)) / u128::from(size) + 1;
        Some(Magic { divisor, factor: factor as u64, shift })
    }
}

impl FunctionEmitter<'_, '_> {
    /// The value of an operand that is constant.
    pub(crate) fn constant_int(&self, value: Value) -> Option<i64> {
        let inst = self.function.insts().find(|inst| inst.results.contains(&value))?;
        if let Op::ConstInt(constant) = inst.op { Some(constant) } else { None }
    }

    /// Writes the quotient or the remainder.
    pub(crate) fn divide_by_constant(&mut self, op: IntOp, x: &str, magic: Magic, result: Value) {
        let sign = self.temp(format_args!("ashr i64 {x}, 63"));
        let upper = self.upper_of_product(x, &sign, magic.factor);
        let below = self.temp(format_args!("ashr i64 {upper}, {}", magic.shift));
        let (from, less) = if magic.divisor < 0 { (sign, below) } else { (below, sign) };
        if op != IntOp::Rem {
            return self.set(result, format_args!("sub nsw i64 {from}, {less}"));
        }
        let quotient = self.temp(format_args!("sub nsw i64 {from}, {less}"));
        let whole = self.temp(format_args!("mul nsw i64 {quotient}, {}", magic.divisor));
        self.set(result, format_args!("sub nsw i64 {x}, {whole}"));
    }

    /// The upper 64 bits of an Int, of which `sign` is -1 or 0, times a factor without a sign.
    fn upper_of_product(&mut self, x: &str, sign: &str, factor: u64) -> String {
        let (low, high) = (factor & HALF, factor >> 32);
        let (x_low, x_high) = (self.low_half(x), self.high_half(x));
        let low_low = self.temp(format_args!("mul nuw i64 {x_low}, {low}"));
        let low_high = self.temp(format_args!("mul nuw i64 {x_low}, {high}"));
        let high_low = self.temp(format_args!("mul nuw i64 {x_high}, {low}"));
        let high_high = self.temp(format_args!("mul nuw i64 {x_high}, {high}"));
        // A product of halves leaves room for two halves to be added.
        let carried = self.high_half(&low_low);
        let middle = self.temp(format_args!("add nuw i64 {high_low}, {carried}"));
        let (middle_low, middle_high) = (self.low_half(&middle), self.high_half(&middle));
        let other = self.temp(format_args!("add nuw i64 {low_high}, {middle_low}"));
        let other_high = self.high_half(&other);
        let sum = self.temp(format_args!("add nuw i64 {high_high}, {middle_high}"));
        let upper = self.temp(format_args!("add nuw i64 {sum}, {other_high}"));
        let excess = self.temp(format_args!("and i64 {sign}, {}", factor as i64));
        self.temp(format_args!("sub i64 {upper}, {excess}"))
    }

    fn low_half(&mut self, value: &str) -> String {
        self.temp(format_args!("and i64 {value}, {HALF}"))
    }

    fn high_half(&mut self, value: &str) -> String {
        self.temp(format_args!("lshr i64 {value}, 32"))
    }
}

/// The lower 32 bits.
const HALF: u64 = 0xFFFF_FFFF;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use relon_ir::{FunctionBuilder, FunctionId, MemType, Module, SiteId, Type};

    use super::*;
    use crate::cocompile::{Effort, Worlds};
    use crate::emit::{self, Style};
    use crate::entry::Names;
    use crate::llvm::{Context, Cpu, Target, TargetMachine};
    use crate::loader::Image;

    const DIVISORS: [i64; 34] = [
        3,
        5,
        6,
        7,
        9,
        10,
        11,
        25,
        60,
        99,
        100,
        127,
        255,
        257,
        365,
        641,
        1000,
        10_000,
        86_400,
        65_535,
        65_537,
        1_000_000,
        1_000_000_000,
        (1 << 31) - 1,
        (1 << 32) - 1,
        (1 << 32) + 1,
        1_000_000_000_000,
        (1 << 61) + 1,
        (1 << 62) - 1,
        (1 << 62) + 1,
        i64::MAX / 2 + 2,
        i64::MAX / 3,
        i64::MAX - 1,
        i64::MAX,
    ];

    type Row = extern "C" fn(*mut u8, *const i64, *mut i64) -> u32;

    /// The LLVM IR of a function that divides what its first pointer points to.
    fn written(op: IntOp, divisor: i64) -> String {
        let mut builder = FunctionBuilder::new("row", &[Type::Ptr, Type::Ptr], &[], None);
        let params = builder.params();
        let (x, by) = (builder.load(MemType::Int, params[0], 0), builder.int(divisor));
        let site = SiteId::new(0);
        let result = builder.int_divide(op, x, by, site, site);
        builder.store(MemType::Int, params[1], 0, result);
        builder.ret(Vec::new());
        let module = Module { functions: vec![builder.finish()], ..Module::default() };
        let target = Target::host().expect("a target");
        let cpu = Cpu { name: String::new(), features: String::new() };
        let (row, worlds) = (FunctionId::new(0), Worlds::default());
        let together = HashSet::from([row]);
        let (effort, names) = (Effort::Full, Names::Loaded);
        let style =
            Style { worlds: &worlds, target: &target, cpu: &cpu, effort, names, lines: None, together: &together };
        emit::alone(&module, &style, row, true)
    }

    fn loaded(ir: &str) -> Image {
        let context = Context::new().expect("a context");
        let module = context.parse_ir(ir, c"test").expect("IR");
        let cpu = Cpu::host().expect("a processor");
        let machine = TargetMachine::new(&Target::host().expect("a target").triple, &cpu, Effort::Full);
        let machine = machine.expect("a machine");
        module.run_passes("default<O3>", &machine).expect("passes");
        let object = machine.emit_object(&module).expect("an object");
        Image::load(object.bytes(), |_| None).expect("code").expect("relocations that are known")
    }

    /// Ints around all places where something could go wrong, and any.
    fn operands(divisor: i64) -> Vec<i64> {
        let mut state = divisor as u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state ^ (state >> 29)) as i64
        };
        let most = i64::MAX / divisor;
        let multiples =
            (0..40).flat_map(|near| [near, -near, most.wrapping_sub(near), most.wrapping_neg().wrapping_add(near)]);
        let multiples = multiples.map(|count| count.wrapping_mul(divisor));
        let powers = (0..64).flat_map(|bit| [1_i64 << bit, (1_i64 << bit).wrapping_neg()]);
        let near: Vec<i64> = multiples.chain(powers).chain([0, i64::MIN, i64::MAX]).collect();
        let near = near.into_iter().flat_map(|at| (-2..=2).map(move |by| at.wrapping_add(by)));
        let any = (0..COUNT).map(|index| random() >> (index % 64));
        near.chain(any).collect()
    }

    /// Any operands of each divisor.
    const COUNT: usize = 20_000;

    #[test]
    fn quotients_and_remainders_are_those_of_rust() {
        for divisor in DIVISORS.into_iter().flat_map(|divisor| [divisor, -divisor]) {
            for op in [IntOp::Div, IntOp::Rem] {
                let ir = written(op, divisor);
                assert!(!ir.contains("div") && !ir.contains("rem"), "{ir}");
                let image = loaded(&ir);
                let row = std::ptr::with_exposed_provenance::<()>(
                    image.address(&emit::ALONE.to_string_lossy()).expect("the function"),
                );
                // SAFETY: the function has this type, and the image lives.
                let row = unsafe { std::mem::transmute::<*const (), Row>(row) };
                for x in operands(divisor) {
                    let (mut context, mut result) = ([0_u64; 16], 0);
                    assert_eq!(row(context.as_mut_ptr().cast(), &x, &mut result), 0);
                    let expected = if op == IntOp::Rem { x % divisor } else { x / divisor };
                    assert_eq!(result, expected, "{x} {op:?} {divisor}");
                }
            }
        }
    }

    #[test]
    fn powers_of_two_are_left_to_llvm() {
        for divisor in [0, 1, -1, 2, -2, 4, 1 << 40, -(1 << 40), i64::MIN] {
            assert_eq!(Magic::of(divisor), None);
        }
        assert!(written(IntOp::Div, 4).contains("sdiv"));
    }
}
