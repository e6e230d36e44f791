//! Checks that cannot fire are not there: what conditions, ranges, matches and schemas say, and sums. Where a check can fire it is there, and
//! fires where the evaluator, which knows no facts, says.

use relon::{Backend, Engine, Program, Report, TrapKind};

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
    // The product has no check, and that of the sum is behind its loop.
    assert_eq!((report.checks_emitted, report.checks_left, report.checks_batched), (2, 1, 1), "{report:?}");
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
    assert_eq!(report(&program).checks_left, 2);
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

/// A rule with checks that can't fire, and the same without what says so.
struct Source {
    /// What the fact comes from.
    name: &'static str,
    rule: &'static str,
    args: &'static str,
    result: &'static str,
    /// What stands in the rule for the fact, and what does where there is none.
    fact: (&'static str, &'static str),
    /// Arguments on which the second rule fails.
    bad: &'static str,
    error: TrapKind,
}

const SOURCES: &[Source] = &[
    Source {
        name: "a comparison before `?`",
        rule: "#main(Int n) -> Int\nn >= 0 && n < 100 ? n * 3 : 7",
        args: r#"{"n": 99}"#,
        result: "297",
        fact: ("n >= 0 && n < 100", "n >= 0"),
        bad: r#"{"n": 9223372036854775807}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a comparison before `&&`",
        rule: "#main(Int n) -> Bool\nn > 0 && n < 1000 && n * n > 500",
        args: r#"{"n": 23}"#,
        result: "true",
        fact: ("n < 1000 && ", ""),
        bad: r#"{"n": 4000000000}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a comparison with a name",
        rule: "#main(Int n) -> Int\n(small ? n + 1 : 0) where { small: n < 1000 }",
        args: r#"{"n": 999}"#,
        result: "1000",
        fact: ("n < 1000", "n > 1000"),
        bad: r#"{"n": 9223372036854775807}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a comparison of each element",
        rule: "#main(List<Int> xs) -> List<Int>\n[x * 3 for x in xs if x > 0 && x < 1000]",
        args: r#"{"xs": [1, -1, 999, 1000]}"#,
        result: "[3,2997]",
        fact: (" && x < 1000", ""),
        bad: r#"{"xs": [1, 2, 9223372036854775807]}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a remainder",
        rule: "#main(Int n) -> Int\nn % 100 * 7",
        args: r#"{"n": -199}"#,
        result: "-693",
        fact: ("n % 100", "n % 9000000000000000000"),
        bad: r#"{"n": 8000000000000000000}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a divisor above zero",
        rule: "#main(Int n, Int d) -> Int\nd > 0 ? n / d : 0",
        args: r#"{"n": -9223372036854775808, "d": 2}"#,
        result: "-4611686018427387904",
        fact: ("d > 0", "d >= 0"),
        bad: r#"{"n": 1, "d": 0}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "arms that are no zeros",
        rule: "#enum Step { One, Two, Ten }\n#main(Int n, Step s) -> Int\nn / (s match { One: 1, Two: 2, Ten: 10 })",
        args: r#"{"n": -9223372036854775808, "s": "Two"}"#,
        result: "-4611686018427387904",
        fact: ("Ten: 10", "Ten: 0"),
        bad: r#"{"n": 1, "s": "Ten"}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "arms that are small",
        rule: "#enum Step { One, Two, Ten }\n#main(Step s) -> Int\n(s match { One: 1, Two: 2, Ten: 10 }) * 100",
        args: r#"{"s": "Ten"}"#,
        result: "1000",
        fact: ("Ten: 10", "Ten: 100000000000000000"),
        bad: r#"{"s": "Ten"}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a condition within an arm",
        rule: "#main(Option<Int> d) -> Int\nd match { Some(v): v > 0 ? 100 / v : 0, None: 100 }",
        args: r#"{"d": 3}"#,
        result: "33",
        fact: ("v > 0", "v < 3"),
        bad: r#"{"d": 0}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "the ends of a range",
        rule: "#main(Int n) -> List<Int>\n[10 / i * i for i in range(1, 9)]",
        args: r#"{"n": 0}"#,
        result: "[10,10,9,8,10,6,7,8]",
        fact: ("range(1, 9)", "range(n, 9)"),
        bad: r#"{"n": -3}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "the start of a range",
        rule: "#main(Int n) -> List<Int>\n[10 / i for i in range(1, n)]",
        args: r#"{"n": 4}"#,
        result: "[10,5,3]",
        fact: ("range(1, n)", "range(0 - 1, n)"),
        bad: r#"{"n": 4}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "positions up to the length",
        rule: "#main(List<Int> xs) -> List<Int>\n[xs[i] for i in range(xs.len())]",
        args: r#"{"xs": [4, 5]}"#,
        result: "[4,5]",
        fact: ("range(xs.len())", "range(xs.len() + 1)"),
        bad: r#"{"xs": [4, 5]}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "positions up to the length, summed",
        rule: "#main(List<Int> xs) -> Int\nrange(xs.len()).map((i) => xs[i]).sum()",
        args: r#"{"xs": [4, 5]}"#,
        result: "9",
        fact: ("range(xs.len())", "range(3)"),
        bad: r#"{"xs": [4, 5]}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "the position of an element",
        rule: "#main(List<Int> xs, List<Int> ys) -> List<Int>\n[xs[&index] for x in xs]",
        args: r#"{"xs": [4, 5], "ys": []}"#,
        result: "[4,5]",
        fact: ("xs[&index]", "ys[&index]"),
        bad: r#"{"xs": [4, 5], "ys": [1]}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "two lengths that are the same, summed",
        rule: "#main(List<Int> xs, List<Int> ys) -> Int\nxs.len() == ys.len() ? [x - x + ys[&index] / 2 for x in xs].sum() : 0",
        args: r#"{"xs": [4, 5], "ys": [7, 8]}"#,
        result: "7",
        fact: ("xs.len() == ys.len()", "xs.len() != ys.len()"),
        bad: r#"{"xs": [4, 5], "ys": [1]}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "a length that was compared",
        rule: "#main(List<Int> xs) -> Int\nxs.len() > 2 ? xs[2] + 0 : 0",
        args: r#"{"xs": [4, 5, 6]}"#,
        result: "6",
        fact: ("xs.len() > 2", "xs.len() > 1"),
        bad: r#"{"xs": [4, 5]}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "the last position",
        rule: "#main(List<Int> xs) -> Int\nxs.is_empty() ? 0 : xs[xs.len() - 1]",
        args: r#"{"xs": [4, 5, 6]}"#,
        result: "6",
        fact: ("xs.len() - 1", "xs.len() - 2"),
        bad: r#"{"xs": [4]}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "a length is not negative",
        rule: "#main(List<Int> xs, Int n) -> Int\nxs.len() - 1",
        args: r#"{"xs": [], "n": 0}"#,
        result: "-1",
        fact: ("xs.len() - 1", "n - 1"),
        bad: r#"{"xs": [], "n": -9223372036854775808}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a field of an argument",
        rule: "#schema P { Int a: (a) => a >= 0 && a <= 1000 }\n#main(P p) -> Int\np.a * p.a",
        args: r#"{"p": {"a": 1000}}"#,
        result: "1000000",
        fact: (" && a <= 1000", ""),
        bad: r#"{"p": {"a": 4000000000}}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a field of an option",
        rule: "#schema P { Int a: (a) => a >= 0 && a <= 1000 }\n#main(Option<P> p) -> Int\np match { Some(q): q.a * q.a, None: 0 }",
        args: r#"{"p": {"a": 1000}}"#,
        result: "1000000",
        fact: (" && a <= 1000", ""),
        bad: r#"{"p": {"a": 4000000000}}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "fields of records in records in a list",
        rule: "#schema P { Int a: (a) => a >= 0 && a <= 1000 }
#schema Q { P p: *, Int b: (b) => b > 0 && b < 9 }
#main(List<Q> qs) -> List<Int>
[q.p.a * q.b for q in qs]",
        args: r#"{"qs": [{"p": {"a": 1000}, "b": 8}]}"#,
        result: "[8000]",
        fact: (" && a <= 1000", ""),
        bad: r#"{"qs": [{"p": {"a": 1}, "b": 8}, {"p": {"a": 9223372036854775807}, "b": 8}]}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "bounds that are denied",
        rule: "#schema P { Int a: (a) => !(a < 0) && !(1000 < a) }\n#main(List<P> ps) -> List<Int>\n[p.a * p.a for p in ps]",
        args: r#"{"ps": [{"a": 1000}, {"a": 0}]}"#,
        result: "[1000000,0]",
        fact: (" && !(1000 < a)", ""),
        bad: r#"{"ps": [{"a": 1000}, {"a": 9223372036854775807}]}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "one of two that is denied",
        rule: "#schema P { Int a: (a) => !(a < 0 || 1000 < a) }\n#main(List<P> ps) -> List<Int>\n[p.a * p.a for p in ps]",
        args: r#"{"ps": [{"a": 1000}, {"a": 0}]}"#,
        result: "[1000000,0]",
        fact: ("a < 0 || 1000 < a", "a < 0 && 1000 < a"),
        bad: r#"{"ps": [{"a": 1000}, {"a": 9223372036854775807}]}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "both of two that are denied",
        rule: "#schema P { Int a: (a) => !(a != 7 && !(a >= 0 && a < 5)) }\n#main(List<P> ps) -> List<Int>\n[p.a * p.a for p in ps]",
        args: r#"{"ps": [{"a": 7}, {"a": 4}]}"#,
        result: "[49,16]",
        fact: (" && a < 5", ""),
        bad: r#"{"ps": [{"a": 7}, {"a": 9223372036854775807}]}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "a zero that is denied",
        rule: "#schema D { Int d: (d) => !(d == 0 || d == 9) }\n#main(List<D> ds) -> List<Int>\n[100 / d.d for d in ds]",
        args: r#"{"ds": [{"d": 3}, {"d": -1}]}"#,
        result: "[33,-100]",
        fact: ("d == 0 || ", ""),
        bad: r#"{"ds": [{"d": 3}, {"d": 0}]}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "a field that is not zero",
        rule: "#schema D { Int d: (d) => d != 0 }\n#main(List<D> ds) -> List<Int>\n[100 / d.d for d in ds]",
        args: r#"{"ds": [{"d": 3}, {"d": -1}]}"#,
        result: "[33,-100]",
        fact: ("d != 0", "d != 1"),
        bad: r#"{"ds": [{"d": 3}, {"d": 0}]}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "the length of a list of an argument",
        rule: "#schema P { List<Int> xs: (xs) => xs.len() == 3 }\n#main(P p) -> Int\np.xs[2]",
        args: r#"{"p": {"xs": [1, 2, 3]}}"#,
        result: "3",
        fact: ("xs.len() == 3", "xs.len() <= 3"),
        bad: r#"{"p": {"xs": [1, 2]}}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "lengths of lists in a list",
        rule: "#schema P { List<Int> xs: (xs) => xs.len() >= 3 }\n#main(List<P> ps) -> List<Int>\n[p.xs[2] for p in ps]",
        args: r#"{"ps": [{"xs": [1, 2, 3]}]}"#,
        result: "[3]",
        fact: ("xs.len() >= 3", "xs.len() >= 2"),
        bad: r#"{"ps": [{"xs": [1, 2, 3]}, {"xs": [1, 2]}]}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "lists that are not empty",
        rule: "#schema P { List<Int> xs: (xs) => !xs.is_empty() }\n#main(List<P> ps) -> Int\n[p.xs[0] for p in ps].sum()",
        args: r#"{"ps": [{"xs": [1, 2, 3]}]}"#,
        result: "1",
        fact: ("!xs.is_empty()", "xs.is_empty() || xs.len() > 0"),
        bad: r#"{"ps": [{"xs": [1, 2, 3]}, {"xs": []}]}"#,
        error: TrapKind::IndexOutOfBounds,
    },
    Source {
        name: "lengths of texts, as divisors",
        rule: "#schema P { String s: (s) => s.len() >= 1 && s.len() <= 20 }
#main(List<P> ps) -> List<Int>
[100 / p.s.len() for p in ps]",
        args: r#"{"ps": [{"s": "abc"}]}"#,
        result: "[33]",
        fact: ("s.len() >= 1", "s.len() >= 0"),
        bad: r#"{"ps": [{"s": "abc"}, {"s": ""}]}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "lengths of texts, multiplied",
        rule: "#schema P { String s: (s) => s.len() >= 1 && s.len() <= 20 }
#main(List<P> ps) -> List<Int>
[p.s.len() * 400000000000000000 for p in ps]",
        args: r#"{"ps": [{"s": "abc"}]}"#,
        result: "[1200000000000000000]",
        fact: ("s.len() <= 20", "s.len() <= 30"),
        bad: r#"{"ps": [{"s": "abc"}, {"s": "abcdefghijabcdefghijabcdef"}]}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "lengths of dicts",
        rule: "#schema Q { Dict<String, Int> d: (d) => d.len() > 0 }\n#main(List<Q> qs) -> Int\n[100 / q.d.len() for q in qs].sum()",
        args: r#"{"qs": [{"d": {"a": 1, "b": 2}}]}"#,
        result: "50",
        fact: ("d.len() > 0", "d.len() < 8"),
        bad: r#"{"qs": [{"d": {}}]}"#,
        error: TrapKind::DivisionByZero,
    },
    Source {
        name: "`clamp`",
        rule: "#import * from \"std/math\"\n#main(Int n) -> Int\nclamp(n, 0, 100) * 5",
        args: r#"{"n": 1000}"#,
        result: "500",
        fact: ("100)", "9000000000000000000)"),
        bad: r#"{"n": 8000000000000000000}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "`min` and `max`",
        rule: "#import * from \"std/math\"\n#main(Int n) -> Int\nmin(max(n, 0), 100) * 5",
        args: r#"{"n": -4}"#,
        result: "0",
        fact: ("max(n, 0)", "n"),
        bad: r#"{"n": -8000000000000000000}"#,
        error: TrapKind::NumericOverflow,
    },
    Source {
        name: "`max`, as a divisor",
        rule: "#import * from \"std/math\"\n#main(Int n) -> Int\n100 / max(n, 1)",
        args: r#"{"n": -4}"#,
        result: "100",
        fact: ("max(n, 1)", "max(n, 0)"),
        bad: r#"{"n": -4}"#,
        error: TrapKind::DivisionByZero,
    },
];

