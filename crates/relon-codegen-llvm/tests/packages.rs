//! Natives from cargo packages: a dependency, a static in it, functions of all sizes, and packages that can't be built.

mod common;

use std::path::{Path, PathBuf};

use common::{bodies, calls, calls_symbol, direct, report};
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

/// A dependency of some size, and natives: one that is small, and, where it is asked for, one that needs all of the dependency.
fn heavy_and_light(scratch: &Scratch, name: &str, heavy: bool) -> Natives {
    let steps = |from: usize| {
        let step = |n: usize| format!("x = (x ^ {n}).wrapping_mul(std::hint::black_box({}));", n * 2 + 3);
        (from..from + 100).map(step).collect::<String>()
    };
    let engines: String =
        (0..12).map(|n| format!("pub fn engine{n}(mut x: i64) -> i64 {{ {} x }}\n", steps(n))).collect();
    scratch.package("engines", "", &engines);
    let calls: String = (0..12).map(|n| format!(" ^ engines::engine{n}(x)")).collect();
    let large = format!("#[unsafe(no_mangle)] pub extern \"C\" fn heavy(x: i64) -> i64 {{ x{calls} }}\n");
    let light = "#[unsafe(no_mangle)] pub extern \"C\" fn light(x: i64) -> i64 { x.to_string().len() as i64 + x }\n";
    let source = if heavy { format!("{large}{light}") } else { light.to_owned() };
    let root = scratch.package(name, "engines = { path = \"../engines\" }", &source);
    build(&root, &package::Options::default()).expect("a package")
}

#[test]
fn a_rule_pays_for_the_natives_that_it_calls_alone() {
    let scratch = Scratch::new("selective");
    let [with, without] =
        [("with", true), ("without", false)].map(|(name, heavy)| heavy_and_light(&scratch, name, heavy));
    let cost = |natives: &Natives, symbol: &str| {
        let module = compile(natives, symbol);
        let instructions = bodies(&module.ir_after().expect("IR")).lines().count();
        (natives.pack.native(symbol).expect("the native").bitcode.len(), instructions, module.object_size())
    };
    let (light, alone) = (cost(&with, "light"), cost(&without, "light"));
    // Names of the crate are in it, whose lengths differ by a few bytes.
    assert!(light.0.abs_diff(alone.0) < 64, "{light:?} {alone:?}");
    assert_eq!(light.1, alone.1);
    assert!(light.2.abs_diff(alone.2) < 64, "{light:?} {alone:?}");
    // What needs all of it calls most of it where it is, and so costs little more itself.
    let heavy = cost(&with, "heavy");
    assert!(heavy.1 < 2 * 12 + light.1 && heavy.0 < 4 * light.0, "{heavy:?} {light:?}");
    assert_eq!(compile(&with, "heavy").run_i64(5), Ok(in_rust(&with, "heavy")(5)));
}

#[test]
fn what_comes_along_shrinks_with_each_level_of_calls() {
    let scratch = Scratch::new("levels");
    let steps = |from: usize| {
        let step = |n: usize| format!("x = (x ^ {n}).wrapping_mul(std::hint::black_box({}));", n * 2 + 3);
        (from..from + 10).map(step).collect::<String>()
    };
    // Each has about the same size, which is above what may come along from the second level on.
    let level = |n: usize| {
        format!("#[inline(never)] fn level{n}(mut x: i64) -> i64 {{ {} level{}(x) + 1 }}\n", steps(n), n + 1)
    };
    let levels: String = (1..6).map(level).collect();
    let last = "#[inline(never)] fn level6(x: i64) -> i64 { std::hint::black_box(x) }\n";
    let entry = "#[unsafe(no_mangle)] pub extern \"C\" fn chain(x: i64) -> i64 { level1(x) }\n";
    let root = scratch.package("levels", "", &format!("{levels}{last}{entry}"));
    let natives = build(&root, &package::Options::default()).expect("a package");
    let module = compile(&natives, "chain");
    assert_eq!(module.run_i64(3), Ok(in_rust(&natives, "chain")(3)));
    let externals = &natives.pack.native("chain").expect("the native").externals;
    let levels: Vec<&String> = externals.iter().filter(|symbol| symbol.contains("level")).collect();
    assert!(levels.len() == 1 && levels[0].contains("level2"), "the rest is called where it is: {externals:?}");
    let ir = module.ir_after().expect("IR");
    assert!(bodies(&ir).contains(levels[0]) && bodies(&ir).contains("mul i64"), "{ir}");
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
