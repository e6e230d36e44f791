//! Arguments that are checked once: the same results and errors as calls that check, no way around the check, and code without what the check
//! made needless.

use relon::{Arena, Backend, Effort, Engine, Error, List, Opt, Program, Reloadable, Schema, Str, TrapKind};

#[derive(Schema, Clone, Copy, Debug)]
#[repr(C)]
struct Line {
    qty: i64,
    cents: i64,
}

const LINE: &str = "#schema Line {
    #expect \"some pieces\"
    Int qty: (q) => q >= 1 && q <= 10000,
    Int cents: (c) => c >= 0 && c <= 1000000000
}
";
const GOOD: Line = Line { qty: 3, cents: 7 };

fn compiled() -> impl Iterator<Item = Backend> {
    Backend::ALL.iter().copied().filter(|backend| *backend != Backend::Eval)
}

fn engine(backend: Backend) -> Engine {
    let mut engine = Engine::new();
    engine.backend(backend).batch(true).valid_args(true).keep_ir(true);
    engine
}

fn load(backend: Backend, rule: &str) -> Program {
    engine(backend).load("rule.relon", rule).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

/// Every backend, with LLVM in both efforts.
fn all(rule: &str) -> Vec<Program> {
    let mut programs: Vec<Program> = compiled().map(|backend| load(backend, rule)).collect();
    programs.push(engine(Backend::Llvm).effort(Effort::Quick).load("rule.relon", rule).expect("a program"));
    programs
}

/// The code of a function in the unit after optimisation.
fn code(program: &Program, name: &str) -> String {
    let unit = program.compiled().expect("code").ir_after().expect("text");
    let functions: Vec<&str> = unit.split("\ndefine ").collect();
    let found = functions
        .iter()
        .find(|function| function.lines().next().is_some_and(|head| head.contains(&format!("_{name}("))));
    found.unwrap_or_else(|| panic!("no function {name}:\n{unit}")).split("\n}").next().unwrap_or_default().to_owned()
}

fn shown<T: std::fmt::Debug>(result: Result<T, Error>) -> Result<String, String> {
    result.map(|value| format!("{value:?}")).map_err(|error| error.render(false))
}

#[test]
fn valid_rows_of_lists_are_summed_without_checks() {
    let rule = format!("{LINE}#main(List<Line> lines) -> Int\n[line.qty * line.cents for line in lines].sum()");
    for program in all(&rule) {
        let total = program.entry::<(&[Line],), i64>().expect("a handle");
        let mut arena = program.arena();
        for count in [0, 1, 7, 4095, 100_000] {
            let lines: Vec<Line> = (0..count).map(|index| Line { qty: 1 + index % 9, cents: index }).collect();
            let valid = total.validate(&mut arena, (&lines,)).expect("valid lines");
            let expected = total.call(&mut arena, (&lines,)).expect("a sum");
            for _ in 0..2 {
                assert_eq!(total.call_valid(&mut arena, &valid).expect("a sum"), expected);
            }
            assert_eq!(total.run_valid(&valid, |sum| sum).expect("a sum"), expected);
        }
        for (at, odd) in
            [(0, Line { qty: 0, ..GOOD }), (613, Line { cents: -1, ..GOOD }), (999, Line { qty: 10_001, ..GOOD })]
        {
            let mut lines = vec![GOOD; 1000];
            lines[at] = odd;
            let called = shown(total.call(&mut arena, (&lines,)));
            assert_eq!(shown(total.validate(&mut arena, (&lines,)).map(|_| 0)), called);
            assert!(called.is_err());
        }
    }
    let program = load(Backend::Llvm, &rule);
    let valid = code(&program, "main.valid.direct");
    assert!(valid.contains("mul nuw nsw <"), "the products are made in vectors:\n{valid}");
    assert!(!valid.contains("10000") && !valid.contains("1000000000"), "no bound is compared:\n{valid}");
    let validate = code(&program, "main.validate.direct");
    assert!(!validate.contains("mul") && validate.contains("10000") && validate.contains("x i64>"), "{validate}");
}

#[test]
fn a_valid_record_of_numbers_has_no_status() {
    let rule = format!("{LINE}#main(Line line) -> Int\nline.qty * line.cents - line.qty * line.cents / 20");
    let program = load(Backend::Llvm, &rule);
    let valid = code(&program, "main.valid.direct");
    assert!(!valid.contains("icmp") && !valid.contains("br ") && !valid.contains("overflow"), "{valid}");
    assert!(valid.contains("mul ") && valid.contains("ret i32 0"), "{valid}");
    let whole = code(&program, "main.direct");
    assert!(whole.contains("icmp"), "{whole}");
    let rows = code(&program, "main.batch.valid");
    assert!(!rows.contains("10000") && rows.contains("mul nuw nsw"), "{rows}");
}

#[test]
fn valid_rows_are_evaluated_in_vectors() {
    let rule = format!("{LINE}#main(Line line) -> Int\nline.qty * line.cents + line.cents");
    let program = load(Backend::Llvm, &rule);
    let rows = code(&program, "main.batch.valid");
    assert!(rows.contains("mul nuw nsw <") && !rows.contains("10000"), "{rows}");
    let validate = code(&program, "main.batch.validate");
    assert!(!validate.contains("mul") && validate.contains("x i64>"), "{validate}");
}

#[test]
fn batches_are_valid_as_rows_are() {
    for rule in ["line.qty * line.cents + 1", "100 * line.cents / line.qty", "line.qty - line.cents * 100"] {
        for program in all(&format!("{LINE}#main(Line line) -> Int\n{rule}")) {
            let (batch, mut arena) = (program.batch::<Line, i64>().expect("a batch"), program.arena());
            for count in [0, 1, 511, 512, 513, 2000] {
                let rows: Vec<Line> = (0..count).map(|index| Line { qty: 1 + index % 9, cents: index }).collect();
                let expected = batch.call(&mut arena, &rows).expect("results").to_vec();
                let valid = batch.validate(&mut arena, &rows).expect("valid rows");
                assert_eq!(valid.as_slice().len(), rows.len());
                assert_eq!(batch.call_valid(&mut arena, &valid).expect("results"), expected);
                let half = valid.get(0..rows.len() / 2).expect("rows");
                assert_eq!(batch.call_valid(&mut arena, &half).expect("results"), &expected[..rows.len() / 2]);
                assert!(valid.get(0..rows.len() + 1).is_none());
            }
            for at in [0, 1, 511, 512, 513, 1300, 1999] {
                let mut rows = vec![GOOD; 2000];
                rows[1999] = Line { cents: -1, ..GOOD };
                rows[at] = Line { qty: 0, ..GOOD };
                let called = batch.call(&mut arena, &rows).map(|_| ()).expect_err("a row fails");
                let failed = batch.validate(&mut arena, &rows).expect_err("a row fails");
                assert_eq!((failed.row, failed.error.render(false)), (at, called.error.render(false)));
            }
        }
    }
}

/// Imported files are evaluated before arguments are checked, one by one or many together.
#[test]
fn an_import_that_fails_comes_first() {
    #[derive(Debug)]
    struct Failing;
    impl relon::Modules for Failing {
        fn load(&self, _importer: &str, import: &str) -> Result<relon::SourceText, String> {
            Ok(relon::SourceText { path: import.to_owned(), text: "{ zero: 0, bad: 1 / zero }".to_owned() })
        }
    }
    for backend in compiled() {
        let rule = format!("#import f from \"f.relon\"\n{LINE}#main(Line line) -> Int\nline.qty + f.bad");
        let program = engine(backend).modules(Failing).load("rule.relon", &rule).expect("a program");
        let (entry, batch, mut arena) = (
            program.entry::<(&Line,), i64>().expect("a handle"),
            program.batch::<Line, i64>().expect("a batch"),
            program.arena(),
        );
        for line in [GOOD, Line { qty: 0, ..GOOD }] {
            let one = entry.validate(&mut arena, (&line,)).map(|_| ()).expect_err("a division by zero");
            let rows = batch.validate(&mut arena, &[line]).map(|_| ()).expect_err("a division by zero").error;
            let called = batch.call(&mut arena, &[line]).map(|_| ()).expect_err("a division by zero").error;
            let kinds = [one, rows, called].map(|error| error.kind().name().to_owned());
            assert_eq!(kinds, [TrapKind::DivisionByZero.name(); 3], "{backend:?}");
        }
    }
}

/// What is no matter of the arguments' checks is one of the call.
#[test]
fn calls_with_valid_arguments_fail_where_others_do() {
    let rule = format!("{LINE}#main(Line line, Int n) -> Int\nline.qty * n / (line.cents - 7)");
    for program in all(&rule) {
        let (entry, mut arena) = (program.entry::<(&Line, i64), i64>().expect("a handle"), program.arena());
        for (line, n) in [(GOOD, 1), (Line { cents: 8, ..GOOD }, i64::MAX), (Line { cents: 9, ..GOOD }, 100)] {
            let valid = entry.validate(&mut arena, (&line, n)).expect("valid arguments");
            let called = shown(entry.call(&mut arena, (&line, n)));
            assert_eq!(shown(entry.call_valid(&mut arena, &valid)), called);
        }
    }
}

#[derive(Schema, Clone, Copy, Debug)]
#[repr(C)]
struct Part<'a> {
    name: Str<'a>,
    size: i64,
}

