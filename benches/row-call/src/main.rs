//! What a call of a rule costs: a rule of a borrowed record of three fields, against the same Rust in the same loop, and against that Rust
//! behind a C function pointer.
//!
//! `row-call [ROUNDS]` prints a table. The sides run in turns within each round, and the medians of many rounds are compared, each with
//! what ran beside it. Where a loop happens to lie in memory decides about a nanosecond as well, so each side has four loops in different
//! places, which rounds take in turns. Where valgrind is installed, it counts the instructions of each side, which are always the same.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

mod count;
mod side;
mod work;

use std::error::Error;
use std::time::Instant;

use side::{LAYOUTS, Side, sides};
use work::{Row, rows};

relon::include_rules!();

/// Rows that are called for in turn.
const ROWS: usize = 1024;
/// How often all rows are called for in a round.
const PASSES: usize = 100;
/// Rounds where the command line has none.
const ROUNDS: usize = 400;

fn main() -> Result<(), Box<dyn Error>> {
    let (rows, mut sides) = (rows(ROWS), sides()?);
    match std::env::args().nth(1) {
        Some(name) if name == count::OPTION => {
            count::run(&rows, &mut sides);
            Ok(())
        }
        argument => compare(&rows, &mut sides, argument.map_or(Ok(ROUNDS), |rounds| rounds.parse())?),
    }
}

/// Runs all sides in turns and prints the table.
fn compare(rows: &[Row<'_>], sides: &mut [Side], rounds: usize) -> Result<(), Box<dyn Error>> {
    let counts: Vec<Option<f64>> = sides.iter().map(|side| count::instructions(side.name)).collect::<Result<_, _>>()?;
    let mut times = vec![Vec::with_capacity(rounds); sides.len()];
    for round in 0..rounds {
        let expected = sides[0].pass(round % LAYOUTS, rows);
        for (side, times) in sides.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..PASSES {
                assert_eq!(side.pass(round % LAYOUTS, rows), expected, "{} computes the same", side.name);
            }
            times.push(start.elapsed().as_secs_f64() * 1e9 / (PASSES * rows.len()) as f64);
        }
    }
    println!("medians of {rounds} rounds of {} calls", PASSES * rows.len());
    println!(
        "{:<28}{:>8}{:>12}{:>14}{:>8}{:>12}{:>14}",
        "", "ns", "of plain", "of pointer", "insns", "of plain", "of pointer"
    );
    for (index, side) in sides.iter().enumerate() {
        let of = |base: usize| median(times[index].iter().zip(&times[base]).map(|(time, base)| time / base));
        let counted = |base: usize| counts[index].zip(counts[base]).map(|(count, base)| count / base);
        println!(
            "{:<28}{:>8.2}{:>11.2}x{:>13.2}x{:>8}{:>12}{:>14}",
            side.name,
            median(times[index].iter().copied()),
            of(0),
            of(1),
            counts[index].map_or("-".to_owned(), |count| format!("{count:.1}")),
            counted(0).map_or("-".to_owned(), |ratio| format!("{ratio:.2}x")),
            counted(1).map_or("-".to_owned(), |ratio| format!("{ratio:.2}x")),
        );
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
