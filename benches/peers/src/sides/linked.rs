//! Rules that are compiled into the program: as machine code, or in a build with link-time optimisation as bitcode.

use std::hint::black_box;

use relon::Arena;

use crate::data::{self, DEPTH, ROWS, digest};
use peers_work::{Side, Workload, sum_calls};

/// How the rules of this build got into the program. The recipe of the build with link-time optimisation says so.
pub const ENGINE: &str = match option_env!("PEERS_LTO") {
    Some(_) => "Relon, LTO",
    None => "Relon, object",
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
        Workload::Batch => {
            let own = |order: &data::Order<'static>| batch::Order::new(order.qty, order.unit_cents, order.tier);
            let orders: Vec<batch::Order<'static>> = data::orders(data::MOST).iter().map(own).collect();
            with_arena(workload, move |arena, n| {
                batch::run_batch_in(arena, black_box(&orders[..n as usize])).map_or(0, |outs| digest(black_box(outs)))
            })
        }
        Workload::BatchNumbers => {
            let own = |line: &data::Line| batch_numbers::Line::new(line.qty, line.unit_cents, line.bps);
            let lines: Vec<batch_numbers::Line> = data::lines(data::MOST).iter().map(own).collect();
            with_arena(workload, move |arena, n| {
                batch_numbers::run_batch_in(arena, black_box(&lines[..n as usize]))
                    .map_or(0, |outs| digest(black_box(outs)))
            })
        }
        Workload::Total => {
            let own = |line: &data::Line| total::Line::new(line.qty, line.unit_cents, line.bps);
            let lines: Vec<total::Line> = data::lines(data::MOST).iter().map(own).collect();
            with_arena(workload, move |arena, n| total::run_in(arena, black_box(&lines[..n as usize])).unwrap_or(0))
        }
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

fn with_arena(workload: Workload, mut pass: impl FnMut(&mut Arena, u64) -> i64 + 'static) -> Side {
    let mut arena = Arena::new();
    Side::new(ENGINE, workload, move |n| pass(&mut arena, n))
}
