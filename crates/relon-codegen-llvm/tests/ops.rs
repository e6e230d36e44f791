//! Every op and terminator, run.

mod common;

use common::{rule, site};
use relon_codegen_llvm::Error;
use relon_codegen_llvm::cocompile::{CocompiledModule, Options, cocompile};
use relon_ir::{
    BoolOp, Data, FloatCondition, FloatOp, FunctionBuilder, IntCondition, IntOp, MemType, Module, Relocation, Target,
    Type, Value, WrapOp,
};
use relon_natives::TrapKind;

fn compile(build: impl FnOnce(&mut Module, &mut FunctionBuilder, Value) -> Value) -> CocompiledModule {
    let mut module = Module::default();
    rule(&mut module, build);
    cocompile(&common::with_entry(module), &[], &Options { verify: true, ..Options::default() }).unwrap()
}

/// `rule(x) = lhs op rhs`, with traps at site 0 (overflow) and 1 (zero).
fn int_op(op: IntOp, lhs: i64, rhs: i64) -> Result<i64, Error> {
    let module = compile(|module, builder, x| {
        let overflow = site(module, TrapKind::NumericOverflow);
        let zero = site(module, TrapKind::DivisionByZero);
        // The left operand arrives at run time, so that LLVM can't fold the operation away.
        let right = builder.int(rhs);
        match op {
            IntOp::Add | IntOp::Sub | IntOp::Mul => builder.int_checked(op, x, right, overflow),
            IntOp::Div | IntOp::Rem => builder.int_divide(op, x, right, overflow, zero),
        }
    });
    module.run_i64(lhs)
}

#[test]
fn int_arithmetic_is_checked() {
    const OVERFLOW: Result<i64, Error> = Err(Error::Trapped(0));
    const ZERO: Result<i64, Error> = Err(Error::Trapped(1));
    assert_eq!(int_op(IntOp::Add, i64::MAX - 1, 1), Ok(i64::MAX));
    assert_eq!(int_op(IntOp::Add, i64::MAX, 1), OVERFLOW);
    assert_eq!(int_op(IntOp::Sub, i64::MIN, 1), OVERFLOW);
    assert_eq!(int_op(IntOp::Mul, i64::MAX / 2 + 1, 2), OVERFLOW);
    assert_eq!(int_op(IntOp::Mul, -4, 5), Ok(-20));
    assert_eq!((int_op(IntOp::Div, -7, 2), int_op(IntOp::Rem, -7, 2)), (Ok(-3), Ok(-1)));
    assert_eq!((int_op(IntOp::Div, 7, 0), int_op(IntOp::Rem, 7, 0)), (ZERO, ZERO));
    assert_eq!((int_op(IntOp::Div, i64::MIN, -1), int_op(IntOp::Rem, i64::MIN, -1)), (OVERFLOW, OVERFLOW));
    assert_eq!(int_op(IntOp::Div, i64::MIN + 1, -1), Ok(i64::MAX));
}

#[test]
fn wrapping_arithmetic_is_not() {
    let module = compile(|_, builder, x| {
        let (one, three) = (builder.int(1), builder.int(3));
        let sum = builder.wrap(WrapOp::Add, x, one);
        let product = builder.wrap(WrapOp::Mul, sum, three);
        builder.wrap(WrapOp::Sub, product, x)
    });
    assert_eq!(module.run_i64(i64::MAX), Ok(i64::MIN.wrapping_mul(3).wrapping_sub(i64::MAX)));
}

/// The bits of `f(x as Float)`, stored and loaded again.
fn float_bits(build: impl FnOnce(&mut FunctionBuilder, Value) -> Value) -> impl Fn(i64) -> u64 {
    let module = compile(|_, builder, x| {
        let float = builder.int_to_float(x);
        let result = build(builder, float);
        let slot = builder.stack_slot(8, 8);
        builder.store(MemType::Float, slot, 0, result);
        builder.load(MemType::Int, slot, 0)
    });
    move |x| module.run_i64(x).unwrap() as u64
}

#[test]
fn floats_are_ieee() {
    let third = float_bits(|builder, x| {
        let three = builder.float(3.0);
        builder.float_op(FloatOp::Div, x, three)
    });
    assert_eq!(third(1), (1.0f64 / 3.0).to_bits());
    let mixed = float_bits(|builder, x| {
        let tenth = builder.float(0.1);
        let product = builder.float_op(FloatOp::Mul, x, tenth);
        let sum = builder.float_op(FloatOp::Add, product, x);
        builder.float_op(FloatOp::Sub, sum, tenth)
    });
    assert_eq!(mixed(7), (7.0f64 * 0.1 + 7.0 - 0.1).to_bits(), "not fused");
    let negated = float_bits(|builder, x| builder.float_neg(x));
    assert_eq!(negated(0), (-0.0f64).to_bits());
    let absolute = float_bits(|builder, x| builder.float_abs(x));
    assert_eq!(absolute(-5), 5.0f64.to_bits());
    let nan = float_bits(|builder, _| builder.float(f64::from_bits(0x7FF8_0000_0000_0123)));
    assert_eq!(nan(0), 0x7FF8_0000_0000_0123);
}

