//! A program that carries its natives and loads rules from text, built by cargo as its author would, and run without rustc and cargo.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Project, succeeds, target};

/// The LLVM library of the toolchain.
fn llvm() -> PathBuf {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = Command::new(rustc).args(["--print", "sysroot"]).output().expect("rustc runs").stdout;
    let folder = Path::new(String::from_utf8_lossy(&sysroot).trim()).join("lib");
    let files = std::fs::read_dir(&folder).expect("libraries").map(|file| file.expect("a file").path());
    let is_llvm = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libLLVM"));
    let size = |path: &PathBuf| path.metadata().map_or(0, |data| data.len());
    files.filter(is_llvm).max_by_key(size).expect("an LLVM library")
}

const BUILD: &str =
    "//! Builds.\nfn main() -> Result<(), relon_build::Error> {\n    relon_build::embed_natives(\"natives\")\n}\n";

const NATIVES: &str = r#"//! Natives.

use std::sync::atomic::{AtomicI64, Ordering};

static CALLS: AtomicI64 = AtomicI64::new(0);

/// Counts its calls.
#[relon::native]
pub fn next() -> i64 {
    CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

/// Basis points of a tier.
#[relon::native]
pub fn tier_bps(tier: &str) -> i64 {
    match tier {
        "gold" => 300,
        _ => 0,
    }
}

/// An item of a table.
#[relon::native]
pub fn item(index: i64) -> i64 {
    [7, 8, 9][index as usize]
}
"#;

const MAIN: &str = r##"//! Loads rules from text.

use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut engine = relon::Engine::new();
    engine.natives(Arc::new(relon::include_natives!()?));
    let program = engine.load("count.relon", "#main(String tier) -> Int\nnext() * 1000 + tier_bps(tier)")?;
    let inlined = program.compiled().map(|compiled| {
        compiled.report().natives.iter().find(|native| native.name == "tier_bps").map(|native| native.left)
    });
    assert_eq!(inlined, Some(Some(0)), "the native is inlined");
    let rule = program.entry::<(&str,), i64>()?;
    let mut arena = program.arena();
    let first = rule.call(&mut arena, ("gold",))?;
    let second = embedded_natives::next();
    let third = rule.call(&mut arena, ("tin",))?;
    println!("{first} {second} {third} {}", embedded_natives::next());
    let program = engine.load("item.relon", "#main(Int index) -> Int\nitem(index)")?;
    println!("{}", program.run_json(r#"{"index": 2}"#)?);
    let error = program.entry::<(i64,), i64>()?.call(&mut arena, (3,)).expect_err("no such item");
    println!("{}", error.kind().name());
    Ok(())
}
"##;

/// The same without LLVM: natives are called at their addresses, in code of Cranelift and by the evaluator.
const SMALL_MAIN: &str = r##"//! Loads rules from text, without LLVM.

use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let natives = Arc::new(relon::include_natives!()?);
    for &backend in relon::Backend::ALL {
        let mut engine = relon::Engine::new();
        engine.natives(natives.clone()).backend(backend);
        let program = engine.load("count.relon", "#main(String tier) -> Int\nnext() * 1000 + tier_bps(tier)")?;
        let first = program.run_json(r#"{"tier": "gold"}"#)?;
        println!("{backend:?} {first} {}", embedded_small_natives::next());
        let program = engine.load("item.relon", "#main(Int index) -> Int\nitem(index)")?;
        println!("{}", program.run_json(r#"{"index": 3}"#).expect_err("no such item").kind().name());
    }
    Ok(())
}
"##;

/// Builds a program with natives of its own and runs it where nothing but LLVM is there; what it says, and its errors.
fn run(name: &str, features: &str, main: &str) -> (String, String) {
    let project = Project::new(name, features, NATIVES, "");
    project.write("build.rs", BUILD);
    project.write("src/main.rs", main);
    succeeds(&project.folder, &["build"]);
    let mut program = Command::new(target().join("debug").join(name));
    program.env_clear().env("RELON_LLVM", llvm());
    let output = program.output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_program_carries_its_natives() {
    let said = run("embedded", "llvm", MAIN);
    assert_eq!((said.0.as_str(), said.1.as_str()), ("1300 2 3000 4\n9\nNativePanicked\n", ""));
}

#[test]
fn a_program_without_llvm_calls_its_natives() {
    let said = run("embedded-small", "cranelift", SMALL_MAIN);
    let expected = "Cranelift 1300 2\nNativePanicked\nEval 3300 4\nNativePanicked\n";
    assert_eq!((said.0.as_str(), said.1.as_str()), (expected, ""));
}
