//! Link-time optimisation: a cargo project of its own whose link takes in the bitcode of a rule. The loop in Rust, the rule and the native
//! become one loop, and it is the loop that plain Rust becomes.

use std::path::{Path, PathBuf};
use std::process::Command;

use relon_codegen_llvm::archive::{Member, archive};

const RULE: &str = "#schema Row { Int quantity: *, Int cents: *, Int weight: * }
#main(Row row) -> Int

mixed(row.quantity) + mixed(row.cents) + mixed(row.weight)
";

const NATIVES: &str = "//! Natives.

/// Mixes.
#[relon::native]
pub fn mixed(x: i64) -> i64 {
    (x & 0xffff) * 3 + 1
}
";

const BUILD: &str = r#"fn main() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    println!("cargo::rerun-if-changed=librule.a");
    println!("cargo::rustc-link-search=native={root}");
    println!("cargo::rustc-link-lib=static=rule");
}
"#;

const MAIN: &str = r#"use relon_natives::abi::{Call, Context};

#[repr(C)]
pub struct Row { quantity: i64, cents: i64, weight: i64 }

unsafe extern "C" { fn rule_direct(context: *mut Context, row: *const Row, out: *mut i64) -> u32; }

#[unsafe(no_mangle)]
#[inline(never)]
pub fn by_rule(rows: &[Row], context: *mut Context) -> Result<i64, u32> {
    let mut sum = 0i64;
    for row in rows {
        let mut out = 0;
        match unsafe { rule_direct(context, row, &mut out) } {
            0 => sum = sum.wrapping_add(out),
            status => return Err(status),
        }
    }
    Ok(sum)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn by_rust(rows: &[Row]) -> Result<i64, u32> {
    let mut sum = 0i64;
    for row in rows {
        let two = natives::mixed(row.quantity).checked_add(natives::mixed(row.cents));
        match two.and_then(|two| two.checked_add(natives::mixed(row.weight))) {
            Some(value) => sum = sum.wrapping_add(value),
            None => return Err(1),
        }
    }
    Ok(sum)
}

fn main() {
    let rows: Vec<Row> = (0..1000).map(|i| Row { quantity: i, cents: i * 7, weight: i * 13 }).collect();
    let mut call = Call::new(1 << 16);
    let found = (by_rule(&rows, call.begin(10)), by_rust(&rows));
    assert_eq!(found.0, found.1);
    println!("{:?}", found.0);
}
"#;

/// Runs a command that has to succeed.
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn write(path: PathBuf, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, content).expect("a file");
}

/// Writes the project: an application, and its natives.
fn project(root: &Path) {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the crates");
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{rest}")
    };
    let relon = format!("[dependencies]\nrelon = {{ path = {:?}, default-features = false }}\n", crates.join("relon"));
    write(root.join("natives/Cargo.toml"), package("natives", &format!("{relon}\n[workspace]\n")));
    write(root.join("natives/src/lib.rs"), NATIVES);
    let app = format!(
        "[dependencies]\nnatives = {{ path = \"natives\" }}\nrelon-natives = {{ path = {:?} }}\n\n\
         [profile.release]\nlto = \"fat\"\n\n[workspace]\nexclude = [\"natives\"]\n",
        crates.join("relon-natives")
    );
    write(root.join("Cargo.toml"), package("app", &app));
    write(root.join("build.rs"), BUILD);
    write(root.join("src/main.rs"), MAIN);
    write(root.join("rule.relon"), RULE);
    // The versions of dependencies that this workspace has: nothing is fetched.
    let lock = crates.join("../Cargo.lock");
    std::fs::copy(&lock, root.join("Cargo.lock")).expect("a lock file");
    std::fs::copy(&lock, root.join("natives/Cargo.lock")).expect("a lock file");
}

/// The instructions of a function, by their names and operands.
fn instructions(disassembly: &str, function: &str) -> Vec<String> {
    let start = format!("<{function}>:");
    let lines = disassembly.lines().skip_while(|line| !line.ends_with(&start)).skip(1);
    let lines = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once('\t'));
    lines.map(|(_, text)| text.trim().to_owned()).filter(|text| !text.starts_with("int3")).collect()
}

#[test]
fn rust_loop_rule_and_native_become_one_loop() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lto");
    project(&root);
    let mut relon = Command::new(env!("CARGO_BIN_EXE_relon"));
    relon.current_dir(&root).args(["build", "rule.relon", "--natives", "natives", "-o", "rule.bc", "--prefix", "rule"]);
    succeed(relon.args(["--deny-residual"]));
    let bitcode = std::fs::read(root.join("rule.bc")).expect("bitcode");
    write(root.join("librule.a"), archive(&[Member::new("rule.o", &bitcode)]).expect("a library"));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&root).args(["build", "--release", "--offline", "--target-dir", "target"]);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", "-Clinker-plugin-lto\u{1f}-Ctarget-cpu=x86-64-v3");
    succeed(&mut cargo);
    let program = root.join("target/release/app");
    let disassembly = succeed(Command::new("objdump").args(["-d", "--no-show-raw-insn"]).arg(&program));
    let (rule, rust) = (instructions(&disassembly, "by_rule"), instructions(&disassembly, "by_rust"));
    for body in [&rule, &rust] {
        assert!(!body.is_empty() && !body.iter().any(|text| text.starts_with("call")), "{body:#?}");
        assert!(body.iter().any(|text| text.contains("%ymm")), "{body:#?}");
    }
    // Which values are kept in registers differs by a few instructions.
    assert!(rule.len() <= rust.len() + rust.len() / 20, "{rule:#?}\n{rust:#?}");
    if std::arch::is_x86_feature_detected!("avx2") {
        assert!(succeed(&mut Command::new(&program)).starts_with("Ok("));
    }
}
