//! The types that natives may take and give, and their shapes as constants that go into descriptors.

use crate::abi::{Context, List, Opt, Str};
use crate::{Trap, TrapKind};

/// The shape of a type.
#[derive(Debug)]
pub enum Shape {
    /// `i64`
    Int,
    /// `f64`
    Float,
    /// `bool`
    Bool,
    /// Text.
    String,
    /// A list.
    List(&'static Shape),
    /// An option.
    Option(&'static Shape),
    /// A struct with `#[derive(Schema)]`.
    Record(&'static RecordShape),
}

/// The shape of a struct, with the layout that rustc gave it.
#[derive(Debug)]
pub struct RecordShape {
    /// Its name.
    pub name: &'static str,
    /// Bytes.
    pub size: usize,
    /// Alignment in bytes.
    pub align: usize,
    /// Fields in declaration order.
    pub fields: &'static [FieldShape],
}

/// A field of a [`RecordShape`].
#[derive(Debug)]
pub struct FieldShape {
    /// Its name.
    pub name: &'static str,
    /// Bytes from the start of the struct.
    pub offset: usize,
    /// Its shape.
    pub shape: &'static Shape,
}

/// The shape of what a native takes by reference. Behind another name may be an `i64`, which rules pass by value.
pub const fn record_shape(shape: &'static Shape) -> &'static Shape {
    assert!(matches!(shape, Shape::Record(_)), "only structs with #[derive(Schema)] are passed by reference");
    shape
}

/// A type that lies in memory as rules see it.
///
/// # Safety
/// The memory layout must be that of [`abi`](crate::abi) for the shape, and there must be nothing to drop. No part of a value may change behind a
/// shared reference, as that of a `Cell` does: what was checked of a value holds as long as it is borrowed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no layout that rules know",
    label = "not a type that rules know",
    note = "use i64, f64, bool, relon::Str, relon::List, relon::Opt or a struct with #[derive(relon::Schema)] and #[repr(C)]"
)]
pub unsafe trait Value {
    /// Its shape.
    const SHAPE: &'static Shape;
}

// SAFETY: `Int` is an `i64`.
unsafe impl Value for i64 {
    const SHAPE: &'static Shape = &Shape::Int;
}

// SAFETY: `Float` is an `f64`.
unsafe impl Value for f64 {
    const SHAPE: &'static Shape = &Shape::Float;
}

// SAFETY: `Bool` is one byte, 0 or 1.
unsafe impl Value for bool {
    const SHAPE: &'static Shape = &Shape::Bool;
}

// SAFETY: `String` is pointer and length.
unsafe impl Value for Str<'_> {
    const SHAPE: &'static Shape = &Shape::String;
}

// SAFETY: a list is pointer and length.
unsafe impl<T: Value> Value for List<'_, T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
}

// SAFETY: an option is a byte and the value.
unsafe impl<T: Value> Value for Opt<T> {
    const SHAPE: &'static Shape = &Shape::Option(T::SHAPE);
}

/// A type that a native may give.
///
/// # Safety
/// `Memory` has the layout of a value of the shape, and what [`into_memory`](Self::into_memory) gives refers to the arena of the call or to
/// what lives as long.
#[diagnostic::on_unimplemented(
    message = "a native cannot give `{Self}`",
    label = "not a type that rules know",
    note = "give i64, f64, bool, String, &'static str, Vec<T>, Option<T>, a struct with #[derive(relon::Schema)], or a Result of these"
)]
pub unsafe trait Return {
    /// Its shape.
    const SHAPE: &'static Shape;
    /// How it lies in memory.
    type Memory;

    /// Moves what it owns into the arena of the call; none where the arena's limit is reached.
    ///
    /// # Safety
    /// `context` is that of a running call.
    unsafe fn into_memory(self, context: *mut Context) -> Option<Self::Memory>;
}

/// A value that owns nothing is given as it lies in memory.
macro_rules! return_as_is {
    ($($({$($generics:tt)*})? $ty:ty),* $(,)?) => {$(
        // SAFETY: the type lies in memory as rules know it.
        unsafe impl $(<$($generics)*>)? Return for $ty {
            const SHAPE: &'static Shape = <$ty as Value>::SHAPE;
            type Memory = Self;

            #[inline(always)]
            unsafe fn into_memory(self, _context: *mut Context) -> Option<Self> {
                Some(self)
            }
        }
    )*};
}

