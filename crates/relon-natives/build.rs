//! Tells the build scripts of dependents where this package's source is (they compile it once more, to bitcode), and the crate
//! itself a fingerprint of that source and of the compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::metadata=root={}", root.display());
    println!("cargo::rustc-env=RELON_FINGERPRINT={}", fingerprint(&root.join("src")));
}

fn fingerprint(source: &Path) -> u64 {
    let compiler = std::env::var_os("RUSTC").expect("cargo sets it");
    let version = Command::new(compiler).arg("-vV").output().expect("the compiler runs").stdout;
    let mut files = Vec::new();
    collect(source, &mut files);
    files.sort();
    let texts = files.iter().map(|file| std::fs::read(file).expect("readable source"));
    texts.fold(hash(0xcbf2_9ce4_8422_2325, &version), |sum, text| hash(sum, &text))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// FNV-1a, continued from `sum`.
fn hash(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(sum, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