#[derive(Schema, Clone, Copy, Debug)]
#[repr(C)]
struct Whole<'a> {
    id: i64,
    parts: List<'a, Part<'a>>,
    main: Opt<Part<'a>>,
    share: f64,
    on: bool,
}

/// Checks of all kinds: of texts, Floats and lengths, by functions and natives, within options, lists and records, and with other arguments.
const MANY: &str = "#schema Part {
    String name: (n) => n.len() >= 1 && n.len() <= 8 && n != \"no\",
    Int size: (s) => s > 0 && s <= most()
}
#schema Whole {
    Int id: (i) => is_known(i),
    List<Part> parts: (ps) => ps.len() >= 2,
    Option<Part> main: *,
    Float share: (s) => s >= 0.0 && s < 1.0,
    Bool on: *
}
#main(Whole whole, List<Option<Part>> others, Int n) -> Whole
{
    #internal Int of(Part part): part.size * part.name.len() * 100 / whole.parts.len(),
    #internal Int total: [of(p) for p in whole.parts].sum() + [p match { Some(q): of(q), None: n } for p in others].sum(),
    id: total,
    parts: whole.parts,
    main: whole.main,
    share: whole.share * whole.share,
    on: total > 5000
}";

fn with_natives(backend: Backend) -> Engine {
    let mut engine = engine(backend);
    engine.register("most", || 40);
    engine.register("is_known", |id: i64| -> Result<bool, String> {
        if id < 0 { Err(format!("{id} is no id")) } else { Ok(id != 13) }
    });
    engine
}

