//! Typed indices into the tables of a module or function.

macro_rules! entity {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u32);

        impl $name {
            /// The entity with this index.
            ///
            /// # Panics
            /// If the index does not fit 32 bits.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("more than 2^32 entities in one table"))
            }

            /// The position in the table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

entity! {
    /// A value of a function.
    Value "v";
    /// A basic block of a function.
    Block "block";
    /// A function of a module.
    FunctionId "fn";
    /// A native that a module calls.
    NativeId "native";
    /// A piece of constant data of a module.
    DataId "data";
    /// A place where a rule can trap.
    SiteId "site";
    /// A source file of a module.
    FileId "file";
}
