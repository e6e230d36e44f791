//! Builds a cargo package of natives: its IR, and a library for what stays outside of rules.
//!
//! Both come from one run of rustc, so that every name in the IR is one in the library. The package is built for the baseline
//! processor; the unit that its natives are linked into is stamped with the processor that it runs on.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::rustc::{read, scrub};
use super::{Library, Natives, NativesPack, recall, source};
use crate::{Error, llvm};

/// How a package is built.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where cargo puts what it makes; `target/relon` within the package where nothing is said.
    pub target_dir: Option<PathBuf>,
    /// Whether cargo's progress is shown on stderr.
    pub progress: bool,
    /// Whether a static library is made as well: the package with all that it depends on, Rust's own libraries among it.
    pub staticlib: bool,
    /// What paths of the package's own source begin with in line tables, in place of where it lies on this machine.
    pub source_name: Option<String>,
}

/// What a build made.
#[derive(Clone, Debug)]
pub struct Built {
    /// The crate's bitcode; its IR as text, where the LLVM at hand is older than rustc's.
    pub ir: PathBuf,
    /// The shared library.
    pub library: PathBuf,
    /// The static library, where it was asked for.
    pub staticlib: Option<PathBuf>,
    /// What cargo said of the packages that it built.
    said: Said,
}

impl Built {
    /// What cargo said of the packages.
    pub(super) fn said(&self) -> &Said {
        &self.said
    }
}

/// Settings that the artefacts depend on, over those of the package's own profile.
const PROFILE: [&str; 6] = [
    "profile.release.opt-level=3",
    "profile.release.lto=\"off\"",
    "profile.release.strip=\"none\"",
    "profile.release.panic=\"unwind\"",
    "profile.release.incremental=false",
    "profile.release.codegen-units=1",
];

/// The setting for line tables, by which debuggers find natives that were inlined. An LLVM that is older than rustc's gets none: it reads
/// text, in which it would have to know all that newer ones say of lines.
fn lines(reads_bitcode: bool) -> &'static str {
    if reads_bitcode { "profile.release.debug=\"line-tables-only\"" } else { "profile.release.debug=false" }
}

/// Builds the package in this directory and makes a pack of it.
///
/// # Errors
/// Where there is no package with a library, it does not compile, or its products can't be used.
pub fn build(package: &Path, options: &Options) -> Result<Natives, Error> {
    let built = compile(package, options)?;
    let library = Library::open(&built.library)?;
    let pack = NativesPack::with_library(&read(&built.ir)?, &library)?;
    Ok(Natives::new(pack, library))
}

/// Builds the package in this directory like [`build`], and notes what was read, for [`recall`].
///
/// # Errors
/// As for [`build`].
pub fn build_noted(package: &Path, options: &Options) -> Result<Natives, Error> {
    let (surroundings, start) = (recall::surroundings(), recall::now());
    let built = compile(package, options)?;
    let library = Library::open(&built.library)?;
    let pack = NativesPack::with_library(&read(&built.ir)?, &library)?;
    if let Some(note) = note(package, options) {
        recall::write(&note, &built, &surroundings, start, &pack);
    }
    Ok(Natives::new(pack, library))
}

/// What [`build_noted`] made of the package before, where nothing has changed since: no source, no manifest or setting of cargo, no variable
/// that builds look at, and no toolchain. Neither cargo nor LLVM is needed.
pub fn recall(package: &Path, options: &Options) -> Option<Natives> {
    let (pack, file) = recall::read(&note(package, options)?)?;
    let library = Library::open(file.path()).ok()?;
    // Another process may have built it again meanwhile.
    file.holds().then(|| Natives::new(pack, library))
}

/// Where a build is noted.
fn note(package: &Path, options: &Options) -> Option<PathBuf> {
    let root = package.canonicalize().ok()?;
    Some(target_dir(&root, options).join(format!("natives-{:016x}.note", hash(&root))))
}

