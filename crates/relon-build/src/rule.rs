//! From a file to checked and lowered rules.

use relon::{ErrorKind, ModuleFiles, Sources, TrapKind};
use relon_frontend::lower;
use relon_ir::Module;

use crate::error::Error;
use crate::find::RuleFile;
use crate::natives::Package;
use crate::output::cargo;
use relon::Capability;

/// A rule that nothing is wrong with.
pub(crate) struct Checked {
    pub(crate) file: RuleFile,
    pub(crate) module: Module,
    pub(crate) sources: Sources,
}

/// Checks a file and lowers it; nothing where it is only there to be imported.
pub(crate) fn check(
    file: RuleFile,
    package: Option<&Package>,
    granted: &[Capability],
    valid_args: bool,
) -> Result<Option<Checked>, Error> {
    let natives = package.map_or(&[][..], |package| package.descriptors.as_slice());
    let path = file.path.display().to_string();
    let checked = relon::compiling::check(&path, &file.source, natives, granted, &ModuleFiles::anywhere());
    for source in checked.sources.files() {
        cargo::rerun_if_changed(source.path().as_ref());
    }
    if let Some(odd) = checked.warnings {
        Error::from(odd).headlines().iter().for_each(|line| cargo::warning(line));
    }
    let program = match checked.outcome {
        Ok(program) => program,
        Err(error) if error.kind() == ErrorKind::Trap(TrapKind::NoMainSignature) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let module = lower::lower(&program, &lower::Options { valid: valid_args, ..lower::Options::all() });
    relon_ir::verify(&module)
        .map_err(|error| Error::new(format!("{path}: the compiler made a wrong program: {error}; please report it")))?;
    Ok(Some(Checked { file, module, sources: checked.sources }))
}
