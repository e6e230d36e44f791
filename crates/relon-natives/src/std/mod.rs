//! The standard library: a natives package like any other, linked into each rule and inlined by the same code.
//!
//! Functions with ordinary types are natives here; their documentation is the manual. Functions that take functions, or work on any
//! element type, are lowered by the compiler and use [`raw`].

pub mod math;
mod pow;
pub mod raw;
pub mod string;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::descriptor::Descriptor;
use crate::{Native, PackedEntry};

/// The natives of all modules.
fn all() -> impl Iterator<Item = &'static Native> {
    math::NATIVES.iter().chain(string::NATIVES)
}

/// All natives of the library.
pub fn descriptors() -> &'static [Descriptor] {
    static ALL: LazyLock<Vec<Descriptor>> = LazyLock::new(|| all().map(Native::descriptor).collect());
    &ALL
}

/// The packed entry of the library's native with this symbol.
pub fn packed_entry(symbol: &str) -> Option<PackedEntry> {
    let position = descriptors().iter().position(|descriptor| descriptor.symbol == symbol)?;
    all().nth(position).map(Native::packed)
}

/// The address of the C function of the library with this symbol: a native's, or a helper's.
pub fn address(symbol: &str) -> Option<usize> {
    static ALL: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
        let symbols = descriptors().iter().map(|native| native.symbol.as_str());
        let natives = symbols.zip(all()).map(|(symbol, native)| (symbol, native.entry().expose_provenance()));
        let helpers = raw::HELPERS.iter().map(|helper| (helper.symbol, helper.address.expose_provenance()));
        natives.chain(helpers).collect()
    });
    ALL.get(symbol).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_native_is_forgotten() {
        let sources = [include_str!("math.rs"), include_str!("string.rs")];
        let written: usize = sources.iter().map(|source| source.matches("\n#[native(").count()).sum();
        assert_eq!(descriptors().len(), written);
    }

    #[test]
    fn symbols_follow_names_and_documentation_has_an_example() {
        for descriptor in descriptors() {
            assert_eq!(descriptor.symbol, format!("relon_{}", descriptor.name.replace('.', "__")));
            assert!(descriptor.symbol.starts_with("relon_std_"));
            assert!(descriptor.example().is_some(), "{} shows no example", descriptor.name);
            assert!(packed_entry(&descriptor.symbol).is_some(), "{} has no packed entry", descriptor.name);
            assert!(address(&descriptor.symbol).is_some(), "{} has no address", descriptor.name);
        }
    }
}
