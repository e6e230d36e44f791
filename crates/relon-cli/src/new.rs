//! `relon new`: a project with rules that builds and runs at once.
//!
//! Its files are in `templates`, where the program is called `new-app`; manifests say `RELON` where a dependency says which relon it is.

use std::path::{Path, PathBuf};

use crate::args::{DeliveryArg, Format, NewCommand};
use crate::failure::Failure;
use crate::options::say;

/// A file of a project, and its text in the templates.
type Template = (&'static str, &'static str);

/// Takes up files of the templates: where they are in a project, and where in the templates.
macro_rules! templates {
    ($($path:literal: $template:literal,)*) => { [$(($path, include_str!(concat!("../templates/", $template)))),*] };
}

const COMMON: [Template; 5] = templates! {
    ".gitignore": "common/gitignore",
    "natives/Cargo.toml": "common/natives/manifest.toml",
    "natives/src/lib.rs": "common/natives/lib.rs",
    "rules/price.json": "common/rules/price.json",
    "rules/price.relon": "common/rules/price.relon",
};

const JIT: [Template; 5] = templates! {
    "Cargo.toml": "jit/manifest.toml",
    "build.rs": "jit/build.rs",
    "src/lib.rs": "jit/lib.rs",
    "src/main.rs": "jit/main.rs",
    "tests/rules.rs": "jit/rules.rs",
};

/// What programs with compiled-in rules have in common.
const COMPILED: [Template; 3] = templates! {
    "src/lib.rs": "compiled/lib.rs",
    "src/main.rs": "compiled/main.rs",
    "tests/rules.rs": "compiled/rules.rs",
};

const OBJECT: [Template; 2] = templates! {
    "Cargo.toml": "compiled/manifest.toml",
    "build.rs": "compiled/build.rs",
};

const LTO: [Template; 3] = [
    (
        "Cargo.toml",
        concat!(include_str!("../templates/compiled/manifest.toml"), include_str!("../templates/lto/profile.toml")),
    ),
    ("build.rs", include_str!("../templates/lto/build.rs")),
    (".cargo/config.toml", include_str!("../templates/lto/config.toml")),
];

/// Makes the project.
pub(crate) fn new(command: &NewCommand, format: Format) -> Result<(), Failure> {
    let name = project_name(&command.path)?;
    let relon = Relon::new(command.relon_path.as_deref())?;
    if command.path.symlink_metadata().is_ok() {
        let hint = "choose another name, or remove what is there".to_owned();
        return Err(Failure::input(format!("`{}` exists already", command.path.display()), Some(hint)));
    }
    for (path, text) in files(command.delivery) {
        write(&command.path.join(path), &filled(text, name, &relon))?;
    }
    say(format, &next_steps(command, name));
    Ok(())
}

fn files(delivery: DeliveryArg) -> Vec<Template> {
    let own: &[&[Template]] = match delivery {
        DeliveryArg::Jit => &[&JIT],
        DeliveryArg::Object => &[&COMPILED, &OBJECT],
        DeliveryArg::Lto => &[&COMPILED, &LTO],
    };
    COMMON.into_iter().chain(own.concat()).collect()
}

/// The text of a file in this project.
fn filled(template: &str, name: &str, relon: &Relon) -> String {
    template
        // In this order: the first name has no dash, so that nothing is replaced twice.
        .replace("new_app", &name.replace('-', "_"))
        .replace("new-app", name)
        .replace("RELON_BUILD", &relon.dependency("relon-build"))
        .replace("RELON", &relon.dependency("relon"))
}

/// Where a project gets relon from.
enum Relon {
    /// A registry, which has this version.
    Version,
    /// The crates of a checkout.
    Crates(String),
}

impl Relon {
    fn new(checkout: Option<&Path>) -> Result<Relon, Failure> {
        let Some(checkout) = checkout else { return Ok(Relon::Version) };
        let wrong = |why: &str| {
            let hint = "`--relon-path` takes the folder of a checkout of relon, in which `crates/relon` is".to_owned();
            Failure::input(format!("`{}` {why}", checkout.display()), Some(hint))
        };
        if !checkout.join("crates/relon/Cargo.toml").is_file() {
            return Err(wrong("is no checkout of relon"));
        }
        let crates =
            checkout.join("crates").canonicalize().map_err(|error| wrong(&format!("cannot be used: {error}")))?;
        match crates.to_str() {
            Some(path) if !path.contains(char::is_control) => Ok(Relon::Crates(path.to_owned())),
            _ => Err(wrong("cannot be written into a manifest: its name is no plain text")),
        }
    }

    /// What a manifest says of one of relon's crates.
    fn dependency(&self, name: &str) -> String {
        match self {
            Relon::Version => format!("version = \"{}\"", env!("CARGO_PKG_VERSION")),
            Relon::Crates(folder) => {
                format!("path = \"{}/{name}\"", folder.replace('\\', "\\\\").replace('"', "\\\""))
            }
        }
    }
}

/// Words that name something else in Rust, or in cargo's folders.
const TAKEN: &str = "abstract alloc as async await become box break build const continue core crate deps do dyn else enum \
    examples extern false final fn for gen if impl in incremental let loop macro match mod move mut \
    override priv proc-macro proc_macro pub ref return self static std struct super test trait true try \
    type typeof unsafe unsized use virtual where while yield";

/// The name of the package: the last part of the path.
fn project_name(path: &Path) -> Result<&str, Failure> {
    let wrong = |message: String, hint: &str| Err(Failure::input(message, Some(hint.to_owned())));
    let Some(name) = path.file_name() else {
        return wrong(format!("`{}` does not end with a name", path.display()), "say what the project is called");
    };
    let is_plain = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
    };
    match name.to_str().filter(is_plain) {
        None => wrong(
            format!("`{}` cannot be the name of a package", name.display()),
            "it begins with a small letter of the English alphabet; further ones, digits, `-` and `_` may follow",
        ),
        Some(name) if TAKEN.split(' ').any(|word| word == name) => {
            wrong(format!("`{name}` has a meaning in Rust and cannot be the name of a package"), "choose another name")
        }
        Some(name) if name.split(['-', '_']).next() == Some("relon") => {
            wrong(format!("`{name}` would be taken for one of relon's own packages"), "choose another name")
        }
        Some(name) => Ok(name),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text)).map_err(|error| {
        Failure::input(
            format!("cannot write `{}`: {error}", path.display()),
            Some("the folder has to be writable".to_owned()),
        )
    })
}

/// What to do with a new project.
fn next_steps(command: &NewCommand, name: &str) -> String {
    let folder: PathBuf = command.path.clone();
    let (about, run) = match command.delivery {
        DeliveryArg::Jit => ("loads its rules when it runs", "cargo run"),
        DeliveryArg::Object => ("has its rules compiled in", "cargo run"),
        DeliveryArg::Lto => {
            ("is optimised by the linker together with its rules, in release builds", "cargo run --release")
        }
    };
    format!(
        "made `{name}`, which {about}

    cd {}
    {run:<24}prices an order by rules/price.relon
    {:<24}tests the program
    {:<24}runs the cases in rules/price.json

the rule calls the functions in natives/src/lib.rs",
        folder.display(),
        "cargo test",
        "relon test rules",
    )
}
