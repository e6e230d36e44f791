//! A rule, ready to run.

use std::sync::Arc;
use std::time::Duration;

use crate::compiled::Compiled;
use crate::delivery::Linked;
use crate::error::{Error, ErrorKind};
use crate::evaluated::Evaluated;
use crate::machine::Machine;
use crate::{Limits, Sources};

/// A rule, ready to run.
#[derive(Debug)]
pub struct Program {
    code: Code,
    phases: Vec<(&'static str, Duration)>,
    warnings: Option<Error>,
}

/// What runs.
#[derive(Debug)]
pub(crate) enum Code {
    Compiled(Arc<Compiled>),
    #[cfg(feature = "cranelift")]
    Cranelift(Arc<Compiled<relon_codegen_cranelift::CompiledModule>>),
    Linked(Arc<Compiled<Linked>>),
    Evaluated(Box<Evaluated>),
}

impl Program {
    pub(crate) fn new(code: Code, phases: Vec<(&'static str, Duration)>, warnings: Option<Error>) -> Self {
        Program { code, phases, warnings }
    }

    /// What is odd about the source without being wrong, if anything.
    pub fn warnings(&self) -> Option<&Error> {
        self.warnings.as_ref()
    }

    /// Runs the rule. `args` is a JSON object that maps each parameter of `#main` to its value; the result is JSON text.
    ///
    /// # Errors
    /// Text that is not JSON, arguments that do not fit, and whatever stops the rule.
    pub fn run_json(&self, args: &str) -> Result<String, Error> {
        let args: serde_json::Value = serde_json::from_str(args).map_err(|error| {
            let hint = "arguments are a JSON object such as {\"name\": value}".to_owned();
            Error::plain(ErrorKind::Input, format!("the arguments are not JSON: {error}"), Some(hint))
        })?;
        match &self.code {
            Code::Compiled(compiled) => compiled.run(&args),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => compiled.run(&args),
            Code::Linked(compiled) => compiled.run(&args),
            Code::Evaluated(evaluated) => evaluated.run(&args),
        }
    }

    /// The code, as handles share it.
    pub(crate) fn shared(&self) -> Result<Arc<Compiled<dyn Machine>>, Error> {
        match &self.code {
            Code::Compiled(compiled) => Ok(compiled.clone()),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => Ok(compiled.clone()),
            Code::Linked(compiled) => Ok(compiled.clone()),
            Code::Evaluated(_) => {
                let hint = "load the rule with `Backend::Llvm`".to_owned();
                Err(Error::plain(ErrorKind::Input, "the evaluator has no typed calls", Some(hint)))
            }
        }
    }

    /// What a run may use.
    pub(crate) fn limits(&self) -> Limits {
        match &self.code {
            Code::Compiled(compiled) => compiled.limits(),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => compiled.limits(),
            Code::Linked(compiled) => compiled.limits(),
            Code::Evaluated(evaluated) => evaluated.limits(),
        }
    }

    /// The files that the program was made from: the rule and what it imports.
    pub fn sources(&self) -> &Sources {
        match &self.code {
            Code::Compiled(compiled) => compiled.sources(),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => compiled.sources(),
            Code::Linked(compiled) => compiled.sources(),
            Code::Evaluated(evaluated) => evaluated.sources(),
        }
    }

    /// How long each step of loading took.
    pub fn phases(&self) -> &[(&'static str, Duration)] {
        &self.phases
    }

    /// LLVM's machine code, and what became of the rule on the way there; none where another backend runs it.
    pub fn compiled(&self) -> Option<&Compiled> {
        match &self.code {
            Code::Compiled(compiled) => Some(compiled),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(_) => None,
            Code::Linked(_) | Code::Evaluated(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Backend, Engine};

    #[test]
    fn threads_share_a_program() {
        for &backend in Backend::ALL {
            share(backend);
        }
    }

    fn share(backend: Backend) {
        fn is_shared<T: Send + Sync>(_: &T) {}
        let mut engine = Engine::new();
        let program = engine.backend(backend).load("a.relon", "#main(Int n) -> Int\nn * 2").expect("a program");
        assert_eq!(program.compiled().is_some(), backend == Backend::Llvm);
        is_shared(&program);
        is_shared(&Engine::new());
        std::thread::scope(|scope| {
            for n in 0..4 {
                let program = &program;
                scope.spawn(move || {
                    assert_eq!(program.run_json(&format!("{{\"n\": {n}}}")).ok(), Some((n * 2).to_string()))
                });
            }
        });
    }
}
