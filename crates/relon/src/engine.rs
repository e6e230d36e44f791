//! From source text to a running program, one step after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(feature = "llvm")]
use relon_codegen_llvm::cocompile::Effort;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
use relon_debuggers::Tools;
use relon_frontend::{CheckError, CheckOptions, Diagnostic, Modules, hir};
use relon_ir::World;
use relon_natives::TrapKind;
use relon_natives::descriptor::Capability;
use relon_natives::open::{Function, OpenNative};

#[cfg(feature = "llvm")]
use crate::cache::{Cache, Settings};
#[cfg(feature = "llvm")]
use crate::delivery::{BuildOptions, Unit};
use crate::error::{Error, ErrorKind, Problem, Severity};
use crate::evaluated::Evaluated;
use crate::host::Host;
#[cfg(feature = "llvm")]
use crate::lowered::LlvmOptions;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
use crate::lowered::{Identity, Lowered};
use crate::natives::NativesPackage;
use crate::program::Code;
#[cfg(all(feature = "cranelift", feature = "llvm"))]
use crate::tiers::{Tiers, Upgrade};
use crate::{Program, Sources};

/// What runs rules. All give the same results and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// Machine code, made by LLVM, with natives inlined: the fastest to run. Needs the feature `llvm`, with which engines use it unless
    /// they are told otherwise.
    #[cfg(feature = "llvm")]
    Llvm,
    /// Machine code, made by Cranelift: ready in a fraction of the time, and slower to run. Natives are called, not inlined. Without the
    /// feature `llvm` engines use it unless they are told otherwise.
    #[cfg(feature = "cranelift")]
    Cranelift,
    /// Cranelift's code at once, and LLVM's as soon as that was made in the background: when [`Program::upgrade`] asks for it, or after as
    /// many calls as [`Engine::upgrade_after`] says. Needs both features.
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    Tiered,
    /// The evaluator, which walks the checked source: ready at once, slow to run, and without any part of LLVM unless natives have to be
    /// built. It is what compiled code is compared with.
    Eval,
}

impl Backend {
    /// Every backend, the one that engines use unless they are told otherwise first.
    pub const ALL: &[Backend] = &[
        #[cfg(feature = "llvm")]
        Backend::Llvm,
        #[cfg(feature = "cranelift")]
        Backend::Cranelift,
        #[cfg(all(feature = "cranelift", feature = "llvm"))]
        Backend::Tiered,
        Backend::Eval,
    ];
}

impl Default for Backend {
    fn default() -> Self {
        Backend::ALL[0]
    }
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
    host: Host,
    modules: Option<Arc<dyn Modules>>,
    backend: Backend,
    #[cfg(feature = "llvm")]
    llvm: LlvmOptions,
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    tools: Tools,
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    upgrade: Upgrade,
    limits: Limits,
    batch: bool,
    valid_args: bool,
    #[cfg(feature = "llvm")]
    cache: Option<Cache>,
}

impl Engine {
    /// An engine without natives of its own and without grants.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets rules call the natives of this package, besides those of others.
    pub fn natives(&mut self, package: Arc<NativesPackage>) -> &mut Self {
        self.host.add_package(package);
        self
    }

    /// Lets rules call this function under a name, which may be dotted. What a closure has captured lives as long as an engine or program
    /// that can call it, and is used by all threads that run rules.
    ///
    /// The types of the parameters have to be written out; [`Function`](crate::Function) says which there are. A panic or an `Err` ends
    /// the rule with an error, as for natives of a package. A package's native of the same name and types is replaced, and so is a
    /// function that was registered before; a native of other types makes [`load`](Self::load) fail.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let rates = HashMap::from([("EUR", 1.0), ("USD", 1.25)]);
    /// let mut engine = relon::Engine::new();
    /// engine.register("fx_rate", move |from: &str, to: &str| -> Result<f64, String> {
    ///     let rate = |of: &str| rates.get(of).copied().ok_or_else(|| format!("no rate for {of}"));
    ///     Ok(rate(to)? / rate(from)?)
    /// });
    /// let program = engine.load("fx.relon", "#main(Float x) -> Float\nx * fx_rate(\"EUR\", \"USD\")")?;
    /// assert_eq!(program.run_json(r#"{"x": 4.0}"#)?, "5.0");
    /// # Ok::<(), relon::Error>(())
    /// ```
    pub fn register<A>(&mut self, name: &str, function: impl Function<A>) -> &mut Self {
        self.register_native(OpenNative::new(name, function))
    }

