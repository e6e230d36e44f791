//! A rule, ready to run.

#[cfg(any(feature = "cranelift", feature = "llvm"))]
use std::sync::Arc;
use std::time::Duration;

use relon_natives::descriptor::Descriptor;

#[cfg(any(feature = "cranelift", feature = "llvm"))]
use crate::Limits;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
use crate::compiled::Compiled;
#[cfg(feature = "llvm")]
use crate::delivery::Linked;
use crate::error::{Error, ErrorKind};
use crate::evaluated::Evaluated;
use crate::host::Host;
#[cfg(feature = "cranelift")]
use crate::lowered::CraneliftCode;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
use crate::lowered::Identity;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
use crate::machine::Machine;
use crate::{Engine, Sources};

#[cfg(all(feature = "cranelift", feature = "llvm"))]
use crate::tiers::{Tier, Tiers};

/// A rule, ready to run.
#[derive(Debug)]
pub struct Program {
    code: Code,
    /// The natives that it calls.
    natives: Vec<Descriptor>,
    phases: Vec<(&'static str, Duration)>,
    warnings: Option<Error>,
}

/// What runs.
#[derive(Debug)]
pub(crate) enum Code {
    #[cfg(feature = "llvm")]
    Compiled(Arc<Compiled>),
    #[cfg(feature = "cranelift")]
    Cranelift(Arc<Compiled<CraneliftCode>>),
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    Tiered(Arc<Tiers>),
    #[cfg(feature = "llvm")]
    Linked(Arc<Compiled<Arc<Linked>>>),
    Evaluated(Box<Evaluated>),
}

impl Program {
    pub(crate) fn new(
        code: Code,
        natives: Vec<Descriptor>,
        phases: Vec<(&'static str, Duration)>,
        warnings: Option<Error>,
    ) -> Self {
        Program { code, natives, phases, warnings }
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
        let args = arguments(args)?;
        match &self.code {
            #[cfg(feature = "llvm")]
            Code::Compiled(compiled) => compiled.run(&args),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => compiled.run(&args),
            #[cfg(all(feature = "cranelift", feature = "llvm"))]
            Code::Tiered(tiers) => tiers.run(&args),
            #[cfg(feature = "llvm")]
            Code::Linked(compiled) => compiled.run(&args),
            Code::Evaluated(evaluated) => evaluated.run(&args),
        }
    }

    /// The same by code that checks arguments and that which relies on it, where there are both.
    #[cfg(feature = "llvm")]
    pub(crate) fn run_json_apart(&self, args: &str) -> Result<String, Error> {
        match &self.code {
            Code::Compiled(compiled) => compiled.run_apart(&arguments(args)?),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => compiled.run_apart(&arguments(args)?),
            #[cfg(feature = "cranelift")]
            Code::Tiered(_) => self.run_json(args),
            Code::Linked(_) | Code::Evaluated(_) => self.run_json(args),
        }
    }

    /// The same rule with the functions that another engine has registered, in place of those of the engine that loaded it. Nothing is
    /// compiled: the code is shared, and only the table changes by which it finds them. Natives of packages stay what they are.
    ///
    /// ```
    /// let mut engine = relon::Engine::new();
    /// engine.register("stock", |_sku: &str| 3);
    /// let program = engine.load("available.relon", "#main(String sku, Int n) -> Bool\nstock(sku) >= n")?;
    /// let mut other = relon::Engine::new();
    /// other.register("stock", |_sku: &str| 0);
    /// let (args, other) = (r#"{"sku": "TEA", "n": 2}"#, program.bind(&other)?);
    /// assert_eq!((program.run_json(args)?, other.run_json(args)?), ("true".to_owned(), "false".to_owned()));
    /// # Ok::<(), relon::Error>(())
    /// ```
    ///
    /// # Errors
    /// Where a function that the rule calls is missing there, has other types or its parameters in another order, or needs a capability that
    /// is not granted there.
    pub fn bind(&self, engine: &Engine) -> Result<Program, Error> {
        let host = self.host().bound(engine.host(), &self.natives)?;
        let code = match &self.code {
            #[cfg(feature = "llvm")]
            Code::Compiled(compiled) => Code::Compiled(Arc::new(compiled.bound(Identity::new(), host)?)),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => Code::Cranelift(Arc::new(compiled.bound(Identity::new(), host)?)),
            #[cfg(all(feature = "cranelift", feature = "llvm"))]
            Code::Tiered(tiers) => Code::Tiered(Arc::new(tiers.bound(host)?)),
            #[cfg(feature = "llvm")]
            Code::Linked(compiled) => Code::Linked(Arc::new(compiled.bound(Identity::new(), host)?)),
            Code::Evaluated(evaluated) => Code::Evaluated(Box::new(evaluated.bound(host)?)),
        };
        Ok(Program::new(code, self.natives.clone(), Vec::new(), self.warnings.clone()))
    }

    /// What the rule was loaded with.
    fn host(&self) -> &Host {
        match &self.code {
            #[cfg(feature = "llvm")]
            Code::Compiled(compiled) => compiled.host(),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => compiled.host(),
            #[cfg(all(feature = "cranelift", feature = "llvm"))]
            Code::Tiered(tiers) => tiers.first().host(),
            #[cfg(feature = "llvm")]
            Code::Linked(compiled) => compiled.host(),
            Code::Evaluated(evaluated) => evaluated.host(),
        }
    }

    /// The code, as handles share it.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn shared(&self) -> Result<Arc<Compiled<dyn Machine>>, Error> {
        match &self.code {
            #[cfg(feature = "llvm")]
            Code::Compiled(compiled) => Ok(compiled.clone()),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => Ok(compiled.clone()),
            #[cfg(all(feature = "cranelift", feature = "llvm"))]
            Code::Tiered(tiers) => Ok(tiers.first().clone()),
            #[cfg(feature = "llvm")]
            Code::Linked(compiled) => Ok(compiled.clone()),
            Code::Evaluated(_) => {
                let hint = "load the rule with another backend".to_owned();
                Err(Error::plain(ErrorKind::Input, "the evaluator has no typed calls", Some(hint)))
            }
        }
    }

