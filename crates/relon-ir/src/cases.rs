//! Hand-built modules and what they give: at least one case for each op and terminator, which every backend has to pass.
//!
//! For tests of backends only (feature `cases`). The entry of each module is `rule`, from one Int to one Int.

use relon_natives::TrapKind;

use crate::layout::{DataType, context};
use crate::{
    BoolOp, Convention, Data, Entry, EntryForm, FileId, FloatCondition, FloatOp, FunctionBuilder, FunctionId,
    IntCondition, IntOp, MemType, Module, Native, Param, Relocation, Site, SiteId, Span, Target, Type, Value, WrapOp,
};

/// The name of the entry.
pub const ENTRY: &str = "legacy_i64";
/// The budget of nested calls that cases are run with.
pub const DEPTH: u64 = u16::MAX as u64;

/// A module and what its entry gives.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the case is about.
    pub name: String,
    /// The module.
    pub module: Module,
    /// Arguments, each with the result or the index of the site where the rule traps.
    pub runs: Vec<(i64, Result<i64, u32>)>,
}

/// All cases.
pub fn all() -> Vec<Case> {
    let parts = [int_arithmetic(), floats(), comparisons(), memory(), control(), calls_of_functions()];
    parts.into_iter().flatten().collect()
}

/// A native `(Int) -> Int` of the direct convention.
pub fn direct(symbol: &str) -> Native {
    let (params, result) = (vec![Type::Int], Some(Type::Int));
    Native { name: symbol.into(), symbol: symbol.into(), params, result, convention: Convention::Direct }
}

/// A native `(Int, out) -> status`.
pub fn fallible(symbol: &str) -> Native {
    let convention = Convention::Status;
    Native { name: symbol.into(), symbol: symbol.into(), params: vec![Type::Int, Type::Ptr], result: None, convention }
}

/// A site of this kind.
pub fn site(module: &mut Module, kind: TrapKind) -> SiteId {
    if module.files.is_empty() {
        module.files.push("test.relon".into());
    }
    module.add_site(Site { kind, span: Span { file: FileId::new(0), start: 0, end: 0 }, message: None })
}

/// `rule(x)` built by the closure, which gives the result.
pub fn rule(module: &mut Module, build: impl FnOnce(&mut Module, &mut FunctionBuilder, Value) -> Value) {
    let mut builder = FunctionBuilder::new("rule", &[Type::Int], &[Type::Int], None);
    let x = builder.params()[0];
    let result = build(module, &mut builder, x);
    builder.ret(vec![result]);
    module.add_function(builder.finish());
}

/// The module with its last function as the entry.
pub fn with_entry(mut module: Module) -> Module {
    let span = Span { file: FileId::new(0), start: 0, end: 0 };
    let function = FunctionId::new(module.functions.len() - 1);
    let params = vec![Param { name: "x".into(), ty: DataType::Int, span }];
    let name = ENTRY.into();
    let form = EntryForm::Plain;
    module.entries.push(Entry { name, function, form, params, result: DataType::Int, span, recursive: false });
    module
}

/// `rule(x) = native(x)`
pub fn calls(native: Native) -> Module {
    let mut module = Module::default();
    rule(&mut module, |module, builder, x| {
        let id = module.native(&native);
        match native.convention {
            Convention::Direct => builder.call_direct(id, Some(Type::Int), vec![x]).expect("a result"),
            Convention::Status => {
                let site = site(module, TrapKind::NativeFailed);
                let slot = builder.stack_slot(8, 8);
                builder.call_native(id, vec![x, slot], site);
                builder.load(MemType::Int, slot, 0)
            }
        }
    });
    module
}

/// A case with a rule of its own.
fn case(
    name: impl Into<String>,
    runs: impl Into<Vec<(i64, Result<i64, u32>)>>,
    build: impl FnOnce(&mut Module, &mut FunctionBuilder, Value) -> Value,
) -> Case {
    let mut module = Module::default();
    rule(&mut module, build);
    Case { name: name.into(), module: with_entry(module), runs: runs.into() }
}

