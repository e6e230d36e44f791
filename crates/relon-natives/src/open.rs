//! Functions of a host that rules call: closures with what they captured, known when the program runs.
//!
//! Such a function has no symbol. A rule finds it in the table of the call's context, by the native's index in the module: the table holds
//! the address of a [`Target`], an entry of one type for all functions and the state that it is called with. Arguments are given as
//! packed entries take them ([`PackedEntry`](crate::PackedEntry)).

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::abi::Context;
use crate::descriptor::{Capability, Descriptor, NativeType, Parameter};
use crate::entry::run;
use crate::shape::{Outcome, Return, Shape};
use crate::typed::Arg;

/// The entry of a function of the host. Each argument is a pointer to its form in memory, in the order of the parameters.
pub type OpenEntry =
    unsafe extern "C" fn(state: *const (), context: *mut Context, arguments: *const *const u8, out: *mut u8) -> u32;

/// A function of the host as compiled code sees it, which knows the offsets of these fields (`relon_ir::layout::target`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What is called.
    pub entry: OpenEntry,
    /// What it is called with.
    pub state: *const (),
}

/// A function that can be a native: a closure or `fn` of up to eight parameters, whose types are written out.
///
/// Parameters are `i64`, `f64`, `bool`, `&str`, `&[T]`, [`Str`](crate::abi::Str), [`List`](crate::abi::List), [`Opt`](crate::abi::Opt),
/// and references to structs with `#[derive(Schema)]`. It gives what a native gives, and nothing that it borrows from its parameters.
///
/// # Safety
/// A call takes arguments of these shapes and no others, and with a status of 0 it has stored a result.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a native",
    label = "not a function that rules can call",
    note = "take up to eight of i64, f64, bool, &str, &[T] and &T for a struct with #[derive(relon::Schema)], and write their types out",
    note = "give i64, f64, bool, String, Vec<T>, Option<T>, a struct with #[derive(relon::Schema)], or a Result of these",
    note = "what a closure captures has to be Send + Sync + 'static"
)]
pub unsafe trait Function<A>: Send + Sync + 'static {
    /// What it gives.
    type Result: Outcome;

    /// The shapes of its parameters.
    fn params() -> Vec<&'static Shape>;

    /// Calls it with packed arguments, stores its result or failure, and gives the status.
    ///
    /// # Safety
    /// `context` is that of a running call, `arguments` has a pointer to each argument, and `out` has room for the result.
    unsafe fn call(&self, context: *mut Context, arguments: *const *const u8, out: *mut u8) -> u32;
}

macro_rules! functions {
    ($(($($name:ident $value:ident $index:tt),*))*) => {$(
        // SAFETY: each argument is taken by the type whose shape is given, and `run` stores the result.
        unsafe impl<F, R, $($name: Arg),*> Function<($($name,)*)> for F
        where
            // The first tells the types of the parameters, the second that they may have any lifetime.
            F: Fn($($name),*) -> R + for<'a> Fn($($name::Given<'a>),*) -> R + Send + Sync + 'static,
            R: Outcome + 'static,
        {
            type Result = R;

            fn params() -> Vec<&'static Shape> {
                vec![$($name::SHAPE),*]
            }

            #[allow(unused_variables, reason = "a function without parameters has no arguments")]
            unsafe fn call(&self, context: *mut Context, arguments: *const *const u8, out: *mut u8) -> u32 {
                // Where both bounds are known, which of them a call means is not.
                #[allow(clippy::too_many_arguments, reason = "as many as the function has")]
                fn call<R, $($name),*>(function: impl Fn($($name),*) -> R, $($value: $name),*) -> R {
                    function($($value),*)
                }
                // SAFETY: the caller's condition.
                unsafe { run(context, out, || call(self, $($name::take(arguments.add($index).read())),*)) }
            }
        }
    )*};
}

functions! {
    ()
    (A a 0)
    (A a 0, B b 1)
    (A a 0, B b 1, C c 2)
    (A a 0, B b 1, C c 2, D d 3)
    (A a 0, B b 1, C c 2, D d 3, E e 4)
    (A a 0, B b 1, C c 2, D d 3, E e 4, G g 5)
    (A a 0, B b 1, C c 2, D d 3, E e 4, G g 5, H h 6)
    (A a 0, B b 1, C c 2, D d 3, E e 4, G g 5, H h 6, I i 7)
}

/// # Safety
/// `state` is the address of an `F`, and the rest as for [`Function::call`].
unsafe extern "C" fn entry<F: Function<A>, A>(
    state: *const (),
    context: *mut Context,
    arguments: *const *const u8,
    out: *mut u8,
) -> u32 {
    // SAFETY: the caller's condition.
    unsafe { (*state.cast::<F>()).call(context, arguments, out) }
}

