//! The IR of every program of the suite prints, parses and keeps the rules.

use std::path::{Path, PathBuf};

use relon::cases::{CaseFile, Packages, rules};
use relon_ir::{Module, verify};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite")
}

#[test]
fn the_ir_of_every_program_prints_and_parses() {
    let mut packages = Packages::default();
    let mut programs = 0;
    for rule in rules(&root()).expect("the suite") {
        let cases = rule.with_extension("json");
        if !cases.exists() {
            continue;
        }
        let cases = CaseFile::read(&cases).unwrap_or_else(|error| panic!("{error}"));
        let engine = cases.engine(&mut packages, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"));
        let text = std::fs::read_to_string(&rule).expect("a readable rule");
        // Cases with arguments that never get so far have a rule that does not check.
        let Ok(printed) = engine.ir(&rule.to_string_lossy(), &text) else { continue };
        let module: Module = printed.parse().unwrap_or_else(|error| panic!("{}: {error}", rule.display()));
        assert_eq!(verify(&module), Ok(()), "{}", rule.display());
        assert!(module.to_string() == printed, "{} prints as something else", rule.display());
        programs += 1;
    }
    assert!(programs > 100, "only {programs} programs");
}
