//! Runs the sides of a workload in turns, after it has compared their results.
//!
//! A machine that others use as well is slower at one moment than at the next, so what counts is each side against what ran beside it: the
//! median, over many rounds, of its time divided by that of plain Rust in the same round. Time is that of the thread on a processor, which
//! others cannot take part of.

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;

use crate::data;
use crate::sides::{Side, sides};
use crate::workload::Workload;

/// How long and how often.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    /// Time for each side in a round.
    pub slice: Duration,
}

impl Effort {
    pub const FULL: Effort = Effort { rounds: 25, slice: Duration::from_millis(12) };
    pub const QUICK: Effort = Effort { rounds: 7, slice: Duration::from_millis(3) };
}

/// What a side took.
pub struct Measured {
    pub engine: &'static str,
    pub workload: Workload,
    /// Nanoseconds for one of `n`: of the fastest round, and the median.
    pub fastest: f64,
    pub median: f64,
    /// Time of plain Rust that it took, in the median of rounds.
    pub of_rust: f64,
    /// The `n` of each pass.
    pub n: u64,
    /// Nanoseconds by round, for comparisons with another side.
    pub rounds: Vec<f64>,
}

/// A side with the `n` that fits into its time.
struct Runner {
    side: Side,
    n: u64,
    passes: u32,
    expected: i64,
}

/// All sides of a workload, plain Rust first.
///
/// # Errors
/// An engine that gives another result than plain Rust, or none.
pub fn measure(workload: Workload, effort: Effort) -> Result<Vec<Measured>, Box<dyn Error>> {
    data::look_at_all(true);
    let mut sides = sides(workload)?;
    let mut expected = HashMap::new();
    for n in [1, 2, 7, 1_000] {
        let n = n.min(workload.most());
        let right = (sides[0].pass)(n);
        for side in &mut sides {
            let given = (side.pass)(n);
            if given != right {
                return Err(format!(
                    "{} gives {given} for {} of {n}, and plain Rust {right}",
                    side.engine,
                    workload.name()
                )
                .into());
            }
        }
    }
    let mut rust = sides.remove(0);
    let mut runners = Vec::new();
    for mut side in sides {
        let (n, passes) = fitting(&mut side, effort.slice);
        let right = *expected.entry(n).or_insert_with(|| (rust.pass)(n));
        let given = (side.pass)(n);
        if given != right {
            return Err(format!(
                "{} gives {given} for {} of {n}, and plain Rust {right}",
                side.engine,
                workload.name()
            )
            .into());
        }
        runners.push(Runner { side, n, passes, expected: 0 });
    }
    let (n, passes) = fitting(&mut rust, effort.slice);
    runners.insert(0, Runner { side: rust, n, passes, expected: 0 });
    data::look_at_all(false);
    let mut expected = HashMap::new();
    for index in 0..runners.len() {
        let n = runners[index].n;
        runners[index].expected = *expected.entry(n).or_insert_with(|| (runners[0].side.pass)(n));
    }
    Ok(rounds(&mut runners, effort.rounds))
}

/// The `n` for which a pass takes about as long as there is time, and how often it is passed where the largest is done sooner.
fn fitting(side: &mut Side, slice: Duration) -> (u64, u32) {
    let most = side.workload.most();
    let mut n = 1;
    loop {
        let start = ThreadTime::now();
        black_box((side.pass)(n));
        let took = start.elapsed().max(Duration::from_nanos(1));
        if n == most {
            // The first pass may have made memory that the next ones use.
            let start = ThreadTime::now();
            black_box((side.pass)(n));
            let took = start.elapsed().max(Duration::from_nanos(1));
            return (n, (slice.as_secs_f64() / took.as_secs_f64()).clamp(1.0, 1_000.0) as u32);
        }
        let whole = took.as_secs_f64() * most as f64 / n as f64;
        if took >= slice / 2 && !(side.workload.is_whole() && whole < 10.0 * slice.as_secs_f64()) {
            return (n, 1);
        }
        let factor = (slice.as_secs_f64() / took.as_secs_f64()).clamp(2.0, 10.0);
        n = ((n as f64 * factor) as u64).min(most);
    }
}

fn rounds(runners: &mut [Runner], rounds: usize) -> Vec<Measured> {
    let mut times = vec![Vec::with_capacity(rounds); runners.len()];
    for _ in 0..rounds {
        for (runner, times) in runners.iter_mut().zip(&mut times) {
            let start = ThreadTime::now();
            for _ in 0..runner.passes {
                let given = black_box((runner.side.pass)(black_box(runner.n)));
                assert_eq!(given, runner.expected, "{} gives always the same", runner.side.engine);
            }
            times.push(start.elapsed().as_secs_f64() * 1e9 / (runner.n * u64::from(runner.passes)) as f64);
        }
    }
    let base = times[0].clone();
    let measured = |(runner, rounds): (&mut Runner, Vec<f64>)| Measured {
        engine: runner.side.engine,
        workload: runner.side.workload,
        fastest: rounds.iter().copied().fold(f64::INFINITY, f64::min),
        median: median(rounds.iter().copied()),
        of_rust: median(rounds.iter().zip(&base).map(|(time, base)| time / base)),
        n: runner.n,
        rounds,
    };
    runners.iter_mut().zip(times).map(measured).collect()
}

/// The value in the middle.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
