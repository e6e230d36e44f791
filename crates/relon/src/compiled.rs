//! A rule as machine code.

use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "llvm")]
use relon_codegen_llvm::Report;
use relon_frontend::message;
use relon_ir::{Convention, Entry, Module, Native, World};
use relon_natives::TrapKind;
use relon_natives::abi::{Call, Context};
use relon_natives::panics::Running;
#[cfg(feature = "llvm")]
use relon_natives::typed::DirectFn;

use crate::engine::Limits;
#[cfg(feature = "llvm")]
use crate::error::toolchain;
use crate::error::{Error, ErrorKind};
use crate::host::Host;
use crate::json;
use crate::lowered::Identity;
#[cfg(feature = "llvm")]
use crate::lowered::LlvmUnit;
use crate::machine::Machine;
use crate::stack::{self, Stack};
use crate::{Arena, Sources};

/// What LLVM makes, shared by the programs that are bound to different functions of their hosts.
#[cfg(feature = "llvm")]
pub(crate) type LlvmCode = Arc<LlvmUnit>;
/// LLVM is not there.
#[cfg(not(feature = "llvm"))]
pub(crate) type LlvmCode = std::convert::Infallible;

/// A rule as machine code, and what became of it on the way there. Dropping it frees the code.
#[cfg_attr(
    not(feature = "llvm"),
    allow(unreachable_pub, reason = "what LLVM made is shown to users, and nothing else")
)]
#[derive(Debug)]
pub struct Compiled<M: ?Sized = LlvmCode> {
    identity: Identity,
    module: Arc<Module>,
    sources: Sources,
    /// Keeps the natives that the code calls.
    host: Host,
    limits: Limits,
    /// For each native of the module what compiled code finds of it in the state of a call, where it looks there.
    table: Vec<usize>,
    /// The memory of the last call, kept for the next.
    spare: Mutex<Option<Call>>,
    /// Arenas of typed calls that are not in use.
    arenas: Mutex<Vec<Arena>>,
    needs: Needs,
    compiled: M,
}

/// What has to be around a run of the code.
#[derive(Clone, Copy, Debug)]
struct Needs {
    stack: Stack,
    /// Whether a native may panic.
    quiet: bool,
    /// Whether natives are called through the table.
    table: bool,
}

impl Needs {
    fn of(module: &Module, compiled: &impl Machine, table: &[usize]) -> Self {
        let (once, frame) = compiled.frames(module);
        let table = table.iter().any(|address| *address != 0);
        Needs { stack: Stack { once, frame }, quiet: table || compiled.calls_natives(module), table }
    }
}

/// Arenas that a program keeps for typed calls.
const ARENAS: usize = 16;

#[allow(private_bounds, reason = "only backends of this crate make code")]
impl<M: Machine> Compiled<M> {
    pub(crate) fn new(
        identity: Identity,
        module: Arc<Module>,
        compiled: M,
        sources: Sources,
        host: Host,
        limits: Limits,
    ) -> Result<Self, Error> {
        let table = table(&module, &host)?;
        let needs = Needs::of(&module, &compiled, &table);
        let (spare, arenas) = (Mutex::new(None), Mutex::default());
        let compiled = Compiled { identity, module, sources, host, limits, table, spare, arenas, needs, compiled };
        if compiled.needs.stack.allows(limits.recursion) { Ok(compiled) } else { Err(too_deep(limits.recursion)) }
    }
}

fn too_deep(depth: u64) -> Error {
    Error::plain(ErrorKind::Toolchain, stack::too_deep(depth), Some(stack::HINT.to_owned()))
}

#[allow(private_bounds, reason = "only backends of this crate make code")]
impl<M: Machine + Clone> Compiled<M> {
    /// The same code with other functions of a host. It is another program: what its functions say of an argument may differ.
    pub(crate) fn bound(&self, identity: Identity, host: Host) -> Result<Self, Error> {
        Compiled::new(identity, self.module.clone(), self.compiled.clone(), self.sources.clone(), host, self.limits)
    }
}

/// What the state of a call has to hold for natives: the address of each that the code looks for there.
fn table(module: &Module, host: &Host) -> Result<Vec<usize>, Error> {
    let is_open = |native: &Native| native.convention == Convention::Open || host.world_of(&native.name) == World::Open;
    let entry = |native: &Native| if is_open(native) { host.address(native) } else { Ok(0) };
    module.natives.iter().map(entry).collect()
}

