//! Which settings the program is built with: whether its link optimises everything as one, and for which processor.
//!
//! Cargo does not tell build scripts about a profile's `lto`, so the places where it can be set are read: the environment, cargo's
//! configuration files, and the manifest of the workspace.

use std::path::{Path, PathBuf};

use relon_codegen_llvm::cocompile::{self, Processor};

use crate::error::Error;
use crate::output::cargo;
use crate::{Delivery, variable};

/// How rules become part of the program, and what its settings mean for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) chosen: Chosen,
    /// Whether optimisation of the whole program hides what Rust's libraries have inside.
    pub(crate) hides_symbols: bool,
}

/// How rules become part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    Object,
    Lto,
}

impl From<Chosen> for cocompile::Delivery {
    fn from(chosen: Chosen) -> Self {
        match chosen {
            Chosen::Object => cocompile::Delivery::Object,
            Chosen::Lto => cocompile::Delivery::Lto,
        }
    }
}

/// The flag without which the linker does not look into bitcode.
const FLAG: &str = "-Clinker-plugin-lto";

/// Chooses; demanded link-time optimisation with settings under which nothing would cross is an error that names the setting.
pub(crate) fn decide(wanted: Delivery) -> Result<Link, Error> {
    let profile = Profile::current()?;
    choose(wanted, has_flag(&flags()), profile.setting("lto").as_deref(), &profile)
}

fn choose(wanted: Delivery, has_flag: bool, lto: Option<&str>, profile: &Profile) -> Result<Link, Error> {
    let is_fat = lto.is_some_and(|value| ["fat", "true"].contains(&value));
    let hides_symbols = lto.is_some_and(|value| !["off", "false"].contains(&value));
    match (wanted, has_flag, is_fat) {
        (Delivery::Auto | Delivery::Lto, true, true) => Ok(Link { chosen: Chosen::Lto, hides_symbols }),
        (Delivery::Lto, false, _) => Err(Error::new(format!(
            "rules take part in link-time optimisation only where the linker does it: set `RUSTFLAGS=\"{FLAG}\"`, or \
             `rustflags = [\"{FLAG}\"]` under `[build]` in .cargo/config.toml"
        ))),
        (Delivery::Lto, true, false) => Err(Error::new(format!(
            "rules take part in link-time optimisation only where it is `fat`, and here `lto` is {}: set `lto = \"fat\"` under \
             `[profile.{}]` in {}",
            lto.map_or("not set".to_owned(), |value| format!("`{value}`")),
            profile.name,
            profile.manifest.display()
        ))),
        (Delivery::Auto | Delivery::Object, ..) => Ok(Link { chosen: Chosen::Object, hides_symbols }),
    }
}

/// The processor that the program is built for.
pub(crate) fn processor() -> Processor {
    match option(&flags(), "target-cpu") {
        Some(name) if name == "native" => Processor::Host,
        name => Processor::Told { name, features: features() },
    }
}

/// What the processor can do, with what `-Ctarget-feature` adds.
fn features() -> Vec<String> {
    cargo::rerun_if_env_changed("CARGO_CFG_TARGET_FEATURE");
    let features = std::env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    features.split(',').filter(|feature| !feature.is_empty()).map(str::to_owned).collect()
}

/// What cargo gives rustc.
fn flags() -> Vec<String> {
    cargo::rerun_if_env_changed("CARGO_ENCODED_RUSTFLAGS");
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    flags.split('\x1f').map(str::to_owned).collect()
}

fn has_flag(flags: &[String]) -> bool {
    option(flags, "linker-plugin-lto").is_some_and(|value| !["no", "n", "off", "false"].contains(&value.as_str()))
}

/// The value of a code generation option, empty where it has none. The last one counts.
fn option(flags: &[String], name: &str) -> Option<String> {
    let joined = flags.join("\x1f").replace("-C\x1f", "-C").replace("--codegen\x1f", "-C").replace("--codegen=", "-C");
    let options = joined.split('\x1f').filter_map(|flag| flag.strip_prefix("-C"));
    let mut values = options.filter_map(|option| {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        (key.replace('_', "-") == name).then(|| value.to_owned())
    });
    values.next_back()
}

/// The profile that is being built.
struct Profile {
    name: String,
    /// The folder of the package.
    package: PathBuf,
    /// The manifest of its workspace.
    manifest: PathBuf,
}

