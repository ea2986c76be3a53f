//! Misuse that the types exclude: each file of `compile_fail/` must not compile, and say why.

#[test]
fn misuse_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
