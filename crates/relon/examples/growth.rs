//! How the time of checking and lowering grows with the size of a rule.
//!
//! `cargo run --release -p relon --example growth -- [ROUNDS]` prints medians for a rule of up to 10,000 lines and for literal tables of up
//! to 50,000 entries. `ratio` is the time for a line or entry, compared with that at the size before: 1 where growth is linear.

use std::time::{Duration, Instant};

#[path = "growth/source.rs"]
mod source;

const LINES: [usize; 4] = [1_250, 2_500, 5_000, 10_000];
const ENTRIES: [usize; 4] = [6_250, 12_500, 25_000, 50_000];

#[expect(clippy::print_stdout, reason = "a measurement prints its figures")]
fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5);
    for (name, generate, sizes) in [
        ("rule, lines", source::rules as fn(usize) -> String, LINES),
        ("list of records, entries", source::list_table, ENTRIES),
        ("dict literal, entries", source::dict_table, ENTRIES),
    ] {
        println!("{name:<26}  check ms  ratio  lower ms  ratio  verify ms  ratio");
        let mut before: Option<(usize, [f64; 3])> = None;
        for size in sizes {
            let times = measure(&generate(size), rounds);
            let ratio = |step: usize| match before {
                Some((smaller, known)) => format!("{:.2}", times[step] / known[step] * smaller as f64 / size as f64),
                None => String::new(),
            };
            println!(
                "{size:>26}  {:>8.2}  {:>5}  {:>8.2}  {:>5}  {:>9.2}  {:>5}",
                times[0],
                ratio(0),
                times[1],
                ratio(1),
                times[2],
                ratio(2)
            );
            before = Some((size, times));
        }
    }
}

/// Median milliseconds of checking, lowering and verifying.
fn measure(text: &str, rounds: usize) -> [f64; 3] {
    let mut samples = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let start = Instant::now();
        let checked = relon_frontend::check("growth.relon", text, &relon_frontend::CheckOptions::default())
            .outcome
            .unwrap_or_else(|error| panic!("{error:?}"));
        let check = start.elapsed();
        let start = Instant::now();
        let module = relon_frontend::lower::lower(&checked, &Default::default());
        let lower = start.elapsed();
        let start = Instant::now();
        relon_ir::verify(&module).unwrap_or_else(|error| panic!("{error}"));
        for (sample, time) in samples.iter_mut().zip([check, lower, start.elapsed()]) {
            sample.push(time);
        }
    }
    samples.map(median)
}

fn median(mut samples: Vec<Duration>) -> f64 {
    samples.sort();
    samples[samples.len() / 2].as_secs_f64() * 1e3
}
