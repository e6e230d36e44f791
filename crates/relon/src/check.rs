//! Checking a source without compiling it, which needs no LLVM.

use relon_frontend::CheckError;

use crate::engine::{refused, warnings};
use crate::{Engine, Error};

/// A source with nothing wrong in it.
#[derive(Clone, Debug)]
pub struct Checked {
    warnings: Option<Error>,
    has_main: bool,
}

impl Checked {
    /// What is odd about the source without being wrong, if anything.
    pub fn warnings(&self) -> Option<&Error> {
        self.warnings.as_ref()
    }

    /// Whether the source has a `#main` and so can be run. One without is a library or data.
    pub fn has_main(&self) -> bool {
        self.has_main
    }
}

impl Engine {
    /// Checks a source and does not compile it. `path` is how messages name it. Unlike [`Engine::load`] this takes a source without
    /// `#main`, and does not need LLVM.
    ///
    /// ```
    /// let engine = relon::Engine::new();
    /// assert!(engine.check("double.relon", "#main(Int n) -> Int\nn * 2")?.has_main());
    /// let error = engine.check("wrong.relon", "{ total: 1 + missing }").expect_err("an unknown name");
    /// assert_eq!(error.problems()[0].name, "UnknownReferenceType");
    /// # Ok::<(), relon::Error>(())
    /// ```
    ///
    /// # Errors
    /// All that is wrong with the source, with its warnings among it, and natives that do not fit together.
    pub fn check(&self, path: &str, source: &str) -> Result<Checked, Error> {
        let (checked, sources) = self.checked(path, source)?;
        match checked {
            Ok(program) => Ok(Checked { warnings: warnings(program.warnings, &sources), has_main: true }),
            Err(CheckError::NoMain { warnings: found, .. }) => {
                Ok(Checked { warnings: warnings(found, &sources), has_main: false })
            }
            Err(error) => Err(refused(error, &sources)),
        }
    }
}
