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
}

/// Names that [`Processor::parse`] takes.
const NAMES: [&str; 6] = ["baseline", "host", "x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"];

/// What each level of the x86-64 architecture adds to the one before it.
const LEVELS: [(&str, &str); 3] = [
    ("x86-64-v2", "+cx16,+popcnt,+sahf,+sse3,+sse4.1,+sse4.2,+ssse3"),
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
            "x86-64-v1" => Some(Processor::Named("x86-64".into())),
            _ => NAMES.contains(&name).then(|| Processor::Named(name.into())),
        }
    }

    pub(super) fn cpu(&self, target: &Target) -> Result<Cpu, Error> {
        let is_x86 = target.triple.starts_with("x86_64");
        match self {
            Processor::Host => Cpu::host(),
            Processor::Baseline => Ok(named(if is_x86 { "x86-64" } else { "generic" })),
            Processor::Named(name) if name.starts_with("x86-64") && !is_x86 => {
                Err(Error::Ir(format!("{} has no processor `{name}`", target.triple)))
            }
            Processor::Named(name) => Ok(named(name)),
        }
    }
}

/// A processor with the features that its name is known to mean.
fn named(name: &str) -> Cpu {
    let known = LEVELS.iter().position(|(level, _)| *level == name).map_or(0, |index| index + 1);
    let features: Vec<&str> = LEVELS[..known].iter().map(|(_, features)| *features).collect();
    Cpu { name: name.to_owned(), features: features.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_features_of_those_below() {
        let cpu = named("x86-64-v3");
        assert!(cpu.has("avx2") && cpu.has("popcnt") && !cpu.has("avx512f"), "{cpu:?}");
        assert_eq!(named("x86-64").features, "");
        assert!(NAMES.iter().all(|name| Processor::parse(name).is_some()));
        assert_eq!(Processor::parse("x86-64-v9"), None);
    }
}
