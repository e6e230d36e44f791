//! Under which key a unit is kept: all that decides what it is, apart from the files that it imports.

use relon_codegen_llvm::cocompile::Effort;
use relon_codegen_llvm::codec::{Fingerprint, Writer};
use relon_codegen_llvm::identity;

use crate::host::Host;

/// The first text of a key. It changes with what is kept and how.
const FORMAT: &str = "relon unit 2";

/// What a rule is compiled with and for.
pub(crate) struct Settings<'a> {
    pub(crate) path: &'a str,
    pub(crate) source: &'a str,
    pub(crate) host: &'a Host,
    pub(crate) effort: Effort,
    pub(crate) line_tables: bool,
    pub(crate) keep_ir: bool,
    pub(crate) batch: bool,
    pub(crate) valid_args: bool,
}

/// A key. All of it is compared with that of what is found, so that different keys are never taken for each other.
pub(super) struct Key {
    bytes: Vec<u8>,
    /// The name under which its unit is kept.
    pub(super) name: u128,
}

impl Key {
    /// The key; none where the processor is not known, or the file that the program was started from is gone.
    pub(super) fn new(settings: &Settings<'_>) -> Option<Key> {
        let mut writer = Writer::default();
        writer.text(FORMAT);
        writer.text(env!("CARGO_PKG_VERSION"));
        identity::own_code()?.encode(&mut writer);
        writer.bytes(&identity::toolchain());
        let processor = identity::processor()?;
        writer.number(processor.len());
        processor.iter().for_each(|word| writer.number(*word as usize));
        let Settings { path, source, host, effort, line_tables, keep_ir, batch, valid_args } = settings;
        writer.text(path);
        writer.text(source);
        writer.number(match effort {
            Effort::Quick => 0,
            Effort::Full => 1,
        });
        writer.number(usize::from(*line_tables));
        writer.number(usize::from(*keep_ir));
        writer.number(usize::from(*batch));
        writer.number(usize::from(*valid_args));
        host.encode(&mut writer);
        let bytes = writer.into_bytes();
        Some(Key { name: Fingerprint::of(&bytes), bytes })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