/// `rule(x) = x op rhs`, with traps at site 0 (overflow) and 1 (zero). The left operand arrives at run time, so that nothing can fold the
/// operation away.
fn int_op(op: IntOp, lhs: i64, rhs: i64, expected: Result<i64, u32>) -> Case {
    case(format!("{lhs} {op:?} {rhs}"), [(lhs, expected)], |module, builder, x| {
        let overflow = site(module, TrapKind::NumericOverflow);
        let zero = site(module, TrapKind::DivisionByZero);
        let right = builder.int(rhs);
        match op {
            IntOp::Add | IntOp::Sub | IntOp::Mul => builder.int_checked(op, x, right, overflow),
            IntOp::Div | IntOp::Rem => builder.int_divide(op, x, right, overflow, zero),
        }
    })
}

fn int_arithmetic() -> Vec<Case> {
    const OVERFLOW: Result<i64, u32> = Err(0);
    const ZERO: Result<i64, u32> = Err(1);
    let wrapped = i64::MIN.wrapping_mul(3).wrapping_sub(i64::MAX);
    vec![
        int_op(IntOp::Add, i64::MAX - 1, 1, Ok(i64::MAX)),
        int_op(IntOp::Add, i64::MAX, 1, OVERFLOW),
        int_op(IntOp::Sub, i64::MIN, 1, OVERFLOW),
        int_op(IntOp::Sub, -1, i64::MIN, Ok(i64::MAX)),
        int_op(IntOp::Mul, i64::MAX / 2 + 1, 2, OVERFLOW),
        int_op(IntOp::Mul, i64::MIN, -1, OVERFLOW),
        int_op(IntOp::Mul, -4, 5, Ok(-20)),
        int_op(IntOp::Div, -7, 2, Ok(-3)),
        int_op(IntOp::Rem, -7, 2, Ok(-1)),
        int_op(IntOp::Div, 7, 0, ZERO),
        int_op(IntOp::Rem, 7, 0, ZERO),
        int_op(IntOp::Div, i64::MIN, -1, OVERFLOW),
        int_op(IntOp::Rem, i64::MIN, -1, OVERFLOW),
        int_op(IntOp::Div, i64::MIN + 1, -1, Ok(i64::MAX)),
        int_op(IntOp::Rem, 5, -1, Ok(0)),
        case("wrapping arithmetic", [(i64::MAX, Ok(wrapped))], |_, builder, x| {
            let (one, three) = (builder.int(1), builder.int(3));
            let sum = builder.wrap(WrapOp::Add, x, one);
            let product = builder.wrap(WrapOp::Mul, sum, three);
            builder.wrap(WrapOp::Sub, product, x)
        }),
    ]
}

/// The bits of `f(x as Float)`, stored and loaded again.
fn float_bits(name: &str, x: i64, expected: f64, build: impl FnOnce(&mut FunctionBuilder, Value) -> Value) -> Case {
    case(name, [(x, Ok(expected.to_bits() as i64))], |_, builder, x| {
        let float = builder.int_to_float(x);
        let result = build(builder, float);
        let slot = builder.stack_slot(8, 8);
        builder.store(MemType::Float, slot, 0, result);
        builder.load(MemType::Int, slot, 0)
    })
}

