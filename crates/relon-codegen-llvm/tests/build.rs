//! Units for files: what they export, what they need, and that the same input gives the same bytes.

mod common;

use common::{calls, direct, fallible};
use object::{Object, ObjectSymbol};
use relon_codegen_llvm::Error;
use relon_codegen_llvm::cocompile::{BuildOptions, Built, Delivery, Effort, Processor, build};
use relon_codegen_llvm::natives::{Natives, NativesPack, Nowhere, shim};
use relon_ir::Module;

const SHIM: &str = r#"
use std::sync::atomic::{AtomicI64, Ordering};
static COUNT: AtomicI64 = AtomicI64::new(0);
#[unsafe(no_mangle)] pub extern "C" fn triple(x: i64) -> i64 { x.wrapping_mul(3) }
#[unsafe(no_mangle)] pub extern "C" fn next(x: i64) -> i64 { x + COUNT.fetch_add(1, Ordering::Relaxed) }
#[unsafe(no_mangle)] pub extern "C" fn peek(context: *mut i64, x: i64, out: *mut i64) -> u32 { unsafe { *out = x + *context }; 0 }
#[unsafe(no_mangle)] pub extern "C" fn pick(_context: *mut u8, x: i64, out: *mut i64) -> u32 {
    let picked = std::panic::catch_unwind(|| [1, 2, 3][x as usize]);
    match picked { Ok(value) => { unsafe { *out = value }; 0 } Err(_) => 1 }
}
"#;

/// The natives as their pack alone, without an address for anything.
fn natives() -> Natives {
    let built = shim::build(SHIM).expect("the shim");
    let pack = NativesPack::decode(&built.pack.encode()).expect("the pack");
    Natives::new(pack, Nowhere)
}

fn built(ir: &Module, options: &BuildOptions) -> Built {
    build(&common::with_entry(ir.clone()), &[natives()], options).expect("a unit")
}

fn named(prefix: &str) -> BuildOptions {
    BuildOptions { prefix: prefix.into(), ..BuildOptions::default() }
}

/// Names of the defined global symbols of an object.
fn exports(object: &[u8]) -> Vec<String> {
    let file = object::File::parse(object).expect("an object");
    let global = file.symbols().filter(|symbol| symbol.is_definition() && symbol.is_global());
    global.map(|symbol| symbol.name().expect("a name").to_owned()).collect()
}

#[test]
fn a_unit_exports_its_entries_alone() {
    let unit = built(&calls(direct("triple")), &named("quote"));
    assert_eq!(exports(unit.object()), ["quote_legacy_i64_direct", "quote_legacy_i64"]);
    let entries = [("legacy_i64.direct", "quote_legacy_i64_direct"), ("legacy_i64", "quote_legacy_i64")];
    assert_eq!(unit.entries(), entries.map(|(name, symbol)| (name.to_owned(), symbol.to_owned())));
    assert_eq!((unit.report().natives[0].left, unit.undefined()), (0, &[][..]));
}

#[test]
fn a_unit_knows_whether_it_looks_at_the_state_of_its_call() {
    let uses_context = |native| built(&calls(native), &named("quote")).uses_context();
    assert_eq!((uses_context(direct("triple")), uses_context(fallible("peek"))), (false, true));
}

#[test]
fn what_is_not_inlined_stays_a_symbol_of_the_program() {
    let unit = built(&calls(direct("next")), &named("quote"));
    assert_eq!(unit.undefined(), ["next"]);
    assert_eq!(unit.report().natives[0].reason.as_deref(), Some("touches static `COUNT`"));
}

#[test]
fn panics_need_the_symbols_that_every_rust_program_has() {
    let unit = built(&calls(fallible("pick")), &named("quote"));
    assert_eq!(unit.report().natives[0].left, 0);
    let needs = unit.undefined();
    assert!(needs.iter().any(|name| name == "rust_eh_personality"), "{needs:?}");
    assert!(needs.iter().any(|name| name.contains("panic")), "{needs:?}");
    assert!(needs.iter().all(|name| !name.contains('$')), "{needs:?}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for delivery in [Delivery::Object, Delivery::Lto] {
        let options = BuildOptions { delivery, ..named("quote") };
        let [one, two] = [(); 2].map(|()| built(&calls(fallible("pick")), &options));
        assert!(one.object() == two.object() && one.bitcode() == two.bitcode(), "{delivery:?}");
        assert_eq!(one.assembly().expect("assembly"), two.assembly().expect("assembly"));
    }
}

#[test]
fn the_processor_is_that_of_the_options() {
    for (processor, attribute) in [("baseline", "\"target-cpu\"=\"x86-64\""), ("x86-64-v3", "+avx2")] {
        let processor = Processor::parse(processor).expect("a processor");
        let unit = built(&calls(direct("triple")), &BuildOptions { processor, ..named("quote") });
        let ir = unit.ir_after().expect("IR");
        assert!(ir.contains(attribute), "{ir}");
    }
}

#[test]
fn efforts_differ_and_both_inline() {
    for effort in [Effort::Quick, Effort::Full] {
        let unit = built(&calls(direct("triple")), &BuildOptions { effort, ..named("quote") });
        assert_eq!(unit.report().natives[0].left, 0, "{effort:?}");
    }
}

#[test]
fn a_unit_for_the_linker_keeps_bodies_at_hand() {
    let unit = built(&calls(direct("triple")), &BuildOptions { delivery: Delivery::Lto, ..named("quote") });
    let ir = unit.ir_after().expect("IR");
    assert!(ir.contains("define") && !ir.contains("call i64 @triple"), "{ir}");
}

#[test]
fn a_prefix_that_is_no_name_is_refused() {
    for prefix in ["", "1st", "a-b", "a b"] {
        match build(&common::with_entry(calls(direct("triple"))), &[natives()], &named(prefix)) {
            Err(Error::Ir(message)) => assert!(message.contains("can't start the names"), "{message}"),
            other => panic!("{prefix:?}: {other:?}"),
        }
    }
}