struct Random(u64);

impl Random {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    /// Mostly one that passes.
    fn part(&mut self) -> Part<'static> {
        let name = ["a", "ab", "abc", "abcdefgh", "no", "", "abcdefghi"]
            [[0, 1, 2, 3, 0, 1, 2, self.below(7)][self.below(8) as usize] as usize];
        let size =
            if self.below(12) == 0 { [0, 41, -5, i64::MAX][self.below(4) as usize] } else { 1 + self.below(40) as i64 };
        Part { name: name.into(), size }
    }

    fn parts(&mut self, least: u64) -> Vec<Part<'static>> {
        (0..least + self.below(4)).map(|_| self.part()).collect()
    }
}

#[test]
fn valid_calls_are_as_others_whatever_is_checked() {
    let mut random = Random(11);
    let (mut passed, mut failed) = (0, 0);
    let programs: Vec<Program> =
        compiled().map(|backend| with_natives(backend).load("rule.relon", MANY).expect("a program")).collect();
    for round in 0..600 {
        let least = if random.below(16) == 0 { 0 } else { 2 };
        let parts = random.parts(least);
        let others: Vec<Opt<Part<'_>>> =
            random.parts(0).into_iter().map(|part| if part.size % 2 == 0 { Some(part) } else { None }.into()).collect();
        let whole = Whole {
            id: if random.below(8) == 0 { [13, -1, 5][random.below(3) as usize] } else { random.below(12) as i64 },
            parts: parts.as_slice().into(),
            main: (random.below(2) == 0).then(|| random.part()).into(),
            share: if random.below(9) == 0 { [1.0, f64::NAN, -0.1][random.below(3) as usize] } else { 0.25 },
            on: false,
        };
        let n = if random.below(20) == 0 { i64::MAX } else { 7 };
        let mut results = Vec::new();
        for program in &programs {
            let entry = program.entry::<(&Whole<'_>, &[Opt<Part<'_>>], i64), Whole<'_>>().expect("a handle");
            let mut arena = program.arena();
            let called = shown(entry.call(&mut arena, (&whole, &others, n)));
            let valid = match entry.validate(&mut arena, (&whole, &others, n)) {
                Ok(valid) => shown(entry.call_valid(&mut arena, &valid)),
                Err(error) => Err(error.render(false)),
            };
            assert_eq!(valid, called, "round {round}: {whole:?} {others:?} {n}");
            results.push(called);
        }
        results.windows(2).for_each(|pair| assert_eq!(pair[0], pair[1]));
        if results[0].is_ok() { passed += 1 } else { failed += 1 }
    }
    assert!(passed > 100 && failed > 100, "{passed} {failed}");
}

