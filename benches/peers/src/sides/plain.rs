//! Rust without an engine: as fast as the compiler makes it, checked as careful people write it, and behind a function pointer.

use std::hint::black_box;

use peers_work::{Side, Workload, mix, sum_calls, tier_bps};

use crate::data::{self, Case, DEPTH, Line, Order, ROWS, digest};

/// What all others are compared with. In the build with link-time optimisation it is there to be compared with the rule of that build.
pub const RUST: &str = match option_env!("PEERS_LTO") {
    Some(_) => "Rust, LTO",
    None => "Rust",
};
pub const CHECKED: &str = "Rust, checked";
pub const POINTER: &str = "Rust, function pointer";

mod generated {
    use peers_natives::many::*;

    use super::Case;

    include!(concat!(env!("OUT_DIR"), "/long_rule.rs"));
}

use generated::long_rule;

/// The sides of a workload; the first is what all others are compared with.
pub fn sides(workload: Workload) -> Vec<Side> {
    let mut sides = vec![plain(workload)];
    sides.extend(checked(workload));
    sides.extend(pointer(workload));
    sides
}

/// Arithmetic as release builds have it, without checks.
fn plain(workload: Workload) -> Side {
    let side = |pass: fn(u64) -> i64| Side::new(RUST, workload, pass);
    match workload {
        Workload::LoopInt => side(|n| (0..black_box(n) as i64).map(mix).sum()),
        Workload::LoopText => {
            side(|n| (0..black_box(n) as i64).map(|i| tier_bps(if i % 2 == 0 { "gold" } else { "silver" })).sum())
        }
        Workload::RowScalar => side(|n| sum_calls(n, |index| Some(mix(index as i64) + 7))),
        Workload::RowRecord => side(|n| {
            let orders = black_box(data::orders(ROWS));
            sum_calls(n, |index| Some(price(&orders[index % ROWS])))
        }),
        Workload::Batch => batch(RUST, workload, data::orders, |orders, outs| {
            orders.iter().zip(outs).for_each(|(order, out)| *out = price(order));
            Some(())
        }),
        Workload::BatchNumbers => batch(RUST, workload, data::lines, |lines, outs| {
            lines.iter().zip(outs).for_each(|(line, out)| *out = price_line(line));
            Some(())
        }),
        Workload::Total => side(|n| {
            let lines = black_box(data::lines(n as usize));
            lines.iter().map(|line| line.qty * line.unit_cents).sum()
        }),
        Workload::LongRule => side(|n| {
            let cases = black_box(data::cases());
            sum_calls(n, |index| Some(long_rule(&cases[index % ROWS])))
        }),
        Workload::Table => side(|n| {
            let table = black_box(&data::TABLE);
            sum_calls(n, |index| {
                let amount = data::amount(index as u64);
                table.iter().find(|row| row.from <= amount && amount < row.to).map(|row| row.bps)
            })
        }),
        Workload::Pipeline => {
            side(|n| (0..black_box(n) as i64).filter(|i| i % 3 == 1).map(|i| i * i % 1000).fold(0, |sum, x| sum + x))
        }
        Workload::PipelineList => side(|n| {
            let numbers = black_box(data::numbers(n as usize));
            numbers.iter().filter(|x| **x % 3 == 1).map(|x| x * x % 1000).fold(0, |sum, x| sum + x)
        }),
        Workload::Text => side(|n| {
            let pieces: Vec<String> = (0..n as i64).map(|i| format!("line {i}: {} pieces", i % 97)).collect();
            pieces.join(", ").len() as i64
        }),
        Workload::Recursion => side(|n| sum_calls(n, |_| Some(fib(black_box(DEPTH))))),
    }
}

/// Arithmetic and ranges checked, with an end at the first row that fails.
fn checked(workload: Workload) -> Option<Side> {
    let side = |pass: fn(u64) -> i64| Some(Side::new(CHECKED, workload, pass));
    match workload {
        Workload::LoopInt => {
            side(|n| (0..black_box(n) as i64).try_fold(0_i64, |sum, i| sum.checked_add(mix(i))).unwrap_or(0))
        }
        Workload::RowRecord => side(|n| {
            let orders = black_box(data::orders(ROWS));
            sum_calls(n, |index| price_checked(&orders[index % ROWS]))
        }),
        Workload::Batch => Some(batch(CHECKED, workload, data::orders, |orders, outs| {
            for (order, out) in orders.iter().zip(outs) {
                let in_range = (1..=10_000).contains(&order.qty) && (0..=1_000_000_000).contains(&order.unit_cents);
                *out = if in_range { price_checked(order)? } else { return None };
            }
            Some(())
        })),
        Workload::BatchNumbers => Some(batch(CHECKED, workload, data::lines, |lines, outs| {
            for (line, out) in lines.iter().zip(outs) {
                *out = if in_range(line) { price_line_checked(line)? } else { return None };
            }
            Some(())
        })),
        Workload::Total => side(|n| {
            let lines = black_box(data::lines(n as usize));
            let mut sum = 0_i64;
            for line in lines {
                let gross = if in_range(line) { line.qty.checked_mul(line.unit_cents) } else { None };
                let Some(next) = gross.and_then(|gross| sum.checked_add(gross)) else { return 0 };
                sum = next;
            }
            sum
        }),
        Workload::PipelineList => side(|n| {
            let numbers = black_box(data::numbers(n as usize));
            let squares = numbers.iter().filter(|x| **x % 3 == 1).map(|x| Some(x.checked_mul(*x)? % 1000));
            squares.into_iter().try_fold(0_i64, |sum, x| sum.checked_add(x?)).unwrap_or(0)
        }),
        _ => None,
    }
}

