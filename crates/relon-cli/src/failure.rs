//! Failures of a command and their exit codes.

use std::io::IsTerminal;
use std::process::ExitCode;

use relon::{Error, ErrorKind};
use serde_json::json;

use crate::args::Format;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library said no.
    Relon(Box<Error>),
    /// A check that the user asked for does not hold.
    Check {
        /// The name of the check in JSON.
        kind: &'static str,
        /// What does not hold.
        message: String,
    },
    /// What went wrong has been said; this is the exit code.
    Reported(u8),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Relon(Box::new(error))
    }
}

impl Failure {
    /// Input that cannot be read.
    pub(crate) fn input(message: String, hint: Option<String>) -> Self {
        Error::plain(ErrorKind::Input, message, hint).into()
    }

    /// Writes the failure to stderr and gives its exit code.
    pub(crate) fn report(&self, format: Format) -> ExitCode {
        if let Failure::Reported(code) = self {
            return ExitCode::from(*code);
        }
        match format {
            Format::Human => eprintln!("{}", self.render(std::io::stderr().is_terminal())),
            Format::Json => eprintln!("{}", self.to_json()),
        }
        ExitCode::from(self.exit_code())
    }

    fn exit_code(&self) -> u8 {
        match self {
            Failure::Check { .. } => 1,
            Failure::Reported(code) => *code,
            Failure::Relon(error) => exit_code(error),
        }
    }

    fn render(&self, color: bool) -> String {
        match self {
            Failure::Relon(error) => error.render(color),
            Failure::Check { message, .. } => format!("error: {message}"),
            Failure::Reported(_) => String::new(),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        match self {
            Failure::Relon(error) => error.to_json(),
            Failure::Check { kind, message } => {
                json!({ "kind": kind, "message": message, "span": null, "hint": null, "diagnostics": [] })
            }
            Failure::Reported(_) => serde_json::Value::Null,
        }
    }
}

/// The exit code of a command that could not go on after this.
pub(crate) fn exit_code(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::Parse | ErrorKind::Analyze | ErrorKind::Trap(_) => 1,
        ErrorKind::Input => 2,
        ErrorKind::Toolchain => 3,
    }
}
