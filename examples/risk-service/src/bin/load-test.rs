//! Sends payments to the service on many connections, and says how fast they were answered and by which versions of the rule.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use hyper::StatusCode;
use risk_service::client::{Broken, Connection};
use risk_service::payment::{Answer, Request};

/// Sends payments to the service, and says how fast they were answered.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// Where the service listens.
    #[arg(long, default_value = "127.0.0.1:3000")]
    address: String,
    /// The rule.
    #[arg(long, default_value = "card")]
    rule: String,
    /// Connections, each of which asks one thing after the other.
    #[arg(long, default_value_t = 16)]
    connections: u32,
    /// How long to go on, unless interrupted.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
}

/// Different payments that are sent.
const PAYMENTS: i64 = 64;

/// When to stop asking.
#[derive(Debug)]
struct End {
    time: Instant,
    /// Whether somebody wants to stop before.
    early: AtomicBool,
}

/// What a connection has seen.
#[derive(Debug, Default)]
struct Seen {
    /// Microseconds of each answer.
    latencies: Vec<u32>,
    errors: BTreeMap<String, u64>,
    versions: BTreeMap<u64, Version>,
    /// Answers of a version older than one that was seen before.
    older: u64,
}

/// The answers of a version of the rule.
#[derive(Clone, Copy, Debug)]
struct Version {
    answers: u64,
    /// After this time the first came.
    first: Duration,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Broken> {
    let options = Options::parse();
    let start = Instant::now();
    let end =
        Arc::new(End { time: start + Duration::try_from_secs_f64(options.seconds)?, early: AtomicBool::new(false) });
    let early = end.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            early.early.store(true, Ordering::Relaxed);
        }
    });
    let ask = |number| tokio::spawn(converse(options.clone(), number, start, end.clone()));
    let connections: Vec<_> = (0..options.connections).map(ask).collect();
    let mut all = Seen::default();
    for connection in connections {
        all.add(connection.await?);
    }
    all.latencies.sort_unstable();
    all.print(start.elapsed());
    Ok(if all.errors.is_empty() && all.older == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asks on one connection until the end, or until it breaks.
async fn converse(options: Options, number: u32, start: Instant, end: Arc<End>) -> Seen {
    let mut seen = Seen::default();
    if let Err(error) = ask_until(&options, number, start, &end, &mut seen).await {
        *seen.errors.entry(error.to_string()).or_default() += 1;
    }
    seen
}

async fn ask_until(options: &Options, number: u32, start: Instant, end: &End, seen: &mut Seen) -> Result<(), Broken> {
    let bodies = (0..PAYMENTS).map(|index| serde_json::to_vec(&payment(index)).map(hyper::body::Bytes::from));
    let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
    let path = format!("/score/{}", options.rule);
    let mut connection = Connection::open(&options.address).await?;
    for body in bodies.iter().cycle().skip(number as usize % bodies.len()) {
        let asked = Instant::now();
        if asked >= end.time || end.early.load(Ordering::Relaxed) {
            break;
        }
        let (status, answer) = connection.post(&path, body.clone()).await?;
        seen.latencies.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
        match status {
            StatusCode::OK => seen.answer(serde_json::from_slice(&answer)?, start.elapsed()),
            _ => *seen.errors.entry(format!("{status}: {}", String::from_utf8_lossy(&answer))).or_default() += 1,
        }
    }
    Ok(())
}

/// A payment like others, and different from them.
fn payment(index: i64) -> Request {
    let country = ["AT", "FR", "US", "PL"][index as usize % 4];
    let domain = if index % 16 == 5 { "mailinator.com" } else { "example.org" };
    Request {
        id: format!("P-{index}"),
        country: country.to_owned(),
        email: format!("customer{index}@{domain}"),
        cents: 1500 + index * 2500,
        account_days: index * 7 % 400,
        earlier_cents: (0..index % 20).map(|earlier| 1000 + earlier * 700).collect(),
        coupon: (index % 5 == 0).then(|| "SPRING".to_owned()),
    }
}

impl Seen {
    fn answer(&mut self, answer: Answer, after: Duration) {
        if self.versions.last_key_value().is_some_and(|(newest, _)| *newest > answer.version) {
            self.older += 1;
        }
        let version = self.versions.entry(answer.version).or_insert(Version { answers: 0, first: after });
        version.answers += 1;
    }

    fn add(&mut self, other: Seen) {
        self.latencies.extend(other.latencies);
        self.older += other.older;
        for (error, count) in other.errors {
            *self.errors.entry(error).or_default() += count;
        }
        for (number, seen) in other.versions {
            let version = self.versions.entry(number).or_insert(Version { answers: 0, ..seen });
            version.answers += seen.answers;
            version.first = version.first.min(seen.first);
        }
    }

    /// The latency that this share of the answers kept.
    fn latency(&self, percent: usize) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let index = (self.latencies.len() * percent / 100).min(last);
        Duration::from_micros(self.latencies.get(index).copied().unwrap_or_default().into())
    }

    fn print(&self, took: Duration) {
        let count = self.latencies.len();
        println!("answers     {count} in {took:.1?}, {:.0} a second", count as f64 / took.as_secs_f64());
        println!("latency     p50 {:?}, p99 {:?}, longest {:?}", self.latency(50), self.latency(99), self.latency(100));
        println!("errors      {}", self.errors.values().sum::<u64>());
        for (error, count) in &self.errors {
            println!("            {count} times {error}");
        }
        for (number, Version { answers, first }) in &self.versions {
            println!("version {number:<3} {answers} answers, the first after {first:.1?}");
        }
        println!(
            "switches    {}, {} answers of an older version after a newer",
            self.versions.len().saturating_sub(1),
            self.older
        );
    }
}
