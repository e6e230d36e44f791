//! From IR and natives to an optimised unit: the steps that all deliveries share.

use std::collections::HashSet;
use std::ffi::CString;

use relon_ir::Module as Ir;

use crate::emit::{self, Style};
use crate::entry::Names;
use crate::llvm::{Buffer, Context, Cpu, Module, Target, TargetMachine, Watch};
use crate::natives::{Natives, PackedNative};
use crate::{Error, cocompile::Clock};
use relon_ir::Lines;

use super::{Effort, Processor, Report, Worlds, bitcode, kept, link, optimize, report, together, world};

/// Where a unit runs, and so where it finds what is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In this process: by addresses, in the copy of Rust's libraries that each pack has.
    Loaded,
    /// In a program that it is linked into: by symbols, each of which exists once.
    Linked,
}

/// How a unit is made.
pub(super) struct Settings<'a> {
    pub(super) worlds: &'a Worlds,
    pub(super) home: Home,
    pub(super) processor: &'a Processor,
    pub(super) effort: Effort,
    pub(super) passes: &'a str,
    pub(super) names: Names<'a>,
    pub(super) lines: Option<&'a Lines>,
    pub(super) verify: bool,
    pub(super) keep_ir: bool,
}

/// An optimised unit, from which code can be emitted once.
pub(super) struct Unit<'c> {
    /// The natives as they were found, to tell which one is to blame where no code can be made.
    found: Vec<bitcode::Found<'c>>,
    module: Module<'c>,
    machine: TargetMachine,
    optimized: Optimized,
}

/// What is kept of an optimised unit.
pub(super) struct Optimized {
    /// The rule's IR as it was emitted.
    pub(super) before: String,
    /// The optimised unit, where it is kept.
    pub(super) bitcode: Option<Vec<u8>>,
    pub(super) report: Report,
    /// Whether any entry refers to the state of the call.
    pub(super) uses_context: bool,
    pub(super) target: Target,
    pub(super) cpu: Cpu,
    pub(super) effort: Effort,
}

impl<'c> Unit<'c> {
    /// Reads, links, closes, optimizes and reports.
    pub(super) fn make(
        context: &'c Context,
        ir: &'c Ir,
        natives: &'c [Natives],
        settings: &Settings<'_>,
        clock: &mut Clock,
    ) -> Result<Unit<'c>, Error> {
        let Settings { worlds, home, effort, names, lines, .. } = *settings;
        let target = target_of(natives, home)?;
        let cpu = settings.processor.cpu(&target)?;
        let emitted = report::Emitted::count(ir);
        let found = bitcode::find(ir, &emitted.ordinary_calls, natives, worlds, home, &cpu, effort);
        link::check_signatures(&found)?;
        let machine = TargetMachine::new(&target.triple, &cpu, effort)?;
        let nothing = HashSet::new();
        let style = Style { worlds, target: &target, cpu: &cpu, effort, names, lines, together: &nothing };
        let together = together::together(ir, &style, &machine)?;
        let before = emit::module(ir, &Style { together: &together, ..style });
        clock.lap("emit");
        let module = context.parse_ir(&before, c"rule")?;
        clock.lap("parse");
        if !settings.keep_ir {
            // Names are for who reads the unit.
            context.discard_names();
        }
        let bodies = kept::bodies(context, &found, natives, home, (lines.is_some(), settings.keep_ir), &cpu)?;
        clock.lap("read");
        if let Some(bodies) = bodies {
            module.link(bodies, "linking natives")?;
        }
        world::close(&module, &found);
        verify(&module, "the linked unit", settings)?;
        clock.lap("link");
        Watch::phase("optimising");
        optimize::optimize(&module, &machine, optimize::for_size(settings.passes, ir))?;
        verify(&module, "the optimised unit", settings)?;
        clock.lap("optimize");
        let report = report::report(ir, &emitted, &module, &found, worlds);
        let bitcode = settings.keep_ir.then(|| module.bitcode().bytes().to_vec());
        clock.lap("report");
        let uses_context = uses_context(&module, ir, names);
        let optimized = Optimized { before, bitcode, report, uses_context, target, cpu, effort };
        Ok(Unit { found, module, machine, optimized })
    }

    /// The unit as an object.
    pub(super) fn emit(&self, clock: &mut Clock) -> Result<Buffer, Error> {
        Watch::phase("making machine code of");
        let object = self.machine.emit_object(&self.module).map_err(|error| self.blame(error))?;
        clock.lap("codegen");
        Ok(object)
    }

    /// The error with the natives whose code it comes from: those that LLVM makes no code of by themselves either. What goes wrong only
    /// together, such as a label that inlining doubled, is that of any.
    fn blame(&self, error: Error) -> Error {
        let Optimized { target, cpu, effort, .. } = &self.optimized;
        let linked = self.found.iter().filter_map(bitcode::Found::linked);
        let linked: Vec<&PackedNative> = linked.map(|(_, packed)| packed).collect();
        let fails = |native: &&&PackedNative| emit_alone(native, target, cpu, *effort).is_err();
        let mut culprits: Vec<&PackedNative> = linked.iter().filter(fails).copied().collect();
        if culprits.is_empty() {
            culprits = linked;
        }
        let symbols = culprits.iter().map(|native| format!("`{}`", native.symbol)).collect::<Vec<_>>().join(", ");
        match (symbols.as_str(), error) {
            ("", error) => error,
            (symbols, Error::Llvm(text)) => {
                Error::Llvm(format!("no code can be made of the natives {symbols}: {text}"))
            }
            (_, error) => error,
        }
    }

    pub(super) fn into_optimized(self) -> Optimized {
        self.optimized
    }
}

