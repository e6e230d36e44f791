//! Reads what rustc wrote of a crate: bitcode, or text where the LLVM at hand is older than rustc's.

use super::bridge;
use crate::Error;
use crate::llvm::{self, Context, Module};

/// How bitcode begins; everything else is text.
const BITCODE: &[u8] = b"BC\xC0\xDE";

/// The `--emit` of rustc whose product the loaded LLVM can read, and how names of such files end.
pub(super) fn emit() -> Result<(&'static str, &'static str), Error> {
    Ok(if llvm::reads_bitcode_of_rustc()? { ("llvm-bc", "bc") } else { ("llvm-ir", "ll") })
}

/// Reads a crate's bitcode or textual IR.
pub(super) fn read<'c>(context: &'c Context, crate_ir: &[u8]) -> Result<Module<'c>, Error> {
    if crate_ir.starts_with(BITCODE) {
        return context.parse_bitcode(crate_ir, c"natives");
    }
    let text = std::str::from_utf8(crate_ir)
        .map_err(|_| Error::Pack("the natives' IR is neither bitcode nor text: build the natives again".into()))?;
    let (reader, _, _) = llvm::version()?;
    if let Some(line) = bridge::unknown_intrinsic(text, |name| llvm::has_intrinsic(name).is_ok_and(|has| has)) {
        return Err(unbridged(reader, "it has no such intrinsic", line));
    }
    let read = context.parse_ir(&bridge::rewrite(text, reader), c"natives").and_then(|module| {
        // The reader takes any operands of an intrinsic; those that it had in another version are found here.
        module.verify("the natives' IR").map(|()| module)
    });
    read.map_err(|error| unbridged(reader, &error.to_string(), ""))
}

fn unbridged(reader: u32, why: &str, line: &str) -> Error {
    Error::Pack(format!(
        "LLVM {reader} can't read what rustc wrote of the natives: {why}\n{line}\n\
         Use the LLVM of rustc (leave out the feature for a system LLVM, and unset {}) or one that is at least as new",
        llvm::LLVM_OVERRIDE
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::natives::rustc::{Scratch, run, scrub};

    /// What rustc writes of a crate that uses much of what the bridge knows.
    fn text_of_a_crate() -> String {
        let scratch = Scratch::new().expect("a directory");
        let source = r#"
            use std::collections::HashMap;
            #[unsafe(no_mangle)] pub fn count(text: &str) -> usize {
                let mut seen: HashMap<String, usize> = HashMap::new();
                text.split(' ').for_each(|word| *seen.entry(word.to_lowercase()).or_default() += 1);
                seen.values().copied().max().unwrap_or_default()
            }
            #[unsafe(no_mangle)] pub fn bits(list: &[u64]) -> u32 { list.iter().map(|x| x.rotate_left(3).leading_zeros()).sum() }
            #[unsafe(no_mangle)] pub fn address(pointer: *const u8) -> usize { pointer.addr() }
        "#;
        // A loop with a condition becomes one over vectors with masks.
        let masked = r#"
            #[cfg(target_arch = "x86_64")]
            #[unsafe(no_mangle)] #[target_feature(enable = "avx2")] pub fn large(into: &mut [i64], list: &[i64]) {
                for (into, x) in into.iter_mut().zip(list) { if *x > 7 { *into ^= *x; } }
            }
        "#;
        std::fs::write(scratch.join("lib.rs"), format!("{source}{masked}")).expect("the source is written");
        let mut command = llvm::rustc();
        scrub(&mut command);
        command.current_dir(scratch.path());
        command.args(["--edition=2024", "--crate-type=lib", "--crate-name=text", "-Copt-level=3", "-Ccodegen-units=1"]);
        run(command.args(["--emit=llvm-ir", "-o", "text.ll", "lib.rs"]), "rustc").expect("the source compiles");
        std::fs::read_to_string(scratch.join("text.ll")).expect("rustc wrote the text")
    }

    #[test]
    fn what_an_older_reader_gets_is_the_same_program_with_fewer_promises() {
        let text = text_of_a_crate();
        let old = bridge::rewrite(&text, 19);
        assert!(
            text.contains(" captures(") && text.contains("@llvm.lifetime.start.p0(ptr"),
            "rustc writes what is dropped"
        );
        assert!(!old.contains(" captures(") && !old.contains("@llvm.lifetime.start.p0(ptr"), "{old}");
        if cfg!(target_arch = "x86_64") {
            let operands =
                |ir: &str, operands: &str| ir.contains(&format!("@llvm.masked.load.v4i64.p0(ptr {operands}"));
            assert!(operands(&text, "align 8 %") && !operands(&old, "align 8 %"), "{old}");
        }
        // Newer readers know what older ones wrote.
        let context = Context::new().expect("a context");
        let module = context.parse_ir(&old, c"old").expect("text that can be read");
        module.verify("rewriting").expect("IR that is right");
        let functions = |ir: &str| ir.lines().filter(|line| line.starts_with("define ")).count();
        assert_eq!(functions(&text), functions(&old));
    }

    #[test]
    fn what_no_reader_knows_is_quoted() {
        let context = Context::new().expect("a context");
        let refused =
            |text: &str| read(&context, text.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default();
        let message = refused("declare void @llvm.time.travel(ptr)\n");
        assert!(
            message.contains("no such intrinsic") && message.contains("declare void @llvm.time.travel(ptr)"),
            "{message}"
        );
        let message = refused("define void @f(ptr timeless %x) {\n  ret void\n}\n");
        assert!(message.contains("define void @f(ptr timeless %x)"), "{message}");
        let operands = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64)\n\
            define void @f(ptr %p) {\n  call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %p, i64 1)\n  ret void\n}\n";
        let message = refused(operands);
        assert!(message.contains("llvm.memcpy.p0.p0.i64"), "operands of another version: {message}");
        assert!(refused("\u{0}\u{1}").contains("can't read"));
        assert!(
            read(&context, &[0xff, 0xfe]).is_err_and(|error| error.to_string().contains("neither bitcode nor text"))
        );
    }
}
