//! Files of code in memory, read back, and gdb's list of them.

use std::ops::Range;

use object::{Architecture, Object, ObjectSection, ObjectSegment, ObjectSymbol, SectionKind};
use relon_debuggers::lines::{Function, Row, dwarf};
use relon_debuggers::{Image, Loaded, Section, Symbol, gdb};

const BASE: usize = 0x7000_0000;

fn at(range: Range<usize>) -> Range<usize> {
    BASE + range.start..BASE + range.end
}

fn function(name: &str, range: Range<usize>, line: usize) -> Function {
    let rows = vec![Row { address: BASE + range.start, file: 0, line, column: 3 }];
    Function { name: name.into(), range: at(range), rows }
}

/// Two functions on a page, and data on the next.
fn loaded() -> Loaded {
    let functions = [function("first", 0..16, 4), function("second", 16..40, 9)];
    let mut memory = vec![0xc3; 4096];
    memory.extend(*b"constant");
    Loaded {
        base: BASE,
        memory,
        sections: vec![
            Section { name: ".text".into(), range: at(0..40), code: true },
            Section { name: ".rodata".into(), range: at(4096..4104), code: false },
        ],
        symbols: functions.iter().map(|one| Symbol { name: one.name.clone(), range: one.range.clone() }).collect(),
        debug: dwarf(&["rule.relon"], &functions).expect("DWARF"),
    }
}

#[test]
fn a_file_has_memory_at_its_addresses() {
    let image = Image::new(&loaded());
    let file = object::File::parse(image.bytes()).expect("ELF");
    let expected = if cfg!(target_arch = "aarch64") { Architecture::Aarch64 } else { Architecture::X86_64 };
    assert_eq!(file.architecture(), expected);
    let segments: Vec<_> = file.segments().map(|segment| (segment.address(), segment.file_range())).collect();
    assert_eq!(segments, [(BASE as u64, (4096, 4104))]);
    let section = |name| file.section_by_name(name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!((section(".text").kind(), section(".text").address()), (SectionKind::Text, BASE as u64));
    assert_eq!(section(".text").data().expect("code"), [0xc3; 40]);
    assert_eq!((section(".rodata").address(), section(".rodata").data()), (BASE as u64 + 4096, Ok(&b"constant"[..])));
    let symbols: Vec<_> = file.symbols().map(|one| (one.name().expect("a name"), one.address(), one.size())).collect();
    assert_eq!(symbols, [("first", BASE as u64, 16), ("second", BASE as u64 + 16, 24)]);
}

#[test]
fn addresses_have_functions_and_lines() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("lines");
    std::fs::write(&path, Image::new(&loaded()).bytes()).expect("a file is written");
    let loader = addr2line::Loader::new(&path).expect("DWARF");
    let at = |offset: usize| {
        let mut frames = loader.find_frames((BASE + offset) as u64).expect("frames");
        let frame = frames.next().expect("a frame")?;
        let place = frame.location?;
        Some((frame.function?.raw_name().ok()?.into_owned(), place.file?.to_owned(), place.line?, place.column?))
    };
    assert_eq!(at(3), Some(("first".into(), "./rule.relon".into(), 4, 3)));
    assert_eq!(at(39), Some(("second".into(), "./rule.relon".into(), 9, 3)));
    assert_eq!(at(40), None);
}

#[test]
fn files_leave_the_list_in_any_order() {
    let mut kept: Vec<_> = (0..4u8).map(|number| Some(gdb::Registration::new(vec![number; 3]))).collect();
    assert_eq!(gdb::registered(), [[3; 3], [2; 3], [1; 3], [0; 3]]);
    for (dropped, rest) in [(2, &[3, 1, 0][..]), (3, &[1, 0]), (0, &[1]), (1, &[])] {
        kept[dropped] = None;
        let expected: Vec<Vec<u8>> = rest.iter().map(|number| vec![*number; 3]).collect();
        assert_eq!(gdb::registered(), expected);
    }
}
