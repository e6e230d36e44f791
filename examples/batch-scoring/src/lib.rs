//! Scores a file of credit applications by a rule that is compiled into the program, in chunks, so that memory stays flat.

pub mod application;
pub mod generate;
pub mod report;
pub mod score;

relon::include_rules!();
