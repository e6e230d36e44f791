//! Projects with rules, built by cargo as their users would: the one in `bindings`, and small ones written here.

mod support;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use support::{Project, fails, succeeds, target};

#[test]
fn bindings_do_what_their_tests_say() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bindings");
    succeeds(&project, &["test", "--locked"]);
    let said = succeeds(&project, &["run"]);
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

const RULE: &str = "// Doubles a number.\n\n#schema Point {\n    Int x: *,\n    Int y: *\n}\n\n#main(Point point) -> Point\n\n{ x: point.x * 2, y: twice(point.y) }\n";

const NATIVES: &str = "//! Natives.\n\n/// Twice.\n#[relon::native]\npub fn twice(n: i64) -> i64 {\n    n * 2\n}\n";

const LIBRARY: &str = "//! A library with rules.\n#![deny(missing_docs)]\n\nrelon::include_rules!();\n";

const BUILD: &str = "//! Builds.\nfn main() -> Result<(), relon_build::Error> {\n    relon_build::Rules::new(\"rules\").natives(\"natives\").compile()\n}\n";

const TEST: &str = "//! Runs.\n\n#[test]\nfn run() {\n    let point = plain::double::Point::new(3, 4);\n    \
                    assert_eq!(plain::double::run(&point), Ok(plain::double::Point { x: 6, y: 8 }));\n}\n";

/// A library with a rule, and a test of it. There is one for all tests, since each project builds its natives with all that they depend on; a
/// test has it to itself as long as it keeps the guard.
fn library() -> (Project, MutexGuard<'static, ()>) {
    static IN_USE: Mutex<()> = Mutex::new(());
    let guard = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
    let project = Project::new("plain", "rules", NATIVES, "");
    project.write("build.rs", BUILD);
    project.write("src/lib.rs", LIBRARY);
    project.write("tests/run.rs", TEST);
    project.write("rules/double.relon", RULE);
    (project, guard)
}

/// The static library of rules that a build with these settings makes. Those of other settings, and those of clippy, lie beside it.
fn compiled(project: &Project, settings: &[&str]) -> Vec<u8> {
    let said = succeeds(&project.folder, &[&["build", "--message-format=json"], settings].concat());
    let mut messages = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let is_of_rules = |message: &serde_json::Value| {
        let package = message["package_id"].as_str().unwrap_or_default();
        message["reason"] == "build-script-executed" && package.ends_with("#plain@0.0.0")
    };
    let message = messages.find(is_of_rules).expect("a build script");
    let folder = Path::new(message["out_dir"].as_str().expect("its folder"));
    std::fs::read(folder.join("librelon_rules_plain.a")).expect("a library")
}

#[test]
fn line_tables_are_there_where_the_profile_has_debug_information() {
    let (project, _guard) = library();
    let has = |library: &[u8], text: &[u8]| library.windows(text.len()).any(|part| part == text);
    for (settings, expected) in [(&[][..], true), (&["--config", "profile.dev.debug=\"none\""], false)] {
        let library = compiled(&project, settings);
        // The rule's file, and the native that was inlined.
        for text in [&b"rules/double.relon"[..], b"\0twice\0"] {
            assert_eq!(has(&library, text), expected, "{settings:?}: {}", text.escape_ascii());
        }
    }
}

#[test]
fn a_library_with_rules_is_checked_linted_documented_and_tested() {
    let (project, _guard) = library();
    for command in [
        &["check"][..],
        &["clippy", "--all-targets", "--", "-D", "warnings"],
        &["doc", "--no-deps"],
        &["test", "--locked"],
    ] {
        succeeds(&project.folder, command);
    }
    let before = compiled(&project, &[]);
    succeeds(&project.folder, &["clean", "-p", "plain"]);
    assert!(before == compiled(&project, &[]), "the same input gives the same bytes");
}

#[test]
fn what_changes_is_built_again_and_nothing_else() {
    let (project, _guard) = library();
    succeeds(&project.folder, &["test"]);
    assert!(!succeeds(&project.folder, &["build", "-v"]).contains("Dirty plain"));
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
    let (project, _guard) = library();
    project.write("rules/double.relon", &RULE.replace("twice(point.y)", "twice(point.z)"));
    project.write("rules/broken.relon", "#main(Int n) -> Int\n\nn +\n");
    let said = fails(&project.folder, &["check"]);
    assert!(said.contains("error: plain@0.0.0: rules/double.relon:10:"), "{said}");
    assert!(said.contains("error: plain@0.0.0: rules/broken.relon:"), "{said}");
    assert!(said.contains("--> rules/double.relon:10:"), "the source is shown:\n{said}");
    std::fs::remove_dir_all(project.folder.join("rules")).expect("gone");
    let said = fails(&project.folder, &["check"]);
    assert!(said.contains("`rules`"), "{said}");
    project.write("rules/only_a_library.relon", "{ a: 1 }\n");
    let said = fails(&project.folder, &["check"]);
    assert!(said.contains("no file with `#main`"), "{said}");
}

#[test]
fn nothing_but_the_check_makes_valid_arguments() {
    let (project, _guard) = library();
    project.write("build.rs", &BUILD.replace(".compile()", ".valid_args(true).compile()"));
    project.write("rules/double.relon", &RULE.replace("Int x: *", "Int x: (x) => x > 0 && x < 100"));
    let library = |body: &str| format!("{LIBRARY}\nuse double::{{Output, Point, Valid, ValidRows}};\n\n{body}");
    let changed = "/// Changes what was checked.\npub fn changed(mut point: Point) -> Option<Output> {\n    let valid = double::validate(&point).ok()?;\n    \
                   point.x = 500;\n    double::run_valid(&valid).ok()\n}\n";
    let forged = "/// Makes what was not checked.\npub fn forged<'a>(point: &'a Point, rows: &'a [Point]) -> (Valid<'a>, ValidRows<'a>) {\n    \
                  (Valid { point, __borrowed: Default::default() }, ValidRows { point: rows })\n}\n";
    for (body, errors) in
        [(changed, &["error[E0506]"][..]), (forged, &["error[E0451]", "of struct `ValidRows` is private"])]
    {
        project.write("src/lib.rs", &library(body));
        let said = fails(&project.folder, &["check"]);
        errors.iter().for_each(|error| assert!(said.contains(error), "{said}"));
    }
    project.write(
        "src/lib.rs",
        &library(&changed.replace("    point.x = 500;\n", ""))
            .replace("Valid, ValidRows", "Valid")
            .replace("{Output, Point, Valid}", "{Output, Point}")
            .replace("mut point", "point"),
    );
    succeeds(&project.folder, &["clippy", "--all-targets", "--", "-D", "warnings"]);
}

#[test]
fn a_struct_that_is_no_schema_is_refused_with_the_field() {
    let (project, _guard) = library();
    let library = "//! A library with rules.\n\nrelon::include_rules!();\n\n/// A point.\n#[derive(relon::Schema)]\n#[repr(C)]\npub struct Mine {\n    \
                   /// First.\n    pub x: i64,\n    /// Second.\n    pub z: i64,\n}\n\n/// Runs.\npub fn run(mine: &Mine) -> bool {\n    \
                   double::run(double::Point::from_ref(mine)).is_ok()\n}\n";
    project.write("src/lib.rs", library);
    let said = fails(&project.folder, &["build"]);
    assert!(said.contains("schema `Point`: field `y` is not at its place in the struct"), "{said}");
    project.write("src/lib.rs", &library.replace("pub z", "pub y"));
    succeeds(&project.folder, &["build"]);
}
