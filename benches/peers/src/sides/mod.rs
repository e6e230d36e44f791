//! The sides of the comparison: an engine and a workload.

pub mod linked;
#[cfg(feature = "jit")]
pub mod loaded;
pub mod plain;

use std::error::Error;

use crate::workload::Workload;

/// Does the work `n` times or for `n` things, and gives a number by which results are compared.
pub type Pass = Box<dyn FnMut(u64) -> i64>;

/// An engine that does a workload.
pub struct Side {
    pub engine: &'static str,
    pub workload: Workload,
    pub pass: Pass,
}

impl Side {
    pub fn new(engine: &'static str, workload: Workload, pass: impl FnMut(u64) -> i64 + 'static) -> Self {
        Side { engine, workload, pass: Box::new(pass) }
    }
}

/// All sides of a workload, plain Rust first.
pub fn sides(workload: Workload) -> Result<Vec<Side>, Box<dyn Error>> {
    let mut sides = plain::sides(workload);
    sides.push(linked::side(workload));
    #[cfg(feature = "jit")]
    sides.extend(loaded::sides(workload)?);
    Ok(sides)
}

/// The sum of what each of `n` calls gives. Where there is no result, the sum lacks it.
#[inline(always)]
pub fn sum_calls(n: u64, mut call: impl FnMut(usize) -> Option<i64>) -> i64 {
    let mut sum = 0_i64;
    for index in 0..n as usize {
        sum = sum.wrapping_add(call(index).unwrap_or(0));
    }
    sum
}
