//! Rust types as arguments and results of rules: what a typed handle is made of.
//!
//! A handle outlives the values of a call, so its types are written with `'static` lifetimes (which the compiler infers) and stand for the
//! same types with any lifetime: a handle of `(&Order,)` is called with a `&'a Order<'a>`.

use std::mem::transmute;

use crate::abi::{Context, List, Opt, Str};
use crate::shape::{Shape, Value};

/// The direct entry of a rule, whatever the number of its parameters: a C function that takes the state of the call, the address of each
/// argument in a parameter of its own, and memory for the result, and gives the status. [`Args::call`] knows how many there are.
pub type DirectFn = unsafe extern "C" fn();

/// The address of an argument.
type Address = *const u8;

/// A type of values that rules see, and the same type with another lifetime.
///
/// # Safety
/// `At<'a>` is the implementing type with its lifetimes replaced by `'a`.
pub unsafe trait Lend: Value + 'static {
    /// The type as it is lent for `'a`.
    type At<'a>: Value + 'a;
}

/// A type that an argument may have.
///
/// # Safety
/// At [`address`](Self::address) lies a value of the shape, as long as the slot and what was given live.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a rule",
    note = "use i64, f64, bool, &str, &[T], relon::Str, relon::List, relon::Opt or a reference to a #[derive(relon::Schema)] struct"
)]
pub unsafe trait Arg: 'static {
    /// Its shape.
    const SHAPE: &'static Shape;
    /// What is given in a call.
    type Given<'a>;
    /// What the address is taken of.
    type Slot<'a>;

    /// Prepares the argument.
    fn slot<'a>(given: Self::Given<'a>) -> Self::Slot<'a>;

    /// Where the value lies.
    fn address(slot: &Self::Slot<'_>) -> *const u8;

    /// The other way round: takes an argument that a rule gives.
    ///
    /// # Safety
    /// At the address lies a value of this type that is alive for `'a`.
    unsafe fn take<'a>(address: *const u8) -> Self::Given<'a>;
}

/// A type that a result may have. Types that borrow give views of the call's memory; `String`, `Vec` and `Option` are owned.
///
/// # Safety
/// `Memory` has the layout of a value of the shape, and there is nothing to drop.
#[diagnostic::on_unimplemented(
    message = "a rule cannot give `{Self}`",
    note = "use i64, f64, bool, relon::Str, relon::List, relon::Opt, String, Vec, Option or a #[derive(relon::Schema)] struct"
)]
pub unsafe trait Ret: 'static {
    /// Its shape.
    const SHAPE: &'static Shape;
    /// How it lies in memory.
    type Memory<'a>: 'a;
    /// What a call gives.
    type Given<'a>;

    /// Takes the value out of memory.
    fn give<'a>(memory: Self::Memory<'a>) -> Self::Given<'a>;
}

/// A tuple of arguments.
///
/// # Safety
/// [`call`](Self::call) gives the code one address for each of the [`shapes`](Self::shapes), at which lies a value of that shape. The values
/// are the same in all calls with the same slots.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a rule",
    note = "write a tuple of up to eight arguments, such as `(&Order,)` or `(i64, &str)`"
)]
pub unsafe trait Args: 'static {
    /// What is given in a call.
    type Given<'a>;
    /// What the addresses are taken of.
    type Slots<'a>;

    /// The shapes in order.
    fn shapes() -> Vec<&'static Shape>;

    /// Prepares the arguments.
    fn slots<'a>(given: Self::Given<'a>) -> Self::Slots<'a>;

    /// Calls a rule with the address of each argument.
    ///
    /// # Safety
    /// The rule's parameters are of these types, its result fits what `out` points to, and `context` is that of a call.
    unsafe fn call(code: DirectFn, context: *mut Context, slots: &Self::Slots<'_>, out: *mut u8) -> u32;
}

