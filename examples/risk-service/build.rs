//! Puts the natives into the service, so that the rules it loads can inline them.

fn main() -> Result<(), relon_build::Error> {
    relon_build::embed_natives("natives")
}
