//! Calls of a rule with Rust types: checked once, when the handle is made.

mod batch;
mod finite;
mod fit;
mod reload;
mod tier;
mod valid;

use std::hint::cold_path;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::sync::Arc;

use relon_ir::Entry;
use relon_natives::abi::Context;
use relon_natives::shape::Shape;
use relon_natives::typed::{Args, DirectFn, Ret};

use crate::compiled::Compiled;
use crate::error::{Error, ErrorKind};
use crate::lowered::Identity;
use crate::machine::Machine;
use crate::{Arena, Program};

pub use batch::{BatchEntry, BatchError};
pub use reload::{Reader, Reloadable};
use tier::Successor;
pub use valid::{Valid, ValidRows};

/// A rule with the Rust types of its arguments and its result.
///
/// [`Program::entry`] makes it and compares the types with those of the rule, field by field. A call then passes addresses: nothing is
/// copied, converted or allocated. The handle keeps the program's code alive; it may be cloned, sent and shared.
///
/// Arguments are a tuple of up to eight of: `i64`, `f64`, `bool`, `&str`, `&[T]`, [`Str`](crate::Str), [`List`](crate::List),
/// [`Opt`](crate::Opt), and references to structs with [`#[derive(Schema)]`](macro@crate::Schema). The result is one of these by value, or
/// `String`, `Vec` and `Option`, which own what they hold. A struct's name may differ from the schema's; its fields may not. Fields with
/// defaults are given like all others. Enums, tuples, dicts and `Result` have no Rust type here: give such a rule a schema for its result, or
/// call it with [`Program::run_json`].
///
/// ```
/// use relon::{Arena, Engine, Schema, Str};
///
/// #[derive(Schema)]
/// #[repr(C)]
/// struct Order<'a> {
///     qty: i64,
///     unit_cents: i64,
///     tier: Str<'a>,
/// }
///
/// #[derive(Schema)]
/// #[repr(C)]
/// struct Quote<'a> {
///     tier: Str<'a>,
///     total: i64,
/// }
///
/// let rule = r#"
/// #schema Order { Int qty: *, Int unit_cents: *, String tier: * }
/// #schema Quote { String tier: *, Int total: * }
/// #main(Order order) -> Quote
/// { tier: order.tier, total: order.qty * order.unit_cents }
/// "#;
/// let program = Engine::new().load("quote.relon", rule)?;
/// let quote = program.entry::<(&Order,), Quote>()?;
/// let mut arena = Arena::new();
/// for qty in 1..4 {
///     let order = Order { qty, unit_cents: 250, tier: Str::new("gold") };
///     let given = quote.call(&mut arena, (&order,))?;
///     assert_eq!((&*given.tier, given.total), ("gold", qty * 250));
/// }
/// # Ok::<(), relon::Error>(())
/// ```
pub struct TypedEntry<A, R> {
    code: DirectFn,
    /// The code for arguments that are known to be valid. It is the same where nothing of them is checked.
    valid_code: DirectFn,
    /// Checks arguments, where the engine was told to make that.
    validate: Option<DirectFn>,
    identity: Identity,
    program: Arc<Compiled<dyn Machine>>,
    needs: CallNeeds,
    has_floats: bool,
    /// Where the program's code is replaced.
    successor: Option<Arc<Successor<TypedEntry<A, R>>>>,
    types: PhantomData<fn(A) -> R>,
}

/// The status of a run whose result has a Float that is not finite; no rule has so many sites.
const NOT_FINITE: u32 = u32::MAX;

/// What a call has to do besides calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallNeeds {
    /// Nothing: the code does not look at the state of its call.
    Nothing,
    /// To begin the arena anew.
    Arena,
    /// To prepare the thread as well, to look at the result for Floats that are not finite, or to look for the code that takes over.
    More,
}

impl<A, R> Clone for TypedEntry<A, R> {
    fn clone(&self) -> Self {
        TypedEntry { program: self.program.clone(), successor: self.successor.clone(), ..*self }
    }
}

impl<A, R> std::fmt::Debug for TypedEntry<A, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TypedEntry").field("program", &self.program).finish_non_exhaustive()
    }
}

impl Program {
    /// The rule's `#main` with these Rust types: see [`TypedEntry`].
    ///
    /// # Errors
    /// The first difference between the types of Rust and those of the rule, and programs of [`Backend::Eval`](crate::Backend::Eval), which
    /// have no code.
    pub fn entry<A: Args, R: Ret>(&self) -> Result<TypedEntry<A, R>, Error> {
        self.entry_named("main")
    }

