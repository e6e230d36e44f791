//! The closed world: a rule and its natives as one optimised unit.
//!
//! Five steps. *Read* the bodies of the natives that the rule calls; *link* them into the rule's module, after comparing their types
//! with what the rule declares; *close* the unit, so that only entries are seen from outside and everything is for one processor;
//! *optimize*; *report* what became of each call. The steps are in `unit`, for every delivery. [`cocompile`] then loads the object with
//! every symbol resolved, or refuses it with the names of those that aren't; [`build`] gives it to be linked into a program.
//!
//! Rules that keep it sound: each compilation has its own LLVM context, freed at its end; a body refers only to symbols of its own
//! pack's copy of Rust's libraries; a function that can't be copied stays a call to the one that exists.

mod announce;
mod artifact;
mod bitcode;
mod build;
mod kept;
mod legacy;
mod link;
mod load;
mod module;
mod optimize;
mod processor;
mod report;
mod together;
mod unit;
mod world;

use std::time::{Duration, Instant};

use relon_debuggers::Tools;
use relon_ir::Module as Ir;

use crate::Error;
use crate::entry::Names;
use crate::llvm::{Context, Watch};
use crate::natives::Natives;
use relon_ir::Lines;

pub use artifact::Artifact;
pub use build::{BuildOptions, Built, Delivery, build};
pub use legacy::{Shim, cocompile_legacy_i64, compile_open_i64};
pub use module::{BatchFn, CocompiledModule, EntryFn};
pub use optimize::Effort;
pub use processor::Processor;
pub use report::{NativeReport, Report};
use unit::{Home, Settings, Unit};
pub use world::{World, Worlds};

/// How a unit is compiled.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is known of each native.
    pub worlds: Worlds,
    /// The processor.
    pub processor: Processor,
    /// How much time is spent on the code.
    pub effort: Effort,
    /// Whether LLVM's verifier looks at the unit before and after optimisation.
    pub verify: bool,
    /// Whether the optimised unit is kept, to be printed as IR or assembly. It is compiled sooner without.
    pub keep_ir: bool,
    /// The lines of the sources, for line tables in the code; without them it is compiled sooner.
    pub lines: Option<Lines>,
    /// Who is told of the code. Lines make it of use to them.
    pub tools: Tools,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            worlds: Worlds::default(),
            processor: Processor::Host,
            effort: Effort::Full,
            verify: cfg!(debug_assertions),
            keep_ir: true,
            lines: None,
            tools: Tools::default(),
        }
    }
}

/// A named part of a compilation and how long it took.
pub type Phase = (&'static str, Duration);

/// Measures the parts of a compilation.
struct Clock {
    last: Instant,
    phases: Vec<Phase>,
}

impl Clock {
    fn start() -> Clock {
        Clock { last: Instant::now(), phases: Vec::new() }
    }

    fn lap(&mut self, name: &'static str) {
        let now = Instant::now();
        self.phases.push((name, now - self.last));
        self.last = now;
    }
}

/// Compiles a rule together with its natives and loads it.
///
/// # Errors
/// Where a native's body doesn't fit its declaration, a symbol can't be resolved, or LLVM is missing or refuses the unit.
pub fn cocompile(ir: &Ir, natives: &[Natives], options: &Options) -> Result<CocompiledModule, Error> {
    let _watch = Watch::start(unit::subject(ir));
    let symbols: Vec<_> = natives.iter().map(|given| given.symbols.clone()).collect();
    compile(ir, natives, options)?.load(ir, &symbols, options)
}

/// Compiles a rule together with its natives.
///
/// # Errors
/// Where a native's body doesn't fit its declaration, or LLVM is missing or refuses the unit.
pub fn compile(ir: &Ir, natives: &[Natives], options: &Options) -> Result<Artifact, Error> {
    let mut clock = Clock::start();
    let _watch = Watch::start(unit::subject(ir));
    let context = Context::new()?;
    let settings = Settings {
        worlds: &options.worlds,
        home: Home::Loaded,
        processor: &options.processor,
        effort: options.effort,
        passes: options.effort.passes(),
        names: Names::Loaded,
        lines: options.lines.as_ref(),
        verify: options.verify,
        keep_ir: options.keep_ir,
    };
    let unit = Unit::make(&context, ir, natives, &settings, &mut clock)?;
    let object = unit.emit(&mut clock)?.bytes().to_vec();
    Ok(Artifact { object, unit: unit.into_optimized(), phases: clock.phases })
}
