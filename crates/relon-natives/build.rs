//! Tells the build scripts of dependents where this package's source is: they compile it once more, to bitcode.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::metadata=root={}", env!("CARGO_MANIFEST_DIR"));
}
