//! `Result` in the layout of rules.

/// A `Result` of a rule. It can be matched on like Rust's own, and becomes one with [`into_result`](Res::into_result).
#[repr(C, u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Res<T, E> {
    /// The value.
    Ok(T),
    /// The error.
    Err(E),
}

impl<T, E> Res<T, E> {
    /// As Rust's own.
    #[inline]
    pub fn into_result(self) -> Result<T, E> {
        match self {
            Res::Ok(value) => Ok(value),
            Res::Err(error) => Err(error),
        }
    }
}

impl<T, E> From<Result<T, E>> for Res<T, E> {
    #[inline]
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Res::Ok(value),
            Err(error) => Res::Err(error),
        }
    }
}

impl<T, E> From<Res<T, E>> for Result<T, E> {
    #[inline]
    fn from(result: Res<T, E>) -> Self {
        result.into_result()
    }
}
