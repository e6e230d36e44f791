//! A program with rules compiled into it, which prints the result of one.

#![allow(clippy::print_stdout, reason = "it is all that it does")]

mod rules {
    #![allow(dead_code, reason = "one rule is used")]

    relon::include_rules!();
}

fn main() -> Result<(), relon::RuleError> {
    let (qty, unit_cents, tier) = peers_work::rows::order(0);
    println!("{}", rules::row_record::run(&rules::row_record::Order::new(qty, unit_cents, tier))?);
    Ok(())
}
