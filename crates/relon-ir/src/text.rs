//! The text form of a module.

use std::fmt::{Display, Formatter, Result};

use crate::Module;

impl Display for Module {
    fn fmt(&self, _f: &mut Formatter<'_>) -> Result {
        Ok(())
    }
}
