//! `relon build`: programs in C that rules are linked into, and what can go wrong on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use object::{Object, ObjectSymbol};
use serde_json::Value;

const RULE: &str = "examples/pricing/pricing.relon";
const NATIVES: &str = "examples/pricing/natives";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn relon(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relon"));
    command.current_dir(root()).args(args).output().expect("the command runs")
}

/// Runs a command that has to succeed.
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}:\n{stdout}{stderr}");
    stdout.into_owned()
}

/// A fresh folder.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build").join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).expect("a file is written");
        self.path(name)
    }

    /// Builds a rule; the command has to succeed, and says nothing on stdout.
    fn build(&self, rule: &str, output: &str, more: &[&str]) {
        let output = self.path(output);
        let args: Vec<&str> = ["build", rule, "-o", &output].iter().chain(more).copied().collect();
        let done = relon(&args);
        assert_eq!(
            (done.status.code(), &*done.stdout),
            (Some(0), &b""[..]),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// Compiles a program in C and links it with libraries of this folder.
    fn cc(&self, source: &str, libraries: &[&str]) -> PathBuf {
        let program = self.0.join("program");
        let mut command = Command::new("cc");
        command
            .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"])
            .arg(&self.0)
            .arg("-o")
            .arg(&program);
        command.arg(source).args(libraries.iter().map(|library| self.path(library)));
        succeed(command.args(["-lpthread", "-ldl", "-lm"]));
        program
    }
}

/// What the program in C prints of a quote, from the same rule run on JSON.
fn expected(result: &Value) -> String {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut lines = vec![text(&result["title"])];
    for line in result["lines"].as_array().expect("lines") {
        lines.push(format!("{} {}", text(&line["sku"]), line["net_cents"]));
    }
    lines.push(format!("{} {} {}", result["freight_cents"], result["tax_cents"], result["total_cents"]));
    lines.push(text(&result["delivery"]));
    lines.join("\n") + "\n"
}

/// The order of the program in C.
fn order(tier: &str, region: &str, lines: usize) -> String {
    let items = serde_json::json!([
        { "sku": "DSK-160-OAK", "category": "bulky", "quantity": 4, "unit_cents": 38900, "weight_grams": 31500 },
        { "sku": "PEN-GEL-BK", "category": "office", "quantity": 240, "unit_cents": 115, "weight_grams": 12 },
    ]);
    let items: Vec<Value> = items.as_array().expect("items").iter().take(lines).cloned().collect();
    let customer =
        serde_json::json!({ "name": "Hélène", "tier": tier, "region": region, "years": 7, "coupon": "SPRING-26" });
    serde_json::json!({ "order": { "id": "A-1", "customer": customer, "express": true, "items": items } }).to_string()
}

fn run(args: &str) -> Result<Value, Value> {
    let output = relon(&["run", RULE, "--natives", NATIVES, "--format", "json", "--args", args]);
    let json = |bytes: &[u8]| serde_json::from_slice(bytes).expect("JSON");
    if output.status.success() { Ok(json(&output.stdout)) } else { Err(json(&output.stderr)) }
}

#[test]
fn a_program_in_c_prices_an_order() {
    let folder = Folder::new("pricing");
    let header = folder.path("pricing.h");
    folder.build(RULE, "libpricing.a", &["--natives", NATIVES, "--header", &header, "--prefix", "pricing"]);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/pricing.c");
    let program = folder.cc(&source.display().to_string(), &["libpricing.a"]);
    let printed = succeed(&mut Command::new(&program));
    let result = run(&order("gold", "FR", 2)).expect("a quote");
    let printed = printed.strip_prefix(&expected(&result)).unwrap_or_else(|| panic!("{printed}\n{result}"));
    let errors = [order("gold", "XX", 2), order("bronze", "XX", 2), order("bronze", "XX", 0)].map(|args| run(&args));
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), errors.len(), "{printed}");
    for (line, error) in lines.iter().zip(errors) {
        let error = error.expect_err("an error");
        let (kind, span) = (error["kind"].as_str().expect("a kind"), &error["span"]);
        assert!(line.starts_with(&format!("{kind} {}:{} ", span["line"], span["column"])), "{line}\n{error}");
    }
    assert!(lines[0].ends_with("18 no tax rate is known for region `XX`"), "{printed}");
    assert!(lines[1].ends_with(" 0 ") && lines[2].ends_with(" 0 "), "no text is left of an earlier failure: {printed}");
    let libraries = succeed(Command::new("ldd").arg(&program));
    assert!(!libraries.contains("LLVM") && !libraries.contains("rust"), "{libraries}");
}

const SHAPES: &str = r#"#enum Shape { Dot, Circle(Float), Box { w: Float, h: Float } }
#schema Tree { Int value: *, List<Tree> children: * }
#schema In { Shape shape: *, #default 3 Int class: *, (Int, Bool) pair: *, Dict<String, Int> counts: *, Tree tree: *, Option<Option<Int>> deep: * }
#main(In given, Int n) -> Dict

