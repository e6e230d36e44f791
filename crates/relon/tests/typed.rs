//! Typed handles: what they check, what they give, and that they can be shared and reloaded.

use relon::{
    Arena, Backend, BatchEntry, Engine, ErrorKind, List, Opt, Program, Reloadable, Schema, Str, TrapKind, TypedEntry,
};

#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct Line<'a> {
    sku: Str<'a>,
    qty: i64,
    price: f64,
}

#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct Order<'a> {
    id: i64,
    rush: bool,
    note: Opt<Str<'a>>,
    lines: List<'a, Line<'a>>,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
struct Quote<'a> {
    note: Str<'a>,
    skus: List<'a, Str<'a>>,
    total: f64,
    rush: Opt<i64>,
}

const RULE: &str = r#"
#schema Line { String sku: *, Int qty: (q) => q > 0, Float price: * }
#schema Order { Int id: *, #default false Bool rush: *, Option<String> note: *, #default [] List<Line> lines: * }
#schema Quote { String note: *, List<String> skus: *, Float total: *, Option<Int> rush: * }
#main(Order order) -> Quote
{
    note: order.note match { Some(note): note + "!", None: "none" },
    skus: [line.sku for line in order.lines],
    total: [line.price * line.qty for line in order.lines].sum(),
    rush: order.rush ? Some(order.id) : None,
}
"#;

fn load(source: &str) -> Program {
    Engine::new().load("rule.relon", source).unwrap_or_else(|error| panic!("{error}"))
}

fn load_batch(source: &str) -> Program {
    Engine::new().batch(true).load("rule.relon", source).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn records_are_lent_and_given() {
    let program = load(RULE);
    let quote = program.entry::<(&Order,), Quote>().unwrap_or_else(|error| panic!("{error}"));
    let mut arena = program.arena();
    for round in 1..4 {
        let (sku, note) = (format!("sku{round}"), format!("note{round}"));
        let lines =
            [Line { sku: Str::new(&sku), qty: round, price: 0.5 }, Line { sku: Str::new("x"), qty: 1, price: 2.0 }];
        let order = Order { id: round, rush: round == 2, note: Opt::some(Str::new(&note)), lines: List::new(&lines) };
        let given = quote.call(&mut arena, (&order,)).expect("a quote");
        assert_eq!(given.note, *format!("note{round}!"));
        assert_eq!(given.skus.as_slice(), [Str::new(&sku), Str::new("x")]);
        assert_eq!(given.total, 2.0 + 0.5 * round as f64);
        assert_eq!(given.rush.into_option(), (round == 2).then_some(2));
    }
    let json = program.run_json(r#"{"order": {"id": 7, "note": null}}"#).expect("a quote");
    assert_eq!(json, r#"{"note":"none","rush":null,"skus":[],"total":0.0}"#);
}

#[test]
fn predicates_hold_for_typed_callers_and_in_batches() {
    let program = load_batch(RULE);
    let lines = [Line { sku: Str::new("a"), qty: 0, price: 1.0 }];
    let order = Order { id: 1, rush: false, note: Opt::none(), lines: List::new(&lines) };
    let quote = program.entry::<(&Order,), Quote>().expect("a handle");
    let mut arena = program.arena();
    let error = quote.call(&mut arena, (&order,)).expect_err("a quantity of 0");
    assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::MainArgTypeMismatch));
    assert!(error.problems()[0].span.is_some());
    let good = Order { lines: List::new(&[]), ..order };
    let batch = program.batch::<Order, Quote>().expect("a batch");
    let error = batch.call(&mut arena, &[good, good, order, good]).expect_err("the third row");
    assert_eq!((error.row, error.error.kind()), (2, ErrorKind::Trap(TrapKind::MainArgTypeMismatch)));
    let rows = [good, good];
    let quotes = batch.call(&mut arena, &rows).expect("two quotes");
    assert_eq!(quotes.len(), 2);
    assert!(quotes.iter().all(|quote| quote.note == "none"));
    assert_eq!(batch.call(&mut arena, &[]).expect("no rows").len(), 0);
}

#[test]
fn results_can_be_owned() {
    let words = load("#main(List<String> words, Int n) -> List<String>\n[w + f\"${n}\" for w in words]");
    let list = [Str::new("a"), Str::new("b")];
    let owned = words.entry::<(&[Str], i64), Vec<String>>().expect("a handle");
    assert_eq!(owned.run((&list, 3), |words| words).expect("words"), ["a3", "b3"]);
    let maybe = load("#main(Float x) -> Option<Float>\nx > 0.0 ? Some(x / 2.0) : None");
    let maybe = maybe.entry::<(f64,), Option<f64>>().expect("a handle");
    assert_eq!(maybe.run((3.0,), |half| half).expect("a half"), Some(1.5));
    assert_eq!(maybe.run((-3.0,), |half| half).expect("no half"), None);
}

#[test]
fn numbers_that_are_not_finite_are_refused_with_their_place() {
    let program = load_batch("#schema Out { List<Float> all: * }\n#main(Float x) -> Out\n{ all: [1.0, x * x] }");
    #[derive(Schema)]
    #[repr(C)]
    struct Out<'a> {
        all: List<'a, f64>,
    }
    let out = program.entry::<(f64,), Out>().expect("a handle");
    assert_eq!(out.run((2.0,), |out| out.all[1]).expect("a result"), 4.0);
    let error = out.run((1e300,), |_| ()).expect_err("infinity");
    assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::NonFiniteFloat));
    assert!(error.problems()[0].message.contains("all[1]"), "{error}");
    let batch = program.batch::<f64, Out>().expect("a batch");
    assert_eq!(batch.call(&mut program.arena(), &[1.0, 1e300]).err().map(|error| error.row), Some(1));
}

