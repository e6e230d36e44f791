//! Sides of this program and of others, which are told what to do line by line (`peers_work::serve`).

use std::cell::RefCell;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

use peers_work::rows::look_at_all;
use peers_work::{Side, Workload, serve};

/// Another process with engines.
pub struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a program that serves.
    pub fn start(program: &Path) -> Result<Rc<RefCell<Worker>>, Box<dyn Error>> {
        let mut child = Command::new(program)
            .arg(serve::OPTION)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let (input, output) = child.stdin.take().zip(child.stdout.take()).ok_or("a process without pipes")?;
        Ok(Rc::new(RefCell::new(Worker { child, input, output: BufReader::new(output) })))
    }

    fn tell(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        Ok(writeln!(self.input, "{line}")?)
    }

    fn hear(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err("a process with engines ended: what it wrote says why".into());
        }
        Ok(line.trim_end_matches('\n').to_owned())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who does a workload.
pub enum Runner {
    Here(Side),
    There { worker: Rc<RefCell<Worker>>, index: usize, engine: String },
}

impl Runner {
    pub fn engine(&self) -> &str {
        match self {
            Runner::Here(side) => side.engine,
            Runner::There { engine, .. } => engine,
        }
    }

    /// The result and the nanoseconds of so many passes. `all` says whether all results of a batch are looked at.
    pub fn run(&mut self, n: u64, passes: u32, all: bool) -> Result<(i64, f64), Box<dyn Error>> {
        match self {
            Runner::Here(side) => {
                look_at_all(all);
                Ok(side.run(n, passes)?)
            }
            Runner::There { worker, index, engine } => {
                let mut worker = worker.borrow_mut();
                worker.tell(&format!("run {index} {n} {passes} {}", if all { "all" } else { "some" }))?;
                let answer = worker.hear().map_err(|error| format!("{engine}: {error}"))?;
                let (result, time) = answer.split_once(' ').ok_or("an answer has two numbers")?;
                Ok((result.parse()?, time.parse()?))
            }
        }
    }
}

/// An engine that cannot do a workload, and why.
pub struct Unable {
    pub engine: String,
    pub why: String,
}

/// What a process has for a workload.
pub fn open(worker: &Rc<RefCell<Worker>>, workload: Workload) -> Result<(Vec<Runner>, Vec<Unable>), Box<dyn Error>> {
    let number = Workload::ALL.iter().position(|known| *known == workload).ok_or("no such workload")?;
    let mut there = worker.borrow_mut();
    there.tell(&format!("open {number}"))?;
    let (mut runners, mut unable) = (Vec::new(), Vec::new());
    loop {
        let line = there.hear()?;
        match line.split_once('\t') {
            _ if line.is_empty() => return Ok((runners, unable)),
            Some((engine, why)) => unable.push(Unable { engine: engine.to_owned(), why: why.to_owned() }),
            None => runners.push(Runner::There { worker: worker.clone(), index: runners.len(), engine: line }),
        }
    }
}
