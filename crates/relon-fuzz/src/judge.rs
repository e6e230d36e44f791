//! Runs a program in every way and compares. It is done in a process of its own, since wrong machine code ends its process.
//!
//! The child reads requests from its input, one line of JSON each, and answers with a line.

use std::io::{self, BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use relon::{Backend, Capability, Engine, Error, NativesPackage};
use serde_json::{Value, json};

use crate::files::Files;
use crate::ways::{LIMITS, Ways, Workshop};

/// A program may take so long.
const PATIENCE: Duration = Duration::from_secs(120);
/// What the child says once the natives are built.
const READY: &str = "ready";

/// What became of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It does not check: the first diagnostic.
    Refused(String),
    /// All ways agree.
    Same {
        /// What each set of arguments gave: `value` or the kind of an error.
        ends: Vec<String>,
        /// The way, 0 for the evaluator and others from 1, and the microseconds that it took.
        times: Vec<(usize, u64)>,
    },
    /// Two ways differ, or something panicked or crashed.
    Differs {
        /// How, for people.
        text: String,
        /// For which arguments, where that is known.
        arguments: Option<usize>,
        /// In which way, where that is known.
        ways: Option<Ways>,
    },
    /// It took too long.
    Slow,
}

/// A child process that judges.
pub struct Judge {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
}

impl Judge {
    /// Starts the child.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start() -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program).arg("judge").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (requests, output) = (child.stdin.take(), child.stdout.take());
        let (requests, output) = requests.zip(output).ok_or_else(|| io::Error::other("a child without pipes"))?;
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        match answers.recv() {
            Ok(line) if line == READY => Ok(Judge { child, requests, answers }),
            Ok(line) => Err(io::Error::other(format!("the child says `{line}`"))),
            Err(_) => Err(io::Error::other(format!("the child ended: {}", child.wait()?))),
        }
    }

    /// Judges a program. A child that ends or hangs is replaced.
    ///
    /// # Errors
    /// Where no child can be started.
    pub fn judge(&mut self, source: &str, arguments: &[Value], ways: Ways) -> io::Result<Verdict> {
        let request = json!({"source": source, "arguments": arguments, "ways": ways.0});
        let sent = writeln!(self.requests, "{request}").and_then(|()| self.requests.flush());
        let answer = match sent {
            Ok(()) => self.answers.recv_timeout(PATIENCE),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        match answer {
            Ok(line) => Ok(parsed(&line)),
            Err(end) => {
                let status = self.end()?;
                *self = Judge::start()?;
                Ok(match end {
                    RecvTimeoutError::Timeout => Verdict::Slow,
                    RecvTimeoutError::Disconnected => {
                        Verdict::Differs { text: format!("the process ended: {status}"), arguments: None, ways: None }
                    }
                })
            }
        }
    }
}

impl Judge {
    /// Ends the child, if it has not ended itself.
    fn end(&mut self) -> io::Result<ExitStatus> {
        drop(self.child.kill());
        let status = self.child.wait();
        Workshop::remove(self.child.id());
        status
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        drop(self.end());
    }
}

fn parsed(line: &str) -> Verdict {
    let answer: Value = serde_json::from_str(line).unwrap_or_default();
    let text = |name: &str| answer[name].as_str().map(str::to_owned);
    if let Some(refused) = text("refused") {
        return Verdict::Refused(refused);
    }
    if let Some(ends) = answer["same"].as_array() {
        let ends = ends.iter().filter_map(|end| end.as_str().map(str::to_owned)).collect();
        return Verdict::Same { ends, times: serde_json::from_value(answer["times"].clone()).unwrap_or_default() };
    }
    Verdict::Differs {
        text: text("differs").unwrap_or_else(|| format!("no answer: {line}")),
        arguments: answer["arguments"].as_u64().map(|number| number as usize),
        ways: answer["way"].as_u64().map(Ways::one),
    }
}

/// What the child does: answers until its input ends.
///
/// # Errors
/// Where its input or output fails or the natives cannot be built.
pub fn serve(input: impl BufRead, mut output: impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let natives = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite/natives");
    let package = NativesPackage::build_linked(&natives, &mut |_| {}).map_err(|error| error.render(false))?;
    let (package, workshop) = (Arc::new(package), Workshop::new()?);
    writeln!(output, "{READY}")?;
    output.flush()?;
    for line in input.lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = catch_unwind(AssertUnwindSafe(|| answer(&package, &workshop, &request)))
            .unwrap_or_else(|_| json!({"differs": "the compiler panicked"}));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(package: &Arc<NativesPackage>, workshop: &Workshop, request: &Value) -> Value {
    let files = Files::of(request["source"].as_str().unwrap_or_default());
    let source = files.main.clone();
    let arguments: Vec<String> = request["arguments"].as_array().into_iter().flatten().map(Value::to_string).collect();
    let mut engine = Engine::new();
    engine.natives(package.clone()).grant(Capability::Network).modules(files).limits(LIMITS).backend(Backend::Eval);
    let mut start = Instant::now();
    let evaluated = match engine.load("program.relon", &source) {
        Ok(program) => outcomes(&arguments, |arguments| program.run_json(arguments)),
        Err(error) => {
            let first = &error.problems()[0];
            return json!({"refused": format!("{}: {}\n{}", first.name, first.message, error.render(false))});
        }
    };
    let ways = Ways(request["ways"].as_u64().unwrap_or_default());
    let mut times = vec![(0, micros(&mut start))];
    for (number, way) in ways.list() {
        let name = way.name;
        let compiled = match way.load(&mut engine, &source, workshop) {
            Ok(program) => outcomes(&arguments, |arguments| way.run(&program, arguments)),
            Err(error) => return json!({"differs": format!("{name}: {error}"), "way": number}),
        };
        times.push((number + 1, micros(&mut start)));
        for (index, (expected, found)) in evaluated.iter().zip(&compiled).enumerate() {
            if expected != found && !runs_out([expected, found]) {
                let text = format!("evaluated: {}\n{name}: {}", shown(expected), shown(found));
                return json!({"differs": text, "way": number, "arguments": index});
            }
        }
    }
    json!({"same": evaluated.iter().map(end).collect::<Vec<_>>(), "times": times})
}

/// The time since `start`, which becomes this moment.
fn micros(start: &mut Instant) -> u64 {
    let passed = start.elapsed().as_micros() as u64;
    *start = Instant::now();
    passed
}

/// The result as JSON text, or all that is known of the error.
type Outcome = Result<String, Value>;

fn outcomes(arguments: &[String], run: impl Fn(&str) -> Result<String, Error>) -> Vec<Outcome> {
    arguments.iter().map(|arguments| run(arguments).map_err(|error| error.to_json())).collect()
}

fn end(outcome: &Outcome) -> String {
    match outcome {
        Ok(_) => "value".to_owned(),
        Err(error) => error["kind"].as_str().unwrap_or_default().to_owned(),
    }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Ok(value) => value.clone(),
        Err(error) => error.to_string(),
    }
}

/// Whether a run met the limit of memory, which the ways reach at different points.
fn runs_out(outcomes: [&Outcome; 2]) -> bool {
    outcomes.into_iter().any(|outcome| end(outcome) == "ValueTooLarge")
}
