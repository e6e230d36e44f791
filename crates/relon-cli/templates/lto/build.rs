//! Compiles the rules into the program: in release builds the linker optimises both as one, in others the rules are machine code.

use relon_build::{Delivery, Rules};

fn main() -> Result<(), relon_build::Error> {
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    // Where the settings are not right for it, this is an error that names them.
    let delivery = if is_release {
        Delivery::Lto
    } else {
        Delivery::Object
    };
    Rules::new("rules")
        .natives("natives")
        .delivery(delivery)
        .compile()
}
