//! Compiles the rules of the folder and the generated ones, and puts the natives into the program for rules that are loaded as text.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/generate.rs"]
mod generate;

const NATIVES: &str = "natives";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=rules");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo has set no OUT_DIR")?);
    let rules = out.join("rules");
    fs::create_dir_all(&rules)?;
    for file in fs::read_dir("rules")? {
        let file = file?;
        write(&rules.join(file.file_name()), &fs::read_to_string(file.path())?)?;
    }
    write(&rules.join("long_rule.relon"), &generate::long_rule(generate::LONG_RULE))?;
    write(&rules.join("table.relon"), &generate::table(generate::TABLE_ROWS))?;
    write(&out.join("long_rule.rs"), &generate::long_rule_in_rust(generate::LONG_RULE))?;
    relon_build::Rules::new(&rules).natives(NATIVES).valid_args(true).compile()?;
    if env::var_os("CARGO_FEATURE_JIT").is_some() {
        relon_build::embed_natives(NATIVES)?;
    }
    Ok(())
}

/// Leaves a file alone that has this text, so that what depends on it is not built again.
fn write(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text)?;
    }
    Ok(())
}
