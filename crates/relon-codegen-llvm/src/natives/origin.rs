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
    /// The processor that rustc made them for.
    pub processor: String,
    /// A number made of what rustc wrote of the natives: packs of the same source by the same compiler have the same.
    pub source: u64,
}

impl Origin {
    /// Refuses what an LLVM of this version can't read.
    pub(crate) fn check_version(&self, loaded: (u32, u32, u32)) -> Result<(), Error> {
        let ((written, ..), (reading, ..)) = (self.llvm, loaded);
        match written > reading {
            true => Err(self.unfit(&format!(
                "LLVM {written} wrote it, and this is LLVM {reading}, which can't read it: build the program that holds it again with this \
                 LLVM, or let {} name one of version {written} or newer",
                crate::llvm::LLVM_OVERRIDE
            ))),
            false => Ok(()),
        }
    }

    /// Refuses what is for another kind of machine than this process.
    pub(crate) fn check_machine(&self) -> Result<(), Error> {
        let made_for = match self.target.triple.split('-').next().unwrap_or_default() {
            "arm64" => "aarch64",
            architecture => architecture,
        };
        let system = match std::env::consts::OS {
            "macos" => "apple",
            system => system,
        };
        match made_for == std::env::consts::ARCH && self.target.triple.contains(system) {
            true => Ok(()),
            false => Err(self.unfit(&format!(
                "it is for {}, and this process runs on {} with {}: build it on this machine",
                self.target.triple,
                std::env::consts::ARCH,
                std::env::consts::OS
            ))),
        }
    }

    fn unfit(&self, why: &str) -> Error {
        let rustc = self.rustc.lines().next().unwrap_or_default();
        let rustc = if rustc.is_empty() { "an unknown rustc" } else { rustc };
        Error::Pack(format!("the natives' pack {:016x}, made by {rustc}, doesn't fit: {why}", self.source))
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.text(&self.rustc);
        let (major, minor, patch) = self.llvm;
        for number in [major, minor, patch] {
            writer.number(number as usize);
        }
        writer.text(&self.target.triple);
        writer.text(&self.target.data_layout);
        writer.text(&self.processor);
        writer.number(self.source as usize);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Origin, Error> {
        let rustc = reader.text()?;
        let mut number = || reader.number().map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let llvm = (number()?, number()?, number()?);
        let target = Target { triple: reader.text()?, data_layout: reader.text()? };
        Ok(Origin { rustc, llvm, target, processor: reader.text()?, source: reader.number()? as u64 })
    }
}
