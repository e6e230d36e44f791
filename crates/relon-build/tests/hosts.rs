//! Programs whose natives need much of them, such as C, threads and the unwinder, built with the settings that programs have: with rules that
//! are loaded, compiled in, and optimised by the linker; stripped; and without unwinding.
//!
//! The builds of a whole program with link-time optimisation take minutes: `just hosts` runs them.

mod support;

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use support::{Project, cargo, succeed, target_of_host};

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

/// The program, one for all tests.
static PROJECT: LazyLock<Project> = LazyLock::new(|| {
    let more = "\n[features]\nloaded = [\"relon/llvm\"]\n";
    let project = Project::new("hosts", "rules", include_str!("hosts/natives.rs"), more);
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

/// How rules get into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Loaded,
    Object,
    Lto,
}

/// How the program is built: what cargo is told, and settings of its profile.
struct Build {
    way: Way,
    release: bool,
    profile: &'static [(&'static str, &'static str)],
}

impl Build {
    fn unwinds(&self) -> bool {
        !self.profile.contains(&("PANIC", "abort"))
    }

    /// Builds the program and gives where it is.
    fn make(&self) -> PathBuf {
        let mut command = cargo(&PROJECT.folder, &["build", "--target", "host-tuple"]);
        let profile = if self.release { "RELEASE" } else { "DEV" };
        if self.release {
            command.arg("--release");
        }
        if self.way == Way::Loaded {
            command.args(["--features", "loaded"]);
        }
        if self.way == Way::Lto {
            command.env("RUSTFLAGS", "-Clinker-plugin-lto");
        }
        for (key, value) in self.profile {
            command.env(format!("CARGO_PROFILE_{profile}_{key}"), value);
        }
        succeed(&mut command);
        target_of_host().join(if self.release { "release/hosts" } else { "debug/hosts" })
    }

    /// Builds the program and runs all that it has.
    fn check(&self) {
        let program = self.make();
        let run = |case: &str| {
            let mut command = Command::new(&program);
            command.arg(case).current_dir(&PROJECT.folder).env("RUST_BACKTRACE", "0").output().expect("it runs")
        };
        self.succeeds("calm", &run("calm"));
        if self.unwinds() {
            self.succeeds("panics", &run("panics"));
        } else {
            // The message is that of the first panic, and nothing comes after it.
            self.aborts("element", "index out of bounds", &run("element"));
            self.aborts("in_drop", "index out of bounds", &run("in_drop"));
        }
        let second = if self.unwinds() { "panic in a destructor during cleanup" } else { "index out of bounds" };
        self.aborts("twice", second, &run("twice"));
        if self.unwinds() {
            // Elsewhere nobody catches it, and what throws it goes on.
            self.aborts("foreign", "Rust cannot catch foreign exceptions", &run("foreign"));
        }
    }

    fn succeeds(&self, case: &str, output: &Output) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{case}, {:?}, {:?}: {said}", self.way, self.profile);
        assert_eq!(output.stdout, b"done\n", "{case}");
    }

    fn aborts(&self, case: &str, text: &str, output: &Output) {
        const SIGABRT: i32 = 6;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(SIGABRT), "{case}, {:?}, {:?}: {said}", self.way, self.profile);
        assert!(said.contains(text), "{case}, {:?}, {:?}: {said}", self.way, self.profile);
    }
}

#[test]
fn programs_of_debug_builds() {
    for way in [Way::Object, Way::Loaded] {
        Build { way, release: false, profile: &[] }.check();
    }
}

/// What a program is shipped with.
const SMALL: [(&str, &str); 3] = [("LTO", "fat"), ("STRIP", "true"), ("CODEGEN_UNITS", "1")];

#[test]
#[ignore = "it takes minutes: `just hosts`"]
fn programs_that_are_optimised_as_a_whole_and_stripped() {
    for way in [Way::Object, Way::Lto, Way::Loaded] {
        Build { way, release: true, profile: &SMALL }.check();
    }
}

#[test]
#[ignore = "it takes minutes: `just hosts`"]
fn programs_that_do_not_unwind() {
    const PROFILE: [(&str, &str); 4] = [SMALL[0], SMALL[1], SMALL[2], ("PANIC", "abort")];
    for way in [Way::Object, Way::Lto, Way::Loaded] {
        Build { way, release: true, profile: &PROFILE }.check();
    }
}

#[test]
#[ignore = "it takes minutes: `just hosts`"]
fn programs_of_release_builds() {
    for profile in [&[][..], &[("LTO", "thin")], &[("LTO", "off"), ("PANIC", "abort")]] {
        for way in [Way::Object, Way::Loaded] {
            Build { way, release: true, profile }.check();
        }
    }
}
