//! The verifier.

use crate::Module;

/// A rule that a module breaks. Always a defect of the compiler, never of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The function.
    pub function: String,
    /// What is wrong.
    pub message: String,
}

/// Checks a module.
///
/// # Errors
/// The first broken rule.
pub fn verify(_module: &Module) -> Result<(), VerifyError> {
    Ok(())
}
