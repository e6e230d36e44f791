//! What can go wrong between IR and running code.

/// A failure of code generation or co-compilation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The LLVM library can't be found or used on this machine; the text says what to do.
    LlvmMissing(String),
    /// LLVM refused something: a defect of this crate, or bitcode it can't read.
    Llvm(String),
    /// A native that the rule calls doesn't have the C signature that the rule's IR declares.
    Signature {
        /// The symbol of the native.
        symbol: String,
        /// The type that the rule declares.
        declared: String,
        /// The type of the native's body.
        found: String,
    },
    /// Symbols that the unit needs and nobody provides.
    Unresolved(Vec<String>),
    /// The IR is not what is asked for.
    Ir(String),
    /// A hand-built rule trapped at this site.
    Trapped(u32),
    /// A natives package or shim can't be built: what failed, and what rustc or cargo said.
    Build(String),
    /// An artefact of natives can't be read.
    Pack(String),
    /// gdb or perf can't be told of the code.
    Debuggers(String),
    /// The IR of a unit that was compiled without keeping it.
    NotKept,
    /// A static library can't be read or made.
    Archive(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::LlvmMissing(text)
            | Error::Build(text)
            | Error::Pack(text)
            | Error::Archive(text)
            | Error::Debuggers(text)
            | Error::Ir(text) => f.write_str(text),
            Error::NotKept => {
                f.write_str("the IR of the code was not kept; it is where that is asked for before compiling")
            }
            Error::Trapped(site) => write!(f, "the rule trapped at site {site}"),
            Error::Llvm(text) => write!(f, "LLVM: {text}"),
            Error::Signature { symbol, declared, found } => write!(
                f,
                "native `{symbol}` doesn't fit its use: the rule declares it as `{declared}`, its body is `{found}`"
            ),
            Error::Unresolved(symbols) => {
                write!(f, "compiled code needs symbols that the host doesn't have: {}", demangled(symbols))
            }
        }
    }
}

/// The symbols, with what they stand for where their names are mangled.
fn demangled(symbols: &[String]) -> String {
    let shown = symbols.iter().map(|symbol| match rustc_demangle::try_demangle(symbol) {
        Ok(path) => format!("`{symbol}` ({path:#})"),
        Err(_) => format!("`{symbol}`"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

impl std::error::Error for Error {}
