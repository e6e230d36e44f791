//! A rule in IR, and the code that backends make of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "llvm")]
use relon_codegen_llvm::cocompile::{self, Artifact, CocompiledModule, Effort};
use relon_debuggers::Tools;
#[cfg(feature = "llvm")]
use relon_ir::Convention;
use relon_ir::{Module, World};
#[cfg(feature = "cranelift")]
use relon_natives::{StandardLibrary, Symbols};

use crate::Sources;
use crate::compiled::Compiled;
use crate::engine::{Limits, Phases};
use crate::error::Error;
#[cfg(feature = "cranelift")]
use crate::error::ErrorKind;
#[cfg(feature = "llvm")]
use crate::error::toolchain;
use crate::host::Host;
#[cfg(feature = "llvm")]
use crate::library;
#[cfg(feature = "llvm")]
use crate::machine::estimated_frames;

/// Tells programs apart, however long they live. The codes of one program that take over from each other have one identity: they check the same, and
/// ask the same natives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64);

impl Identity {
    /// One that no program has.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Identity(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A rule in IR that keeps the rules of IR, with all that its code needs.
#[derive(Clone, Debug)]
pub(crate) struct Lowered {
    pub(crate) identity: Identity,
    pub(crate) module: Arc<Module>,
    pub(crate) sources: Sources,
    pub(crate) host: Host,
    pub(crate) limits: Limits,
    pub(crate) tools: Tools,
}

/// What Cranelift makes, shared by the programs that are bound to different functions of their hosts.
#[cfg(feature = "cranelift")]
pub(crate) type CraneliftCode = Arc<relon_codegen_cranelift::CompiledModule>;

/// Code that LLVM made, now or before.
#[cfg(feature = "llvm")]
#[derive(Debug)]
#[allow(unreachable_pub, reason = "it is named in the type of what is shown to users")]
pub struct LlvmUnit {
    pub(crate) code: CocompiledModule,
    /// Upper bounds of the stack that a run takes at any rate, and for each nested call.
    pub(crate) frames: (usize, usize),
    /// The typed IR as text, of a rule that was compiled before.
    pub(crate) typed_ir: Option<String>,
}

/// What LLVM is told.
#[cfg(feature = "llvm")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct LlvmOptions {
    pub(crate) effort: Effort,
    pub(crate) line_tables: bool,
    pub(crate) verify: bool,
    pub(crate) keep_ir: bool,
}

#[cfg(feature = "llvm")]
impl Default for LlvmOptions {
    fn default() -> Self {
        LlvmOptions {
            effort: Effort::default(),
            line_tables: false,
            verify: cocompile::Options::default().verify,
            keep_ir: false,
        }
    }
}

impl Lowered {
    /// Machine code by LLVM.
    #[cfg(feature = "llvm")]
    pub(crate) fn cocompile(&self, options: LlvmOptions, phases: &mut Phases) -> Result<Compiled, Error> {
        let options = self.llvm_options(options)?;
        let artifact = self.artifact(&options)?;
        self.load(artifact, &options, estimated_frames(&self.module), None, phases)
    }

    /// What LLVM is told of this rule.
    #[cfg(feature = "llvm")]
    pub(crate) fn llvm_options(&self, options: LlvmOptions) -> Result<cocompile::Options, Error> {
        Ok(cocompile::Options {
            worlds: self.llvm_worlds()?,
            effort: options.effort,
            verify: options.verify,
            keep_ir: options.keep_ir,
            lines: (options.line_tables || self.tools.any()).then(|| self.sources.lines()),
            tools: self.tools,
            ..cocompile::Options::default()
        })
    }

    /// What LLVM makes of the rule.
    #[cfg(feature = "llvm")]
    pub(crate) fn artifact(&self, options: &cocompile::Options) -> Result<Artifact, Error> {
        let mut linked = vec![library::library()?];
        linked.extend(self.host.packages().iter().filter_map(|package| package.linkable()));
        cocompile::compile(&self.module, &linked, options).map_err(toolchain)
    }

    /// Loads what LLVM made. `typed_ir` is the text of the module where it has lost its code.
    #[cfg(feature = "llvm")]
    pub(crate) fn load(
        &self,
        artifact: Artifact,
        options: &cocompile::Options,
        frames: (usize, usize),
        typed_ir: Option<String>,
        phases: &mut Phases,
    ) -> Result<Compiled, Error> {
        let mut symbols = vec![library::symbols()];
        let packages = self.host.packages().iter();
        symbols.extend(packages.filter(|package| package.has_bodies()).map(|package| package.symbols().clone()));
        let code = artifact.load(&self.module, &symbols, options).map_err(toolchain)?;
        phases.add(code.phases());
        self.compiled(Arc::new(LlvmUnit { code, frames, typed_ir }))
    }

    /// What LLVM may know of each native: where no body is known, the address.
    #[cfg(feature = "llvm")]
    fn llvm_worlds(&self) -> Result<cocompile::Worlds, Error> {
        use cocompile::World as Known;

        let has_body = |symbol: &str| {
            let mut packs = self.host.packages().iter().filter_map(|package| package.linkable());
            symbol.starts_with("relon_std_") || packs.any(|natives| natives.pack.native(symbol).is_some())
        };
        let mut worlds = cocompile::Worlds::all(Known::Closed);
        // Functions of the host are open in any case.
        for native in self.module.natives.iter().filter(|native| native.convention != Convention::Open) {
            let known = match self.host.world_of(&native.name) {
                World::Closed if has_body(&native.symbol) => continue,
                World::Closed | World::Static => Known::Static(self.host.address(native)?),
                World::Open => Known::Open,
            };
            worlds = worlds.with(&native.symbol, known);
        }
        Ok(worlds)
    }

    /// Machine code by Cranelift.
    #[cfg(feature = "cranelift")]
    pub(crate) fn generate(&self, phases: &mut Phases) -> Result<Compiled<CraneliftCode>, Error> {
        use relon_codegen_cranelift::{Audience, World as Known, Worlds, compile_for};

        let mut worlds = Worlds::all(Known::Static);
        for native in self.module.natives.iter().filter(|native| self.host.world_of(&native.name) == World::Open) {
            worlds = worlds.with(&native.symbol, Known::Open);
        }
        let mut symbols: Vec<Arc<dyn Symbols>> = vec![Arc::new(StandardLibrary)];
        symbols.extend(self.host.packages().iter().map(|package| package.symbols().clone()));
        let failed =
            |error: relon_codegen_cranelift::Error| Error::plain(ErrorKind::Toolchain, error.to_string(), None);
        let audience = self.tools.any().then(|| Audience { tools: self.tools, lines: self.sources.lines() });
        let compiled = compile_for(&self.module, &symbols, &worlds, audience.as_ref()).map_err(failed)?;
        phases.add(compiled.phases());
        self.compiled(Arc::new(compiled))
    }

    fn compiled<M: crate::machine::Machine>(&self, code: M) -> Result<Compiled<M>, Error> {
        let (module, sources, host) = (self.module.clone(), self.sources.clone(), self.host.clone());
        Compiled::new(self.identity, module, code, sources, host, self.limits)
    }
}
