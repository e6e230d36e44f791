//! The time of the front end grows in step with the size of a rule.
//!
//! Each step is timed at two sizes, one eight times the other. Linear growth gives a factor of 8, quadratic growth 64; what is allowed
//! lies between, so that neither a busy machine nor a cold cache fails the test.

use std::fmt::Write;
use std::time::{Duration, Instant};

use relon_frontend::{CheckError, CheckOptions, check};

#[path = "../examples/growth/source.rs"]
mod source;

const TIMES: usize = 8;
const ALLOWED: f64 = 20.0;

#[test]
fn time_grows_in_step_with_size() {
    type Generate = fn(usize) -> String;
    for (name, small, generate) in [
        ("rule", 250, source::rules as Generate),
        ("list of records", 250, source::list_table),
        ("dict literal", 1_500, source::dict_table),
        ("calls", 250, calls),
        ("mistakes", 250, mistakes),
    ] {
        let (small, large) = (generate(small), generate(small * TIMES));
        let (mut before, mut after) = (times(&small), times(&large));
        // The shortest of more and more times, so that other work on the machine is not taken for growth.
        for _ in 0..5 {
            if too_slow(&before, &after).is_some() {
                before = shorter(before, times(&small));
                after = shorter(after, times(&large));
            }
        }
        if let Some(what) = too_slow(&before, &after) {
            panic!("{name}: {TIMES} times the size takes {what}: {before:?}, {after:?}");
        }
    }
}

/// The step that takes more time than its share, and how much.
fn too_slow(before: &[Duration; 3], after: &[Duration; 3]) -> Option<String> {
    // What takes no time at all cannot be compared.
    let factor = |index: usize| after[index].as_secs_f64() / before[index].as_secs_f64().max(200e-6);
    let mut steps = ["check", "lower", "verify"].into_iter().enumerate();
    let (index, step) = steps.find(|(index, _)| factor(*index) > ALLOWED)?;
    Some(format!("{:.1} times as long to {step}", factor(index)))
}

fn shorter(one: [Duration; 3], other: [Duration; 3]) -> [Duration; 3] {
    std::array::from_fn(|index| one[index].min(other[index]))
}

/// Functions that call each other in a long chain.
fn calls(count: usize) -> String {
    let mut text = "#main(Int n) -> Dict\n{ #internal Int f0(Int x): x,\n".to_owned();
    for index in 0..count {
        writeln!(text, "#internal Int f{}(Int x): f{index}(x) + 1,", index + 1)
            .expect("writing to a text does not fail");
    }
    text + &format!("result: f{count}(n) }}\n")
}

/// A mistake in each line.
fn mistakes(count: usize) -> String {
    let mut text = "#main(Int n) -> Dict\n{\n".to_owned();
    for index in 0..count {
        writeln!(text, "a{index}: b{index} + n,").expect("writing to a text does not fail");
    }
    text + "}\n"
}

/// The shortest times of checking, lowering and verifying.
fn times(text: &str) -> [Duration; 3] {
    let mut shortest = [Duration::MAX; 3];
    for _ in 0..3 {
        for (known, time) in shortest.iter_mut().zip(one_round(text)) {
            *known = time.min(*known);
        }
    }
    shortest
}

fn one_round(text: &str) -> [Duration; 3] {
    let start = Instant::now();
    let checked = check("growth.relon", text, &CheckOptions::default()).outcome;
    let time = start.elapsed();
    let program = match checked {
        Ok(program) => program,
        Err(CheckError::Analyze(_)) => return [time, Duration::ZERO, Duration::ZERO],
        Err(error) => panic!("{error:?}"),
    };
    let start = Instant::now();
    let module = relon_frontend::lower::lower(&program, &Default::default());
    let lower = start.elapsed();
    let start = Instant::now();
    relon_ir::verify(&module).unwrap_or_else(|error| panic!("{error}"));
    [time, lower, start.elapsed()]
}