fn floats() -> Vec<Case> {
    let nan = f64::from_bits(0x7FF8_0000_0000_0123);
    vec![
        float_bits("a quotient", 1, 1.0 / 3.0, |builder, x| {
            let three = builder.float(3.0);
            builder.float_op(FloatOp::Div, x, three)
        }),
        float_bits("nothing is fused", 7, 7.0f64 * 0.1 + 7.0 - 0.1, |builder, x| {
            let tenth = builder.float(0.1);
            let product = builder.float_op(FloatOp::Mul, x, tenth);
            let sum = builder.float_op(FloatOp::Add, product, x);
            builder.float_op(FloatOp::Sub, sum, tenth)
        }),
        float_bits("a negated zero", 0, -0.0, |builder, x| builder.float_neg(x)),
        float_bits("an absolute value", -5, 5.0, |builder, x| builder.float_abs(x)),
        float_bits("an Int between two Floats", i64::MAX, 9_223_372_036_854_775_808.0, |_, x| x),
        float_bits("a tie goes to even", (1 << 53) + 1, 9_007_199_254_740_992.0, |_, x| x),
        float_bits("a division by zero", 1, f64::INFINITY, |builder, x| {
            let zero = builder.float(0.0);
            builder.float_op(FloatOp::Div, x, zero)
        }),
        float_bits("a NaN with its bits", 0, nan, |builder, _| builder.float(nan)),
        float_bits("a NaN with its sign flipped", 0, -nan, |builder, _| {
            let value = builder.float(nan);
            builder.float_neg(value)
        }),
        float_bits("a chosen Float", 2, 2.0, |builder, x| {
            let (one, yes) = (builder.float(1.0), builder.bool(true));
            builder.select(yes, x, one)
        }),
    ]
}

/// 1 where the comparison of `x as Float` with NaN (for an even `x`) or with 1 holds.
fn float_compare(condition: FloatCondition, [with_nan, of_one, of_three]: [i64; 3]) -> Case {
    let runs = [(2, Ok(with_nan)), (1, Ok(of_one)), (3, Ok(of_three))];
    case(format!("float {condition:?}"), runs, |module, builder, x| {
        let (zero, one, two) = (builder.int(0), builder.int(1), builder.int(2));
        let site = site(module, TrapKind::DivisionByZero);
        let parity = builder.int_divide(IntOp::Rem, x, two, site, site);
        let even = builder.int_compare(IntCondition::Eq, parity, zero);
        let (nan, unit) = (builder.float(f64::NAN), builder.float(1.0));
        let other = builder.select(even, nan, unit);
        let float = builder.int_to_float(x);
        let holds = builder.float_compare(condition, float, other);
        builder.select(holds, one, zero)
    })
}

/// 1 where the comparison with 5 holds; on the way through every op on Bools.
fn int_compare(condition: IntCondition, expected: [i64; 4]) -> Case {
    let runs: Vec<_> = [-1, 4, 5, 6].into_iter().zip(expected.map(Ok)).collect();
    case(format!("int {condition:?}"), runs, |_, builder, x| {
        let (zero, one, five) = (builder.int(0), builder.int(1), builder.int(5));
        let holds = builder.int_compare(condition, x, five);
        let yes = builder.bool(true);
        let flipped = builder.bool_op(BoolOp::Xor, holds, yes);
        let both = builder.bool_op(BoolOp::And, holds, yes);
        let back = builder.not(flipped);
        let either = builder.bool_op(BoolOp::Or, both, back);
        builder.select(either, one, zero)
    })
}

fn comparisons() -> Vec<Case> {
    vec![
        float_compare(FloatCondition::Eq, [0, 1, 0]),
        float_compare(FloatCondition::Ne, [1, 0, 1]),
        float_compare(FloatCondition::Lt, [0, 0, 0]),
        float_compare(FloatCondition::Le, [0, 1, 0]),
        float_compare(FloatCondition::Gt, [0, 0, 1]),
        float_compare(FloatCondition::Ge, [0, 1, 1]),
        int_compare(IntCondition::Eq, [0, 0, 1, 0]),
        int_compare(IntCondition::Ne, [1, 1, 0, 1]),
        int_compare(IntCondition::Lt, [1, 1, 0, 0]),
        int_compare(IntCondition::Le, [1, 1, 1, 0]),
        int_compare(IntCondition::Gt, [0, 0, 0, 1]),
        int_compare(IntCondition::Ge, [0, 0, 1, 1]),
        int_compare(IntCondition::UnsignedLt, [0, 1, 0, 0]),
    ]
}

