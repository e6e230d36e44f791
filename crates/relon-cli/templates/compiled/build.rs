//! Compiles the rules into the program, as machine code.

fn main() -> Result<(), relon_build::Error> {
    let rules = relon_build::Rules::new("rules").natives("natives");
    rules.delivery(relon_build::Delivery::Object).compile()
}
