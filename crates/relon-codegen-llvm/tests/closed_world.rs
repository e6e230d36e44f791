//! The closed world, proved on the smallest rule: `rule(x) = host(x)` where the Rust function `host` adds 7.
//!
//! Before linking, the rule's IR calls `host` by its name. Afterwards there is no call, neither of that name nor of any address, and the
//! addition stands in the rule. Both the absence of the call and the presence of the computation are looked for: a rule that was
//! optimised away would pass either test alone.

mod common;

use common::{bodies, calls, calls_address, calls_symbol, direct, report};
use relon_codegen_llvm::cocompile::{Shim, cocompile_legacy_i64, compile_open_i64};

const HOST: &str = r#"#[unsafe(no_mangle)] pub extern "C" fn host(x: i64) -> i64 { x + 7 }"#;

#[test]
fn the_native_is_gone_and_its_addition_is_there() {
    let ir = calls(direct("host"));
    let closed = cocompile_legacy_i64(&ir, Shim::Source(HOST)).unwrap();

    let before = closed.ir_before_link();
    assert!(calls_symbol(before, "host") && !calls_address(before), "{before}");

    let after = closed.ir_after().unwrap();
    assert!(!calls_symbol(&after, "host") && !calls_address(&after), "{after}");
    assert!(!after.contains("@host"), "not even declared: {after}");
    let added = bodies(&after).lines().any(|line| line.contains(" add ") && line.trim_end().ends_with(", 7"));
    assert!(added, "the addition stands in the rule: {after}");

    let native = report(&closed, "host");
    assert_eq!((native.emitted, native.left, native.reason.as_deref()), (1, 0, None));

    let open = compile_open_i64(&ir, Shim::Source(HOST)).unwrap();
    assert!(calls_address(&open.ir_after().unwrap()) && !calls_symbol(open.ir_before_link(), "host"));
    assert_eq!(report(&open, "host").left, 1);
    for x in [0, 35, -8, i64::MAX, i64::MIN] {
        assert_eq!(closed.run_i64(x).unwrap(), x.wrapping_add(7));
        assert_eq!(closed.run_i64(x), open.run_i64(x));
    }
}
