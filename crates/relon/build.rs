//! Compiles the standard library to bitcode, for the closed world: a pack of its natives, and a table of what they refer to.

#[cfg(feature = "llvm")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Err(error) = library::build() {
        // Cargo shows this as the reason why the crate does not build.
        eprintln!("error: the standard library cannot be compiled to bitcode: {error}");
        std::process::exit(1);
    }
}

#[cfg(not(feature = "llvm"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}

#[cfg(feature = "llvm")]
mod library {
    use std::error::Error;
    use std::path::PathBuf;

    use relon_codegen_llvm::archive;
    use relon_codegen_llvm::natives::{Library, NativesPack, package};

    /// The root of relon-natives, as its own build script tells.
    const ROOT: &str = "DEP_RELON_NATIVES_ROOT";

    pub(super) fn build() -> Result<(), Box<dyn Error>> {
        let root = PathBuf::from(std::env::var_os(ROOT).ok_or_else(|| format!("cargo does not set {ROOT}"))?);
        let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo does not set OUT_DIR")?);
        println!("cargo::rerun-if-changed={}", root.display());
        println!("cargo::rerun-if-env-changed=RELON_LLVM");
        let options = package::Options {
            target_dir: Some(out.join("natives")),
            progress: false,
            staticlib: true,
            source_name: Some("relon-natives".into()),
        };
        let built = package::compile(&root, &options)?;
        let library = Library::open(&built.library)?;
        let pack = NativesPack::for_program(&std::fs::read(&built.ir)?, &library)?;
        std::fs::write(out.join("library.pack"), pack.encode())?;
        std::fs::write(out.join("symbols.rs"), pack.table_source()?)?;
        let whole = std::fs::read(built.staticlib.ok_or("cargo makes no static library")?)?;
        std::fs::write(out.join("library.a"), own_objects(&whole)?)?;
        Ok(())
    }

    /// The objects of the library itself, without those of Rust's own libraries, which every toolchain has.
    fn own_objects(whole: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut own = archive::members(whole)?;
        own.retain(|member| member.name.starts_with("relon_natives"));
        Ok(archive::archive(&own)?)
    }
}
