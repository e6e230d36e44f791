//! What the program suite cannot say: limits, laziness where compiled code is allowed less of it, and trees that go beyond what the
//! checker makes.

use std::sync::Arc;

use relon_eval::{Failure, Limits, StandardLibrary, evaluate};
use relon_frontend::hir::{Args, Closure, ClosureTy, Dict, EntryKind, Expr, ExprKind, Program, Ty};
use relon_frontend::{CheckOptions, check};
use relon_natives::TrapKind;
use serde_json::{Value, json};

const LIMITS: Limits = Limits { recursion: 10_000, bytes: 1 << 28 };

fn program(source: &str) -> Program {
    check("test.relon", source, &CheckOptions::default()).outcome.unwrap_or_else(|error| panic!("{source}\n{error:?}"))
}

fn run(program: &Program, args: &Value) -> Result<Value, Failure> {
    let text = evaluate(program, args, &StandardLibrary, LIMITS)?;
    Ok(serde_json::from_str(&text).expect("the result is JSON"))
}

fn result(source: &str, args: Value) -> Value {
    run(&program(source), &args).unwrap_or_else(|failure| panic!("{source}\n{failure:?}"))
}

/// The kind of a failure, and the source that it points at.
fn failure(source: &str, args: Value) -> (TrapKind, &str) {
    let failure = run(&program(source), &args).expect_err(source);
    let span = failure.span.expect("a place");
    (failure.kind, &source[span.start as usize..span.end as usize])
}

#[test]
fn an_entry_is_evaluated_where_it_is_first_needed_and_not_before() {
    let source = "#main(Int n) -> Dict\n{ a: f(n), b: 1 / n, c: 2 % n, Int f(Int k): k > 0 ? b : c }";
    assert_eq!(result(source, json!({"n": 2})), json!({"a": 0, "b": 0, "c": 0}));
    assert_eq!(failure(source, json!({"n": 0})), (TrapKind::DivisionByZero, "2 % n"));
    let source = "#main(List<Int> xs, Int d) -> Dict\n{ r: [x + bad for x in xs], early: xs[0], bad: 1 / d }";
    assert_eq!(failure(source, json!({"xs": [], "d": 0})), (TrapKind::IndexOutOfBounds, "xs[0]"));
    assert_eq!(failure(source, json!({"xs": [1], "d": 0})), (TrapKind::DivisionByZero, "1 / d"));
}

#[test]
fn a_cycle_is_found_at_the_reference_that_closes_it() {
    let source = "#main(Int n) -> Dict\n{ y: f(n), x: y + 1, Int f(Int k): k > 5 ? x : k }";
    assert_eq!(result(source, json!({"n": 1})), json!({"x": 2, "y": 1}));
    assert_eq!(failure(source, json!({"n": 6})), (TrapKind::CircularReference, "y"));
    let source = "#main(Int n) -> Dict\n{ Int a: [b for x in range(n)].sum(), Int b: a + 1 }";
    assert_eq!(result(source, json!({"n": 0})), json!({"a": 0, "b": 1}));
    assert_eq!(failure(source, json!({"n": 1})), (TrapKind::CircularReference, "a"));
}

#[test]
fn functions_that_call_themselves_are_counted_and_others_are_not() {
    let source =
        "#main(Int n) -> Dict\n{ Int f(Int k): k == 0 ? 0 : g(k - 1) + 1, g: f, Int twice(Int k): f(k), r: twice(n) }";
    assert_eq!(result(source, json!({"n": 9999})), json!({"r": 9999}));
    assert_eq!(failure(source, json!({"n": 10_000})), (TrapKind::RecursionLimitExceeded, "g(k - 1)"));
}

