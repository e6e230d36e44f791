//! Natives that can't simply be inlined: what becomes of them, and what the report says.

mod common;

use std::sync::{Arc, OnceLock};

use common::{calls, calls_symbol, direct, fallible, report, rule, site};
use relon_codegen_llvm::Error;
use relon_codegen_llvm::cocompile::{CocompiledModule, Options, Processor, Shim, cocompile, cocompile_legacy_i64};
use relon_codegen_llvm::natives::{Natives, NativesPack, Origin, shim};
use relon_ir::{IntOp, Module, Native, Type};
use relon_natives::TrapKind;

const SHIM: &str = r#"
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};
use std::sync::atomic::{AtomicI64, Ordering};

static COUNTER: AtomicI64 = AtomicI64::new(0);
static TABLE: [i64; 4] = [2, 3, 5, 7];
static SQUARES: LazyLock<Vec<i64>> = LazyLock::new(|| (0..8).map(|x| x * x).collect());
thread_local!(static LAST: Cell<i64> = const { Cell::new(0) });

#[unsafe(no_mangle)] pub extern "C" fn count(step: i64) -> i64 { COUNTER.fetch_add(step, Ordering::Relaxed) + step }
#[unsafe(no_mangle)] pub extern "C" fn last(x: i64) -> i64 { LAST.replace(x) }
#[unsafe(no_mangle)] pub extern "C" fn square(x: i64) -> i64 { SQUARES[(x & 7) as usize] }
#[unsafe(no_mangle)] pub extern "C" fn prime(x: i64) -> i64 { TABLE[(x & 3) as usize] }
#[unsafe(no_mangle)] pub extern "C" fn ackermann(x: i64) -> i64 { if x < 2 { 1 } else { ackermann(ackermann(x - 1) % x) + 1 } }
#[unsafe(no_mangle)] #[inline(never)] pub extern "C" fn aloof(x: i64) -> i64 { x * 3 }
#[unsafe(no_mangle)] pub extern "C" fn mapped(x: i64) -> i64 { let mut m = HashMap::new(); m.insert(x, 3); m[&x] }
#[inline(never)] fn shy(x: i64) -> i64 { x - 3 }
#[unsafe(no_mangle)] pub extern "C" fn relon_shy(x: i64) -> i64 { shy(x) }
#[unsafe(no_mangle)] pub extern "C" fn relon_other__name(x: i64) -> i64 { shy(x) + 1 }
pub fn fib(x: i64) -> i64 { if x < 2 { x } else { fib(x - 1) + fib(x - 2) } }
#[unsafe(no_mangle)] pub extern "C" fn relon_fib(x: i64) -> i64 { fib(x) }
macro_rules! steps { ($x:ident $($n:literal)*) => { $(let $x = ($x ^ $n).wrapping_mul(std::hint::black_box($n));)* } }
#[unsafe(no_mangle)] pub extern "C" fn steps(x: i64) -> i64 { steps!(x 3 5 7 9 11 13 15 17 19 21 23 25 27 29 31 33 35 37 39 41 43 45); x }
#[unsafe(no_mangle)] pub extern "C" fn locked(x: i64) -> i64 { let m = Mutex::new(x); *m.lock().unwrap() += 1; m.into_inner().unwrap() }
#[unsafe(no_mangle)] pub extern "C" fn cube(x: i64) -> i64 { x.wrapping_mul(x).wrapping_mul(x) }
#[unsafe(no_mangle)] pub extern "C" fn cubed(x: i64) -> i64 { x.wrapping_mul(x).wrapping_mul(x) }
#[unsafe(no_mangle)] pub extern "C" fn next_cube(x: i64) -> i64 { if x < 0 { cubed(x) } else { cube(x + 1) } }
std::arch::global_asm!(".globl relon_test_asm", "relon_test_asm:", "nop");
#[used] static KEPT: &[u8] = b"kept by its author";
#[unsafe(no_mangle)] pub extern "C" fn digits(x: i64) -> i64 { format!("{x:>5}").len() as i64 }
#[unsafe(no_mangle)] #[target_feature(enable = "avx512f")] pub unsafe extern "C" fn wide(x: i64) -> i64 { x + 1 }
#[unsafe(no_mangle)] pub unsafe extern "C" fn element(_ctx: *mut u8, index: i64, out: *mut i64) -> u32 {
    let list = [10i64, 20, 30];
    let checked = std::panic::catch_unwind(|| std::hint::black_box(&list)[index as usize]);
    match checked {
        Ok(value) => { unsafe { *out = value }; 0 }
        Err(_) => 1,
    }
}
"#;