fn memory() -> Vec<Case> {
    vec![
        case("memory holds what was stored", [(20, Ok(41)), (-1, Ok(0xFFFF_FFFE))], stored),
        case("constant data", [(0, Ok(i64::from_le_bytes(*b"\"\\\0\xFFabcd"))), (1, Ok(0x1234_5678_9ABC_DEF0))], data),
        case("a copy of each size", [(0, Ok(0)), (77, Ok(0))], copies),
        case("a slot with a large alignment", [(5, Ok(5))], aligned),
        case("the context", [(1, Ok(DEPTH as i64 + 1))], |_, builder, x| {
            let context = builder.context();
            let depth = builder.load(MemType::Int, context, context::DEPTH);
            builder.wrap(WrapOp::Add, depth, x)
        }),
        case("the null address", [(3, Ok(1))], |_, builder, _| {
            let (slot, null, yes, no) = (builder.stack_slot(1, 1), builder.null(), builder.int(1), builder.int(0));
            let is_null = builder.int_compare(IntCondition::Ne, slot, null);
            builder.select(is_null, yes, no)
        }),
    ]
}

fn stored(_: &mut Module, builder: &mut FunctionBuilder, x: Value) -> Value {
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
}

fn data(module: &mut Module, builder: &mut FunctionBuilder, x: Value) -> Value {
    let empty = module.add_bytes(Vec::new(), 1);
    let number = module.add_bytes(0x1234_5678_9ABC_DEF0_u64.to_le_bytes().to_vec(), 8);
    let relocations = vec![Relocation { offset: 8, target: number }, Relocation { offset: 24, target: empty }];
    let bytes = [b"\"\\\0\xFFabcd".as_slice(), &[0; 24]].concat();
    let table = module.add_data(Data { bytes, align: 8, relocations });
    let table = builder.data(table);
    let bytes = builder.load(MemType::Int, table, 0);
    let address = builder.load(MemType::Ptr, table, 8);
    let number = builder.load(MemType::Int, address, 0);
    let rest = builder.load(MemType::Int, table, 16);
    let zero = builder.int(0);
    let first = builder.int_compare(IntCondition::Eq, x, zero);
    let number = builder.wrap(WrapOp::Add, number, rest);
    builder.select(first, bytes, number)
}

/// Copies a row of bytes in each size, known and unknown, and gives how many of the copies are wrong in their last eight bytes.
fn copies(module: &mut Module, builder: &mut FunctionBuilder, x: Value) -> Value {
    const SIZES: [u32; 9] = [1, 2, 3, 7, 8, 15, 64, 65, 200];
    let source = module.add_bytes((1..=255).collect(), 1);
    let (source, zero, one) = (builder.data(source), builder.int(0), builder.int(1));
    let mut wrong = zero;
    for size in SIZES {
        let (slot, other) = (builder.stack_slot(256, 8), builder.stack_slot(256, 8));
        let known = builder.int(i64::from(size));
        let unknown = builder.wrap(WrapOp::Add, known, x);
        let unknown = builder.wrap(WrapOp::Sub, unknown, x);
        builder.store(MemType::Int, slot, 0, zero);
        builder.store(MemType::Int, other, 0, zero);
        builder.copy(slot, source, known);
        builder.copy(other, slot, unknown);
        let start = size.saturating_sub(8);
        let byte = |at: u32| if at < size { at as u8 + 1 } else { 0 };
        let expected = builder.int(i64::from_le_bytes(std::array::from_fn(|index| byte(start + index as u32))));
        let found = builder.load(MemType::Int, other, start);
        let right = builder.int_compare(IntCondition::Eq, found, expected);
        let more = builder.select(right, zero, one);
        wrong = builder.wrap(WrapOp::Add, wrong, more);
    }
    wrong
}

/// `x`, where the address of an aligned slot is a multiple of its alignment.
fn aligned(module: &mut Module, builder: &mut FunctionBuilder, x: Value) -> Value {
    let wrong = site(module, TrapKind::TypeMismatch);
    let (slot, keep, align) = (builder.stack_slot(24, 128), builder.stack_slot(8, 8), builder.int(128));
    builder.store(MemType::Int, slot, 16, x);
    builder.store(MemType::Ptr, keep, 0, slot);
    let address = builder.load(MemType::Int, keep, 0);
    let rest = builder.int_divide(IntOp::Rem, address, align, wrong, wrong);
    let zero = builder.int(0);
    let is_aligned = builder.int_compare(IntCondition::Eq, rest, zero);
    builder.guard(is_aligned, wrong);
    builder.load(MemType::Int, slot, 16)
}

