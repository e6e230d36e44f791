//! Programs that begin on Cranelift's code and go over to LLVM's: results stay the same, before, meanwhile and after.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use relon::{Backend, Engine, Error, ErrorKind, Limits, NativesPackage, Program, Tier, TrapKind};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn tiered() -> Engine {
    let mut engine = Engine::new();
    engine.backend(Backend::Tiered);
    engine
}

fn natives(engine: &mut Engine, path: &str) {
    engine.natives(Arc::new(NativesPackage::build(&repository().join(path), &mut |_| {}).expect("a package")));
}

/// Waits for what another thread does.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(120), "{what} never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn is_full(program: &Program) -> bool {
    matches!(program.tier(), Some(Tier::Full))
}

#[test]
fn the_pricing_rule_is_upgraded_on_request() {
    let order = std::fs::read_to_string(repository().join("examples/pricing/order.json")).expect("an order");
    let rule = std::fs::read_to_string(repository().join("examples/pricing/quote-preview.relon")).expect("a rule");
    let (mut engine, folder) = (tiered(), "examples/pricing/natives");
    natives(&mut engine, folder);
    let program = engine.load("preview.relon", &rule).unwrap_or_else(|error| panic!("{}", error.render(false)));
    assert!(matches!(program.tier(), Some(Tier::First)));
    assert!(program.compiled().is_none());
    let before = program.run_json(&order).expect("a quote");
    program.upgrade().expect("two codes");
    program.upgrade().expect("it is under way");
    assert!(matches!(program.tier(), Some(Tier::Compiling | Tier::Full)));
    let meanwhile = program.run_json(&order).expect("a quote");
    program.wait_for_upgrade().expect("LLVM's code");
    assert!(is_full(&program));
    let report = program.compiled().expect("LLVM's code").report();
    assert_eq!(report.residual().count(), 0, "natives are inlined: {report:?}");
    let after = program.run_json(&order).expect("a quote");
    assert_eq!((&before, &before), (&meanwhile, &after));
}

const RULE: &str = "#main(Int n) -> Int\nseen(n) + host.double(n) + 100 / (n - 7)";

/// What the rule gives.
fn expected(n: i64) -> Result<i64, TrapKind> {
    let quotient = 100i64.checked_div(n - 7).ok_or(TrapKind::DivisionByZero)?;
    Ok(3 * n + quotient)
}

fn outcome(result: Result<i64, Error>) -> Result<i64, TrapKind> {
    result.map_err(|error| match error.kind() {
        ErrorKind::Trap(kind) => kind,
        other => panic!("{other:?}: {error}"),
    })
}

/// Threads call the rule by JSON, by a handle and in batches while it is replaced. Each call counts once, in one place.
#[test]
fn callers_do_not_notice_the_switch() {
    let (mut engine, calls) = (tiered(), Arc::new(AtomicI64::new(0)));
    natives(&mut engine, "tests/suite/natives");
    let seen = calls.clone();
    engine.register("seen", move |n: i64| {
        seen.fetch_add(1, Ordering::Relaxed);
        n
    });
    let (sender, told) = mpsc::channel();
    let sender = Mutex::new(sender);
    engine.batch(true).upgrade_after(2_000).on_upgrade(move |outcome| {
        let outcome = outcome.map_err(ToString::to_string);
        sender.lock().expect("a sender").send(outcome).expect("a receiver");
    });
    let program = engine.load("counted.relon", RULE).unwrap_or_else(|error| panic!("{}", error.render(false)));
    let (entry, batch) =
        (program.entry::<(i64,), i64>().expect("an entry"), program.batch::<i64, i64>().expect("a batch"));
    let made = AtomicI64::new(0);
    std::thread::scope(|scope| {
        for way in 0..3 {
            let (program, entry, batch, made) = (&program, entry.clone(), &batch, &made);
            scope.spawn(move || {
                let (mut arena, mut left) = (program.arena(), 500);
                // Until the switch, and some calls more.
                for n in (0..20i64).cycle() {
                    if left == 0 {
                        break;
                    }
                    left -= i32::from(is_full(program));
                    let found = match way {
                        0 => program.run_json(&format!("{{\"n\": {n}}}")).map(|text| text.parse().expect("an Int")),
                        1 => entry.call(&mut arena, (n,)),
                        _ => batch.call(&mut arena, &[n]).map(|rows| rows[0]).map_err(|failed| failed.error),
                    };
                    made.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(outcome(found), expected(n), "{way}");
                }
            });
        }
    });
    assert_eq!(calls.load(Ordering::Relaxed), made.load(Ordering::Relaxed), "the function of the host has one state");
    assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(Ok(())));
    assert!(program.compiled().is_some());
}