#[test]
fn values_beyond_the_limit_are_refused_before_they_are_made() {
    for body in [
        "len(range(n))",
        "len([x for x in range(n)])",
        "len(range(n).map((x) => x))",
        "len(range(n).filter((x) => false))",
    ] {
        let source = format!("#main(Int n) -> Int\n{body}");
        assert_eq!(result(&source, json!({"n": 10})).as_i64().map(|n| n % 10), Some(0));
        assert_eq!(failure(&source, json!({"n": 1_000_000_000_000_i64})).0, TrapKind::ValueTooLarge, "{body}");
    }
    for body in ["range(n).reduce(\"x\", (a, i) => a + a)", "range(n).reduce([1], (a, i) => [...a, ...a])"] {
        assert_eq!(failure(&format!("#main(Int n) -> Int\nlen({body})"), json!({"n": 60})).0, TrapKind::ValueTooLarge);
    }
}

#[test]
fn loops_over_a_range_need_no_list() {
    let source = "#import list from \"std/list\"\n#main(Int n) -> Bool\nlist.some(range(n), (x) => x > 5)";
    assert_eq!(result(source, json!({"n": i64::MAX})), json!(true));
}

#[test]
fn natives_of_the_library_are_called() {
    let source =
        "#import string from \"std/string\"\n#main(String s) -> Dict\n{ a: string.split(s, \",\"), b: s.upper() }";
    assert_eq!(result(source, json!({"s": "ß,x"})), json!({"a": ["ß", "x"], "b": "SS,X"}));
    let source = "#import string from \"std/string\"\n#main(String s) -> List<String>\nstring.split(\"a\", s)";
    assert_eq!(failure(source, json!({"s": ""})), (TrapKind::UnsupportedOperator, "string.split(\"a\", s)"));
}

// Trees that the checker does not make.

fn expr(kind: ExprKind, like: &Expr, ty: Ty) -> Expr {
    Expr { kind, ty, span: like.span }
}

fn root(program: &mut Program) -> &mut Dict {
    match &mut program.main.body.kind {
        ExprKind::Dict(dict) => dict,
        other => panic!("{other:?}"),
    }
}

fn entry<'p>(program: &'p mut Program, wanted: &str) -> &'p mut Expr {
    let value = root(program).entries.iter_mut().find_map(|entry| match &mut entry.kind {
        EntryKind::Named(name, value) if name == wanted => Some(value),
        _ => None,
    });
    value.expect("the entry")
}

fn callee<'p>(program: &'p mut Program, name: &str) -> &'p mut Expr {
    match &mut entry(program, name).kind {
        ExprKind::Call(callee, _) => callee,
        other => panic!("{other:?}"),
    }
}

#[test]
fn dicts_of_dicts_are_merged_recursively() {
    let dicts = "Dict<String, Dict<String, Int>>";
    let mut program = program(&format!("#main({dicts} a, {dicts} b) -> {dicts}\na"));
    let params = program.main.params.clone();
    let (ty, body) = (program.main.result.clone(), &program.main.body);
    let [a, b] = [0, 1].map(|index| Box::new(expr(ExprKind::Local(params[index]), body, ty.clone())));
    program.main.body = expr(ExprKind::Merge(a, b), body, ty.clone());
    let args = json!({"a": {"x": {"i": 1, "j": 2}, "y": {}}, "b": {"x": {"j": 3, "k": 4}, "z": {"l": 5}}});
    let merged = json!({"x": {"i": 1, "j": 3, "k": 4}, "y": {}, "z": {"l": 5}});
    assert_eq!(run(&program, &args), Ok(merged));
}

#[test]
fn functions_are_chosen_while_the_program_runs() {
    let source = "#main(Int n) -> Dict\n{ Int f(Int k): k + 1, Int g(Int k): k * 2, r: f(n), s: g(n), c: n > 3 }";
    let mut program = program(source);
    let [f, g] = ["r", "s"].map(|name| {
        let callee = callee(&mut program, name);
        let ExprKind::Entry(dict, index) = callee.kind else { panic!("{callee:?}") };
        Box::new(expr(ExprKind::Entry(dict, index), callee, callee.ty.clone()))
    });
    let ExprKind::Order(op, left, right) = &entry(&mut program, "c").kind else { panic!("an order") };
    let operand = |of: &Expr| match &of.kind {
        ExprKind::Local(id) => Box::new(expr(ExprKind::Local(*id), of, of.ty.clone())),
        ExprKind::Int(value) => Box::new(expr(ExprKind::Int(*value), of, of.ty.clone())),
        other => panic!("{other:?}"),
    };
    let condition = Box::new(expr(ExprKind::Order(*op, operand(left), operand(right)), left, Ty::Bool));
    let callee = callee(&mut program, "r");
    *callee = expr(ExprKind::If(condition, f, g), callee, callee.ty.clone());
    assert_eq!(run(&program, &json!({"n": 3})), Ok(json!({"c": false, "r": 6, "s": 6})));
    assert_eq!(run(&program, &json!({"n": 4})), Ok(json!({"c": true, "r": 5, "s": 8})));
}