/// What says that the checks can't fire leaves none, besides those of sums, of which each is one behind a loop.
#[test]
fn what_a_rule_says_leaves_no_checks() {
    for Source { name, rule, args, result, .. } in SOURCES {
        let program = load(rule);
        let report = report(&program);
        assert!(report.checks_emitted > report.checks_batched, "{name}: there is something to check: {report:?}");
        assert_eq!(report.checks_left, report.checks_batched, "{name}: {report:?}");
        assert_eq!(program.run_json(args).expect(name), *result, "{name}");
    }
}

#[test]
fn without_what_is_said_checks_are_left_and_fire_where_the_evaluator_says() {
    for Source { name, rule, fact: (fact, none), bad, error, .. } in SOURCES {
        let rule = rule.replacen(fact, none, 1);
        let program = load(&rule);
        let report = report(&program);
        assert!(report.checks_left > report.checks_batched, "{name}: {report:?}");
        let failed = program.run_json(bad).expect_err(name);
        assert_eq!(failed.kind().name(), error.name(), "{name}");
        let mut evaluator = Engine::new();
        evaluator.backend(Backend::Eval);
        let evaluated = evaluator.load("rule.relon", &rule).expect(name).run_json(bad).expect_err(name);
        assert_eq!(failed.render(false), evaluated.render(false), "{name}");
    }
}

/// Lengths are facts only where the predicates have run on all values.
#[test]
fn lengths_are_not_relied_on_where_values_are_made_without_checks() {
    let rule = "#schema P { List<Int> xs: (xs) => xs.len() >= 1 }
#main(List<P> ps) -> Int
{
    #internal Int firsts(List<P> some): [p.xs[0] for p in some].sum(),
    sum: firsts(ps) + firsts([{ xs: [] }])
}.sum";
    let program = load(rule);
    assert!(report(&program).checks_left > report(&program).checks_batched, "{:?}", report(&program));
    let error = program.run_json(r#"{"ps": [{"xs": [1]}]}"#).expect_err("a list is empty");
    assert_eq!(error.kind().name(), TrapKind::IndexOutOfBounds.name());
}
