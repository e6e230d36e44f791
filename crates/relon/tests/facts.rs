//! Checks that cannot fire are not there: what schemas say of their fields, and sums.

use relon::{Engine, Program, Report, TrapKind};

const CHECKED: &str = "#schema Line {
    Int qty: (q) => q >= 1 && q <= 10000,
    Int cents: (c) => c >= 0 && c <= 1000000000
}
#main(List<Line> lines) -> Int
[line.qty * line.cents for line in lines].sum()";

fn load(source: &str) -> Program {
    Engine::new().keep_ir(true).load("rule.relon", source).expect("the rule loads")
}

fn report(program: &Program) -> &Report {
    program.compiled().expect("code").report()
}

fn is_vectorised(program: &Program) -> bool {
    report(program).vectors.iter().any(|ty| ty.contains("x i64"))
}

/// `count` lines, all the same but one.
fn lines(count: usize, at: usize, odd: &str) -> String {
    let line = |index: usize| if index == at { odd } else { r#"{"qty": 3, "cents": 7}"# };
    format!(r#"{{"lines": [{}]}}"#, (0..count).map(line).collect::<Vec<_>>().join(", "))
}

#[test]
fn bounds_of_fields_leave_a_product_and_a_sum_without_checks() {
    let program = load(CHECKED);
    let report = report(&program);
    assert_eq!((report.checks_emitted, report.checks_left), (1, 0), "{report:?}");
    assert!(is_vectorised(&program), "{report:?}");
    let unit = program.compiled().expect("code").ir_after().expect("text");
    assert!(unit.contains("mul nuw nsw <"), "the products are made in vectors:\n{unit}");
    let largest = r#"{"qty": 10000, "cents": 1000000000}"#;
    let total = (100_000 - 1) * 21 + 10_000_000_000_000_i64;
    assert_eq!(program.run_json(&lines(100_000, 99_999, largest)).expect("a sum"), total.to_string());
}

#[test]
fn the_first_element_that_does_not_pass_is_blamed() {
    let program = load(CHECKED);
    for (odd, line) in [(r#"{"qty": 10001, "cents": 5}"#, "qty"), (r#"{"qty": 1, "cents": -1}"#, "cents")] {
        let error = program.run_json(&lines(1000, 613, odd)).expect_err("one does not pass");
        assert_eq!(error.kind().name(), "MainArgTypeMismatch");
        assert!(error.problems()[0].message.contains(line), "{error}");
    }
}

#[test]
fn without_bounds_the_checks_stay_and_fire() {
    let source = CHECKED.replace(" && c <= 1000000000", "");
    let program = load(&source);
    assert_eq!(report(&program).checks_left, 1);
    let error = program.run_json(&lines(1000, 613, r#"{"qty": 10000, "cents": 9223372036854775807}"#));
    assert_eq!(error.expect_err("a product overflows").kind().name(), TrapKind::NumericOverflow.name());
}

#[test]
fn nothing_is_relied_on_where_values_are_made_without_checks() {
    let unchecked = CHECKED.replace(
        "[line.qty * line.cents for line in lines].sum()",
        "{
    #internal Int total(List<Line> some): [line.qty * line.cents for line in some].sum(),
    sum: total(lines) + total([{ qty: lines.len(), cents: 9223372036854775807 }])
}.sum",
    );
    let program = load(&unchecked);
    let error = program.run_json(&lines(2, 9, "")).expect_err("a product overflows");
    assert_eq!(error.kind().name(), TrapKind::NumericOverflow.name());
}

#[test]
fn sums_of_what_is_computed_make_no_list() {
    let program = load("#main(Int n) -> Int\nrange(n).map((i) => i > 500 ? 7 : i < 100 ? 3 : 5).sum()");
    assert!(is_vectorised(&program), "{:?}", report(&program));
    assert_eq!(program.run_json(r#"{"n": 1000000}"#).expect("a sum"), "6998798");
    let large = "#main(Int n) -> Int\nrange(n).reduce(0, (total, i) => total + i * 1000000000)";
    let error = load(large).run_json(r#"{"n": 1000000}"#).expect_err("the sum overflows");
    assert_eq!(error.kind().name(), TrapKind::NumericOverflow.name());
}