/// 1 where the comparison of `x as Float` with NaN (for an even `x`) or with 1 holds.
fn float_compare(condition: FloatCondition) -> impl Fn(i64) -> i64 {
    let module = compile(|_, builder, x| {
        let (zero, one, two) = (builder.int(0), builder.int(1), builder.int(2));
        let site = relon_ir::SiteId::new(0);
        let parity = builder.int_divide(IntOp::Rem, x, two, site, site);
        let even = builder.int_compare(IntCondition::Eq, parity, zero);
        let (nan, unit) = (builder.float(f64::NAN), builder.float(1.0));
        let other = builder.select(even, nan, unit);
        let float = builder.int_to_float(x);
        let holds = builder.float_compare(condition, float, other);
        builder.select(holds, one, zero)
    });
    move |x| module.run_i64(x).unwrap()
}

#[test]
fn comparisons_with_nan_are_false_but_for_not_equal() {
    for (condition, with_nan, of_one, of_three) in [
        (FloatCondition::Eq, 0, 1, 0),
        (FloatCondition::Ne, 1, 0, 1),
        (FloatCondition::Lt, 0, 0, 0),
        (FloatCondition::Le, 0, 1, 0),
        (FloatCondition::Gt, 0, 0, 1),
        (FloatCondition::Ge, 0, 1, 1),
    ] {
        let compare = float_compare(condition);
        assert_eq!((compare(2), compare(1), compare(3)), (with_nan, of_one, of_three), "{condition:?}");
    }
}

#[test]
fn int_comparisons_and_logic() {
    let compile = |condition| {
        compile(move |_, builder, x| {
            let (zero, one, five) = (builder.int(0), builder.int(1), builder.int(5));
            let holds = builder.int_compare(condition, x, five);
            let yes = builder.bool(true);
            let flipped = builder.bool_op(BoolOp::Xor, holds, yes);
            let both = builder.bool_op(BoolOp::And, holds, yes);
            let back = builder.not(flipped);
            let either = builder.bool_op(BoolOp::Or, both, back);
            builder.select(either, one, zero)
        })
    };
    for (condition, expected) in [
        (IntCondition::Eq, [0, 0, 1, 0]),
        (IntCondition::Ne, [1, 1, 0, 1]),
        (IntCondition::Lt, [1, 1, 0, 0]),
        (IntCondition::Le, [1, 1, 1, 0]),
        (IntCondition::Gt, [0, 0, 0, 1]),
        (IntCondition::Ge, [0, 0, 1, 1]),
        (IntCondition::UnsignedLt, [0, 1, 0, 0]),
    ] {
        let module = compile(condition);
        assert_eq!([-1, 4, 5, 6].map(|x| module.run_i64(x).unwrap()), expected, "{condition:?}");
    }
}

#[test]
fn memory_holds_what_was_stored() {
    let module = compile(|_, builder, x| {
        let (slot, copy) = (builder.stack_slot(32, 8), builder.stack_slot(32, 8));
        let (zero, one) = (builder.int(0), builder.int(1));
        let positive = builder.int_compare(IntCondition::Gt, x, zero);
        builder.store(MemType::Bool, slot, 1, positive);
        builder.store(MemType::Tag, slot, 4, x);
        builder.store(MemType::Ptr, slot, 8, copy);
        builder.store(MemType::Int, slot, 16, x);
        let size = builder.int(32);
        builder.copy(copy, slot, size);
        let through = builder.load(MemType::Ptr, copy, 8);
        let eight = builder.int(8);
        let further = builder.offset(through, eight);
        let same = builder.int_compare(IntCondition::Eq, through, copy);
        let x_again = builder.load(MemType::Int, further, 8);
        let tag = builder.load(MemType::Tag, through, 4);
        let flag = builder.load(MemType::Bool, copy, 1);
        let flag = builder.bool_op(BoolOp::And, flag, same);
        let flag = builder.select(flag, one, zero);
        let sum = builder.wrap(WrapOp::Add, x_again, tag);
        builder.wrap(WrapOp::Add, sum, flag)
    });
    assert_eq!((module.run_i64(20), module.run_i64(-1)), (Ok(41), Ok(0xFFFF_FFFE)));
}