    /// An entry by its name; rules have `main` alone.
    ///
    /// # Errors
    /// As for [`Program::entry`], and another name.
    pub fn entry_named<A: Args, R: Ret>(&self, name: &str) -> Result<TypedEntry<A, R>, Error> {
        if name != "main" {
            let hint = "the entry of a rule is called `main`".to_owned();
            return Err(Error::plain(ErrorKind::Input, format!("the rule has no entry `{name}`"), Some(hint)));
        }
        TypedEntry::new(self.shared()?, Successor::of(self))
    }

    /// An arena with the limits of the engine that loaded the program.
    pub fn arena(&self) -> Arena {
        let limits = self.limits();
        Arena::with_limits(limits.arena_bytes, limits.recursion)
    }
}

fn no_code() -> Error {
    Error::plain(ErrorKind::Toolchain, "the compiled rule has no such entry", None)
}

/// Compares the types; tells whether the result has Floats.
fn check_types(program: &Compiled<dyn Machine>, entry: &Entry, args: &[&Shape], result: &Shape) -> Result<bool, Error> {
    let types = &program.typed_ir().types;
    match fit::check(entry, types, args, result) {
        Ok(()) => Ok(finite::has_floats(&entry.result, types)),
        Err(difference) => {
            let rule = fit::rule_signature(entry, types);
            let rust = fit::rust_signature(args, result);
            let message = format!("the rule is `{rule}` and cannot be called as `{rust}`: {}", difference.message);
            Err(program.sources().refused(ErrorKind::Input, message, difference.span))
        }
    }
}

impl<A: Args, R: Ret> TypedEntry<A, R> {
    fn new(program: Arc<Compiled<dyn Machine>>, successor: Option<Arc<Successor<Self>>>) -> Result<Self, Error> {
        let entry = program.typed_ir().plain_entry().ok_or_else(no_code)?;
        let has_floats = check_types(&program, entry, &A::shapes(), R::SHAPE)?;
        let code = program.code().direct_entry(&entry.name).ok_or_else(no_code)?;
        let needs_more = has_floats || !program.is_simple() || successor.is_some();
        let needs = match (needs_more, program.code().uses_context()) {
            (true, _) => CallNeeds::More,
            (false, true) => CallNeeds::Arena,
            (false, false) => CallNeeds::Nothing,
        };
        let valid_code = program.code().direct_entry("main.valid").unwrap_or(code);
        let (validate, identity) = (program.code().direct_entry("main.validate"), program.identity());
        let types = PhantomData;
        Ok(TypedEntry { code, valid_code, validate, identity, program, needs, has_floats, successor, types })
    }

