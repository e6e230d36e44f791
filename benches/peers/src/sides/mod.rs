//! The sides of the comparison that this program has: plain Rust and Relon.

pub mod linked;
#[cfg(feature = "jit")]
pub mod loaded;
pub mod plain;

use std::error::Error;

use peers_work::{Offer, Side, Workload};

/// All sides of a workload, plain Rust first.
pub fn sides(workload: Workload) -> Result<Vec<Side>, Box<dyn Error>> {
    let mut sides = plain::sides(workload);
    sides.push(linked::side(workload));
    sides.extend(linked::checked_once(workload));
    #[cfg(feature = "jit")]
    sides.extend(loaded::sides(workload)?);
    Ok(sides)
}

/// What this program does for another build of it: the plain Rust of this build, and the rule.
pub fn offers(workload: Workload) -> Result<Vec<Offer>, Box<dyn Error>> {
    let plain = plain::sides(workload).into_iter().take(1);
    let sides = plain.chain([linked::side(workload)]).chain(linked::checked_once(workload));
    Ok(sides.map(Offer::Side).collect())
}
