//! Link-time optimisation, with a program whose build script calls `relon-build`: the loop in Rust, the rule and its native become one loop.
//! And the count that a native keeps, which is one whoever calls, in every way in which rules get into a program.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use support::{Project, cargo, fail, succeed, target, target_of_host};

const NATIVES: &str = "//! Natives.

use std::sync::atomic::{AtomicI64, Ordering};

static CALLS: AtomicI64 = AtomicI64::new(0);

/// Counts its calls.
#[relon::native]
pub fn next() -> i64 {
    CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

/// Mixes.
#[relon::native]
pub fn mixed(x: i64) -> i64 {
    (x & 0xffff) * 3 + 1
}
";

const MIX: &str = "#schema Row { Int quantity: *, Int cents: *, Int weight: * }
#main(Row row) -> Int

mixed(row.quantity) + mixed(row.cents) + mixed(row.weight)
";

/// Products and a sum of numbers in ranges.
const TOTAL: &str = "#schema Line {
    Int qty: (q) => q >= 1 && q <= 10000,
    Int cents: (c) => c >= 0 && c <= 1000000000
}
#main(List<Line> lines) -> Int

[line.qty * line.cents for line in lines].sum()
";

const PRICE: &str = "#schema Line {
    Int qty: (q) => q >= 1 && q <= 10000,
    Int cents: (c) => c >= 0 && c <= 1000000000
}
#main(Line line) -> Int

line.qty * line.cents - line.qty * line.cents / 20
";

const COUNT: &str = "#main() -> Int\nnext()\n";

const BUILD: &str = r#"//! Builds.

use relon_build::{Delivery, Rules};

fn main() -> Result<(), relon_build::Error> {
    println!("cargo::rerun-if-env-changed=DELIVERY");
    if std::env::var_os("CARGO_FEATURE_LOADED").is_some() {
        relon_build::embed_natives("natives")?;
    }
    let delivery = match std::env::var("DELIVERY").as_deref() {
        Ok("object") => Delivery::Object,
        Ok("lto") => Delivery::Lto,
        _ => Delivery::Auto,
    };
    Rules::new("rules").natives("natives").delivery(delivery).valid_args(true).compile()
}
"#;

/// Counts by the rule and by Rust in turn, and adds up rows in both ways.
const COMPILED: &str = r#"//! A program with compiled-in rules.

relon::include_rules!();

use mix::Row;

