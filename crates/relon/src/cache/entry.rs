//! What is kept of a unit, as bytes: the object, and all that would otherwise come from the source.

use relon_codegen_llvm::cocompile::Artifact;
use relon_codegen_llvm::codec::{Damaged, Reader, Writer};
use relon_codegen_llvm::identity::FileIdentity;
use relon_ir::Module;

use super::imports::{self, Import};

/// A unit as it is kept.
pub(super) struct Entry {
    /// The library that made it.
    pub(super) llvm: FileIdentity,
    pub(super) imports: Vec<Import>,
    /// The symbols of all natives that the rule was checked with.
    pub(super) natives: Vec<String>,
    pub(super) has_warnings: bool,
    pub(super) frames: (usize, usize),
    /// The typed IR without code and constants: what hosts have to know.
    pub(super) module: Module,
    /// All of the typed IR as text, for people.
    pub(super) typed_ir: String,
    pub(super) artifact: Artifact,
}

/// What is written of an entry.
pub(super) struct Kept<'a> {
    pub(super) key: &'a [u8],
    pub(super) llvm: &'a FileIdentity,
    pub(super) imports: &'a [Import],
    pub(super) natives: &'a [String],
    pub(super) has_warnings: bool,
    pub(super) frames: (usize, usize),
    pub(super) module: &'a Module,
    pub(super) artifact: &'a Artifact,
}

impl Kept<'_> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.bytes(self.key);
        self.llvm.encode(&mut writer);
        imports::encode(self.imports, &mut writer);
        writer.texts(self.natives);
        writer.number(usize::from(self.has_warnings));
        writer.number(self.frames.0);
        writer.number(self.frames.1);
        writer.text(&head(self.module).to_string());
        writer.text(&self.module.to_string());
        self.artifact.encode(&mut writer);
        writer.finish()
    }
}

/// The module without its code and constants.
fn head(module: &Module) -> Module {
    Module {
        files: module.files.clone(),
        types: module.types.clone(),
        natives: module.natives.clone(),
        sites: module.sites.clone(),
        entries: module.entries.clone(),
        ..Module::default()
    }
}

impl Entry {
    /// Reads what [`Kept::encode`] wrote; none where it was kept under another key.
    pub(super) fn decode(bytes: &[u8], key: &[u8]) -> Result<Option<Entry>, Damaged> {
        let mut reader = Reader::new(bytes)?;
        if reader.bytes()? != key {
            return Ok(None);
        }
        let (llvm, imports) = (FileIdentity::decode(&mut reader)?, imports::decode(&mut reader)?);
        let (natives, has_warnings) = (reader.texts()?, reader.number()? != 0);
        let frames = (reader.number()?, reader.number()?);
        let module = reader.text()?.parse().map_err(|_| Damaged)?;
        let typed_ir = reader.text()?;
        let artifact = Artifact::decode(&mut reader)?;
        reader.end()?;
        Ok(Some(Entry { llvm, imports, natives, has_warnings, frames, module, typed_ir, artifact }))
    }
}