#[test]
fn differences_are_told_by_path() {
    #[derive(Schema)]
    #[repr(C)]
    struct Other<'a> {
        sku: Str<'a>,
        qty: f64,
        price: f64,
    }
    #[derive(Schema)]
    #[repr(C)]
    struct Wrong<'a> {
        id: i64,
        rush: bool,
        note: Opt<Str<'a>>,
        lines: List<'a, Other<'a>>,
    }
    #[derive(Schema)]
    #[repr(C)]
    struct Renamed {
        number: i64,
    }
    let program = load(RULE);
    let (line, column) = {
        let error = program.entry::<(&Renamed,), Quote>().expect_err("types that differ");
        let span = error.problems()[0].span.expect("the parameter");
        let position = error.sources().expect("the rule").file(span).position(span.start);
        (position.line, position.column)
    };
    assert_eq!((line, column), (5, 13));
    let told = |error: Option<relon::Error>| error.expect("types that differ").problems()[0].message.clone();
    let message = told(program.entry::<(&Wrong,), Quote>().err());
    assert_eq!(
        message,
        "the rule is `(order: Order) -> Quote` and cannot be called as `(Wrong) -> Quote`: \
         `order.lines[].qty` is Int in the rule and f64 in Rust"
    );
    let message = told(program.entry::<(&Renamed,), Quote>().err());
    assert!(message.ends_with("field 1 of `order` is `id` in the rule and `number` in `Renamed`"), "{message}");
    let message = told(program.entry::<(&Order, i64), Quote>().err());
    assert!(message.ends_with("the rule has 1 parameter, not 2"), "{message}");
    let message = told(program.entry::<(&Order,), i64>().err());
    assert!(message.ends_with("`result` is Quote in the rule and i64 in Rust"), "{message}");
    assert!(told(program.entry_named::<(&Order,), Quote>("quote").err()).contains("no entry `quote`"));
    assert!(told(program.batch::<Order, Quote>().err()).contains("no batch entry"));
    let evaluated = Engine::new().backend(Backend::Eval).load("a.relon", "#main(Int n) -> Int\nn").expect("a program");
    assert!(told(evaluated.entry::<(i64,), i64>().err()).contains("no typed calls"));
}

#[test]
fn calls_that_nest_have_the_stack_and_the_limit() {
    let program = load("#main(Int n) -> Int\n{ #internal Int f(Int k): k == 0 ? 0 : 1 + f(k - 1), r: f(n) }.r");
    let count = program.entry::<(i64,), i64>().unwrap_or_else(|error| panic!("{error}"));
    std::thread::Builder::new()
        .stack_size(128 * 1024)
        .spawn(move || {
            let mut arena = count.arena();
            assert_eq!(count.call(&mut arena, (9_000,)).expect("a depth"), 9_000);
            let error = count.call(&mut arena, (1_000_000,)).expect_err("too deep");
            assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::RecursionLimitExceeded));
            assert_eq!(count.call(&mut arena, (9_000,)).expect("a depth"), 9_000);
        })
        .expect("a thread")
        .join()
        .expect("no overflow");
}

