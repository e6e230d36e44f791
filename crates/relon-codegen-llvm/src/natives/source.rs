//! Reads what rustc wrote of a crate: bitcode, or text where the LLVM at hand is older than rustc's.

use super::bridge;
use crate::Error;
use crate::llvm::{self, Context, Module};

/// How bitcode begins; everything else is text.
const BITCODE: &[u8] = b"BC\xC0\xDE";

/// The `--emit` of rustc whose product the loaded LLVM can read, and how names of such files end.
pub(super) fn emit() -> Result<(&'static str, &'static str), Error> {
    Ok(if llvm::reads_bitcode_of_rustc()? { ("llvm-bc", "bc") } else { ("llvm-ir", "ll") })
}

/// Reads a crate's bitcode or textual IR.
pub(super) fn read<'c>(context: &'c Context, crate_ir: &[u8]) -> Result<Module<'c>, Error> {
    if crate_ir.starts_with(BITCODE) {
        return context.parse_bitcode(crate_ir, c"natives");
    }
    let text = std::str::from_utf8(crate_ir)
        .map_err(|_| Error::Pack("the natives' IR is neither bitcode nor text: build the natives again".into()))?;
    let (reader, _, _) = llvm::version()?;
    if let Some(line) = bridge::unknown_intrinsic(text, |name| llvm::has_intrinsic(name).is_ok_and(|has| has)) {
        return Err(unbridged(reader, "it has no such intrinsic", line));
    }
    context
        .parse_ir(&bridge::rewrite(text, reader), c"natives")
        .map_err(|error| unbridged(reader, &error.to_string(), ""))
}

fn unbridged(reader: u32, why: &str, line: &str) -> Error {
    Error::Pack(format!(
        "LLVM {reader} can't read what rustc wrote of the natives: {why}\n{line}\n\
         Use the LLVM of rustc (leave out the feature for a system LLVM, and unset {}) or one that is at least as new",
        llvm::LLVM_OVERRIDE
    ))
}
