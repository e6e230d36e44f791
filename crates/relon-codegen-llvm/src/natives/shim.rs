//! Natives given as Rust source or bitcode: for tests, measurements and generated code.

use super::rustc::{Scratch, read, run, scrub};
use super::{Library, Natives, NativesPack, Nowhere, source};
use crate::Error;
use crate::llvm::{self, Context};

/// Compiles a source without dependencies, edition 2024. Its exported C functions are the natives.
///
/// # Errors
/// What rustc says of the source; or that rustc or LLVM is missing.
pub fn build(source: &str) -> Result<Natives, Error> {
    let scratch = Scratch::new()?;
    let (emit, extension) = source::emit()?;
    let (input, library) = (scratch.join("shim.rs"), scratch.join("libshim.so"));
    let ir = scratch.join(&format!("shim.{extension}"));
    std::fs::write(&input, source)
        .map_err(|error| Error::Build(format!("can't write {}: {error}", input.display())))?;
    let mut command = llvm::rustc();
    scrub(&mut command);
    // rustc names intermediate files by the crate alone, and puts them where it runs.
    command.current_dir(scratch.path());
    command.args(["--edition", "2024", "--crate-name", "shim", "--crate-type", "cdylib"]);
    command.args(["-Copt-level=3", "-Ccodegen-units=1", "-Cpanic=unwind"]);
    // A path relative to where it runs: panics tell where they come from by it, and it is the same in every build.
    command.arg(format!("--emit=link={},{emit}={}", library.display(), ir.display())).arg("shim.rs");
    if llvm::reads_bitcode_of_rustc()? {
        command.arg("-Cdebuginfo=line-tables-only");
        command.arg(format!("--remap-path-prefix={}=.", scratch.path().display()));
    }
    run(&mut command, "rustc")?;
    let library = Library::open(&library)?;
    Ok(Natives::new(NativesPack::with_library(&read(&ir)?, &library)?, library))
}

/// Rust's own libraries as one static library, with the allocator that Rust programs have unless they say otherwise.
///
/// # Errors
/// That rustc is missing or fails.
pub fn rust_libraries() -> Result<Vec<u8>, Error> {
    let scratch = Scratch::new()?;
    let (input, library) = (scratch.join("rust.rs"), scratch.join("librust.a"));
    std::fs::write(&input, "").map_err(|error| Error::Build(format!("can't write {}: {error}", input.display())))?;
    let mut command = llvm::rustc();
    scrub(&mut command);
    command.current_dir(scratch.path());
    command.args(["--edition", "2024", "--crate-name", "rust", "--crate-type", "staticlib", "-Copt-level=3"]);
    command.arg("-o").arg(&library).arg("rust.rs");
    run(&mut command, "rustc")?;
    read(&library)
}

/// Bitcode of IR as text, as LLVM reads it: nobody looks whether it keeps the rules of IR.
///
/// # Errors
/// What LLVM says of the text; or that it is missing.
pub fn assemble(ir: &str) -> Result<Vec<u8>, Error> {
    Ok(Context::new()?.parse_ir(ir, c"shim")?.bitcode().bytes().to_vec())
}

/// Takes bitcode as it is. There is nothing to call beside it: a native that has to stay a call can't be used.
///
/// # Errors
/// Where the bitcode can't be read.
pub fn from_bitcode(bitcode: &[u8]) -> Result<Natives, Error> {
    Ok(Natives::new(NativesPack::from_bitcode(bitcode)?, Nowhere))
}
