//! Cases beside rules: arguments and the result or error that they must give.
//!
//! `NAME.json` beside `NAME.relon` is one object:
//!
//! | key | value |
//! | --- | --- |
//! | `natives` | optional: the cargo package whose natives the rule may call, a path relative to the file |
//! | `grants` | optional: a list of capabilities that natives may use |
//! | `cases` | a list of cases |
//!
//! A case is an object:
//!
//! | key | value |
//! | --- | --- |
//! | `name` | a text that no other case of the file has |
//! | `args` | optional: the arguments, as for [`Program::run_json`](crate::Program::run_json); none unless given |
//! | `result` | the result. Int and Float stay apart: `3` is not `3.0` |
//! | `error` | instead of a result: what stops the rule |
//!
//! An error states its `kind` and may state `at` (`line:column-line:column`, counted in characters from 1, the end excluded), a part of its
//! `message`, and the name of its first `diagnostic`. Keys that are none of these are mistakes.
//!
//! ```
//! use relon::cases::CaseFile;
//!
//! let rule = "#main(Int n) -> Int\n100 / n";
//! let text = r#"{"cases": [
//!     {"name": "half", "args": {"n": 2}, "result": 50},
//!     {"name": "none", "args": {"n": 0}, "error": {"kind": "DivisionByZero", "at": "2:1-2:8"}}
//! ]}"#;
//! let program = relon::Engine::new().load("share.relon", rule)?;
//! for case in CaseFile::parse("share.json".as_ref(), text)?.cases {
//!     if let Err(mismatch) = case.judge(program.run_json(&case.args.to_string())) {
//!         panic!("{}: {mismatch}", case.name);
//!     }
//! }
//! # Ok::<(), relon::Error>(())
//! ```

mod find;
mod judge;
mod parse;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::{Capability, Engine, Error, ModuleFiles, NativesPackage};

pub use find::{find, rules};
pub use judge::{Difference, Found, Mismatch};

/// The cases of one rule.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The file.
    pub path: PathBuf,
    /// The natives package, found from where the file is.
    pub natives: Option<PathBuf>,
    /// What natives may use.
    pub grants: Vec<Capability>,
    /// The cases, in the order of the file.
    pub cases: Vec<Case>,
}

/// Arguments and what they must give.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its name, which no other case of the file has.
    pub name: String,
    /// The arguments.
    pub args: Value,
    /// What must come out.
    pub expected: Expected,
}

/// What a case must give.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// A result equal to this.
    Result(Value),
    /// An error that fits this.
    Error(ExpectedError),
}

/// An error that a case must give. What is not stated may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedError {
    /// The name of its [kind](crate::ErrorKind::name).
    pub kind: String,
    /// Line and column of both ends of its place, as `1:1-1:6`.
    pub at: Option<String>,
    /// A part of its message.
    pub message: Option<String>,
    /// The name of its first diagnostic.
    pub diagnostic: Option<String>,
}

impl CaseFile {
    /// Reads the cases in a file.
    ///
    /// # Errors
    /// Where it cannot be read, or as [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(path, &find::read(path)?)
    }

    /// The rule that the cases are for: the file of the same name that ends in `.relon`.
    pub fn rule(&self) -> PathBuf {
        self.path.with_extension("relon")
    }

    /// An engine with the natives and grants of the file. Natives are built where `packages` does not have them; `progress` is told.
    ///
    /// # Errors
    /// Where the natives cannot be built.
    pub fn engine(&self, packages: &mut Packages, progress: &mut dyn FnMut(&str)) -> Result<Engine, Error> {
        let mut engine = Engine::new();
        engine.modules(ModuleFiles::anywhere());
        for capability in &self.grants {
            engine.grant(*capability);
        }
        if let Some(path) = &self.natives {
            engine.natives(packages.get(path, progress)?);
        }
        Ok(engine)
    }
}

/// Natives packages that are built once and serve many files of cases.
#[derive(Debug, Default)]
pub struct Packages {
    built: HashMap<PathBuf, Result<Arc<NativesPackage>, Error>>,
}

impl Packages {
    /// The package in this folder, or of this Cargo.toml. A failure stays known as well.
    ///
    /// # Errors
    /// Where it cannot be built.
    pub fn get(&mut self, path: &Path, progress: &mut dyn FnMut(&str)) -> Result<Arc<NativesPackage>, Error> {
        let key = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let build = || NativesPackage::build(path, progress).map(Arc::new);
        self.built.entry(key).or_insert_with(build).clone()
    }
}
