//! What the macros refuse, and how they say it. `TRYBUILD=overwrite` writes the expected texts anew.

#[test]
fn errors_point_at_the_offending_token() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
