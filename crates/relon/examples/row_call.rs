//! What a call of a rule costs: a rule of a borrowed record, called through a typed handle, against the same Rust behind a C function
//! pointer. Both run in turns within each round; the medians of many rounds are compared.
//!
//! `cargo run --release -p relon --example row_call [ROUNDS]`

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use relon::{Engine, NativesPackage, Schema, Str};

const RULE: &str = "
#schema Order { Int qty: *, Int unit_cents: *, String tier: * }
#main(Order order) -> Int
(subtotal - subtotal * bps / 10000) where {
    subtotal: order.qty * order.unit_cents,
    bps: tier_bps(order.tier) + (subtotal >= 100000 ? 1000 : subtotal >= 50000 ? 500 : 0),
}
";

/// Rows that are called for in turn.
const ROWS: usize = 1024;
/// Calls of each side in a round.
const CALLS: usize = 100 * ROWS;

#[derive(Schema)]
#[repr(C)]
struct Order<'a> {
    qty: i64,
    unit_cents: i64,
    tier: Str<'a>,
}

fn tier_bps(tier: &str) -> i64 {
    match tier {
        "gold" => 300,
        "silver" => 150,
        _ => 0,
    }
}

/// The rule in Rust. Where a number does not fit it gives none, as the rule would.
fn price(order: &Order<'_>) -> Option<i64> {
    let subtotal = order.qty.checked_mul(order.unit_cents)?;
    let volume = if subtotal >= 100_000 {
        1000
    } else if subtotal >= 50_000 {
        500
    } else {
        0
    };
    let bps = tier_bps(&order.tier).checked_add(volume)?;
    subtotal.checked_sub(subtotal.checked_mul(bps)? / 10_000)
}

/// The same arithmetic as C callers see it.
extern "C" fn price_c(order: &Order<'_>, out: &mut i64) -> u32 {
    match price(order) {
        Some(price) => {
            *out = price;
            0
        }
        None => 1,
    }
}

fn rows() -> Vec<Order<'static>> {
    let tier = |row: usize| ["gold", "silver", "standard", "basic"][row % 7 % 4];
    let row = |row: usize| Order {
        qty: (row * 7 % 50) as i64 + 1,
        unit_cents: (row * 131 % 5000) as i64,
        tier: Str::new(tier(row)),
    };
    (0..ROWS).map(row).collect()
}

/// Nanoseconds for each call, and the sum of the results. Each use is a function of its own, so that none suffers from another.
#[inline(never)]
fn time(rows: &[Order<'_>], mut call: impl FnMut(&Order<'_>) -> i64) -> (f64, i64) {
    let (start, mut sum) = (Instant::now(), 0_i64);
    for _ in 0..CALLS / ROWS {
        for row in rows {
            sum = sum.wrapping_add(call(row));
        }
    }
    (start.elapsed().as_secs_f64() * 1e9 / CALLS as f64, sum)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = std::env::args().nth(1).map_or(Ok(301), |text| text.parse::<usize>())?;
    let natives = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/row_natives");
    let mut engine = Engine::new();
    engine.natives(Arc::new(NativesPackage::build(&natives, &mut |_| {})?)).batch(true);
    let program = engine.load("price.relon", RULE)?;
    let residual = program.compiled().map_or(0, |compiled| compiled.report().residual().count());
    let rule = program.entry::<(&Order,), i64>()?;
    let batch = program.batch::<Order, i64>()?;
    let (mut arena, rows) = (program.arena(), rows());
    let pointer: extern "C" fn(&Order<'_>, &mut i64) -> u32 = black_box(price_c);
    let mut results = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let native = time(&rows, |row| price(row).unwrap_or(0));
        let by_pointer = time(&rows, |row| {
            let mut out = 0;
            if pointer(row, &mut out) == 0 { out } else { 0 }
        });
        let by_rule = time(&rows, |row| rule.call(&mut arena, (row,)).unwrap_or(0));
        let start = Instant::now();
        let mut sum = 0_i64;
        for _ in 0..CALLS / ROWS {
            sum = sum.wrapping_add(batch.call(&mut arena, &rows)?.iter().sum());
        }
        let by_batch = (start.elapsed().as_secs_f64() * 1e9 / CALLS as f64, sum);
        for (times, (time, sum)) in results.iter_mut().zip([native, by_pointer, by_rule, by_batch]) {
            assert_eq!(sum, native.1, "all compute the same");
            times.push(time);
        }
    }
    let ratios: Vec<f64> = results[2].iter().zip(&results[1]).map(|(rule, pointer)| rule / pointer).collect();
    let [native, by_pointer, by_rule, by_batch] = results.map(median);
    println!("medians of {rounds} rounds of {CALLS} calls, calls of natives left: {residual}");
    println!("Rust, inlined             {native:6.2} ns");
    println!("Rust, C function pointer  {by_pointer:6.2} ns");
    println!("rule, typed handle        {by_rule:6.2} ns   {:.2}x of the pointer (median of pairs)", median(ratios));
    println!("rule, batch               {by_batch:6.2} ns   {:.2}x of Rust inlined", by_batch / native);
    Ok(())
}
