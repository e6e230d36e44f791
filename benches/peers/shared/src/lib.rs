//! What all engines of the benchmark share. It depends on none of them, and not on Relon.

pub mod functions;
pub mod rows;
pub mod serve;
pub mod side;
pub mod start;
pub mod workload;

pub use functions::{mix, tier_bps};
pub use side::{ForEach, Offer, Pass, Side, sum_calls};
pub use workload::Workload;
