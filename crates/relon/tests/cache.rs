//! Rules that are loaded from a cache: the same results and errors as when they were compiled, and nothing that was made for something else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use relon::cases::{Case, CaseFile, Packages, rules};
use relon::{
    Backend, Cache, Capability, Effort, Engine, Error, NativesPackage, OpenNative, Program, SourceText, World,
};

/// A folder that is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cache-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Scratch(folder)
    }

    fn cache(&self) -> Cache {
        Cache::at(&self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn quick(cache: &Cache) -> Engine {
    let mut engine = Engine::new();
    engine.backend(Backend::Llvm).effort(Effort::Quick).cache(cache.clone());
    engine
}

fn is_kept(program: &Program) -> bool {
    program.compiled().expect("LLVM's code").is_kept()
}

#[test]
fn the_suite_gives_the_same_from_the_cache() {
    let scratch = Scratch::new("suite");
    let cache = scratch.cache().limit(1 << 30);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite");
    let mut packages = Packages::default();
    let (mut kept, mut cases) = (0, 0);
    for (number, rule) in rules(&root).expect("rules").iter().enumerate() {
        let file = rule.with_extension("json");
        if !file.exists() {
            continue;
        }
        let file = CaseFile::read(&file).expect("cases");
        let text = std::fs::read_to_string(rule).expect("a rule");
        let mut engine = file.engine(&mut packages, &mut |_| {}).expect("an engine");
        let world = if number % 4 == 0 { World::Open } else { World::Closed };
        engine.backend(Backend::Llvm).effort(Effort::Quick).world(world).cache(cache.clone()).keep_ir(true);
        let path = rule.display().to_string();
        let first = engine.load(&path, &text);
        let second = engine.load(&path, &text);
        if let (Ok(first), Ok(second)) = (&first, &second) {
            assert!(!is_kept(first) && is_kept(second), "{path}");
            same_program(first, second, &path);
            kept += 1;
        }
        for case in &file.cases {
            let [first, second] = [&first, &second].map(|program| outcome(case, program));
            assert!(case.judge(second.clone()).is_ok(), "{path} `{}`: {second:?}", case.name);
            let [first, second] = [first, second].map(|outcome| outcome.map_err(|error| error.to_json()));
            assert_eq!(first, second, "{path} `{}`", case.name);
            cases += 1;
        }
    }
    assert!(kept > 20 && cases > 100, "{kept} rules, {cases} cases");
    assert_eq!(cache.trouble(), None);
}

/// All that can be asked of a program is the same.
fn same_program(first: &Program, second: &Program, path: &str) {
    let text = |error: Option<&Error>| error.map(Error::to_json);
    assert_eq!(text(first.warnings()), text(second.warnings()), "{path}");
    let (first, second) = (first.compiled().expect("code"), second.compiled().expect("code"));
    assert_eq!(first.module(), second.module(), "{path}");
    assert_eq!(first.report(), second.report(), "{path}");
    assert_eq!(first.ir_before(), second.ir_before(), "{path}");
    assert_eq!(first.object_size(), second.object_size(), "{path}");
    assert_eq!(first.ir_after().expect("IR"), second.ir_after().expect("IR"), "{path}");
}

fn outcome(case: &Case, program: &Result<Program, Error>) -> Result<String, Error> {
    program.as_ref().map_err(Error::clone)?.run_json(&case.args.to_string())
}

/// Loads a rule that must not come from the cache, and then must.
fn is_new(engine: &Engine, path: &str, source: &str, what: &str) {
    let load = || is_kept(&engine.load(path, source).expect(what));
    assert!(!load(), "{what}: made for something else");
    assert!(load(), "{what}: not kept");
}

#[test]
fn whatever_goes_in_makes_another_key() {
    let scratch = Scratch::new("keys");
    let cache = scratch.cache();
    let (path, rule) = ("a.relon", "#main(Int n) -> Int\nrate(n) * 3");
    let rate = |x: i64| x;
    let engine = || {
        let mut engine = quick(&cache);
        engine.register("rate", rate);
        engine
    };
    is_new(&engine(), path, rule, "the first");
    is_new(&engine(), "b.relon", rule, "another path");
    is_new(&engine(), path, "#main(Int n) -> Int\nrate(n) * 4", "another source");
    is_new(engine().effort(Effort::Full), path, rule, "another effort");
    is_new(engine().line_tables(true), path, rule, "line tables");
    is_new(engine().batch(true), path, rule, "batches");
    is_new(engine().valid_args(true), path, rule, "arguments that are checked apart");
    is_new(engine().world(World::Open), path, rule, "another world");
    is_new(engine().grant(Capability::Network), path, rule, "a grant");
    is_new(engine().register("other", rate), path, rule, "another native");
    is_new(engine().register_native(OpenNative::new("rate", rate).params(["of"])), path, rule, "another parameter");
    // Limits, and what a function does, are no part of code.
    let mut other = engine();
    other.register("rate", |x: i64| 10 * x);
    let program = other.load(path, rule).expect("a program");
    assert!(is_kept(&program));
    assert_eq!(program.run_json(r#"{"n": -2}"#).expect("a result"), "-60");
}

#[test]
fn a_capability_that_is_not_granted_is_missed_in_spite_of_the_cache() {
    let scratch = Scratch::new("grants");
    let cache = scratch.cache();
    let engine = || {
        let mut engine = quick(&cache);
        engine.register_native(OpenNative::new("now", || 3).requires(Capability::ReadsClock));
        engine
    };
    is_new(engine().grant(Capability::ReadsClock), "a.relon", "#main() -> Int\nnow()", "granted");
    let error = engine().load("a.relon", "#main() -> Int\nnow()").expect_err("nothing is granted");
    assert_eq!(error.problems()[0].name, "CapabilityRequired");
}

/// Files that may change.
#[derive(Debug, Default)]
struct Shelf(std::sync::Mutex<String>);

impl relon::Modules for Shelf {
    fn load(&self, _importer: &str, import: &str) -> Result<SourceText, String> {
        Ok(SourceText { path: import.to_owned(), text: self.0.lock().expect("a text").clone() })
    }
}

#[derive(Clone, Debug)]
struct Shared(Arc<Shelf>);

impl relon::Modules for Shared {
    fn load(&self, importer: &str, import: &str) -> Result<SourceText, String> {
        self.0.load(importer, import)
    }
}

#[test]
fn a_file_that_is_imported_may_change() {
    let scratch = Scratch::new("imports");
    let cache = scratch.cache();
    let shelf = Arc::new(Shelf::default());
    let rule = "#import rates from \"rates.relon\"\n#main(Int n) -> Int\nn * rates.rate";
    let mut engine = quick(&cache);
    engine.modules(Shared(shelf.clone()));
    for (rate, expected, kept) in
        [(2, "10", false), (2, "10", true), (3, "15", false), (2, "10", false), (2, "10", true)]
    {
        *shelf.0.lock().expect("a text") = format!("{{ rate: {rate} }}");
        let program = engine.load("a.relon", rule).expect("a program");
        assert_eq!(program.run_json(r#"{"n": 5}"#).expect("a result"), expected);
        assert_eq!(is_kept(&program), kept, "rate {rate}");
        assert_eq!(program.sources().files().len(), 2);
        assert_eq!(program.sources().files()[1].text(), format!("{{ rate: {rate} }}"));
    }
    // An engine that allows no imports refuses them.
    let error = quick(&cache).load("a.relon", rule).expect_err("no files");
    assert_eq!(error.problems()[0].name, "ModuleNotFound");
}

#[test]
fn errors_point_at_their_places() {
    let scratch = Scratch::new("errors");
    let engine = quick(&scratch.cache());
    let rule = "#schema Part {\n    #expect \"a part is small\"\n    Int n: (n) => n < 10\n}\n#main(Part part) -> Int\n100 / part.n";
    let programs = [0, 1].map(|_| engine.load("a.relon", rule).expect("a program"));
    assert!(is_kept(&programs[1]));
    for args in [
        r#"{"part": {"n": 0}}"#,
        r#"{"part": {"n": "x"}}"#,
        "{}",
        r#"{"part": {"n": 1}, "m": 2}"#,
        r#"{"part": {"n": 11}}"#,
    ] {
        let [first, second] = [0, 1].map(|at: usize| programs[at].run_json(args).map_err(|error| error.to_json()));
        assert!(first.is_err() && first == second, "{args}: {first:?} {second:?}");
    }
    assert_eq!(programs[0].sources().files().len(), programs[1].sources().files().len());
}

#[test]
fn handles_and_batches_run_kept_code() {
    let scratch = Scratch::new("typed");
    let mut engine = quick(&scratch.cache());
    engine.batch(true).valid_args(true);
    for kept in [false, true] {
        let program = engine.load("a.relon", "#main(Int n) -> Int\n100 / n").expect("a program");
        assert_eq!(is_kept(&program), kept);
        let divide = program.entry::<(i64,), i64>().expect("a handle");
        assert_eq!(divide.run((4,), |n| n).expect("a result"), 25);
        assert!(divide.run((0,), |n| n).is_err());
        let mut arena = program.arena();
        let batch = program.batch::<i64, i64>().expect("a batch");
        assert_eq!(batch.call(&mut arena, &[1, 2, 5]).expect("results"), [100, 50, 20]);
        let valid = batch.validate(&mut arena, &[4]).expect("anything is valid");
        assert_eq!(batch.call_valid(&mut arena, &valid).expect("results"), [25]);
    }
}

#[test]
fn recursion_is_limited_as_before() {
    let scratch = Scratch::new("recursion");
    let engine = quick(&scratch.cache());
    let rule = "#main(Int n) -> Int\n{ #internal Int down(Int k): k <= 0 ? 0 : 1 + down(k - 1), r: down(n) }.r";
    let programs = [0, 1].map(|_| engine.load("a.relon", rule).expect("a program"));
    assert!(is_kept(&programs[1]));
    for args in [r#"{"n": 5000}"#, r#"{"n": 20000}"#] {
        let [first, second] = [0, 1].map(|at: usize| programs[at].run_json(args).map_err(|error| error.to_json()));
        assert_eq!(first, second, "{args}");
    }
}

/// Doubles.
#[relon::native]
pub fn twice(x: i64) -> i64 {
    x * 2
}

#[test]
fn code_with_addresses_is_not_kept() {
    let scratch = Scratch::new("addresses");
    let cache = scratch.cache();
    let mut engine = quick(&cache);
    engine.natives(relon::natives![twice]);
    for _ in 0..2 {
        let program = engine.load("a.relon", "#main(Int n) -> Int\ntwice(n)").expect("a program");
        assert_eq!(program.run_json(r#"{"n": 4}"#).expect("a result"), "8");
        assert!(!is_kept(&program));
    }
    assert_eq!(cache.contents().expect("contents").units, 0);
}

#[test]
fn natives_of_the_same_name_are_told_apart() {
    let scratch = Scratch::new("natives");
    let cache = scratch.cache();
    // The folder stays, so that what the package depends on is built once.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache-natives");
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    let relon = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = format!(
        "[package]\nname = \"cache-natives\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\nrelon = {{ path = {relon:?}, \
         default-features = false }}\n"
    );
    write_where_new(&folder.join("Cargo.toml"), &manifest);
    for (factor, expected) in [(3, "12"), (5, "20")] {
        let source =
            format!("//! Natives.\n/// By a number.\n#[relon::native]\npub fn by(x: i64) -> i64 {{ x * {factor} }}\n");
        write_where_new(&folder.join("src/lib.rs"), &source);
        let package = Arc::new(NativesPackage::build(&folder, &mut |_| {}).expect("natives"));
        for kept in [false, true] {
            let mut engine = quick(&cache);
            engine.natives(package.clone());
            let program = engine.load("a.relon", "#main(Int n) -> Int\nby(n)").expect("a program");
            assert_eq!(program.run_json(r#"{"n": 4}"#).expect("a result"), expected);
            assert_eq!(is_kept(&program), kept, "by {factor}");
        }
    }
}

fn write_where_new(path: &Path, text: &str) {
    if std::fs::read_to_string(path).ok().as_deref() != Some(text) {
        std::fs::write(path, text).expect("a file");
    }
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let scratch = Scratch::new("eviction");
    let rule = |n: u32| format!("#main(Int n) -> Int\nn + {n}");
    let load = |cache: &Cache, n: u32| is_kept(&quick(cache).load("a.relon", &rule(n)).expect("a program"));
    load(&scratch.cache(), 0);
    let size = scratch.cache().contents().expect("contents").bytes;
    let cache = scratch.cache().limit(size * 7 / 2);
    let pause = || std::thread::sleep(std::time::Duration::from_millis(20));
    for n in 1..3 {
        pause();
        assert!(!load(&cache, n));
    }
    pause();
    assert!(load(&cache, 0), "it is used, and the newest now");
    pause();
    assert!(!load(&cache, 3));
    let contents = cache.contents().expect("contents");
    assert!(contents.units == 3 && contents.bytes <= size * 7 / 2, "{contents:?}");
    assert!(load(&cache, 0) && load(&cache, 2) && load(&cache, 3));
    assert!(!load(&cache, 1), "it went");
    let tiny = scratch.cache().limit(10);
    assert!(!load(&tiny, 9) && !load(&tiny, 9));
    assert!(tiny.trouble().expect("it is told").contains("more than all"));
}

#[test]
fn threads_share_a_folder_that_is_cleared_meanwhile() {
    let scratch = Scratch::new("threads");
    let cache = scratch.cache();
    let rounds = 25;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let cache = Cache::at(cache.folder());
            scope.spawn(move || {
                for round in 0..rounds {
                    let n = (thread + round) % 3;
                    let program =
                        quick(&cache).load("a.relon", &format!("#main(Int n) -> Int\nn * {n}")).expect("a program");
                    assert_eq!(program.run_json(r#"{"n": 7}"#).expect("a result"), (7 * n).to_string());
                }
                assert_eq!(cache.hits() + cache.misses(), rounds as u64);
            });
        }
        for _ in 0..10 {
            std::thread::sleep(std::time::Duration::from_millis(40));
            cache.clear().expect("a folder that can be cleared");
        }
    });
    assert_eq!(cache.trouble(), None);
}

#[test]
fn a_folder_that_cannot_be_used_costs_nothing_but_time() {
    let scratch = Scratch::new("unusable");
    std::fs::create_dir_all(&scratch.0).expect("a folder");
    let file = scratch.0.join("file");
    std::fs::write(&file, "text").expect("a file");
    let cache = Cache::at(file.join("below"));
    let program = quick(&cache).load("a.relon", "#main(Int n) -> Int\nn + 1").expect("a program");
    assert_eq!(program.run_json(r#"{"n": 1}"#).expect("a result"), "2");
    assert!(cache.trouble().expect("it is told").contains("below"));
}

#[test]
fn a_cache_holds_nothing_before_it_is_used() {
    let scratch = Scratch::new("empty");
    let cache = scratch.cache();
    assert_eq!((cache.contents().expect("contents").units, cache.clear().expect("nothing to remove")), (0, 0));
    assert!(!scratch.0.exists());
}
