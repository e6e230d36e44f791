//! Puts the natives into the program, for rules that are loaded when it runs.

fn main() -> Result<(), relon_build::Error> {
    relon_build::embed_natives("../natives")
}
