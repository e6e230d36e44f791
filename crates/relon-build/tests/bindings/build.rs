//! Compiles the rules into the program.

fn main() -> Result<(), relon_build::Error> {
    relon_build::Rules::new("rules").natives("natives").serde(true).valid_args(true).compile()
}
