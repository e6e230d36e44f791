//! Projects with rules that tests build with cargo, as their authors would. They share what cargo makes, so that the compiler in their build
//! scripts is built once for each profile.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What cargo makes for all projects.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects")
}

/// What cargo makes where it is told a target, which is this machine.
pub(crate) fn target_of_host() -> PathBuf {
    target().join(format!("{}-unknown-linux-gnu", std::env::consts::ARCH))
}

/// The root of this repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Cargo in a folder, away from the settings of the cargo that runs this test.
pub(crate) fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if (text.starts_with("CARGO_") && text != "CARGO_HOME")
            || text.starts_with("RUSTFLAGS")
            || text == "RUST_BACKTRACE"
        {
            command.env_remove(&name);
        }
    }
    command.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true");
    command
}

/// Whether a command succeeds, and what it says.
fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().expect("the command runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

/// What a command says that has to succeed.
pub(crate) fn succeed(command: &mut Command) -> String {
    let (success, said) = run(command);
    assert!(success, "{command:?}:\n{said}");
    said
}

/// What a command says that has to fail.
pub(crate) fn fail(command: &mut Command) -> String {
    let (success, said) = run(command);
    assert!(!success, "{command:?} should fail:\n{said}");
    said
}

/// What cargo says where it succeeds.
pub(crate) fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    succeed(&mut cargo(folder, arguments))
}

/// What cargo says where it fails.
pub(crate) fn fails(folder: &Path, arguments: &[&str]) -> String {
    fail(&mut cargo(folder, arguments))
}

/// What a program that succeeds prints for this on its standard input.
pub(crate) fn answer(command: &mut Command, input: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut pipe = child.stdin.take().expect("a pipe");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || pipe.write_all(input.as_bytes()).expect("it reads"));
        child.wait_with_output().expect("it ends")
    });
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A project of an application and its natives, in a folder of its own whose name has a blank.
pub(crate) struct Project {
    pub(crate) folder: PathBuf,
}

impl Project {
    /// A project whose natives are this source. `features` are those that the application has of relon, `more` ends its manifest.
    pub(crate) fn new(name: &str, features: &str, natives: &str, more: &str) -> Project {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("project {name}"));
        let _ = std::fs::remove_dir_all(&folder);
        let project = Project { folder };
        let crates = repository().join("crates");
        let crates = crates.display();
        let relon = format!("relon = {{ path = \"{crates}/relon\", default-features = false");
        project.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\nmembers = [\"natives\"]\n\n\
                 [dependencies]\n{name}-natives = {{ path = \"natives\" }}\n{relon}, features = [\"{features}\"] }}\n\n\
                 [build-dependencies]\nrelon-build = {{ path = \"{crates}/relon-build\" }}\n\n\
                 [profile.dev.build-override]\nopt-level = 1\ndebug = false\n{more}"
            ),
        );
        project.write(
            "natives/Cargo.toml",
            &format!("[package]\nname = \"{name}-natives\"\nedition = \"2024\"\n\n[dependencies]\n{relon} }}\n"),
        );
        project.write("natives/src/lib.rs", natives);
        // The versions that are there: a test asks no registry.
        std::fs::copy(repository().join("Cargo.lock"), project.folder.join("Cargo.lock")).expect("a copy");
        project
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        std::fs::write(path, text).expect("a new file");
    }
}
