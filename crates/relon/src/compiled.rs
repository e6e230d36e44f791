//! A rule as machine code.

use std::sync::{Arc, Mutex, PoisonError};

use relon_codegen_llvm::{CocompiledModule, Report};
use relon_frontend::message;
use relon_ir::{Entry, Module};
use relon_natives::TrapKind;
use relon_natives::abi::Call;
use relon_natives::panics::Running;

use crate::Sources;
use crate::engine::Limits;
use crate::error::{Error, ErrorKind, toolchain};
use crate::json;
use crate::machine::Machine;
use crate::natives::NativesPackage;

/// Stack for everything else that a run does.
const STACK: usize = 256 * 1024;

/// A rule as machine code, and what became of it on the way there. Dropping it frees the code.
#[derive(Debug)]
pub struct Compiled<M = CocompiledModule> {
    module: Module,
    // Before the package: the code refers to the package's library.
    compiled: M,
    sources: Sources,
    natives: Option<Arc<NativesPackage>>,
    limits: Limits,
    /// Stack that a run needs, with all nested calls that are allowed.
    stack: usize,
    /// The memory of the last call, kept for the next.
    spare: Mutex<Option<Call>>,
}

#[expect(private_bounds, reason = "only backends of this crate make code")]
impl<M: Machine> Compiled<M> {
    pub(crate) fn new(
        module: Module,
        compiled: M,
        sources: Sources,
        natives: Option<Arc<NativesPackage>>,
        limits: Limits,
    ) -> Self {
        let stack = compiled.stack(&module, limits.recursion).saturating_add(STACK);
        let spare = Mutex::new(None);
        Compiled { module, compiled, sources, natives, limits, stack, spare }
    }

    /// Runs the code.
    pub(crate) fn run(&self, args: &serde_json::Value) -> Result<String, Error> {
        let entry = self.entry()?;
        let arguments = json::decode(args, entry, &self.module.types).map_err(|error| self.argument_error(&error))?;
        let mut call = self.take_call();
        let result = self.call(entry, &arguments, &mut call);
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
        result
    }

    fn entry(&self) -> Result<&Entry, Error> {
        let missing = || Error::plain(ErrorKind::Toolchain, "the compiled rule has no entry `main`", None);
        self.module.entry("main").ok_or_else(missing)
    }

    fn take_call(&self) -> Call {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        spare.unwrap_or_else(|| Call::new(self.limits.arena_bytes))
    }

    fn argument_error(&self, error: &json::ArgumentError<'_>) -> Error {
        self.sources.trap(error.kind, error.message.clone(), error.param.map(|param| param.span))
    }

    fn call(&self, entry: &Entry, arguments: &json::Arguments<'_>, call: &mut Call) -> Result<String, Error> {
        let missing = || Error::plain(ErrorKind::Toolchain, "the compiled code has no entry `main`", None);
        let code = self.compiled.entry(&entry.name).ok_or_else(missing)?;
        let layout = self.module.types.layout(&entry.result);
        let mut result = vec![0u64; (layout.size as usize).div_ceil(8).max(1)];
        let addresses = arguments.addresses();
        let context = call.begin(self.limits.recursion);
        // SAFETY: the table has an address for each native and lives as long as the code.
        unsafe { call.set_natives(self.compiled.native_table().as_ptr().cast()) };
        let status = stacker::maybe_grow(self.stack, self.stack + STACK, || {
            let _quiet = Running::start();
            let _inside = self.natives.as_ref().map(|package| package.enter());
            // Without room for a result the rule only checks its arguments.
            let out = if arguments.refused().is_some() { std::ptr::null_mut() } else { result.as_mut_ptr() };
            // SAFETY: the arguments and the room for the result have the layouts that the entry was compiled for.
            unsafe { code(context, addresses.as_ptr(), out.cast()) }
        });
        if status != 0 {
            let site = self.module.sites.get(status as usize - 1);
            let is_name = |kind| matches!(kind, TrapKind::MissingMainArg | TrapKind::UnexpectedMainArg);
            return Err(match arguments.refused().filter(|_| site.is_some_and(|site| is_name(site.kind))) {
                Some(refused) => self.argument_error(refused),
                None => self.trapped(status, call),
            });
        }
        // SAFETY: a status of 0 means that the result was stored; what it points to is in the arena, the arguments or the code.
        unsafe { json::encode(result.as_ptr().cast(), &entry.result, &self.module.types) }.map_err(|infinite| {
            self.sources.trap(TrapKind::NonFiniteFloat, message::non_finite(&infinite.path), Some(entry.span))
        })
    }

    fn trapped(&self, status: u32, call: &mut Call) -> Error {
        let Some(site) = self.module.sites.get(status as usize - 1) else {
            return Error::plain(
                ErrorKind::Toolchain,
                format!("the compiled code gave the unknown status {status}"),
                None,
            );
        };
        match call.take_failure() {
            Some(failure) => {
                let message = failure.kind.explain(&failure.message);
                self.sources.trap(failure.kind, message, Some(site.span))
            }
            None => {
                let message = site.kind.explain(site.message.as_deref().unwrap_or_default());
                self.sources.trap(site.kind, message, Some(site.span))
            }
        }
    }

    /// The typed IR, before code generation.
    pub fn module(&self) -> String {
        self.module.to_string()
    }
}

impl Compiled {
    /// What became of the calls of natives.
    pub fn report(&self) -> &Report {
        self.compiled.report()
    }

    /// Bytes of the machine code's object.
    pub fn object_size(&self) -> usize {
        self.compiled.object_size()
    }

    /// The LLVM IR before natives were linked.
    pub fn ir_before(&self) -> &str {
        self.compiled.ir_before_link()
    }

    /// The LLVM IR of the whole unit after optimisation.
    ///
    /// # Errors
    /// If LLVM cannot print it.
    pub fn ir_after(&self) -> Result<String, Error> {
        self.compiled.ir_after().map_err(toolchain)
    }

    /// The assembly of the whole unit.
    ///
    /// # Errors
    /// If LLVM cannot print it.
    pub fn assembly(&self) -> Result<String, Error> {
        self.compiled.assembly().map_err(toolchain)
    }
}