/// Predicates that look at other arguments, of which those that come later are not there yet, and at entries of the rule, which may fail.
#[test]
fn checks_fail_in_the_order_of_a_call() {
    #[derive(Schema)]
    #[repr(C)]
    struct P {
        a: i64,
    }
    let rules = [
        "#schema P { Int a: (a) => a > 0 && 10 / a > 1 }\n#main(P p, Int n, P q) -> Int\np.a * q.a + n",
        "#schema P { Int a: (a) => a < 100 / n }\n#main(P p, Int n, P q) -> Int\np.a * q.a",
        "#schema P { Int a: (a) => a < 5 }\n#schema Q { Int a: (a) => a < 100 / n }\n#main(P p, Int n, Q q) -> Int\n100 / p.a + q.a",
        "#schema P { Int a: (a) => a < most }\n#main(P p, Int n, P q) -> Int\n{ most: 16 / low, low: 4, sum: p.a + q.a + n }.sum",
        "#schema P { Int a: (a) => a < most(3) }\n#main(P p, Int n, P q) -> Int\n{ Int most(Int x): 12 / x, sum: p.a + q.a + n }.sum",
    ];
    let mut seen = [0; 2];
    for rule in rules {
        for program in all(rule) {
            let (entry, mut arena) = (program.entry::<(&P, i64, &P), i64>().expect("a handle"), program.arena());
            for (a, n, b) in
                [(1, 9, 2), (0, 9, 2), (2, 0, 0), (0, 0, 0), (9, 1, 0), (-1, 9, 11), (11, 9, -1), (4, 9, 4)]
            {
                let (p, q) = (P { a }, P { a: b });
                let called = shown(entry.call(&mut arena, (&p, n, &q)));
                let valid = match entry.validate(&mut arena, (&p, n, &q)) {
                    Ok(valid) => shown(entry.call_valid(&mut arena, &valid)),
                    Err(error) => Err(error.render(false)),
                };
                seen[usize::from(called.is_ok())] += 1;
                assert_eq!(valid, called, "{rule} {a} {n} {b}");
            }
        }
    }
    assert!(seen[0] > 10 && seen[1] > 10, "{seen:?}");
}

#[test]
fn another_program_takes_no_valid_arguments() {
    let rule = format!("{LINE}#main(Line line) -> Int\nline.qty * line.cents");
    let wide = rule.replace(" && q <= 10000", "").replace(" && c <= 1000000000", "");
    for backend in compiled() {
        let (one, other, same) = (load(backend, &rule), load(backend, &wide), load(backend, &rule));
        let (one, bound) = (&one, one.bind(&engine(backend)).expect("a program"));
        let mut arena = one.arena();
        let large = Line { qty: i64::MAX / 2, cents: i64::MAX / 2 };
        let entry = other.entry::<(&Line,), i64>().expect("a handle");
        let valid = entry.validate(&mut arena, (&large,)).expect("it is above the bounds");
        let batch = other.batch::<Line, i64>().expect("a batch");
        let rows = [large];
        let rows = batch.validate(&mut arena, &rows).expect("it is above the bounds");
        for program in [one, &same, &bound] {
            let other = program.entry::<(&Line,), i64>().expect("a handle");
            let error = other.call_valid(&mut arena, &valid).expect_err("it was checked by another program");
            assert!(error.to_string().contains("validated by another program"), "{error}");
            let stopped = program.batch::<Line, i64>().expect("a batch").call_valid(&mut arena, &rows).map(|_| ());
            assert!(stopped.expect_err("as above").error.to_string().contains("another program"));
        }
        // Handles of one program are of one mind.
        for entry in [other.entry::<(&Line,), i64>().expect("a handle"), entry.clone(), entry] {
            let error = entry.call_valid(&mut arena, &valid).expect_err("the product does not fit");
            assert_eq!(error.kind().name(), TrapKind::NumericOverflow.name());
        }
    }
}