fn natives() -> &'static Natives {
    static BUILT: OnceLock<Natives> = OnceLock::new();
    BUILT.get_or_init(|| shim::build(SHIM).unwrap())
}

/// `rule(x) = native(x)`, as an entry.
fn compile(native: Native) -> CocompiledModule {
    compile_with(native, &Options::default())
}

fn compile_with(native: Native, options: &Options) -> CocompiledModule {
    let ir = common::with_entry(calls(native));
    cocompile(&ir, std::slice::from_ref(natives()), options).unwrap()
}

/// The native's own function, called from Rust.
fn in_rust(symbol: &str) -> extern "C" fn(i64) -> i64 {
    let address = natives().symbols.address(symbol).unwrap();
    // SAFETY: the shim defines this function with this type.
    unsafe { std::mem::transmute::<usize, extern "C" fn(i64) -> i64>(address) }
}

#[test]
fn a_static_has_one_state_for_rules_and_rust() {
    let (one, two) = (compile(direct("count")), compile(direct("count")));
    let before = in_rust("count")(0);
    assert_eq!(one.run_i64(1).unwrap(), before + 1);
    assert_eq!(in_rust("count")(1), before + 2);
    assert_eq!(two.run_i64(1).unwrap(), before + 3);
    let native = report(&one, "count");
    assert_eq!((native.left, native.reason.as_deref()), (1, Some("touches static `COUNTER`")));
}

#[test]
fn state_of_every_kind_keeps_a_native_a_call() {
    for (symbol, reason, result) in [
        ("last", "touches thread-local `LAST`", 2),
        ("square", "touches static `SQUARES`", 25),
        ("mapped", "touches thread-local `KEYS`", 3),
    ] {
        let module = compile(direct(symbol));
        assert_eq!(report(&module, symbol).reason.as_deref(), Some(reason));
        in_rust(symbol)(2);
        assert_eq!(module.run_i64(5), Ok(result), "{symbol}");
    }
}

#[test]
fn constants_are_copied() {
    let module = compile(direct("prime"));
    assert_eq!(report(&module, "prime").left, 0);
    assert!(!calls_symbol(&module.ir_after().unwrap(), "prime"));
    assert_eq!((0..4).map(|x| module.run_i64(x).unwrap()).collect::<Vec<_>>(), [2, 3, 5, 7]);
}

#[test]
fn natives_with_equal_bodies_are_inlined_each_by_its_name() {
    for symbol in ["cube", "cubed"] {
        let module = compile(direct(symbol));
        assert_eq!((report(&module, symbol).left, module.run_i64(3)), (0, Ok(27)), "{symbol}");
    }
    let module = compile(direct("next_cube"));
    assert_eq!((report(&module, "next_cube").left, module.run_i64(2)), (0, Ok(27)));
}

#[test]
fn pieces_hold_what_they_use_and_nothing_else() {
    let piece = |symbol| natives().pack.native(symbol).unwrap();
    assert!(
        piece("cube").externals.is_empty() && piece("cube").bitcode.len() < 4000,
        "{}",
        piece("cube").bitcode.len()
    );
    assert!(piece("last").bitcode.is_empty());
}

#[test]
fn a_body_that_calls_into_std_is_inlined() {
    let module = compile(direct("digits"));
    assert_eq!(report(&module, "digits").left, 0, "{:?}", module.report());
    assert_eq!((module.run_i64(7), module.run_i64(-1_234_567)), (Ok(5), Ok(8)));
}

#[test]
fn state_of_rusts_own_libraries_is_referred_to() {
    let module = compile(direct("locked"));
    assert_eq!((report(&module, "locked").left, module.run_i64(7)), (0, Ok(8)), "{:?}", module.report());
}

