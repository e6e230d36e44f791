//! Natives in the three worlds: the same functions registered by the host, called at their addresses, and inlined give the same results, on
//! every backend; and what does not fit together is refused when it is loaded or bound.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use relon::cases::{CaseFile, Packages};
use relon::{Backend, Capability, Effort, Engine, ErrorKind, NativesPackage, OpenNative, Program, TrapKind, World};

#[allow(unreachable_pub, reason = "it is a crate of its own")]
#[path = "../../../examples/pricing/natives/src/lib.rs"]
mod pricing;
#[allow(unreachable_pub, reason = "it is a crate of its own")]
#[path = "../../../tests/suite/natives/src/lib.rs"]
mod suite;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn package(path: &str) -> Arc<NativesPackage> {
    Arc::new(NativesPackage::build(&repository().join(path), &mut |_| {}).expect("a package"))
}

/// Registers functions under their names, with those of their parameters.
macro_rules! register {
    ($engine:ident, $($name:literal $function:path [$($param:ident),*] $($capability:ident)?;)*) => {$(
        let native = OpenNative::new($name, $function).params([$(stringify!($param)),*]);
        $(let native = native.requires(Capability::$capability);)?
        $engine.register_native(native);
    )*};
}

/// The natives of the suite as functions of this program.
fn register_suite(engine: &mut Engine) {
    register! {
        engine,
        "pick" suite::pick [first, a, b];
        "is_even" suite::is_even [n];
        "host.double" suite::double [n];
        "reversed" suite::reversed [text];
        "sorted" suite::sorted [numbers];
        "longest" suite::longest [texts];
        "words" suite::words [text];
        "parse_int" suite::parse_int [text];
        "excess" suite::excess [reading];
        "tag_count" suite::tag_count [readings];
        "range_of" suite::range_of [numbers];
        "mul_div" suite::mul_div [a, b, c];
        "initials" suite::initials [name];
        "at" suite::at [numbers, index];
        "positive" suite::positive [n];
        "ackermann" suite::ackermann [m, n];
        "count" suite::count [];
        "counted" suite::counted [];
        "swap_last" suite::swap_last [n];
        "capital" suite::capital [country];
        "matches" suite::matches [pattern, text];
        "rate" suite::rate [currency] Network;
    }
}

/// How natives get into an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Registered,
    InProgram(World),
    Package(World),
}

const WAYS: [Way; 5] = [
    Way::Registered,
    Way::InProgram(World::Static),
    Way::InProgram(World::Open),
    Way::Package(World::Static),
    Way::Package(World::Open),
];

