//! Batches whose arguments are checked for many rows at once: the same results, the same first row that fails and the same error as row by
//! row, and vectors where nothing is left that could fail and the processor has them.

use relon::{Backend, BatchError, BuildOptions, Effort, Engine, Processor, Program, Schema, TrapKind};

#[derive(Schema, Clone, Copy, Debug)]
#[repr(C)]
struct Line {
    qty: i64,
    cents: i64,
}

const SCHEMA: &str = "#schema Line {
    #expect \"some pieces\"
    Int qty: (q) => q >= 1 && q <= 10000,
    Int cents: (c) => c >= 0 && c <= 1000000000
}
";
const GOOD: Line = Line { qty: 3, cents: 7 };
/// Behind the rows that are checked at once, and beside it.
const PLACES: [usize; 7] = [0, 1, 127, 128, 129, 1300, 1999];

fn load(backend: Backend, rule: &str) -> Program {
    let source = format!("{SCHEMA}{rule}");
    Engine::new()
        .backend(backend)
        .batch(true)
        .keep_ir(true)
        .load("rule.relon", &source)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A number of which a few may be added.
const MOST: i64 = 1 << 60;

/// 2,000 rows with others at some places.
fn rows(others: &[(usize, Line)]) -> Vec<Line> {
    let other = |index: usize| others.iter().find(|(at, _)| *at == index).map(|(_, line)| *line);
    (0..2000).map(|index| other(index).unwrap_or(GOOD)).collect()
}

fn failure(program: &Program, rows: &[Line]) -> BatchError {
    let batch = program.batch::<Line, i64>().expect("a batch");
    batch.call(&mut program.arena(), rows).expect_err("a row fails")
}

fn compiled() -> impl Iterator<Item = Backend> {
    Backend::ALL.iter().copied().filter(|backend| *backend != Backend::Eval)
}

#[test]
fn all_rows_get_their_results() {
    for backend in compiled() {
        let program = load(backend, "#main(Line line) -> Int\nline.qty * line.cents + 1");
        let batch = program.batch::<Line, i64>().expect("a batch");
        for count in [0, 1, 127, 128, 129, 1024, 2000] {
            let rows: Vec<Line> = (0..count).map(|index| Line { qty: 1 + index % 9, cents: index }).collect();
            let expected: Vec<i64> = rows.iter().map(|line| line.qty * line.cents + 1).collect();
            assert_eq!(batch.call(&mut program.arena(), &rows).expect("results"), expected);
        }
    }
}

#[test]
fn the_first_row_that_does_not_pass_is_blamed() {
    for backend in compiled() {
        let program = load(backend, "#main(Line line) -> Int\nline.qty * line.cents");
        for at in PLACES {
            let (few, many) = (Line { qty: 0, ..GOOD }, Line { cents: 1_000_000_001, ..GOOD });
            let failed = failure(&program, &rows(&[(at, few), (1999, many)]));
            assert_eq!((failed.row, failed.error.kind().name()), (at, TrapKind::MainArgTypeMismatch.name()));
            assert!(failed.error.problems()[0].message.contains("some pieces"), "{}", failed.error);
            let failed = failure(&program, &rows(&[(at, many)]));
            assert!(failed.row == at && failed.error.problems()[0].message.contains("cents"), "{}", failed.error);
        }
    }
}

#[test]
fn what_fails_for_other_reasons_comes_in_the_order_of_rows() {
    let (bad, large) = (Line { qty: 10_001, ..GOOD }, Line { cents: 8, ..GOOD });
    for backend in compiled() {
        let program = load(backend, "#main(Line line) -> Int\nline.cents + 9223372036854775800");
        for (large_at, bad_at) in [(5, 9), (9, 5), (600, 700), (127, 128), (128, 127), (1999, 1)] {
            let failed = failure(&program, &rows(&[(large_at, large), (bad_at, bad)]));
            let first = if large_at < bad_at { TrapKind::NumericOverflow } else { TrapKind::MainArgTypeMismatch };
            assert_eq!((failed.row, failed.error.kind().name()), (large_at.min(bad_at), first.name()), "{backend:?}");
        }
    }
}

#[test]
fn schemas_that_cannot_be_relied_on_give_no_facts() {
    let source = "#main(Line line) -> Int
{
    #internal Int worth(Line some): some.qty * some.cents,
    all: worth(line) + worth({ qty: line.qty, cents: line.qty * 2000000000 }) * 100000,
}.all";
    for backend in compiled() {
        let program = load(backend, source);
        let large = Line { qty: 10_000, cents: 5 };
        let failed = failure(&program, &rows(&[(700, large)]));
        assert_eq!((failed.row, failed.error.kind().name()), (700, TrapKind::NumericOverflow.name()));
    }
}

/// The code of a symbol within assembly.
#[cfg(target_arch = "x86_64")]
fn code_of<'t>(assembly: &'t str, symbol: &str) -> &'t str {
    let code = assembly.split_once(&format!("\n{symbol}:")).and_then(|(_, code)| code.split_once(".cfi_endproc"));
    code.unwrap_or_else(|| panic!("no {symbol} in {assembly}")).0
}

