//! Takes up the natives for rules that are loaded, or compiles the rules.

fn main() -> Result<(), relon_build::Error> {
    match std::env::var_os("CARGO_FEATURE_LOADED") {
        Some(_) => relon_build::embed_natives("natives"),
        None => relon_build::Rules::new("rules").natives("natives").compile(),
    }
}
