//! The one pipeline of all deliveries.

use crate::Error;
use crate::llvm::{Module, TargetMachine};

/// Optimises the unit. It ends without dead bodies: what was imported and inlined everywhere is gone.
pub(super) fn optimize(unit: &Module<'_>, machine: &TargetMachine) -> Result<(), Error> {
    unit.run_passes("default<O3>", machine)
}
