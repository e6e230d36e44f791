//! Tuples in the layout of rules. Rust's own have no fixed layout.

use super::{RuleOwned, RuleValue, Views};

macro_rules! tuples {
    ($($name:ident($($letter:ident $index:tt),+) $text:literal;)*) => {$(
        #[doc = concat!("A tuple of ", $text, ", which goes from and to Rust's own with `into()`.")]
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<$($letter),+>($(
            #[doc = concat!("Item ", stringify!($index), ".")]
            pub $letter
        ),+);

        impl<$($letter),+> From<($($letter,)+)> for $name<$($letter),+> {
            #[inline]
            fn from(items: ($($letter,)+)) -> Self {
                $name($(items.$index),+)
            }
        }

        impl<$($letter),+> From<$name<$($letter),+>> for ($($letter,)+) {
            #[inline]
            fn from(items: $name<$($letter),+>) -> Self {
                ($(items.$index,)+)
            }
        }

        impl<$($letter: RuleOwned),+> RuleOwned for ($($letter,)+) {
            type View<'a>
                = $name<$($letter::View<'a>),+>
            where
                Self: 'a;

            #[inline]
            fn view<'a>(&'a self, views: &'a Views) -> Self::View<'a> {
                $name($(self.$index.view(views)),+)
            }
        }

        impl<$($letter: RuleValue),+> RuleValue for $name<$($letter),+> {
            type Owned = ($($letter::Owned,)+);
            const HAS_FLOATS: bool = $($letter::HAS_FLOATS)||+;

            fn into_owned(self) -> Self::Owned {
                ($(self.$index.into_owned(),)+)
            }

            fn non_finite(&self) -> Option<String> {
                $(if let Some(rest) = self.$index.non_finite() {
                    return Some(format!("[{}]{rest}", $index));
                })+
                None
            }
        }
    )*};
}

tuples! {
    Tuple1(A 0) "one item";
    Tuple2(A 0, B 1) "two items";
    Tuple3(A 0, B 1, C 2) "three items";
    Tuple4(A 0, B 1, C 2, D 3) "four items";
    Tuple5(A 0, B 1, C 2, D 3, E 4) "five items";
    Tuple6(A 0, B 1, C 2, D 3, E 4, F 5) "six items";
    Tuple7(A 0, B 1, C 2, D 3, E 4, F 5, G 6) "seven items";
    Tuple8(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7) "eight items";
    Tuple9(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8) "nine items";
    Tuple10(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9) "ten items";
    Tuple11(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10) "eleven items";
    Tuple12(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11) "twelve items";
}
