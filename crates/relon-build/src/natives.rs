//! The natives that rules may call: built by cargo, kept as a pack in the build script's folder.

use std::path::{Path, PathBuf};

use relon_codegen_llvm::natives::{Library, Natives, NativesPack, Nowhere, package};
use relon_natives::descriptor::Descriptor;

use crate::error::{self, Error};
use crate::output::{Output, cargo};

/// A package of natives.
pub(crate) struct Package {
    pub(crate) natives: Natives,
    pub(crate) descriptors: Vec<Descriptor>,
    /// The crate's name in Rust.
    pub(crate) crate_name: String,
    /// The files that it was made from.
    pub(crate) sources: Vec<PathBuf>,
    /// Of its bitcode.
    pub(crate) hash: u64,
}

impl Package {
    /// Builds the package in a folder, and tells cargo what it depends on.
    pub(crate) fn build_for_cargo(folder: &Path, output: &Output) -> Result<Package, Error> {
        // Before the build, so that a package that does not compile is looked at again when it changes.
        cargo::rerun_if_changed(&folder.join("Cargo.toml"));
        cargo::rerun_if_changed(&folder.join("src"));
        let package = Package::build(folder, output)?;
        package.sources.iter().for_each(|source| cargo::rerun_if_changed(source));
        Ok(package)
    }

    /// Builds the package in a folder. Cargo does nothing where nothing has changed, and neither does LLVM.
    fn build(folder: &Path, output: &Output) -> Result<Package, Error> {
        let options = package::Options {
            target_dir: Some(output.path("natives")),
            progress: false,
            ..package::Options::default()
        };
        let built = package::compile(folder, &options)?;
        let bitcode = std::fs::read(&built.ir).map_err(|error| error::file(&built.ir, "read", &error))?;
        // A pack says for which source of relon it was made, which the same bitcode does not.
        let fingerprint = relon_natives::abi::FINGERPRINT.to_le_bytes();
        let hash = crate::hash::of(&[&bitcode, relon_codegen_llvm::llvm::identity()?.as_bytes(), &fingerprint]);
        let pack = match output.kept("natives.pack", hash).and_then(|bytes| NativesPack::decode(&bytes).ok()) {
            Some(pack) => pack,
            None => {
                let pack = pack(&bitcode, &built.library, folder)?;
                output.keep("natives.pack", hash, &pack.encode())?;
                pack
            }
        };
        let pack = if line_tables() { pack } else { pack.without_line_tables() };
        // The library's natives are exported by every package, and known already.
        let mut descriptors = pack.descriptors()?;
        descriptors.retain(|native| !native.symbol.starts_with("relon_std_"));
        if let Some(problem) = descriptors.iter().find_map(Descriptor::name_problem) {
            return Err(Error::new(problem));
        }
        let stem = built.library.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let crate_name = stem.strip_prefix("lib").unwrap_or(&stem).to_owned();
        let sources = sources(folder, &built.library);
        Ok(Package { natives: Natives::new(pack, Nowhere), descriptors, crate_name, sources, hash })
    }
}

/// Whether the program has debug information, by the profile that cargo builds it with: then rules and natives have line tables too.
pub(crate) fn line_tables() -> bool {
    std::env::var("DEBUG").is_ok_and(|debug| debug != "false")
}

fn pack(bitcode: &[u8], library: &Path, folder: &Path) -> Result<NativesPack, Error> {
    let opened = Library::open(library)?;
    let pack = NativesPack::for_program(bitcode, &opened)?;
    relon::compiling::check_version(&Natives::new(pack.clone(), opened), folder)?;
    Ok(pack)
}

/// What cargo says the library was made from, and the manifests. Without cargo's word it is the whole folder.
fn sources(folder: &Path, library: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_to_string(library.with_extension("d")).ok();
    let mut sources = listed.map(|text| dependencies(&text)).unwrap_or_default();
    if sources.is_empty() {
        sources.push(folder.join("src"));
    }
    let mut manifests: Vec<PathBuf> = sources.iter().filter_map(|source| manifest(source)).collect();
    manifests.push(folder.join("Cargo.toml"));
    manifests.extend(
        manifests.clone().iter().map(|manifest| manifest.with_file_name("Cargo.lock")).filter(|lock| lock.is_file()),
    );
    manifests.extend(
        manifests.clone().iter().map(|manifest| manifest.with_file_name("build.rs")).filter(|file| file.is_file()),
    );
    sources.extend(manifests);
    sources.sort();
    sources.dedup();
    sources
}

/// The manifest of the package that a file belongs to.
fn manifest(source: &Path) -> Option<PathBuf> {
    source.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|manifest| manifest.is_file())
}

/// The files behind the colon of a dependency file, in which a blank within a name has a backslash before it.
fn dependencies(text: &str) -> Vec<PathBuf> {
    let listed = text.lines().filter_map(|line| line.split_once(": ")).flat_map(|(_, files)| {
        let files = files.replace("\\ ", "\0");
        files.split_whitespace().map(|file| PathBuf::from(file.replace('\0', " "))).collect::<Vec<_>>()
    });
    listed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_blanks_are_read() {
        let text = "/t/liba.so: /a/src/lib.rs /a\\ b/src/x.rs\n\n";
        assert_eq!(dependencies(text), [PathBuf::from("/a/src/lib.rs"), PathBuf::from("/a b/src/x.rs")]);
    }
}
