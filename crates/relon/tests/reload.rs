//! A rule that is replaced while threads call it. It is alone in its process, whose memory it looks at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use relon::{Arena, Engine, Reloadable};

/// Resident memory in KiB, where the system tells it.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// How often the rule is replaced under load: `RELOADS` says so, or few.
fn reloads() -> i64 {
    std::env::var("RELOADS").ok().and_then(|count| count.parse().ok()).unwrap_or(200)
}

#[test]
fn a_rule_is_replaced_under_load() {
    let mut engine = Engine::new();
    engine.effort(relon::Effort::Quick);
    let engine = engine;
    let source = |n: i64| format!("#main(Int x) -> Int\nx * 1000000 + {n}");
    let rule = Reloadable::<(i64,), i64>::new(&engine.load("a.relon", &source(0)).expect("a program")).expect("a rule");
    let (stop, wrong) =
        (AtomicBool::new(false), engine.load("a.relon", "#main(Float x) -> Int\n1").expect("a program"));
    let mut grown = 0;
    std::thread::scope(|scope| {
        let callers = [1, 2].map(|x| {
            let (rule, stop) = (&rule, &stop);
            scope.spawn(move || {
                let (mut reader, mut arena, mut last, mut calls) = (rule.reader(), Arena::new(), 0, 0_u64);
                // A busy machine may let a caller rest for long: it goes on until it has seen the last rule.
                let patience = Instant::now() + Duration::from_secs(120);
                while !stop.load(Ordering::Relaxed) || (last != reloads() && Instant::now() < patience) {
                    let result = reader.current().call(&mut arena, (x,)).expect("a number");
                    assert_eq!(result / 1_000_000, x);
                    assert!(result % 1_000_000 >= last, "an older rule came back");
                    last = result % 1_000_000;
                    calls += 1;
                }
                (last, calls)
            })
        });
        let mut settled = 0;
        for n in 1..=reloads() {
            rule.replace(&engine.load("a.relon", &source(n)).expect("a program")).expect("a rule that fits");
            assert!(rule.replace(&wrong).is_err());
            if n == 100 {
                settled = resident();
            }
        }
        grown = resident().saturating_sub(settled);
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            let (last, calls) = caller.join().expect("a caller");
            assert_eq!(last, reloads());
            assert!(calls > 1000);
        }
    });
    eprintln!("{} reloads; memory grew by {grown} KiB", reloads());
    assert!(grown < 8 * 1024, "memory grew by {grown} KiB");
}