    /// What a run may use.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn limits(&self) -> Limits {
        match &self.code {
            #[cfg(feature = "llvm")]
            Code::Compiled(compiled) => compiled.limits(),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => compiled.limits(),
            #[cfg(all(feature = "cranelift", feature = "llvm"))]
            Code::Tiered(tiers) => tiers.first().limits(),
            #[cfg(feature = "llvm")]
            Code::Linked(compiled) => compiled.limits(),
            Code::Evaluated(evaluated) => evaluated.limits(),
        }
    }

    /// The files that the program was made from: the rule and what it imports.
    pub fn sources(&self) -> &Sources {
        match &self.code {
            #[cfg(feature = "llvm")]
            Code::Compiled(compiled) => compiled.sources(),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(compiled) => compiled.sources(),
            #[cfg(all(feature = "cranelift", feature = "llvm"))]
            Code::Tiered(tiers) => tiers.first().sources(),
            #[cfg(feature = "llvm")]
            Code::Linked(compiled) => compiled.sources(),
            Code::Evaluated(evaluated) => evaluated.sources(),
        }
    }

    /// Lets LLVM's code be made in the background, unless it is there or under way, for a program of
    /// [`Backend::Tiered`](crate::Backend::Tiered). The calls that begin once it is ready run it, those of handles and of
    /// [`run_json`](Self::run_json) alike. After a failure it is tried once more.
    ///
    /// Dropping the program and its handles waits for a compilation that is under way. A process that ends without it, since they are in a
    /// static or it calls `exit`, may crash within LLVM: [wait](Self::wait_for_upgrade) before.
    ///
    /// ```
    /// let mut engine = relon::Engine::new();
    /// let program = engine.backend(relon::Backend::Tiered).load("double.relon", "#main(Int n) -> Int\nn * 2")?;
    /// let double = program.entry::<(i64,), i64>()?;
    /// assert_eq!(double.run((21,), |n| n)?, 42);
    /// program.upgrade()?;
    /// assert_eq!(double.run((21,), |n| n)?, 42);
    /// program.wait_for_upgrade()?;
    /// assert!(matches!(program.tier(), Some(relon::Tier::Full)));
    /// assert_eq!(double.run((21,), |n| n)?, 42);
    /// # Ok::<(), relon::Error>(())
    /// ```
    ///
    /// # Errors
    /// Where another backend runs the program.
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    pub fn upgrade(&self) -> Result<(), Error> {
        self.tiers().ok_or_else(not_tiered)?.start();
        Ok(())
    }

    /// Waits until LLVM's code is ready, which is made in the background unless it is there or under way.
    ///
    /// # Errors
    /// Why it could not be made, and where another backend runs the program.
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    pub fn wait_for_upgrade(&self) -> Result<(), Error> {
        let tiers = self.tiers().ok_or_else(not_tiered)?;
        tiers.start();
        tiers.wait()
    }

    /// How far a program of [`Backend::Tiered`](crate::Backend::Tiered) is; none where another backend runs it.
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    pub fn tier(&self) -> Option<Tier> {
        self.tiers().map(|tiers| tiers.tier())
    }

    /// Both codes, where there are two.
    #[cfg(all(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn tiers(&self) -> Option<&Arc<Tiers>> {
        match &self.code {
            Code::Tiered(tiers) => Some(tiers),
            Code::Compiled(_) | Code::Cranelift(_) | Code::Linked(_) | Code::Evaluated(_) => None,
        }
    }

    /// How long each step of loading took.
    pub fn phases(&self) -> &[(&'static str, Duration)] {
        &self.phases
    }

    /// LLVM's machine code, and what became of the rule on the way there; none where another backend runs it.
    #[cfg(feature = "llvm")]
    pub fn compiled(&self) -> Option<&Compiled> {
        match &self.code {
            Code::Compiled(compiled) => Some(compiled),
            #[cfg(feature = "cranelift")]
            Code::Cranelift(_) => None,
            #[cfg(feature = "cranelift")]
            Code::Tiered(tiers) => tiers.full().map(|full| &**full),
            Code::Linked(_) | Code::Evaluated(_) => None,
        }
    }
}

/// Arguments as JSON.
fn arguments(text: &str) -> Result<serde_json::Value, Error> {
    serde_json::from_str(text).map_err(|error| {
        let hint = "arguments are a JSON object such as {\"name\": value}".to_owned();
        Error::plain(ErrorKind::Input, format!("the arguments are not JSON: {error}"), Some(hint))
    })
}

#[cfg(all(feature = "cranelift", feature = "llvm"))]
fn not_tiered() -> Error {
    let hint = "load the rule with `Backend::Tiered`".to_owned();
    Error::plain(ErrorKind::Input, "the program has one code, which nothing takes over from", Some(hint))
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
        #[cfg(feature = "llvm")]
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