#[test]
fn constant_data_holds_bytes_and_addresses() {
    let module = compile(|module, builder, x| {
        let number = module.add_bytes(0x1234_5678_9ABC_DEF0_u64.to_le_bytes().to_vec(), 8);
        let relocations = vec![Relocation { offset: 8, target: number }];
        let table =
            module.add_data(Data { bytes: [b"\"\\\0\xFFabcd".as_slice(), &[0; 16]].concat(), align: 8, relocations });
        let table = builder.data(table);
        let bytes = builder.load(MemType::Int, table, 0);
        let address = builder.load(MemType::Ptr, table, 8);
        let number = builder.load(MemType::Int, address, 0);
        let rest = builder.load(MemType::Int, table, 16);
        let zero = builder.int(0);
        let first = builder.int_compare(IntCondition::Eq, x, zero);
        let number = builder.wrap(WrapOp::Add, number, rest);
        builder.select(first, bytes, number)
    });
    assert_eq!(module.run_i64(0), Ok(i64::from_le_bytes(*b"\"\\\0\xFFabcd")));
    assert_eq!(module.run_i64(1), Ok(0x1234_5678_9ABC_DEF0));
}

#[test]
fn loops_branches_and_switches_pass_arguments() {
    // Sums 1..=x; then 10, 20 or 30 times as much for a sum of 1, 3 or anything else.
    let module = compile(|module, builder, x| {
        let overflow = site(module, TrapKind::NumericOverflow);
        let (zero, one) = (builder.int(0), builder.int(1));
        let head = builder.create_block(&[Type::Int, Type::Int]);
        let body = builder.create_block(&[]);
        let done = builder.create_block(&[Type::Int]);
        builder.jump(head, vec![zero, zero]);
        builder.switch_to(head);
        let [index, sum] = builder.block_params(head)[..] else { unreachable!() };
        let more = builder.int_compare(IntCondition::Lt, index, x);
        builder.branch_with(more, Target { block: body, args: vec![] }, Target { block: done, args: vec![sum] });
        builder.switch_to(body);
        let next = builder.int_checked(IntOp::Add, index, one, overflow);
        let sum = builder.int_checked(IntOp::Add, sum, next, overflow);
        builder.jump(head, vec![next, sum]);
        builder.switch_to(done);
        let sum = builder.block_params(done)[0];
        let last = builder.create_block(&[Type::Int]);
        let to = |factor| Target { block: last, args: vec![factor] };
        let factors = [10, 20, 30].map(|factor| builder.int(factor));
        builder.switch(sum, vec![(1, to(factors[0])), (3, to(factors[1]))], to(factors[2]));
        builder.switch_to(last);
        let factor = builder.block_params(last)[0];
        builder.int_checked(IntOp::Mul, sum, factor, overflow)
    });
    assert_eq!([1, 2, 4, -5].map(|x| module.run_i64(x).unwrap()), [10, 60, 300, 0]);
}

#[test]
fn calls_give_several_results_and_pass_traps_on() {
    let mut module = Module::default();
    let (guarded, trapped) = (site(&mut module, TrapKind::TypeMismatch), site(&mut module, TrapKind::EmptyList));
    let mut builder = FunctionBuilder::new("swap \"quoted\"", &[Type::Int, Type::Bool], &[Type::Bool, Type::Int], None);
    let [x, flag] = builder.params()[..] else { unreachable!() };
    let zero = builder.int(0);
    let natural = builder.int_compare(IntCondition::Ge, x, zero);
    builder.guard(natural, guarded);
    let (fine, wrong) = (builder.create_block(&[]), builder.create_block(&[]));
    let hundred = builder.int(100);
    let small = builder.int_compare(IntCondition::Lt, x, hundred);
    builder.branch(small, fine, wrong);
    builder.switch_to(wrong);
    builder.trap(trapped);
    builder.switch_to(fine);
    builder.ret(vec![flag, x]);
    let swap = module.add_function(builder.finish());
    rule(&mut module, |_, builder, x| {
        let yes = builder.bool(true);
        let results = builder.call(swap, &[Type::Bool, Type::Int], vec![x, yes]);
        let minus = builder.int(-1);
        builder.select(results[0], results[1], minus)
    });
    let module = cocompile(&common::with_entry(module), &[], &Options::default()).unwrap();
    assert_eq!((module.run_i64(7), module.run_i64(-1)), (Ok(7), Err(Error::Trapped(0))));
    assert_eq!(module.run_i64(100), Err(Error::Trapped(1)));
}

#[test]
fn the_context_is_that_of_the_call() {
    let module = compile(|_, builder, x| {
        let context = builder.context();
        let depth = builder.load(MemType::Int, context, relon_ir::layout::context::DEPTH);
        builder.wrap(WrapOp::Add, depth, x)
    });
    assert_eq!(module.run_i64(1), Ok(i64::from(u16::MAX) + 1));
    assert!(matches!(module.ir_before_link(), text if text.contains("define i32 @relon_entry_legacy_i64")));
}

#[test]
fn text_grows_with_the_rule_and_not_faster() {
    let emitted = |count: usize| {
        let module = compile(|module, builder, x| {
            let overflow = site(module, TrapKind::NumericOverflow);
            (0..count).fold(x, |sum, _| builder.int_checked(IntOp::Add, sum, x, overflow))
        });
        module.ir_before_link().len()
    };
    let (one, four) = (emitted(500), emitted(2000));
    assert!(four < one * 5, "{one} and {four} bytes");
}