#[test]
fn a_rule_that_was_replaced_is_another() {
    let rule = format!("{LINE}#main(Line line) -> Int\nline.qty * line.cents");
    let reloadable = Reloadable::<(&Line,), i64>::new(&load(Backend::Llvm, &rule)).expect("a rule");
    let mut arena = Arena::new();
    let before = reloadable.current();
    let valid = before.validate(&mut arena, (&GOOD,)).expect("a valid line");
    reloadable.replace(&load(Backend::Llvm, &rule.replace("q >= 1", "q >= 4"))).expect("it fits");
    assert!(reloadable.current().call_valid(&mut arena, &valid).is_err());
    assert!(reloadable.current().validate(&mut arena, (&GOOD,)).is_err());
    assert_eq!(before.call_valid(&mut arena, &valid).expect("the rule that was"), 21);
}

#[test]
fn valid_arguments_stay_so_when_other_code_takes_over() {
    let rule = format!("{LINE}#main(Line line) -> Int\nline.qty * line.cents");
    let program = load(Backend::Tiered, &rule);
    let (entry, batch) =
        (program.entry::<(&Line,), i64>().expect("a handle"), program.batch::<Line, i64>().expect("a batch"));
    let mut arena = program.arena();
    let lines = [GOOD; 3];
    let valid = entry.validate(&mut arena, (&GOOD,)).expect("a valid line");
    let rows = batch.validate(&mut arena, &lines).expect("valid lines");
    for _ in 0..2 {
        assert_eq!(entry.call_valid(&mut arena, &valid).expect("a result"), 21);
        assert_eq!(batch.call_valid(&mut arena, &rows).expect("results"), [21; 3]);
        program.upgrade().expect("a second code");
        program.wait_for_upgrade().expect("a second code");
    }
    let late = entry.validate(&mut arena, (&GOOD,)).expect("a valid line");
    assert_eq!(entry.call_valid(&mut arena, &late).expect("a result"), 21);
    // A handle that has not met the second code takes what the second has checked.
    assert_eq!(
        program.entry::<(&Line,), i64>().expect("a handle").call_valid(&mut arena, &late).expect("a result"),
        21
    );
}

#[test]
fn natives_are_asked_once() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let rule = "#schema P { Int a: (a) => is_known(a) && a < 9 }\n#main(P p) -> Int\np.a * 2";
    #[derive(Schema)]
    #[repr(C)]
    struct P {
        a: i64,
    }
    for backend in compiled() {
        let asked = Arc::new(AtomicUsize::new(0));
        let (counter, mut engine) = (asked.clone(), engine(backend));
        engine.register("is_known", move |_: i64| counter.fetch_add(1, Ordering::Relaxed) < 1000);
        let program = engine.load("rule.relon", rule).expect("a program");
        let (entry, mut arena) = (program.entry::<(&P,), i64>().expect("a handle"), program.arena());
        let valid = entry.validate(&mut arena, (&P { a: 4 },)).map(|_| ());
        valid.expect("valid arguments");
        let p = P { a: 4 };
        let valid = entry.validate(&mut arena, (&p,)).expect("valid arguments");
        for _ in 0..10 {
            assert_eq!(entry.call_valid(&mut arena, &valid).expect("a result"), 8);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 2, "{backend:?}");
    }
}