#[test]
fn an_arena_for_more_calls_than_any_stack_has_room_for_is_an_error_of_the_run() {
    const RULE: &str = "#main(Int n) -> Int\n{ #internal Int f(Int k): k == 0 ? 0 : 1 + f(k - 1), r: f(n) }.r";
    let check = |error: relon::Error, depth: u64| {
        let text = error.render(false);
        let parts = [&format!("too much stack for {depth} nested calls"), "set a lower recursion limit"];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    };
    for &backend in Backend::ALL.iter().filter(|backend| **backend != Backend::Eval) {
        let program = Engine::new().backend(backend).batch(true).load("count.relon", RULE).expect("a program");
        let count = program.entry::<(i64,), i64>().expect("a handle");
        let counts = program.batch::<i64, i64>().expect("a handle");
        for depth in [1 << 40, u64::MAX] {
            let mut arena = Arena::with_limits(1 << 20, depth);
            check(count.call(&mut arena, (3,)).expect_err("too deep"), depth);
            let stopped = counts.call(&mut arena, &[3, 4]).expect_err("too deep");
            assert_eq!(stopped.row, 0);
            check(stopped.error, depth);
        }
        assert_eq!(count.run((3,), |n| n).expect("a result"), 3);
    }
}

#[test]
fn natives_are_called_through_the_table_as_well() {
    let mut engine = Engine::new();
    let program = engine.world(relon::World::Open).load("a.relon", "#main(String s) -> String\ns.upper()");
    let upper = program.expect("a program").entry::<(&str,), String>().expect("a handle");
    assert_eq!(upper.run(("ab",), |text| text).expect("text"), "AB");
}

#[test]
fn the_loop_over_rows_is_vectorised() {
    #[derive(Schema)]
    #[repr(C)]
    struct Pair {
        a: f64,
        b: f64,
    }
    let source = "#schema Pair { Float a: *, Float b: * }\n#main(Pair p) -> Float\np.a * 2.0 + p.b";
    let program = load_batch(source);
    let vectors = &program.compiled().expect("code").report().vectors;
    assert!(vectors.iter().any(|ty| ty.contains("x double")), "{vectors:?}");
    let rows: Vec<Pair> = (0..1003).map(|n| Pair { a: f64::from(n), b: 1.0 }).collect();
    let mut arena = program.arena();
    let batch = program.batch::<Pair, f64>().expect("a batch");
    let results = batch.call(&mut arena, &rows).expect("results");
    assert!(results.iter().zip(0..1003).all(|(result, n)| *result == f64::from(n) * 2.0 + 1.0));
}

#[test]
fn a_rule_that_is_replaced_has_another_number() {
    let source = |n: i64| format!("#main(Int x) -> Int\nx + {n}");
    let rule = Reloadable::<(i64,), i64>::new(&load(&source(0))).expect("a rule");
    let (first, number) = rule.current_and_generation();
    assert_eq!((first.run((1,), |n| n).expect("a number"), number), (1, 0));
    assert!(rule.replace(&load("#main(Int x) -> Bool\nx > 0")).is_err());
    assert_eq!(rule.current_and_generation().1, 0, "what is refused does not count");
    rule.replace(&load(&source(10))).expect("a rule that fits");
    let (second, number) = rule.current_and_generation();
    assert_eq!((second.run((1,), |n| n).expect("a number"), number), (11, 1));
    assert_eq!(first.run((1,), |n| n).expect("a number"), 1, "what is kept stays");
}

#[test]
fn programs_tell_their_files() {
    #[derive(Debug)]
    struct Shared;
    impl relon::Modules for Shared {
        fn load(&self, _importer: &str, import: &str) -> Result<relon::SourceText, String> {
            Ok(relon::SourceText { path: format!("shared/{import}"), text: "{ rate: 3 }".to_owned() })
        }
    }
    for &backend in Backend::ALL {
        let mut engine = Engine::new();
        engine.backend(backend).modules(Shared);
        let source = "#import money from \"money.relon\"\n#main(Int x) -> Int\nx * money.rate";
        let program = engine.load("rule.relon", source).expect("a program");
        let files: Vec<(&str, &str)> =
            program.sources().files().iter().map(|file| (file.path(), file.text())).collect();
        assert_eq!(files, [("rule.relon", source), ("shared/money.relon", "{ rate: 3 }")], "{backend:?}");
    }
}

