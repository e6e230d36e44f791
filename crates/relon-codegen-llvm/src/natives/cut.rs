//! Cuts a crate's bitcode into one small module per native.

use std::ffi::CString;

use super::analyze::Verdict;
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

/// Cuts out the native: its body and what comes along with it, without names that could meet those of other pieces. The body is that of
/// `function`, which has another name where several natives share it.
pub(super) fn cut(
    whole: &Module<'_>,
    symbol: &str,
    function: &str,
    verdict: &Verdict,
    machine: &TargetMachine,
) -> Result<Piece, Error> {
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
    let keep = format!("internalize<preserve-gv={function}>");
    piece.run_passes(&format!("{keep},globaldce,elim-avail-extern,globaldce,strip-dead-prototypes"), machine)?;
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
