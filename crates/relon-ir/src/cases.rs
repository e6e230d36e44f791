//! Small modules for tests of one backend (feature `cases`): a function from one Int to one Int, which is the entry.
//!
//! What every backend has to do with every op is held by the cases of `tests/ir`.

use relon_natives::TrapKind;

use crate::layout::DataType;
use crate::{
    Convention, Entry, EntryForm, EntryPart, FileId, FunctionBuilder, FunctionId, MemType, Module, Native, Param, Site,
    SiteId, Span, Type, Value,
};

/// The name of the entry.
pub const ENTRY: &str = "legacy_i64";
/// The budget of nested calls that cases are run with.
pub const DEPTH: u64 = u16::MAX as u64;

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

/// A function of the host.
pub fn open(symbol: &str) -> Native {
    let (params, convention) = (vec![Type::Ptr; 2], Convention::Open);
    Native { name: symbol.into(), symbol: symbol.into(), params, result: None, convention }
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
    module.entries.push(Entry {
        name,
        function,
        form,
        part: EntryPart::Whole,
        params,
        result: DataType::Int,
        span,
        recursive: false,
        checked: None,
    });
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
            Convention::Open => {
                let site = site(module, TrapKind::NativeFailed);
                let [argument, arguments, out] = [(); 3].map(|()| builder.stack_slot(8, 8));
                builder.store(MemType::Int, argument, 0, x);
                builder.store(MemType::Ptr, arguments, 0, argument);
                builder.call_native(id, vec![arguments, out], site);
                builder.load(MemType::Int, out, 0)
            }
        }
    });
    module
}