/// The natives' statics are one, whichever code calls them.
#[test]
fn statics_stay_single_across_the_switch() {
    let mut engine = tiered();
    natives(&mut engine, "examples/pricing/natives");
    engine.batch(true);
    let program = engine.load("count.relon", "#main(Int n) -> Int\nquote_number() * 1000 + n").expect("a program");
    let (entry, batch) =
        (program.entry::<(i64,), i64>().expect("an entry"), program.batch::<i64, i64>().expect("a batch"));
    let mut arena = program.arena();
    let first = entry.call(&mut arena, (1,)).expect("a number") / 1000;
    assert_eq!(batch.call(&mut arena, &[2, 3]).ok(), Some(&[(first + 1) * 1000 + 2, (first + 2) * 1000 + 3][..]));
    program.wait_for_upgrade().expect("LLVM's code");
    assert_eq!(batch.call(&mut arena, &[4, 5]).ok(), Some(&[(first + 3) * 1000 + 4, (first + 4) * 1000 + 5][..]));
    assert_eq!(entry.call(&mut arena, (6,)).ok(), Some((first + 5) * 1000 + 6));
    assert_eq!(program.run_json("{\"n\": 7}").ok(), Some(((first + 6) * 1000 + 7).to_string()));
}

#[test]
fn the_count_of_calls_decides_and_nothing_else() {
    let mut engine = tiered();
    engine.upgrade_after(3).batch(true);
    let load = || engine.load("one.relon", "#main(Int n) -> Int\nn + 1").expect("a program");
    let program = load();
    let entry = program.entry::<(i64,), i64>().expect("an entry");
    assert_eq!(program.run_json("{\"n\": 1}").ok().as_deref(), Some("2"));
    assert_eq!(entry.run((2,), |n| n).ok(), Some(3));
    std::thread::sleep(Duration::from_millis(20));
    assert!(matches!(program.tier(), Some(Tier::First)));
    assert_eq!(entry.run((3,), |n| n).ok(), Some(4));
    until("LLVM's code", || is_full(&program));
    let rows = load();
    let batch = rows.batch::<i64, i64>().expect("a batch");
    assert_eq!(batch.call(&mut rows.arena(), &[1, 2, 3, 4]).ok(), Some(&[2, 3, 4, 5][..]));
    until("LLVM's code", || is_full(&rows));
    let at_once = tiered().upgrade_after(0).load("one.relon", "#main(Int n) -> Int\nn + 1").expect("a program");
    until("LLVM's code", || is_full(&at_once));
    let never = tiered().load("one.relon", "#main(Int n) -> Int\nn + 1").expect("a program");
    for n in 0..5_000 {
        assert_eq!(never.run_json(&format!("{{\"n\": {n}}}")).ok(), Some((n + 1).to_string()));
    }
    assert!(matches!(never.tier(), Some(Tier::First)));
}

const DEEP: &str =
    "#main(Int n) -> Int\n{\n  #internal Int sum(Int k): k <= 0 ? 0 : k + sum(k - 1),\n  out: sum(n)\n}.out";

