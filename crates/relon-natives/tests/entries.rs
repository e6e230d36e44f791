//! Natives as compiled rules see them: by their C entries and their encoded descriptors.

use relon_natives::abi::{Call, Context, List, Opt, Str};
use relon_natives::descriptor::{Capability, Descriptor, NativeType};
use relon_natives::panics::Running;
use relon_natives::{PackedEntry, Schema, Trap, TrapKind, native};

/// A line of an order.
#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
struct Line<'a> {
    gift: bool,
    sku: Str<'a>,
    quantity: i64,
    weight: Opt<f64>,
    tags: List<'a, Str<'a>>,
}

#[derive(Debug, Schema)]
#[schema(crate = relon_natives)]
#[repr(C)]
struct Order<'a> {
    lines: List<'a, Line<'a>>,
    first: Line<'a>,
    r#type: i64,
}

/// Adds.
///
/// Wraps around.
#[native(crate = relon_natives, name = "math.add", requires = ["uses_rng", "network"])]
fn add(context: i64, out: i64) -> i64 {
    context.wrapping_add(out)
}

#[native(crate = relon_natives, requires = "reads_clock")]
fn not(value: bool) -> bool {
    !value
}

#[native(crate = relon_natives)]
fn half(x: f64) -> Option<f64> {
    (x > 1.0).then_some(x / 2.0)
}

#[native(crate = relon_natives)]
fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

#[native(crate = relon_natives)]
fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.len() < b.len() { b } else { a }
}

#[native(crate = relon_natives)]
fn grid(size: i64) -> Vec<Vec<Option<String>>> {
    let cell = |row, column| (row != column).then(|| format!("{row}/{column}"));
    (0..size).map(|row| (0..size).map(|column| cell(row, column)).collect()).collect()
}

#[native(crate = relon_natives)]
fn heaviest<'a>(lines: &[Line<'a>]) -> Option<Line<'a>> {
    let weight = |line: &&Line<'_>| line.weight.into_option().map_or(0, |weight| (weight * 1000.0) as i64);
    lines.iter().max_by_key(weight).copied()
}

#[native(crate = relon_natives)]
fn pieces(order: &Order) -> i64 {
    order.lines.iter().chain([&order.first]).map(|line| line.quantity).sum()
}

#[native(crate = relon_natives)]
fn r#yield(which: i64) -> Result<String, String> {
    match which {
        0 => Ok("fine".to_owned()),
        1 => Err("not fine".to_owned()),
        2 => panic!("a text"),
        3 => panic!("number {which}"),
        4 => std::panic::panic_any(which),
        _ => std::panic::panic_any(PanicsAgain),
    }
}

#[native(crate = relon_natives)]
fn second(items: &[i64]) -> Result<i64, Trap> {
    items.get(1).copied().ok_or(Trap::new(TrapKind::IndexOutOfBounds, "too short"))
}

struct PanicsAgain;

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        std::panic::panic_any(PanicsAgain);
    }
}

/// Calls an entry: its result, or the trap that it stored.
fn call<T>(call: &mut Call, entry: impl FnOnce(*mut Context, *mut u8) -> u32) -> Result<T, Trap> {
    let mut out = std::mem::MaybeUninit::<T>::uninit();
    let context = call.begin(10);
    match entry(context, out.as_mut_ptr().cast()) {
        // SAFETY: an entry that gives 0 has written its result, and every test asks for the entry's type.
        0 => Ok(unsafe { out.assume_init() }),
        _ => Err(call.take_failure().expect("a failure is stored")),
    }
}

macro_rules! enter {
    ($call:expr, $entry:ident($($argument:expr),*)) => {
        // SAFETY: the arguments fit the entry's signature, which the compiler checks, and live until it returns.
        call($call, |context, out| unsafe { $entry(context, $($argument,)* out) })
    };
}

#[test]
fn scalars_go_in_and_out() {
    let state = &mut Call::new(1 << 16);
    assert_eq!(enter!(state, relon_native_math__add(40, 2)), Ok(42_i64));
    assert_eq!(enter!(state, relon_native_not(1)), Ok(0_u8));
    assert_eq!(enter!(state, relon_native_not(0)), Ok(1_u8));
    assert_eq!(enter!(state, relon_native_half(5.0)), Ok(Opt::some(2.5)));
    assert_eq!(enter!(state, relon_native_half(0.5)), Ok(Opt::<f64>::none()));
    assert_eq!(state.used_bytes(), 0);
}

