//! The cache of the command line: it gives the same as compiling, needs no LLVM, and neither a full disk nor other processes do harm.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder that is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cache-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        Scratch(folder)
    }

    fn rule(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a rule is written");
        path.display().to_string()
    }

    fn cache(&self) -> PathBuf {
        self.0.join("cache")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relon"));
        command.args(args).env("RELON_CACHE", self.cache());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the command runs")
    }

    fn shown(&self) -> Value {
        let output = self.run(&["cache", "--json"]);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const RULE: &str = "#main(List<Int> xs) -> Int\n[100 / x for x in xs].sum()";

#[test]
fn a_second_run_compiles_nothing() {
    let scratch = Scratch::new("second");
    let rule = scratch.rule("a.relon", RULE);
    let args = ["run", &rule, "--args", r#"{"xs": [1, 2]}"#, "--timings"];
    let first = scratch.run(&args);
    assert!(stdout(&first) == "150\n" && stderr(&first).contains("codegen"), "{}", stderr(&first));
    let second = scratch.run(&args);
    assert!(stdout(&second) == "150\n" && !stderr(&second).contains("codegen"), "{}", stderr(&second));
    let without = scratch.run(&[&args[..], &["--no-cache"]].concat());
    assert!(stdout(&without) == "150\n" && stderr(&without).contains("codegen"));
    let failing = ["run", &rule, "--args", r#"{"xs": [1, 0]}"#];
    let [kept, compiled] = [scratch.run(&failing), scratch.run(&[&failing[..], &["--no-cache"]].concat())];
    assert_eq!((kept.status.code(), stderr(&kept)), (Some(1), stderr(&compiled)));
    assert!(stderr(&kept).contains("DivisionByZero"), "{}", stderr(&kept));
}

#[test]
fn a_unit_names_the_llvm_that_made_it() {
    let scratch = Scratch::new("llvm");
    let rule = scratch.rule("a.relon", RULE);
    let args = ["run", &rule, "--args", r#"{"xs": [1, 2]}"#];
    stdout(&scratch.run(&args));
    // Where another one is asked for, what is kept does not count, even if there is no other.
    let other = scratch.command(&args).env("RELON_LLVM", "/nonexistent/libLLVM.so").output().expect("the command runs");
    assert_eq!(other.status.code(), Some(3));
    assert_eq!(scratch.shown()["units"], 1);
}

#[test]
fn a_rule_is_inspected_from_the_cache_as_before() {
    let scratch = Scratch::new("inspect");
    let rule = scratch.rule("a.relon", "#main(String s) -> String\ns.trim().upper()");
    for what in [&["--ir"][..], &["--asm"], &["--before"], &["--typed"]] {
        let args = [&["inspect", &rule], what].concat();
        let [first, second] = [stdout(&scratch.run(&args)), stdout(&scratch.run(&args))];
        assert!(!first.is_empty() && first == second, "{what:?}");
    }
    let json =
        || -> Value { serde_json::from_str(&stdout(&scratch.run(&["inspect", &rule, "--json"]))).expect("JSON") };
    let (report, again) = (json(), json());
    assert_eq!((&again["from_cache"], &again["natives"]), (&Value::Bool(true), &report["natives"]));
}

#[test]
fn the_cache_is_shown_and_cleared() {
    let scratch = Scratch::new("shown");
    assert_eq!(scratch.shown()["units"], 0);
    let rule = scratch.rule("a.relon", RULE);
    for effort in ["quick", "full"] {
        stdout(&scratch.run(&["run", &rule, "--args", r#"{"xs": [1]}"#, "--effort", effort]));
    }
    let shown = scratch.shown();
    assert!(shown["units"] == 2 && shown["bytes"].as_u64() > Some(1000), "{shown}");
    assert_eq!(shown["folder"], scratch.cache().display().to_string());
    std::fs::write(scratch.cache().join("of-somebody-else"), "").expect("a file");
    assert!(stdout(&scratch.run(&["cache"])).contains("units      2"));
    assert!(stdout(&scratch.run(&["cache", "clear"])).contains("removed 2 units"));
    assert_eq!(scratch.shown()["units"], 0);
    assert!(scratch.cache().join("of-somebody-else").exists(), "only what is known is removed");
    let off = scratch.command(&["cache"]).env("RELON_CACHE", "off").output().expect("the command runs");
    assert!(stdout(&off).contains("off"));
}

#[test]
fn the_folder_is_that_of_the_user() {
    let scratch = Scratch::new("user");
    let rule = scratch.rule("a.relon", RULE);
    let run = |set: &[(&str, &Path)]| {
        let mut command = scratch.command(&["run", &rule, "--args", r#"{"xs": [1]}"#]);
        command.env_remove("RELON_CACHE").env_remove("XDG_CACHE_HOME");
        // rustup finds its toolchains by the home folder.
        if let (None, Some(home)) = (std::env::var_os("RUSTUP_HOME"), std::env::var_os("HOME")) {
            command.env("RUSTUP_HOME", Path::new(&home).join(".rustup"));
        }
        command.envs(set.iter().copied());
        stdout(&command.output().expect("the command runs"));
    };
    let (xdg, home) = (scratch.0.join("xdg"), scratch.0.join("home"));
    run(&[("XDG_CACHE_HOME", &xdg), ("HOME", &home)]);
    assert!(xdg.join("relon").is_dir() && !home.exists());
    run(&[("HOME", &home)]);
    assert!(home.join(".cache/relon").is_dir());
}

#[test]
fn a_full_disk_is_no_failure() {
    let scratch = Scratch::new("full");
    let rule = scratch.rule("a.relon", RULE);
    // No file may have more than a block, as if the disk were full in the middle of it.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    let run = || {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            script,
            env!("CARGO_BIN_EXE_relon"),
            "run",
            &rule,
            "--args",
            r#"{"xs": [4]}"#,
            "--timings",
        ]);
        command.env("RELON_CACHE", scratch.cache()).output().expect("the command runs")
    };
    for _ in 0..2 {
        let output = run();
        assert!(stdout(&output) == "25\n" && stderr(&output).contains("nothing can be kept"), "{}", stderr(&output));
    }
    assert_eq!(std::fs::read_dir(scratch.cache()).expect("the folder").count(), 0, "nothing is left behind");
}

#[test]
fn processes_share_a_folder_that_is_cleared_meanwhile() {
    let scratch = Scratch::new("processes");
    let rules: Vec<String> =
        (1..4).map(|n| scratch.rule(&format!("{n}.relon"), &format!("#main(Int n) -> Int\nn * {n}"))).collect();
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (scratch, rules) = (&scratch, &rules);
            scope.spawn(move || {
                for round in 0..6 {
                    let n = (thread + round) % 3;
                    let output = scratch.run(&["run", &rules[n], "--args", r#"{"n": 7}"#]);
                    assert_eq!(stdout(&output), format!("{}\n", 7 * (n + 1)));
                }
            });
        }
        scope.spawn(|| (0..6).for_each(|_| drop(stdout(&scratch.run(&["cache", "clear"])))));
    });
    let partial = std::fs::read_dir(scratch.cache())
        .expect("the folder")
        .filter(|file| file.as_ref().is_ok_and(|file| file.file_name().to_string_lossy().contains("partial")));
    assert_eq!(partial.count(), 0);
}
