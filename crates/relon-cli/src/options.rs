//! From command-line options to an engine and its inputs.

use std::io::{IsTerminal, Read};
use std::path::Path;

use relon::{
    Backend, Cache, Capability, Effort, Engine, Error, ErrorKind, ModuleFiles, NativesPackage, Program, World,
};

use crate::args::{BackendArg, EffortArg, Format, HostArgs, RuleArgs};
use crate::failure::Failure;

/// What of LLVM's code is to be shown, besides what is known of it at any rate.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shown {
    pub(crate) ir: bool,
    pub(crate) assembly: bool,
}

/// Builds the natives, if there are any, and loads the rule: with this effort, unless another is asked for. The text says what went wrong with the
/// cache, if something did.
pub(crate) fn load(
    args: &RuleArgs,
    effort: EffortArg,
    shown: Shown,
    format: Format,
) -> Result<(Program, Option<String>), Failure> {
    // The rule is read first: a wrong path should not cost a build of the natives.
    let text = read_text(&args.rule, "the rule")?;
    let cache = Cache::of_environment().filter(|_| !args.no_cache && !args.verify);
    let build: BuildNatives = if cache.is_some() { NativesPackage::recall } else { NativesPackage::build };
    let mut engine = engine_with(&args.host, format, build)?;
    choose(&mut engine, args.backend);
    engine.line_tables(shown.assembly).keep_ir(shown.assembly || shown.ir);
    if let Some(cache) = &cache {
        engine.cache(cache.clone());
    }
    if args.verify {
        engine.verify_llvm(true);
    }
    engine.effort(match args.effort.unwrap_or(effort) {
        EffortArg::Quick => Effort::Quick,
        EffortArg::Full => Effort::Full,
    });
    let program = engine.load(&args.rule.to_string_lossy(), &text)?;
    if let Some(warnings) = program.warnings() {
        say(format, &warnings.render(std::io::stderr().is_terminal()));
    }
    Ok((program, cache.and_then(|cache| cache.trouble())))
}

/// An engine with the natives and grants of the command line. Builds the natives, if there are any.
pub(crate) fn engine(host: &HostArgs, format: Format) -> Result<Engine, Failure> {
    engine_with(host, format, NativesPackage::build)
}

/// How natives are built, telling what takes time.
type BuildNatives = fn(&Path, &mut dyn FnMut(&str)) -> Result<NativesPackage, Error>;

/// Like [`engine`], for rules that a program is linked with.
pub(crate) fn linking_engine(host: &HostArgs, format: Format) -> Result<Engine, Failure> {
    engine_with(host, format, NativesPackage::build_linked)
}

fn engine_with(host: &HostArgs, format: Format, build: BuildNatives) -> Result<Engine, Failure> {
    let mut engine = Engine::new();
    engine.modules(ModuleFiles::anywhere());
    for capability in capabilities(host)? {
        engine.grant(capability);
    }
    if let Some(package) = &host.natives {
        engine.natives(build(package, &mut |step| say(format, step))?.into());
    }
    Ok(engine)
}

/// Lets the engine run rules on a backend.
pub(crate) fn choose(engine: &mut Engine, backend: BackendArg) {
    match backend {
        BackendArg::Eval => engine.backend(Backend::Eval),
        BackendArg::Cranelift => engine.backend(Backend::Cranelift),
        BackendArg::Llvm => engine.backend(Backend::Llvm).world(World::Closed),
        BackendArg::LlvmOpen => engine.backend(Backend::Llvm).world(World::Open),
    };
}

/// Tells a person something. A tool gets one JSON object and nothing else.
pub(crate) fn say(format: Format, text: &str) {
    if format == Format::Human {
        eprintln!("{text}");
    }
}

/// The arguments of the call: what `--args` says, or none.
pub(crate) fn arguments(args: Option<&str>) -> Result<String, Failure> {
    match args {
        None => Ok("{}".to_owned()),
        Some("-") => Ok(read_stdin()?),
        Some(json) if json.trim_start().starts_with(['{', '[']) => Ok(json.to_owned()),
        Some(path) => Ok(read_text(Path::new(path), "the arguments")?),
    }
}

pub(crate) fn read_stdin() -> Result<String, Error> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| Error::plain(ErrorKind::Input, format!("cannot read standard input: {error}"), None))?;
    Ok(text)
}

pub(crate) fn read_text(path: &Path, what: &str) -> Result<String, Error> {
    let input = |message, hint: &str| Error::plain(ErrorKind::Input, message, Some(hint.to_owned()));
    let bytes = std::fs::read(path).map_err(|error| {
        input(
            format!("cannot read {what} from `{}`: {error}", path.display()),
            "check the path; relative paths start at the current folder",
        )
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let message = format!("`{}` is not UTF-8 text: {error}", path.display());
        input(message, "save the file as UTF-8")
    })
}

/// What the command line grants.
pub(crate) fn capabilities(host: &HostArgs) -> Result<Vec<Capability>, Failure> {
    host.grants.iter().map(|name| capability(name)).collect()
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