#[test]
fn texts_and_lists_are_lent_and_built() {
    let state = &mut Call::new(1 << 16);
    let text = "to be or";
    let words: List<'_, Str<'_>> = enter!(state, relon_native_words(text.as_ptr(), text.len())).expect("words");
    assert_eq!(*words, ["to", "be", "or"].map(Str::from));
    assert_eq!(words[0].as_ptr(), text.as_ptr());
    let nothing: List<'_, Str<'_>> = enter!(state, relon_native_words(std::ptr::null(), 0)).expect("words");
    assert_eq!(*nothing, [Str::EMPTY]);
    let longest: Str<'_> = enter!(state, relon_native_longest(text.as_ptr(), 2, text.as_ptr(), 5)).expect("text");
    assert_eq!(longest, "to be");
    let grid: List<'_, List<'_, Opt<Str<'_>>>> = enter!(state, relon_native_grid(2)).expect("grid");
    let rows: Vec<Vec<Option<Str<'_>>>> =
        grid.iter().map(|row| row.iter().map(|cell| cell.into_option()).collect()).collect();
    assert_eq!(rows, [[None, Some("0/1".into())], [Some("1/0".into()), None]]);
}

fn line(sku: &str, quantity: i64, weight: Option<f64>) -> Line<'_> {
    Line { gift: false, sku: sku.into(), quantity, weight: weight.into(), tags: List::default() }
}

