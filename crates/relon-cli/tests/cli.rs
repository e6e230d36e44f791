//! The command line as a user meets it: exit codes, what goes to stdout and stderr, and one clear error for each thing that can go wrong.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What others kept is no part of these tests; `cache.rs` has those of the cache.
fn relon(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relon"));
    command.current_dir(root()).args(args).env("RELON_CACHE", "off");
    command
}

fn output(args: &[&str]) -> Output {
    relon(args).output().expect("the command runs")
}

/// A rule in a file of its own.
fn rule(name: &str, text: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rules");
    std::fs::create_dir_all(&folder).expect("a folder for rules");
    let path = folder.join(format!("{name}.relon"));
    std::fs::write(&path, text).expect("a rule is written");
    path.display().to_string()
}

/// Runs a command that has to fail; gives its exit code and the JSON object on its stderr. Nothing goes to stdout.
fn failure(args: &[&str]) -> (i32, Value) {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    failure_of(relon(&args))
}

fn failure_of(mut command: Command) -> (i32, Value) {
    let output = command.output().expect("the command runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{stderr}");
    let json = serde_json::from_str(&stderr).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (output.status.code().expect("no signal"), json)
}

const SUITE_NATIVES: &str = "tests/suite/natives";

#[test]
fn a_result_is_alone_on_stdout() {
    let rule = rule("double", "#main(Int n) -> Int\nn * 2");
    let output = output(&["run", &rule, "--args", r#"{"n": 21}"#, "--timings"]);
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b"42\n"[..]));
    assert!(String::from_utf8_lossy(&output.stderr).contains("codegen"));
}

