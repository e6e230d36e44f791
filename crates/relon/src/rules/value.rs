//! What all values of rules can do: become owned, and be searched for numbers that are not finite.

use std::collections::BTreeMap;

use relon_natives::abi::{List, Opt, Str};

use super::{Dict, Res};

/// A value that a rule takes or gives, in the layout that rules know.
pub trait RuleValue: Copy {
    /// The value with everything that it refers to.
    type Owned;
    /// Whether a Float may be somewhere inside.
    const HAS_FLOATS: bool;

    /// Copies the value out of the memory that it refers to.
    fn into_owned(self) -> Self::Owned;

    /// The path to the first number that is not finite, if there is one.
    fn non_finite(&self) -> Option<String>;
}

/// Scalars own themselves.
macro_rules! scalars {
    ($($ty:ty),*) => {$(
        impl RuleValue for $ty {
            type Owned = Self;
            const HAS_FLOATS: bool = false;

            #[inline(always)]
            fn into_owned(self) -> Self {
                self
            }

            #[inline(always)]
            fn non_finite(&self) -> Option<String> {
                None
            }
        }
    )*};
}

scalars!(i64, bool, ());

impl RuleValue for f64 {
    type Owned = Self;
    const HAS_FLOATS: bool = true;

    #[inline(always)]
    fn into_owned(self) -> Self {
        self
    }

    #[inline(always)]
    fn non_finite(&self) -> Option<String> {
        (!self.is_finite()).then(String::new)
    }
}

impl RuleValue for Str<'_> {
    type Owned = String;
    const HAS_FLOATS: bool = false;

    fn into_owned(self) -> String {
        self.as_str().to_owned()
    }

    fn non_finite(&self) -> Option<String> {
        None
    }
}

impl<T: RuleValue> RuleValue for List<'_, T> {
    type Owned = Vec<T::Owned>;
    const HAS_FLOATS: bool = T::HAS_FLOATS;

    fn into_owned(self) -> Self::Owned {
        self.iter().map(|item| T::into_owned(*item)).collect()
    }

    fn non_finite(&self) -> Option<String> {
        if !T::HAS_FLOATS {
            return None;
        }
        self.iter().enumerate().find_map(|(index, item)| Some(format!("[{index}]{}", item.non_finite()?)))
    }
}

impl<T: RuleValue> RuleValue for Dict<'_, T> {
    type Owned = BTreeMap<String, T::Owned>;
    const HAS_FLOATS: bool = T::HAS_FLOATS;

    fn into_owned(self) -> Self::Owned {
        self.iter().map(|(key, value)| (key.to_owned(), T::into_owned(*value))).collect()
    }

    fn non_finite(&self) -> Option<String> {
        if !T::HAS_FLOATS {
            return None;
        }
        self.iter().find_map(|(key, value)| Some(format!("[{key:?}]{}", value.non_finite()?)))
    }
}

impl<T: RuleValue> RuleValue for Opt<T> {
    type Owned = Option<T::Owned>;
    const HAS_FLOATS: bool = T::HAS_FLOATS;

    fn into_owned(self) -> Self::Owned {
        self.into_option().map(RuleValue::into_owned)
    }

    fn non_finite(&self) -> Option<String> {
        self.as_ref()?.non_finite()
    }
}

impl<T: RuleValue, E: RuleValue> RuleValue for Res<T, E> {
    type Owned = Result<T::Owned, E::Owned>;
    const HAS_FLOATS: bool = T::HAS_FLOATS || E::HAS_FLOATS;

    fn into_owned(self) -> Self::Owned {
        match self {
            Res::Ok(value) => Ok(value.into_owned()),
            Res::Err(error) => Err(error.into_owned()),
        }
    }

    fn non_finite(&self) -> Option<String> {
        match self {
            Res::Ok(value) => value.non_finite(),
            Res::Err(error) => error.non_finite(),
        }
    }
}

/// A type that holds itself does so behind a pointer. Its floats are found only by looking.
impl<T: RuleValue> RuleValue for &T {
    type Owned = Box<T::Owned>;
    const HAS_FLOATS: bool = true;

    fn into_owned(self) -> Self::Owned {
        Box::new((*self).into_owned())
    }

    fn non_finite(&self) -> Option<String> {
        (**self).non_finite()
    }
}