#[inline(always)]
pub fn in_range(line: &Line) -> bool {
    (1..=10_000).contains(&line.qty)
        && (0..=1_000_000_000).contains(&line.unit_cents)
        && (0..=10_000).contains(&line.bps)
}

/// Each crossing is one call that the compiler cannot see through.
fn pointer(workload: Workload) -> Option<Side> {
    extern "C" fn mix_c(x: i64) -> i64 {
        mix(x)
    }
    extern "C" fn tier_c(text: *const u8, length: usize) -> i64 {
        // SAFETY: callers take both apart from one text.
        tier_bps(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(text, length)) })
    }
    extern "C" fn scalar_c(x: i64, out: &mut i64) -> u32 {
        *out = mix(x) + 7;
        0
    }
    extern "C" fn price_c(order: &Order<'_>, out: &mut i64) -> u32 {
        store(price_checked(order), out)
    }
    extern "C" fn long_c(case: &Case, out: &mut i64) -> u32 {
        *out = long_rule(case);
        0
    }
    let side = |pass: fn(u64) -> i64| Some(Side::new(POINTER, workload, pass));
    match workload {
        Workload::LoopInt => side(|n| {
            let mix = black_box(mix_c as extern "C" fn(i64) -> i64);
            (0..n as i64).map(|i| mix(i)).sum()
        }),
        Workload::LoopText => side(|n| {
            let tier = black_box(tier_c as extern "C" fn(*const u8, usize) -> i64);
            let text = |i: i64| if i % 2 == 0 { "gold" } else { "silver" };
            (0..n as i64).map(|i| tier(text(i).as_ptr(), text(i).len())).sum()
        }),
        Workload::RowScalar => side(|n| {
            let rule = black_box(scalar_c as extern "C" fn(i64, &mut i64) -> u32);
            sum_calls(n, |index| through(|out| rule(index as i64, out)))
        }),
        Workload::RowRecord => side(|n| {
            let (orders, rule) = (data::orders(ROWS), black_box(price_c as extern "C" fn(&Order<'_>, &mut i64) -> u32));
            sum_calls(n, |index| through(|out| rule(&orders[index % ROWS], out)))
        }),
        Workload::LongRule => side(|n| {
            let (cases, rule) = (data::cases(), black_box(long_c as extern "C" fn(&Case, &mut i64) -> u32));
            sum_calls(n, |index| through(|out| rule(&cases[index % ROWS], out)))
        }),
        _ => None,
    }
}

#[inline(always)]
fn store(value: Option<i64>, out: &mut i64) -> u32 {
    match value {
        Some(value) => {
            *out = value;
            0
        }
        None => 1,
    }
}

#[inline(always)]
fn through(call: impl FnOnce(&mut i64) -> u32) -> Option<i64> {
    let mut out = 0;
    (call(&mut out) == 0).then_some(out)
}

/// A side that fills a slice of results, which it keeps.
fn batch<T>(
    engine: &'static str,
    workload: Workload,
    rows: fn(usize) -> &'static [T],
    mut fill: impl FnMut(&[T], &mut [i64]) -> Option<()> + 'static,
) -> Side {
    let mut outs = vec![0; data::MOST];
    Side::new(engine, workload, move |n| {
        let outs = &mut outs[..n as usize];
        match fill(black_box(rows(n as usize)), outs) {
            Some(()) => digest(black_box(outs)),
            None => 0,
        }
    })
}

#[inline(always)]
fn volume_bps(subtotal: i64) -> i64 {
    if subtotal >= 100_000 {
        1000
    } else if subtotal >= 50_000 {
        500
    } else {
        0
    }
}

/// The rule `row_record`.
#[inline(always)]
fn price(order: &Order<'_>) -> i64 {
    let subtotal = order.qty * order.unit_cents;
    let bps = tier_bps(&order.tier) + volume_bps(subtotal);
    subtotal - subtotal * bps / 10_000
}

/// The same, with an end where a number does not fit.
#[inline(always)]
fn price_checked(order: &Order<'_>) -> Option<i64> {
    let subtotal = order.qty.checked_mul(order.unit_cents)?;
    let bps = tier_bps(&order.tier).checked_add(volume_bps(subtotal))?;
    subtotal.checked_sub(subtotal.checked_mul(bps)? / 10_000)
}

/// The rule `batch_numbers`.
#[inline(always)]
pub fn price_line(line: &Line) -> i64 {
    let subtotal = line.qty * line.unit_cents;
    let bps = line.bps + volume_bps(subtotal);
    subtotal - subtotal * bps / 10_000
}

/// The same, with an end where a number does not fit.
#[inline(always)]
pub fn price_line_checked(line: &Line) -> Option<i64> {
    let subtotal = line.qty.checked_mul(line.unit_cents)?;
    let bps = line.bps.checked_add(volume_bps(subtotal))?;
    subtotal.checked_sub(subtotal.checked_mul(bps)? / 10_000)
}

/// The rule `recursion`.
#[inline(never)]
fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}