/// The assembly of the batch for a processor.
#[cfg(target_arch = "x86_64")]
fn assembly(rule: &str, processor: &str) -> String {
    let options =
        BuildOptions { processor: Processor::parse(processor).expect("a processor"), ..BuildOptions::default() };
    let unit = Engine::new().batch(true).build("rule.relon", rule, &options).unwrap_or_else(|error| panic!("{error}"));
    code_of(&unit.assembly().expect("assembly"), "relon_main_batch").to_owned()
}

#[cfg(target_arch = "x86_64")]
const PRODUCT: &str = "#main(Line line) -> Int\nline.qty * line.cents + line.cents";
#[cfg(target_arch = "x86_64")]
const DIVIDED: &str = "#main(Line line) -> Int\nline.qty * line.cents / 10000 - line.cents % -7";

#[test]
#[cfg(target_arch = "x86_64")]
fn rows_that_cannot_fail_are_evaluated_in_vectors_where_the_processor_has_them() {
    let (product, divided) = (format!("{SCHEMA}{PRODUCT}"), format!("{SCHEMA}{DIVIDED}"));
    // Without the bounds there are branches in the way.
    let unbounded = product.replace(" && c <= 1000000000", "");
    let levels = ["baseline", "x86-64-v3", "x86-64-v4"];
    let vectors = |rule: &str| levels.map(|level| assembly(rule, level).contains("pmul"));
    assert_eq!(vectors(&product), [false, true, true]);
    assert_eq!(vectors(&divided), [false, false, true]);
    assert_eq!(vectors(&unbounded), [false, false, false]);
    let wide = assembly(&divided, "x86-64-v4");
    assert!(wide.contains("vpmullq") && !wide.contains("div"), "{wide}");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn rows_that_were_checked_before_are_evaluated_in_vectors_as_well() {
    let (has_avx2, has_avx512) = (is_x86_feature_detected!("avx2"), is_x86_feature_detected!("avx512dq"));
    for (rule, expected) in [(PRODUCT, has_avx2), (DIVIDED, has_avx512)] {
        let mut engine = Engine::new();
        engine.batch(true).valid_args(true).keep_ir(true);
        let program = engine.load("rule.relon", &format!("{SCHEMA}{rule}")).unwrap_or_else(|error| panic!("{error}"));
        let assembly = program.compiled().expect("code").assembly().expect("assembly");
        for symbol in ["relon_entry_main.batch", "relon_entry_main.batch.valid"] {
            assert_eq!(code_of(&assembly, symbol).contains("pmul"), expected, "{symbol}: {assembly}");
        }
        // One by one there are no vectors, and a division is one product.
        assert!(!code_of(&assembly, "relon_entry_main.valid.direct").contains("pmul"), "{assembly}");
    }
}

#[test]
fn quotients_of_rows_in_vectors_are_those_of_rows_one_by_one() {
    const DIVISORS: [i64; 9] = [1, -1, 2, -8, 3, -7, 100, 10_000, -1_000_000_007];
    let rule = |divisor: i64| {
        format!(
            "#schema Line {{ Int qty: (q) => q >= -{MOST} && q <= {MOST}, Int cents: (c) => c <= {MOST} }}\n\
                 #main(Line line) -> Int\nline.qty / {divisor} * 3 + line.cents % {divisor}"
        )
    };
    let mut state = 1_i64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 16) % MOST
    };
    let near = [0, 1, -1, 2, 99, -100, 9_999, 10_000, -10_000, MOST, -MOST];
    let rows: Vec<Line> = (0..3000)
        .map(|index| match near.get(index / near.len()) {
            Some(qty) => Line { qty: *qty, cents: near[index % near.len()] },
            None => Line { qty: next(), cents: next() },
        })
        .collect();
    for divisor in DIVISORS {
        let program =
            Engine::new().batch(true).load("rule.relon", &rule(divisor)).unwrap_or_else(|error| panic!("{error}"));
        let expected: Vec<i64> = rows.iter().map(|line| line.qty / divisor * 3 + line.cents % divisor).collect();
        let batch = program.batch::<Line, i64>().expect("a batch");
        assert_eq!(batch.call(&mut program.arena(), &rows).expect("results"), expected, "{divisor}");
    }
}

