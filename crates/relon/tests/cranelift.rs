//! What a program made by Cranelift offers besides running from JSON, which the suite compares: typed calls, batches, and depth.
#![cfg(feature = "cranelift")]

use relon::{Backend, Engine, ErrorKind, Program, Str, TrapKind};

fn load(source: &str) -> Program {
    let mut engine = Engine::new();
    engine.backend(Backend::Cranelift).batch(true);
    engine.load("rule.relon", source).expect("a program")
}

#[test]
fn rules_are_called_with_rust_types() {
    let program = load("#main(String a, Int n) -> String\nf\"${a} ${100 / n}\"");
    let entry = program.entry::<(&str, i64), Str>().expect("an entry");
    let mut arena = program.arena();
    assert_eq!(entry.call(&mut arena, ("no", 7)).expect("a text"), "no 14");
    let error = entry.call(&mut arena, ("no", 0)).expect_err("a division by zero");
    assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::DivisionByZero));
}

#[test]
fn a_batch_stops_at_the_row_that_fails() {
    let program = load("#main(Int n) -> Int\n100 / n");
    let batch = program.batch::<i64, i64>().expect("a batch");
    let mut arena = program.arena();
    assert!(batch.call(&mut arena, &[]).expect("no rows").is_empty());
    assert_eq!(batch.call(&mut arena, &[1, 2, 5]).expect("rows"), [100, 50, 20]);
    let error = batch.call(&mut arena, &[1, 2, 0, 5]).expect_err("a division by zero");
    assert_eq!((error.row, error.error.kind()), (2, ErrorKind::Trap(TrapKind::DivisionByZero)));
}

/// Two functions that call each other, with values in both frames, on a thread with little stack.
#[test]
fn the_limit_of_nested_calls_comes_before_the_end_of_the_stack() {
    let source = "#main(Int n) -> Int\n{\n  #internal Int down(Int k): k <= 0 ? 0 : up(k - 1, k * 2, k * 3, k * 5) + k,\n  \
        #internal Int up(Int k, Int a, Int b, Int c): k <= 0 ? a + b + c : down(k - 1) + a * b - c,\n  out: down(n)\n}.out";
    let run = move || {
        let program = load(source);
        let shallow = program.run_json("{\"n\": 9000}");
        let deep = program.run_json("{\"n\": 10000000}").expect_err("too deep");
        (shallow.is_ok(), deep.kind())
    };
    let small = std::thread::Builder::new().stack_size(512 * 1024).spawn(run).expect("a thread");
    assert_eq!(small.join().expect("no crash"), (true, ErrorKind::Trap(TrapKind::RecursionLimitExceeded)));
}
