//! Well-typed random programs, run on every backend and compared.
//!
//! A seed makes a program: [`program::program`] declares types, then makes values, functions and dicts of the types it likes, each
//! expression for a wanted type and from the names in scope. [`judge`] runs it on the evaluator and as compiled code, in a child process;
//! [`shrink`] makes smaller what differs; [`campaign`] does this for many seeds.

mod arguments;
pub mod campaign;
pub mod coverage;
mod declare;
mod files;
mod generate;
pub mod judge;
mod library;
pub mod program;
mod random;
mod scalars;
mod scope;
pub mod shrink;
pub mod tree;
mod types;
mod values;
pub mod ways;
