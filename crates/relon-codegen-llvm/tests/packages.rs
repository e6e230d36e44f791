//! Natives from cargo packages: a dependency, a static in it, functions of all sizes, and packages that can't be built.

mod common;

use std::path::{Path, PathBuf};

use common::{calls, calls_symbol, direct, report};
use relon_codegen_llvm::cocompile::{CocompiledModule, Options, Shim, cocompile, cocompile_legacy_i64};
use relon_codegen_llvm::natives::Natives;
use relon_codegen_llvm::natives::package::{self, build};

/// A directory of packages, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("relon-packages-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    /// Writes a package with a library.
    fn package(&self, name: &str, dependencies: &str, source: &str) -> PathBuf {
        let root = self.0.join(name);
        std::fs::create_dir_all(root.join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n[workspace]\n"
        );
        std::fs::write(root.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(root.join("src/lib.rs"), source).unwrap();
        root
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const DEPENDENCY: &str = r#"
use std::sync::atomic::{AtomicI64, Ordering};
pub static SEEN: AtomicI64 = AtomicI64::new(0);
pub static WEIGHTS: [i64; 4] = [1, 10, 100, 1000];
#[inline] pub fn see(x: i64) -> i64 { SEEN.fetch_add(1, Ordering::Relaxed) + x }
#[inline] pub fn weight(x: i64) -> i64 { WEIGHTS[(x & 3) as usize] }
#[inline(never)] pub fn opaque(x: i64) -> i64 { x ^ 0x55 }
pub fn checksum<T: AsRef<[u8]>>(bytes: T) -> i64 { bytes.as_ref().iter().fold(7, |sum, b| sum * 31 + i64::from(*b)) }
"#;

/// `big` calls a function too large to come along; `huge` is too large itself.
fn natives_source() -> String {
    let steps = |count: usize| {
        (0..count)
            .map(|n| format!("let x = (x ^ {n}).wrapping_mul(std::hint::black_box({}));", n * 2 + 3))
            .collect::<String>()
    };
    format!(
        r#"
#[unsafe(no_mangle)] pub extern "C" fn seen(x: i64) -> i64 {{ dep::see(x) }}
#[unsafe(no_mangle)] pub extern "C" fn weight(x: i64) -> i64 {{ dep::weight(x) }}
#[unsafe(no_mangle)] pub extern "C" fn opaque(x: i64) -> i64 {{ dep::opaque(x) + 1 }}
#[unsafe(no_mangle)] pub extern "C" fn sum(x: i64) -> i64 {{ dep::checksum(x.to_string()) }}
#[unsafe(no_mangle)] pub extern "C" fn big(x: i64) -> i64 {{ if x < 0 {{ 0 }} else {{ large(x) }} }}
#[inline(never)] fn large(x: i64) -> i64 {{ {} x }}
#[unsafe(no_mangle)] pub extern "C" fn huge(x: i64) -> i64 {{ {} x }}
"#,
        steps(200),
        steps(400)
    )
}

fn compile(natives: &Natives, symbol: &str) -> CocompiledModule {
    cocompile(&common::with_entry(calls(direct(symbol))), std::slice::from_ref(natives), &Options::default()).unwrap()
}

fn in_rust(natives: &Natives, symbol: &str) -> extern "C" fn(i64) -> i64 {
    let address = natives.symbols.address(symbol).unwrap();
    // SAFETY: the package defines this function with this type.
    unsafe { std::mem::transmute::<usize, extern "C" fn(i64) -> i64>(address) }
}

#[test]
fn a_package_with_a_dependency() {
    let scratch = Scratch::new("dependency");
    scratch.package("dep", "", DEPENDENCY);
    let root = scratch.package("rules-natives", "dep = { path = \"../dep\" }", &natives_source());
    let natives = build(&root, &package::Options::default()).unwrap();
    for (symbol, left, reason) in [
        ("seen", 1, Some("touches static `SEEN`")),
        ("weight", 0, None),
        ("opaque", 0, None),
        ("sum", 0, None),
        ("big", 0, None),
    ] {
        let module = compile(&natives, symbol);
        let native = report(&module, symbol);
        assert_eq!((native.left, native.reason.as_deref()), (left, reason), "{symbol}");
        let expected = in_rust(&natives, symbol)(6) + left as i64;
        assert_eq!(module.run_i64(6), Ok(expected), "{symbol}");
    }
    let huge = compile(&natives, "huge");
    assert!(report(&huge, "huge").reason.as_deref().unwrap().starts_with("too large ("));
    let big = compile(&natives, "big").ir_after().unwrap();
    assert!(!calls_symbol(&big, "big") && big.contains("large"), "the large function is called where it is: {big}");

    // The second build changes nothing and uses what is there.
    let again = cocompile_legacy_i64(&calls(direct("weight")), Shim::Package(&root)).unwrap();
    assert_eq!(again.run_i64(3), Ok(1000));
}

fn failure(root: &Path) -> String {
    build(root, &package::Options::default()).unwrap_err().to_string()
}

#[test]
fn packages_that_cannot_be_built() {
    let scratch = Scratch::new("broken");
    let broken = failure(&scratch.package("broken", "", "pub fn wrong() -> i64 { \"text\" }"));
    assert!(broken.contains("mismatched types") && broken.contains("src/lib.rs"), "{broken}");

    let root = scratch.package("program", "", "");
    std::fs::rename(root.join("src/lib.rs"), root.join("src/main.rs")).unwrap();
    let program = failure(&root);
    assert!(program.contains("no library targets found"), "{program}");

    let dependency = failure(&scratch.package("needy", "dep = { path = \"../not-there\" }", ""));
    assert!(dependency.contains("not-there"), "{dependency}");
}