/// Without predicates there is nothing to rely on, and no second code.
#[test]
fn rules_without_checks_have_one_code() {
    let rule = "#schema Line { Int qty: *, Int cents: * }\n#main(Line line) -> Int\nline.qty * line.cents";
    let text = engine(Backend::Llvm).ir("rule.relon", rule).expect("IR");
    assert!(text.contains("\"main.validate\"") && !text.contains("\"main.valid\""), "{text}");
    for program in all(rule) {
        let (entry, mut arena) = (program.entry::<(&Line,), i64>().expect("a handle"), program.arena());
        let valid = entry.validate(&mut arena, (&GOOD,)).expect("anything is valid");
        assert_eq!(entry.call_valid(&mut arena, &valid).expect("a result"), 21);
        let batch = program.batch::<Line, i64>().expect("a batch");
        let rows = batch.validate(&mut arena, &[GOOD]).expect("anything is valid");
        assert_eq!(batch.call_valid(&mut arena, &rows).expect("results"), [21]);
    }
}

#[test]
fn fields_with_defaults_are_checked_as_given() {
    let rule = "#schema Line { #default 5 Int qty: (q) => q > 0, Int cents: (c) => c >= 0 && c <= 1000 }\n#main(Line line) -> Int\nline.qty * line.cents";
    for program in all(rule) {
        let (entry, mut arena) = (program.entry::<(&Line,), i64>().expect("a handle"), program.arena());
        for line in [GOOD, Line { qty: 0, ..GOOD }, Line { qty: i64::MAX, ..GOOD }, Line { cents: 1001, ..GOOD }] {
            let called = shown(entry.call(&mut arena, (&line,)));
            let valid = match entry.validate(&mut arena, (&line,)) {
                Ok(valid) => shown(entry.call_valid(&mut arena, &valid)),
                Err(error) => Err(error.render(false)),
            };
            assert_eq!(valid, called);
        }
    }
}

/// Schemas of which values are made without their predicates give no facts, also not for valid arguments.
#[test]
fn nothing_is_relied_on_where_values_are_made_without_checks() {
    let rule = format!(
        "{LINE}#main(Line line) -> Int
{{
    #internal Int worth(Line some): some.qty * some.cents,
    all: worth(line) + worth({{ qty: line.qty, cents: line.qty * 2000000000 }}) * 100000,
}}.all"
    );
    for program in all(&rule) {
        let (entry, mut arena) = (program.entry::<(&Line,), i64>().expect("a handle"), program.arena());
        let large = Line { qty: 10_000, cents: 5 };
        let valid = entry.validate(&mut arena, (&large,)).expect("a valid line");
        let error = entry.call_valid(&mut arena, &valid).expect_err("a product does not fit");
        assert_eq!(error.kind().name(), TrapKind::NumericOverflow.name());
    }
}

#[test]
fn it_has_to_be_asked_for() {
    let rule = format!("{LINE}#main(Line line) -> Int\nline.qty * line.cents");
    let program = Engine::new().batch(true).load("rule.relon", &rule).expect("a program");
    let mut arena = program.arena();
    let error =
        program.entry::<(&Line,), i64>().expect("a handle").validate(&mut arena, (&GOOD,)).expect_err("no code");
    assert!(error.render(false).contains("engine.valid_args(true)"), "{}", error.render(false));
    let stopped = program.batch::<Line, i64>().expect("a batch").validate(&mut arena, &[GOOD]).expect_err("no code");
    assert!(stopped.error.render(false).contains("engine.valid_args(true)"));
    let text = Engine::new().batch(true).ir("rule.relon", &rule).expect("IR");
    assert!(!text.contains("main.valid"), "{text}");
}

/// Other languages have no type that could say of arguments that they were checked.
#[test]
fn files_have_no_code_for_valid_arguments() {
    let rule = format!("{LINE}#main(Line line) -> Int\nline.qty * line.cents");
    let unit = engine(Backend::Llvm).build("rule.relon", &rule, &relon::BuildOptions::default()).expect("a unit");
    let exported = unit.exported();
    assert!(exported.iter().any(|symbol| symbol.ends_with("_direct")), "{exported:?}");
    assert!(!exported.iter().any(|symbol| symbol.contains("valid")), "{exported:?}");
}
