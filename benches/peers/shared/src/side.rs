//! An engine that does a workload.

use cpu_time::ThreadTime;

use crate::Workload;

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

    /// The result of so many passes, which are all the same, and their nanoseconds: the time of the thread on a processor, which other
    /// processes cannot take part of.
    ///
    /// # Errors
    /// Two results that differ.
    pub fn run(&mut self, n: u64, passes: u32) -> Result<(i64, f64), String> {
        let start = ThreadTime::now();
        let first = (self.pass)(std::hint::black_box(n));
        for _ in 1..passes {
            let next = (self.pass)(std::hint::black_box(n));
            if next != first {
                return Err(format!("{} gives {first} and then {next}", self.engine));
            }
        }
        Ok((first, start.elapsed().as_secs_f64() * 1e9))
    }
}

/// What is made for an `n` when it is first met: a pass is first run to compare its result, so that this is not timed.
pub struct ForEach<T> {
    make: Box<dyn Fn(u64) -> T>,
    made: Option<(u64, T)>,
}

impl<T> ForEach<T> {
    pub fn new(make: impl Fn(u64) -> T + 'static) -> Self {
        ForEach { make: Box::new(make), made: None }
    }

    pub fn of(&mut self, n: u64) -> &T {
        let made = self.made.take().filter(|(known, _)| *known == n);
        &self.made.insert(made.unwrap_or_else(|| (n, (self.make)(n)))).1
    }
}

/// What a process has for a workload.
pub enum Offer {
    Side(Side),
    /// An engine that cannot do it, and why.
    Cannot(&'static str, &'static str),
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
