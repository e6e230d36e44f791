//! State in every place where Rust can keep it, and constants: a rule and Rust see one state, whatever was inlined.
//!
//! The natives are a package with a dependency. Each case runs with natives that are in a library, and with those that are in the program
//! itself, where only symbols that every build has can be referred to.

mod common;

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use common::{bodies, calls_symbol, direct, report, rule};
use relon_codegen_llvm::cocompile::{CocompiledModule, Options, cocompile};
use relon_codegen_llvm::natives::{Library, Natives, NativesPack, Symbols, Table, package};
use relon_ir::{Module, Type};

const DEPENDENCY: &str = r#"
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex};

pub trait Step { fn step(&self, by: i64) -> i64; }

pub static PUBLIC: AtomicI64 = AtomicI64::new(0);
#[inline] pub fn public(by: i64) -> i64 { PUBLIC.fetch_add(by, Relaxed) + by }

/// A generic function's static is one for all types.
pub fn generic<T: Into<i64>>(by: T) -> i64 {
    static STEPS: AtomicI64 = AtomicI64::new(0);
    let by = by.into();
    STEPS.fetch_add(by, Relaxed) + by
}

/// A generic function that reaches the state by a function which is not generic.
pub fn outlined<T: Into<i64>>(by: T) -> i64 { bump(by.into()) }
#[inline(never)] fn bump(by: i64) -> i64 {
    static BUMPS: AtomicI64 = AtomicI64::new(0);
    BUMPS.fetch_add(by, Relaxed) + by
}

pub fn lazy<T: Into<i64>>(by: T) -> i64 {
    static LIST: LazyLock<Mutex<Vec<i64>>> = LazyLock::new(Mutex::default);
    let mut list = LIST.lock().unwrap();
    list.push(by.into());
    list.iter().sum()
}

thread_local!(pub static HERE: Cell<i64> = const { Cell::new(0) });
#[inline] pub fn here(by: i64) -> i64 { HERE.set(HERE.get() + by); HERE.get() }

static HIDDEN: AtomicI64 = AtomicI64::new(0);
fn hidden(by: i64) -> i64 { HIDDEN.fetch_add(by, Relaxed) + by }
/// A constant with the address of a function that has state.
pub static HOOK: fn(i64) -> i64 = hidden;
pub static OBJECT: &(dyn Step + Sync) = &Stepper;
struct Stepper;
impl Step for Stepper {
    fn step(&self, by: i64) -> i64 { static STEPS: AtomicI64 = AtomicI64::new(0); STEPS.fetch_add(by, Relaxed) + by }
}
static POINTED: AtomicI64 = AtomicI64::new(0);
pub static POINTER: &AtomicI64 = &POINTED;
pub static MARK: u8 = 7;
"#;

const NATIVES: &str = r#"
use std::cell::{Cell, RefCell, UnsafeCell};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex, OnceLock, RwLock};
use dep::Step;

