//! Hand-built modules.
#![allow(dead_code, reason = "each test file uses its own part")]

use relon_codegen_llvm::cocompile::{CocompiledModule, NativeReport};
use relon_ir::layout::DataType;
use relon_ir::{
    Convention, Entry, FileId, FunctionBuilder, FunctionId, Module, Native, Param, Site, SiteId, Span, Type, Value,
};
use relon_natives::TrapKind;

/// A native `(Int) -> Int` of the direct convention.
pub(crate) fn direct(symbol: &str) -> Native {
    Native {
        name: symbol.into(),
        symbol: symbol.into(),
        params: vec![Type::Int],
        result: Some(Type::Int),
        convention: Convention::Direct,
    }
}

/// A native `(Int, out) -> status`.
pub(crate) fn fallible(symbol: &str) -> Native {
    let convention = Convention::Status;
    Native { name: symbol.into(), symbol: symbol.into(), params: vec![Type::Int, Type::Ptr], result: None, convention }
}

pub(crate) fn site(module: &mut Module, kind: TrapKind) -> SiteId {
    if module.files.is_empty() {
        module.files.push("test.relon".into());
    }
    module.add_site(Site { kind, span: Span { file: FileId::new(0), start: 0, end: 0 }, message: None })
}

/// `rule(x)` built by the closure, which gives the result.
pub(crate) fn rule(module: &mut Module, build: impl FnOnce(&mut Module, &mut FunctionBuilder, Value) -> Value) {
    let mut builder = FunctionBuilder::new("rule", &[Type::Int], &[Type::Int], None);
    let x = builder.params()[0];
    let result = build(module, &mut builder, x);
    builder.ret(vec![result]);
    module.add_function(builder.finish());
}

/// The module with its rule as the entry that `run_i64` runs.
pub(crate) fn with_entry(mut module: Module) -> Module {
    let span = Span { file: FileId::new(0), start: 0, end: 0 };
    let function = FunctionId::new(module.functions.len() - 1);
    let params = vec![Param { name: "x".into(), ty: DataType::Int, span }];
    let name = "legacy_i64".into();
    let form = relon_ir::EntryForm::Plain;
    module.entries.push(Entry { name, function, params, result: DataType::Int, span, form, recursive: false });
    module
}

/// `rule(x) = native(x)`
pub(crate) fn calls(native: Native) -> Module {
    let mut module = Module::default();
    rule(&mut module, |module, builder, x| {
        let id = module.native(&native);
        match native.convention {
            Convention::Direct => builder.call_direct(id, Some(Type::Int), vec![x]).unwrap(),
            Convention::Status => {
                let site = site(module, TrapKind::NativeFailed);
                let slot = builder.stack_slot(8, 8);
                builder.call_native(id, vec![x, slot], site);
                builder.load(relon_ir::MemType::Int, slot, 0)
            }
        }
    });
    module
}

pub(crate) fn report<'a>(module: &'a CocompiledModule, name: &str) -> &'a NativeReport {
    module.report().natives.iter().find(|native| native.name == name).unwrap()
}

/// The lines of a module's functions, without declarations, attributes and metadata.
pub(crate) fn bodies(ir: &str) -> String {
    let mut inside = false;
    let lines = ir.lines().filter(|line| {
        inside = (inside || line.starts_with("define")) && *line != "}";
        inside
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a body calls this symbol directly.
pub(crate) fn calls_symbol(ir: &str, symbol: &str) -> bool {
    bodies(ir).lines().any(|line| line.contains("call ") && line.contains(&format!("@{symbol}(")))
}

/// Whether a body calls an address known at run time only.
pub(crate) fn calls_address(ir: &str) -> bool {
    let callee = |line: &str| line.split_once("call ").map(|(_, rest)| rest.split('(').next().unwrap_or("").to_owned());
    bodies(ir).lines().filter_map(callee).any(|callee| callee.contains('%'))
}
