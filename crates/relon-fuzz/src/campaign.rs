//! Many programs, one after the other.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::judge::{Judge, Verdict};
use crate::program::program;
use crate::shrink::shrink;
use crate::ways::{WAYS, Ways};

/// How often progress is shown.
const PROGRESS: Duration = Duration::from_secs(10);

/// Programs with a construct.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// All of them.
    pub programs: usize,
    /// Those of which a run ended with an error.
    pub trapped: usize,
}

/// What there was.
#[derive(Debug, Default)]
pub struct Summary {
    /// Programs.
    pub programs: usize,
    /// Those that check.
    pub checked: usize,
    /// Those that took too long to be compared.
    pub slow: Vec<u64>,
    /// Seeds of those that differ.
    pub different: Vec<u64>,
    /// How runs ended, by the kind of the error or `value`.
    pub ends: BTreeMap<String, usize>,
    /// The programs that check and have each construct.
    pub constructs: BTreeMap<&'static str, Uses>,
    /// First diagnostics of programs that do not check, with one seed.
    pub refusals: BTreeMap<String, (usize, u64)>,
    /// Programs and microseconds of each way.
    pub times: BTreeMap<&'static str, (u64, u64)>,
    /// How long it took.
    pub time: Duration,
}

impl Summary {
    /// Programs that check, of a hundred.
    pub fn percent_checked(&self) -> f64 {
        self.checked as f64 * 100.0 / self.programs.max(1) as f64
    }

    /// One line for people.
    pub fn line(&self) -> String {
        format!(
            "{} programs, {:.1} % check, {:.1} a second, {} slow, {} different",
            self.programs,
            self.percent_checked(),
            self.programs as f64 / self.time.as_secs_f64().max(0.001),
            self.slow.len(),
            self.different.len()
        )
    }

    /// What each way took for a program, in milliseconds.
    pub fn costs(&self) -> String {
        let cost = |(way, (programs, micros)): (&&str, &(u64, u64))| {
            format!("{way}: {programs} at {:.1} ms", *micros as f64 / 1e3 / *programs as f64)
        };
        self.times.iter().map(cost).collect::<Vec<_>>().join("; ")
    }
}

/// Runs the programs of `count` seeds. Those that differ are made smaller and written to a folder.
///
/// # Errors
/// Where no child process can be started or the folder cannot be written.
pub fn run(first: u64, count: u64, folder: &Path) -> io::Result<Summary> {
    let mut judge = Judge::start()?;
    let mut summary = Summary::default();
    let start = Instant::now();
    let mut shown = start;
    for seed in first..first + count {
        one(&mut judge, seed, folder, &mut summary)?;
        summary.time = start.elapsed();
        if shown.elapsed() > PROGRESS {
            shown = Instant::now();
            eprintln!("seed {seed}: {}", summary.line());
        }
    }
    Ok(summary)
}

fn way_name(number: usize) -> &'static str {
    number.checked_sub(1).map_or("evaluator", |number| WAYS[number].name)
}

fn one(judge: &mut Judge, seed: u64, folder: &Path, summary: &mut Summary) -> io::Result<()> {
    let program = program(seed);
    let source = program.tree.text();
    let ways = Ways::of(seed);
    let verdict = judge.judge(&source, &program.arguments, ways)?;
    summary.programs += 1;
    summary.checked += usize::from(!matches!(verdict, Verdict::Refused(_)));
    match &verdict {
        Verdict::Refused(why) => {
            let first = why.lines().next().unwrap_or_default();
            summary.refusals.entry(first.to_owned()).or_insert((0, seed)).0 += 1;
        }
        Verdict::Same { ends, times } => {
            for (way, time) in times {
                let (programs, micros) = summary.times.entry(way_name(*way)).or_default();
                (*programs, *micros) = (*programs + 1, *micros + time);
            }
            let trapped = usize::from(ends.iter().any(|end| end != "value"));
            for name in program.tree.names() {
                let uses = summary.constructs.entry(name).or_default();
                (uses.programs, uses.trapped) = (uses.programs + 1, uses.trapped + trapped);
            }
            ends.iter().for_each(|end| *summary.ends.entry(end.clone()).or_default() += 1);
        }
        Verdict::Slow => summary.slow.push(seed),
        Verdict::Differs { text, .. } => {
            eprintln!("seed {seed} differs after {:.1} s: {text}\nmaking it smaller", summary.time.as_secs_f64());
            summary.different.push(seed);
            let (source, arguments, text) = shrink(judge, &program, ways, &verdict)?;
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(format!("{seed}.relon")), &source)?;
            std::fs::write(folder.join(format!("{seed}.args.json")), format!("{arguments}\n"))?;
            eprintln!("{source}with {arguments}\n{text}\n");
        }
    }
    Ok(())
}
