//! `relon new`: the projects that it makes build and run at once, and what it refuses.

#[path = "../../relon-build/tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::{repository, succeeds};

fn relon(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relon"));
    command.current_dir(folder).args(arguments).output().expect("the command runs")
}

/// A folder for new projects, without the one of this name.
fn place(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new projects");
    let _ = std::fs::remove_dir_all(folder.join(name));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Makes a project, and gives its folder and what the command says.
fn made(name: &str, delivery: &str) -> (PathBuf, String) {
    let place = place(name);
    let checkout = repository().display().to_string();
    let output = relon(&place, &["new", name, "--delivery", delivery, "--relon-path", &checkout]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b""[..]), "{said}");
    let folder = place.join(name);
    // The versions that are there: a test asks no registry.
    std::fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).expect("a copy");
    (folder, said)
}

const PRICE: &str = "9848 cents, of which 390 are postage\n";

#[test]
fn a_project_that_loads_rules_runs_at_once() {
    let (folder, said) = made("shop-jit", "jit");
    assert!(said.contains("cd shop-jit\n"), "{said}");
    assert!(succeeds(&folder, &["run"]).contains(PRICE));
    let changed = "// Free.\n#schema Item { String sku: *, Int quantity: *, Int unit_cents: * }\n#schema Order { String tier: *, Int zone: *, List<Item> items: * }\n\
                   #schema Price { Int items_cents: *, Int discount_cents: *, Int postage_cents: *, Int total_cents: * }\n#main(Order order) -> Price\n\
                   { items_cents: 0, discount_cents: 0, postage_cents: 7, total_cents: 7 }\n";
    std::fs::write(folder.join("rules/free.relon"), changed).expect("a rule");
    assert!(succeeds(&folder, &["run", "--", "rules/free.relon"]).contains("7 cents, of which 7 are postage\n"));
    succeeds(&folder, &["test"]);
}

#[test]
fn a_project_with_compiled_rules_runs_at_once() {
    let (folder, _) = made("shop_object", "object");
    assert!(succeeds(&folder, &["run"]).contains(PRICE));
    succeeds(&folder, &["test"]);
    succeeds(&folder, &["clippy", "--all-targets", "--", "-D", "warnings"]);
    let tested = relon(&folder, &["test", "rules"]);
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stdout));
    assert!(String::from_utf8_lossy(&tested.stdout).contains("rules/price.json: gold ... ok"));
}

#[test]
fn a_project_for_link_time_optimisation_runs_at_once() {
    let (folder, said) = made("shop-lto", "lto");
    assert!(said.contains("cargo run --release"), "{said}");
    assert!(succeeds(&folder, &["run"]).contains(PRICE));
    assert!(succeeds(&folder, &["run", "--release"]).contains(PRICE));
    succeeds(&folder, &["test"]);
    // What the build script demands in release: without the flag it is an error.
    std::fs::remove_file(folder.join(".cargo/config.toml")).expect("gone");
    let said = support::fails(&folder, &["check", "--release"]);
    assert!(said.contains("set `RUSTFLAGS=\"-Clinker-plugin-lto\"`"), "{said}");
}

#[test]
fn a_project_depends_on_the_version_of_the_command() {
    let place = place("new_app-2");
    assert!(relon(&place, &["new", "new_app-2"]).status.success());
    let version = format!("{{ version = \"{}\"", env!("CARGO_PKG_VERSION"));
    for (manifest, count) in [("Cargo.toml", 2), ("natives/Cargo.toml", 1)] {
        let text = std::fs::read_to_string(place.join("new_app-2").join(manifest)).expect("a manifest");
        assert_eq!(text.matches(&version).count(), count, "{text}");
        assert!(text.contains("name = \"new_app-2") && !text.contains("RELON"), "{text}");
    }
    // The name of the templates may be a part of that of a project.
    let main = std::fs::read_to_string(place.join("new_app-2/src/main.rs")).expect("a program");
    assert!(main.contains("use new_app_2::price::"), "{main}");
}

#[test]
fn what_cannot_be_a_project_is_refused() {
    let place = place("taken");
    std::fs::create_dir_all(place.join("taken")).expect("a folder");
    for (arguments, said) in [
        (&["taken"][..], "`taken` exists already"),
        (&["match"], "`match` has a meaning in Rust"),
        (&["relon"], "`relon` would be taken for one of relon's own packages"),
        (&["relon_build"], "`relon_build` would be taken for one of relon's own packages"),
        (&["9lives"], "`9lives` cannot be the name of a package"),
        (&["Shop"], "`Shop` cannot be the name of a package"),
        (&["my shop"], "`my shop` cannot be the name of a package"),
        (&["käse"], "`käse` cannot be the name of a package"),
        (&[""], "a value is required"),
        (&[".."], "`..` does not end with a name"),
        (&["taken/match"], "`match` has a meaning in Rust"),
        (&["free", "--relon-path", "taken"], "`taken` is no checkout of relon"),
        (&["free", "--delivery", "sea"], "jit, object, lto"),
    ] {
        let output = relon(&place, &[&["new"], arguments].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    assert!(!place.join("free").exists() && !place.join("match").exists());
}