#[test]
fn the_suite_of_natives_holds_in_every_world() {
    let folder = repository().join("tests/suite/host");
    let files = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    assert!(files.len() > 15, "{files:?}");
    let mut packages = Packages::default();
    let mut failures = Vec::new();
    for file in &files {
        let cases = CaseFile::read(file).expect("cases");
        for (way, backend) in WAYS.iter().flat_map(|way| Backend::ALL.iter().map(move |backend| (*way, *backend))) {
            let engine = engine(&cases, way, backend, &mut packages);
            let text = std::fs::read_to_string(cases.rule()).expect("a rule");
            let program = engine.load(&cases.rule().display().to_string(), &text);
            for case in &cases.cases {
                let outcome =
                    program.as_ref().map_err(Clone::clone).and_then(|rule| rule.run_json(&case.args.to_string()));
                if let Err(mismatch) = case.judge(outcome) {
                    failures.push(format!("{} `{}` ({way:?}, {backend:?}): {mismatch}", file.display(), case.name));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn engine(cases: &CaseFile, way: Way, backend: Backend, packages: &mut Packages) -> Engine {
    let mut engine = Engine::new();
    engine.backend(backend).effort(Effort::Quick);
    for capability in &cases.grants {
        engine.grant(*capability);
    }
    match (way, &cases.natives) {
        (_, None) => {}
        (Way::Registered, Some(_)) => register_suite(&mut engine),
        (Way::InProgram(world), Some(_)) => {
            engine.natives(in_program()).world(world);
        }
        (Way::Package(world), Some(path)) => {
            engine.natives(packages.get(path, &mut |_| {}).expect("a package")).world(world);
        }
    }
    engine
}

/// The natives of the suite at their addresses in this program.
fn in_program() -> Arc<NativesPackage> {
    relon::natives![
        suite::pick,
        suite::is_even,
        suite::double,
        suite::reversed,
        suite::sorted,
        suite::longest,
        suite::words,
        suite::parse_int,
        suite::excess,
        suite::tag_count,
        suite::range_of,
        suite::mul_div,
        suite::initials,
        suite::at,
        suite::positive,
        suite::ackermann,
        suite::count,
        suite::counted,
        suite::swap_last,
        suite::capital,
        suite::matches,
        suite::rate
    ]
}

/// The pricing rule with the example's package, and with functions of this program instead of some or all of its natives.
#[test]
fn the_pricing_rule_is_the_same_in_every_world() {
    let package = package("examples/pricing/natives");
    let order = std::fs::read_to_string(repository().join("examples/pricing/order.json")).expect("an order");
    let mut expected = None;
    for &backend in Backend::ALL {
        for (closed, registered) in [(true, false), (true, true), (false, true)] {
            let mut engine = Engine::new();
            engine.backend(backend);
            if closed {
                engine.natives(package.clone());
            }
            if registered {
                engine.register("tax_bps", pricing::tax_bps).register("freight", pricing::freight);
            }
            if !closed {
                engine.register("loyalty_bps", pricing::loyalty_bps).register("volume_break", pricing::volume_break);
                engine.register("allocate", pricing::allocate).register("percent_off", pricing::percent_off);
            }
            let issued = AtomicI64::new(1000);
            engine.register("quote_number", move || issued.fetch_add(1, Ordering::Relaxed) + 1);
            let program = pricing_rule(&engine);
            let (first, second) = (program.run_json(&order), program.run_json(&order));
            let found = (first.expect("a quote"), second.expect("a quote"), unknown_region(&program, &order));
            assert_ne!(found.0, found.1, "each quote has its number");
            assert_eq!(expected.get_or_insert_with(|| found.clone()), &found, "{backend:?} {closed} {registered}");
        }
    }
}

fn pricing_rule(engine: &Engine) -> Program {
    let path = repository().join("examples/pricing/pricing.relon");
    let text = std::fs::read_to_string(path).expect("a rule");
    engine.load("pricing.relon", &text).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

/// What the rule says about a region without a tax rate, with its place.
fn unknown_region(program: &Program, order: &str) -> String {
    let mut order: serde_json::Value = serde_json::from_str(order).expect("JSON");
    order["order"]["customer"]["region"] = "XX".into();
    program.run_json(&order.to_string()).expect_err("no such region").to_json().to_string()
}

/// One rule with a native in each world, and what the report says of them.
#[test]
fn one_rule_mixes_the_worlds() {
    let rule = "#main(Int n) -> Int\npositive(n) + host.double(n) + ackermann(1, n) + seen(n)";
    let mut engine = Engine::new();
    let seen = Arc::new(AtomicI64::new(0));
    let state = seen.clone();
    engine
        .natives(package("tests/suite/natives"))
        .world_of("host.double", World::Static)
        .world_of("ackermann", World::Open);
    engine.register("seen", move |n: i64| state.fetch_add(n, Ordering::Relaxed));
    let program = engine.load("mixed.relon", rule).expect("a program");
    let native = |name: &str| {
        let report = program.compiled().expect("LLVM's code").report();
        let native = report.natives.iter().find(|native| native.name == name).expect("a native of the rule");
        (native.world.name(), native.left)
    };
    assert_eq!(native("positive"), ("closed", 0));
    assert_eq!(native("host.double"), ("static", 1));
    assert_eq!(native("ackermann"), ("open", 1));
    assert_eq!(native("seen"), ("open", 1));
    assert_eq!(program.run_json("{\"n\": 5}").ok().as_deref(), Some("22"));
    assert_eq!(seen.load(Ordering::Relaxed), 5);
    assert_eq!(Arc::strong_count(&seen), 2);
    drop(engine);
    assert_eq!(program.run_json("{\"n\": 5}").ok().as_deref(), Some("27"), "a program keeps what it calls");
    drop(program);
    assert_eq!(Arc::strong_count(&seen), 1);
}

/// In the static world the address is a constant of the code; in a file there is none.
#[test]
fn static_natives_are_called_at_constant_addresses() {
    let rule = "#main(Int n) -> Int\npositive(n)";
    let mut engine = Engine::new();
    engine.natives(relon::natives![suite::positive]).keep_ir(true);
    let address = format!("inttoptr (i64 {} to ptr)", suite::relon_native_positive as *const () as usize);
    let program = engine.load("static.relon", rule).expect("a program");
    let ir = program.compiled().expect("LLVM's code").ir_after().expect("IR");
    assert!(ir.lines().any(|line| line.contains(" call ") && line.contains(&address)), "{address}\n{ir}");
    assert!(!ir.contains("load ptr, ptr %ctx"), "no table is looked at\n{ir}");
    let options = relon::BuildOptions::default();
    let refused = engine.build("static.relon", rule, &options).expect_err("no file can hold it");
    assert!(refused.to_string().contains("`positive(n: Int) -> Int` is a function of this program"), "{refused}");
    let folder = repository().join("tests/suite/natives");
    let mut engine = Engine::new();
    engine
        .natives(Arc::new(NativesPackage::build_linked(&folder, &mut |_| {}).expect("a package")))
        .world(World::Static);
    let unit = engine.build("static.relon", rule, &options).expect("a unit");
    assert!(unit.report().natives.iter().all(|native| native.world == World::Closed));
    let registered = OpenNative::new("positive", suite::positive);
    let refused = engine.register_native(registered).build("static.relon", rule, &options).expect_err("a closure");
    assert!(refused.to_string().contains("is a function of this program"), "{refused}");
}

#[test]
fn functions_of_the_host_fail_and_panic_like_other_natives() {
    for &backend in Backend::ALL {
        let mut engine = Engine::new();
        let limit = 10;
        engine.backend(backend);
        engine.register("checked", move |n: i64| if n <= limit { Ok(n) } else { Err(format!("{n} is above {limit}")) });
        engine.register("trap", |n: i64| match n {
            0 => panic!("nothing at all"),
            n => n,
        });
        let source = "#main(Int n) -> Int\n(checked(n) match { Ok(v): v, Err(_): 0 }) + checked(n - 1) + trap(n)";
        let program = engine.load("fails.relon", source).expect("a program");
        assert_eq!(program.run_json("{\"n\": 3}").ok().as_deref(), Some("8"));
        assert_eq!(program.run_json("{\"n\": 11}").ok().as_deref(), Some("21"), "the first failure is matched on");
        let error = program.run_json("{\"n\": 12}").expect_err("too much");
        assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::NativeFailed));
        assert_eq!(error.problems()[0].message, "a native failed: 11 is above 10", "{backend:?}");
        let error = program.run_json("{\"n\": 0}").expect_err("a panic");
        assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::NativePanicked));
        assert!(error.problems()[0].message.contains("nothing at all"), "{error}");
    }
}

#[test]
fn typed_calls_and_batches_reach_functions_of_the_host() {
    for backend in [Backend::Llvm, Backend::Cranelift] {
        let mut engine = Engine::new();
        engine.backend(backend).batch(true).register("scaled", |n: i64| n * 10);
        let program = engine.load("scaled.relon", "#main(Int n) -> Int\nscaled(n) + 1").expect("a program");
        let entry = program.entry::<(i64,), i64>().expect("an entry");
        let mut arena = program.arena();
        assert_eq!(entry.call(&mut arena, (4,)).ok(), Some(41));
        let batch = program.batch::<i64, i64>().expect("a batch");
        assert_eq!(batch.call(&mut arena, &[1, 2]).ok(), Some(&[11, 21][..]));
        let mut other = Engine::new();
        other.register("scaled", |n: i64| n * 100);
        let bound = program.bind(&other).expect("the same types");
        drop((program, other));
        let rebound = bound.entry::<(i64,), i64>().expect("an entry");
        assert_eq!((rebound.call(&mut arena, (4,)).ok(), entry.call(&mut arena, (4,)).ok()), (Some(401), Some(41)));
    }
}

/// A function may run a rule itself, and threads share it.
#[test]
fn functions_of_the_host_are_shared_and_may_run_rules() {
    for &backend in Backend::ALL {
        let mut engine = Engine::new();
        engine.backend(backend);
        let inner = engine.load("inner.relon", "#main(Int n) -> Int\nn * n").expect("a program");
        let calls = Arc::new(AtomicI64::new(0));
        let counted = calls.clone();
        engine.register("squared", move |n: i64| -> Result<i64, String> {
            counted.fetch_add(1, Ordering::Relaxed);
            let result = inner.run_json(&format!("{{\"n\": {n}}}")).map_err(|error| error.to_string())?;
            result.parse().map_err(|_| "no number".to_owned())
        });
        let program =
            engine.load("outer.relon", "#main(Int n) -> Int\nsquared(n) + squared(n + 1)").expect("a program");
        std::thread::scope(|scope| {
            for n in 0..4i64 {
                let program = &program;
                scope.spawn(move || {
                    for _ in 0..50 {
                        let expected = (n * n + (n + 1) * (n + 1)).to_string();
                        assert_eq!(program.run_json(&format!("{{\"n\": {n}}}")).ok(), Some(expected));
                    }
                });
            }
        });
        assert_eq!(calls.load(Ordering::Relaxed), 400);
    }
}

/// The text of an error, which has to name each of these.
fn check_names<T>(result: Result<T, relon::Error>, names: &[&str]) {
    let Err(error) = result else { panic!("nothing is wrong, and {names:?} should be") };
    let text = error.render(false);
    assert!(names.iter().all(|name| text.contains(name)), "{names:?} in\n{text}");
}

#[test]
fn what_does_not_fit_is_refused_with_both_signatures() {
    const RULE: &str = "#main(String a) -> Float\nfx_rate(a, \"EUR\")";
    let mut engine = Engine::new();
    engine.register("fx_rate", |_: &str, _: &str| 1.5);
    let program = engine.load("fx.relon", RULE).expect("a program");
    let expected = "`fx_rate(arg1: String, arg2: String) -> Float`";
    // Bound to an engine with other natives.
    check_names(program.bind(&Engine::new()), &["the rule calls", expected, "no native `fx_rate` was registered"]);
    let mut other = Engine::new();
    other.register("fx_rate", |_: &str| 1.5);
    check_names(program.bind(&other), &[expected, "`fx_rate(arg1: String) -> Float`"]);
    other.register("fx_rate", |_: &str, _: &str| Ok::<f64, String>(1.5));
    check_names(program.bind(&other), &[expected, "`fx_rate(arg1: String, arg2: String) -> Result<Float, String>`"]);
    other.register_native(OpenNative::new("fx_rate", |_: &str, _: &str| 2.5).requires(Capability::Network));
    check_names(program.bind(&other), &["fx_rate", "`network`, which is not granted"]);
    other.grant(Capability::Network);
    assert_eq!(program.bind(&other).expect("all fits").run_json("{\"a\": \"x\"}").ok().as_deref(), Some("2.5"));
    // Loaded where they do not fit.
    check_names(Engine::new().load("fx.relon", RULE), &["nothing is called `fx_rate` here", "fx_rate(String, String)"]);
    let mut wrong = Engine::new();
    wrong.register("fx_rate", |_: i64, _: &str| 1.5);
    check_names(
        wrong.load("fx.relon", RULE),
        &["fx_rate(arg1: Int, arg2: String) -> Float", "fx_rate(String, String)"],
    );
    wrong.register("fx_rate", |_: &str| 1.5);
    check_names(wrong.load("fx.relon", RULE), &["fx_rate(arg1: String) -> Float", "fx_rate(String, String)"]);
    wrong.register_native(OpenNative::new("fx_rate", |_: &str, _: &str| 1.5).requires(Capability::Network));
    check_names(wrong.load("fx.relon", RULE), &["`fx_rate` needs the capability `network`"]);
    wrong.register_native(OpenNative::new("fx_rate", |_: &str, _: &str| 1.5).params(["one"]));
    check_names(wrong.load("fx.relon", RULE), &["has 2 parameters, and 1 names"]);
    let mut wrong = Engine::new();
    check_names(wrong.register("fx rate", |n: i64| n).load("fx.relon", RULE), &["cannot be called `fx rate`"]);
}

/// What cannot be called is refused, whoever gives it, and nothing else is.
#[test]
fn natives_have_names_by_which_rules_can_call_them() {
    let call = |name: &str| {
        let mut engine = Engine::new();
        engine.backend(Backend::Eval).register(name, |n: i64| n + 10);
        let program = engine.load("a.relon", &format!("#main(Int n) -> Int\n2 * {name}(n)"))?;
        program.run_json("{\"n\": 1}")
    };
    for name in ["match", "where", "in", "for", "Option", "len.x", "fx.len", "fx.true", "_a", "std"] {
        assert_eq!(call(name).expect("a result"), "22", "{name}");
    }
    for name in ["len", "range", "type", "true", "NaN.x", "null", "Some", "_", "fx._", "Result.ok"] {
        check_names(call(name), &[&format!("a native cannot be called `{name}`: ")]);
    }
    let mut engine = Engine::new();
    engine.natives(relon::natives![uncallable::len]);
    check_names(engine.load("a.relon", "#main(Int n) -> Int\nn"), &["a native cannot be called `len`: "]);
}

mod uncallable {
    /// Has a name that means something else.
    #[relon::native]
    pub(crate) fn len(n: i64) -> i64 {
        n
    }
}

#[test]
fn natives_of_packages_and_functions_share_names_only_with_one_signature() {
    const RULE: &str = "#main(Int n) -> Int\npositive(n=n)";
    let package = package("tests/suite/natives");
    let mut engine = Engine::new();
    engine.natives(package.clone()).register("positive", |n: i64| -n);
    let program = engine.load("a.relon", RULE).expect("names of parameters are the package's");
    assert_eq!(program.run_json("{\"n\": 3}").ok().as_deref(), Some("-3"));
    engine.register("positive", |n: f64| n);
    check_names(engine.load("a.relon", RULE), &["`positive(n: Int) -> Int`", "`positive(arg1: Float) -> Float`"]);
    let mut engine = Engine::new();
    engine.natives(package.clone()).natives(relon::natives![suite::positive]);
    check_names(engine.load("a.relon", RULE), &["two packages have a native `positive`"]);
    let mut engine = Engine::new();
    engine.natives(package).world_of("postive", World::Open);
    check_names(engine.load("a.relon", RULE), &["there is no native `postive`"]);
    let mut engine = Engine::new();
    engine.register("positive", |n: i64| n).world_of("positive", World::Closed);
    check_names(engine.load("a.relon", RULE), &["cannot be in the closed world"]);
}

/// Arguments were bound to names when the rule was loaded.
#[test]
fn a_bound_function_has_its_parameters_in_the_same_order() {
    let with = |names: [&str; 2]| {
        let mut engine = Engine::new();
        engine.register_native(OpenNative::new("minus", |a: i64, b: i64| a - b).params(names));
        engine
    };
    let program = with(["from", "take"]).load("minus.relon", "#main(Int n) -> Int\nminus(take=1, from=n)");
    let program = program.expect("a program");
    let renamed = program.bind(&with(["first", "second"])).expect("positions are the same");
    assert_eq!(renamed.run_json("{\"n\": 5}").ok().as_deref(), Some("4"));
    check_names(program.bind(&with(["take", "from"])), &["minus(from: Int, take: Int)", "minus(take: Int, from: Int)"]);
}

/// Names that differ in a dot are different functions.
#[test]
fn similar_names_are_not_confused() {
    for &backend in Backend::ALL {
        let mut engine = Engine::new();
        engine.backend(backend);
        engine.register("a.b", |n: i64| n + 1).register("a__b", |text: &str| text.len() as i64 * 100);
        let source = "#main(Int n, String text) -> Int\na.b(n) + a__b(text)";
        let program = engine.load("similar.relon", source).expect("a program");
        let found = program.run_json("{\"n\": 1, \"text\": \"abc\"}");
        assert_eq!(found.ok().as_deref(), Some("302"), "{backend:?}");
    }
}