    /// Lets rules call a function that has names of parameters, needs capabilities, or is documented.
    ///
    /// ```
    /// use relon::{Capability, Engine, OpenNative};
    ///
    /// let now = OpenNative::new("clock.seconds", || 1_700_000_000).requires(Capability::ReadsClock);
    /// let mut engine = Engine::new();
    /// engine.register_native(now);
    /// let rule = "#main() -> Int\nclock.seconds() / 60";
    /// let error = engine.load("minutes.relon", rule).expect_err("nothing is granted");
    /// assert_eq!(error.problems()[0].name, "CapabilityRequired");
    /// engine.grant(Capability::ReadsClock);
    /// assert_eq!(engine.load("minutes.relon", rule)?.run_json("{}")?, "28333333");
    /// # Ok::<(), relon::Error>(())
    /// ```
    pub fn register_native(&mut self, native: OpenNative) -> &mut Self {
        self.host.register(native);
        self
    }

    /// Lets rules import files, which come from here: [`ModuleFiles`](crate::ModuleFiles) reads them from disk.
    pub fn modules(&mut self, modules: impl Modules + 'static) -> &mut Self {
        self.modules = Some(Arc::new(modules));
        self
    }

    /// Lets natives use this capability.
    pub fn grant(&mut self, capability: Capability) -> &mut Self {
        self.host.grant(capability);
        self
    }

    /// Says what runs rules: the first of [`Backend::ALL`] unless this is called.
    pub fn backend(&mut self, backend: Backend) -> &mut Self {
        self.backend = backend;
        self
    }

    /// Says in which world natives of packages are: [`World::Closed`] unless this is called.
    pub fn world(&mut self, world: World) -> &mut Self {
        self.host.set_world(world);
        self
    }

    /// Says in which world one native is. A function that was registered is always open.
    pub fn world_of(&mut self, native: &str, world: World) -> &mut Self {
        self.host.set_world_of(native.to_owned(), world);
        self
    }

    /// Says how much time LLVM spends on the code: [`Effort::Full`] unless this is called.
    #[cfg(feature = "llvm")]
    pub fn effort(&mut self, effort: Effort) -> &mut Self {
        self.llvm.effort = effort;
        self
    }

    /// Says whether LLVM's verifier looks at the code once it is linked with its natives, and once it is optimised. What it finds is a defect of
    /// Relon, of LLVM or of a natives package, and fails the load. Builds with debug assertions do this unless they are told not to. For the
    /// pricing example it takes one percent of the instructions of a compilation with [`Effort::Full`], and five of one with [`Effort::Quick`].
    /// [`build`](Self::build) always does.
    #[cfg(feature = "llvm")]
    pub fn verify_llvm(&mut self, verify: bool) -> &mut Self {
        self.llvm.verify = verify;
        self
    }

    /// Says whether programs keep what LLVM made of their rules in a form that can be printed, for
    /// [`Compiled::ir_after`](crate::Compiled::ir_after) and [`Compiled::assembly`](crate::Compiled::assembly). It takes memory, and longer to
    /// compile; nothing is kept unless this is called.
    #[cfg(feature = "llvm")]
    pub fn keep_ir(&mut self, keep: bool) -> &mut Self {
        self.llvm.keep_ir = keep;
        self
    }

    /// Lets a program of [`Backend::Tiered`] go over to LLVM's code by itself, which is made once the rule was called so many times; 0 stands
    /// for the moment of loading. Rows of a batch are calls.
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    pub fn upgrade_after(&mut self, calls: u64) -> &mut Self {
        self.upgrade.after = Some(calls);
        self
    }

    /// Is told when a program of [`Backend::Tiered`] went over to LLVM's code, or why it could not, on the thread that compiled it.
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    pub fn on_upgrade(&mut self, observer: impl Fn(Result<(), &Error>) + Send + Sync + 'static) -> &mut Self {
        self.upgrade.observer = Some(Arc::new(observer));
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

    /// Says whether arguments can be checked apart from calls, once for many of them: [`TypedEntry::validate`](crate::TypedEntry::validate) and
    /// [`BatchEntry::validate`](crate::BatchEntry::validate) check, and calls with what they give rely on it. It takes longer to compile.
    pub fn valid_args(&mut self, valid_args: bool) -> &mut Self {
        self.valid_args = valid_args;
        self
    }

    /// Says whether LLVM's code has line tables by which debuggers find places in the rule and in natives that were inlined. It takes longer to
    /// compile. Code that is loaded needs them only where someone is told of it, and then has them: see [`tools`](Self::tools).
    #[cfg(feature = "llvm")]
    pub fn line_tables(&mut self, line_tables: bool) -> &mut Self {
        self.llvm.line_tables = line_tables;
        self
    }

    /// Tells gdb or perf of the code of rules, besides those that the environment variable `RELON_DEBUG` names (`gdb`, `perf`, or `gdb,perf`). The
    /// code then has line tables, and it takes longer to load. Nobody is told unless this is called or the variable is set.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub fn tools(&mut self, tools: Tools) -> &mut Self {
        self.tools = tools;
        self
    }

