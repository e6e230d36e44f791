//! Batches whose arguments are checked for many rows at once: the same results, the same first row that fails and the same error as row by
//! row, and vectors where nothing is left that could fail.

use relon::{Backend, BatchError, Effort, Engine, Program, Schema, TrapKind};

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
const PLACES: [usize; 7] = [0, 1, 511, 512, 513, 1300, 1999];

fn load(backend: Backend, rule: &str) -> Program {
    let source = format!("{SCHEMA}{rule}");
    Engine::new()
        .backend(backend)
        .batch(true)
        .keep_ir(true)
        .load("rule.relon", &source)
        .unwrap_or_else(|error| panic!("{error}"))
}

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
        for count in [0, 1, 511, 512, 513, 1024, 2000] {
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
        for (large_at, bad_at) in [(5, 9), (9, 5), (600, 700), (511, 512), (512, 511), (1999, 1)] {
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

#[test]
fn rows_whose_checks_cannot_fire_are_evaluated_in_vectors() {
    let program = load(Backend::Llvm, "#main(Line line) -> Int\nline.qty * line.cents + line.cents");
    let unit = program.compiled().expect("code").ir_after().expect("text");
    let rows = unit.split("define ").find(|function| function.contains("batch(")).expect("the batch");
    assert!(rows.contains("mul nuw nsw <"), "{rows}");
    // Without the bounds there are branches in the way.
    let unbounded = SCHEMA.replace(" && c <= 1000000000", "") + "#main(Line line) -> Int\nline.qty * line.cents + 1";
    let mut engine = Engine::new();
    engine.batch(true).effort(Effort::Full).keep_ir(true);
    let program = engine.load("rule.relon", &unbounded).expect("a program");
    let unit = program.compiled().expect("code").ir_after().expect("text");
    let rows = unit.split("define ").find(|function| function.contains("batch(")).expect("the batch");
    assert!(!rows.contains("mul nuw nsw <") && rows.contains("smul.with.overflow"), "{rows}");
}

#[test]
fn checks_that_are_left_for_rows_are_counted() {
    // What the predicate says goes beyond the facts of fields, so that LLVM leaves the check out only where it sees the predicate run.
    let rule = "#schema Line { Int qty: (q) => !(q < 0 || q > 100), Int cents: * }\n#main(Line line) -> Int\nline.qty * line.qty";
    for effort in [Effort::Quick, Effort::Full] {
        let program =
            Engine::new().batch(true).effort(effort).keep_ir(true).load("rule.relon", rule).expect("a program");
        let compiled = program.compiled().expect("code");
        let unit = compiled.ir_after().expect("text");
        let mut checked = unit.split("define ").filter(|function| function.contains("mul.with.overflow"));
        let is_checked = checked.any(|function| function.contains("batch(") || function.contains("rows.main"));
        assert!(is_checked, "{unit}");
        assert!(compiled.report().checks_left > 0, "{:?}", compiled.report());
    }
}

/// The function of the unit that has the rows of the batch.
fn rows_of(program: &Program) -> String {
    let unit = program.compiled().expect("code").ir_after().expect("text");
    let mut functions =
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
    const BODIES: [&str; 3] =
        ["r.a * r.b + (r.on ? 1 : 0)", "r.on ? r.a - r.b : r.b", "(r.a + 4) * (r.b - r.a) * 100000000000000000"];
    let mut state = 7_u64;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut passed, mut late, mut failed) = (0, 0, 0);
    for backend in compiled() {
        for (of_a, of_x) in A.iter().flat_map(|a| X.iter().map(move |x| (a, x))) {
            let body = BODIES[next(3) as usize];
            let source = format!(
                "#schema Mixed {{ Int a: (a) => {of_a}, Float x: (x) => {of_x}, Bool on: *, Int b: * }}\n#main(Mixed r) -> Int\n{body}"
            );
            let program = Engine::new().backend(backend).effort(Effort::Quick).batch(true).load("rule.relon", &source);
            let program = program.unwrap_or_else(|error| panic!("{error}"));
            let batch = program.batch::<Mixed, i64>().expect("a batch");
            for _ in 0..8 {
                let mut row = || Mixed {
                    a: next(12) as i64 - 4,
                    x: [f64::NAN, 0.5, 0.75, 2.0, 4.0][next(5) as usize],
                    on: next(2) == 0,
                    b: next(3) as i64,
                };
                let mut rows = vec![row(); 510];
                rows.extend((0..4).map(|_| row()));
                let expected = one_by_one(&program, &rows);
                let given = match batch.call(&mut program.arena(), &rows) {
                    Ok(values) => (values.to_vec(), None),
                    Err(stopped) => (expected.0.clone(), Some((stopped.row, stopped.error.kind().name()))),
                };
                let at = expected.0.len();
                assert_eq!(given, (expected.0, expected.1.map(|name| (at, name))), "{source}\n{rows:?}");
                match at {
                    514 => passed += 1,
                    510.. => late += 1,
                    _ => failed += 1,
                }
            }
        }
    }
    assert!(passed > 10 && late > 10 && failed > 100, "{passed} {late} {failed}");
}
