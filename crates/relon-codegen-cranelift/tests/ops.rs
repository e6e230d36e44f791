//! Natives in each world, and frames. Every op is run by the cases of `tests/ir`.

mod common;

use common::{compiled, run, table};
use relon_codegen_cranelift::{Error, World, Worlds, compile};
use relon_ir::cases::{self, calls, direct, fallible, with_entry};
use relon_ir::{MemType, Module, Type};
use relon_natives::TrapKind;
use relon_natives::abi::Context;
use relon_natives::open::OpenNative;

const WORLDS: [World; 2] = [World::Static, World::Open];

extern "C" fn plus_seven(x: i64) -> i64 {
    x + 7
}

/// # Safety
/// `context` is that of a running call, and `out` has room for an Int.
unsafe extern "C" fn half(context: *mut Context, x: i64, out: *mut i64) -> u32 {
    // SAFETY: the caller's condition.
    unsafe {
        if x % 2 != 0 {
            return Context::fail(context, TrapKind::NativeFailed, "odd");
        }
        out.write(x / 2);
    }
    0
}

#[test]
fn natives_are_called_at_their_addresses_and_through_the_table() {
    let natives = table(&[("plus_seven", plus_seven as *const u8), ("half", half as *const u8)]);
    for world in WORLDS {
        let module = compiled(&with_entry(calls(direct("plus_seven"))), &natives, world);
        assert_eq!((run(&module, 1), run(&module, -7)), (Ok(8), Ok(0)), "{world:?}");
        let module = compiled(&with_entry(calls(fallible("half"))), &natives, world);
        assert_eq!((run(&module, 14), run(&module, 15)), (Ok(7), Err(0)), "{world:?}");
    }
}

#[test]
fn functions_of_the_host_get_their_state_in_any_world() {
    let add = |state: i64| OpenNative::new("add", move |n: i64| if n > 0 { Ok(n + state) } else { Err(String::new()) });
    let (small, large) = (add(1), add(1000));
    let module = with_entry(calls(cases::open("add")));
    for (world, (native, sum)) in WORLDS.into_iter().flat_map(|world| [(world, (&small, 6)), (world, (&large, 1005))]) {
        let natives = table(&[("add", std::ptr::from_ref(native.target()).cast())]);
        let compiled = compiled(&module, &natives, world);
        assert_eq!((run(&compiled, 5), run(&compiled, -5)), (Ok(sum), Err(0)), "{world:?}");
    }
}

#[test]
fn missing_natives_are_all_named() {
    let mut module = Module::default();
    cases::rule(&mut module, |module, builder, x| {
        let (one, two) = (module.native(&direct("not_there")), module.native(&direct("nor_there")));
        let x = builder.call_direct(one, Some(Type::Int), vec![x]).unwrap();
        builder.call_direct(two, Some(Type::Int), vec![x]).unwrap()
    });
    let error = compile(&with_entry(module), &[], &Worlds::default()).unwrap_err();
    assert_eq!(error, Error::Unresolved(vec!["not_there".into(), "nor_there".into()]));
    let message = error.to_string();
    assert!(message.contains("`not_there`, `nor_there`"), "{message}");
}

#[test]
fn worlds_mix_within_a_module() {
    let mut module = Module::default();
    cases::rule(&mut module, |module, builder, x| {
        let (here, later) = (module.native(&direct("here")), module.native(&direct("later")));
        let x = builder.call_direct(here, Some(Type::Int), vec![x]).unwrap();
        builder.call_direct(later, Some(Type::Int), vec![x]).unwrap()
    });
    let natives = table(&[("here", plus_seven as *const u8), ("later", plus_seven as *const u8)]);
    let worlds = Worlds::default().with("later", World::Open);
    let compiled = compile(&with_entry(module), &natives, &worlds).unwrap();
    assert_eq!(compiled.native_table(), [0, plus_seven as *const () as usize]);
    assert_eq!(run(&compiled, 1), Ok(15));
}

#[test]
fn the_largest_frame_holds_the_slots() {
    let frame = |size: u32| {
        let mut module = Module::default();
        cases::rule(&mut module, |_, builder, x| {
            let slot = builder.stack_slot(size, 8);
            builder.store(MemType::Int, slot, 0, x);
            builder.load(MemType::Int, slot, 0)
        });
        let module = compiled(&with_entry(module), &[], World::Static);
        assert_eq!(run(&module, 5), Ok(5), "larger frames than a guard page are touched in order");
        module.largest_frame()
    };
    let (small, large) = (frame(8), frame(100_000));
    assert!(small < 256 && (100_000..100_512).contains(&large), "{small} and {large} bytes");
}