    /// Lets code that [`Backend::Llvm`] makes be kept in this folder, and be used again by all engines and processes that load the same rule
    /// with the same natives and settings: it is then neither checked nor compiled, and LLVM is not needed. Nothing is kept unless this is
    /// called.
    ///
    /// ```
    /// let folder = std::env::temp_dir().join(format!("relon-doc-{}", std::process::id()));
    /// let mut engine = relon::Engine::new();
    /// engine.cache(relon::Cache::at(&folder));
    /// for _ in 0..2 {
    ///     let program = engine.load("double.relon", "#main(Int n) -> Int\nn * 2")?;
    ///     assert_eq!(program.run_json(r#"{"n": 21}"#)?, "42");
    /// }
    /// # #[cfg(target_arch = "x86_64")]
    /// assert_eq!(relon::Cache::at(&folder).contents()?.units, 1);
    /// # let _ = std::fs::remove_dir_all(folder);
    /// # Ok::<(), relon::Error>(())
    /// ```
    #[cfg(feature = "llvm")]
    pub fn cache(&mut self, cache: Cache) -> &mut Self {
        self.cache = Some(cache);
        self
    }

    /// Checks a rule and makes it ready to run. `path` is how messages name the source.
    ///
    /// # Errors
    /// All that is wrong with the source, natives that do not fit together, or a failure of the toolchain.
    pub fn load(&self, path: &str, source: &str) -> Result<Program, Error> {
        #[cfg(feature = "llvm")]
        if let (Backend::Llvm, Some(cache)) = (self.backend, &self.cache) {
            return self.load_by_cache(cache, path, source);
        }
        self.compile(path, source)
    }

    /// Checks a rule and compiles it for its backend.
    pub(crate) fn compile(&self, path: &str, source: &str) -> Result<Program, Error> {
        let mut phases = Phases::default();
        let (checked, sources) = phases.time("check", || self.checked(path, source))?;
        let checked = checked.map_err(|error| refused(error, &sources))?;
        let warnings = warnings(checked.warnings.clone(), &sources);
        let natives = checked.natives.clone();
        let code = match self.backend {
            #[cfg(feature = "llvm")]
            Backend::Llvm => {
                Code::Compiled(Arc::new(self.lower(checked, sources, &mut phases)?.cocompile(self.llvm, &mut phases)?))
            }
            #[cfg(feature = "cranelift")]
            Backend::Cranelift => {
                Code::Cranelift(Arc::new(self.lower(checked, sources, &mut phases)?.generate(&mut phases)?))
            }
            #[cfg(all(feature = "cranelift", feature = "llvm"))]
            Backend::Tiered => {
                let lowered = self.lower(checked, sources, &mut phases)?;
                let tiers = Tiers::new(lowered, self.llvm, self.upgrade.clone(), &mut phases)?;
                Code::Tiered(Arc::new(tiers))
            }
            Backend::Eval => {
                let evaluated = Evaluated::new(Arc::new(checked), sources, self.host.clone(), self.limits)?;
                Code::Evaluated(Box::new(evaluated))
            }
        };
        Ok(Program::new(code, natives, phases.steps, warnings))
    }