{ area: given.shape match { Dot: 0.0, Circle(r): r * r, Box { w, h }: w * h }, half: 100 / n, class: given.class + given.pair.0, tree: given.tree }
"#;

#[test]
fn every_shape_has_its_layout_in_c() {
    let folder = Folder::new("shapes");
    let (rule, header) = (folder.write("shapes.relon", SHAPES), folder.path("shapes.h"));
    folder.build(&rule, "libshapes.a", &["--header", &header, "--batch"]);
    let program = r#"
#include "shapes.h"
#include "shapes.h"
int main(void) {
    relon_main_In given = { .shape = { .tag = relon_main_Shape_Circle_tag, .of = { .Circle = { 3.0 } } }, .class_ = 4, .pair = { 5, true } };
    int64_t n = 0;
    RESULT result;
    relon_call *call = relon_call_new(1 << 16);
    uint32_t status = relon_main_run(call, &given, &n, &result);
    if (relon_main_site(status)->kind != RELON_DIVISION_BY_ZERO || relon_call_failure(call, NULL, NULL) != 0) return 1;
    n = 7;
    if (relon_main_run(call, &given, &n, &result) != 0 || result.half != 14 || result.area != 9.0 || result.class_ != 9) return 2;
    int64_t many[3] = { 1, 2, 0 };
    relon_main_In inputs[3] = { given, given, given };
    const void *arguments[2] = { inputs, many };
    RESULT results[3];
    uint64_t failed = 9;
    status = relon_main_batch(relon_call_begin(call, RELON_DEPTH), arguments, 3, results, &failed);
    if (relon_main_site(status)->kind != RELON_DIVISION_BY_ZERO || failed != 2 || results[1].half != 50) return 3;
    if (relon_main_site(0) || relon_main_site(100000)) return 4;
    relon_call_free(call);
    return 0;
}
"#;
    let text = String::from_utf8(folder.read("shapes.h")).expect("a header");
    let result = text.split("relon_main_run(").nth(1).and_then(|rest| rest.split(" *result)").next());
    let result = result.and_then(|rest| rest.rsplit(' ').next()).unwrap_or_else(|| panic!("{text}"));
    let source = folder.write("shapes.c", &program.replace("RESULT", result));
    let program = folder.cc(&source, &["libshapes.a"]);
    succeed(&mut Command::new(program));
    let plain = folder.write("plain.cc", "#include \"shapes.h\"\nint main() { return 0; }\n");
    succeed(Command::new("c++").args(["-std=c++17", "-fsyntax-only", "-Wall", "-I"]).arg(&folder.0).arg(plain));
}

#[test]
fn the_extension_says_what_is_written() {
    let folder = Folder::new("kinds");
    let rule = folder.write("double.relon", "#main(Int n) -> Int\nn * 2\n");
    folder.build(&rule, "double.o", &["--prefix", "twice"]);
    folder.build(&rule, "double.bc", &[]);
    folder.build(&rule, "double.s", &["--cpu", "x86-64-v3", "--no-debug"]);
    folder.build(&rule, "double", &["--emit", "asm"]);
    let object = folder.read("double.o");
    let file = object::File::parse(&*object).expect("an object");
    assert!(file.symbols().any(|symbol| symbol.name() == Ok("twice") && symbol.is_definition()));
    assert!(folder.read("double.bc").starts_with(b"BC\xc0\xde"));
    for name in ["double.s", "double"] {
        assert!(String::from_utf8_lossy(&folder.read(name)).contains("relon_main:"), "{name}");
    }
    let first = folder.read("double.o");
    folder.build(&rule, "double.o", &["--prefix", "twice"]);
    assert!(first == folder.read("double.o"), "the same input gives the same bytes");
}

/// The line of the rule that each function of an object begins at, by the object's own line table.
#[test]
fn line_tables_point_into_the_rule() {
    let folder = Folder::new("lines");
    let rule = folder.write("lines.relon", "// A comment.\n\n#main(Int n, Int d) -> Int\n\nn * 2 +\n    100 / d\n");
    folder.build(&rule, "lines.o", &[]);
    folder.build(&rule, "bare.o", &["--no-debug"]);
    folder.cc(
        &folder.write(
            "main.c",
            "int relon_main(void *, void *, void *);\nint main(void) { return relon_main(0, 0, 0); }\n",
        ),
        &["lines.o"],
    );
    let context = addr2line::Loader::new(folder.path("program")).expect("debug information");
    let program = folder.read("program");
    let file = object::File::parse(&*program).expect("a program");
    let entry = file.symbols().find(|symbol| symbol.name() == Ok("relon_main_direct")).expect("the entry");
    let place = |address| {
        let place = context.find_location(address).ok().flatten()?;
        Some((place.file?.to_owned(), place.line?))
    };
    let (path, line) = place(entry.address()).expect("a place for the entry");
    assert!(path.ends_with("lines.relon"), "{path}");
    assert_eq!(line, 3);
    let lines: Vec<u32> =
        (0..entry.size()).filter_map(|offset| place(entry.address() + offset)).map(|(_, line)| line).collect();
    assert!(lines.contains(&5) && lines.contains(&6), "{lines:?}");
    let bare = folder.read("bare.o");
    let bare = object::File::parse(&*bare).expect("an object");
    assert!(bare.section_by_name(".debug_line").is_none());
}