/// A function of the host that rules can call, with its name and its types.
///
/// ```
/// use relon_natives::descriptor::Capability;
/// use relon_natives::open::OpenNative;
///
/// let rates = vec![("EUR", 1.0), ("USD", 1.1)];
/// let rate = move |currency: &str| {
///     let found = rates.iter().find(|(name, _)| *name == currency);
///     found.map(|(_, rate)| *rate).ok_or_else(|| format!("no rate for {currency}"))
/// };
/// let native = OpenNative::new("fx.rate", rate).params(["currency"]).requires(Capability::Network).doc("Units for a euro.");
/// assert_eq!(native.descriptor().signature(), "fx.rate(currency: String) -> Result<Float, String>");
/// ```
pub struct OpenNative {
    descriptor: Descriptor,
    /// How many names of parameters were given, if any.
    names: Option<usize>,
    target: Target,
    /// Keeps the state of the target.
    _function: Arc<dyn Any + Send + Sync>,
}

// SAFETY: the function behind the target is `Send` and `Sync`, and is kept.
unsafe impl Send for OpenNative {}
// SAFETY: as above.
unsafe impl Sync for OpenNative {}

impl OpenNative {
    /// A function under the name that rules use, which may be dotted. Its parameters are called `arg1`, `arg2` and so on until
    /// [`params`](Self::params) is called.
    pub fn new<F: Function<A>, A>(name: impl Into<String>, function: F) -> Self {
        let function = Arc::new(function);
        let target = Target { entry: entry::<F, A>, state: Arc::as_ptr(&function).cast() };
        OpenNative { descriptor: describe::<F, A>(name.into()), names: None, target, _function: function }
    }

    /// Names the parameters, in their order: rules may pass arguments by name. There are as many names as parameters.
    #[must_use]
    pub fn params<const N: usize>(mut self, names: [&str; N]) -> Self {
        for (param, name) in self.descriptor.params.iter_mut().zip(names) {
            name.clone_into(&mut param.name);
        }
        self.names = Some(N);
        self
    }

    /// Says that the host has to grant this before rules may call the function. May be called several times.
    #[must_use]
    pub fn requires(mut self, capability: Capability) -> Self {
        self.descriptor.requires.push(capability);
        self
    }

    /// Documents the function.
    #[must_use]
    pub fn doc(mut self, text: impl Into<String>) -> Self {
        self.descriptor.doc = text.into();
        self
    }

    /// What is known about it.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Why rules cannot have it, if so.
    pub fn problem(&self) -> Option<String> {
        let count = self.descriptor.params.len();
        match (self.descriptor.name_problem(), self.names) {
            (None, Some(names)) if names != count => {
                Some(format!("`{}` has {count} parameters, and {names} names for them", self.descriptor))
            }
            (problem, _) => problem,
        }
    }

    /// What is known about it, with names of parameters from another native where it was given none.
    pub fn descriptor_like(&self, other: &Descriptor) -> Descriptor {
        let mut descriptor = self.descriptor.clone();
        if self.names.is_none() {
            descriptor.params.iter_mut().zip(&other.params).for_each(|(own, other)| own.name.clone_from(&other.name));
        }
        descriptor
    }

    /// What compiled code calls. It is valid as long as this lives and is not moved.
    pub fn target(&self) -> &Target {
        &self.target
    }
}

impl fmt::Debug for OpenNative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenNative").field(&self.descriptor.signature()).finish()
    }
}

