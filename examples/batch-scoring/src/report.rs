//! What was done, and what was wrong with lines that were not scored.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use indicatif::HumanCount;
use relon::RuleError;
use serde::Serialize;

use crate::credit::{Decision, Score};

/// A line that was not scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Line of the file, from 1.
    pub line: u64,
    /// The kind of the error: the rule's, or `Unreadable`.
    pub kind: String,
    /// The place in the rule that stopped; empty where the line did not come that far.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl Failure {
    /// A line that is no application.
    pub fn unreadable(line: u64, message: String) -> Self {
        Failure { line, kind: "Unreadable".to_owned(), place: String::new(), message }
    }

    /// An application that the rule stopped at.
    pub fn stopped(line: u64, error: &RuleError) -> Self {
        Failure {
            line,
            kind: error.kind().to_string(),
            place: format!("{}:{}:{}", error.file(), error.line(), error.column()),
            message: error.message().to_owned(),
        }
    }
}

/// Failures of one kind at one place.
#[derive(Clone, Debug, Default)]
struct Group {
    count: u64,
    /// The first of them.
    lines: Vec<u64>,
    /// What was wrong with the first.
    message: String,
}

/// Lines that a summary names of each group.
const NAMED: usize = 5;

/// What was done with a file.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Lines with an application, good or not.
    pub rows: u64,
    /// Accepted, for review, refused.
    pub decisions: [u64; 3],
    /// Time for everything.
    pub took: Duration,
    /// Time in the rule.
    pub in_rule: Duration,
    failures: BTreeMap<(String, String), Group>,
}

impl Summary {
    /// Counts a score.
    pub fn scored(&mut self, score: &Score) {
        let index = match score.decision {
            Decision::Accept => 0,
            Decision::Review => 1,
            Decision::Refuse => 2,
        };
        self.decisions[index] += 1;
    }

    /// Counts a line that was not scored.
    pub fn failed(&mut self, failure: &Failure) {
        let group = self.failures.entry((failure.kind.clone(), failure.place.clone())).or_default();
        if group.count == 0 {
            group.message.clone_from(&failure.message);
        }
        group.count += 1;
        if group.lines.len() < NAMED {
            group.lines.push(failure.line);
        }
    }

    /// Lines that were not scored.
    pub fn failed_rows(&self) -> u64 {
        self.failures.values().map(|group| group.count).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [accept, review, refuse] = self.decisions.map(HumanCount);
        let per_second = |time: Duration| HumanCount((self.rows as f64 / time.as_secs_f64().max(1e-9)) as u64);
        writeln!(f, "rows     {} in {:.2?}, {} a second", HumanCount(self.rows), self.took, per_second(self.took))?;
        writeln!(f, "rule     {:.2?} of it, {} rows a second", self.in_rule, per_second(self.in_rule))?;
        writeln!(f, "scored   {accept} to accept, {review} to review, {refuse} to refuse")?;
        writeln!(f, "failed   {}", HumanCount(self.failed_rows()))?;
        for ((kind, place), group) in &self.failures {
            let lines: Vec<String> = group.lines.iter().map(u64::to_string).collect();
            let (at, more) = (if place.is_empty() { "" } else { " at " }, group.count > NAMED as u64);
            writeln!(f, "         {} {kind}{at}{place}, such as: {}", HumanCount(group.count), group.message)?;
            writeln!(f, "             lines {}{}", lines.join(", "), if more { ", ..." } else { "" })?;
        }
        Ok(())
    }
}