/// The line of a rule's source that holds a text.
fn line_of(text: &str) -> u32 {
    let source = std::fs::read_to_string(root().join(RULE)).expect("the rule");
    (1..).zip(source.lines()).find(|(_, line)| line.contains(text)).expect("the line").0
}

/// Names and lines of the functions that were inlined at each address of the rule's functions, innermost first.
fn frames(program: &Path) -> BTreeSet<Vec<(String, u32)>> {
    let loader = addr2line::Loader::new(program).expect("debug information");
    let content = std::fs::read(program).expect("a program");
    let file = object::File::parse(&*content).expect("a program");
    let of_rule = |name: &str| name.starts_with("relon.");
    let functions = file.symbols().filter(|symbol| symbol.name().is_ok_and(of_rule));
    let addresses = functions.flat_map(|function| function.address()..function.address() + function.size());
    let at = |address| {
        let (mut frames, mut found) = (loader.find_frames(address).expect("frames"), Vec::new());
        while let Some(frame) = frames.next().expect("a frame") {
            let name = frame.function.and_then(|name| name.raw_name().ok().map(|name| name.into_owned()));
            found.push((name.unwrap_or_default(), frame.location.and_then(|place| place.line).unwrap_or_default()));
        }
        found
    };
    addresses.map(at).collect()
}

/// A native that was inlined is a frame of its own, above the line of the rule that calls it.
#[test]
fn inlined_natives_have_frames() {
    let folder = Folder::new("frames");
    folder.build(
        RULE,
        "libpricing.a",
        &["--natives", NATIVES, "--header", &folder.path("pricing.h"), "--prefix", "pricing"],
    );
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/pricing.c");
    let program = folder.cc(&source.display().to_string(), &["libpricing.a"]);
    let found = frames(&program);
    let native = std::fs::read_to_string(root().join(NATIVES).join("src/lib.rs")).expect("the natives");
    for (name, caller, call) in
        [("volume_break", "priced", "volume_break(quantities"), ("freight", "main", "[freight(")]
    {
        let is_chain = |frames: &&Vec<(String, u32)>| {
            let inner = frames.iter().position(|(found, _)| found == name);
            let outer = frames.iter().position(|(found, line)| found == caller && *line == line_of(call));
            inner.zip(outer).is_some_and(|(inner, outer)| inner < outer)
        };
        let chain = found.iter().find(is_chain).unwrap_or_else(|| panic!("{name} is not inlined at {call}"));
        let line = chain.iter().find(|(found, _)| found == name).expect("the native").1;
        let text = native.lines().skip(1).nth(line as usize - 2).expect("a line of the native");
        assert!(text.starts_with("    "), "{name} is at line {line}, which is in no function: {text}");
    }
}

/// Exit code, and the error as JSON.
fn failure(args: &[&str]) -> (Option<i32>, Value) {
    let output = relon(&args.iter().copied().chain(["--format", "json"]).collect::<Vec<_>>());
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_str(&stderr).unwrap_or_else(|error| panic!("{error}: {stderr}")))
}

#[test]
fn what_goes_wrong_is_said() {
    let folder = Folder::new("errors");
    let rule = folder.write("double.relon", "#main(Int n) -> Int\nn * 2\n");
    let wrong = folder.write("wrong.relon", "#main(Int n) -> Int\nm\n");
    let output = folder.path("double.o");
    let cases = [
        (vec!["build", &rule, "-o", "double.xyz"], 2, "what to write is not clear from the name `double.xyz`"),
        (vec!["build", &rule, "-o", "/nonexistent/double.o"], 2, "cannot write `/nonexistent/double.o`"),
        (vec!["build", &rule, "-o", &output, "--header", "/nonexistent/d.h"], 2, "cannot write `/nonexistent/d.h`"),
        (vec!["build", &rule, "-o", &output, "--prefix", "1st"], 2, "`1st` can't start the names"),
        (vec!["build", &rule, "-o", &output, "--prefix", "shop_batch"], 2, "ends with `_batch`"),
        (vec!["build", &wrong, "-o", &output], 1, "nothing is called `m`"),
        (vec!["build", "absent.relon", "-o", &output], 2, "cannot read the rule"),
        (vec!["build", RULE, "--natives", NATIVES, "-o", &output, "--deny-residual"], 1, "calls of natives are left"),
    ];
    for (args, code, message) in cases {
        let (found, error) = failure(&args);
        assert_eq!(found, Some(code), "{args:?}: {error}");
        assert!(error["message"].as_str().expect("a message").contains(message), "{args:?}: {error}");
    }
    let unknown = relon(&["build", &rule, "-o", &output, "--cpu", "x86-64-v9"]);
    assert_eq!(unknown.status.code(), Some(2));
}
