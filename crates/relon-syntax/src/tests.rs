//! Whole sources.
