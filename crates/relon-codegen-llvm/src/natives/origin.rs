//! What made a pack, and for which machine: a pack that doesn't fit is refused with the part that differs.
//!
//! Every use asks whether the loaded LLVM reads the pack, whether it is for this kind of machine, and whether it is for the target and the
//! processor of the other packs. A pack that a program holds has to be made by the program's rustc, for its `relon`, from the natives that its
//! table of symbols is of. Nothing else is asked, since it does no harm:
//!
//! - LLVM reads the bitcode of all versions with its own major number, whatever the others are.
//! - Packs that are made when they are needed, together with their library, have their own copy of Rust's libraries and share only values in
//!   C's layout with the program: that these are the same is what the fingerprint in their library says.
//! - Features that single bodies need are known of each native: where the processor lacks one, the native stays a call.

use crate::Error;
use crate::codec::{Damaged, Reader, Writer};
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
    /// The [fingerprint](relon_natives::abi::FINGERPRINT) of the `relon-natives` that it was made with.
    pub fingerprint: u64,
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

    /// Refuses what does not belong into a program: one with natives of which `source` is the number, whose standard library has the origin
    /// `program`. The bodies work on what the program's own code lays out in memory.
    ///
    /// # Errors
    /// Names the part that differs.
    pub fn check_program(&self, program: &Origin, source: u64) -> Result<(), Error> {
        let why = if self.rustc != program.rustc {
            format!("{} made this program: build the program again, with one rustc for all of it", program.rustc_name())
        } else if self.fingerprint != program.fingerprint {
            "it is for another version of relon than this program has: let `relon` and `relon-build` have the same version, and build the \
             program again"
                .to_owned()
        } else if self.source != source {
            format!("this program's table of symbols is of the natives {source:016x}: build the program again")
        } else {
            return Ok(());
        };
        Err(self.unfit(&why))
    }

    /// Refuses what is for another processor than a pack that is used together with it: its bodies may need what the unit's processor lacks.
    pub(crate) fn check_processor(&self, other: &Origin) -> Result<(), Error> {
        let (own, others) = (&self.processor, &other.processor);
        // Hand-made bodies say nothing, and get the processor of the unit.
        match own == others || own.is_empty() || others.is_empty() {
            true => Ok(()),
            false => Err(self.unfit(&format!(
                "it is for the processor {own}, and the pack {:016x} for {others}: build both with one rustc, without flags for a processor",
                other.source
            ))),
        }
    }

    /// The compiler of the natives, in one line.
    pub fn rustc_name(&self) -> &str {
        self.rustc.lines().next().filter(|line| !line.is_empty()).unwrap_or("an unknown rustc")
    }

    fn unfit(&self, why: &str) -> Error {
        let rustc = self.rustc_name();
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
        writer.number(self.fingerprint as usize);
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Origin, Damaged> {
        let rustc = reader.text()?;
        let mut number = || reader.number().map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let llvm = (number()?, number()?, number()?);
        let target = Target { triple: reader.text()?, data_layout: reader.text()? };
        let (processor, source) = (reader.text()?, reader.number()? as u64);
        Ok(Origin { rustc, llvm, target, processor, source, fingerprint: reader.number()? as u64 })
    }
}