#[test]
fn recursive_and_reluctant_natives_are_outlined() {
    for (symbol, reason) in [
        ("ackermann", "recursive"),
        ("aloof", "#[inline(never)]"),
        ("relon_fib", "recursive"),
        ("relon_shy", "#[inline(never)]"),
        ("relon_other__name", "#[inline(never)]"),
    ] {
        let module = compile(direct(symbol));
        let native = report(&module, symbol);
        assert_eq!((native.left, native.reason.as_deref()), (1, Some(reason)));
        assert_eq!(module.run_i64(6).unwrap(), in_rust(symbol)(6));
    }
}

#[test]
fn a_body_for_a_better_processor_stays_a_call() {
    let module = compile_with(direct("wide"), &Options { processor: Processor::Baseline, ..Options::default() });
    let reason = report(&module, "wide").reason.as_deref().unwrap();
    assert!(reason.starts_with("needs feature ") && reason.contains("avx512f"), "{reason}");
}

#[test]
fn many_copies_of_a_large_native_are_not_forced() {
    let mut ir = Module::default();
    rule(&mut ir, |module, builder, x| {
        let id = module.native(&direct("steps"));
        (0..40).fold(x, |x, _| builder.call_direct(id, Some(Type::Int), vec![x]).unwrap())
    });
    let module = cocompile(&common::with_entry(ir), std::slice::from_ref(natives()), &Options::default()).unwrap();
    let native = report(&module, "steps");
    assert!(native.left > 0 && native.reason.as_deref().unwrap().starts_with("too large for 40 calls ("), "{native:?}");
    assert_eq!(module.run_i64(3), Ok((0..40).fold(3, |x, _| in_rust("steps")(x))));
}

#[test]
fn a_panic_in_an_inlined_native_is_a_trap() {
    let module = compile(fallible("element"));
    assert_eq!(report(&module, "element").left, 0);
    assert_eq!(module.run_i64(1), Ok(20));
    assert_eq!(module.run_i64(3), Err(Error::Trapped(0)));
    assert_eq!(module.run_i64(2), Ok(30), "the process goes on");
}

#[test]
fn bitcode_alone_is_enough_for_a_native_without_state() {
    let pack = shim_bitcode();
    for symbol in ["host", "twice"] {
        let module = cocompile_legacy_i64(&calls(direct(symbol)), Shim::Bitcode(&pack)).unwrap();
        assert_eq!(module.run_i64(4).unwrap(), if symbol == "host" { 11 } else { 8 });
    }
    let error = cocompile_legacy_i64(&calls(direct("count")), Shim::Bitcode(&pack)).unwrap_err();
    assert_eq!(error, Error::Unresolved(vec!["count".into()]));
}

