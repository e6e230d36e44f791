//! Compiles the rule into the program, as machine code.

fn main() -> Result<(), relon_build::Error> {
    let rules = relon_build::Rules::new("../pricing.relon").natives("../natives");
    rules.serde(true).delivery(relon_build::Delivery::Object).compile()
}