#[allow(private_bounds, reason = "only backends of this crate make code")]
impl<M: Machine + ?Sized> Compiled<M> {
    /// Runs the code.
    pub(crate) fn run(&self, args: &serde_json::Value) -> Result<String, Error> {
        let entry = self.entry()?;
        let arguments = json::decode(args, entry, &self.module.types).map_err(|error| self.argument_error(&error))?;
        let mut call = self.take_call();
        let result = self.call(entry, &arguments, &mut call);
        self.keep_call(call);
        result
    }

    /// Runs the code that checks arguments, and then that which relies on it, to compare that with a whole run; that is what it is where there are not
    /// both, or the arguments lack something.
    #[cfg(feature = "llvm")]
    pub(crate) fn run_apart(&self, args: &serde_json::Value) -> Result<String, Error> {
        let codes = self.compiled.direct_entry("main.validate").zip(self.compiled.direct_entry("main.valid"));
        let entry = self.module.plain_entry().filter(|entry| entry.params.len() <= MOST_DIRECT);
        let Some((entry, (validate, valid))) = entry.zip(codes) else { return self.run(args) };
        let arguments = match json::decode(args, entry, &self.module.types) {
            Ok(arguments) if arguments.refused().is_none() => arguments,
            _ => return self.run(args),
        };
        let (mut call, mut result, addresses) = (self.take_call(), self.room(entry), arguments.addresses());
        for (code, out) in [(validate, std::ptr::null_mut()), (valid, result.as_mut_ptr())] {
            // SAFETY: the arguments and the room for the result have the layouts that the entries were compiled for, and the second runs where the
            // first gave 0.
            let status = self.start(&mut call, |context| unsafe { call_direct(code, context, &addresses, out.cast()) });
            if status != 0 {
                return Err(self.trapped(status, &mut call));
            }
        }
        // SAFETY: a status of 0 means that the result was stored; what it points to is in the arena, the arguments or the code.
        let text = unsafe { self.encode(entry, result.as_ptr().cast()) };
        self.keep_call(call);
        text
    }

    fn entry(&self) -> Result<&Entry, Error> {
        let missing = || Error::plain(ErrorKind::Toolchain, "the compiled rule has no entry `main`", None);
        self.module.entry("main").ok_or_else(missing)
    }

    fn take_call(&self) -> Call {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        spare.unwrap_or_else(|| Call::new(self.limits.arena_bytes))
    }

    fn keep_call(&self, call: Call) {
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
    }

    fn argument_error(&self, error: &json::ArgumentError<'_>) -> Error {
        self.sources.trap(error.kind, error.message.clone(), error.param.map(|param| param.span))
    }

