//! What made a pack, and for which machine: a pack that doesn't fit is refused with the part that differs.

use super::codec::{Reader, Writer};
use crate::Error;
use crate::llvm::Target;

/// What made a pack, and for which machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What `rustc -vV` printed for the compiler of the natives.
    pub rustc: String,
    /// Major, minor and patch version of the LLVM that wrote the bodies.
    pub llvm: (u32, u32, u32),
    /// The machine.
    pub target: Target,
}

impl Origin {
    /// Refuses what an LLVM of this version can't use for this process.
    pub(crate) fn check(&self, loaded: (u32, u32, u32)) -> Result<(), Error> {
        let ((written, ..), (reading, ..)) = (self.llvm, loaded);
        if written > reading {
            return Err(Error::Pack(format!(
                "the natives' pack was written by LLVM {written}, and this is LLVM {reading}, which can't read it: build the program that \
                 holds it again with this LLVM, or let {} name one of version {written} or newer",
                crate::llvm::LLVM_OVERRIDE
            )));
        }
        Ok(())
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.text(&self.rustc);
        let (major, minor, patch) = self.llvm;
        for number in [major, minor, patch] {
            writer.number(number as usize);
        }
        writer.text(&self.target.triple);
        writer.text(&self.target.data_layout);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Origin, Error> {
        let rustc = reader.text()?;
        let mut number = || reader.number().map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let llvm = (number()?, number()?, number()?);
        Ok(Origin { rustc, llvm, target: Target { triple: reader.text()?, data_layout: reader.text()? } })
    }
}