/// Values without lifetimes.
macro_rules! scalars {
    ($($ty:ty),*) => {$(
        // SAFETY: the type has no lifetime.
        unsafe impl Lend for $ty {
            type At<'a> = $ty;
        }
    )*};
}

scalars!(i64, f64, bool);

// SAFETY: the lifetime is the only one.
unsafe impl Lend for Str<'static> {
    type At<'a> = Str<'a>;
}

// SAFETY: both lifetimes are replaced.
unsafe impl<T: Lend> Lend for List<'static, T> {
    type At<'a> = List<'a, T::At<'a>>;
}

// SAFETY: the lifetimes are those of the value.
unsafe impl<T: Lend> Lend for Opt<T> {
    type At<'a> = Opt<T::At<'a>>;
}

/// Arguments that are values and lie in the frame of the call.
macro_rules! by_value {
    ($({$($generics:tt)*} $ty:ty),* $(,)?) => {$(
        // SAFETY: the slot is the value itself.
        unsafe impl<$($generics)*> Arg for $ty {
            const SHAPE: &'static Shape = <$ty as Value>::SHAPE;
            type Given<'a> = <$ty as Lend>::At<'a>;
            type Slot<'a> = <$ty as Lend>::At<'a>;

            #[inline(always)]
            fn slot<'a>(given: Self::Given<'a>) -> Self::Slot<'a> {
                given
            }

            #[inline(always)]
            fn address(slot: &Self::Slot<'_>) -> *const u8 {
                std::ptr::from_ref(slot).cast()
            }

            #[inline(always)]
            unsafe fn take<'a>(address: *const u8) -> Self::Given<'a> {
                // SAFETY: the caller's condition; values of rules own nothing, so that a copy is as good as the original.
                unsafe { address.cast::<Self::Given<'a>>().read() }
            }
        }
    )*};
}

by_value!({} i64, {} f64, {} bool, {} Str<'static>, { T: Lend } List<'static, T>, { T: Lend } Opt<T>);

// SAFETY: the address is that of the value which is lent.
unsafe impl<T: Lend> Arg for &'static T {
    const SHAPE: &'static Shape = T::SHAPE;
    type Given<'a> = &'a T::At<'a>;
    type Slot<'a> = &'a T::At<'a>;

    #[inline(always)]
    fn slot<'a>(given: Self::Given<'a>) -> Self::Slot<'a> {
        given
    }

    #[inline(always)]
    fn address(slot: &Self::Slot<'_>) -> *const u8 {
        std::ptr::from_ref(*slot).cast()
    }

    #[inline(always)]
    unsafe fn take<'a>(address: *const u8) -> Self::Given<'a> {
        // SAFETY: the caller's condition.
        unsafe { &*address.cast() }
    }
}

// SAFETY: the slot is a text as rules know it.
unsafe impl Arg for &'static str {
    const SHAPE: &'static Shape = &Shape::String;
    type Given<'a> = &'a str;
    type Slot<'a> = Str<'a>;

    #[inline(always)]
    fn slot<'a>(given: Self::Given<'a>) -> Self::Slot<'a> {
        Str::new(given)
    }

    #[inline(always)]
    fn address(slot: &Str<'_>) -> *const u8 {
        std::ptr::from_ref(slot).cast()
    }

    #[inline(always)]
    unsafe fn take<'a>(address: *const u8) -> &'a str {
        // SAFETY: the caller's condition.
        unsafe { address.cast::<Str<'a>>().read() }.as_str()
    }
}

// SAFETY: the slot is a list as rules know it.
unsafe impl<T: Lend> Arg for &'static [T] {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
    type Given<'a> = &'a [T::At<'a>];
    type Slot<'a> = List<'a, T::At<'a>>;

    #[inline(always)]
    fn slot<'a>(given: Self::Given<'a>) -> Self::Slot<'a> {
        List::new(given)
    }

    #[inline(always)]
    fn address(slot: &Self::Slot<'_>) -> *const u8 {
        std::ptr::from_ref(slot).cast()
    }

    #[inline(always)]
    unsafe fn take<'a>(address: *const u8) -> Self::Given<'a> {
        // SAFETY: the caller's condition.
        unsafe { address.cast::<List<'a, T::At<'a>>>().read() }.as_slice()
    }
}

