//! Gives the rule to the linker, which optimises it with the program. With other settings than those of `.cargo/config.toml` this is an error.

fn main() -> Result<(), relon_build::Error> {
    let rules = relon_build::Rules::new("../pricing.relon").natives("../natives");
    rules.serde(true).delivery(relon_build::Delivery::Lto).compile()
}
