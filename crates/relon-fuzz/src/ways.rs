//! The ways to run a program, all compared with the evaluator.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;

use relon::{Backend, BuildOptions, Effort, Engine, Error, Limits, Program, World};

/// Fewer nested calls than usual: what calls itself without end is evaluated sooner.
pub(crate) const LIMITS: Limits = Limits { recursion: 400, arena_bytes: 1 << 30 };

/// One way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// What people call it.
    pub(crate) name: &'static str,
    kind: Kind,
    /// One program of so many runs in this way.
    every: u64,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Code in memory.
    Loaded(Backend, World, Effort),
    /// The same, with arguments that are checked by one part of the code, on which the other relies.
    Apart(Backend, Effort),
    /// Built as a static library, linked to a shared one, and that loaded.
    Linked(Effort),
}

/// All ways. Those that take long are for a share of the programs.
pub(crate) const WAYS: [Way; 10] = [
    Way { name: "Cranelift", kind: Kind::Loaded(Backend::Cranelift, World::Closed, Effort::Quick), every: 1 },
    Way { name: "Cranelift, open", kind: Kind::Loaded(Backend::Cranelift, World::Open, Effort::Quick), every: 2 },
    Way { name: "LLVM, closed", kind: Kind::Loaded(Backend::Llvm, World::Closed, Effort::Quick), every: 3 },
    Way { name: "LLVM, open", kind: Kind::Loaded(Backend::Llvm, World::Open, Effort::Quick), every: 10 },
    Way { name: "LLVM, closed, full", kind: Kind::Loaded(Backend::Llvm, World::Closed, Effort::Full), every: 50 },
    Way { name: "Cranelift, apart", kind: Kind::Apart(Backend::Cranelift, Effort::Quick), every: 4 },
    Way { name: "LLVM, apart", kind: Kind::Apart(Backend::Llvm, Effort::Quick), every: 12 },
    Way { name: "LLVM, apart, full", kind: Kind::Apart(Backend::Llvm, Effort::Full), every: 60 },
    Way { name: "static library", kind: Kind::Linked(Effort::Quick), every: 75 },
    Way { name: "static library, full", kind: Kind::Linked(Effort::Full), every: 300 },
];

/// Which ways are compared with the evaluator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways(pub(crate) u64);

impl Ways {
    /// Those of a seed: the quick ones, and now and then a slow one.
    pub fn of(seed: u64) -> Ways {
        let wanted = WAYS.iter().enumerate().filter(|(_, way)| seed.is_multiple_of(way.every));
        Ways(wanted.map(|(number, _)| 1 << number).sum())
    }

    /// A single way.
    pub(crate) fn one(number: u64) -> Ways {
        Ways(1 << number)
    }

    /// The ways with their numbers.
    pub(crate) fn list(self) -> impl Iterator<Item = (usize, Way)> {
        WAYS.into_iter().enumerate().filter(move |(number, _)| self.0 >> number & 1 == 1)
    }
}

/// Where shared libraries are made. They are removed with it.
#[derive(Debug)]
pub(crate) struct Workshop {
    folder: PathBuf,
    made: Cell<usize>,
}

impl Workshop {
    /// A folder of this process.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(crate) fn new() -> std::io::Result<Self> {
        let folder = Workshop::folder(std::process::id());
        std::fs::create_dir_all(&folder)?;
        Ok(Workshop { folder, made: Cell::default() })
    }

    fn folder(process: u32) -> PathBuf {
        std::env::temp_dir().join(format!("relon-fuzz-{process}"))
    }

    /// Removes what is left of a process that was ended by force.
    pub(crate) fn remove(process: u32) {
        drop(std::fs::remove_dir_all(Workshop::folder(process)));
    }

    /// A shared library of what a static one holds.
    fn link(&self, archive: &[u8], exported: &[&str]) -> Result<PathBuf, String> {
        // The system may keep a library that was closed, and would give it for another of the same name.
        self.made.set(self.made.get() + 1);
        let (input, output) = (self.folder.join("unit.a"), self.folder.join(format!("unit{}.so", self.made.get())));
        std::fs::write(&input, archive).map_err(|error| error.to_string())?;
        let mut command = Command::new("cc");
        command.args(["-shared", "-Wl,-Bsymbolic", "-o"]).arg(&output);
        command.args(exported.iter().map(|symbol| format!("-Wl,-u,{symbol}")));
        let done = command.arg(&input).args(["-lpthread", "-ldl", "-lm"]).output();
        let done = done.map_err(|error| error.to_string())?;
        match done.status.success() {
            true => Ok(output),
            false => Err(format!("{command:?}:\n{}", String::from_utf8_lossy(&done.stderr))),
        }
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Way {
    /// What the program gives for arguments.
    pub(crate) fn run(self, program: &Program, arguments: &str) -> Result<String, Error> {
        match self.kind {
            Kind::Apart(..) => relon::compiling::run_apart(program, arguments),
            Kind::Loaded(..) | Kind::Linked(_) => program.run_json(arguments),
        }
    }

    /// The program, ready to run in this way.
    ///
    /// # Errors
    /// Where it cannot be compiled, which is a difference, since it could be evaluated.
    pub(crate) fn load(self, engine: &mut Engine, source: &str, workshop: &Workshop) -> Result<Program, String> {
        let shown = |error: Error| error.render(false);
        match self.kind {
            Kind::Loaded(backend, world, effort) => {
                engine.backend(backend).world(world).effort(effort).line_tables(false).valid_args(false);
                engine.load("program.relon", source).map_err(shown)
            }
            Kind::Apart(backend, effort) => {
                engine.backend(backend).world(World::Closed).effort(effort).line_tables(false).valid_args(true);
                engine.load("program.relon", source).map_err(shown)
            }
            Kind::Linked(effort) => {
                let options = BuildOptions { effort, ..BuildOptions::default() };
                // As `relon build` does.
                let unit = engine.line_tables(true).build("program.relon", source, &options).map_err(shown)?;
                let archive = unit.static_library().map_err(shown)?;
                let library = workshop.link(&archive, &unit.exported())?;
                // SAFETY: the library was just linked from the unit.
                let program = unsafe { unit.program(&library, LIMITS) }.map_err(shown);
                drop(std::fs::remove_file(library));
                program
            }
        }
    }
}