/// Builds the package in this directory for a program that it will be linked into: the pack refers only to symbols that every build of
/// the package has.
///
/// # Errors
/// As for [`build`].
pub fn build_linked(package: &Path, options: &Options) -> Result<(NativesPack, Built), Error> {
    let built = compile(package, options)?;
    let library = Library::open(&built.library)?;
    Ok((NativesPack::for_program(&read(&built.ir)?, &library)?, built))
}

/// Runs cargo on the package in this directory.
///
/// # Errors
/// Where there is no package with a library, or it does not compile: with what cargo and rustc say.
pub fn compile(package: &Path, options: &Options) -> Result<Built, Error> {
    let manifest = package.join("Cargo.toml").canonicalize().map_err(|error| {
        Error::Build(format!("no natives package at {}: can't read its Cargo.toml ({error})", package.display()))
    })?;
    let root = manifest.parent().unwrap_or(package).to_owned();
    let target_dir = target_dir(&root, options);
    let (emit, extension) = source::emit()?;
    let ir = ir_path(&target_dir, &root, options.staticlib, extension)?;
    let mut arguments = vec!["-Ccodegen-units=1".to_owned(), format!("--emit=link,{emit}={}", ir.display())];
    if let Some(name) = &options.source_name {
        arguments.push(format!("--remap-path-prefix={}={name}", root.display()));
    }
    let (mut libraries, said) = run_cargo(&manifest, &target_dir, &arguments, options)?;
    if !ir.is_file() {
        // Cargo keeps no record of this file: it takes the package for built when only this is gone.
        let advice = format!("remove {} and build again", target_dir.display());
        return Err(Error::Build(format!("rustc left nothing at {}: {advice}", ir.display())));
    }
    Ok(Built { ir, library: libraries.shared, staticlib: libraries.fixed.take(), said })
}

/// One place for each package and kind of build, should several share a target directory: symbols differ between kinds.
fn ir_path(target_dir: &Path, root: &Path, linked: bool, extension: &str) -> Result<PathBuf, Error> {
    let made = std::fs::create_dir_all(target_dir);
    made.map_err(|error| Error::Build(format!("can't make the directory {}: {error}", target_dir.display())))?;
    let kind = if linked { "linked" } else { "natives" };
    Ok(target_dir.join(format!("{kind}-{:016x}.{extension}", hash(root))))
}

fn target_dir(root: &Path, options: &Options) -> PathBuf {
    let target_dir = options.target_dir.clone().unwrap_or_else(|| root.join("target").join("relon"));
    std::path::absolute(&target_dir).unwrap_or(target_dir)
}

fn hash(path: &Path) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

fn cargo(manifest: &Path, target_dir: &Path, arguments: &[String], options: &Options) -> Result<Command, Error> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    scrub(&mut command);
    command.args(["rustc", "--release", "--lib", "--color", "never", "--crate-type"]);
    command.arg(if options.staticlib { "cdylib,staticlib" } else { "cdylib" });
    command.arg("--message-format=json-render-diagnostics");
    command.arg("--manifest-path").arg(manifest).arg("--target-dir").arg(target_dir);
    for setting in PROFILE.into_iter().chain([lines(llvm::reads_bitcode_of_rustc()?)]) {
        command.args(["--config", setting]);
    }
    command.arg("--").args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

/// Paths of the libraries that cargo made.
#[derive(Debug)]
struct Libraries {
    shared: PathBuf,
    fixed: Option<PathBuf>,
}

