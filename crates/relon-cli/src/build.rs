//! `relon build`: a rule as a file that a program is linked with, and a header for C.

use std::io::IsTerminal;
use std::path::Path;

use relon::{BuildOptions, Delivery, Processor, Unit};

use crate::args::{BuildCommand, Emit, Format};
use crate::failure::Failure;
use crate::inspect::deny;
use crate::options::{linking_engine, read_text, say};

/// Compiles the rule and writes the file, and the header where there is to be one.
pub(crate) fn build(command: &BuildCommand, format: Format) -> Result<(), Failure> {
    // Whatever can be wrong with the command comes before a build of the natives.
    let emit = command.emit.map_or_else(|| by_extension(&command.output), Ok)?;
    check_prefix(&command.prefix)?;
    let text = read_text(&command.rule, "the rule")?;
    let options = BuildOptions {
        prefix: command.prefix.clone(),
        processor: Processor::parse(&command.cpu).unwrap_or(Processor::Baseline),
        // Bitcode is for a linker that optimises; everything else is complete.
        delivery: if emit == Emit::Bitcode { Delivery::Lto } else { Delivery::Object },
        ..BuildOptions::default()
    };
    let mut engine = linking_engine(&command.host, format)?;
    engine.batch(command.batch).line_tables(!command.no_debug);
    let unit = engine.build(&command.rule.to_string_lossy(), &text, &options)?;
    if let Some(warnings) = unit.warnings() {
        say(format, &warnings.render(std::io::stderr().is_terminal()));
    }
    if command.deny_residual {
        deny(unit.report())?;
    }
    write(&command.output, &content(&unit, emit)?)?;
    match &command.header {
        Some(header) => write(header, unit.header(&file_name(header)).as_bytes()),
        None => Ok(()),
    }
}

/// Names of entries are the prefix and one of these. A prefix that ends with one would give two rules of a program the same name, of which a
/// linker takes either for both.
const ENDINGS: [&str; 4] = ["_batch", "_direct", "_site", "_typed"];

fn check_prefix(prefix: &str) -> Result<(), Failure> {
    match ENDINGS.iter().find(|ending| prefix.ends_with(**ending)) {
        None => Ok(()),
        Some(ending) => Err(Failure::input(
            format!("the prefix `{prefix}` ends with `{ending}`, as names of a rule's functions do"),
            Some("choose another prefix: another rule of the program could have these names".to_owned()),
        )),
    }
}

fn by_extension(output: &Path) -> Result<Emit, Failure> {
    match output.extension().and_then(|extension| extension.to_str()) {
        Some("o" | "obj") => Ok(Emit::Object),
        Some("a" | "lib") => Ok(Emit::Staticlib),
        Some("bc") => Ok(Emit::Bitcode),
        Some("s" | "asm") => Ok(Emit::Asm),
        _ => {
            let hint = "end it with `.o`, `.a`, `.bc` or `.s`, or say it with `--emit`".to_owned();
            Err(Failure::input(format!("what to write is not clear from the name `{}`", output.display()), Some(hint)))
        }
    }
}

fn content(unit: &Unit, emit: Emit) -> Result<Vec<u8>, Failure> {
    Ok(match emit {
        Emit::Object => unit.object().to_vec(),
        Emit::Staticlib => unit.static_library()?,
        Emit::Bitcode => unit.bitcode().to_vec(),
        Emit::Asm => unit.assembly()?.into_bytes(),
    })
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, content).map_err(|error| {
        let hint = "the folder has to exist and be writable".to_owned();
        Failure::input(format!("cannot write `{}`: {error}", path.display()), Some(hint))
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
