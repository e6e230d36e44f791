//! What can go wrong between IR and running code.

/// A failure of code generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Cranelift knows no code for this machine, or refused something: a defect of this crate, or no memory for code.
    Cranelift(String),
    /// Natives that the rule calls and nobody provides, by their symbols.
    Unresolved(Vec<String>),
    /// gdb or perf can't be told of the code.
    Debuggers(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Cranelift(text) => write!(f, "Cranelift: {text}"),
            Error::Debuggers(text) => f.write_str(text),
            Error::Unresolved(symbols) => {
                let symbols: Vec<String> = symbols.iter().map(|symbol| format!("`{symbol}`")).collect();
                write!(f, "compiled code needs symbols that the host doesn't have: {}", symbols.join(", "))
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<cranelift_module::ModuleError> for Error {
    fn from(error: cranelift_module::ModuleError) -> Self {
        Error::Cranelift(error.to_string())
    }
}