#[test]
fn records_are_passed_by_reference_and_given_by_value() {
    let state = &mut Call::new(1 << 16);
    let lines = [line("a", 1, None), line("b", 2, Some(0.5)), line("c", 3, Some(0.25))];
    let heaviest: Opt<Line<'_>> = enter!(state, relon_native_heaviest(lines.as_ptr(), 3)).expect("a line");
    assert_eq!(heaviest.into_option(), Some(lines[1]));
    let order = Order { lines: (&lines[..]).into(), first: lines[2], r#type: 0 };
    assert_eq!(enter!(state, relon_native_pieces(&raw const order)), Ok(9_i64));
}

#[test]
fn errors_and_traps_are_failures() {
    let state = &mut Call::new(1 << 16);
    assert_eq!(enter!(state, relon_native_yield(0)), Ok(Str::from("fine")));
    let failed: Result<Str<'_>, Trap> = enter!(state, relon_native_yield(1));
    assert_eq!(failed, Err(Trap::new(TrapKind::NativeFailed, "not fine")));
    let short: Result<i64, Trap> = enter!(state, relon_native_second([7].as_ptr(), 1));
    assert_eq!(short, Err(Trap::new(TrapKind::IndexOutOfBounds, "too short")));
}

#[test]
fn panics_are_failures_whatever_they_carry() {
    let _running = Running::start();
    let state = &mut Call::new(1 << 16);
    for (which, message) in [(2, "a text (at "), (3, "number 3 (at "), (4, "a panic without"), (5, "a panic without")] {
        let failed: Result<Str<'_>, Trap> = enter!(state, relon_native_yield(which));
        let trap = failed.expect_err("a panic");
        assert_eq!(trap.kind, TrapKind::NativePanicked);
        assert!(trap.message.starts_with(message), "{trap}");
    }
}

#[test]
fn a_full_arena_is_a_failure() {
    let state = &mut Call::new(1 << 10);
    let full: Result<List<'_, List<'_, Opt<Str<'_>>>>, Trap> = enter!(state, relon_native_grid(20));
    assert_eq!(full.expect_err("no room").kind, TrapKind::ValueTooLarge);
}

fn decoded(bytes: &[u8]) -> Descriptor {
    Descriptor::decode(bytes).expect("a descriptor")
}

#[test]
fn descriptors_tell_names_types_and_needs() {
    let add = decoded(&__relon_descriptor_relon_native_math__add);
    assert_eq!(add.signature(), "math.add(context: Int, out: Int) -> Int");
    assert_eq!((add.symbol.as_str(), add.doc.as_str()), ("relon_native_math__add", "Adds.\n\nWraps around."));
    assert_eq!(add.requires, [Capability::UsesRng, Capability::Network]);
    assert_eq!(decoded(&__relon_descriptor_relon_native_not).requires, [Capability::ReadsClock]);
    for (descriptor, signature) in [
        (&__relon_descriptor_relon_native_words[..], "words(text: String) -> List<String>"),
        (&__relon_descriptor_relon_native_grid, "grid(size: Int) -> List<List<Option<String>>>"),
        (&__relon_descriptor_relon_native_heaviest, "heaviest(lines: List<Line>) -> Option<Line>"),
        (&__relon_descriptor_relon_native_yield, "yield(which: Int) -> Result<String, String>"),
        (&__relon_descriptor_relon_native_second, "second(items: List<Int>) -> Int"),
    ] {
        assert_eq!(decoded(descriptor).signature(), signature);
    }
}

#[test]
fn records_are_described_with_their_real_layout() {
    let pieces = decoded(&__relon_descriptor_relon_native_pieces);
    let NativeType::Record(order) = &pieces.params[0].ty else { panic!("{:?}", pieces.params) };
    assert_eq!((order.name.as_str(), order.size, order.align), ("Order", size_of::<Order<'_>>(), 8));
    let names: Vec<&str> = order.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["lines", "first", "type"]);
    let NativeType::Record(line) = &order.fields[1].ty else { panic!("{order:?}") };
    let offsets: Vec<usize> = line.fields.iter().map(|field| field.offset).collect();
    assert_eq!(offsets, [0, 8, 24, 32, 48]);
    assert_eq!(line.fields[4].ty.to_string(), "List<String>");
}

#[test]
fn types_have_the_sizes_that_rustc_gives_them() {
    let option = |payload: NativeType| NativeType::Option(Box::new(payload));
    let line = decoded(&__relon_descriptor_relon_native_heaviest).result;
    for (ty, size, align) in [
        (NativeType::Int, size_of::<i64>(), align_of::<i64>()),
        (NativeType::Bool, size_of::<bool>(), align_of::<bool>()),
        (NativeType::String, size_of::<Str<'_>>(), align_of::<Str<'_>>()),
        (NativeType::List(Box::new(NativeType::Bool)), size_of::<List<'_, bool>>(), align_of::<List<'_, bool>>()),
        (option(NativeType::Bool), size_of::<Opt<bool>>(), align_of::<Opt<bool>>()),
        (option(NativeType::Float), size_of::<Opt<f64>>(), align_of::<Opt<f64>>()),
        (option(option(NativeType::String)), size_of::<Opt<Opt<Str<'_>>>>(), align_of::<Opt<Opt<Str<'_>>>>()),
        (line, size_of::<Opt<Line<'_>>>(), align_of::<Opt<Line<'_>>>()),
    ] {
        assert_eq!((ty.size(), ty.align()), (size, align), "{ty}");
    }
}

/// Calls a native by its packed entry.
fn packed<T>(state: &mut Call, entry: PackedEntry, arguments: &[*const u8]) -> Result<T, Trap> {
    // SAFETY: every test gives arguments of the native's types, which live until it returns.
    call(state, |context, out| unsafe { entry(context, arguments.as_ptr(), out) })
}

fn at<T>(argument: &T) -> *const u8 {
    (&raw const *argument).cast()
}

#[test]
fn packed_entries_take_their_arguments_out_of_memory() {
    let state = &mut Call::new(1 << 16);
    let (text, lines) = (Str::from("to be"), [line("a", 1, None), line("b", 2, Some(0.5))]);
    let order = Order { lines: (&lines[..]).into(), first: lines[1], r#type: 0 };
    let sum = packed(state, __relon_packed_relon_native_math__add, &[at(&40_i64), at(&2_i64)]);
    assert_eq!(sum, Ok(42_i64));
    assert_eq!(packed(state, __relon_packed_relon_native_not, &[at(&true)]), Ok(0_u8));
    let words: Result<List<'_, Str<'_>>, Trap> = packed(state, __relon_packed_relon_native_words, &[at(&text)]);
    assert_eq!(*words.expect("words"), ["to", "be"].map(Str::from));
    let heaviest: Result<Opt<Line<'_>>, Trap> =
        packed(state, __relon_packed_relon_native_heaviest, &[at(&order.lines)]);
    assert_eq!(heaviest.expect("a line").into_option(), Some(lines[1]));
    assert_eq!(packed(state, __relon_packed_relon_native_pieces, &[at(&order)]), Ok(5_i64));
    let failed: Result<Str<'_>, Trap> = packed(state, __relon_packed_relon_native_yield, &[at(&1_i64)]);
    assert_eq!(failed, Err(Trap::new(TrapKind::NativeFailed, "not fine")));
}
