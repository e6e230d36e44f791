//! The processor that a unit is made for.

use crate::Error;
use crate::llvm::{Cpu, Target};

/// The processor that a unit is made for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Processor {
    /// That of this machine.
    #[default]
    Host,
    /// The oldest of the architecture.
    Baseline,
    /// The one that LLVM and rustc's `-Ctarget-cpu` know by this name, such as `x86-64-v3`.
    Named(String),
    /// The one that a program is built for, as rustc tells build scripts.
    Told {
        /// What `-Ctarget-cpu` names, if anything.
        name: Option<String>,
        /// What it can do, by rustc's names: `CARGO_CFG_TARGET_FEATURE`.
        features: Vec<String>,
    },
}

/// Names that [`Processor::parse`] takes.
const NAMES: [&str; 6] = ["baseline", "host", "x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"];

/// The oldest processor of the architecture.
const BASELINE: &str = "x86-64";

/// What each level of the x86-64 architecture adds to the one before it. All that rustc writes on functions has to be named, with what it
/// implies: a feature that is not listed keeps bodies with it out of units for that level.
const LEVELS: [(&str, &str); 4] = [
    (BASELINE, "+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87"),
    ("x86-64-v2", "+crc32,+cx16,+popcnt,+sahf,+sse3,+sse4.1,+sse4.2,+ssse3"),
    ("x86-64-v3", "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave"),
    ("x86-64-v4", "+avx512bw,+avx512cd,+avx512dq,+avx512f,+avx512vl"),
];

impl Processor {
    /// The names of [`parse`](Self::parse).
    pub const NAMES: [&'static str; 6] = NAMES;

    /// A processor by one of the [`NAMES`](Self::NAMES): `baseline`, `host`, or a level of the x86-64 architecture.
    pub fn parse(name: &str) -> Option<Processor> {
        match name {
            "baseline" => Some(Processor::Baseline),
            "host" => Some(Processor::Host),
            "x86-64-v1" => Some(Processor::Named(BASELINE.into())),
            _ => NAMES.contains(&name).then(|| Processor::Named(name.into())),
        }
    }

    pub(super) fn cpu(&self, target: &Target) -> Result<Cpu, Error> {
        let is_x86 = target.triple.starts_with("x86_64");
        let oldest = if is_x86 { BASELINE } else { "generic" };
        match self {
            Processor::Host => Cpu::host(),
            Processor::Baseline => Ok(named(oldest, is_x86)),
            Processor::Named(name) if name.starts_with(BASELINE) && !is_x86 => {
                Err(Error::Ir(format!("{} has no processor `{name}`", target.triple)))
            }
            Processor::Named(name) => Ok(named(name, is_x86)),
            Processor::Told { name, features } => {
                let mut cpu = named(name.as_deref().unwrap_or(oldest), is_x86);
                if is_x86 {
                    features.iter().for_each(|feature| add(&mut cpu, feature));
                }
                Ok(cpu)
            }
        }
    }
}

/// A processor with the features that its name is known to mean: those of its level, or of the oldest processor.
fn named(name: &str, is_x86: bool) -> Cpu {
    let known = LEVELS.iter().position(|(level, _)| *level == name).unwrap_or(0) + 1;
    let levels = if is_x86 { &LEVELS[..known] } else { &[] };
    let features: Vec<&str> = levels.iter().map(|(_, features)| *features).collect();
    Cpu { name: name.to_owned(), features: features.join(",") }
}

/// Adds a feature by rustc's name, under the names that LLVM has for it.
fn add(cpu: &mut Cpu, feature: &str) {
    let names: &[&str] = match feature {
        "bmi1" => &["bmi"],
        "cmpxchg16b" => &["cx16"],
        "lahfsahf" => &["sahf"],
        "pclmulqdq" => &["pclmul"],
        "rdrand" => &["rdrnd"],
        "sse4.2" => &["sse4.2", "crc32"],
        "apxf" => &["egpr", "push2pop2", "ppx", "ndd", "ccmp", "cf", "nf", "zu"],
        // A way to link, and not what a processor can do.
        "crt-static" => &[],
        same => &[same],
    };
    for name in names.iter().filter(|name| !cpu.has(name)).collect::<Vec<_>>() {
        cpu.features.push_str(",+");
        cpu.features.push_str(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_features_of_those_below() {
        let cpu = named("x86-64-v3", true);
        assert!(["avx2", "popcnt", "crc32", "sse2"].iter().all(|feature| cpu.has(feature)), "{cpu:?}");
        assert!(!cpu.has("avx512f"));
        assert!(named("znver9", true).has("sse2") && named("generic", false).features.is_empty());
        assert!(NAMES.iter().all(|name| Processor::parse(name).is_some()));
        assert_eq!(Processor::parse("x86-64-v9"), None);
    }

    #[test]
    fn what_rustc_tells_has_the_names_of_llvm() {
        let target = |triple: &str| Target { triple: triple.into(), data_layout: String::new() };
        let features = ["fxsr", "sse4.2", "pclmulqdq", "bmi1"].map(str::to_owned).to_vec();
        let told = Processor::Told { name: Some("znver9".into()), features };
        let cpu = told.cpu(&target("x86_64-unknown-linux-gnu")).expect("a processor");
        assert_eq!(cpu.name, "znver9");
        assert!(["crc32", "pclmul", "bmi", "sse4.2"].iter().all(|feature| cpu.has(feature)), "{cpu:?}");
        assert_eq!(cpu.features.matches("fxsr").count(), 1);
        let other = Processor::Told { name: None, features: vec!["neon".into()] };
        let other = other.cpu(&target("aarch64-unknown-linux-gnu")).expect("a processor");
        assert_eq!((other.name.as_str(), other.features.as_str()), ("generic", ""));
    }
}
