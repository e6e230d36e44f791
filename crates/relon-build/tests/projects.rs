//! Projects with rules, built by cargo as their users would: the example, and small ones written here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What cargo makes for all projects, so that the compiler is built once.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Runs cargo in a folder, away from the settings of the cargo that runs this test.
fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if (text.starts_with("CARGO_") && text != "CARGO_HOME")
            || text.starts_with("RUSTFLAGS")
            || text == "RUST_BACKTRACE"
        {
            command.env_remove(&name);
        }
    }
    command.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true");
    command.output().expect("cargo runs")
}

/// What cargo says where it succeeds.
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = cargo(folder, arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "cargo {arguments:?} in {}:\n{said}", folder.display());
    said
}

/// What cargo says where it fails.
fn fails(folder: &Path, arguments: &[&str]) -> String {
    let output = cargo(folder, arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "cargo {arguments:?} in {} should fail:\n{said}", folder.display());
    said
}

#[test]
fn the_example_does_what_it_says() {
    let example = repository().join("examples/pricing-app");
    succeeds(&example, &["test"]);
    let said = succeeds(&example, &["run"]);
    for expected in [
        "Order A-17, 15 pieces: 9735 cents",
        "to zone 1: 9335 cents",
        "rules/pricing.relon:57:26: NativeFailed: a native failed: nothing is sent to zone 9",
    ] {
        assert!(said.contains(expected), "{expected} is not in:\n{said}");
    }
    let binary = std::fs::read(target().join("debug/pricing-app")).expect("the binary");
    assert!(binary.windows(7).all(|text| text != b"libLLVM"), "the program needs no LLVM");
}

/// A project in a folder of its own, whose name has a blank.
struct Project {
    folder: PathBuf,
}

const RULE: &str = "// Doubles a number.\n\n#schema Point {\n    Int x: *,\n    Int y: *\n}\n\n#main(Point point) -> Point\n\n{ x: point.x * 2, y: twice(point.y) }\n";

impl Project {
    fn new(name: &str) -> Project {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("project {name}"));
        let _ = std::fs::remove_dir_all(&folder);
        let project = Project { folder };
        let crates = repository().join("crates");
        let crates = crates.display();
        project.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\nmembers = [\"natives\"]\n\n\
                 [dependencies]\n{name}-natives = {{ path = \"natives\" }}\n\
                 relon = {{ path = \"{crates}/relon\", default-features = false, features = [\"rules\"] }}\n\n\
                 [build-dependencies]\nrelon-build = {{ path = \"{crates}/relon-build\" }}\n\n\
                 [profile.dev.build-override]\nopt-level = 1\n"
            ),
        );
        project.write("build.rs", "//! Builds.\nfn main() -> Result<(), relon_build::Error> {\n    relon_build::Rules::new(\"rules\").natives(\"natives\").compile()\n}\n");
        project.write("src/lib.rs", "//! A library with rules.\n#![deny(missing_docs)]\n\nrelon::include_rules!();\n");
        project.write("tests/run.rs", &format!("//! Runs.\n\n#[test]\nfn run() {{\n    let point = {name}::double::Point::new(3, 4);\n    assert_eq!({name}::double::run(&point), Ok({name}::double::Point {{ x: 6, y: 8 }}));\n}}\n"));
        project.write("rules/double.relon", RULE);
        project.write("natives/Cargo.toml", &format!("[package]\nname = \"{name}-natives\"\nedition = \"2024\"\n\n[dependencies]\nrelon = {{ path = \"{crates}/relon\", default-features = false }}\n"));
        project.write(
            "natives/src/lib.rs",
            "//! Natives.\n\n/// Twice.\n#[relon::native]\npub fn twice(n: i64) -> i64 {\n    n * 2\n}\n",
        );
        // The versions that are there: a test asks no registry.
        std::fs::copy(repository().join("Cargo.lock"), project.folder.join("Cargo.lock")).expect("a copy");
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        std::fs::write(path, text).expect("a new file");
    }

    /// The static library of rules that was made last.
    fn library(&self, name: &str) -> Vec<u8> {
        let folders = std::fs::read_dir(target().join("debug/build")).expect("products");
        let library = format!("out/librelon_rules_{name}.a");
        // Clippy's products lie beside those of the compiler.
        let found = folders.map(|folder| folder.expect("a folder").path().join(&library));
        let made = |path: &PathBuf| path.metadata().and_then(|data| data.modified()).ok();
        let path = found.filter(|path| path.is_file()).max_by_key(made).expect("a library");
        std::fs::read(path).expect("its bytes")
    }
}