/// LLVM's code may inline natives into each call, so that so many nested calls need more stack than there is.
#[test]
fn a_failure_is_told_and_the_first_code_goes_on() {
    let (mut engine, failures) = (tiered(), Arc::new(AtomicUsize::new(0)));
    let told = failures.clone();
    engine.limits(Limits { recursion: 300_000, ..Limits::default() }).on_upgrade(move |outcome| {
        told.fetch_add(usize::from(outcome.is_err()), Ordering::Relaxed);
    });
    let program = engine.load("deep.relon", DEEP).expect("a program");
    let error = program.wait_for_upgrade().expect_err("too much stack");
    assert!(error.to_string().contains("too much stack"), "{error}");
    assert!(matches!(program.tier(), Some(Tier::Failed(_))));
    assert!(program.compiled().is_none());
    assert_eq!(program.run_json("{\"n\": 1000}").ok().as_deref(), Some("500500"));
    assert!(program.wait_for_upgrade().is_err(), "it is tried once more");
    drop(program);
    assert_eq!(failures.load(Ordering::Relaxed), 2);
    let single = Engine::new().load("one.relon", "#main() -> Int\n1").expect("a program");
    assert_eq!(single.upgrade().map_err(|error| error.kind()), Err(ErrorKind::Input));
    assert!(single.tier().is_none());
}

/// Dropping waits for the compiler; a handle keeps both codes, and functions of the host live as long.
#[test]
fn a_program_may_be_dropped_while_it_compiles() {
    let state = Arc::new([1i64]);
    for round in 0..8 {
        let (mut engine, kept) = (tiered(), state.clone());
        engine.register("kept", move |n: i64| n + (*kept)[0]);
        let source = format!("#main(Int n) -> Int\nkept(n) * 2 + [x * x for x in range(n)].sum() + {round}");
        let program = engine.load("dropped.relon", &source).expect("a program");
        let entry = program.entry::<(i64,), i64>().expect("an entry");
        program.upgrade().expect("two codes");
        drop((program, engine));
        if round % 2 == 0 {
            assert_eq!(entry.run((3,), |n| n).ok(), Some(8 + 5 + round));
        }
    }
    assert_eq!(Arc::strong_count(&state), 1, "the workers have ended");
}

/// The last owner of a program may be what is told of its upgrade.
#[test]
fn an_observer_may_drop_the_program() {
    let (mut engine, held) = (tiered(), Arc::new(Mutex::new(None::<Program>)));
    let (owner, dropped) = (held.clone(), Arc::new(AtomicBool::new(false)));
    let told = dropped.clone();
    engine.on_upgrade(move |_| {
        let program = owner.lock().expect("a program").take();
        told.store(program.is_some(), Ordering::Relaxed);
    });
    let program = engine.load("one.relon", "#main(Int n) -> Int\nn + 1").expect("a program");
    let mut place = held.lock().expect("a place");
    program.upgrade().expect("two codes");
    *place = Some(program);
    drop(place);
    until("the end of the program", || dropped.load(Ordering::Relaxed));
}

#[test]
fn a_program_is_bound_before_and_after_the_switch() {
    let source = "#main(Int n) -> Int\nf(n) + 1";
    let mut engine = tiered();
    engine.register("f", |n: i64| n * 10);
    let mut other = Engine::new();
    other.register("f", |n: i64| n * 100);
    let program = engine.load("bound.relon", source).expect("a program");
    let early = program.bind(&other).expect("the same types");
    program.wait_for_upgrade().expect("LLVM's code");
    let late = program.bind(&other).expect("the same types");
    assert!(is_full(&late) && matches!(early.tier(), Some(Tier::First)));
    early.wait_for_upgrade().expect("LLVM's code");
    for (program, expected) in [(&program, "31"), (&early, "301"), (&late, "301")] {
        assert_eq!(program.run_json("{\"n\": 3}").ok().as_deref(), Some(expected));
    }
}

/// A batch without rows is no call.
#[test]
fn an_empty_batch_does_not_ask_for_llvm() {
    let (mut engine, asked) = (tiered(), Arc::new(AtomicUsize::new(0)));
    let told = asked.clone();
    engine.limits(Limits { recursion: 300_000, ..Limits::default() }).batch(true).upgrade_after(0).on_upgrade(
        move |_| {
            told.fetch_add(1, Ordering::Relaxed);
        },
    );
    let program = engine.load("deep.relon", DEEP).expect("a program");
    until("the failure", || matches!(program.tier(), Some(Tier::Failed(_))));
    let batch = program.batch::<i64, i64>().expect("a batch");
    assert_eq!(batch.call(&mut program.arena(), &[]).ok(), Some(&[][..]));
    assert!(matches!(program.tier(), Some(Tier::Failed(_))));
    drop((program, batch));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
