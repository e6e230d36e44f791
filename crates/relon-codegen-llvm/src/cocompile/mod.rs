//! The closed world: a rule and its natives as one optimised unit.
//!
//! Five steps. *Read* the bodies of the natives that the rule calls; *link* them into the rule's module, after comparing their types
//! with what the rule declares; *close* the unit, so that only entries are seen from outside and everything is for one processor;
//! *optimize*; *report* what became of each call. The object is then loaded with every symbol resolved, or refused with the names of
//! those that aren't.
//!
//! Rules that keep it sound: each compilation has its own LLVM context, freed at its end; a body refers only to symbols of its own
//! pack's copy of Rust's libraries; a function that can't be copied stays a call to the one that exists.

mod bitcode;
mod legacy;
mod link;
mod module;
mod optimize;
mod report;
mod world;

use std::time::{Duration, Instant};

use relon_ir::Module as Ir;

use crate::llvm::{Context, Cpu, Jit, Module, Target, TargetMachine};
use crate::natives::Natives;
use crate::{Error, emit};

pub use legacy::{Shim, cocompile_legacy_i64, compile_open_i64};
pub use module::{BatchFn, CocompiledModule, EntryFn};
pub use optimize::Effort;
pub use report::{NativeReport, Report};
pub use world::{World, Worlds};

/// The processor that a unit is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Processor {
    /// That of this machine.
    #[default]
    Host,
    /// The oldest of the architecture.
    Baseline,
}

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
}

impl Default for Options {
    fn default() -> Self {
        Options {
            worlds: Worlds::default(),
            processor: Processor::Host,
            effort: Effort::Full,
            verify: cfg!(debug_assertions),
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
    let mut clock = Clock::start();
    let target = target_of(natives)?;
    let cpu = cpu_of(options.processor, &target)?;
    let context = Context::new()?;
    let emitted = report::Emitted::count(ir);
    let found = bitcode::find(ir, &emitted.calls, natives, &options.worlds, &cpu);
    link::check_signatures(&found)?;
    let bodies = bitcode::read(&context, &found)?;
    clock.lap("read");
    let text = emit::module(ir, &options.worlds, &target, &cpu);
    clock.lap("emit");
    let unit = context.parse_ir(&text)?;
    clock.lap("parse");
    let linked = link::link(&unit, bodies)?;
    world::close(&unit, &linked, &cpu);
    verify(&unit, "the linked unit", options)?;
    clock.lap("link");
    let machine = TargetMachine::new(&target.triple, &cpu, options.effort)?;
    optimize::optimize(&unit, &machine, options.effort)?;
    verify(&unit, "the optimised unit", options)?;
    clock.lap("optimize");
    let report = report::report(ir, &emitted, &unit, &found, &options.worlds);
    let optimized = unit.bitcode();
    clock.lap("report");
    let object = machine.emit_object(&unit)?;
    clock.lap("codegen");
    let object_size = object.bytes().len();
    let symbols = link::resolve(object.bytes(), natives)?;
    let jit = Jit::load(object, &symbols)?;
    let calls_natives = symbols.iter().any(|(symbol, _)| link::may_panic(symbol));
    let code = module::Code::load(jit, ir, natives, &options.worlds, calls_natives)?;
    clock.lap("load");
    let before = text;
    Ok(CocompiledModule::new(
        code,
        module::Artefacts { before, optimized, object_size, report, target, cpu, effort: options.effort },
        clock.phases,
    ))
}

fn verify(unit: &Module<'_>, what: &str, options: &Options) -> Result<(), Error> {
    if options.verify { unit.verify(what) } else { Ok(()) }
}

/// All packs and the rule are for the same machine, and can be read by this LLVM.
fn target_of(natives: &[Natives]) -> Result<Target, Error> {
    for given in natives {
        given.pack.check_version()?;
    }
    let Some(first) = natives.first() else { return Target::host() };
    let target = first.pack.target();
    match natives.iter().find(|other| other.pack.target() != target) {
        None => Ok(target.clone()),
        Some(other) => {
            let (one, two) = (&target.triple, other.pack.triple());
            Err(Error::Pack(format!("natives' packs for different machines, {one} and {two}, can't be used together")))
        }
    }
}

fn cpu_of(processor: Processor, target: &Target) -> Result<Cpu, Error> {
    let baseline = if target.triple.starts_with("x86_64") { "x86-64" } else { "generic" };
    match processor {
        Processor::Host => Cpu::host(),
        Processor::Baseline => Ok(Cpu { name: baseline.into(), features: String::new() }),
    }
}
