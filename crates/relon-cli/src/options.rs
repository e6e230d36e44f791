//! From command-line options to an engine and its inputs.

use std::io::{IsTerminal, Read};
use std::path::Path;

use relon::{Backend, Capability, Effort, Engine, NativesPackage, Program, World};

use crate::args::{BackendArg, EffortArg, Format, RuleArgs};
use crate::failure::Failure;

/// Builds the natives, if there are any, and loads the rule.
pub(crate) fn load(args: &RuleArgs, format: Format) -> Result<Program, Failure> {
    // The rule is read first: a wrong path should not cost a build of the natives.
    let text = read_text(&args.rule, "the rule")?;
    let mut engine = Engine::new();
    for name in &args.grants {
        engine.grant(capability(name)?);
    }
    match args.backend {
        BackendArg::Eval => engine.backend(Backend::Eval),
        BackendArg::Llvm => engine.backend(Backend::Llvm).world(World::Closed),
        BackendArg::LlvmOpen => engine.backend(Backend::Llvm).world(World::Open),
    };
    engine.effort(match args.effort {
        EffortArg::Quick => Effort::Quick,
        EffortArg::Full => Effort::Full,
    });
    if let Some(package) = &args.natives {
        engine.natives(NativesPackage::build(package, &mut |step| say(format, step))?.into());
    }
    let program = engine.load(&args.rule.to_string_lossy(), &text)?;
    if let Some(warnings) = program.warnings() {
        say(format, &warnings.render(std::io::stderr().is_terminal()));
    }
    Ok(program)
}

/// Tells a person something. A tool gets one JSON object and nothing else.
fn say(format: Format, text: &str) {
    if format == Format::Human {
        eprintln!("{text}");
    }
}

/// The arguments of the call: what `--args` says, or none.
pub(crate) fn arguments(args: Option<&str>) -> Result<String, Failure> {
    match args {
        None => Ok("{}".to_owned()),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| Failure::input(format!("cannot read standard input: {error}"), None))?;
            Ok(text)
        }
        Some(json) if json.trim_start().starts_with(['{', '[']) => Ok(json.to_owned()),
        Some(path) => read_text(Path::new(path), "the arguments"),
    }
}

fn read_text(path: &Path, what: &str) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::input(
            format!("cannot read {what} from `{}`: {error}", path.display()),
            Some("check the path; relative paths start at the current folder".to_owned()),
        )
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let message = format!("`{}` is not UTF-8 text: {error}", path.display());
        Failure::input(message, Some("save the file as UTF-8".to_owned()))
    })
}

fn capability(name: &str) -> Result<Capability, Failure> {
    Capability::parse(name).ok_or_else(|| {
        let names: Vec<_> = Capability::ALL.iter().map(|capability| capability.name()).collect();
        Failure::input(
            format!("`{name}` is not a capability"),
            Some(format!("the capabilities are {}", names.join(", "))),
        )
    })
}
