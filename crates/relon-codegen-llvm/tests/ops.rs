//! The LLVM IR of small rules. Every op is run by the cases of `tests/ir`.

mod common;

use common::{rule, site};
use relon_codegen_llvm::cocompile::{CocompiledModule, Options, cocompile};
use relon_ir::{FunctionBuilder, IntOp, Module, Value};
use relon_natives::TrapKind;

fn compile(module: &Module) -> CocompiledModule {
    cocompile(module, &[], &Options { verify: true, ..Options::default() }).unwrap()
}

fn built(build: impl FnOnce(&mut Module, &mut FunctionBuilder, Value) -> Value) -> CocompiledModule {
    let mut module = Module::default();
    rule(&mut module, build);
    compile(&common::with_entry(module))
}

#[test]
fn entries_have_symbols_of_their_own() {
    let module = built(|_, _, x| x);
    assert!(module.ir_before_link().contains("define i32 @relon_entry_legacy_i64"));
}

#[test]
fn text_grows_with_the_rule_and_not_faster() {
    let emitted = |count: usize| {
        let module = built(|module, builder, x| {
            let overflow = site(module, TrapKind::NumericOverflow);
            (0..count).fold(x, |sum, _| builder.int_checked(IntOp::Add, sum, x, overflow))
        });
        module.ir_before_link().len()
    };
    let (one, four) = (emitted(500), emitted(2000));
    assert!(four < one * 5, "{one} and {four} bytes");
}
