//! From source text to a running program, one step after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use relon_codegen_llvm::cocompile::{Effort, Options, Worlds, cocompile};
use relon_frontend::lower::Options as Entries;
use relon_frontend::{CheckError, CheckOptions, Diagnostic, Modules, hir};
use relon_ir::Module;
use relon_natives::TrapKind;
use relon_natives::descriptor::Capability;
#[cfg(feature = "cranelift")]
use relon_natives::{StandardLibrary, Symbols};

use crate::compiled::Compiled;
use crate::delivery::{BuildOptions, Unit};
use crate::error::{Error, ErrorKind, Problem, Severity, toolchain};
use crate::evaluated::Evaluated;
use crate::natives::{self, NativesPackage};
use crate::program::Code;
use crate::{Program, Sources};

/// What runs rules. All give the same results and errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// Machine code, made by LLVM.
    #[default]
    Llvm,
    /// Machine code, made by Cranelift: ready in a fraction of the time, and slower to run. Natives are called, not inlined.
    #[cfg(feature = "cranelift")]
    Cranelift,
    /// The evaluator, which walks the checked source: ready at once, slow to run, and without any part of LLVM unless natives have to be
    /// built. It is what compiled code is compared with.
    Eval,
}

impl Backend {
    /// Every backend.
    pub const ALL: &[Backend] = &[
        Backend::Llvm,
        #[cfg(feature = "cranelift")]
        Backend::Cranelift,
        Backend::Eval,
    ];
}

/// How calls of natives are compiled. The evaluator has nothing to compile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum World {
    /// The natives' bodies are linked into the rule and inlined. [`Backend::Cranelift`] knows no bodies, and calls natives at their addresses.
    #[default]
    Closed,
    /// Natives are called through a table of addresses, which is filled when the program is loaded.
    Open,
}

/// What a run may use before it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nested calls; beyond it `RecursionLimitExceeded`.
    pub recursion: u64,
    /// Bytes of values made by one call; beyond it `ValueTooLarge`. Values of the evaluator take more bytes than those of compiled code.
    pub arena_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { recursion: 10_240, arena_bytes: 1 << 30 }
    }
}

/// Loads rules: knows the natives that they may call and what is granted to them.
///
/// ```
/// let engine = relon::Engine::new();
/// let program = engine.load("double.relon", "#main(Int n) -> Int\nn * 2")?;
/// assert_eq!(program.run_json(r#"{"n": 21}"#)?, "42");
/// # Ok::<(), relon::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Engine {
    natives: Option<Arc<NativesPackage>>,
    granted: Vec<Capability>,
    modules: Option<Arc<dyn Modules>>,
    backend: Backend,
    world: World,
    effort: Effort,
    limits: Limits,
    batch: bool,
    line_tables: bool,
}

impl Engine {
    /// An engine without natives of its own and without grants.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets rules call the natives of this package.
    pub fn natives(&mut self, package: Arc<NativesPackage>) -> &mut Self {
        self.natives = Some(package);
        self
    }

    /// Lets rules import files, which come from here: [`ModuleFiles`](crate::ModuleFiles) reads them from disk.
    pub fn modules(&mut self, modules: impl Modules + 'static) -> &mut Self {
        self.modules = Some(Arc::new(modules));
        self
    }

    /// Lets natives use this capability.
    pub fn grant(&mut self, capability: Capability) -> &mut Self {
        self.granted.push(capability);
        self
    }

    /// Says what runs rules: [`Backend::Llvm`] unless this is called.
    pub fn backend(&mut self, backend: Backend) -> &mut Self {
        self.backend = backend;
        self
    }

    /// Says how calls of natives are compiled.
    pub fn world(&mut self, world: World) -> &mut Self {
        self.world = world;
        self
    }

    /// Says how much time LLVM spends on the code: [`Effort::Full`] unless this is called.
    pub fn effort(&mut self, effort: Effort) -> &mut Self {
        self.effort = effort;
        self
    }