    /// The typed IR of a rule as text, which is the same for all that generate code. Nothing is compiled.
    ///
    /// # Errors
    /// All that is wrong with the source.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub fn ir(&self, path: &str, source: &str) -> Result<String, Error> {
        let (checked, sources) = self.checked(path, source)?;
        let checked = checked.map_err(|error| refused(error, &sources))?;
        Ok(self.lower(checked, sources, &mut Phases::default())?.module.to_string())
    }

    /// Compiles a rule for files that a program in C or another language is linked with. A natives package has to be
    /// [built for that](NativesPackage::build_linked).
    ///
    /// # Errors
    /// All that is wrong with the source, natives that no file can hold, or a failure of the toolchain.
    #[cfg(feature = "llvm")]
    pub fn build(&self, path: &str, source: &str, options: &BuildOptions) -> Result<Unit, Error> {
        let (checked, sources) = self.checked(path, source)?;
        let checked = checked.map_err(|error| refused(error, &sources))?;
        let warnings = warnings(checked.warnings.clone(), &sources);
        let package = self.host.package_for_files(&checked.natives)?;
        // Other languages have no type that says of arguments that they were checked.
        let without = Engine { valid_args: false, ..self.clone() };
        let Lowered { module, sources, .. } = without.lower(checked, sources, &mut Phases::default())?;
        let options = BuildOptions { lines: self.llvm.line_tables.then(|| sources.lines()), ..options.clone() };
        Unit::build(Arc::unwrap_or_clone(module), sources, warnings, package, &options)
    }

    /// The rule in IR that keeps the rules of IR.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn lower(&self, checked: hir::Program, sources: Sources, phases: &mut Phases) -> Result<Lowered, Error> {
        let entries = relon_frontend::lower::Options { typed: true, batch: self.batch, valid: self.valid_args };
        let module = phases.time("lower", || relon_frontend::lower::lower(&checked, &entries));
        drop(checked);
        let wrong = |error: relon_ir::VerifyError| compiler_defect(&error.to_string());
        phases.time("verify", || relon_ir::verify(&module)).map_err(wrong)?;
        self.lowered(module, sources)
    }

    /// A module with what its code needs.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn lowered(&self, module: relon_ir::Module, sources: Sources) -> Result<Lowered, Error> {
        let tools = self.told()?;
        let (host, limits) = (self.host.clone(), self.limits);
        Ok(Lowered { identity: Identity::new(), module: Arc::new(module), sources, host, limits, tools })
    }

    /// Who is told of code.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    fn told(&self) -> Result<Tools, Error> {
        let unknown = |error: relon_debuggers::Error| Error::plain(ErrorKind::Toolchain, error.to_string(), None);
        Ok(self.tools.and(Tools::of_environment().map_err(unknown)?))
    }

    /// What decides what LLVM's code of a rule is.
    #[cfg(feature = "llvm")]
    pub(crate) fn settings<'a>(&'a self, path: &'a str, source: &'a str) -> Result<Settings<'a>, Error> {
        let LlvmOptions { effort, line_tables, keep_ir, .. } = self.llvm;
        let line_tables = line_tables || self.told()?.any();
        Ok(Settings {
            path,
            source,
            host: &self.host,
            effort,
            line_tables,
            keep_ir,
            batch: self.batch,
            valid_args: self.valid_args,
        })
    }

    /// What LLVM is told.
    #[cfg(feature = "llvm")]
    pub(crate) fn llvm_settings(&self) -> LlvmOptions {
        self.llvm
    }

    /// Where imported files come from.
    #[cfg(feature = "llvm")]
    pub(crate) fn module_files(&self) -> Option<&dyn Modules> {
        self.modules.as_deref()
    }

    /// What rules are loaded with.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// The checked tree, and the sources that it comes from.
    pub(crate) fn checked(
        &self,
        path: &str,
        source: &str,
    ) -> Result<(Result<hir::Program, CheckError>, Sources), Error> {
        self.checked_with(path, source, self.modules.as_deref())
    }

    /// The same with files that come from elsewhere.
    pub(crate) fn checked_with(
        &self,
        path: &str,
        source: &str,
        modules: Option<&dyn Modules>,
    ) -> Result<(Result<hir::Program, CheckError>, Sources), Error> {
        let natives = self.host.descriptors()?;
        let options = CheckOptions { natives: &natives, granted: self.host.granted(), modules };
        let checked = relon_frontend::check(path, source, &options);
        Ok((checked.outcome, Sources::new(checked.files)))
    }
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
pub(crate) struct Phases {
    steps: Vec<(&'static str, Duration)>,
}

impl Phases {
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn add(&mut self, steps: &[(&'static str, Duration)]) {
        self.steps.extend(steps.iter().copied());
    }

    #[cfg(feature = "llvm")]
    pub(crate) fn into_steps(self) -> Vec<(&'static str, Duration)> {
        self.steps
    }

    pub(crate) fn time<T>(&mut self, name: &'static str, step: impl FnOnce() -> T) -> T {
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
#[cfg(any(feature = "cranelift", feature = "llvm"))]
fn compiler_defect(message: &str) -> Error {
    let hint = "this is a defect of relon; please report it with the rule".to_owned();
    Error::plain(ErrorKind::Toolchain, format!("the compiler made a wrong program: {message}"), Some(hint))
}
