//! Cuts a crate's bitcode into one small module per native.
//!
//! Each is what is left of a copy when all else was dropped. Copies of the whole crate would take time that grows with the square of its size, so
//! it is halved first, again and again: each half has what some of the natives need, untouched.

use std::collections::HashSet;
use std::ffi::CString;

use super::analyze::{Graph, Verdict};
use crate::Error;
use crate::llvm::{Linkage, Module, TargetMachine};

/// The bitcode of a native alone, and the symbols that it needs from elsewhere.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) bitcode: Vec<u8>,
    /// The same with line tables, where the crate has some.
    pub(super) traced: Vec<u8>,
    pub(super) externals: Vec<String>,
}

/// A native to be cut out. The body is that of `function`, which has another name where several natives share it.
pub(super) struct Wanted<'a> {
    pub(super) symbol: &'a str,
    pub(super) function: &'a str,
    pub(super) verdict: &'a Verdict,
}

/// So few natives are cut out of a module without halving it.
const FEW: usize = 2;

/// Cuts out natives, in their order.
pub(super) fn cut_all(
    whole: &Module<'_>,
    graph: &Graph<'_>,
    wanted: &[Wanted<'_>],
    machine: &TargetMachine,
) -> Result<Vec<Piece>, Error> {
    if wanted.len() <= FEW {
        return wanted.iter().map(|native| cut(whole, native, machine)).collect();
    }
    let (first, second) = wanted.split_at(wanted.len() / 2);
    let mut pieces = Vec::with_capacity(wanted.len());
    for half in [first, second] {
        let module = whole.duplicate();
        keep(&module, &graph.needed_by(half.iter().map(|native| native.function)), machine)?;
        pieces.extend(cut_all(&module, graph, half, machine)?);
    }
    Ok(pieces)
}

/// Drops everything that isn't among the names, and leaves the rest as it is.
fn keep(module: &Module<'_>, names: &HashSet<&str>, machine: &TargetMachine) -> Result<(), Error> {
    let is_dropped = |name: String, is_declaration: bool| !is_declaration && !names.contains(name.as_str());
    for function in module.functions().iter().filter(|function| is_dropped(function.name(), function.is_declaration()))
    {
        function.set_linkage(Linkage::AvailableExternally);
    }
    for variable in module.variables().iter().filter(|variable| is_dropped(variable.name(), variable.is_declaration()))
    {
        variable.set_linkage(Linkage::Internal);
    }
    module.run_passes(DROP, machine)
}

/// Drops what nothing refers to, of bodies that are available elsewhere too.
const DROP: &str = "globaldce,elim-avail-extern,globaldce,strip-dead-prototypes";

/// Cuts out the native: its body and what comes along with it, without names that could meet those of other pieces.
fn cut(whole: &Module<'_>, native: &Wanted<'_>, machine: &TargetMachine) -> Result<Piece, Error> {
    let Wanted { symbol, function, verdict } = *native;
    let piece = whole.duplicate();
    for name in &verdict.left_behind {
        if let Some(function) = piece.function(&c_name(name)?) {
            // A body that is available elsewhere is dropped by a pass below.
            function.set_linkage(Linkage::AvailableExternally);
        }
    }
    if let Some(body) = piece.function(&c_name(function)?) {
        body.set_linkage(Linkage::External);
    }
    piece.run_passes(&format!("internalize<preserve-gv={function}>,{DROP}"), machine)?;
    if let Some(body) = piece.function(&c_name(function)?) {
        body.rename(symbol);
    }
    let whole = piece.bitcode().bytes().to_vec();
    let traced = if piece.strip_debug_info() { whole } else { Vec::new() };
    let bitcode = piece.bitcode().bytes().to_vec();
    Ok(Piece { bitcode, traced, externals: externals(&piece) })
}

fn c_name(name: &str) -> Result<CString, Error> {
    CString::new(name).map_err(|_| Error::Pack(format!("zero byte in the symbol {name:?}")))
}

fn externals(piece: &Module<'_>) -> Vec<String> {
    let functions = piece.functions().into_iter().filter(|f| f.is_declaration() && !f.is_intrinsic());
    let variables = piece.variables().into_iter().filter(|v| v.is_declaration());
    functions.map(|f| f.name()).chain(variables.map(|v| v.name())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::analyze::Home;
    use super::*;
    use crate::cocompile::Effort;
    use crate::llvm::{Context, Cpu, Target};

    /// Natives that share a helper, a constant and a body, call each other, and one that nothing is shared with.
    const IR: &str = "
        @table = private unnamed_addr constant [2 x i64] [i64 3, i64 4]
        @holder = internal constant ptr @helper
        @named = constant i64 5
        @other_name = alias i64 (i64), ptr @doubled
        declare i64 @outside(i64)
        $group = comdat any
        define linkonce_odr hidden i64 @group(i64 %x) comdat { ret i64 %x }
        define internal i64 @helper(i64 %x) {
          %at = getelementptr [2 x i64], ptr @table, i64 0, i64 %x
          %y = load i64, ptr %at
          ret i64 %y
        }
        define i64 @first(i64 %x) { %y = call i64 @helper(i64 %x) ret i64 %y }
        define i64 @second(i64 %x) { %f = load ptr, ptr @holder %y = call i64 %f(i64 %x) ret i64 %y }
        define i64 @doubled(i64 %x) { %y = add i64 %x, %x ret i64 %y }
        define i64 @third(i64 %x) { %y = call i64 @first(i64 %x) %z = call i64 @group(i64 %y) ret i64 %z }
        define i64 @fourth(i64 %x) { %y = call i64 @other_name(i64 %x) ret i64 %y }
        define i64 @fifth(i64 %x) { %y = call i64 @outside(i64 %x) %n = load i64, ptr @named %z = add i64 %y, %n ret i64 %z }
        define i64 @sixth(i64 %x) { ret i64 %x }
    ";

    #[test]
    fn a_piece_is_the_same_however_many_are_cut_out() {
        let context = Context::new().expect("a context");
        let whole = context.parse_ir(IR, c"natives").expect("IR");
        whole.dissolve_aliases();
        let (triple, cpu) =
            (Target::host().expect("a target").triple, Cpu { name: String::new(), features: String::new() });
        let machine = TargetMachine::new(&triple, &cpu, Effort::Full).expect("a machine");
        let graph = Graph::read(&whole, Home::Nowhere);
        let names = ["first", "second", "doubled", "third", "fourth", "fifth", "sixth"];
        let verdicts = names.map(|name| graph.verdict(name, name));
        let wanted =
            names.iter().zip(&verdicts).map(|(name, verdict)| Wanted { symbol: name, function: name, verdict });
        let wanted: Vec<_> = wanted.collect();
        let pieces = cut_all(&whole, &graph, &wanted, &machine).expect("pieces");
        let text = |bitcode: &[u8]| {
            let context = Context::new().expect("a context");
            context.parse_bitcode(bitcode, c"piece").expect("a piece").print()
        };
        assert_eq!(pieces.len(), names.len());
        for (piece, native) in pieces.iter().zip(&wanted) {
            let alone = cut(&whole, native, &machine).expect("a piece");
            assert_eq!(text(&piece.bitcode), text(&alone.bitcode));
            assert_eq!(piece.externals, alone.externals, "{}", native.symbol);
        }
        let second = text(&pieces[1].bitcode);
        assert!(second.contains("@helper(") && second.contains("@table") && !second.contains("@named"), "{second}");
        assert_eq!(pieces[3].externals, ["first"]);
        assert_eq!(pieces[5].externals, ["outside"]);
    }
}