return_as_is!(i64, f64, bool, Str<'_>, { T: Value } List<'_, T>, { T: Value } Opt<T>);

// SAFETY: a text is given as rules know it.
unsafe impl<'a> Return for &'a str {
    const SHAPE: &'static Shape = &Shape::String;
    type Memory = Str<'a>;

    #[inline(always)]
    unsafe fn into_memory(self, _context: *mut Context) -> Option<Str<'a>> {
        Some(Str::new(self))
    }
}

// SAFETY: a list is given as rules know it.
unsafe impl<'a, T: Value> Return for &'a [T] {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
    type Memory = List<'a, T>;

    #[inline(always)]
    unsafe fn into_memory(self, _context: *mut Context) -> Option<List<'a, T>> {
        Some(List::new(self))
    }
}

// SAFETY: the text is copied into the arena.
unsafe impl Return for String {
    const SHAPE: &'static Shape = &Shape::String;
    type Memory = Str<'static>;

    #[inline(always)]
    unsafe fn into_memory(self, context: *mut Context) -> Option<Str<'static>> {
        // SAFETY: the caller's condition.
        unsafe { Context::alloc_str(context, &self) }
    }
}

/// A list in the arena, in the layout of [`List`]. Its elements need not live as long as a borrowed slice would ask.
#[derive(Debug)]
#[repr(C)]
pub struct Built<T> {
    start: *mut T,
    length: usize,
}

// SAFETY: `Built` has the layout of a list, and its elements are in the arena.
unsafe impl<T: Return> Return for Vec<T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
    type Memory = Built<T::Memory>;

    #[inline(always)]
    unsafe fn into_memory(self, context: *mut Context) -> Option<Self::Memory> {
        let length = self.len();
        // SAFETY: the caller's condition; the room has place for all elements.
        unsafe {
            let start = Context::alloc_array::<T::Memory>(context, length)?;
            for (index, item) in self.into_iter().enumerate() {
                start.add(index).write(item.into_memory(context)?);
            }
            Some(Built { start, length })
        }
    }
}

// SAFETY: an option of the value's form in memory.
unsafe impl<T: Return> Return for Option<T> {
    const SHAPE: &'static Shape = &Shape::Option(T::SHAPE);
    type Memory = Opt<T::Memory>;

    #[inline(always)]
    unsafe fn into_memory(self, context: *mut Context) -> Option<Self::Memory> {
        match self {
            None => Some(Opt::none()),
            // SAFETY: the caller's condition.
            Some(value) => Some(Opt::some(unsafe { value.into_memory(context)? })),
        }
    }
}

/// What the function behind a native may return: a value, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a native cannot give `{Self}`",
    label = "not a type that rules know",
    note = "give i64, f64, bool, String, &'static str, Vec<T>, Option<T>, a struct with #[derive(relon::Schema)], or a Result of these"
)]
pub trait Outcome {
    /// The value, where all went well.
    type Value: Return;
    /// Whether a rule can match on the error.
    const FALLIBLE: bool;

    /// The value or the failure.
    #[expect(clippy::missing_errors_doc, reason = "the error is the function's own")]
    fn outcome(self) -> Result<Self::Value, Trap>;
}

impl<T: Return> Outcome for T {
    type Value = T;
    const FALLIBLE: bool = false;

    #[inline(always)]
    fn outcome(self) -> Result<T, Trap> {
        Ok(self)
    }
}

impl<T: Return> Outcome for Result<T, String> {
    type Value = T;
    const FALLIBLE: bool = true;

    #[inline(always)]
    fn outcome(self) -> Result<T, Trap> {
        self.map_err(|message| Trap { kind: TrapKind::NativeFailed, message })
    }
}

impl<T: Return> Outcome for Result<T, Trap> {
    type Value = T;
    // The kind of a trap tells what is wrong with the rule; it is no value that the rule could go on with.
    const FALLIBLE: bool = false;

    #[inline(always)]
    fn outcome(self) -> Result<T, Trap> {
        self
    }
}
