//! What gdb and perf are told of rules that are compiled while a program runs, read back from the files that they are given.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use object::{Object, ObjectSymbol};
use relon::{Backend, Engine, NativesPackage, Program, Tools};
use relon_debuggers::{gdb, perf};

const GDB: Tools = Tools { gdb: true, perf: false };
const PERF: Tools = Tools { gdb: false, perf: true };

const RULE: &str = "\
#main(Int n, Int d) -> Int

mul_div(n, 3, d) +
    n / d
";
/// Lines of the call and of the division in the rule.
const CALL: u32 = 3;
const DIVISION: u32 = 4;

fn natives() -> Arc<NativesPackage> {
    static NATIVES: LazyLock<Arc<NativesPackage>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite/natives");
        Arc::new(NativesPackage::build(&folder, &mut |_| {}).expect("a package"))
    });
    NATIVES.clone()
}

fn load(name: &str, backend: Backend, tools: Tools) -> Program {
    let mut engine = Engine::new();
    engine.natives(natives()).backend(backend).tools(tools);
    engine.load(name, RULE).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

fn runs(program: &Program) {
    assert_eq!(program.run_json(r#"{"n": 20, "d": 4}"#).expect("a result"), "20");
}

/// The file that gdb is told of for a rule of this name.
fn registered(name: &str) -> Option<Vec<u8>> {
    gdb::registered().into_iter().find(|file| file.windows(name.len()).any(|part| part == name.as_bytes()))
}

/// Function, end of the file's path, and line of what is inlined at an address, innermost first.
type Frames = Vec<(String, String, u32)>;

/// Those of all addresses of the functions of a file, by its DWARF.
fn frames(file: &Path) -> BTreeSet<Frames> {
    let (loader, content) = (addr2line::Loader::new(file).expect("DWARF"), std::fs::read(file).expect("a file"));
    let parsed = object::File::parse(&*content).expect("ELF");
    let addresses = parsed.symbols().flat_map(|symbol| symbol.address()..symbol.address() + symbol.size());
    let at = |address| {
        let (mut frames, mut found) = (loader.find_frames(address).expect("frames"), Frames::new());
        while let Some(frame) = frames.next().expect("a frame") {
            let name = frame.function.and_then(|name| name.raw_name().ok().map(|name| name.into_owned()));
            let (path, line) = frame.location.map_or(("", None), |place| (place.file.unwrap_or(""), place.line));
            let path = path.rsplit('/').next().unwrap_or_default().to_owned();
            found.push((name.unwrap_or_default(), path, line.unwrap_or_default()));
        }
        found
    };
    addresses.map(at).collect()
}

/// The lines of the rule at which code of its own is.
fn lines_of_rule(frames: &BTreeSet<Frames>, name: &str) -> BTreeSet<u32> {
    let innermost = frames.iter().filter_map(|frames| frames.first());
    innermost.filter(|(_, path, _)| path == name).map(|(_, _, line)| *line).collect()
}

/// The native's function with a line of its own source, above the line of its call.
fn has_inlined_native(frames: &BTreeSet<Frames>, name: &str) -> bool {
    frames.iter().any(|frames| {
        let native =
            frames.iter().position(|(function, path, line)| function == "mul_div" && path == "lib.rs" && *line > 1);
        let rule = frames.iter().position(|(_, path, line)| path == name && *line == CALL);
        native.zip(rule).is_some_and(|(native, rule)| native < rule)
    })
}

/// Writes a file to look at it.
fn written(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a file is written");
    path
}

#[test]
fn gdb_knows_code_while_it_is_there() {
    for (name, backend) in [("gdb-llvm.relon", Backend::Llvm), ("gdb-cranelift.relon", Backend::Cranelift)] {
        assert_eq!(registered(name), None);
        let program = load(name, backend, GDB);
        let file = registered(name).expect("gdb is told of the code");
        runs(&program);
        let frames = frames(&written(name, &file));
        let lines = lines_of_rule(&frames, name);
        assert!(lines.contains(&DIVISION), "{name}: {lines:?}");
        assert_eq!(has_inlined_native(&frames, name), backend == Backend::Llvm, "{name}: {frames:?}");
        let bound = program.bind(&Engine::new().natives(natives()).to_owned()).expect("the same code");
        drop(program);
        assert!(registered(name).is_some(), "the code is still there");
        drop(bound);
        assert_eq!(registered(name), None);
    }
}

#[test]
fn gdb_knows_code_that_was_kept() {
    let (name, folder) = ("gdb-kept.relon", Path::new(env!("CARGO_TARGET_TMPDIR")).join("gdb-kept"));
    let _ = std::fs::remove_dir_all(&folder);
    for kept in [false, true] {
        let mut engine = Engine::new();
        engine.natives(natives()).backend(Backend::Llvm).tools(GDB).cache(relon::Cache::at(&folder));
        let program = engine.load(name, RULE).expect("a program");
        assert_eq!(program.compiled().expect("LLVM's code").is_kept(), kept);
        let frames = frames(&written(name, &registered(name).expect("gdb is told of the code")));
        assert!(lines_of_rule(&frames, name).contains(&DIVISION) && has_inlined_native(&frames, name), "{frames:?}");
        runs(&program);
        drop(program);
        assert_eq!(registered(name), None);
    }
    std::fs::remove_dir_all(&folder).expect("the folder is removed");
}

#[test]
fn code_comes_and_goes_on_several_threads() {
    let names: Vec<String> = (0..4).map(|thread| format!("thread-{thread}.relon")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(move || {
                for _ in 0..8 {
                    let program = load(name, Backend::Cranelift, GDB);
                    assert!(registered(name).is_some());
                    runs(&program);
                }
            });
        }
    });
    assert!(names.iter().all(|name| registered(name).is_none()));
}

/// The code of this process that is mapped from a file.
fn mapped(file: &Path) -> Vec<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the mappings");
    let file = file.display().to_string();
    maps.lines()
        .filter(|line| line.ends_with(&file))
        .map(|line| line.split(' ').nth(1).expect("its rights").to_owned())
        .collect()
}

#[test]
fn code_for_perf_lies_in_a_file() {
    for (name, backend) in [("perf-llvm.relon", Backend::Llvm), ("perf-cranelift.relon", Backend::Cranelift)] {
        let program = load(name, backend, PERF);
        runs(&program);
        let files = std::fs::read_dir(perf::folder().expect("a folder")).expect("its files");
        let of_rule = |path: &PathBuf| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name));
        let files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).filter(of_rule).collect();
        let [file] = files.as_slice() else { panic!("{name}: {files:?}") };
        let rights = mapped(file);
        assert!(!rights.is_empty() && rights.iter().all(|rights| rights == "r-xp"), "{rights:?}");
        let frames = frames(file);
        assert!(lines_of_rule(&frames, name).contains(&DIVISION), "{name}: {frames:?}");
        assert_eq!(has_inlined_native(&frames, name), backend == Backend::Llvm, "{name}: {frames:?}");
        drop(program);
        assert_eq!(mapped(file), [""; 0], "the code is gone");
        assert!(file.is_file(), "perf reads the file later");
        std::fs::remove_file(file).expect("it is removed");
    }
}

#[test]
fn nobody_is_told_unless_asked_for() {
    let name = "quiet.relon";
    let program = load(name, Backend::Llvm, Tools::default());
    runs(&program);
    assert_eq!(registered(name), None);
}