#[test]
fn a_library_with_rules_is_checked_linted_documented_and_tested() {
    let project = Project::new("plain");
    for command in [
        &["check"][..],
        &["clippy", "--all-targets", "--", "-D", "warnings"],
        &["doc", "--no-deps"],
        &["test", "--locked"],
    ] {
        succeeds(&project.folder, command);
    }
    let before = project.library("plain");
    succeeds(&project.folder, &["clean", "-p", "plain"]);
    succeeds(&project.folder, &["build"]);
    assert!(before == project.library("plain"), "the same input gives the same bytes");
}

#[test]
fn what_changes_is_built_again_and_nothing_else() {
    let project = Project::new("changing");
    succeeds(&project.folder, &["test"]);
    assert!(!succeeds(&project.folder, &["build", "-v"]).contains("Dirty changing"));
    project.write(
        "natives/src/lib.rs",
        "//! Natives.\n\n/// Twice.\n#[relon::native]\npub fn twice(n: i64) -> i64 {\n    n * 3\n}\n",
    );
    assert!(fails(&project.folder, &["test"]).contains("Point { x: 6, y: 12 }"));
    project.write(
        "rules/double.relon",
        &RULE
            .replace("twice(point.y)", "shifted.by")
            .replace("#schema", "#import shifted from \"shifted.relon\"\n\n#schema"),
    );
    project.write("rules/shifted.relon", "{ by: 8 }\n");
    succeeds(&project.folder, &["test"]);
    project.write("rules/shifted.relon", "{ by: 9 }\n");
    assert!(fails(&project.folder, &["test"]).contains("Point { x: 6, y: 9 }"));
}

#[test]
fn mistakes_are_shown_with_their_place() {
    let project = Project::new("wrong");
    project.write("rules/double.relon", &RULE.replace("twice(point.y)", "twice(point.z)"));
    project.write("rules/broken.relon", "#main(Int n) -> Int\n\nn +\n");
    let said = fails(&project.folder, &["check"]);
    assert!(said.contains("error: wrong@0.0.0: rules/double.relon:10:"), "{said}");
    assert!(said.contains("error: wrong@0.0.0: rules/broken.relon:"), "{said}");
    assert!(said.contains("--> rules/double.relon:10:"), "the source is shown:\n{said}");
    std::fs::remove_dir_all(project.folder.join("rules")).expect("gone");
    let said = fails(&project.folder, &["check"]);
    assert!(said.contains("`rules`"), "{said}");
    project.write("rules/only_a_library.relon", "{ a: 1 }\n");
    let said = fails(&project.folder, &["check"]);
    assert!(said.contains("no file with `#main`"), "{said}");
}

#[test]
fn a_struct_that_is_no_schema_is_refused_with_the_field() {
    let project = Project::new("standing");
    let library = "//! A library with rules.\n\nrelon::include_rules!();\n\n/// A point.\n#[derive(relon::Schema)]\n#[repr(C)]\npub struct Mine {\n    \
                   /// First.\n    pub x: i64,\n    /// Second.\n    pub z: i64,\n}\n\n/// Runs.\npub fn run(mine: &Mine) -> bool {\n    \
                   double::run(double::Point::from_ref(mine)).is_ok()\n}\n";
    project.write("src/lib.rs", library);
    let said = fails(&project.folder, &["build"]);
    assert!(said.contains("schema `Point`: field `y` is not at its place in the struct"), "{said}");
    project.write("src/lib.rs", &library.replace("pub z", "pub y"));
    succeeds(&project.folder, &["build"]);
}

#[test]
fn demanded_link_time_optimisation_says_which_setting_is_missing() {
    let project = Project::new("demanding");
    let build = "//! Builds.\nfn main() -> Result<(), relon_build::Error> {\n    let rules = relon_build::Rules::new(\"rules\").natives(\"natives\");\n    \
                 rules.delivery(relon_build::Delivery::Lto).compile()\n}\n";
    project.write("build.rs", build);
    let said = fails(&project.folder, &["check"]);
    assert!(said.contains("RUSTFLAGS=\"-Clinker-plugin-lto\""), "{said}");
}
