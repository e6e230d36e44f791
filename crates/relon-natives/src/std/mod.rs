//! The standard library: a natives package like any other, linked into each rule and inlined by the same code.
//!
//! Functions with ordinary types are natives here; their documentation is the manual. Functions that take functions, or work on any
//! element type, are lowered by the compiler and use [`raw`].

pub mod math;
pub mod raw;
pub mod string;

use std::sync::LazyLock;

use crate::descriptor::Descriptor;

/// All natives of the library.
pub fn descriptors() -> &'static [Descriptor] {
    static ALL: LazyLock<Vec<Descriptor>> = LazyLock::new(|| {
        let encoded = math::DESCRIPTORS.iter().chain(string::DESCRIPTORS);
        encoded.map(|bytes| Descriptor::decode(bytes).expect("the library's own descriptors are whole")).collect()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_symbols_agree() {
        assert!(descriptors().len() > 20);
        for descriptor in descriptors() {
            assert_eq!(descriptor.symbol, format!("relon_{}", descriptor.name.replace('.', "__")));
            assert!(!descriptor.doc.is_empty(), "{} is not documented", descriptor.name);
        }
    }
}