#[test]
fn checks_that_are_left_for_rows_are_counted() {
    let rule = "#schema Line { Int qty: (q) => q >= 0 && q <= 100, Int cents: * }\n#main(Line line) -> Int\nline.qty * line.cents";
    for effort in [Effort::Quick, Effort::Full] {
        let program =
            Engine::new().batch(true).effort(effort).keep_ir(true).load("rule.relon", rule).expect("a program");
        assert!(rows_of(&program).contains("mul.with.overflow"), "{}", rows_of(&program));
        let compiled = program.compiled().expect("code");
        assert!(compiled.report().checks_left > 0, "{:?}", compiled.report());
    }
}

/// The function of the unit that has the rows of the batch.
fn rows_of(program: &Program) -> String {
    let unit = program.compiled().expect("code").ir_after().expect("text");
    let functions =
        unit.split("define ").filter(|function| function.contains("batch(") || function.contains("rows.main"));
    functions.last().unwrap_or_else(|| panic!("{unit}")).to_owned()
}

#[test]
fn short_rows_that_are_evaluated_in_turn_are_evaluated_in_groups() {
    let rule = "#main(Line line) -> Int\nline.cents / (line.qty - 5)";
    for (effort, copies) in [(Effort::Quick, 1), (Effort::Full, 5)] {
        let source = format!("{SCHEMA}{rule}");
        let program =
            Engine::new().batch(true).effort(effort).keep_ir(true).load("rule.relon", &source).expect("a program");
        let unit = rows_of(&program);
        assert_eq!(unit.matches("div i").count(), copies, "{unit}");
    }
    for backend in compiled() {
        let program = load(backend, rule);
        let batch = program.batch::<Line, i64>().expect("a batch");
        for count in 0..14 {
            let row = |index: usize| Line { qty: 6 + index as i64, cents: 100 * index as i64 };
            let mut rows: Vec<Line> = (0..count).map(row).collect();
            let expected: Vec<i64> = rows.iter().map(|line| line.cents / (line.qty - 5)).collect();
            assert_eq!(batch.call(&mut program.arena(), &rows).expect("results"), expected);
            for at in 0..count {
                rows[at].qty = 5;
                let failed = failure(&program, &rows);
                assert_eq!(
                    (failed.row, failed.error.kind().name()),
                    (at, TrapKind::DivisionByZero.name()),
                    "{count} {backend:?}"
                );
                rows[at].qty = 0;
                let failed = failure(&program, &rows);
                assert_eq!(
                    (failed.row, failed.error.kind().name()),
                    (at, TrapKind::MainArgTypeMismatch.name()),
                    "{count} {backend:?}"
                );
                rows[at] = row(at);
            }
        }
    }
}

#[derive(Schema, Clone, Copy, Debug)]
#[repr(C)]
struct Mixed {
    a: i64,
    x: f64,
    on: bool,
    b: i64,
}

/// The status of each row by itself, up to the first that fails.
fn one_by_one(program: &Program, rows: &[Mixed]) -> (Vec<i64>, Option<&'static str>) {
    let entry = program.entry::<(&Mixed,), i64>().expect("a handle");
    let (mut arena, mut values) = (program.arena(), Vec::new());
    for row in rows {
        match entry.call(&mut arena, (row,)) {
            Ok(value) => values.push(value),
            Err(error) => return (values, Some(error.kind().name())),
        }
    }
    (values, None)
}

#[test]
fn batches_are_as_row_by_row_whatever_the_predicates() {
    const A: [&str; 6] =
        ["a >= -3 && a < 9", "!(a > 5)", "a < 0 || a >= 4", "-2 <= a", "7 > a && 7 >= a", "a > 3 && a < 3"];
    const X: [&str; 4] = ["x > 0.5", "!(x <= 0.5)", "x < 1.5 || x >= 3.0", "0.0 <= x"];
    const BODIES: [&str; 4] = [
        "r.a * r.b + (r.on ? 1 : 0)",
        "r.on ? r.a - r.b : r.b",
        "(r.a + 4) * (r.b - r.a) * 100000000000000000",
        "r.a / 3 - r.b % 7 + (r.on ? r.b / -2 : 5)",
    ];
    let mut state = 7_u64;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut passed, mut late, mut failed) = (0, 0, 0);
    for backend in compiled() {
        for (of_a, of_x) in A.iter().flat_map(|a| X.iter().map(move |x| (a, x))) {
            let body = BODIES[next(4) as usize];
            let source = format!(
                "#schema Mixed {{ Int a: (a) => {of_a}, Float x: (x) => {of_x}, Bool on: *, Int b: * }}\n#main(Mixed r) -> Int\n{body}"
            );
            let program = Engine::new().backend(backend).batch(true).load("rule.relon", &source);
            let program = program.unwrap_or_else(|error| panic!("{error}"));
            let batch = program.batch::<Mixed, i64>().expect("a batch");
            for _ in 0..8 {
                let mut row = || Mixed {
                    a: next(12) as i64 - 4,
                    x: [f64::NAN, 0.5, 0.75, 2.0, 4.0][next(5) as usize],
                    on: next(2) == 0,
                    b: next(3) as i64,
                };
                let mut rows = vec![row(); 126];
                rows.extend((0..4).map(|_| row()));
                let expected = one_by_one(&program, &rows);
                let given = match batch.call(&mut program.arena(), &rows) {
                    Ok(values) => (values.to_vec(), None),
                    Err(stopped) => (expected.0.clone(), Some((stopped.row, stopped.error.kind().name()))),
                };
                let at = expected.0.len();
                assert_eq!(given, (expected.0, expected.1.map(|name| (at, name))), "{source}\n{rows:?}");
                match at {
                    130 => passed += 1,
                    126.. => late += 1,
                    _ => failed += 1,
                }
            }
        }
    }
    assert!(passed > 10 && late > 10 && failed > 100, "{passed} {late} {failed}");
}

