//! A process that gives one result and ends, to see how long it takes from its start.

use std::error::Error;

use crate::Offer;

/// What the command line of such a process begins with; the name of an engine follows.
pub const OPTION: &str = "--start";

/// Prints the first result of an engine.
///
/// # Errors
/// An engine that has none.
#[allow(clippy::print_stdout, reason = "the process is run for it")]
pub fn first_result(offer: Offer) -> Result<(), Box<dyn Error>> {
    match offer {
        Offer::Side(mut side) => println!("{}", (side.pass)(1)),
        Offer::Cannot(engine, why) => return Err(format!("{engine} {why}").into()),
    }
    Ok(())
}
