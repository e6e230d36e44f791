//! A rule as machine code.

use std::sync::{Arc, Mutex, PoisonError};

use relon_codegen_llvm::{CocompiledModule, Report};
use relon_frontend::message;
use relon_ir::{Entry, Module};
use relon_natives::TrapKind;
use relon_natives::abi::Call;
use relon_natives::panics::Running;

use crate::engine::Limits;
use crate::error::{Error, ErrorKind, toolchain};
use crate::json;
use crate::machine::Machine;
use crate::natives::NativesPackage;
use crate::{Arena, Sources};

/// Stack for everything else that a run does.
const STACK: usize = 256 * 1024;
/// The most stack that a run may ask for.
const MAX_STACK: usize = 2 << 30;

/// A rule as machine code, and what became of it on the way there. Dropping it frees the code.
#[derive(Debug)]
pub struct Compiled<M: ?Sized = CocompiledModule> {
    module: Module,
    sources: Sources,
    natives: Option<Arc<NativesPackage>>,
    limits: Limits,
    /// The memory of the last call, kept for the next.
    spare: Mutex<Option<Call>>,
    /// Arenas of typed calls that are not in use.
    arenas: Mutex<Vec<Arena>>,
    needs: Needs,
    /// Keeps the library of the natives that it calls.
    compiled: M,
}

/// What has to be around a run of the code.
#[derive(Clone, Copy, Debug)]
struct Needs {
    /// Stack for a run without nested calls.
    once: usize,
    /// Stack for each nested call; 0 where calls do not nest.
    frame: usize,
    /// Whether a native may panic.
    quiet: bool,
    /// Whether natives are called through the table.
    table: bool,
}

impl Needs {
    fn of(module: &Module, compiled: &impl Machine) -> Self {
        let (once, frame) = compiled.frames(module);
        let table = compiled.native_table().iter().any(|address| *address != 0);
        Needs { once, frame, quiet: table || compiled.calls_natives(module), table }
    }
}

/// Arenas that a program keeps for typed calls.
const ARENAS: usize = 16;

#[expect(private_bounds, reason = "only backends of this crate make code")]
impl<M: Machine> Compiled<M> {
    pub(crate) fn new(
        module: Module,
        compiled: M,
        sources: Sources,
        natives: Option<Arc<NativesPackage>>,
        limits: Limits,
    ) -> Result<Self, Error> {
        let needs = Needs::of(&module, &compiled);
        let (spare, arenas) = (Mutex::new(None), Mutex::default());
        let compiled = Compiled { module, sources, natives, limits, spare, arenas, needs, compiled };
        if compiled.stack(limits.recursion) <= MAX_STACK {
            return Ok(compiled);
        }
        let message = format!("the rule needs too much stack for {} nested calls", limits.recursion);
        Err(Error::plain(
            ErrorKind::Toolchain,
            message,
            Some("set a lower recursion limit, or make the functions smaller".into()),
        ))
    }
}

#[expect(private_bounds, reason = "only backends of this crate make code")]
impl<M: Machine + ?Sized> Compiled<M> {
    /// Stack for a run with so many nested calls.
    fn stack(&self, depth: u64) -> usize {
        let nested = self.needs.frame.saturating_mul(usize::try_from(depth).unwrap_or(usize::MAX));
        nested.saturating_add(self.needs.once).saturating_add(STACK)
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
        let stack = self.stack(self.limits.recursion);
        let status = stacker::maybe_grow(stack, stack.saturating_add(STACK), || {
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
        unsafe { self.encode(entry, result.as_ptr().cast()) }
    }

    /// The JSON of a result.
    ///
    /// # Safety
    /// `result` points to a result of the entry, and what that refers to is alive.
    pub(crate) unsafe fn encode(&self, entry: &Entry, result: *const u8) -> Result<String, Error> {
        // SAFETY: the caller's condition.
        unsafe { json::encode(result, &entry.result, &self.module.types) }.map_err(|infinite| {
            self.sources.trap(TrapKind::NonFiniteFloat, message::non_finite(&infinite.path), Some(entry.span))
        })
    }

    /// Whether a run needs nothing around it.
    pub(crate) fn is_simple(&self) -> bool {
        let Needs { once: _, frame, quiet, table } = self.needs;
        frame == 0 && !quiet && !table
    }

    /// Does what a run needs around it.
    pub(crate) fn around(&self, call: &mut Call, depth: u64, run: impl FnOnce() -> u32) -> u32 {
        let Needs { once: _, frame, quiet, table } = self.needs;
        if table {
            // SAFETY: the table has an address for each native and lives as long as the code.
            unsafe { call.set_natives(self.compiled.native_table().as_ptr().cast()) };
        }
        let _quiet = quiet.then(Running::start);
        let _inside = self.natives.as_ref().filter(|_| quiet).map(|package| package.enter());
        if frame == 0 {
            return run();
        }
        let stack = self.stack(depth);
        stacker::maybe_grow(stack, stack.saturating_add(STACK), run)
    }

    /// An arena for a typed call.
    pub(crate) fn take_arena(&self) -> Arena {
        let spare = self.arenas.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_else(|| Arena::with_limits(self.limits.arena_bytes, self.limits.recursion))
    }

    /// Keeps an arena for the next call.
    pub(crate) fn put_arena(&self, arena: Arena) {
        let mut arenas = self.arenas.lock().unwrap_or_else(PoisonError::into_inner);
        if arenas.len() < ARENAS {
            arenas.push(arena);
        }
    }

    pub(crate) fn code(&self) -> &M {
        &self.compiled
    }

    pub(crate) fn typed_ir(&self) -> &Module {
        &self.module
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The error of a call as a whole.
    #[cold]
    pub(crate) fn failed(&self, kind: TrapKind) -> Error {
        let span = self.module.plain_entry().map(|entry| entry.span);
        self.sources.trap(kind, kind.explain(""), span)
    }

    #[cold]
    pub(crate) fn trapped(&self, status: u32, call: &mut Call) -> Error {
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
