//! Owned values as rules see them, for what was read from JSON or a database.

use std::alloc::Layout;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ptr::NonNull;

use relon_natives::abi::{List, Opt, Str};

use super::{Dict, Entry, Res};

/// A value that owns what it holds, and can be lent to a rule.
pub trait RuleOwned {
    /// The value as rules know it.
    type View<'a>: Copy
    where
        Self: 'a;

    /// A view of the value. Texts are borrowed from it; lists, whose items are views as well, lie in `views`.
    fn view<'a>(&'a self, views: &'a Views) -> Self::View<'a>;
}

/// Memory for the lists of views.
///
/// ```
/// use relon::rules::{RuleOwned, Views};
///
/// let words = vec!["one".to_owned(), "two".to_owned()];
/// let views = Views::new();
/// assert_eq!(words.view(&views)[1], "two");
/// ```
#[derive(Debug, Default)]
pub struct Views {
    lists: RefCell<Vec<Memory>>,
}

/// Memory of a list, whose items need not be dropped.
#[derive(Debug)]
struct Memory {
    start: NonNull<u8>,
    layout: Layout,
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: it was allocated for a boxed slice of this layout, which nothing else owns.
        unsafe { std::alloc::dealloc(self.start.as_ptr(), self.layout) }
    }
}

impl Views {
    /// No memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Frees the lists of views, which nobody has any more.
    pub fn clear(&mut self) {
        self.lists.get_mut().clear();
    }

    /// Keeps items as long as this is borrowed.
    fn keep<'a, T: Copy + 'a>(&'a self, items: impl Iterator<Item = T>) -> &'a [T] {
        let items = NonNull::from(Box::leak(items.collect::<Box<[T]>>()));
        // SAFETY: the items were leaked, and their memory is freed only when this is not borrowed any more.
        let kept: &'a [T] = unsafe { items.as_ref() };
        let layout = Layout::for_value(kept);
        if layout.size() > 0 {
            self.lists.borrow_mut().push(Memory { start: items.cast(), layout });
        }
        kept
    }
}

/// Values that refer to nothing are lent as they are.
macro_rules! scalars {
    ($($ty:ty),*) => {$(
        impl RuleOwned for $ty {
            type View<'a> = Self;

            #[inline(always)]
            fn view<'a>(&'a self, _views: &'a Views) -> Self {
                *self
            }
        }
    )*};
}

scalars!(i64, f64, bool, ());

impl RuleOwned for String {
    type View<'a> = Str<'a>;

    #[inline]
    fn view<'a>(&'a self, _views: &'a Views) -> Str<'a> {
        Str::new(self)
    }
}

impl<T: RuleOwned> RuleOwned for Vec<T> {
    type View<'a>
        = List<'a, T::View<'a>>
    where
        Self: 'a;

    fn view<'a>(&'a self, views: &'a Views) -> Self::View<'a> {
        List::new(views.keep(self.iter().map(|item| item.view(views))))
    }
}

impl<T: RuleOwned> RuleOwned for BTreeMap<String, T> {
    type View<'a>
        = Dict<'a, T::View<'a>>
    where
        Self: 'a;

    fn view<'a>(&'a self, views: &'a Views) -> Self::View<'a> {
        Dict::from_sorted(views.keep(self.iter().map(|(key, value)| Entry::new(key, value.view(views)))))
    }
}

impl<T: RuleOwned> RuleOwned for Option<T> {
    type View<'a>
        = Opt<T::View<'a>>
    where
        Self: 'a;

    #[inline]
    fn view<'a>(&'a self, views: &'a Views) -> Self::View<'a> {
        self.as_ref().map(|value| value.view(views)).into()
    }
}

impl<T: RuleOwned, E: RuleOwned> RuleOwned for Result<T, E> {
    type View<'a>
        = Res<T::View<'a>, E::View<'a>>
    where
        Self: 'a;

    #[inline]
    fn view<'a>(&'a self, views: &'a Views) -> Self::View<'a> {
        match self {
            Ok(value) => Res::Ok(value.view(views)),
            Err(error) => Res::Err(error.view(views)),
        }
    }
}

/// A type that holds itself does so behind a pointer.
impl<T: RuleOwned> RuleOwned for Box<T> {
    type View<'a>
        = &'a T::View<'a>
    where
        Self: 'a;

    fn view<'a>(&'a self, views: &'a Views) -> Self::View<'a> {
        &views.keep(std::iter::once((**self).view(views)))[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleValue;

    #[test]
    fn a_view_becomes_what_it_was_made_from() {
        type Value = (Vec<Option<String>>, BTreeMap<String, Vec<i64>>, Result<f64, Box<bool>>);
        let value: Value = (
            vec![Some("a".to_owned()), None, Some(String::new())],
            BTreeMap::from([("y".to_owned(), vec![1, 2]), ("x".to_owned(), Vec::new())]),
            Err(Box::new(true)),
        );
        let mut views = Views::new();
        for _ in 0..3 {
            assert_eq!(value.view(&views).into_owned(), value);
            assert_eq!(value.view(&views).1.get("y").map(|list| list.to_vec()), Some(vec![1, 2]));
            views.clear();
        }
        assert!(views.lists.borrow().is_empty());
        let nothing: Vec<()> = vec![(); 3];
        assert_eq!(nothing.view(&views).len(), 3);
    }
}