/// The bitcode of a small crate, as rustc writes it.
fn shim_bitcode() -> Vec<u8> {
    let dir = std::env::temp_dir().join(format!("relon-test-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let (source, bitcode) = (dir.join("shim.rs"), dir.join("shim.bc"));
    let text = r#"
        static COUNTER: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
        #[unsafe(no_mangle)] pub extern "C" fn host(x: i64) -> i64 { x + 7 }
        #[unsafe(no_mangle)] #[inline(never)] pub extern "C" fn twice(x: i64) -> i64 { x * 2 }
        #[unsafe(no_mangle)] pub extern "C" fn count(x: i64) -> i64 { COUNTER.fetch_add(x, std::sync::atomic::Ordering::Relaxed) }
    "#;
    std::fs::write(&source, text).unwrap();
    let rustc = std::process::Command::new("rustc")
        .args(["--edition=2024", "--crate-type=lib", "-O", "-Ccodegen-units=1", "--emit=llvm-bc", "-o"])
        .args([&bitcode, &source])
        .status();
    assert!(rustc.unwrap().success());
    let bytes = std::fs::read(&bitcode).unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    bytes
}

#[test]
fn a_symbol_that_nobody_has_is_named() {
    let ir = common::with_entry(calls(direct("relon_test_nowhere")));
    let error = cocompile(&ir, std::slice::from_ref(natives()), &Options::default()).unwrap_err();
    assert_eq!(error, Error::Unresolved(vec!["relon_test_nowhere".into()]));
}

#[test]
fn a_declaration_that_does_not_fit_is_refused() {
    let wrong = Native { params: vec![Type::Float], ..direct("prime") };
    let ir = common::with_entry(calls_with_float(wrong));
    let error = cocompile(&ir, std::slice::from_ref(natives()), &Options::default()).unwrap_err();
    let Error::Signature { symbol, declared, found } = error else { panic!("{error}") };
    assert_eq!((symbol.as_str(), declared.as_str(), found.as_str()), ("prime", "i64 (double)", "i64 (i64)"));
}

fn calls_with_float(native: Native) -> Module {
    let mut module = Module::default();
    rule(&mut module, |module, builder, x| {
        let id = module.native(&native);
        let x = builder.int_to_float(x);
        builder.call_direct(id, Some(Type::Int), vec![x]).unwrap()
    });
    module
}

#[test]
fn a_source_that_does_not_compile_shows_what_rustc_says() {
    let error = shim::build("pub fn broken() -> i64 { true }").unwrap_err().to_string();
    assert!(error.contains("mismatched types") && error.contains("expected `i64`"), "{error}");
}

#[test]
fn packs_survive_their_bytes_and_damage_is_an_error() {
    let pack = &natives().pack;
    let bytes = pack.encode();
    assert_eq!(NativesPack::decode(&bytes).unwrap(), **pack);
    for index in (0..bytes.len()).step_by(97) {
        let mut damaged = bytes.clone();
        damaged[index] ^= 0x10;
        assert!(NativesPack::decode(&damaged).is_err(), "byte {index}");
    }
    assert!(NativesPack::decode(&bytes[..bytes.len() / 2]).is_err());
    assert!(NativesPack::decode(b"").is_err());
}

/// `rule(x) = native(x)` with a native of hand-made IR, for the plainest processor.
fn compile_ir(symbol: &str, ir: &str) -> Result<CocompiledModule, Error> {
    let triple = &natives().pack.origin().target.triple;
    let pack = NativesPack::from_bitcode(format!("target triple = \"{triple}\"\n{ir}").as_bytes())?;
    let options = Options { processor: Processor::Baseline, ..Options::default() };
    let natives = Natives::new(pack, relon_codegen_llvm::natives::Nowhere);
    cocompile(&common::with_entry(calls(direct(symbol))), &[natives], &options)
}

/// Code that LLVM can read and that breaks a rule of IR: an attribute has text where there has to be a number. Nothing comes of it.
const BROKEN: &str = "define i64 @odd(i64 %x) \"patchable-function-entry\"=\"many\" {\n  ret i64 %x\n}\n";

#[test]
fn broken_code_is_found_where_it_is_looked_for() {
    let triple = &natives().pack.origin().target.triple;
    let bitcode = shim::assemble(&format!("target triple = \"{triple}\"\n{BROKEN}")).unwrap();
    let broken = shim::from_bitcode(&bitcode).unwrap();
    let compile = |verify| {
        let options = Options { verify, ..Options::default() };
        cocompile(&common::with_entry(calls(direct("odd"))), std::slice::from_ref(&broken), &options)
    };
    let error = compile(true).map(drop).unwrap_err().to_string();
    assert!(
        error.contains("the linked unit is broken: ") && error.contains("takes an unsigned integer: many"),
        "{error}"
    );
    assert_eq!(compile(false).unwrap().run_i64(7), Ok(7));
}

#[test]
fn assembly_that_is_none_is_an_error_that_names_the_native() {
    for (body, said) in [
        (r#"call i64 asm "frobnicate $0", "=r"()"#, "frobnicate"),
        (r#"call i64 asm "", "={nonsense}"()"#, "constraint"),
        (r#"call i64 asm ".set never, ", "=r"()"#, "never"),
    ] {
        let ir = format!("define i64 @odd(i64 %x) {{\n  %y = {body}\n  ret i64 %y\n}}\n");
        let error = compile_ir("odd", &ir).map(drop).unwrap_err().to_string();
        assert!(error.contains("natives `odd`") && error.contains(said), "{body}: {error}");
    }
}

#[test]
fn assembly_of_natives_and_their_crate_is_linked() {
    #[cfg(target_arch = "x86_64")]
    let (own, all) = ("add {0}, 5", "\"mov eax, 3\", \"ret\"");
    #[cfg(target_arch = "aarch64")]
    let (own, all) = ("add {0}, {0}, 5", "\"mov x0, 3\", \"ret\"");
    let source = format!(
        r#"std::arch::global_asm!(".globl relon_test_three", "relon_test_three:", {all});
        unsafe extern "C" {{ fn relon_test_three() -> i64; }}
        #[unsafe(no_mangle)] pub extern "C" fn five(x: i64) -> i64 {{
            let mut y = x;
            unsafe {{ std::arch::asm!("{own}", inout(reg) y) }};
            y
        }}
        #[unsafe(no_mangle)] pub extern "C" fn three(x: i64) -> i64 {{ unsafe {{ relon_test_three() + x }} }}"#
    );
    let natives = shim::build(&source).unwrap();
    // A label in a crate's assembly is no function of its library: what calls it stays where it is.
    for (symbol, result, needs) in [("five", 12, None), ("three", 10, Some("relon_test_three"))] {
        let ir = common::with_entry(calls(direct(symbol)));
        let module = cocompile(&ir, std::slice::from_ref(&natives), &Options::default()).unwrap();
        let reason = report(&module, symbol).reason.as_deref();
        assert_eq!(module.run_i64(7), Ok(result), "{symbol}");
        assert!(
            reason.is_some() == needs.is_some() && reason.unwrap_or("").contains(needs.unwrap_or("")),
            "{symbol}: {reason:?}"
        );
    }
}

/// Set in a process that is to be ended by LLVM.
const ENDED: &str = "RELON_TEST_ENDED";

/// LLVM ends the process at an intrinsic that the processor lacks. The test runs itself again, to be ended, and reads what is left.
#[test]
fn the_end_of_the_process_is_explained() {
    if std::env::var_os(ENDED).is_some() {
        let ir = "declare { i64, i32 } @llvm.x86.rdrand.64()\n\
            define i64 @lucky(i64 %x) {\n  %r = call { i64, i32 } @llvm.x86.rdrand.64()\n\
            %v = extractvalue { i64, i32 } %r, 0\n  ret i64 %v\n}\n";
        panic!("LLVM made code of it: {:?}", compile_ir("lucky", ir).map(drop));
    }
    let program = std::env::current_exe().unwrap();
    let test = ["--exact", "the_end_of_the_process_is_explained", "--nocapture"];
    let output = std::process::Command::new(program).args(test).env(ENDED, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    for part in [
        "LLVM has to end this process while making machine code of the rule",
        "natives `lucky`",
        "Cannot select",
        "doctor",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// What is said of a pack with another origin than its own.
fn refused(change: impl FnOnce(&mut Origin)) -> String {
    let pack = NativesPack::clone(&natives().pack);
    let mut origin = pack.origin().clone();
    change(&mut origin);
    let other = Natives::new(pack.with_origin(origin), relon_codegen_llvm::natives::Nowhere);
    cocompile(&common::with_entry(calls(direct("prime"))), &[other], &Options::default()).unwrap_err().to_string()
}

#[test]
fn a_pack_that_does_not_fit_is_refused_by_what_differs() {
    let version = refused(|origin| origin.llvm = (99, 0, 0));
    assert!(version.contains("LLVM 99 wrote it") && version.contains("rustc 1."), "{version}");
    let machine = refused(|origin| origin.target.triple = "riscv64gc-unknown-linux-gnu".into());
    assert!(machine.contains("it is for riscv64gc-unknown-linux-gnu") && machine.contains("build it"), "{machine}");
    let system = refused(|origin| origin.target.triple = format!("{}-unknown-plan9", std::env::consts::ARCH));
    assert!(system.contains("-unknown-plan9, and this process runs on") && system.contains("build it"), "{system}");
}

#[test]
fn packs_that_do_not_fit_each_other_are_refused_by_what_differs() {
    let one = natives().clone();
    let mut origin = one.pack.origin().clone();
    origin.target.data_layout = "e-p:32:32".into();
    let other = Natives::new(NativesPack::clone(&one.pack).with_origin(origin), relon_codegen_llvm::natives::Nowhere);
    let ir = common::with_entry(calls(direct("prime")));
    let error = cocompile(&ir, &[one, other], &Options::default()).unwrap_err().to_string();
    assert!(error.contains("different data layouts") && error.contains("e-p:32:32"), "{error}");
}

#[test]
fn packs_for_different_processors_are_refused() {
    let one = natives().clone();
    let mut origin = one.pack.origin().clone();
    origin.processor = "znver4".into();
    let other = |origin| {
        let pack = NativesPack::clone(&one.pack).with_origin(origin);
        let other = Natives::new(pack, relon_codegen_llvm::natives::Nowhere);
        cocompile(&common::with_entry(calls(direct("prime"))), &[one.clone(), other], &Options::default()).map(drop)
    };
    let error = other(origin.clone()).unwrap_err().to_string();
    let parts = ["it is for the processor znver4", one.pack.origin().processor.as_str(), "build both"];
    assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    // What was made by hand says nothing.
    origin.processor.clear();
    assert_eq!(other(origin), Ok(()));
}

#[test]
fn a_pack_by_another_llvm_of_the_same_major_version_is_read() {
    for patch in [0, 99] {
        let pack = NativesPack::clone(&natives().pack);
        let mut origin = pack.origin().clone();
        (origin.llvm.1, origin.llvm.2) = (patch, patch);
        let other = Natives { pack: Arc::new(pack.with_origin(origin)), symbols: natives().symbols.clone() };
        let ir = common::with_entry(calls(direct("prime")));
        assert!(cocompile(&ir, &[other], &Options::default()).is_ok());
    }
}

#[test]
fn a_pack_knows_what_made_it() {
    let origin = natives().pack.origin();
    assert!(origin.rustc.starts_with("rustc ") && !origin.processor.is_empty(), "{origin:?}");
    let other = shim::build("#[unsafe(no_mangle)] pub extern \"C\" fn other(x: i64) -> i64 { x }").unwrap();
    assert_ne!(origin.source, other.pack.origin().source);
    assert_eq!(NativesPack::decode(&natives().pack.encode()).unwrap().origin(), origin);
}

#[test]
fn natives_of_several_packs_are_inlined_together() {
    let other = shim::build(
        r#"#[unsafe(no_mangle)] pub unsafe extern "C" fn other(_ctx: *mut u8, x: i64, out: *mut i64) -> u32 {
            let list = [1i64, 2, 3];
            match std::panic::catch_unwind(|| std::hint::black_box(&list)[x as usize]) {
                Ok(value) => { unsafe { *out = value }; 0 }
                Err(_) => 1,
            }
        }"#,
    );
    let mut ir = Module::default();
    rule(&mut ir, |module, builder, x| {
        let slot = builder.stack_slot(8, 8);
        let (first, second) = (module.native(&fallible("element")), module.native(&fallible("other")));
        let site = [TrapKind::NativeFailed; 3].map(|kind| site(module, kind));
        builder.call_native(first, vec![x, slot], site[0]);
        let one = builder.load(relon_ir::MemType::Int, slot, 0);
        let failed = builder.try_native(second, vec![x, slot]);
        let two = builder.load(relon_ir::MemType::Int, slot, 0);
        let zero = builder.int(0);
        let two = builder.select(failed, zero, two);
        builder.int_checked(IntOp::Add, one, two, site[2])
    });
    let natives = [natives().clone(), other.unwrap()];
    let module = cocompile(&common::with_entry(ir), &natives, &Options::default()).unwrap();
    assert_eq!(module.report().residual().count(), 0);
    // Each panic is raised and caught by the standard library of its own pack.
    assert_eq!((module.run_i64(2), module.run_i64(9), module.run_i64(0)), (Ok(33), Err(Error::Trapped(0)), Ok(11)));
}
