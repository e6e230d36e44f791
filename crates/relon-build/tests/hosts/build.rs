//! Compiles the rules, and takes up the natives for rules that are loaded.

fn main() -> Result<(), relon_build::Error> {
    relon_build::embed_natives("natives")?;
    relon_build::Rules::new("rules").natives("natives").compile()
}