    /// Sets what a run may use.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Says whether programs get a loop of their own for many rows at once, which batch handles need. It takes longer to compile.
    pub fn batch(&mut self, batch: bool) -> &mut Self {
        self.batch = batch;
        self
    }

    /// Says whether code has line tables by which debuggers find places in the rule. It takes longer to compile.
    pub fn line_tables(&mut self, line_tables: bool) -> &mut Self {
        self.line_tables = line_tables;
        self
    }

    /// Checks a rule and makes it ready to run. `path` is how messages name the source.
    ///
    /// # Errors
    /// All that is wrong with the source, or a failure of the toolchain.
    pub fn load(&self, path: &str, source: &str) -> Result<Program, Error> {
        let mut phases = Phases::default();
        let (checked, sources) = phases.time("check", || self.checked(path, source));
        let checked = checked.map_err(|error| refused(error, &sources))?;
        let warnings = warnings(checked.warnings.clone(), &sources);
        let code = match self.backend {
            Backend::Llvm => Code::Compiled(Arc::new(self.compile(checked, sources, &mut phases)?)),
            #[cfg(feature = "cranelift")]
            Backend::Cranelift => Code::Cranelift(Arc::new(self.generate(checked, sources, &mut phases)?)),
            Backend::Eval => {
                Code::Evaluated(Box::new(Evaluated::new(checked, sources, self.natives.clone(), self.limits)?))
            }
        };
        Ok(Program::new(code, phases.steps, warnings))
    }

    /// The typed IR of a rule as text, which is the same for all that generate code. Nothing is compiled.
    ///
    /// # Errors
    /// All that is wrong with the source.
    pub fn ir(&self, path: &str, source: &str) -> Result<String, Error> {
        let (checked, sources) = self.checked(path, source);
        let checked = checked.map_err(|error| refused(error, &sources))?;
        Ok(self.lower(checked, &mut Phases::default())?.to_string())
    }

    /// Compiles a rule for files that a program in C or another language is linked with. A natives package has to be
    /// [built for that](NativesPackage::build_linked).
    ///
    /// # Errors
    /// All that is wrong with the source, or a failure of the toolchain.
    pub fn build(&self, path: &str, source: &str, options: &BuildOptions) -> Result<Unit, Error> {
        let (checked, sources) = self.checked(path, source);
        let checked = checked.map_err(|error| refused(error, &sources))?;
        let warnings = warnings(checked.warnings.clone(), &sources);
        let module = self.lower(checked, &mut Phases::default())?;
        let options = BuildOptions { lines: self.line_tables.then(|| sources.lines()), ..options.clone() };
        Unit::build(module, sources, warnings, self.natives.clone(), &options)
    }

    fn compile(&self, checked: hir::Program, sources: Sources, phases: &mut Phases) -> Result<Compiled, Error> {
        let module = self.lower(checked, phases)?;
        let mut linked = vec![natives::library()?];
        linked.extend(self.natives.iter().map(|package| package.linkable()));
        let world = match self.world {
            World::Closed => relon_codegen_llvm::World::Closed,
            World::Open => relon_codegen_llvm::World::Open,
        };
        let lines = self.line_tables.then(|| sources.lines());
        let options = Options { worlds: Worlds::all(world), effort: self.effort, lines, ..Options::default() };
        let compiled = cocompile(&module, &linked, &options).map_err(toolchain)?;
        phases.steps.extend(compiled.phases().iter().copied());
        Compiled::new(module, compiled, sources, self.natives.clone(), self.limits)
    }

    /// The rule in IR that keeps the rules of IR.
    fn lower(&self, checked: hir::Program, phases: &mut Phases) -> Result<Module, Error> {
        let entries = Entries { typed: true, batch: self.batch };
        let module = phases.time("lower", || relon_frontend::lower::lower(&checked, &entries));
        drop(checked);
        phases.time("verify", || verify(&module))?;
        Ok(module)
    }