macro_rules! natives { ($($name:ident($by:ident) $body:block)*) => { $(#[unsafe(no_mangle)] pub extern "C" fn $name($by: i64) -> i64 $body)* } }

static TABLE: [AtomicI64; 4] = [const { AtomicI64::new(0) }; 4];
static mut RAW: i64 = 0;
static COUNT: AtomicI64 = AtomicI64::new(0);
static POINTING: &AtomicI64 = &COUNT;
static mut ANONYMOUS: &mut i64 = &mut 0;
static DEEPEST: AtomicI64 = AtomicI64::new(0);
static DEEP: &[&[&AtomicI64]] = &[&[&DEEPEST]];
struct Slot(UnsafeCell<i64>);
unsafe impl Sync for Slot {}
static SLOT: Slot = Slot(UnsafeCell::new(0));
struct Named { name: &'static str, hits: AtomicI64 }
static NAMED: [Named; 2] = [Named { name: "a", hits: AtomicI64::new(0) }, Named { name: "b", hits: AtomicI64::new(0) }];
static HOOK: fn(i64) -> i64 = hooked_step;
fn hooked_step(by: i64) -> i64 { static STEPS: AtomicI64 = AtomicI64::new(0); STEPS.fetch_add(by, Relaxed) + by }
const DISPATCH: [fn(i64) -> i64; 2] = [|by| by, dispatched_step];
fn dispatched_step(by: i64) -> i64 { static STEPS: AtomicI64 = AtomicI64::new(0); STEPS.fetch_add(by, Relaxed); STEPS.load(Relaxed) }
struct Stepper(&'static AtomicI64);
impl Step for Stepper { fn step(&self, by: i64) -> i64 { self.0.fetch_add(by, Relaxed) + by } }
static BEHIND: AtomicI64 = AtomicI64::new(0);
static OBJECT: &(dyn Step + Sync) = &Stepper(&BEHIND);
static LAZY: LazyLock<Mutex<Vec<i64>>> = LazyLock::new(|| Mutex::new(Vec::new()));
static FUNCTION: LazyLock<Box<dyn Fn(i64) -> i64 + Send + Sync>> = LazyLock::new(|| { let sum = AtomicI64::new(0); Box::new(move |by| sum.fetch_add(by, Relaxed) + by) });
thread_local!(static PLAIN: Cell<i64> = const { Cell::new(0) });
thread_local!(static DROPPED: RefCell<Vec<i64>> = RefCell::default());
fn generic<T: Into<i64>>(by: T) -> i64 { static STEPS: AtomicI64 = AtomicI64::new(0); let by = by.into(); STEPS.fetch_add(by, Relaxed) + by }
static MARK: u8 = 7;
static NAMES: [&str; 3] = ["one", "two", "three"];
const PRIMES: [i64; 4] = [2, 3, 5, 7];

natives! {
    table(by) { let slot = &TABLE[2]; slot.fetch_add(by, Relaxed) + by }
    raw(by) { unsafe { RAW += by; RAW } }
    pointing(by) { POINTING.fetch_add(by, Relaxed) + by }
    anonymous(by) { unsafe { *ANONYMOUS += by; *ANONYMOUS } }
    deep(by) { DEEP[0][0].fetch_add(by, Relaxed) + by }
    slot(by) { unsafe { *SLOT.0.get() += by; *SLOT.0.get() } }
    named(by) { NAMED.iter().find(|named| named.name == "b").map_or(-1, |named| named.hits.fetch_add(by, Relaxed) + by) }
    hooked(by) { HOOK(by) }
    dispatched(by) { DISPATCH[usize::from(std::hint::black_box(true))](by) }
    dynamic(by) { OBJECT.step(by) }
    lazy(by) { let mut list = LAZY.lock().unwrap(); list.push(by); list.iter().sum() }
    boxed(by) { FUNCTION(by) }
    once(by) { static SUM: OnceLock<AtomicI64> = OnceLock::new(); SUM.get_or_init(|| AtomicI64::new(0)).fetch_add(by, Relaxed) + by }
    locked(by) { static SUM: RwLock<i64> = RwLock::new(0); let mut sum = SUM.write().unwrap(); *sum += by; *sum }
    here(by) { PLAIN.set(PLAIN.get() + by); PLAIN.get() }
    dropped(by) { DROPPED.with_borrow_mut(|list| { list.push(by); list.iter().sum() }) }
    generics(by) { generic(by as i32); generic(0i64) }
    assembled(by) { let mut sum = by; unsafe { std::arch::asm!("lock xadd qword ptr [rip + {}], {}", sym COUNT_OF_ASM, inout(reg) sum) }; sum + by }
    dep_public(by) { dep::public(by) }
    dep_direct(by) { dep::PUBLIC.fetch_add(by, Relaxed) + by }
    dep_generic(by) { dep::generic(by as i32) + dep::generic(0i64) - dep::generic(0u8) }
    dep_outlined(by) { dep::outlined(by) }
    dep_lazy(by) { dep::lazy(by) }
    dep_here(by) { dep::here(by) }
    dep_hook(by) { (dep::HOOK)(by) }
    dep_dynamic(by) { dep::OBJECT.step(by) }
    dep_pointer(by) { dep::POINTER.fetch_add(by, Relaxed) + by }

    const_cell(by) { const FIVE: Cell<i64> = Cell::new(5); FIVE.set(FIVE.get() + by); FIVE.get() }
    const_text(by) { const EMPTY: String = String::new(); let mut text = EMPTY; text.push_str("ab"); text.len() as i64 + by }
    const_lookup(by) { PRIMES[(by & 3) as usize] }
    static_text(by) { NAMES[(by % 3) as usize].len() as i64 }

    const_found(by) { NAMES.iter().position(|name| name.len() as i64 == by + 2).map_or(-1, |at| at as i64) }

    address(by) { &raw const MARK as i64 + by * 0 }
    is_address(at) { i64::from(std::ptr::eq(&MARK, at as *const u8)) }
    is_address_by_call(at) { i64::from(is_same(&MARK, at as *const u8)) }
    dep_address(by) { &raw const dep::MARK as i64 + by * 0 }
    list_address(by) { TABLE_OF_CONSTANTS.as_ptr() as i64 + by * 0 }
}
#[inline(never)] fn is_same(one: *const u8, other: *const u8) -> bool { std::hint::black_box(()); one == other }
static TABLE_OF_CONSTANTS: [i64; 2] = [4, 5];
static COUNT_OF_ASM: AtomicI64 = AtomicI64::new(0);
"#;

/// Natives that keep state, and what the report says of those whose calls have to be left.
const STATE: [(&str, Option<&str>); 27] = [
    ("table", Some("touches static `TABLE`")),
    ("raw", Some("touches static `RAW.0`")),
    ("pointing", Some("touches static `COUNT`")),
    ("anonymous", Some("touches static `ANONYMOUS`")),
    ("deep", Some("touches static `DEEPEST`")),
    ("slot", Some("touches static `SLOT.0`")),
    ("named", Some("touches static `NAMED`")),
    ("hooked", Some("touches static `STEPS`")),
    ("dispatched", Some("touches static `STEPS`")),
    ("dynamic", Some("touches static `BEHIND`")),
    ("lazy", Some("touches static `LAZY`")),
    ("boxed", Some("touches static `FUNCTION`")),
    ("once", Some("touches static `SUM`")),
    ("locked", Some("touches static `SUM`")),
    ("here", Some("touches thread-local `PLAIN`")),
    ("dropped", Some("touches thread-local `DROPPED`")),
    ("generics", Some("touches static `STEPS`")),
    ("assembled", Some("touches static `COUNT_OF_ASM`")),
    ("dep_public", Some("touches static `PUBLIC`")),
    ("dep_direct", Some("touches static `PUBLIC`")),
    ("dep_generic", Some("touches static `STEPS`")),
    ("dep_lazy", Some("touches static `LIST`")),
    ("dep_here", Some("touches thread-local `HERE`")),
    // These are inlined: what they refer to is where it is, and reaches the state there.
    ("dep_outlined", None),
    ("dep_hook", None),
    ("dep_dynamic", None),
    ("dep_pointer", None),
];

/// The natives, built once.
struct Package {
    library: Library,
    /// With natives in the library, and in the program.
    homes: [(&'static str, Natives); 2],
}

static PACKAGE: LazyLock<Package> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("relon-statics-{}", std::process::id()));
    write(&folder, "dep", "", DEPENDENCY);
    write(&folder, "natives", "dep = { path = \"../dep\" }", NATIVES);
    let built = package::compile(&folder.join("natives"), &package::Options::default()).expect("the package");
    let bitcode = std::fs::read(&built.ir).expect("bitcode");
    let [library, again] = [(); 2].map(|()| Library::open(&built.library).expect("the library"));
    let beside = NativesPack::with_library(&bitcode, &library).expect("a pack");
    let inside = NativesPack::for_program(&bitcode, &library).expect("a pack");
    let table = table(&inside, &library);
    std::fs::remove_dir_all(&folder).expect("it is removed");
    Package { homes: [("library", Natives::new(beside, again)), ("program", Natives::new(inside, table))], library }
});

fn write(folder: &Path, name: &str, dependencies: &str, source: &str) {
    let folder = folder.join(name);
    let manifest =
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n");
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    std::fs::write(folder.join("src/lib.rs"), source).expect("a source");
}

/// What a program's table has: the addresses of what the pack needs, and nothing else.
fn table(pack: &NativesPack, library: &Library) -> Table {
    let needed: HashMap<&str, usize> =
        pack.needs().into_iter().filter_map(|name| Some((name, library.address(name)?))).collect();
    Table::new(needed.iter().map(|(name, address)| (*name, *address as *const u8)))
}

fn compile(given: &Natives, ir: Module) -> CocompiledModule {
    cocompile(&common::with_entry(ir), std::slice::from_ref(given), &Options::default()).expect("a unit")
}

/// `rule(x) = { native(x); native(x) }`
fn twice(symbol: &str) -> Module {
    let mut ir = Module::default();
    rule(&mut ir, |module, builder, x| {
        let id = module.native(&direct(symbol));
        builder.call_direct(id, Some(Type::Int), vec![x]);
        builder.call_direct(id, Some(Type::Int), vec![x]).expect("a result")
    });
    ir
}

/// The native's own function, called from Rust.
fn in_rust(symbol: &str) -> extern "C" fn(i64) -> i64 {
    let address = PACKAGE.library.address(symbol).expect("the native");
    // SAFETY: the package defines this function with this type.
    unsafe { std::mem::transmute::<usize, extern "C" fn(i64) -> i64>(address) }
}

#[test]
fn state_is_one_wherever_it_is() {
    for (home, given) in &PACKAGE.homes {
        for (symbol, reason) in STATE {
            let module = compile(given, twice(symbol));
            let (rule, rust) = (|| module.run_i64(1).expect("a number"), in_rust(symbol));
            let start = rust(0);
            let seen = [rule(), rust(1), rule(), rust(0)];
            assert_eq!(seen.map(|sum| sum - start), [2, 3, 5, 5], "{symbol} in the {home}");
            let native = report(&module, symbol);
            match reason {
                Some(reason) => assert_eq!((native.left, native.reason.as_deref()), (2, Some(reason)), "{symbol}"),
                None if *home == "library" => assert_eq!(native.left, 0, "{symbol}: {native:?}"),
                None => {}
            }
        }
    }
}

#[test]
fn constants_are_copied() {
    let names = ["const_cell", "const_text", "const_lookup", "const_found", "static_text"];
    for (home, given) in &PACKAGE.homes {
        for symbol in names {
            let module = compile(given, common::calls(direct(symbol)));
            assert_eq!(report(&module, symbol).left, 0, "{symbol} in the {home}");
            let of = |run: &dyn Fn(i64) -> i64| [0, 1, 2, 0].map(run);
            assert_eq!(of(&|x| module.run_i64(x).expect("a number")), of(&|x| in_rust(symbol)(x)), "{symbol}");
        }
        let ir = compile(given, common::calls(direct("const_lookup"))).ir_after().expect("IR");
        assert!(
            !calls_symbol(&ir, "const_lookup") && bodies(&ir).contains("getelementptr"),
            "the table is there: {ir}"
        );
    }
}

#[test]
fn a_constant_that_is_known_by_its_address_is_not_copied() {
    for (home, given) in &PACKAGE.homes {
        for (symbol, name) in [("address", "MARK"), ("dep_address", "MARK"), ("list_address", "TABLE_OF_CONSTANTS")] {
            let module = compile(given, common::calls(direct(symbol)));
            assert_eq!(module.run_i64(0), Ok(in_rust(symbol)(0)), "{symbol} in the {home}");
            let native = report(&module, symbol);
            if symbol != "dep_address" {
                let reason = format!("knows static `{name}` by its address");
                assert_eq!((native.left, native.reason.as_deref()), (1, Some(&*reason)), "{symbol}");
            }
        }
        for symbol in ["is_address", "is_address_by_call"] {
            let module = compile(given, common::calls(direct(symbol)));
            let address = in_rust("address")(0);
            assert_eq!(
                (module.run_i64(address), module.run_i64(address + 1)),
                (Ok(1), Ok(0)),
                "{symbol} in the {home}"
            );
        }
    }
}
