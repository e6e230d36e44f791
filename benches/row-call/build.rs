//! Compiles the rule.

fn main() -> Result<(), relon_build::Error> {
    relon_build::Rules::new("rules").natives("natives").compile()
}