/// Numbers without a pattern.
struct Random(u64);

impl Random {
    fn below(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % count
    }

    fn between(&mut self, (low, high): (i64, i64)) -> i64 {
        low + self.below((high - low) as u64 + 1) as i64
    }

    /// An expression of Ints over the fields of a line.
    fn expression(&mut self, depth: u32) -> String {
        let leaf = |random: &mut Self| match random.below(5) {
            0 | 1 => "line.qty".to_owned(),
            2 | 3 => "line.cents".to_owned(),
            _ => random.below(2000).to_string(),
        };
        if depth == 0 {
            return leaf(self);
        }
        let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
        let divisor = [3, 7, 10, 64, 100, 365, 10_000, 1_000_003][self.below(8) as usize];
        match self.below(8) {
            0 | 1 => format!("({a} + {b})"),
            2 => format!("({a} - {b})"),
            3 => format!("({a} * {b})"),
            4 => format!("({a} / {divisor})"),
            5 => format!("({a} % {divisor})"),
            6 => format!("({a} / -{divisor})"),
            _ => format!("({a} > {b} ? {} : {})", leaf(self), leaf(self)),
        }
    }
}

/// The results of a batch, or the row that stopped it and the error's kind.
type Outcome = Result<Vec<i64>, (usize, &'static str)>;

fn outcome(results: Result<&[i64], BatchError>) -> Outcome {
    results.map(<[i64]>::to_vec).map_err(|stopped| (stopped.row, stopped.error.kind().name()))
}

fn called(program: &Program, rows: &[Line]) -> Outcome {
    outcome(program.batch::<Line, i64>().expect("a batch").call(&mut program.arena(), rows))
}

/// The same in two parts.
fn called_apart(program: &Program, rows: &[Line]) -> Outcome {
    let batch = program.batch::<Line, i64>().expect("a batch");
    match batch.validate(&mut program.arena(), rows) {
        Ok(valid) => outcome(batch.call_valid(&mut program.arena(), &valid)),
        Err(stopped) => outcome(Err(stopped)),
    }
}

#[test]
fn rules_of_numbers_give_the_same_with_vectors_and_without() {
    let mut random = Random(11);
    let (mut whole, mut stopped) = (0, 0);
    for _ in 0..60 {
        let most = [9, 500, 100_000, 3_000_000_000][random.below(4) as usize];
        let (qty, cents) = ((-(random.below(2) as i64) * most, most), (0, random.between((1, 1_000_000))));
        let body = random.expression(3);
        let source = format!(
            "#schema Line {{ Int qty: (q) => q >= {} && q <= {}, Int cents: (c) => c >= {} && c <= {} }}\n\
             #main(Line line) -> Int\n{body} + line.cents",
            qty.0, qty.1, cents.0, cents.1
        );
        let load = |backend| {
            let mut engine = Engine::new();
            engine.backend(backend).batch(true).valid_args(true);
            engine.load("rule.relon", &source).unwrap_or_else(|error| panic!("{error}"))
        };
        let (vectors, plain) = (load(Backend::Llvm), load(Backend::Cranelift));
        for wrong in [None, Some(0), Some(127), Some(128), Some(260)] {
            let row = |_| Line { qty: random.between(qty), cents: random.between(cents) };
            let mut rows: Vec<Line> = (0..300).map(row).collect();
            if let Some(wrong) = wrong {
                rows[wrong].cents = cents.1 + 1;
            }
            let expected = called(&plain, &rows);
            assert_eq!(called(&vectors, &rows), expected, "{source}");
            if wrong.is_none() {
                assert_eq!(called_apart(&vectors, &rows), expected, "{source}");
            }
            if expected.is_ok() { whole += 1 } else { stopped += 1 }
        }
    }
    assert!(whole > 40 && stopped > 100, "{whole} {stopped}");
}
