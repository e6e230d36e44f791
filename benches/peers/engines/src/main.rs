//! The engines that Rust programs embed, each used as one who knows it well would. The benchmark starts this as a process of its own.

mod cel;
mod javascript;
mod luajit;
mod rhai;
mod roto;
mod rune;
mod wasm;

use std::error::Error;

use peers_work::serve::serve;
use peers_work::start;
use peers_work::{Offer, Pass, Side, Workload};

/// Why engines have no such workload.
pub const ONLY_RELON: &str = "measured for Rust and Relon alone";
pub const ROW_BY_ROW: &str = "has no call for many rows";

/// What an engine has for a workload.
pub enum Work {
    Pass(Pass),
    Cannot(&'static str),
}

impl Work {
    /// A pass without the box.
    pub fn pass(pass: impl FnMut(u64) -> i64 + 'static) -> Result<Work, Box<dyn Error>> {
        Ok(Work::Pass(Box::new(pass)))
    }
}

type Prepare = fn(Workload) -> Result<Work, Box<dyn Error>>;

const ENGINES: [(&str, Prepare); 8] = [
    ("roto", roto::work),
    ("wasmtime", wasm::work),
    ("LuaJIT, FFI", luajit::ffi),
    ("LuaJIT, callbacks", luajit::callbacks),
    ("QuickJS", javascript::work),
    ("rune", rune::work),
    ("rhai", rhai::work),
    ("cel", cel::work),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, option, engine] = arguments.as_slice()
        && option == start::OPTION
    {
        let found = ENGINES.iter().find(|(name, _)| name == engine);
        let (name, prepare) = found.ok_or("no such engine")?;
        return start::first_result(offer(name, *prepare, Workload::RowRecord)?);
    }
    serve(|workload| ENGINES.iter().map(|(engine, prepare)| offer(engine, *prepare, workload)).collect())
}

fn offer(engine: &'static str, prepare: Prepare, workload: Workload) -> Result<Offer, Box<dyn Error>> {
    if matches!(
        workload,
        Workload::BatchNumbers | Workload::Total | Workload::LongRule | Workload::Table | Workload::PipelineList
    ) {
        return Ok(Offer::Cannot(engine, ONLY_RELON));
    }
    match prepare(workload).map_err(|error| format!("{engine}, {}: {error}", workload.name()))? {
        Work::Pass(pass) => Ok(Offer::Side(Side { engine, workload, pass })),
        Work::Cannot(why) => Ok(Offer::Cannot(engine, why)),
    }
}
