//! Cuts a crate's bitcode into one small module per native.

use std::ffi::CString;

use super::analyze::Verdict;
use crate::Error;
use crate::llvm::{Linkage, Module, TargetMachine};

/// The bitcode of a native alone, and the symbols that it needs from elsewhere.
pub(super) struct Piece {
    pub(super) bitcode: Vec<u8>,
    pub(super) externals: Vec<String>,
}

/// Cuts out the native: its body and what comes along with it, without names that could meet those of other pieces.
pub(super) fn cut(
    whole: &Module<'_>,
    symbol: &str,
    verdict: &Verdict,
    machine: &TargetMachine,
) -> Result<Piece, Error> {
    let piece = whole.duplicate();
    for name in &verdict.left_behind {
        leave_behind(&piece, name)?;
    }
    piece.run_passes(
        &format!("internalize<preserve-gv={symbol}>,elim-avail-extern,globaldce,strip-dead-prototypes"),
        machine,
    )?;
    let bitcode = piece.bitcode().bytes().to_vec();
    Ok(Piece { bitcode, externals: externals(&piece) })
}

/// Turns a body into a declaration: a body that is available elsewhere is dropped by the pass that follows.
fn leave_behind(piece: &Module<'_>, name: &str) -> Result<(), Error> {
    let name = CString::new(name).map_err(|_| Error::Pack(format!("zero byte in the symbol {name:?}")))?;
    if let Some(function) = piece.function(&name) {
        function.set_linkage(Linkage::AvailableExternally);
    }
    Ok(())
}

fn externals(piece: &Module<'_>) -> Vec<String> {
    let functions = piece.functions().into_iter().filter(|f| f.is_declaration() && !f.is_intrinsic());
    let variables = piece.variables().into_iter().filter(|v| v.is_declaration());
    functions.map(|f| f.name()).chain(variables.map(|v| v.name())).collect()
}
