//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use relon::Processor;

const EXIT_CODES: &str = "Exit codes:
  0  a result, or a check that holds
  1  the rule failed (it does not check, or it trapped), or a check did not hold
  2  wrong usage, or input that cannot be read
  3  the toolchain failed: rustc, cargo, LLVM or a natives package that does not build";

/// Business rules that run inside Rust programs at the speed of Rust.
#[derive(Debug, Parser)]
#[command(name = "relon", version, after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How errors are written to stderr; `check` and `test` write what they found to stdout as JSON.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// How errors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text with the source, for people.
    Human,
    /// One JSON object, for tools.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a rule and prints its result as JSON.
    #[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
    Run(RunCommand),
    /// Compiles a rule with its natives and reports what was inlined and what was not.
    #[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
    Inspect(InspectCommand),
    /// Compiles a rule with its natives to a file that a program is linked with.
    #[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
    Build(BuildCommand),
    /// Checks rules without compiling or running them.
    #[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
    Check(CheckCommand),
    /// Makes a project: a program with rules and natives, which builds and runs at once.
    #[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
    New(NewCommand),
    /// Runs the cases beside rules.
    #[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
    Test(TestCommand),
    /// Shows what is kept of rules that were compiled, or removes it.
    #[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
    Cache(CacheCommand),
    /// Shows which rustc and LLVM are used, how they fit, and what to do where they don't.
    #[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
    Doctor,
}

/// What is done with the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CacheAction {
    /// Says where it is and what it holds.
    Show,
    /// Removes all that is kept.
    Clear,
}

#[derive(Debug, Args)]
pub(crate) struct CacheCommand {
    /// What to do.
    #[arg(value_enum, default_value_t = CacheAction::Show)]
    pub(crate) action: CacheAction,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckCommand {
    /// Rules, folders that are searched for `.relon` files, or `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// How rules get into a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeliveryArg {
    /// The program loads them as text when it runs, and compiles them with its natives.
    Jit,
    /// The build script compiles them, and the program needs no compiler.
    Object,
    /// As before, and release builds are optimised by the linker together with the rules.
    Lto,
}

#[derive(Debug, Args)]
pub(crate) struct NewCommand {
    /// The folder to make. Its name is that of the package.
    #[arg(value_name = "NAME")]
    pub(crate) path: PathBuf,
    /// How rules get into the program.
    #[arg(long, value_enum, default_value_t = DeliveryArg::Object)]
    pub(crate) delivery: DeliveryArg,
    /// Lets the project depend on the crates of this checkout of relon, instead of the version that this command has.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) relon_path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestCommand {
    /// Rules, `.json` files of cases beside them, or folders that are searched for both.
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Natives and grants for all rules, instead of those that the cases name.
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// What runs the rules.
    #[arg(long, value_enum, default_value_t = BackendArg::Llvm)]
    pub(crate) backend: BackendArg,
}

/// What rules get from their host.
#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    /// The cargo package whose natives the rule may call: its folder or its Cargo.toml.
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) natives: Option<PathBuf>,
    /// A capability that natives may use; can be given more than once.
    #[arg(long = "grant", value_name = "CAPABILITY")]
    pub(crate) grants: Vec<String>,
}

/// What `run` and `inspect` need to load a rule.
#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    /// The rule: a `.relon` file.
    pub(crate) rule: PathBuf,
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// What runs the rule.
    #[arg(long, value_enum, default_value_t = BackendArg::Llvm)]
    pub(crate) backend: BackendArg,
    /// How much time is spent on the machine code: where nothing is said, little to run a rule once, and all to inspect it.
    #[arg(long, value_enum)]
    pub(crate) effort: Option<EffortArg>,
    /// Has LLVM's verifier look at the code when it is linked and when it is optimised. The rule is then compiled in any case.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Compiles the rule, even if it was compiled before, and keeps nothing of it.
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// How much time is spent on the machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EffortArg {
    /// Code that is ready at once: natives are inlined unless they are large.
    Quick,
    /// The fastest code: natives are inlined.
    Full,
}

/// What runs rules. All give the same results and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendArg {
    /// The evaluator: no code is made, and LLVM is used only to build natives.
    Eval,
    /// Cranelift: code that is ready in a fraction of LLVM's time and slower to run; natives are called.
    Cranelift,
    /// LLVM, closed world: natives are linked into the rule and inlined.
    Llvm,
    /// LLVM, open world: natives are called through a table.
    LlvmOpen,
}

#[derive(Debug, Args)]
pub(crate) struct RunCommand {
    #[command(flatten)]
    pub(crate) rule: RuleArgs,
    /// The arguments: a JSON object, a file that holds one, or `-` for standard input.
    #[arg(long, value_name = "FILE|JSON")]
    pub(crate) args: Option<String>,
    /// Writes the time of each step to stderr.
    #[arg(long)]
    pub(crate) timings: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectCommand {
    #[command(flatten)]
    pub(crate) rule: RuleArgs,
    /// Runs the rule with these arguments first: a JSON object, a file that holds one, or `-` for standard input.
    #[arg(long, value_name = "FILE|JSON")]
    pub(crate) args: Option<String>,
    /// Prints the typed IR of the rule, which every code generator starts from.
    #[arg(long)]
    pub(crate) typed: bool,
    /// Prints the optimised LLVM IR of the unit.
    #[arg(long)]
    pub(crate) ir: bool,
    /// Prints the assembly of the unit.
    #[arg(long)]
    pub(crate) asm: bool,
    /// Prints the LLVM IR as it was before natives were linked and anything was optimised.
    #[arg(long)]
    pub(crate) before: bool,
    /// Prints the report as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Fails with exit code 1 when a call of a native is left.
    #[arg(long)]
    pub(crate) deny_residual: bool,
}

/// What `build` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Emit {
    /// An object, which needs the natives' library and Rust's own beside it.
    Object,
    /// A static library with all that the rule needs.
    Staticlib,
    /// Bitcode of rustc's LLVM.
    Bitcode,
    /// Assembly.
    Asm,
}

#[derive(Debug, Args)]
pub(crate) struct BuildCommand {
    /// The rule: a `.relon` file.
    pub(crate) rule: PathBuf,
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// The file to write. Its extension says what: `.o` an object, `.a` a static library, `.bc` bitcode, `.s` assembly.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// What to write, whatever the extension is.
    #[arg(long, value_enum)]
    pub(crate) emit: Option<Emit>,
    /// Writes a header for C and C++ as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) header: Option<PathBuf>,
    /// What the names of the C functions and types begin with.
    #[arg(long, value_name = "NAME", default_value = "relon_main")]
    pub(crate) prefix: String,
    /// The processor: `baseline`, `host`, or a level of the x86-64 architecture.
    #[arg(long, value_name = "CPU", default_value = "baseline", value_parser = Processor::NAMES)]
    pub(crate) cpu: String,
    /// Adds the entry for many rows.
    #[arg(long)]
    pub(crate) batch: bool,
    /// Leaves out the line tables by which debuggers find places in the rule.
    #[arg(long)]
    pub(crate) no_debug: bool,
    /// Fails with exit code 1, and writes nothing, when a call of a native is left.
    #[arg(long)]
    pub(crate) deny_residual: bool,
}
