//! What cases have to cover.

use std::fmt::Debug;

use relon_ir::{
    BoolOp, Convention, FloatCondition, FloatOp, IntCondition, IntOp, MemType, Module, OnFailure, Op, SiteId,
    Terminator, WrapOp,
};

use crate::case::Case;

/// The name of an op. An op that is new needs its names in [`all`], and cases.
fn name(op: &Op, module: &Module) -> String {
    match op {
        Op::ConstInt(_) => "const Int".into(),
        Op::ConstFloat(_) => "const Float".into(),
        Op::ConstBool(_) => "const Bool".into(),
        Op::ConstNull => "null".into(),
        Op::ConstData(_) => "address".into(),
        Op::Context => "context".into(),
        Op::Int { op, .. } => format!("Int {op:?}"),
        Op::Wrap(op, ..) => format!("wrap {op:?}"),
        Op::Float(op, ..) => format!("Float {op:?}"),
        Op::FloatNeg(_) => "Float Neg".into(),
        Op::FloatAbs(_) => "Float Abs".into(),
        Op::IntToFloat(_) => "Int to Float".into(),
        Op::IntCompare(condition, ..) => format!("compare Int {condition:?}"),
        Op::FloatCompare(condition, ..) => format!("compare Float {condition:?}"),
        Op::Bool(op, ..) => format!("Bool {op:?}"),
        Op::Not(_) => "not".into(),
        Op::Select(..) => "select".into(),
        Op::StackSlot { .. } => "slot".into(),
        Op::Load { mem, .. } => format!("load {mem:?}"),
        Op::Store { mem, .. } => format!("store {mem:?}"),
        Op::Offset(..) => "offset".into(),
        Op::Copy { .. } => "copy".into(),
        Op::Call { .. } => "call".into(),
        Op::CallNative { native, failure, .. } => {
            let native = &module.natives[native.index()];
            match (native.convention, failure) {
                (Convention::Direct, _) => "native".into(),
                (Convention::Status, OnFailure::Trap(_)) => "native that can fail".into(),
                (Convention::Status, OnFailure::Give) => "native whose failure is given".into(),
                (Convention::Open, OnFailure::Trap(_)) => "function of a host".into(),
                (Convention::Open, OnFailure::Give) => "function of a host whose failure is given".into(),
            }
        }
        Op::Guard(..) => "guard".into(),
    }
}

/// The name of the end of a block.
fn end(terminator: &Terminator) -> &'static str {
    match terminator {
        Terminator::Jump(_) => "jump",
        Terminator::Branch(..) => "branch",
        Terminator::Switch(..) => "switch",
        Terminator::Return(_) => "return",
        Terminator::Trap(_) => "trap",
    }
}

/// Everything that needs a case.
pub(crate) fn all() -> Vec<String> {
    let mut names = Vec::new();
    let alone = [
        "const Int",
        "const Float",
        "const Bool",
        "null",
        "address",
        "context",
        "Float Neg",
        "Float Abs",
        "Int to Float",
        "not",
        "select",
        "slot",
        "offset",
        "copy",
        "call",
        "native",
        "native that can fail",
        "native whose failure is given",
        "function of a host",
        "function of a host whose failure is given",
        "guard",
        "jump",
        "branch",
        "switch",
        "return",
        "trap",
    ];
    names.extend(alone.map(str::to_owned));
    let ints = [IntOp::Add, IntOp::Sub, IntOp::Mul, IntOp::Div, IntOp::Rem];
    each(&mut names, "Int", &ints);
    names.extend(ints.iter().map(|op| format!("Int {op:?} traps: overflow")));
    each(&mut names, "wrap", &[WrapOp::Add, WrapOp::Sub, WrapOp::Mul]);
    each(&mut names, "Float", &[FloatOp::Add, FloatOp::Sub, FloatOp::Mul, FloatOp::Div]);
    each(&mut names, "Bool", &[BoolOp::And, BoolOp::Or, BoolOp::Xor]);
    let conditions = [
        IntCondition::Eq,
        IntCondition::Ne,
        IntCondition::Lt,
        IntCondition::Le,
        IntCondition::Gt,
        IntCondition::Ge,
        IntCondition::UnsignedLt,
    ];
    each(&mut names, "compare Int", &conditions);
    let conditions = [
        FloatCondition::Eq,
        FloatCondition::Ne,
        FloatCondition::Lt,
        FloatCondition::Le,
        FloatCondition::Gt,
        FloatCondition::Ge,
    ];
    each(&mut names, "compare Float", &conditions);
    let memory = [MemType::Int, MemType::Float, MemType::Bool, MemType::Tag, MemType::Ptr];
    each(&mut names, "load", &memory);
    each(&mut names, "store", &memory);
    let traps = [
        "Int Div traps: zero",
        "Int Rem traps: zero",
        "native that can fail traps",
        "function of a host traps",
        "guard traps",
        "trap traps",
        "call traps",
    ];
    names.extend(traps.map(str::to_owned));
    names
}

fn each<T: Debug>(names: &mut Vec<String>, kind: &str, variants: &[T]) {
    names.extend(variants.iter().map(|variant| format!("{kind} {variant:?}")));
}

/// What a case covers: the ops that are in it, and those that trap in one of its runs.
pub(crate) fn covered(case: &Case) -> Vec<String> {
    let module = &case.module;
    let trapping: Vec<SiteId> =
        case.runs.iter().filter_map(|run| run.expected.err()).map(|site| SiteId::new(site as usize)).collect();
    let start = module.entry("main").expect("the entry").function.index();
    let mut names = Vec::new();
    for (index, function) in module.functions.iter().enumerate() {
        for block in &function.blocks {
            for op in block.insts.iter().map(|inst| &inst.op) {
                let name = name(op, module);
                let traps = sites(op).into_iter().filter(|(site, _)| trapping.contains(site));
                let traps: Vec<String> = traps.map(|(_, why)| format!("{name} traps{why}")).collect();
                names.extend((index != start && !traps.is_empty()).then(|| "call traps".to_owned()));
                names.extend(traps);
                names.push(name);
            }
            names.push(end(&block.terminator).to_owned());
            if matches!(block.terminator, Terminator::Trap(site) if trapping.contains(&site)) {
                names.push("trap traps".to_owned());
            }
        }
    }
    names
}

/// Where an op can trap, and why, where there are several reasons.
fn sites(op: &Op) -> Vec<(SiteId, &'static str)> {
    match op {
        Op::Int { overflow, zero, .. } => {
            [Some((*overflow, ": overflow")), zero.map(|zero| (zero, ": zero"))].into_iter().flatten().collect()
        }
        Op::CallNative { failure: OnFailure::Trap(site), .. } | Op::Guard(_, site) => vec![(*site, "")],
        _ => Vec::new(),
    }
}
