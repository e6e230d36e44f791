//! Rules that are compiled into the program: as machine code, or in a build with link-time optimisation as bitcode.

use std::hint::black_box;

use relon::Arena;

use crate::data::{self, DEPTH, ROWS, digest};
use peers_work::{ForEach, Side, Workload, sum_calls};

/// How the rules of this build got into the program. The recipe of the build with link-time optimisation says so.
pub const ENGINE: &str = match option_env!("PEERS_LTO") {
    Some(_) => "Relon, LTO",
    None => "Relon, object",
};

/// The same rules, for arguments that were checked before they are timed.
pub const ENGINE_CHECKED: &str = match option_env!("PEERS_LTO") {
    Some(_) => "Relon, LTO, checked once",
    None => "Relon, object, checked once",
};

mod rules {
    #![allow(dead_code, reason = "not all that bindings have is used")]

    relon::include_rules!();
}

use rules::*;

/// The rule of a workload.
pub fn side(workload: Workload) -> Side {
    match workload {
        Workload::LoopInt => with_arena(workload, |arena, n| loop_int::run_in(arena, black_box(n) as i64).unwrap_or(0)),
        Workload::LoopText => {
            with_arena(workload, |arena, n| loop_text::run_in(arena, black_box(n) as i64).unwrap_or(0))
        }
        Workload::RowScalar => {
            with_arena(workload, |arena, n| sum_calls(n, |index| row_scalar::run_in(arena, index as i64).ok()))
        }
        Workload::RowRecord => with_arena(workload, |arena, n| {
            let orders = black_box(data::orders(ROWS));
            sum_calls(n, |index| row_record::run_in(arena, row_record::Order::from_ref(&orders[index % ROWS])).ok())
        }),
        Workload::Batch => with_arena(workload, |arena, n| {
            let orders = batch::Order::from_slice(black_box(data::orders(n as usize)));
            batch::run_batch_in(arena, orders).map_or(0, |outs| digest(black_box(outs)))
        }),
        Workload::BatchNumbers => with_arena(workload, |arena, n| {
            let lines = batch_numbers::Line::from_slice(black_box(data::lines(n as usize)));
            batch_numbers::run_batch_in(arena, lines).map_or(0, |outs| digest(black_box(outs)))
        }),
        Workload::Total => with_arena(workload, |arena, n| {
            total::run_in(arena, total::Line::from_slice(black_box(data::lines(n as usize)))).unwrap_or(0)
        }),
        Workload::LongRule => with_arena(workload, |arena, n| {
            let cases = black_box(data::cases());
            sum_calls(n, |index| long_rule::run_in(arena, long_rule::Case::from_ref(&cases[index % ROWS])).ok())
        }),
        Workload::Table => {
            with_arena(workload, |arena, n| sum_calls(n, |index| table::run_in(arena, data::amount(index as u64)).ok()))
        }
        Workload::Pipeline => {
            with_arena(workload, |arena, n| pipeline::run_in(arena, black_box(n) as i64).unwrap_or(0))
        }
        Workload::PipelineList => with_arena(workload, |arena, n| {
            let numbers = black_box(data::numbers(n as usize));
            pipeline_list::run_in(arena, numbers).unwrap_or(0)
        }),
        Workload::Text => with_arena(workload, |arena, n| text::run_in(arena, n as i64).unwrap_or(0)),
        Workload::Recursion => {
            with_arena(workload, |arena, n| sum_calls(n, |_| recursion::run_in(arena, black_box(DEPTH)).ok()))
        }
    }
}

/// The rule of a workload, for arguments that were checked once; none where nothing of them is checked.
///
/// That of a row is the rule of batches: it computes the same, and its fields have ranges.
pub fn checked_once(workload: Workload) -> Option<Side> {
    let mut arena = Arena::new();
    match workload {
        Workload::RowRecord => {
            let orders = batch::validate_batch(&mut arena, batch::Order::from_slice(data::orders(ROWS)))
                .expect("they are in their ranges");
            Some(Side::new(ENGINE_CHECKED, workload, move |n| {
                let orders = black_box(orders);
                sum_calls(n, |index| batch::run_valid_in(&mut arena, &orders.row(index % ROWS)?).ok())
            }))
        }
        Workload::BatchNumbers => {
            let lines = batch_numbers::Line::from_slice(data::lines(data::MOST));
            let lines = batch_numbers::validate_batch(&mut arena, lines).expect("they are in their ranges");
            Some(Side::new(ENGINE_CHECKED, workload, move |n| {
                let lines = lines.get(0..n as usize).expect("so many lines");
                batch_numbers::run_valid_batch_in(&mut arena, black_box(&lines))
                    .map_or(0, |outs| digest(black_box(outs)))
            }))
        }
        Workload::Total => {
            let own = |line: &data::Line| total::Line::new(line.qty, line.unit_cents, line.bps);
            let lines: &[total::Line] = data::lines(data::MOST).iter().map(own).collect::<Vec<_>>().leak();
            let mut valid =
                ForEach::new(move |n| total::validate(&lines[..n as usize]).expect("they are in their ranges"));
            Some(Side::new(ENGINE_CHECKED, workload, move |n| {
                total::run_valid_in(&mut arena, black_box(valid.of(n))).unwrap_or(0)
            }))
        }
        _ => None,
    }
}

fn with_arena(workload: Workload, mut pass: impl FnMut(&mut Arena, u64) -> i64 + 'static) -> Side {
    let mut arena = Arena::new();
    Side::new(ENGINE, workload, move |n| pass(&mut arena, n))
}