    fn call(&self, entry: &Entry, arguments: &json::Arguments<'_>, call: &mut Call) -> Result<String, Error> {
        let missing = || Error::plain(ErrorKind::Toolchain, "the compiled code has no entry `main`", None);
        let code = self.compiled.entry(&entry.name).ok_or_else(missing)?;
        let (mut result, addresses) = (self.room(entry), arguments.addresses());
        // Without room for a result the rule only checks its arguments.
        let out = if arguments.refused().is_some() { std::ptr::null_mut() } else { result.as_mut_ptr() };
        // SAFETY: the arguments and the room for the result have the layouts that the entry was compiled for.
        let status = self.start(call, |context| unsafe { code(context, addresses.as_ptr(), out.cast()) });
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

    /// Room for a result of an entry.
    fn room(&self, entry: &Entry) -> Vec<u64> {
        let layout = self.module.types.layout(&entry.result);
        vec![0u64; (layout.size as usize).div_ceil(8).max(1)]
    }

    /// Prepares the state of a call and the thread, and runs code; gives its status.
    fn start(&self, call: &mut Call, run: impl FnOnce(*mut Context) -> u32) -> u32 {
        let context = call.begin(self.limits.recursion);
        // SAFETY: the table has what the code looks for, and lives as long as this.
        unsafe { call.set_natives(self.table.as_ptr().cast()) };
        self.needs.stack.run(self.limits.recursion, || {
            let _quiet = Running::start();
            let _inside = self.host.enter();
            run(context)
        })
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
        let Needs { stack, quiet, table } = self.needs;
        stack.frame == 0 && !quiet && !table
    }

    /// Does what a run needs around it, and gives its status; [`TOO_DEEP`](stack::TOO_DEEP) where it can't have its stack.
    pub(crate) fn around(&self, call: &mut Call, depth: u64, run: impl FnOnce() -> u32) -> u32 {
        let Needs { stack, quiet, table } = self.needs;
        if table {
            // SAFETY: the table has what the code looks for, and lives as long as this.
            unsafe { call.set_natives(self.table.as_ptr().cast()) };
        }
        let _quiet = quiet.then(Running::start);
        let _inside = quiet.then(|| self.host.enter());
        if stack.frame == 0 { run() } else { stack.run(depth, run) }
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

    /// Which program it is of.
    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    pub(crate) fn code(&self) -> &M {
        &self.compiled
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
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

    /// The error of a run with an arena that gave a status other than 0.
    pub(crate) fn stopped(&self, status: u32, arena: &mut Arena) -> Error {
        if status == stack::TOO_DEEP { too_deep(arena.depth()) } else { self.trapped(status, arena.call()) }
    }

    #[cold]
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
}

/// The most parameters that [`call_direct`] knows.
#[cfg(feature = "llvm")]
const MOST_DIRECT: usize = 10;

/// Calls the direct function of an entry whose parameters are known only now.
///
/// # Safety
/// The entry takes what lies at these addresses, of which there are at most [`MOST_DIRECT`], and gives what fits at `out`; `context` is that of a
/// call.
#[cfg(feature = "llvm")]
unsafe fn call_direct(code: DirectFn, context: *mut Context, args: &[*const u8], out: *mut u8) -> u32 {
    macro_rules! with {
        ($($arg:ident)*) => {{
            type Code = unsafe extern "C" fn(*mut Context, $(with!(@ $arg),)* *mut u8) -> u32;
            // SAFETY: this is the signature of a direct function with so many parameters, and the caller's condition is that of a call.
            unsafe { std::mem::transmute::<DirectFn, Code>(code)(context, $(*$arg,)* out) }
        }};
        (@ $arg:ident) => { *const u8 };
    }
    match args {
        [] => with!(),
        [a] => with!(a),
        [a, b] => with!(a b),
        [a, b, c] => with!(a b c),
        [a, b, c, d] => with!(a b c d),
        [a, b, c, d, e] => with!(a b c d e),
        [a, b, c, d, e, f] => with!(a b c d e f),
        [a, b, c, d, e, f, g] => with!(a b c d e f g),
        [a, b, c, d, e, f, g, h] => with!(a b c d e f g h),
        [a, b, c, d, e, f, g, h, i] => with!(a b c d e f g h i),
        [a, b, c, d, e, f, g, h, i, j] => with!(a b c d e f g h i j),
        _ => unreachable!("the caller's condition"),
    }
}

#[cfg(feature = "llvm")]
impl Compiled {
    /// The typed IR, before code generation.
    pub fn module(&self) -> String {
        self.compiled.typed_ir.clone().unwrap_or_else(|| self.module.to_string())
    }

    /// Whether the code was made before, and comes from a [`Cache`](crate::Cache).
    pub fn is_kept(&self) -> bool {
        self.compiled.typed_ir.is_some()
    }

    /// What became of the calls of natives.
    pub fn report(&self) -> &Report {
        self.compiled.code.report()
    }

    /// Bytes of the machine code's object.
    pub fn object_size(&self) -> usize {
        self.compiled.code.object_size()
    }

    /// The LLVM IR before natives were linked.
    pub fn ir_before(&self) -> &str {
        self.compiled.code.ir_before_link()
    }

    /// The LLVM IR of the whole unit after optimisation.
    ///
    /// # Errors
    /// If it was not kept, which [`Engine::keep_ir`](crate::Engine::keep_ir) asks for, or LLVM cannot print it.
    pub fn ir_after(&self) -> Result<String, Error> {
        self.compiled.code.ir_after().map_err(unprinted)
    }

    /// The assembly of the whole unit.
    ///
    /// # Errors
    /// As for [`ir_after`](Self::ir_after).
    pub fn assembly(&self) -> Result<String, Error> {
        self.compiled.code.assembly().map_err(unprinted)
    }
}

/// Why a unit can't be printed.
#[cfg(feature = "llvm")]
fn unprinted(error: relon_codegen_llvm::Error) -> Error {
    match error {
        relon_codegen_llvm::Error::NotKept => {
            let hint = "call `keep_ir(true)` of the engine before it loads the rule".to_owned();
            Error::plain(ErrorKind::Input, error.to_string(), Some(hint))
        }
        error => toolchain(error),
    }
}