// SAFETY: the type lies in memory as rules know it.
unsafe impl<T: Lend> Ret for T {
    const SHAPE: &'static Shape = T::SHAPE;
    type Memory<'a> = T::At<'a>;
    type Given<'a> = T::At<'a>;

    #[inline(always)]
    fn give<'a>(memory: Self::Memory<'a>) -> Self::Given<'a> {
        memory
    }
}

// SAFETY: the text is copied out of memory that has its layout.
unsafe impl Ret for String {
    const SHAPE: &'static Shape = &Shape::String;
    type Memory<'a> = Str<'a>;
    type Given<'a> = String;

    #[inline]
    fn give<'a>(memory: Self::Memory<'a>) -> Self::Given<'a> {
        memory.as_str().to_owned()
    }
}

// SAFETY: the elements are taken out of a list of their form in memory.
unsafe impl<T: Ret> Ret for Vec<T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
    type Memory<'a> = List<'a, T::Memory<'a>>;
    type Given<'a> = Vec<T::Given<'a>>;

    #[inline]
    fn give<'a>(memory: Self::Memory<'a>) -> Self::Given<'a> {
        // SAFETY: values of rules own nothing and nothing is dropped, so that a copy is as good as the original, which nobody sees.
        memory.as_slice().iter().map(|item| T::give(unsafe { std::ptr::read(item) })).collect()
    }
}

// SAFETY: the value is taken out of an option of its form in memory.
unsafe impl<T: Ret> Ret for Option<T> {
    const SHAPE: &'static Shape = &Shape::Option(T::SHAPE);
    type Memory<'a> = Opt<T::Memory<'a>>;
    type Given<'a> = Option<T::Given<'a>>;

    #[inline]
    fn give<'a>(memory: Self::Memory<'a>) -> Self::Given<'a> {
        memory.into_option().map(T::give)
    }
}

/// The second, for each of the first.
macro_rules! each {
    ($of:ident $ty:ty) => {
        $ty
    };
}

macro_rules! tuples {
    ($(($($name:ident $value:ident),*))*) => {$(
        // SAFETY: shapes and addresses are those of the same types, in the same order.
        unsafe impl<$($name: Arg),*> Args for ($($name,)*) {
            type Given<'a> = ($($name::Given<'a>,)*);
            type Slots<'a> = ($($name::Slot<'a>,)*);

            fn shapes() -> Vec<&'static Shape> {
                vec![$($name::SHAPE),*]
            }

            #[inline(always)]
            #[allow(clippy::unused_unit, reason = "the last expression of a rule without arguments")]
            fn slots<'a>(given: Self::Given<'a>) -> Self::Slots<'a> {
                let ($($value,)*) = given;
                ($($name::slot($value),)*)
            }

            #[inline(always)]
            unsafe fn call(code: DirectFn, context: *mut Context, slots: &Self::Slots<'_>, out: *mut u8) -> u32 {
                let ($($value,)*) = slots;
                type Code = unsafe extern "C" fn(*mut Context, $(each!($value Address),)* *mut u8) -> u32;
                // SAFETY: this is the signature of the direct entry of a rule with so many parameters, and the caller's condition is that
                // of a call.
                unsafe { transmute::<DirectFn, Code>(code)(context, $($name::address($value),)* out) }
            }
        }
    )*};
}

tuples! {
    ()
    (A a)
    (A a, B b)
    (A a, B b, C c)
    (A a, B b, C c, D d)
    (A a, B b, C c, D d, E e)
    (A a, B b, C c, D d, E e, F f)
    (A a, B b, C c, D d, E e, F f, G g)
    (A a, B b, C c, D d, E e, F f, G g, H h)
}
