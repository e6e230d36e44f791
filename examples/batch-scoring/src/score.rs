//! Reads a file in chunks and scores each with one call.

use std::error::Error;
use std::io::{Read, Write};
use std::time::Instant;

use csv::StringRecord;
use relon::{Arena, RuleError};

use crate::application::{COLUMNS, Line};
use crate::credit::{self, Application, Score};
use crate::report::{Failure, Summary};

/// Lines of the file, kept until they are scored.
#[derive(Debug)]
struct Chunk {
    /// As many as a chunk has lines; their memory is used again.
    records: Vec<StringRecord>,
    /// How many of them are read.
    filled: usize,
    /// Lines that are no records.
    failures: Vec<Failure>,
}

/// Where results go: scores with the applications' names, and what was wrong with lines.
struct Output<O: Write, E: Write> {
    scores: csv::Writer<O>,
    failures: csv::Writer<E>,
}

/// Scores the applications of a CSV file. `progress` is told the bytes and rows that are done.
///
/// # Errors
/// Where a file cannot be read or written, or a column is missing. A line that is wrong is no error: it goes to `failures`.
pub fn score(
    input: impl Read,
    scores: impl Write,
    failures: impl Write,
    chunk_rows: usize,
    mut progress: impl FnMut(u64, u64),
) -> Result<Summary, Box<dyn Error>> {
    let start = Instant::now();
    let mut reader = csv::Reader::from_reader(input);
    let headers = reader.headers()?.clone();
    if let Some(missing) = COLUMNS.iter().find(|column| !headers.iter().any(|header| header == **column)) {
        return Err(format!("the file has no column `{missing}`; it has {}", COLUMNS.join(", ")).into());
    }
    let mut output = Output { scores: csv::Writer::from_writer(scores), failures: csv::Writer::from_writer(failures) };
    output.scores.write_record(["id", "points", "decision", "rate_bps", "instalment_cents"])?;
    let (mut chunk, mut arena, mut summary) = (Chunk::new(chunk_rows.max(1)), Arena::new(), Summary::default());
    while chunk.read(&mut reader)? {
        chunk.score(&headers, &mut arena, &mut output, &mut summary)?;
        progress(reader.position().byte(), summary.rows);
    }
    output.scores.flush()?;
    output.failures.flush()?;
    summary.took = start.elapsed();
    Ok(summary)
}

impl Chunk {
    fn new(rows: usize) -> Self {
        Chunk { records: vec![StringRecord::new(); rows], filled: 0, failures: Vec::new() }
    }

    /// Reads the next lines; false at the end of the file.
    fn read(&mut self, reader: &mut csv::Reader<impl Read>) -> csv::Result<bool> {
        self.filled = 0;
        while self.filled + self.failures.len() < self.records.len() {
            match reader.read_record(&mut self.records[self.filled]) {
                Ok(true) => self.filled += 1,
                Ok(false) => break,
                Err(error) => self.failures.push(unreadable(error)?),
            }
        }
        Ok(self.filled + self.failures.len() > 0)
    }

    /// Scores the lines that were read.
    fn score<O: Write, E: Write>(
        &mut self,
        headers: &StringRecord,
        arena: &mut Arena,
        output: &mut Output<O, E>,
        summary: &mut Summary,
    ) -> Result<(), Box<dyn Error>> {
        let records = &self.records[..self.filled];
        let mut failures = std::mem::take(&mut self.failures);
        summary.rows += (records.len() + failures.len()) as u64;
        // The applications borrow the texts of the records.
        let (mut applications, mut lines) = (Vec::with_capacity(records.len()), Vec::with_capacity(records.len()));
        for record in records {
            match record.deserialize::<Line<'_>>(Some(headers)) {
                Ok(line) => {
                    applications.push(Application::from(line));
                    lines.push(record.position().map_or(0, csv::Position::line));
                }
                Err(error) => failures.push(unreadable(error)?),
            }
        }
        let start = Instant::now();
        let results = run(arena, &applications)?;
        summary.in_rule += start.elapsed();
        for ((application, line), result) in applications.iter().zip(lines).zip(results) {
            match result {
                Ok(score) => {
                    summary.scored(&score);
                    output.score(application, &score)?;
                }
                Err(error) => failures.push(Failure::stopped(line, &error)),
            }
        }
        failures.sort_by_key(|failure| failure.line);
        for failure in &failures {
            summary.failed(failure);
            output.failures.serialize(failure)?;
        }
        Ok(())
    }
}

/// The rule for each row, whether others fail or not.
fn run(arena: &mut Arena, applications: &[Application<'_>]) -> Result<Vec<Result<Score, RuleError>>, RuleError> {
    let mut results = Vec::with_capacity(applications.len());
    credit::run_each(arena, applications, |_, result| results.push(result))?;
    Ok(results)
}

impl<O: Write, E: Write> Output<O, E> {
    fn score(&mut self, application: &Application<'_>, score: &Score) -> csv::Result<()> {
        let Score { points, decision, rate_bps, instalment_cents } = score;
        self.scores.serialize((application.id.as_str(), points, decision, rate_bps, instalment_cents))
    }
}

/// A line that cannot be read, unless it is the file that cannot be.
fn unreadable(error: csv::Error) -> csv::Result<Failure> {
    if error.is_io_error() {
        return Err(error);
    }
    let line = error.position().map_or(0, csv::Position::line);
    Ok(Failure::unreadable(line, error.to_string()))
}
