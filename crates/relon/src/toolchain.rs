//! The compilers that rules and natives are made with, as this process finds them.

use std::path::PathBuf;

use relon_codegen_llvm::llvm::{self, Origin};

use crate::error::{Error, toolchain};

/// The rustc that natives packages are built with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rustc {
    /// Such as `1.95.0 (59807616e 2026-04-14)`.
    pub version: String,
    /// The version of the LLVM inside it.
    pub llvm: String,
    /// The target triple that it runs on.
    pub host: String,
}

/// The LLVM that rules are compiled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Llvm {
    /// Such as `22.1.2`.
    pub version: String,
    /// The library; of one of the system, the name by which it was found.
    pub path: PathBuf,
    /// Why it is this one.
    pub origin: &'static str,
    /// Whether it reads the bitcode that this rustc writes. One that doesn't gets rustc's IR as text, rewritten.
    pub reads_bitcode: bool,
    /// The processor that rules are compiled for when they are loaded.
    pub processor: String,
    /// What that processor can do, such as `avx2`, in the order of the alphabet.
    pub features: Vec<String>,
}

/// What made the standard library of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The first line of rustc's version.
    pub rustc: String,
    /// The version of the LLVM that wrote the bodies.
    pub llvm: String,
    /// The target triple.
    pub target: String,
}

/// The rustc on the path, or the one that `RUSTC` names. Programs that build no natives need none.
///
/// # Errors
/// Where it can't be run.
pub fn rustc() -> Result<Rustc, Error> {
    let text = llvm::rustc_version().map_err(toolchain)?;
    let field = |name: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix(name)).unwrap_or("unknown").trim().to_owned()
    };
    Ok(Rustc { version: field("rustc "), llvm: field("LLVM version:"), host: field("host:") })
}

/// The LLVM of this process; loads it.
///
/// # Errors
/// Where there is none, or it can't be used.
pub fn llvm() -> Result<Llvm, Error> {
    let origin = llvm::origin().map_err(toolchain)?;
    let (processor, features) = llvm::host_processor().map_err(toolchain)?;
    let mut features: Vec<String> =
        features.split(',').filter_map(|feature| feature.strip_prefix('+')).map(str::to_owned).collect();
    features.sort_unstable();
    Ok(Llvm {
        version: dotted(llvm::version().map_err(toolchain)?),
        path: origin.path().to_owned(),
        origin: match origin {
            Origin::Override(_) => "named by RELON_LLVM",
            Origin::System(_) => "of the system",
            Origin::Toolchain(_) => "of rustc's toolchain",
        },
        reads_bitcode: llvm::reads_bitcode_of_rustc().map_err(toolchain)?,
        processor,
        features,
    })
}

/// What made the standard library that rules are linked with: the toolchain of the build of this program.
///
/// # Errors
/// Where the library is damaged.
pub fn library() -> Result<Library, Error> {
    let natives = crate::library::library()?;
    let origin = natives.pack.origin();
    Ok(Library {
        rustc: origin.rustc.lines().next().unwrap_or_default().trim_start_matches("rustc ").to_owned(),
        llvm: dotted(origin.llvm),
        target: origin.target.triple.clone(),
    })
}

fn dotted((major, minor, patch): (u32, u32, u32)) -> String {
    format!("{major}.{minor}.{patch}")
}
