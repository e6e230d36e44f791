//! Programs whose natives need much of them, such as C, threads and the unwinder, built with the settings that programs have: optimised as a
//! whole, by rustc or by the linker; stripped; and without unwinding. Each runs rules that are compiled in and rules that are loaded.
//!
//! The builds of a whole program with link-time optimisation take minutes: `just hosts` runs them.

mod support;

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use support::{Project, cargo, succeed, target, target_of_host};

const NATIVES: [&str; 24] = [
    "total",
    "pointed",
    "in_table",
    "lazy",
    "here",
    "words",
    "counted_by_c",
    "total_of_c",
    "sum_by_c",
    "limit_of_c",
    "absolute",
    "by_thread",
    "distinct",
    "digits",
    "json",
    "by_vectors",
    "address",
    "caught",
    "element",
    "outlined",
    "in_drop",
    "no_text",
    "bad_payload",
    "twice",
];

const BUILD_OF_NATIVES: &str = "//! Builds what is written in C.\n\nfn main() {\n    println!(\"cargo::rerun-if-changed=limits.c\");\n    \
                                cc::Build::new().file(\"limits.c\").compile(\"limits\");\n}\n";

/// What a program is shipped with. These two are of the program alone: what all of it depends on is built once, for the other tests as well.
const SHIPPED: &str = "\n[profile.release.package.hosts]\nstrip = true\ncodegen-units = 1\n";

/// The program, one for all tests.
static PROJECT: LazyLock<Project> = LazyLock::new(|| {
    let project = Project::new("hosts", "llvm", include_str!("hosts/natives.rs"), SHIPPED);
    let natives = std::fs::read_to_string(project.folder.join("natives/Cargo.toml")).expect("a manifest");
    let needs = "serde_json = \"1\"\n\n[build-dependencies]\ncc = \"1\"\n";
    project.write("natives/Cargo.toml", &format!("{natives}{needs}"));
    project.write("natives/build.rs", BUILD_OF_NATIVES);
    project.write("natives/limits.c", include_str!("hosts/limits.c"));
    project.write("build.rs", include_str!("hosts/build.rs"));
    project.write("src/main.rs", include_str!("hosts/program.rs"));
    for native in NATIVES.into_iter().chain(["foreign"]) {
        project.write(&format!("rules/{native}.relon"), &format!("#main(Int n) -> Int\n\n{native}(n)\n"));
    }
    project
});

/// How the program is built: what optimises it as a whole, and whether panics unwind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Build {
    Debug,
    /// By rustc, with this value of the setting `lto`, and of `panic`.
    Release(&'static str, &'static str),
    /// By the linker, and the rules that are compiled in with it.
    ByLinker(&'static str),
}

impl Build {
    fn unwinds(self) -> bool {
        !matches!(self, Build::Release(_, "abort") | Build::ByLinker("abort"))
    }

    /// Builds the program and gives where it is.
    fn make(self) -> PathBuf {
        let release = |lto, panic, more: &[&str]| {
            let mut command = cargo(&PROJECT.folder, &[&["build", "--release"], more].concat());
            command.env("CARGO_PROFILE_RELEASE_LTO", lto).env("CARGO_PROFILE_RELEASE_PANIC", panic);
            command
        };
        let (mut command, program) = match self {
            Build::Debug => (cargo(&PROJECT.folder, &["build"]), target().join("debug/hosts")),
            Build::Release(lto, panic) => (release(lto, panic, &[]), target().join("release/hosts")),
            Build::ByLinker(panic) => {
                // Flags are for the program alone, and not for its build script, where the target is named.
                let mut command = release("fat", panic, &["--target", "host-tuple"]);
                command.env("RUSTFLAGS", "-Clinker-plugin-lto");
                (command, target_of_host().join("release/hosts"))
            }
        };
        succeed(&mut command);
        program
    }

    /// Builds the program and runs all that it has.
    fn check(self) {
        let program = self.make();
        for rules in ["compiled", "loaded"] {
            let run = |case: &str| {
                let mut command = Command::new(&program);
                command.args([rules, case]).current_dir(&PROJECT.folder).env("RUST_BACKTRACE", "0");
                Run { what: format!("{case}, {rules}, {self:?}"), output: command.output().expect("it runs") }
            };
            run("calm").succeeds();
            if self.unwinds() {
                run("panics").succeeds();
                run("twice").aborts("panic in a destructor during cleanup");
                // Elsewhere nobody catches it, and what throws it goes on.
                run("foreign").aborts("Rust cannot catch foreign exceptions");
            } else {
                // The message is that of the first panic, and nothing comes after it.
                for case in ["element", "in_drop", "twice"] {
                    run(case).aborts("index out of bounds");
                }
            }
        }
    }
}

/// A run of the program.
struct Run {
    what: String,
    output: Output,
}

impl Run {
    fn succeeds(&self) {
        assert!(self.output.status.success(), "{}: {}", self.what, self.said());
        assert_eq!(self.output.stdout, b"done\n", "{}", self.what);
    }

    fn aborts(&self, text: &str) {
        const SIGABRT: i32 = 6;
        assert_eq!(self.output.status.signal(), Some(SIGABRT), "{}: {}", self.what, self.said());
        assert!(self.said().contains(text), "{}: {}", self.what, self.said());
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

#[test]
fn programs_of_debug_builds() {
    Build::Debug.check();
}

#[test]
#[ignore = "it takes minutes: `just hosts`"]
fn programs_that_rustc_optimises_as_a_whole() {
    for lto in ["fat", "thin"] {
        Build::Release(lto, "unwind").check();
    }
}

#[test]
#[ignore = "it takes minutes: `just hosts`"]
fn programs_that_do_not_unwind() {
    for build in [Build::Release("fat", "abort"), Build::ByLinker("abort")] {
        build.check();
    }
}

#[test]
#[ignore = "it takes minutes: `just hosts`"]
fn programs_that_the_linker_optimises() {
    Build::ByLinker("unwind").check();
}