#[unsafe(no_mangle)]
#[inline(never)]
pub fn by_rule(rows: &[Row], arena: &mut relon::Arena) -> Result<i64, relon::RuleError> {
    let mut sum = 0i64;
    for row in rows {
        sum = sum.wrapping_add(mix::run_in(arena, row)?);
    }
    Ok(sum)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn by_rust(rows: &[Row]) -> Option<i64> {
    use fused_natives::mixed;
    let mut sum = 0i64;
    for row in rows {
        let two = mixed(row.quantity).checked_add(mixed(row.cents))?;
        sum = sum.wrapping_add(two.checked_add(mixed(row.weight))?);
    }
    Some(sum)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn valid_total(arena: &mut relon::Arena, lines: &total::Valid<'_>) -> Result<i64, relon::RuleError> {
    total::run_valid_in(arena, lines)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn valid_price(arena: &mut relon::Arena, line: &price::Valid<'_>) -> Result<i64, relon::RuleError> {
    price::run_valid_in(arena, line)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn checked_price(arena: &mut relon::Arena, line: &price::Line) -> Result<i64, relon::RuleError> {
    price::run_in(arena, line)
}

/// What was checked once gives what others give, and what does not pass fails as they do.
fn valid(arena: &mut relon::Arena) -> Result<(), relon::RuleError> {
    let mut lines: Vec<total::Line> = (1..=5000).map(|qty| total::Line::new(qty, qty * 7)).collect();
    let checked = total::validate_in(arena, &lines)?;
    assert_eq!(valid_total(arena, &checked)?, total::run(&lines)?);
    lines[4321].qty = 10_001;
    assert_eq!(total::validate(&lines).map(|_| 0), total::run(&lines));
    let rows: Vec<price::Line> = (1..=5000).map(|qty| price::Line::new(qty, qty * 7)).collect();
    for row in &rows {
        let checked = price::validate_in(arena, row)?;
        assert_eq!(valid_price(arena, &checked), checked_price(arena, row));
    }
    let checked = price::validate_batch(arena, &rows)?;
    let expected = price::run_batch_in(arena, &rows)?.to_vec();
    assert_eq!(price::run_valid_batch_in(arena, &checked)?, expected);
    Ok(())
}

fn main() -> Result<(), relon::RuleError> {
    valid(&mut relon::Arena::new())?;
    println!("{} {} {} {}", count::run()?, fused_natives::next(), count::run()?, fused_natives::next());
    let rows: Vec<Row> = (0..1000).map(|i| Row::new(i, i * 7, i * 13)).collect();
    assert_eq!(Some(by_rule(&rows, &mut relon::Arena::new())?), by_rust(&rows));
    Ok(())
}
"#;

/// Counts by a rule that it loads, by the same rule compiled in, and by Rust in turn.
const LOADED: &str = r##"//! A program that loads rules.

relon::include_rules!();

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut engine = relon::Engine::new();
    engine.natives(std::sync::Arc::new(relon::include_natives!()?));
    let program = engine.load("count.relon", &std::fs::read_to_string("rules/count.relon")?)?;
    let rule = program.entry::<(), i64>()?;
    let loaded = || rule.run((), |count| count);
    println!("{} {} {} {}", loaded()?, fused_natives::next(), loaded()?, fused_natives::next());
    println!("{} {} {}", count::run()?, loaded()?, fused_natives::next());
    Ok(())
}
"##;

const MANIFEST: &str = "
[features]
loaded = [\"relon/llvm\"]

[[bin]]
name = \"loaded\"
required-features = [\"loaded\"]

[profile.release]
lto = \"fat\"
";

/// All tests build the same project: each has it, and what it built, to itself as long as it keeps the guard.
fn project() -> MutexGuard<'static, Project> {
    PROJECT.lock().unwrap_or_else(PoisonError::into_inner)
}

static PROJECT: LazyLock<Mutex<Project>> = LazyLock::new(|| {
    let project = Project::new("fused", "rules", NATIVES, MANIFEST);
    project.write("build.rs", BUILD);
    project.write("rules/mix.relon", MIX);
    project.write("rules/count.relon", COUNT);
    project.write("rules/total.relon", TOTAL);
    project.write("rules/price.relon", PRICE);
    project.write("src/bin/compiled.rs", COMPILED);
    project.write("src/bin/loaded.rs", LOADED);
    Mutex::new(project)
});

/// A build of the program with compiled-in rules in release, where the linker optimises or not.
fn release(project: &Project, plugin: bool, delivery: &str) -> Command {
    let mut command = cargo(&project.folder, &["build", "--release", "--bin", "compiled", "--target", "host-tuple"]);
    let flags = if plugin { "-Clinker-plugin-lto" } else { "" };
    command.env("RUSTFLAGS", flags).env("DELIVERY", delivery);
    command
}

/// What the program prints.
fn run(project: &Project, program: &Path) -> String {
    succeed(Command::new(program).current_dir(&project.folder))
}

fn compiled() -> PathBuf {
    target_of_host().join("release/compiled")
}

/// The functions of a program: their names and instructions.
fn functions(program: &Path) -> Vec<(String, Vec<String>)> {
    let listing = succeed(Command::new("objdump").args(["-d", "--no-show-raw-insn"]).arg(program));
    let mut functions = Vec::<(String, Vec<String>)>::new();
    for line in listing.lines() {
        let head = line.split_once(" <").and_then(|(_, rest)| rest.strip_suffix(">:"));
        match (head, line.split_once('\t'), functions.last_mut()) {
            (Some(name), ..) => functions.push((name.to_owned(), Vec::new())),
            (None, Some((_, text)), Some((_, body))) => body.push(text.trim().to_owned()),
            _ => {}
        }
    }
    functions
}

/// What a function calls.
fn calls<'f>(functions: &'f [(String, Vec<String>)], name: &str) -> (&'f [String], Vec<&'f String>) {
    let found = functions.iter().find(|(function, _)| function == name);
    let body = &found.unwrap_or_else(|| panic!("{name} is gone")).1;
    (body, body.iter().filter(|text| text.starts_with("call")).collect())
}

/// Whether a call resets an arena that something was allocated in, which is done out of line, and never needed by this rule.
fn is_reset(text: &&String) -> bool {
    text.contains("arena") && text.contains("reset")
}

#[test]
fn rule_native_and_program_become_one_loop() {
    let project = project();
    for delivery in ["auto", "lto"] {
        succeed(&mut release(&project, true, delivery));
        let functions = functions(&compiled());
        let (by_rule, called) = calls(&functions, "by_rule");
        assert!(called.iter().all(is_reset), "{delivery}: {by_rule:#?}");
        let (by_rust, called) = calls(&functions, "by_rust");
        assert!(called.is_empty(), "{by_rust:#?}");
        // What the native computes: `& 0xffff` and `* 3`.
        for body in [by_rule, by_rust] {
            assert!(body.iter().any(|text| text.starts_with("movzwl")), "{delivery}: {body:#?}");
            assert!(body.iter().any(|text| text.starts_with("lea") && text.contains(",2)")), "{delivery}: {body:#?}");
        }
        let left = functions.iter().find(|(name, _)| name.starts_with("relon_fused__3mix") || name.contains("mixed"));
        assert!(left.is_none(), "{delivery}: {left:#?}");
    }
    // Without the settings both are functions, which the same look finds.
    succeed(&mut release(&project, false, "auto"));
    let functions = functions(&compiled());
    assert!(functions.iter().any(|(name, _)| name.starts_with("relon_fused__3mix")));
    let (by_rule, called) = calls(&functions, "by_rule");
    assert!(!called.iter().all(is_reset), "{by_rule:#?}");
}

/// What arguments were checked for is neither compared again nor are the statuses that follow: not in machine code, and with link-time optimisation
/// not in the functions that call it.
#[test]
fn what_was_checked_once_leaves_no_checks() {
    let project = project();
    let is_jump = |text: &&String| text.starts_with('j') && !text.starts_with("jmp");
    let bounds = ["$0x2710", "$0x270f", "$0x3b9aca00", "$0x3b9aca01"];
    let has_bounds = |body: &[String]| body.iter().any(|text| bounds.iter().any(|bound| text.contains(bound)));
    for (plugin, delivery) in [(false, "object"), (true, "lto")] {
        succeed(&mut release(&project, plugin, delivery));
        run(&project, &compiled());
        let functions = functions(&compiled());
        let (price, total) = match plugin {
            true => ("valid_price", "valid_total"),
            false => ("relon_fused__5price_valid_direct", "relon_fused__5total_valid_direct"),
        };
        let (body, called) = calls(&functions, price);
        assert!(
            called.is_empty() && !body.iter().any(|text| is_jump(&text)) && !has_bounds(body),
            "{delivery}: {body:#?}"
        );
        assert!(body.iter().any(|text| text.starts_with("imul")), "{delivery}: {body:#?}");
        let (body, called) = calls(&functions, total);
        assert!(called.is_empty() && !has_bounds(body), "{delivery}: {body:#?}");
        assert!(body.iter().any(|text| text.starts_with("pmuludq") && text.contains("xmm")), "{delivery}: {body:#?}");
        // The same look finds them where nothing was checked.
        let checked = if plugin { "checked_price" } else { "relon_fused__5price_direct" };
        let (body, _) = calls(&functions, checked);
        assert!(has_bounds(body) && body.iter().any(|text| is_jump(&text)), "{delivery}: {body:#?}");
    }
}

#[test]
fn machine_code_may_be_in_a_program_that_is_optimised_as_a_whole() {
    let project = project();
    succeed(&mut release(&project, false, "object"));
    assert_eq!(run(&project, &compiled()), "1 2 3 4\n");
}

#[test]
fn a_count_is_one_whoever_calls() {
    let project = project();
    succeed(cargo(&project.folder, &["build", "--features", "loaded"]).env("DELIVERY", "object"));
    assert_eq!(run(&project, &target().join("debug/compiled")), "1 2 3 4\n");
    // Both kinds of rules are in one program.
    assert_eq!(run(&project, &target().join("debug/loaded")), "1 2 3 4\n5 6 7\n");
    succeed(&mut release(&project, true, "lto"));
    assert_eq!(run(&project, &compiled()), "1 2 3 4\n");
}

#[test]
fn demanded_optimisation_is_refused_without_the_settings() {
    let project = project();
    let said = fail(&mut release(&project, false, "lto"));
    assert!(said.contains("set `RUSTFLAGS=\"-Clinker-plugin-lto\"`"), "{said}");
    let mut debug = cargo(&project.folder, &["build", "--bin", "compiled", "--target", "host-tuple"]);
    let said = fail(debug.env("RUSTFLAGS", "-Clinker-plugin-lto").env("DELIVERY", "lto"));
    let manifest = project.folder.join("Cargo.toml");
    let setting = format!("`lto` is not set: set `lto = \"fat\"` under `[profile.dev]` in {}", manifest.display());
    assert!(said.contains(&setting), "{said}");
}