    /// Calls the rule. The result may refer to the arena, whose values live until its next use, to the arguments, and to the program.
    ///
    /// # Errors
    /// Whatever stops the rule.
    #[inline]
    pub fn call<'r, 'a: 'r>(&'r self, arena: &'r mut Arena, args: A::Given<'a>) -> Result<R::Given<'r>, Error> {
        // SAFETY: the types of arguments and result were compared with those of the entry.
        unsafe { self.whole::<false>(arena, |code, context, out| A::call(code, context, &A::slots(args), out)) }
    }

    /// Checks arguments as a call does, for calls that then need not: [`call_valid`](Self::call_valid). It takes a program whose engine was told
    /// to [`Engine::valid_args`](crate::Engine::valid_args).
    ///
    /// What is checked once is checked once: natives that predicates ask are asked here, and not again by the calls. That is why what the host
    /// says in such a native should not change as long as the arguments are used.
    ///
    /// ```
    /// use relon::{Engine, Schema};
    ///
    /// #[derive(Schema)]
    /// #[repr(C)]
    /// struct Line {
    ///     qty: i64,
    ///     cents: i64,
    /// }
    ///
    /// let rule = "
    /// #schema Line { Int qty: (q) => q >= 1 && q <= 10000, Int cents: (c) => c >= 0 && c <= 1000000000 }
    /// #main(List<Line> lines, Int least) -> Int
    /// [line.qty * line.cents for line in lines].sum() - least";
    /// let mut engine = Engine::new();
    /// let program = engine.valid_args(true).load("total.relon", rule)?;
    /// let total = program.entry::<(&[Line], i64), i64>()?;
    /// let mut arena = program.arena();
    /// let lines: Vec<Line> = (1..=1000).map(|qty| Line { qty, cents: 250 }).collect();
    /// let valid = total.validate(&mut arena, (&lines, 5))?;
    /// for _ in 0..3 {
    ///     assert_eq!(total.call_valid(&mut arena, &valid)?, 125_124_995);
    /// }
    /// let error = total.validate(&mut arena, (&[Line { qty: 0, cents: 1 }], 5)).expect_err("a line of nothing");
    /// assert_eq!(error.kind().name(), "MainArgTypeMismatch");
    /// # Ok::<(), relon::Error>(())
    /// ```
    ///
    /// Nothing else makes a [`Valid`], and what it was made of cannot change as long as it is there:
    ///
    /// ```compile_fail,E0451
    /// let forged: relon::Valid<'static, (i64,)> = relon::Valid { slots: (7,), checked_by: unreachable!() };
    /// ```
    ///
    /// ```compile_fail,E0502
    /// # let program = relon::Engine::new().load("one.relon", "#main(List<Int> xs) -> Int\nxs.len()")?;
    /// let (entry, mut xs) = (program.entry::<(&[i64],), i64>()?, vec![1]);
    /// let valid = entry.validate(&mut program.arena(), (&xs,))?;
    /// xs[0] = 2;
    /// entry.call_valid(&mut program.arena(), &valid)?;
    /// # Ok::<(), relon::Error>(())
    /// ```
    ///
    /// # Errors
    /// Whatever stops a call before the rule is evaluated, and a program that was not told to make this.
    pub fn validate<'a>(&self, arena: &mut Arena, args: A::Given<'a>) -> Result<Valid<'a, A>, Error> {
        let successor = self.successor.as_ref().and_then(|later| later.get(0, |program| Self::new(program, None)));
        let TypedEntry { validate, program, .. } = successor.unwrap_or(self);
        let Some(code) = *validate else { return Err(valid::not_asked_for()) };
        let slots = A::slots(args);
        let (context, depth) = (arena.begin(), arena.depth());
        // SAFETY: the types of the arguments were compared with those of the entry, and this one gives no result.
        let run = || unsafe { A::call(code, context, &slots, std::ptr::null_mut()) };
        match program.around(arena.call(), depth, run) {
            0 => Ok(Valid { slots, checked_by: self.identity }),
            status => Err(program.stopped(status, arena)),
        }
    }

    /// Calls the rule with arguments that are known to be valid. Nothing of them is checked again, nor what follows from their checks.
    ///
    /// # Errors
    /// Whatever stops the rule once its arguments are checked, and arguments that another program has validated: one that was loaded anew, also
    /// from the same text, or [bound](Program::bind) to the functions of another engine, and the rule that a [`Reloadable`] had before.
    #[inline]
    pub fn call_valid<'r, 'a: 'r>(
        &'r self,
        arena: &'r mut Arena,
        valid: &'r Valid<'a, A>,
    ) -> Result<R::Given<'r>, Error> {
        if valid.checked_by != self.identity {
            return Err(valid::of_another_program());
        }
        // SAFETY: values of rules own nothing, so that a copy is as good as the original. One that is handed on needs no place in memory.
        let slots = unsafe { std::ptr::read(&raw const valid.slots) };
        // SAFETY: the types of arguments and result were compared with those of the entry, and this program has checked the arguments.
        unsafe { self.whole::<true>(arena, move |code, context, out| A::call(code, context, &slots, out)) }
    }

    /// A whole call, of the code for valid arguments or of the other. The arguments are in `run`, which gives them to the code: they need no place in
    /// memory besides.
    ///
    /// # Safety
    /// The types are those of the entry, and the arguments valid where that is said.
    #[inline(always)]
    unsafe fn whole<'r, const VALID: bool>(
        &'r self,
        arena: &'r mut Arena,
        run: impl FnOnce(DirectFn, *mut Context, *mut u8) -> u32,
    ) -> Result<R::Given<'r>, Error> {
        let mut out = MaybeUninit::<R::Memory<'r>>::uninit();
        let to = out.as_mut_ptr().cast();
        // SAFETY: the caller's condition.
        let status = unsafe { self.start::<VALID>(arena, run, to) };
        if status != 0 {
            // SAFETY: the result was stored where its Floats are to blame.
            return Err(unsafe { self.stopped(arena, status, to) });
        }
        // SAFETY: a status of 0 means that the result was stored.
        Ok(R::give(unsafe { out.assume_init() }))
    }

    /// Runs the code, and gives the status.
    ///
    /// # Safety
    /// As for [`whole`](Self::whole), and there is room for the result at `out`.
    #[inline(always)]
    unsafe fn start<const VALID: bool>(
        &self,
        arena: &mut Arena,
        run: impl FnOnce(DirectFn, *mut Context, *mut u8) -> u32,
        out: *mut u8,
    ) -> u32 {
        match self.needs {
            CallNeeds::Nothing => run(self.code_for::<VALID>(), arena.context(), out),
            CallNeeds::Arena => {
                // It is not rare, but a call that needs nothing feels every jump.
                cold_path();
                run(self.code_for::<VALID>(), arena.begin(), out)
            }
            // SAFETY: the caller's condition.
            CallNeeds::More => unsafe { self.call_within::<VALID>(arena, run, out) },
        }
    }

    #[inline(always)]
    fn code_for<const VALID: bool>(&self) -> DirectFn {
        if VALID { self.valid_code } else { self.code }
    }

    /// Why a call has stopped. It is the only way to an error, so that a loop over results has one way for each outcome.
    ///
    /// # Safety
    /// Where the status is [`NOT_FINITE`], `out` points to a result that is alive.
    #[cold]
    #[inline(never)]
    unsafe fn stopped(&self, arena: &mut Arena, status: u32, out: *const u8) -> Error {
        if status == NOT_FINITE {
            // SAFETY: the caller's condition.
            if let Err(error) = unsafe { self.program.check_finite(out) } {
                return error;
            }
        }
        if self.needs == CallNeeds::Nothing {
            // What an earlier call has left there is not this one's failure.
            arena.begin();
        }
        self.program.stopped(status, arena)
    }

    /// A call that needs something around it, or a look at its result, or that the code which takes over may run.
    ///
    /// # Safety
    /// As for [`start`](Self::start).
    #[cold]
    #[inline(never)]
    unsafe fn call_within<const VALID: bool>(
        &self,
        arena: &mut Arena,
        run: impl FnOnce(DirectFn, *mut Context, *mut u8) -> u32,
        out: *mut u8,
    ) -> u32 {
        let successor = self.successor.as_ref().and_then(|later| later.get(1, |program| Self::new(program, None)));
        if let Some(entry) = successor {
            // SAFETY: the caller's condition; both codes are made of one module, so that a status means the same, and so does what was checked.
            let status = unsafe { entry.start::<VALID>(arena, run, out) };
            if status != 0 && entry.needs == CallNeeds::Nothing {
                // What an earlier call has left there is not this one's failure.
                arena.begin();
            }
            return status;
        }
        let (context, depth) = (arena.begin(), arena.depth());
        match self.program.around(arena.call(), depth, || run(self.code_for::<VALID>(), context, out)) {
            // SAFETY: the result was stored.
            0 if self.has_floats && unsafe { self.program.check_finite(out) }.is_err() => NOT_FINITE,
            status => status,
        }
    }

    /// Calls the rule with an arena that the program keeps, and gives the result to `read`.
    ///
    /// ```
    /// let program = relon::Engine::new().load("join.relon", "#main(String a, Int n) -> String\nf\"${a} ${n}\"")?;
    /// let join = program.entry::<(&str, i64), relon::Str>()?;
    /// assert_eq!(join.run(("no", 7), |text| text.len())?, 4);
    /// let join = program.entry::<(&str, i64), String>()?;
    /// assert_eq!(join.run(("no", 7), |text| text)?, "no 7");
    /// # Ok::<(), relon::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`TypedEntry::call`].
    pub fn run<'a, T>(&self, args: A::Given<'a>, read: impl for<'r> FnOnce(R::Given<'r>) -> T) -> Result<T, Error> {
        let mut arena = self.program.take_arena();
        let result = self.call(&mut arena, args).map(read);
        self.program.put_arena(arena);
        result
    }

    /// Does the same with arguments that are known to be valid.
    ///
    /// # Errors
    /// As for [`TypedEntry::call_valid`].
    pub fn run_valid<T>(&self, valid: &Valid<'_, A>, read: impl for<'r> FnOnce(R::Given<'r>) -> T) -> Result<T, Error> {
        let mut arena = self.program.take_arena();
        let result = self.call_valid(&mut arena, valid).map(read);
        self.program.put_arena(arena);
        result
    }

    /// An arena with the limits of the engine that loaded the program.
    pub fn arena(&self) -> Arena {
        let limits = self.program.limits();
        Arena::with_limits(limits.arena_bytes, limits.recursion)
    }
}

impl Compiled<dyn Machine> {
    /// # Safety
    /// `result` points to a result of the rule that is alive.
    unsafe fn check_finite(&self, result: *const u8) -> Result<(), Error> {
        let module = self.typed_ir();
        let Some(entry) = module.plain_entry() else { return Ok(()) };
        // SAFETY: the caller's condition.
        match unsafe { finite::is_finite(result, &entry.result, &module.types) } {
            true => Ok(()),
            // SAFETY: as above.
            false => unsafe { self.encode(entry, result) }.map(drop),
        }
    }
}
