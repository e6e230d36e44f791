//! Compiling, running and dropping: memory stays flat, and code can be shared.

mod common;

use common::{compiled, run, table};
use relon_codegen_cranelift::{Error, World, Worlds, compile};
use relon_ir::cases::{self, calls, direct, with_entry};
use relon_ir::{Data, MemType, Module, Relocation, WrapOp};

extern "C" fn plus_seven(x: i64) -> i64 {
    x + 7
}

/// Resident memory of this process in KiB, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Memory mappings of this process, where the system tells.
fn mappings() -> Option<usize> {
    Some(std::fs::read_to_string("/proc/self/maps").ok()?.lines().count())
}

/// A rule that reads constant data by way of an address in other data.
fn reads_data() -> Module {
    let mut module = Module::default();
    cases::rule(&mut module, |module, builder, x| {
        let number = module.add_bytes(7u64.to_le_bytes().to_vec(), 8);
        let relocations = vec![Relocation { offset: 0, target: number }];
        let table = module.add_data(Data { bytes: vec![0; 8], align: 8, relocations });
        let table = builder.data(table);
        let address = builder.load(MemType::Ptr, table, 0);
        let number = builder.load(MemType::Int, address, 0);
        builder.wrap(WrapOp::Add, number, x)
    });
    module
}

#[test]
fn memory_is_flat_over_many_compilations() {
    let natives = table(&[("plus_seven", plus_seven as *const u8)]);
    let rule = with_entry(calls(direct("plus_seven")));
    let large = with_entry(reads_data());
    let missing = with_entry(calls(direct("missing")));
    let cycle = || {
        assert_eq!(run(&compiled(&rule, &natives, World::Static), 1), Ok(8));
        assert_eq!(run(&compiled(&large, &natives, World::Static), 1), Ok(8));
        assert!(matches!(compile(&missing, &natives, &Worlds::default()), Err(Error::Unresolved(_))));
    };
    (0..200).for_each(|_| cycle());
    let before = (resident(), mappings());
    (0..2000).for_each(|_| cycle());
    if let ((Some(resident_before), Some(mapped_before)), (Some(resident), Some(mapped))) =
        (before, (resident(), mappings()))
    {
        assert!(resident < resident_before + 1024, "grew from {resident_before} to {resident} KiB");
        assert!(mapped < mapped_before + 16, "from {mapped_before} to {mapped} mappings");
    }
}

#[test]
fn code_runs_on_several_threads_and_keeps_its_natives() {
    fn shareable<T: Send + Sync>(value: T) -> T {
        value
    }
    let rule = with_entry(calls(direct("plus_seven")));
    let module = {
        let natives = table(&[("plus_seven", plus_seven as *const u8)]);
        shareable(compiled(&rule, &natives, World::Open))
    };
    std::thread::scope(|scope| {
        let threads = (0..4).map(|x| {
            scope.spawn({
                let module = &module;
                move || run(module, x)
            })
        });
        let results: Vec<_> = threads.map(|thread| thread.join().unwrap()).collect();
        assert_eq!(results, [Ok(7), Ok(8), Ok(9), Ok(10)]);
    });
}
