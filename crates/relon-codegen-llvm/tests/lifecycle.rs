//! Compiling, running and dropping: memory stays flat, a warm compile is quick, and a missing LLVM is a clear error.

mod common;

use std::process::Command;

use common::{calls, direct};
use relon_codegen_llvm::cocompile::{CocompiledModule, Options, cocompile};
use relon_codegen_llvm::natives::{Natives, shim};
use relon_codegen_llvm::{Error, llvm};

const HOST: &str = r#"
#[unsafe(no_mangle)] pub extern "C" fn host(x: i64) -> i64 { x + 7 }
"#;

/// Resident memory of this process in KiB, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn compile(natives: &Natives) -> CocompiledModule {
    let ir = common::with_entry(calls(direct("host")));
    cocompile(&ir, std::slice::from_ref(natives), &Options::default()).unwrap()
}

#[test]
fn memory_is_flat_over_many_compilations() {
    let natives = shim::build(HOST).unwrap();
    let cycle = || assert_eq!(compile(&natives).run_i64(1), Ok(8));
    (0..100).for_each(|_| cycle());
    let before = resident();
    (0..300).for_each(|_| cycle());
    if let (Some(before), Some(after)) = (before, resident()) {
        assert!(after < before + 3 * 1024, "grew from {before} to {after} KiB");
    }
}

#[test]
fn a_warm_compile_is_quick() {
    let natives = shim::build(HOST).unwrap();
    compile(&natives);
    let rounds: Vec<_> = (0..20).map(|_| compile(&natives)).collect();
    let total = |module: &CocompiledModule| module.phases().iter().map(|(_, time)| *time).sum::<std::time::Duration>();
    let best = rounds.iter().min_by_key(|module| total(module)).unwrap();
    for (name, time) in best.phases() {
        eprintln!("{name:<10} {:>7.3} ms", time.as_secs_f64() * 1e3);
    }
    eprintln!("total      {:>7.3} ms", total(best).as_secs_f64() * 1e3);
    assert!(total(best).as_millis() < 25);
}

#[test]
fn code_runs_on_several_threads_and_outlives_its_natives_handle() {
    fn shareable<T: Send + Sync>(value: T) -> T {
        value
    }
    let module = shareable(compile(&shim::build(HOST).unwrap()));
    std::thread::scope(|scope| {
        let threads = (0..4).map(|x| {
            scope.spawn({
                let module = &module;
                move || module.run_i64(x)
            })
        });
        let results: Vec<_> = threads.map(|thread| thread.join().unwrap()).collect();
        assert_eq!(results, [Ok(7), Ok(8), Ok(9), Ok(10)]);
    });
}

/// Set in the process that has no LLVM to find.
const WITHOUT: &str = "RELON_TEST_WITHOUT_LLVM";

#[test]
fn a_missing_llvm_is_named_with_what_to_do() {
    if std::env::var_os(WITHOUT).is_some() {
        let Err(Error::LlvmMissing(message)) = llvm::version() else { panic!("an LLVM was found") };
        assert!(message.contains("/nonexistent/libLLVM.so") && message.contains("RELON_LLVM"), "{message}");
        return;
    }
    // The library is loaded once per process, so another one has to miss it.
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["--exact", "a_missing_llvm_is_named_with_what_to_do"])
        .env(WITHOUT, "1")
        .env(llvm::LLVM_OVERRIDE, "/nonexistent/libLLVM.so")
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