/// Runs cargo and gives the paths of what it made.
fn run_cargo(
    manifest: &Path,
    target_dir: &Path,
    arguments: &[String],
    options: &Options,
) -> Result<(Libraries, Said), Error> {
    let failed =
        |why: String| Error::Build(format!("building the natives package {} failed: {why}", manifest.display()));
    let mut child = cargo(manifest, target_dir, arguments, options)?
        .spawn()
        .map_err(|e| failed(format!("can't run cargo: {e}")))?;
    let messages = child.stdout.take();
    let listener = std::thread::spawn(move || messages.map(|pipe| listen(BufReader::new(pipe))));
    let complaints = child.stderr.take().map(|pipe| follow(BufReader::new(pipe), options.progress)).unwrap_or_default();
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    let (libraries, said) = listener.join().ok().flatten().unwrap_or_default();
    match (status.success(), libraries) {
        (true, Some(libraries)) if options.staticlib && libraries.fixed.is_none() => {
            Err(failed("cargo made no static library".into()))
        }
        (true, Some(libraries)) => Ok((libraries, said)),
        (true, None) => Err(failed("cargo made no library".into())),
        (false, _) => Err(failed(format!("\n{}", complaints.trim_end()))),
    }
}

/// Collects what cargo says, and shows its progress as it goes.
fn follow(lines: impl BufRead, progress: bool) -> String {
    let mut complaints = String::new();
    for line in lines.lines().map_while(Result::ok) {
        match is_progress(&line) {
            true if progress => eprintln!("{line}"),
            true => {}
            false => {
                complaints.push_str(&line);
                complaints.push('\n');
            }
        }
    }
    complaints
}

/// Whether the line is one of cargo's status lines, such as `   Compiling regex v1.0.0`.
fn is_progress(line: &str) -> bool {
    const STATUS: [&str; 9] =
        ["Compiling", "Finished", "Downloading", "Downloaded", "Updating", "Locking", "Blocking", "Adding", "Fresh"];
    let word = line.trim_start().split(' ').next().unwrap_or_default();
    line.starts_with(' ') && STATUS.contains(&word)
}

/// What cargo says of the packages that a build is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// By the name that cargo gives a package: its Cargo.toml.
    pub(super) manifests: HashMap<String, PathBuf>,
    /// By the same: where its build script writes to.
    pub(super) scripts: Vec<(String, PathBuf)>,
}

/// The libraries among cargo's messages, and what else it says. The last artefact that has some is the package's: dependencies come before.
fn listen(messages: impl BufRead) -> (Option<Libraries>, Said) {
    let (mut libraries, mut said) = (None, Said::default());
    for message in messages.lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(&message) else { continue };
        libraries = libraries_of(&message).or(libraries);
        let Some(package) = message["package_id"].as_str() else { continue };
        if let Some(manifest) = message["manifest_path"].as_str() {
            said.manifests.insert(package.to_owned(), manifest.into());
        }
        if let Some(folder) = message["out_dir"].as_str() {
            said.scripts.push((package.to_owned(), folder.into()));
        }
    }
    (libraries, said)
}

fn libraries_of(message: &serde_json::Value) -> Option<Libraries> {
    let is_cdylib = message["target"]["crate_types"].as_array()?.iter().any(|kind| kind == "cdylib");
    let files = message["filenames"].as_array()?;
    let find = |ends: &[&str]| {
        let mut files = files.iter().filter_map(|file| file.as_str());
        files.find(|file| ends.iter().any(|end| file.ends_with(end))).map(PathBuf::from)
    };
    let shared = find(&[".so", ".dylib", ".dll"])?;
    is_cdylib.then(|| Libraries { shared, fixed: find(&[".a", ".lib"]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_without_a_package_is_named() {
        let error = compile(Path::new("/nonexistent/natives"), &Options::default()).unwrap_err();
        assert!(error.to_string().contains("no natives package at /nonexistent/natives"), "{error}");
    }

    #[test]
    fn the_library_is_found_among_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"crate_types":["lib"]},"filenames":["/t/libdep.rlib"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"crate_types":["cdylib"]},"filenames":["/t/libown.so","/t/libown.a"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let found = listen(messages.as_bytes()).0.expect("libraries");
        assert_eq!((found.shared, found.fixed), ("/t/libown.so".into(), Some("/t/libown.a".into())));
    }
}