fn control() -> Vec<Case> {
    let sums = [(1, Ok(10)), (2, Ok(60)), (4, Ok(300)), (-5, Ok(0))];
    let cases = [(-3, Ok(1)), (i64::MIN, Ok(2)), (0, Ok(3)), (1, Ok(4)), (2, Ok(5)), (3, Ok(6)), (4, Ok(0))];
    vec![
        case("loops, branches and switches pass arguments", sums, sum_and_factor),
        case("a switch with cases of any sign", cases, switched),
        case("one target with different arguments", [(0, Ok(7)), (1, Ok(9))], |_, builder, x| {
            let (zero, seven, nine) = (builder.int(0), builder.int(7), builder.int(9));
            let is_zero = builder.int_compare(IntCondition::Eq, x, zero);
            let join = builder.create_block(&[Type::Int]);
            builder.branch_with(is_zero, to(join, seven), to(join, nine));
            builder.switch_to(join);
            builder.block_params(join)[0]
        }),
        case("the first block is a loop", [(0, Ok(0)), (10, Ok(0))], |_, builder, x| {
            let (zero, one) = (builder.int(0), builder.int(1));
            let first = builder.current();
            let (more, done) = (builder.create_block(&[]), builder.create_block(&[]));
            let is_zero = builder.int_compare(IntCondition::Eq, x, zero);
            builder.branch(is_zero, done, more);
            builder.switch_to(more);
            let less = builder.wrap(WrapOp::Sub, x, one);
            builder.jump(first, vec![less]);
            builder.switch_to(done);
            x
        }),
        case("a block that nothing reaches", [(4, Ok(4))], |_, builder, x| {
            let (dead, rest) = (builder.create_block(&[Type::Int]), builder.create_block(&[]));
            builder.jump(rest, Vec::new());
            builder.switch_to(dead);
            let param = builder.block_params(dead)[0];
            builder.ret(vec![param]);
            builder.switch_to(rest);
            x
        }),
    ]
}

fn to(block: crate::Block, arg: Value) -> Target {
    Target { block, args: vec![arg] }
}

/// Sums `1..=x`; then 10, 20 or 30 times as much for a sum of 1, 3 or anything else.
fn sum_and_factor(module: &mut Module, builder: &mut FunctionBuilder, x: Value) -> Value {
    let overflow = site(module, TrapKind::NumericOverflow);
    let (zero, one) = (builder.int(0), builder.int(1));
    let head = builder.create_block(&[Type::Int, Type::Int]);
    let body = builder.create_block(&[]);
    let done = builder.create_block(&[Type::Int]);
    builder.jump(head, vec![zero, zero]);
    builder.switch_to(head);
    let [index, sum] = builder.block_params(head)[..] else { unreachable!() };
    let more = builder.int_compare(IntCondition::Lt, index, x);
    builder.branch_with(more, Target { block: body, args: vec![] }, to(done, sum));
    builder.switch_to(body);
    let next = builder.int_checked(IntOp::Add, index, one, overflow);
    let sum = builder.int_checked(IntOp::Add, sum, next, overflow);
    builder.jump(head, vec![next, sum]);
    builder.switch_to(done);
    let sum = builder.block_params(done)[0];
    let last = builder.create_block(&[Type::Int]);
    let factors = [10, 20, 30].map(|factor| builder.int(factor));
    builder.switch(sum, vec![(1, to(last, factors[0])), (3, to(last, factors[1]))], to(last, factors[2]));
    builder.switch_to(last);
    let factor = builder.block_params(last)[0];
    builder.int_checked(IntOp::Mul, sum, factor, overflow)
}

/// The number of the case; 0 for the default.
fn switched(_: &mut Module, builder: &mut FunctionBuilder, x: Value) -> Value {
    let join = builder.create_block(&[Type::Int]);
    let mut cases = Vec::new();
    for (case, number) in [-3, i64::MIN, 0, 1, 2, 3].into_iter().zip(1..) {
        let number = builder.int(number);
        cases.push((case, to(join, number)));
    }
    let zero = builder.int(0);
    builder.switch(x, cases, to(join, zero));
    builder.switch_to(join);
    builder.block_params(join)[0]
}