impl Profile {
    fn current() -> Result<Profile, Error> {
        // OUT_DIR is TARGET/PROFILE/build/PACKAGE/out.
        let folder = PathBuf::from(variable("OUT_DIR")?);
        let name =
            folder.ancestors().nth(3).and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let name = if name == "debug" { "dev".to_owned() } else { name };
        let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
        Ok(Profile { name, manifest: workspace(&package), package })
    }

    /// A setting of the profile, as cargo finds it when it is run in the folder of the package.
    fn setting(&self, key: &str) -> Option<String> {
        let folders = self.package.ancestors();
        let configs = folders.flat_map(|folder| [".cargo/config.toml", ".cargo/config"].map(|name| folder.join(name)));
        let files: Vec<PathBuf> = configs.filter(|file| file.is_file()).chain([self.manifest.clone()]).collect();
        files.iter().for_each(|file| cargo::rerun_if_changed(file));
        let texts: Vec<String> = files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect();
        let mut name = self.name.clone();
        // A profile inherits from another; a longer chain than this is a circle.
        for _ in 0..8 {
            let variable = format!("CARGO_PROFILE_{}_{}", name.to_uppercase().replace('-', "_"), key.to_uppercase());
            cargo::rerun_if_env_changed(&variable);
            let given = std::env::var(&variable).ok();
            let find = |key: &str| texts.iter().find_map(|text| value(text, &format!("profile.{name}"), key));
            if let Some(found) = given.or_else(|| find(key)) {
                return Some(found);
            }
            name = find("inherits")?;
        }
        None
    }
}

/// The manifest of the workspace that a package is in: the nearest with a `[workspace]`.
fn workspace(package: &Path) -> PathBuf {
    let manifests = package.ancestors().map(|folder| folder.join("Cargo.toml"));
    let is_workspace = |manifest: &PathBuf| {
        let text = std::fs::read_to_string(manifest).unwrap_or_default();
        text.lines().any(|line| line.trim().starts_with("[workspace"))
    };
    manifests.clone().find(is_workspace).unwrap_or_else(|| package.join("Cargo.toml"))
}

/// A value in a table of a TOML file, written plainly as profiles are.
fn value(text: &str, table: &str, key: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if let Some(name) = line.strip_prefix('[') {
            inside = name.trim_end_matches(']').trim() == table;
        } else if let Some((_, value)) = line.split_once('=').filter(|(name, _)| inside && name.trim() == key) {
            return Some(value.trim().trim_matches(['"', '\'']).to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_flag_is_found_in_every_form() {
        for given in [
            "-Clinker-plugin-lto",
            "-C linker-plugin-lto",
            "-O -C linker-plugin-lto=yes",
            "--codegen=linker-plugin-lto",
        ] {
            assert!(has_flag(&flags(given)), "{given}");
        }
        for given in ["", "-Clinker-plugin-lto=no", "-Clto", "-C linker=plugin-lto"] {
            assert!(!has_flag(&flags(given)), "{given}");
        }
        assert_eq!(
            option(&flags("-C target-cpu=x86-64-v3 -Ctarget-cpu=native"), "target-cpu").as_deref(),
            Some("native")
        );
    }

    #[test]
    fn demanded_optimisation_names_the_setting_that_is_wrong() {
        let profile = Profile { name: "release".into(), package: "app".into(), manifest: "app/Cargo.toml".into() };
        let refused = |has_flag, lto| choose(Delivery::Lto, has_flag, lto, &profile).expect_err("refused").to_string();
        assert!(refused(false, Some("fat")).contains("set `RUSTFLAGS=\"-Clinker-plugin-lto\"`"));
        for (lto, named) in
            [(Some("thin"), "`thin`"), (Some("off"), "`off`"), (Some("false"), "`false`"), (None, "not set")]
        {
            let setting = format!("`lto` is {named}: set `lto = \"fat\"` under `[profile.release]` in app/Cargo.toml");
            assert!(refused(true, lto).contains(&setting), "{}", refused(true, lto));
        }
        for lto in ["fat", "true"] {
            assert_eq!(choose(Delivery::Lto, true, Some(lto), &profile).expect("right").chosen, Chosen::Lto);
        }
    }

    #[test]
    fn values_are_found_in_their_table() {
        let text = "[profile.dev]\nlto = false\n[profile.release] # fast\nopt-level = 3\nlto = \"fat\" # all\n[dependencies]\nlto = \"1\"\n";
        assert_eq!(value(text, "profile.release", "lto").as_deref(), Some("fat"));
        assert_eq!(value(text, "profile.dev", "lto").as_deref(), Some("false"));
        assert_eq!(value(text, "profile.bench", "lto"), None);
    }
}
