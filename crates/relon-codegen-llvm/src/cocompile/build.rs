//! Units for files: what a linker puts into a program.
//!
//! A built unit is position-independent, holds no address, and is the same for the same input. Paths of the machine that built it are in
//! it where it has line tables: those of natives' sources, as rustc gives them.
//! It exports its entries. It needs natives that were not inlined, what their bodies call, and Rust's own libraries: these stay
//! undefined symbols, which the link of the natives' crate into the same program resolves.

use relon_ir::{Module as Ir, Way};

use crate::Error;
use crate::entry::Names;
use crate::llvm::{Context, Watch};
use crate::natives::Natives;
use relon_ir::Lines;

use super::unit::{Home, Optimized, Settings, Unit};
use super::{Clock, Effort, Phase, Processor, Report, Worlds, link, optimize};

/// What becomes of a built unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// It is linked as machine code.
    #[default]
    Object,
    /// Its bitcode takes part in the link-time optimisation of a program.
    Lto,
}

/// How a unit for a file is made.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// The symbol of the entry `main`; those of `main.typed` and `main.batch` are this one followed by `_typed` and `_batch`. Those of the
    /// direct functions end with `_direct`.
    pub prefix: String,
    /// The processor. In link-time optimisation it has to be the one that the program is built for, or nothing is inlined.
    pub processor: Processor,
    /// How much time is spent on the code.
    pub effort: Effort,
    /// What becomes of the unit.
    pub delivery: Delivery,
    /// The lines of the sources, for line tables by which debuggers find places in the rule.
    pub lines: Option<Lines>,
}

impl Default for BuildOptions {
    fn default() -> Self {
        BuildOptions {
            prefix: "relon_main".into(),
            processor: Processor::Baseline,
            effort: Effort::Full,
            delivery: Delivery::Object,
            lines: None,
        }
    }
}

/// A unit for a file.
pub struct Built {
    unit: Optimized,
    object: Vec<u8>,
    entries: Vec<(String, String)>,
    undefined: Vec<String>,
    phases: Vec<Phase>,
}

/// Compiles a rule together with its natives for a file. Nothing has to be found in this process: packs whose symbols are
/// [`Nowhere`](crate::natives::Nowhere) will do.
///
/// # Errors
/// Where a native's body doesn't fit its declaration, the prefix is no name of C, or LLVM is missing or refuses the unit.
pub fn build(ir: &Ir, natives: &[Natives], options: &BuildOptions) -> Result<Built, Error> {
    check_prefix(&options.prefix)?;
    let mut clock = Clock::start();
    let _watch = Watch::start(super::unit::subject(ir));
    let context = Context::new()?;
    let names = Names::Prefixed(&options.prefix);
    let settings = Settings {
        worlds: &Worlds::default(),
        home: Home::Linked,
        processor: &options.processor,
        effort: options.effort,
        passes: match options.delivery {
            Delivery::Object => options.effort.passes(),
            Delivery::Lto => optimize::BEFORE_LINK,
        },
        names,
        lines: options.lines.as_ref(),
        verify: true,
        keep_ir: true,
    };
    let unit = Unit::make(&context, ir, natives, &settings, &mut clock)?;
    let object = unit.emit(&mut clock)?.bytes().to_vec();
    let undefined = link::undefined(&object)?;
    let mut entries = Vec::new();
    for entry in &ir.entries {
        for way in entry.ways() {
            let suffix = if *way == Way::Direct { ".direct" } else { "" };
            entries.push((format!("{}{suffix}", entry.name), names.of(&entry.name, *way)));
        }
    }
    Ok(Built { entries, unit: unit.into_optimized(), object, undefined, phases: clock.phases })
}

fn check_prefix(prefix: &str) -> Result<(), Error> {
    let starts = prefix.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    match starts && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        true => Ok(()),
        false => {
            Err(Error::Ir(format!("`{prefix}` can't start the names of C functions: use letters, digits and `_`")))
        }
    }
}

impl Built {
    /// The unit as an object file.
    pub fn object(&self) -> &[u8] {
        &self.object
    }

    /// The unit as bitcode of rustc's LLVM.
    pub fn bitcode(&self) -> &[u8] {
        self.unit.bitcode.as_deref().unwrap_or_default()
    }

    /// The unit as assembly.
    ///
    /// # Errors
    /// Where LLVM can't read what it wrote.
    pub fn assembly(&self) -> Result<String, Error> {
        self.unit.assembly()
    }

    /// The rule's IR as it was emitted, before natives were linked to it.
    pub fn ir_before_link(&self) -> &str {
        &self.unit.before
    }

    /// The IR of the optimised unit.
    ///
    /// # Errors
    /// Where LLVM can't read what it wrote.
    pub fn ir_after(&self) -> Result<String, Error> {
        self.unit.print()
    }

    /// The functions that the unit exports: name of the entry in the IR, with `.direct` behind it for its direct function, and symbol.
    pub fn entries(&self) -> &[(String, String)] {
        &self.entries
    }

    /// The symbols that the object needs from the program.
    pub fn undefined(&self) -> &[String] {
        &self.undefined
    }

    /// Whether the code refers to the state of the call. Where it does not, a call need not prepare it.
    pub fn uses_context(&self) -> bool {
        self.unit.uses_context
    }

    /// What became of the natives.
    pub fn report(&self) -> &Report {
        &self.unit.report
    }

    /// How long each part of the compilation took.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }
}

impl std::fmt::Debug for Built {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Built").field("entries", &self.entries).field("report", self.report()).finish()
    }
}