/// Turns a function of two parameters into one that gives a function.
fn curry(function: &mut Expr) -> (Ty, Ty) {
    let ExprKind::Closure(closure) = std::mem::replace(&mut function.kind, ExprKind::None) else {
        panic!("a function")
    };
    let closure = Arc::into_inner(closure).expect("the only one");
    let [first, second] = closure.params[..] else { panic!("two parameters") };
    let one = |result: Ty| Arc::new(ClosureTy { params: vec![Ty::Int], result });
    let inner_ty = one(Ty::Int);
    let outer_ty = one(Ty::Closure(Arc::clone(&inner_ty)));
    let span = closure.span;
    let id = relon_frontend::hir::ClosureId(closure.id.0 + 1000);
    let inner = Closure { id, name: None, params: vec![second], body: closure.body, ty: Arc::clone(&inner_ty), span };
    let body = Expr { kind: ExprKind::Closure(Arc::new(inner)), ty: Ty::Closure(Arc::clone(&inner_ty)), span };
    let outer = Closure { params: vec![first], body, ty: Arc::clone(&outer_ty), ..closure_like(closure.id, span) };
    function.kind = ExprKind::Closure(Arc::new(outer));
    function.ty = Ty::Closure(Arc::clone(&outer_ty));
    (Ty::Closure(outer_ty), Ty::Closure(inner_ty))
}

fn closure_like(id: relon_frontend::hir::ClosureId, span: relon_frontend::Span) -> Closure {
    let body = Expr { kind: ExprKind::None, ty: Ty::Never, span };
    let ty = Arc::new(ClosureTy { params: Vec::new(), result: Ty::Never });
    Closure { id, name: Some("add".to_owned()), params: Vec::new(), body, ty, span }
}

#[test]
fn functions_that_functions_give_keep_what_they_see() {
    let mut program = program("#main(Int n) -> Dict\n{ Int add(Int a, Int b): a * 10 + b, r: add(n, 2) }");
    let (outer, inner) = curry(entry(&mut program, "add"));
    let call = entry(&mut program, "r");
    let ExprKind::Call(mut callee, mut args) = std::mem::replace(&mut call.kind, ExprKind::None) else {
        panic!("a call")
    };
    callee.ty = outer;
    let last = args.values.pop().expect("two arguments");
    args.positions.pop();
    let given = Box::new(expr(ExprKind::Call(callee, args), &last, inner));
    call.kind = ExprKind::Call(given, Args { values: vec![last], positions: vec![0] });
    assert_eq!(run(&program, &json!({"n": 4})), Ok(json!({"r": 42})));
}

#[test]
fn types_may_hold_themselves() {
    let mut program = program("#enum Chain { End, Link(Int, Int) }\n#main(Chain c) -> Dict\n{ c: c, same: c == c }");
    let ty = program.locals[0].ty.clone();
    program.enums[0].variants[1].fields[1].1 = ty;
    let object = |key: &str, value: Value| Value::Object([(key.to_owned(), value)].into_iter().collect());
    let mut chain = Value::from("End");
    let mut expected = "{\"End\":{}}".to_owned();
    for number in 0..2000 {
        chain = object("Link", Value::Array(vec![Value::from(number), chain]));
        expected = format!("{{\"Link\":[{number},{expected}]}}");
    }
    let result = evaluate(&program, &object("c", chain), &StandardLibrary, LIMITS);
    assert_eq!(result, Ok(format!("{{\"c\":{expected},\"same\":true}}")));
}