#[test]
fn a_rule_that_fails_gives_1_and_its_place() {
    let cases = [
        ("overflow", "#main(Int n) -> Int\nn * 9223372036854775807", "NumericOverflow", 2, 1),
        ("division", "#main(Int n) -> Int\n  10 / (n - 3)", "DivisionByZero", 2, 3),
        (
            "expect",
            "#schema S { #expect \"small\" Int a: (a) => a < 2 }\n#main(Int n) -> Int\n{ S s: { a: n } }.s.a",
            "TypeMismatch",
            1,
            33,
        ),
        ("index", "#main(Int n) -> Int\n[1][n]", "IndexOutOfBounds", 2, 1),
    ];
    for (name, text, kind, line, column) in cases {
        let (code, error) = failure(&["run", &rule(name, text), "--args", r#"{"n": 3}"#]);
        assert_eq!((code, &error["kind"]), (1, &Value::from(kind)), "{error}");
        assert_eq!((&error["span"]["line"], &error["span"]["column"]), (&line.into(), &column.into()), "{error}");
    }
}

#[test]
fn a_rule_that_does_not_check_gives_1_and_diagnostics() {
    let cases = [
        ("syntax", "#main(Int n) -> Int\nn +", "Parse", "Parse"),
        ("unknown_native", "#main(Int n) -> Int\nfetch(n)", "Analyze", "FunctionNotFound"),
        ("type", "#main(Int n) -> String\nn", "Analyze", "MainReturnTypeMismatch"),
    ];
    for (name, text, kind, diagnostic) in cases {
        let (code, error) = failure(&["run", &rule(name, text), "--args", r#"{"n": 3}"#]);
        assert_eq!((code, &error["kind"]), (1, &Value::from(kind)), "{error}");
        assert_eq!(error["diagnostics"][0]["name"], diagnostic, "{error}");
    }
}

#[test]
fn natives_are_refused_without_their_capability() {
    let rule = rule("rate", "#main(String c) -> Float\nrate(c)");
    let args = ["run", &rule, "--natives", SUITE_NATIVES, "--args", r#"{"c": "EUR"}"#];
    let (code, error) = failure(&args);
    assert_eq!((code, &error["diagnostics"][0]["name"]), (1, &Value::from("CapabilityRequired")), "{error}");
    let granted: Vec<&str> = args.iter().copied().chain(["--grant", "network"]).collect();
    assert_eq!(output(&granted).status.code(), Some(0));
    let unknown: Vec<&str> = args.iter().copied().chain(["--grant", "netwrok"]).collect();
    assert_eq!(failure(&unknown).0, 2);
}

#[test]
fn a_panic_in_an_inlined_native_is_an_error() {
    let rule = rule("at", "#main(List<Int> xs, Int i) -> Int\nat(xs, i)");
    let run = ["run", &rule, "--natives", SUITE_NATIVES, "--args", r#"{"xs": [1, 2], "i": 9}"#];
    let (code, error) = failure(&run);
    assert_eq!((code, &error["kind"]), (1, &Value::from("NativePanicked")), "{error}");
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains("index out of bounds") && message.contains("lib.rs:"), "{error}");
}

#[test]
fn input_that_cannot_be_read_gives_2() {
    let rule = rule("plain", "#main(Int n) -> Int\nn");
    let cases: [&[&str]; 5] = [
        &["run", "no/such.relon"],
        &["run", &rule, "--args", "{\"n\": "],
        &["run", &rule, "--args", "no/such.json"],
        &["run", "crates"],
        &["run", &rule, "--grant", "everything"],
    ];
    for args in cases {
        let (code, error) = failure(args);
        assert_eq!((code, &error["kind"]), (2, &Value::from("Input")), "{args:?}: {error}");
    }
    assert_eq!(output(&["run"]).status.code(), Some(2));
    assert_eq!(output(&["inspect", &rule, "--backend", "none"]).status.code(), Some(2));
}

#[test]
fn a_toolchain_that_fails_gives_3() {
    let rule = rule("toolchain", "#main(Int n) -> Int\nn");
    let mut missing = relon(&["run", &rule, "--args", r#"{"n": 1}"#, "--format", "json"]);
    missing.env("RELON_LLVM", "/nonexistent/libLLVM.so");
    let (code, error) = failure_of(missing);
    assert_eq!((code, &error["kind"]), (3, &Value::from("Toolchain")), "{error}");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("/nonexistent/libLLVM.so")), "{error}");
    let (code, error) = failure(&["run", &rule, "--natives", "docs"]);
    assert_eq!(code, 3, "{error}");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("docs")), "{error}");
    let (code, error) = failure(&["run", &rule, "--natives", &broken_package()]);
    assert_eq!(code, 3, "{error}");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("cannot find value `missing`")), "{error}");
}

#[test]
fn the_doctor_looks_at_compilers_and_says_what_is_missing() {
    let well = output(&["doctor"]);
    let text = String::from_utf8_lossy(&well.stdout).into_owned();
    assert!(well.status.success(), "{text}");
    for name in ["rustc ", "library ", "llvm ", "bitcode ", "processor ", "trial "] {
        assert!(text.lines().any(|line| line.starts_with(name)), "no {name}in {text}");
    }
    let mut command = relon(&["doctor", "--format", "json"]);
    let ill = command.env("RELON_LLVM", "/nonexistent/libLLVM.so").output().expect("the command runs");
    assert_eq!(ill.status.code(), Some(3));
    let findings: Value = serde_json::from_slice(&ill.stdout).expect("JSON");
    let findings = findings.as_array().expect("a list");
    let llvm = findings.iter().find(|finding| finding["name"] == "llvm").expect("a finding on LLVM");
    assert_eq!(llvm["ok"], false);
    assert!(llvm["text"].as_str().is_some_and(|text| text.contains("/nonexistent/libLLVM.so")), "{llvm}");
}

#[test]
fn the_evaluator_and_cranelift_need_no_llvm() {
    for backend in ["eval", "cranelift"] {
        runs_without_llvm(backend);
    }
}

fn runs_without_llvm(backend: &str) {
    let rule = rule(
        "evaluated",
        "#import string from \"std/string\"\n#main(String s) -> String\nstring.upper(s) + 1 / len(s)",
    );
    let run = |args: &str| {
        let mut command = relon(&["run", &rule, "--backend", backend, "--args", args, "--format", "json"]);
        command.env("RELON_LLVM", "/nonexistent/libLLVM.so");
        command
    };
    let output = run(r#"{"s": "a"}"#).output().expect("the command runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "\"A1\"\n");
    let (code, error) = failure_of(run(r#"{"s": ""}"#));
    assert_eq!((code, &error["kind"]), (1, &Value::from("DivisionByZero")), "{error}");
}

#[test]
fn natives_of_a_package_are_called_by_every_backend() {
    let source = "#schema Range { Int low: *, Int high: * }\n#main(List<Int> xs) -> Dict\n\
        { r: range_of(xs), c: count() + count(), n: host.double(3) }";
    let rule = rule("evaluated_natives", source);
    for backend in ["eval", "cranelift"] {
        let args = ["run", &rule, "--natives", SUITE_NATIVES, "--backend", backend, "--args", r#"{"xs": [4, -1, 9]}"#];
        let result: Value = serde_json::from_slice(&output(&args).stdout).expect("a result");
        assert_eq!(result, serde_json::json!({"r": {"low": -1, "high": 9}, "c": 3, "n": 6}), "{backend}");
    }
}

#[test]
fn only_llvm_has_something_to_inspect() {
    let rule = rule("uninspected", "#main(Int n) -> Int\nn");
    for backend in ["eval", "cranelift"] {
        let (code, error) = failure(&["inspect", &rule, "--backend", backend]);
        assert_eq!((code, &error["kind"]), (2, &Value::from("Input")), "{error}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("--backend llvm")), "{error}");
    }
}

/// A package that does not compile.
fn broken_package() -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken");
    std::fs::create_dir_all(folder.join("src")).expect("a folder for the package");
    let manifest = "[package]\nname = \"broken\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest is written");
    std::fs::write(folder.join("src/lib.rs"), "pub fn f() -> i64 { missing }\n").expect("a source is written");
    folder.display().to_string()
}

#[test]
fn an_error_for_people_shows_the_place_and_a_hint() {
    let rule = rule("human", "#main(Int count) -> Int\ncuont + 1");
    let output = output(&["run", &rule]);
    let text = String::from_utf8_lossy(&output.stderr);
    for part in ["UnknownReferenceType", ":2:1", "cuont + 1", "^^^^^", "did you mean `count`?"] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
}

#[test]
fn inspect_reports_and_can_refuse_what_is_left() {
    let rule = rule("state", "#main(Int n) -> Int\nhost.double(n) + count()");
    let args = ["inspect", &rule, "--natives", SUITE_NATIVES, "--json"];
    let report: Value = serde_json::from_slice(&output(&args).stdout).expect("a JSON report");
    let native = |name: &str| {
        let natives = report["natives"].as_array().expect("natives");
        natives.iter().find(|native| native["name"] == name).expect("the native").clone()
    };
    assert_eq!((&native("host.double")["emitted"], &native("host.double")["left"]), (&1.into(), &0.into()));
    assert_eq!(native("count")["left"], 1);
    assert_eq!(native("count")["world"], "closed");
    assert!(native("count")["reason"].as_str().is_some_and(|reason| reason.contains("static")), "{report}");
    assert!(report["phases_ms"]["codegen"].as_f64().is_some_and(|time| time > 0.0));

    let denied: Vec<&str> = args.iter().copied().chain(["--deny-residual", "--format", "json"]).collect();
    let denied = output(&denied);
    assert_eq!(denied.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&denied.stderr).contains("ResidualCall"));
}

#[test]
fn the_inlined_computation_is_in_the_ir_and_the_call_is_not() {
    let rule = rule("inlined", "#main(Int n) -> Int\nhost.double(n)");
    for effort in ["quick", "full"] {
        assert_inlined(&rule, effort);
    }
}

/// What is more than a call is worth to quick effort stays one; with full effort, which is what `inspect` uses, it is inlined.
#[test]
fn large_natives_are_called_with_quick_effort() {
    const PRICING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/pricing");
    let (rule, natives) = (format!("{PRICING}/pricing.relon"), format!("{PRICING}/natives"));
    let native = |name: &str, effort: &[&str]| {
        let args = ["inspect", &rule, "--natives", &natives, "--json"];
        let output = output(&args.iter().copied().chain(effort.iter().copied()).collect::<Vec<_>>());
        let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
        let natives = report["natives"].as_array().expect("natives");
        natives.iter().find(|native| native["name"] == name).expect("the native").clone()
    };
    let quick = ["--effort", "quick"];
    assert_eq!(native("allocate", &quick)["left"], 1);
    let reason = native("allocate", &quick)["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.starts_with("too large for quick effort ("), "{reason}");
    assert_eq!((&native("freight", &quick)["left"], &native("allocate", &[])["left"]), (&0.into(), &0.into()));
}

fn assert_inlined(rule: &str, effort: &str) {
    let show = |what: &str| {
        let output = output(&["inspect", rule, "--natives", SUITE_NATIVES, "--effort", effort, what]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let is_call = |line: &&str| line.contains("call") && line.contains("relon_native_host__double");
    let (before, after) = (show("--before"), show("--ir"));
    assert!(before.lines().any(|line| is_call(&line)), "{before}");
    assert!(!after.lines().any(|line| is_call(&line)), "{after}");
    assert!(after.contains(" shl i64 ") || after.contains(", 2"), "{after}");
    assert!(show("--asm").contains("relon_entry_main"));
    let typed = show("--typed");
    assert!(typed.contains(r#"native0 "host.double" = "relon_native_host__double"("#), "{typed}");
}

/// What a command says on stdout as JSON, and its exit code.
fn stdout_json(args: &[&str]) -> (i32, Value) {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let output = output(&args);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.code().expect("no signal"), json)
}

/// A rule with cases beside it, in a folder of its own.
fn with_cases(name: &str, rule: &str, cases: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases").join(name);
    std::fs::create_dir_all(&folder).expect("a folder for cases");
    std::fs::write(folder.join("rule.relon"), rule).expect("a rule is written");
    std::fs::write(folder.join("rule.json"), cases).expect("cases are written");
    folder.display().to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn check_shows_all_files_and_counts() {
    let fine = rule("check_fine", "#main(Int n) -> Int\nn");
    let wrong = rule("check_wrong", "#main(Int n) -> Dict\n{ a: missing, b: n - \"x\" }");
    let odd = rule("check_odd", "#relaxed\n#main(Int n) -> Int\nn");
    let checked = output(&["check", &fine, &wrong, &odd]);
    let stderr = text(&checked.stderr);
    assert_eq!((checked.status.code(), text(&checked.stdout)), (Some(1), String::new()), "{stderr}");
    assert!(stderr.contains("check_wrong.relon:2:6") && stderr.contains("check_odd.relon:1:"), "{stderr}");
    assert!(stderr.ends_with("3 files checked, 2 errors, 1 warning\n"), "{stderr}");
    assert_eq!(output(&["check", &fine, &odd]).status.code(), Some(0));
}

#[test]
fn check_needs_no_main_and_no_llvm() {
    let library = rule("check_library", "{ rate: 20, twice(Int n) -> Int: n * 2 }");
    let mut command = relon(&["check", &library]);
    let checked = command.env("RELON_LLVM", "/nonexistent/libLLVM.so").output().expect("the command runs");
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert_eq!(text(&checked.stderr), "1 file checked, 0 errors, 0 warnings\n");
}

#[test]
fn check_gives_tools_one_document() {
    let wrong = rule("check_json", "#main(Int count) -> Int\ncuont");
    let (code, json) = stdout_json(&["check", &wrong, "no/such.relon", "-"]);
    assert_eq!(code, 2, "{json}");
    let files = json.as_array().expect("an array");
    let names: Vec<_> = files.iter().map(|file| (&file["file"], &file["ok"])).collect();
    let expected = [wrong.as_str(), "no/such.relon", "<stdin>"].map(Value::from);
    assert!(names.iter().zip(&expected).all(|((file, ok), name)| *file == name && **ok == false), "{json}");
    let first = &files[0]["diagnostics"][0];
    assert_eq!((&first["name"], &first["severity"]), (&"UnknownReferenceType".into(), &"error".into()));
    assert_eq!((&first["hint"], &first["label"]), (&"did you mean `count`?".into(), &"unknown name".into()));
    assert_eq!((&first["span"]["line"], &first["span"]["end_column"]), (&2.into(), &6.into()));
    assert_eq!(first["related"], serde_json::json!([]));
    assert_eq!(
        (&files[1]["diagnostics"][0]["name"], &files[1]["diagnostics"][0]["span"]),
        (&"Input".into(), &Value::Null)
    );
}

#[test]
fn check_reads_folders_and_standard_input() {
    let folder =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/suite/domains")).expect("a folder");
    let rules =
        folder.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension() == Some("relon".as_ref())));
    let (code, json) = stdout_json(&["check", "tests/suite/domains"]);
    assert_eq!((code, json.as_array().map(Vec::len)), (0, Some(rules.count())), "{json}");
    assert_eq!(output(&["check", "crates/relon-cli/src"]).status.code(), Some(2));
    let mut command = relon(&["check", "-"]);
    let (read, mut write) = std::io::pipe().expect("a pipe");
    std::io::Write::write_all(&mut write, b"{ a: nothing }").expect("a source is written");
    drop(write);
    let checked = command.stdin(read).output().expect("the command runs");
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked.stderr).contains("<stdin>:1:6"), "{checked:?}");
}

#[test]
fn check_knows_natives_and_grants() {
    let rule = rule("check_rate", "#main(String c) -> Float\nrate(c)");
    let (code, json) = stdout_json(&["check", &rule]);
    assert_eq!((code, &json[0]["diagnostics"][0]["name"]), (1, &"FunctionNotFound".into()), "{json}");
    let checked = output(&["check", &rule, "--natives", SUITE_NATIVES]);
    assert!(text(&checked.stderr).contains("CapabilityRequired"), "{checked:?}");
    let granted = output(&["check", &rule, "--natives", SUITE_NATIVES, "--grant", "network"]);
    assert_eq!(granted.status.code(), Some(0), "{granted:?}");
    assert_eq!(output(&["check", &rule, "--grant", "netwrok"]).status.code(), Some(2));
    assert_eq!(output(&["check", &rule, "--natives", "docs"]).status.code(), Some(3));
}

const SHARE: &str = "#main(Int n) -> Dict\n{ share: 100 / n }";

#[test]
fn test_runs_cases_one_line_each() {
    let cases = r#"{"cases": [{"name": "half", "args": {"n": 2}, "result": {"share": 50}},
        {"name": "none", "args": {"n": 0}, "error": {"kind": "DivisionByZero", "at": "2:10-2:17"}}]}"#;
    let folder = with_cases("fine", SHARE, cases);
    for path in [folder.clone(), format!("{folder}/rule.relon"), format!("{folder}/rule.json")] {
        let tested = output(&["test", &path]);
        let stdout = text(&tested.stdout);
        assert_eq!(tested.status.code(), Some(0), "{tested:?}");
        assert!(stdout.contains("rule.json: half ... ok\n") && stdout.contains("rule.json: none ... ok\n"), "{stdout}");
        assert!(stdout.contains("test result: ok. 2 passed; 0 failed; in "), "{stdout}");
    }
    let here = relon(&["test"]).current_dir(&folder).output().expect("the command runs");
    assert!(text(&here.stdout).contains("2 passed"), "{here:?}");
}

#[test]
fn test_shows_where_expected_and_found_differ() {
    let cases = r#"{"cases": [{"name": "float", "args": {"n": 2}, "result": {"share": 50.0}},
        {"name": "kind", "args": {"n": 0}, "error": {"kind": "NumericOverflow"}},
        {"name": "error", "args": {"n": 0}, "result": {}}, {"name": "result", "args": {"n": 1}, "error": {"kind": "Parse"}}]}"#;
    let folder = with_cases("differ", SHARE, cases);
    let tested = output(&["test", &folder]);
    let stdout = text(&tested.stdout);
    assert_eq!(tested.status.code(), Some(1), "{tested:?}");
    for part in [
        "rule.json: float ... FAILED",
        "rule.json: float ----\nat share\nexpected 50.0\n   found 50\n",
        "at kind\nexpected \"NumericOverflow\"\n   found \"DivisionByZero\"\n",
        "expected {}\n   found an error\nerror[DivisionByZero]",
        "expected the error {\"kind\":\"Parse\"}\n   found {\"share\":100}",
        "test result: FAILED. 0 passed; 4 failed; in ",
    ] {
        assert!(stdout.contains(part), "no `{part}` in {stdout}");
    }
    let (code, json) = stdout_json(&["test", &folder]);
    assert_eq!((code, &json[0]["ok"]), (1, &false.into()), "{json}");
    let difference = &json[0]["cases"][0]["mismatch"]["differences"][0];
    assert_eq!(*difference, serde_json::json!({ "path": "share", "expected": 50.0, "found": 50 }));
}

#[test]
fn test_refuses_malformed_cases_and_runs_the_others() {
    let bad = with_cases("malformed", SHARE, r#"{"cases": [{"name": "half", "arg": {"n": 2}, "result": 1}]}"#);
    let good =
        with_cases("beside", SHARE, r#"{"cases": [{"name": "one", "args": {"n": 1}, "result": {"share": 100}}]}"#);
    let tested = output(&["test", &bad, &good]);
    let stderr = text(&tested.stderr);
    assert_eq!(tested.status.code(), Some(2), "{stderr}");
    for part in ["malformed/rule.json`, case `half`", "no key `arg`", "did you mean `args`?"] {
        assert!(stderr.contains(part), "no `{part}` in {stderr}");
    }
    assert!(text(&tested.stdout).contains("1 passed; 0 failed; 1 not run"), "{tested:?}");
    let (code, json) = stdout_json(&["test", &bad, "no/such.relon", "crates/relon-cli/src"]);
    assert_eq!(code, 2, "{json}");
    assert!(json.as_array().is_some_and(|files| files.iter().all(|file| file["error"]["kind"] == "Input")), "{json}");
}

#[test]
fn test_says_once_that_a_rule_does_not_load() {
    let cases = r#"{"cases": [{"name": "a", "result": 1}, {"name": "b", "result": 2}]}"#;
    let folder = with_cases("unloadable", "#main() -> Int\nmissing", cases);
    let tested = output(&["test", &folder]);
    assert_eq!(tested.status.code(), Some(1));
    let stdout = text(&tested.stdout);
    assert_eq!(stdout.matches("nothing is called `missing`").count(), 1, "{stdout}");
    assert!(stdout.contains("the rule does not load, as above"), "{stdout}");
}

#[test]
fn test_finds_natives_from_the_file_and_lets_options_override() {
    let tested = output(&["test", "tests/suite/host/granted.json", "--backend", "llvm-open"]);
    assert_eq!(tested.status.code(), Some(0), "{tested:?}");
    let overridden = output(&["test", "tests/suite/host/granted.json", "--grant", "reads_fs"]);
    assert!(text(&overridden.stdout).contains("CapabilityRequired"), "{overridden:?}");
    let folder = with_cases("natives", "#main(Int n) -> Int\nhost.double(n)", r#"{"natives": "no/such", "cases": []}"#);
    assert_eq!(output(&["test", &folder]).status.code(), Some(3));
    assert_eq!(output(&["test", &folder, "--natives", SUITE_NATIVES]).status.code(), Some(0));
}
