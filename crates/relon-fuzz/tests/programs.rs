//! A short run: the programs of some seeds must give the same on every backend, and nearly all must check. One of them is linked as a
//! library. `.ci/run` has a longer run, of optimised code.

use std::process::Command;

#[test]
fn programs_of_fixed_seeds_agree_and_check() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let output = Command::new(env!("CARGO_BIN_EXE_relon-fuzz")).args(["programs", "75", "3", folder]).output();
    let output = output.expect("the program that is tested");
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
}
