//! Runs the sides of a workload in turns, after it has compared their results.
//!
//! A machine that others use as well is slower at one moment than at the next, so what counts is each side against what ran beside it: the
//! median, over many rounds, of its time divided by that of plain Rust in the same round. Time is that of the thread on a processor, which
//! others cannot take part of.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::rc::Rc;

use peers_work::Workload;

use crate::sides::sides;
use crate::worker::{Runner, Unable, Worker, open};

/// How long and how often.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    /// Nanoseconds for each side in a round.
    pub slice: f64,
}

impl Effort {
    pub const FULL: Effort = Effort { rounds: 15, slice: 8e6 };
    pub const QUICK: Effort = Effort { rounds: 7, slice: 3e6 };
}

/// What a side took.
pub struct Measured {
    pub engine: String,
    /// Nanoseconds for one of `n`: of the fastest round, and the median.
    pub fastest: f64,
    pub median: f64,
    /// The same in each round.
    pub rounds: Vec<f64>,
}

impl Measured {
    /// The median over rounds of the time of this side divided by that of another in the same round.
    pub fn of(&self, other: &Measured) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(time, other)| time / other))
    }
}

/// All that was found for a workload.
pub struct Results {
    pub workload: Workload,
    /// Plain Rust first.
    pub measured: Vec<Measured>,
    pub unable: Vec<Unable>,
}

impl Results {
    pub fn engine(&self, name: &str) -> Option<&Measured> {
        self.measured.iter().find(|measured| measured.engine == name)
    }
}

/// A side with the `n` that fits into its time.
struct Planned {
    runner: Runner,
    n: u64,
    passes: u32,
    expected: i64,
}

/// Measures a workload on the engines of this program and of others.
///
/// # Errors
/// An engine that gives another result than plain Rust, or none.
pub fn measure(workload: Workload, workers: &[Rc<RefCell<Worker>>], effort: Effort) -> Result<Results, Box<dyn Error>> {
    let mut runners: Vec<Runner> = sides(workload)?.into_iter().map(Runner::Here).collect();
    let mut unable = Vec::new();
    for worker in workers {
        let (there, cannot) = open(worker, workload)?;
        // Another build has plain Rust as well, under a name of its own.
        runners.extend(there);
        unable.extend(cannot);
    }
    let mut right = HashMap::new();
    // Slow engines would be at a thousand deep recursions for minutes.
    let most = if workload == Workload::Recursion { 2 } else { 1_000 };
    for n in [1, 2, 7, most] {
        for runner in &mut runners {
            check(runner, n, workload, &mut right)?;
        }
    }
    let mut planned = Vec::new();
    for mut runner in runners {
        let (n, passes) = fitting(&mut runner, workload, effort.slice)?;
        planned.push(Planned { runner, n, passes, expected: 0 });
    }
    let mut some = HashMap::new();
    for index in 0..planned.len() {
        let n = planned[index].n;
        if !right.contains_key(&n) {
            check(&mut planned[0].runner, n, workload, &mut right)?;
        }
        check(&mut planned[index].runner, n, workload, &mut right)?;
        if !some.contains_key(&n) {
            some.insert(n, planned[0].runner.run(n, 1, false)?.0);
        }
        planned[index].expected = some[&n];
    }
    Ok(Results { workload, measured: rounds(&mut planned, effort.rounds)?, unable })
}

/// Compares the result of a side with that of plain Rust, which comes first.
fn check(runner: &mut Runner, n: u64, workload: Workload, right: &mut HashMap<u64, i64>) -> Result<(), Box<dyn Error>> {
    let (given, _) = runner.run(n, 1, true)?;
    let right = *right.entry(n).or_insert(given);
    if given == right {
        return Ok(());
    }
    Err(format!("{}: {} gives {given} for {n}, and plain Rust {right}", workload.name(), runner.engine()).into())
}

/// The `n` for which a pass takes about as long as there is time, and how often it is passed where the largest is done sooner.
fn fitting(runner: &mut Runner, workload: Workload, slice: f64) -> Result<(u64, u32), Box<dyn Error>> {
    let most = workload.most();
    let mut n = 1;
    loop {
        let time = runner.run(n, 1, false)?.1.max(1.0);
        if n == most {
            // The first pass may have made memory that the next ones use.
            let time = runner.run(n, 1, false)?.1.max(1.0);
            return Ok((n, (slice / time).clamp(1.0, 1_000.0) as u32));
        }
        let is_whole = workload.is_whole() && time * most as f64 / (n as f64) < 10.0 * slice;
        if time >= slice / 2.0 && !is_whole {
            return Ok((n, 1));
        }
        n = ((n as f64 * (slice / time).clamp(2.0, 10.0)) as u64).min(most);
    }
}

fn rounds(planned: &mut [Planned], rounds: usize) -> Result<Vec<Measured>, Box<dyn Error>> {
    let mut times = vec![Vec::with_capacity(rounds); planned.len()];
    for _ in 0..rounds {
        for (side, times) in planned.iter_mut().zip(&mut times) {
            let (given, time) = side.runner.run(side.n, side.passes, false)?;
            if given != side.expected {
                return Err(format!("{} gives {given} instead of {}", side.runner.engine(), side.expected).into());
            }
            times.push(time / (side.n * u64::from(side.passes)) as f64);
        }
    }
    let measured = |(side, rounds): (&Planned, Vec<f64>)| Measured {
        engine: side.runner.engine().to_owned(),
        fastest: rounds.iter().copied().fold(f64::INFINITY, f64::min),
        median: median(rounds.iter().copied()),
        rounds,
    };
    Ok(planned.iter().zip(times).map(measured).collect())
}

/// The value in the middle.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