#[test]
fn engines_programs_and_handles_are_shared() {
    fn is_shared<T: Send + Sync>() {}
    fn is_sent<T: Send>() {}
    is_shared::<Engine>();
    is_shared::<Program>();
    is_shared::<TypedEntry<(&'static Order<'static>,), Quote<'static>>>();
    is_shared::<BatchEntry<Order<'static>, Quote<'static>>>();
    is_shared::<Reloadable<(i64,), i64>>();
    is_sent::<Arena>();
}

#[test]
fn threads_compile_and_run_at_once() {
    let engine = Engine::new();
    std::thread::scope(|scope| {
        for factor in 0..4_i64 {
            let engine = &engine;
            scope.spawn(move || {
                for round in 0..5 {
                    let source = format!("#main(Int n) -> Int\nn * {factor} + {round}");
                    let entry = engine.load("a.relon", &source).expect("a program").entry::<(i64,), i64>();
                    // The program is gone; the handle keeps its code.
                    assert_eq!(entry.expect("a handle").run((7,), |n| n).expect("a number"), 7 * factor + round);
                }
            });
        }
    });
}

/// The instructions of a function in LLVM IR.
fn body<'t>(ir: &'t str, symbol: &str) -> Vec<&'t str> {
    let lines = ir.lines().skip_while(|line| !(line.starts_with("define") && line.contains(symbol)));
    lines.skip(1).take_while(|line| *line != "}").map(str::trim).collect()
}

#[test]
fn ir_that_was_not_kept_can_not_be_printed() {
    let program = load("#main(Int n) -> Int\nn + 1");
    let code = program.compiled().expect("code");
    for printed in [code.ir_after(), code.assembly()] {
        let error = printed.expect_err("it was not asked for");
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.to_string().contains("`keep_ir(true)`"), "{error}");
    }
}

/// Bodies of the library are kept between compilations, with names for those who read the IR.
#[test]
fn ir_that_is_kept_does_not_depend_on_what_was_compiled_before() {
    let rule = "#main(String a, String b) -> Bool\na.starts_with(b) && a == b";
    let ir = |keeps: bool| {
        let program =
            Engine::new().effort(relon::Effort::Quick).keep_ir(keeps).load("rule.relon", rule).expect("a program");
        program.compiled().expect("code").ir_after().ok()
    };
    let first = ir(true).expect("IR");
    (0..3).for_each(|_| assert_eq!(ir(false), None));
    (0..3).for_each(|_| assert_eq!(ir(true).as_ref(), Some(&first)));
}

#[test]
fn a_typed_call_is_the_code_of_the_rule_and_nothing_else() {
    let rule = "#schema Order { Int qty: *, Int cents: *, Int fee: * }\n#main(Order order) -> Int\n\
                order.qty * order.cents + order.fee";
    let program = Engine::new().keep_ir(true).load("rule.relon", rule).expect("a program");
    let ir = program.compiled().expect("code").ir_after().expect("its IR");
    let direct = body(&ir, "@relon_entry_main.direct(");
    let count = |of: &[&str], what: &str| of.iter().filter(|line| line.contains(what)).count();
    let calls = direct.iter().filter(|line| line.contains("call ") && !line.contains("@llvm."));
    assert_eq!(calls.collect::<Vec<_>>(), Vec::<&&str>::new(), "{ir}");
    assert_eq!((count(&direct, " load "), count(&direct, "store "), count(&direct, "alloca ")), (3, 1, 0), "{ir}");
    let listed = body(&ir, "@relon_entry_main(");
    assert_eq!((count(&listed, " load "), count(&listed, "@relon_entry_main.direct(")), (1, 1), "{ir}");
    assert!(listed.len() < 6, "the code of the rule exists once: {ir}");
}

#[test]
fn errors_are_readable_where_main_returns_them() {
    let error = Engine::new().load("a.relon", "#main(Int n) -> Int\nn + missing").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    assert!(error.to_string().contains("missing"), "{error}");
}