fn calls_of_functions() -> Vec<Case> {
    vec![swap(), many(), factorial()]
}

/// Several results; traps of a callee, by a guard and by a terminator, are passed on.
fn swap() -> Case {
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
    let runs = vec![(7, Ok(7)), (-1, Err(0)), (100, Err(1))];
    Case { name: "several results and traps".into(), module: with_entry(module), runs }
}

/// More parameters and results of each type than there are registers.
fn many() -> Case {
    const COUNT: usize = 12;
    let mut module = Module::default();
    let negative = site(&mut module, TrapKind::TypeMismatch);
    let types = [[Type::Int; COUNT], [Type::Float; COUNT], [Type::Bool; COUNT]].concat();
    let mut builder = FunctionBuilder::new("reverse", &types, &types, None);
    let mut values = builder.params();
    let zero = builder.int(0);
    let natural = builder.int_compare(IntCondition::Ge, values[0], zero);
    builder.guard(natural, negative);
    values.chunks_mut(COUNT).for_each(<[Value]>::reverse);
    builder.ret(values);
    let reverse = module.add_function(builder.finish());
    rule(&mut module, |module, builder, x| {
        let (zero, unit) = (builder.int(0), site(module, TrapKind::NumericOverflow));
        let numbers: Vec<Value> = (0..COUNT as i64).map(|n| builder.int(n)).collect();
        let ints: Vec<Value> = numbers.iter().map(|n| builder.wrap(WrapOp::Add, *n, x)).collect();
        let floats: Vec<Value> = ints.iter().map(|n| builder.int_to_float(*n)).collect();
        let bools: Vec<Value> = numbers.iter().map(|n| builder.int_compare(IntCondition::Eq, *n, zero)).collect();
        let results = builder.call(reverse, &types, [ints.clone(), floats.clone(), bools].concat());
        // The first of each is now the last: x + 11, which equals its Float; and the last Bool is true.
        let last = builder.float_compare(FloatCondition::Eq, results[COUNT], floats[COUNT - 1]);
        builder.guard(last, unit);
        builder.guard(results[3 * COUNT - 1], unit);
        results[0]
    });
    let runs = vec![(0, Ok(11)), (30, Ok(41)), (-1, Err(0))];
    Case { name: "many parameters and results".into(), module: with_entry(module), runs }
}

/// `x!` by calling itself.
fn factorial() -> Case {
    let mut module = Module::default();
    let overflow = site(&mut module, TrapKind::NumericOverflow);
    let this = FunctionId::new(0);
    let mut builder = FunctionBuilder::new("factorial", &[Type::Int], &[Type::Int], None);
    let (x, one) = (builder.params()[0], builder.int(1));
    let (more, done) = (builder.create_block(&[]), builder.create_block(&[]));
    let is_small = builder.int_compare(IntCondition::Le, x, one);
    builder.branch(is_small, done, more);
    builder.switch_to(done);
    builder.ret(vec![one]);
    builder.switch_to(more);
    let less = builder.int_checked(IntOp::Sub, x, one, overflow);
    let rest = builder.call(this, &[Type::Int], vec![less])[0];
    let product = builder.int_checked(IntOp::Mul, x, rest, overflow);
    builder.ret(vec![product]);
    module.add_function(builder.finish());
    let runs = vec![(0, Ok(1)), (5, Ok(120)), (20, Ok(2_432_902_008_176_640_000)), (21, Err(0))];
    Case { name: "a function that calls itself".into(), module: with_entry(module), runs }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_keeps_the_rules_of_ir() {
        for mut case in super::all() {
            // Entries over scalars are for tests of backends; the rules know those over memory.
            case.module.entries.clear();
            assert_eq!(crate::verify(&case.module).map_err(|error| error.to_string()), Ok(()), "{}", case.name);
        }
    }
}