    #[cfg(feature = "cranelift")]
    fn generate(
        &self,
        checked: hir::Program,
        sources: Sources,
        phases: &mut Phases,
    ) -> Result<Compiled<relon_codegen_cranelift::CompiledModule>, Error> {
        use relon_codegen_cranelift::{World as Known, Worlds, compile};

        let module = self.lower(checked, phases)?;
        let mut symbols: Vec<Arc<dyn Symbols>> = vec![Arc::new(StandardLibrary)];
        symbols.extend(self.natives.iter().map(|package| package.linkable().symbols));
        let world = match self.world {
            World::Closed => Known::Static,
            World::Open => Known::Open,
        };
        let failed =
            |error: relon_codegen_cranelift::Error| Error::plain(ErrorKind::Toolchain, error.to_string(), None);
        let compiled = compile(&module, &symbols, &Worlds::all(world)).map_err(failed)?;
        phases.steps.extend(compiled.phases().iter().copied());
        Compiled::new(module, compiled, sources, self.natives.clone(), self.limits)
    }

    /// The checked tree, and the sources that it comes from.
    pub(crate) fn checked(&self, path: &str, source: &str) -> (Result<hir::Program, CheckError>, Sources) {
        let natives = self.natives.as_ref().map_or(&[][..], |package| package.descriptors());
        let options = CheckOptions { natives, granted: &self.granted, modules: self.modules.as_deref() };
        let checked = relon_frontend::check(path, source, &options);
        (checked.outcome, Sources::new(checked.files))
    }
}

/// Checks what lowering made.
fn verify(module: &Module) -> Result<(), Error> {
    relon_ir::verify(module).map_err(|error| compiler_defect(&error.to_string()))
}

/// Why a source cannot be run.
pub(crate) fn refused(error: CheckError, sources: &Sources) -> Error {
    match error {
        CheckError::Parse(found) => in_source(ErrorKind::Parse, found, sources),
        CheckError::Analyze(found) => in_source(ErrorKind::Analyze, found, sources),
        CheckError::NoMain { span, .. } => {
            let kind = ErrorKind::Trap(TrapKind::NoMainSignature);
            let problem = Problem {
                name: kind.name(),
                severity: Severity::Error,
                message: "the file has no `#main`, so it cannot be run".to_owned(),
                span: Some(span),
                label: None,
                related: Vec::new(),
                hint: Some("start the file with `#main(Type name) -> Type`".to_owned()),
            };
            Error::in_source(kind, vec![problem], sources.clone())
        }
    }
}

/// What is odd about a source that is not wrong, if anything.
pub(crate) fn warnings(found: Vec<Diagnostic>, sources: &Sources) -> Option<Error> {
    (!found.is_empty()).then(|| in_source(ErrorKind::Analyze, found, sources))
}

/// The time that each step took.
#[derive(Default)]
struct Phases {
    steps: Vec<(&'static str, Duration)>,
}

impl Phases {
    fn time<T>(&mut self, name: &'static str, step: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = step();
        self.steps.push((name, start.elapsed()));
        result
    }
}

fn in_source(kind: ErrorKind, found: Vec<Diagnostic>, sources: &Sources) -> Error {
    let problem = |diagnostic: Diagnostic| Problem {
        name: diagnostic.name,
        severity: diagnostic.severity,
        message: diagnostic.message,
        span: Some(diagnostic.span),
        label: diagnostic.label,
        related: diagnostic.related,
        hint: diagnostic.hint,
    };
    Error::in_source(kind, found.into_iter().map(problem).collect(), sources.clone())
}

/// A broken promise between two parts of the compiler, which no rule can be blamed for.
fn compiler_defect(message: &str) -> Error {
    let hint = "this is a defect of relon; please report it with the rule".to_owned();
    Error::plain(ErrorKind::Toolchain, format!("the compiler made a wrong program: {message}"), Some(hint))
}
