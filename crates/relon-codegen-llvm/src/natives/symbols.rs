//! Symbols that no pack brings along.

/// Symbols of the process itself: the C library, the unwinder, and what LLVM needs of C's mathematical library.
pub(crate) fn of_process(symbol: &str) -> Option<usize> {
    super::library::global_address(symbol).or_else(|| super::math::address(symbol))
}
