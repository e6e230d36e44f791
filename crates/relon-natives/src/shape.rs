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

/// A type that lies in memory as rules see it.
///
/// # Safety
/// The memory layout must be that of [`abi`](crate::abi) for the shape.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no layout that rules know",
    note = "use i64, f64, bool, relon::Str, relon::List, relon::Opt or a struct with #[derive(relon::Schema)] and #[repr(C)]"
)]
pub unsafe trait Value: Copy {
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
#[diagnostic::on_unimplemented(
    message = "a native cannot give `{Self}`",
    note = "use i64, f64, bool, String, &'static str, Vec<T>, Option<T>, Result<T, String> or a struct with #[derive(relon::Schema)]"
)]
pub trait Return {
    /// Its shape.
    const SHAPE: &'static Shape;
    /// How it lies in memory.
    type Memory: Copy + 'static;

    /// Moves what it owns into the arena of the call; none where the arena's limit is reached.
    ///
    /// # Safety
    /// `context` is that of a running call.
    unsafe fn into_memory(self, context: *mut Context) -> Option<Self::Memory>;
}

/// A value that lies in memory as it is can be given as it is.
macro_rules! return_as_is {
    ($($ty:ty),*) => {$(
        impl Return for $ty {
            const SHAPE: &'static Shape = <$ty as Value>::SHAPE;
            type Memory = $ty;

            #[inline(always)]
            unsafe fn into_memory(self, _context: *mut Context) -> Option<$ty> {
                Some(self)
            }
        }
    )*};
}

return_as_is!(i64, f64, bool);

impl Return for String {
    const SHAPE: &'static Shape = &Shape::String;
    type Memory = Str<'static>;

    #[inline]
    unsafe fn into_memory(self, context: *mut Context) -> Option<Str<'static>> {
        // SAFETY: the caller's condition.
        unsafe { Context::alloc_str(context, &self) }
    }
}

impl Return for &'static str {
    const SHAPE: &'static Shape = &Shape::String;
    type Memory = Str<'static>;

    #[inline(always)]
    unsafe fn into_memory(self, _context: *mut Context) -> Option<Str<'static>> {
        Some(Str::from(self))
    }
}

impl<T: Return> Return for Vec<T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
    type Memory = List<'static, T::Memory>;

    #[inline]
    unsafe fn into_memory(self, context: *mut Context) -> Option<Self::Memory> {
        // SAFETY: the room has place for all elements, which are written before the slice is made.
        unsafe {
            let bytes = size_of::<T::Memory>().checked_mul(self.len())?;
            let room = Context::alloc(context, bytes, align_of::<T::Memory>()).cast::<T::Memory>();
            if room.is_null() {
                return None;
            }
            let length = self.len();
            for (index, item) in self.into_iter().enumerate() {
                room.add(index).write(item.into_memory(context)?);
            }
            Some(List::from(std::slice::from_raw_parts(room, length)))
        }
    }
}

impl<T: Return> Return for Option<T> {
    const SHAPE: &'static Shape = &Shape::Option(T::SHAPE);
    type Memory = Opt<T::Memory>;

    #[inline(always)]
    unsafe fn into_memory(self, context: *mut Context) -> Option<Self::Memory> {
        match self {
            None => Some(Opt::from(None)),
            // SAFETY: the caller's condition.
            Some(value) => Some(Opt::from(Some(unsafe { value.into_memory(context)? }))),
        }
    }
}

/// What the function behind a native may return: a value, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a native cannot give `{Self}`",
    note = "use i64, f64, bool, String, &'static str, Vec<T>, Option<T>, Result<T, String> or a struct with #[derive(relon::Schema)]"
)]
pub trait Outcome {
    /// The value, where all went well.
    type Value: Return;
    /// Whether it can be an error.
    const FALLIBLE: bool;

    /// The value or the failure.
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
    // A library function's trap is not a value that a rule could match on.
    const FALLIBLE: bool = false;

    #[inline(always)]
    fn outcome(self) -> Result<T, Trap> {
        self
    }
}