fn describe<F: Function<A>, A>(name: String) -> Descriptor {
    let param = |(index, shape): (usize, &&'static Shape)| Parameter {
        name: format!("arg{}", index + 1),
        ty: NativeType::from(*shape),
    };
    Descriptor {
        // With its dots, so that no two names share a symbol.
        symbol: format!("relon_open_{name}"),
        name,
        params: F::params().iter().enumerate().map(param).collect(),
        result: NativeType::from(<<F::Result as Outcome>::Value as Return>::SHAPE),
        fallible: <F::Result as Outcome>::FALLIBLE,
        requires: Vec::new(),
        doc: String::new(),
        open: true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::abi::{Call, List, Opt, Str};
    use crate::panics::Running;
    use crate::{Callee, Trap, TrapKind};

    /// Calls a function with the addresses of its arguments.
    fn call<R: Copy>(native: &OpenNative, arguments: &[*const u8], out: R) -> Result<R, Trap> {
        let (mut call, mut out) = (Call::new(1 << 20), out);
        let context = call.begin(1);
        let _quiet = Running::start();
        let callee = Callee::Open(*native.target());
        // SAFETY: tests give arguments of the types that the function has, and room for its result.
        match unsafe { callee.call(context, arguments.as_ptr(), (&raw mut out).cast()) } {
            0 => Ok(out),
            _ => Err(call.take_failure().expect("a failure")),
        }
    }

    fn at<T>(value: &T) -> *const u8 {
        std::ptr::from_ref(value).cast()
    }

    #[test]
    fn a_closure_keeps_its_state() {
        let total = Arc::new(AtomicI64::new(0));
        let seen = total.clone();
        let add = OpenNative::new("add", move |n: i64| seen.fetch_add(n, Ordering::Relaxed) + n);
        assert_eq!((call(&add, &[at(&3i64)], 0), call(&add, &[at(&4i64)], 0)), (Ok(3i64), Ok(7i64)));
        assert_eq!(Arc::strong_count(&total), 2);
        drop(add);
        assert_eq!((Arc::strong_count(&total), total.load(Ordering::Relaxed)), (1, 7));
    }

    #[test]
    fn every_kind_of_argument_arrives() {
        #[expect(clippy::too_many_arguments, reason = "as many as there may be")]
        fn all(a: i64, b: f64, c: bool, d: &str, e: &[Str], f: List<'_, i64>, g: Opt<i64>, h: Str<'_>) -> f64 {
            let texts: usize = e.iter().map(|text| text.len()).sum();
            let sum = f.iter().sum::<i64>() + g.into_option().unwrap_or(1000) + a;
            b * if c { 1.0 } else { -1.0 } + (d.len() + texts + h.len()) as f64 + sum as f64
        }
        let native = OpenNative::new("all", all);
        let expected = "all(arg1: Int, arg2: Float, arg3: Bool, arg4: String, arg5: List<String>, arg6: List<Int>, arg7: \
            Option<Int>, arg8: String) -> Float";
        assert_eq!(native.descriptor().signature(), expected);
        let (texts, numbers) = ([Str::new("ab"), Str::new("c")], [10i64, 20]);
        let given = (1i64, 0.5f64, true, Str::new("xyz"), List::new(&texts), List::new(&numbers), Opt::some(300i64));
        let (last, given) = (Str::new("q"), &given);
        let arguments = [
            at(&given.0),
            at(&given.1),
            at(&given.2),
            at(&given.3),
            at(&given.4),
            at(&given.5),
            at(&given.6),
            at(&last),
        ];
        assert_eq!(call(&native, &arguments, 0.0), Ok(0.5 + 7.0 + 331.0));
    }

    #[test]
    fn failures_and_panics_are_told() {
        let fails = OpenNative::new("fails", |n: i64| if n > 0 { Ok(n) } else { Err(format!("{n} is too small")) });
        assert!(fails.descriptor().fallible);
        assert_eq!(call(&fails, &[at(&1i64)], 0), Ok(1i64));
        let trap = call(&fails, &[at(&-1i64)], 0i64).expect_err("a failure");
        assert_eq!((trap.kind, trap.message.as_str()), (TrapKind::NativeFailed, "-1 is too small"));
        let panics = OpenNative::new("panics", || -> bool { panic!("never") });
        let trap = call(&panics, &[], false).expect_err("a panic");
        assert_eq!(trap.kind, TrapKind::NativePanicked);
        assert!(trap.message.starts_with("never"), "{}", trap.message);
    }

    #[test]
    fn names_are_those_that_rules_can_write() {
        let problem = |name: &str| OpenNative::new(name, |n: i64| n).problem();
        for right in ["fx_rate", "fx.rate2", "_a", "len.x", "fx.len", "fx.true", "Option", "std"] {
            assert_eq!(problem(right), None);
        }
        for (wrong, why) in [
            ("", "identifiers"),
            ("2x", "identifiers"),
            ("a b", "identifiers"),
            ("a..b", "identifiers"),
            ("std.math.sqrt", "standard library"),
            ("_", "has no name"),
            ("fx._", "has no name"),
            ("true", "as values"),
            ("NaN.x", "as values"),
            ("len", "the language's own"),
            ("Ok", "the language's own"),
            ("Option.some", "a variant"),
        ] {
            let said = problem(wrong).unwrap_or_default();
            assert!(said.contains(&format!("cannot be called `{wrong}`: ")) && said.contains(why), "{wrong}: {said}");
        }
        let problem = OpenNative::new("twice", |n: i64| n * 2).params(["n", "m"]).problem();
        assert_eq!(problem.as_deref(), Some("`twice(n: Int) -> Int` has 1 parameters, and 2 names for them"));
    }
}
