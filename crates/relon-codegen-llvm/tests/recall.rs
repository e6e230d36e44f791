//! A natives package that was built before is taken as it is only where nothing has changed that cargo would see.

use std::path::{Path, PathBuf};

use relon_codegen_llvm::natives::package::{Options, build_noted, recall};

/// A package with a build script and a dependency on disk.
struct Package(PathBuf);

impl Package {
    fn new() -> Package {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recall-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let package = Package(folder);
        let manifest = |name: &str, rest: &str| {
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
        };
        package.write(
            "natives/Cargo.toml",
            &manifest("natives", "[workspace]\n[dependencies]\nother = { path = \"../other\" }\n"),
        );
        package.write("other/Cargo.toml", &manifest("other", ""));
        package.write("other/src/lib.rs", "pub fn other() -> i64 { 1 }\n");
        let script = "fn main() {\n println!(\"cargo::rerun-if-changed=watched\");\n println!(\"cargo::rerun-if-env-changed=RECALL_SCRIPT\");\n}\n";
        package.write("natives/build.rs", script);
        package.write("natives/watched/one.txt", "one");
        package.write("natives/text.txt", "text");
        let source = "#[unsafe(no_mangle)]\npub extern \"C\" fn native(x: i64) -> i64 {\n x + other::other() + include_str!(\"../text.txt\").len() as i64 \
                      + option_env!(\"RECALL_OPTION\").map_or(0, |text| text.len() as i64)\n}\n";
        package.write("natives/src/lib.rs", source);
        package
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn append(&self, name: &str, text: &str) {
        let before = std::fs::read_to_string(self.path(name)).expect("a text");
        self.write(name, &(before + text));
    }

    fn is_recalled(&self) -> bool {
        recall(&self.path("natives"), &Options::default()).is_some()
    }

    fn build(&self) {
        build_noted(&self.path("natives"), &Options::default()).expect("a package that compiles");
    }

    /// What was changed is seen, and once it is built again nothing is.
    fn changed(&self, what: &str) {
        assert!(!self.is_recalled(), "{what} was changed");
        self.build();
        assert!(self.is_recalled(), "{what} was built");
    }

    fn note(&self) -> PathBuf {
        let files = std::fs::read_dir(self.path("natives/target/relon")).expect("a folder");
        let mut paths = files.map(|file| file.expect("a file").path());
        paths.find(|path| path.extension().is_some_and(|extension| extension == "note")).expect("a note")
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn set(name: &str, value: Option<&str>) {
    // SAFETY: this is the only test of this program, and nothing else runs.
    unsafe {
        match value {
            Some(value) => std::env::set_var(name, value),
            None => std::env::remove_var(name),
        }
    }
}

#[test]
fn a_package_is_built_again_where_anything_has_changed() {
    let package = Package::new();
    assert!(!package.is_recalled());
    package.build();
    // The first build wrote Cargo.lock, which is newer than its begin.
    package.build();
    assert!(package.is_recalled());
    let before = package.note();
    let recalled = recall(&package.path("natives"), &Options::default()).expect("natives");
    assert!(recalled.pack.native("native").is_some() && recalled.symbols.address("native").is_some());

    package.append("natives/src/lib.rs", "// more\n");
    package.changed("the source");
    package.append("other/src/lib.rs", "pub fn more() {}\n");
    package.changed("the source of a dependency");
    package.append("natives/text.txt", "more");
    package.changed("a text that is included");
    package.append("natives/watched/one.txt", "more");
    package.changed("a file that the build script looks at");
    package.write("natives/watched/two.txt", "two");
    package.changed("a folder that the build script looks at");
    package.append("natives/Cargo.toml", "# more\n");
    package.changed("the manifest");
    package.append("other/Cargo.toml", "# more\n");
    package.changed("the manifest of a dependency");
    package.append("natives/Cargo.lock", "\n");
    assert!(!package.is_recalled(), "Cargo.lock was changed");
    package.build();
    package.build();
    assert!(package.is_recalled());
    package.write("other/build.rs", "fn main() {\n println!(\"cargo::rerun-if-changed=build.rs\");\n}\n");
    package.changed("a build script that is new");
    package.write("Cargo.toml", "[workspace]\n");
    assert!(!package.is_recalled(), "a workspace around it is new");
    std::fs::remove_file(package.path("Cargo.toml")).expect("the file");
    assert!(package.is_recalled(), "it is gone");

    for variable in ["RECALL_SCRIPT", "RECALL_OPTION", "CARGO_HTTP_TIMEOUT", "RUSTUP_TOOLCHAIN_OF_NOBODY"] {
        set(variable, Some("3"));
        assert!(!package.is_recalled(), "{variable} is set");
        set(variable, None);
        assert!(package.is_recalled(), "{variable} is as it was");
    }

    let built = std::fs::read(&before).expect("the note");
    for at in (0..built.len()).step_by(built.len() / 50 + 1) {
        let mut damaged = built.clone();
        damaged[at] ^= 1;
        std::fs::write(&before, damaged).expect("a note");
        assert!(!package.is_recalled(), "byte {at}");
        std::fs::write(&before, &built[..at]).expect("a note");
        assert!(!package.is_recalled(), "{at} bytes");
    }
    package.build();
    assert!(package.is_recalled());
    let library = package.path("natives/target/relon/release/libnatives.so");
    std::fs::remove_file(library).expect("the library");
    assert!(!package.is_recalled(), "the library is gone");
    package.build();
    package.write("natives/src/lib.rs", "compile_error!(\"no\");\n");
    assert!(!package.is_recalled());
    assert!(build_noted(&package.path("natives"), &Options::default()).is_err());
    assert!(!package.is_recalled());
}