impl Optimized {
    /// The IR as text.
    pub(super) fn print(&self) -> Result<String, Error> {
        let context = Context::new()?;
        Ok(self.read(&context)?.print())
    }

    /// The code as assembly.
    pub(super) fn assembly(&self) -> Result<String, Error> {
        let context = Context::new()?;
        let unit = self.read(&context)?;
        TargetMachine::new(&self.target.triple, &self.cpu, self.effort)?.emit_assembly(&unit)
    }

    fn read<'c>(&self, context: &'c Context) -> Result<Module<'c>, Error> {
        context.parse_bitcode(self.bitcode.as_ref().ok_or(Error::NotKept)?, c"unit")
    }
}

/// Makes code of a native's body and nothing else.
fn emit_alone(native: &PackedNative, target: &Target, cpu: &Cpu, effort: Effort) -> Result<(), Error> {
    let context = Context::new()?;
    let body = context.parse_bitcode(&native.bitcode, c"native")?;
    world::stamp(&body, cpu);
    TargetMachine::new(&target.triple, cpu, effort)?.emit_object(&body).map(drop)
}

/// What is compiled, for a message of LLVM's end.
pub(super) fn subject(ir: &Ir) -> String {
    let list = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let entries = list(ir.entries.iter().map(|entry| entry.name.as_str()).collect());
    match list(ir.natives.iter().map(|native| native.name.as_str()).collect()) {
        natives if natives.is_empty() => format!("the rule {entries}, which has no natives"),
        natives => format!("the rule {entries} with the natives {natives}"),
    }
}

fn uses_context(unit: &Module<'_>, ir: &Ir, names: Names<'_>) -> bool {
    ir.entries.iter().any(|entry| {
        // Where there is one that takes a list, it hands the state on to the first.
        let symbol = names.of(&entry.name, entry.ways()[0]);
        let function = CString::new(symbol).ok().and_then(|symbol| unit.function(&symbol));
        function.is_none_or(|function| function.uses_first_param())
    })
}

fn verify(unit: &Module<'_>, what: &str, settings: &Settings<'_>) -> Result<(), Error> {
    if settings.verify { unit.verify(what) } else { Ok(()) }
}

/// All packs and the rule are for the same machine and processor, and can be read by this LLVM.
fn target_of(natives: &[Natives], home: Home) -> Result<Target, Error> {
    let llvm = crate::llvm::version()?;
    for origin in natives.iter().map(|given| given.pack.origin()) {
        origin.check_version(llvm)?;
        if home == Home::Loaded {
            origin.check_machine()?;
        }
    }
    let Some(first) = natives.first().map(|given| given.pack.origin()) else { return Target::host() };
    let target = &first.target;
    match natives.iter().find(|other| other.pack.origin().target != *target) {
        None => {
            natives.iter().try_for_each(|other| other.pack.origin().check_processor(first))?;
            Ok(target.clone())
        }
        Some(other) => {
            let (one, two) = (target, &other.pack.origin().target);
            let (what, one, two) = match one.triple == two.triple {
                true => ("data layouts", &one.data_layout, &two.data_layout),
                false => ("machines", &one.triple, &two.triple),
            };
            Err(Error::Pack(format!(
                "natives' packs for different {what}, {one} and {two}, can't be used together: build them with the same rustc"
            )))
        }
    }
}
