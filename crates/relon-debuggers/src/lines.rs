//! DWARF of code whose generator writes none: functions, and which line each address belongs to.

use std::ops::Range;

use gimli::write::{
    Address, AttributeValue, DwarfUnit, EndianVec, FileId, LineProgram, LineString, Range as DwarfRange, RangeList,
    Sections, Writer,
};
use gimli::{Encoding, Format, LineEncoding, LittleEndian, constants};

/// A function, and where its code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name, as people know it.
    pub name: String,
    /// Its addresses.
    pub range: Range<usize>,
    /// The places that its code comes from, by address.
    pub rows: Vec<Row>,
}

/// From an address on, code comes from a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The address.
    pub address: usize,
    /// The file, counted from 0.
    pub file: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, or 0 where it is not known.
    pub column: u32,
}

/// The sections: their names and contents. There is a file at least, and functions are in the order of their addresses.
///
/// # Errors
/// Where the tables get too large.
pub fn dwarf(files: &[&str], functions: &[Function]) -> Result<Vec<(String, Vec<u8>)>, crate::Error> {
    let wrong = |error: gimli::write::Error| crate::Error(format!("line tables cannot be written: {error}"));
    let encoding = Encoding { format: Format::Dwarf32, version: 5, address_size: 8 };
    let mut unit = DwarfUnit::new(encoding);
    let main = text(files.first().copied().unwrap_or("rule"));
    // Paths are relative to where the debugger runs.
    let folder = text(".");
    let mut lines = LineProgram::new(encoding, LineEncoding::default(), folder.clone(), None, main.clone(), None);
    let directory = lines.default_directory();
    let files: Vec<FileId> = files.iter().map(|path| lines.add_file(text(path), directory, None)).collect();
    for function in functions {
        sequence(&mut lines, &files, function);
    }
    unit.unit.line_program = lines;
    let ranges = functions.iter().map(|function| DwarfRange::StartLength {
        begin: address(function.range.start),
        length: function.range.len() as u64,
    });
    let ranges = unit.unit.ranges.add(RangeList(ranges.collect()));
    let root = unit.unit.get_mut(unit.unit.root());
    root.set(constants::DW_AT_producer, AttributeValue::String(b"relon".to_vec()));
    // A language that no debugger knows is shown by rules of its own for unknown ones; those of C fit.
    root.set(constants::DW_AT_language, AttributeValue::Language(constants::DW_LANG_C99));
    root.set(constants::DW_AT_name, AttributeValue::String(line_text(&main)));
    root.set(constants::DW_AT_comp_dir, AttributeValue::String(line_text(&folder)));
    root.set(constants::DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
    root.set(constants::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
    for function in functions {
        let (root, Range { start, end }) = (unit.unit.root(), function.range.clone());
        let entry = unit.unit.add(root, constants::DW_TAG_subprogram);
        let entry = unit.unit.get_mut(entry);
        entry.set(constants::DW_AT_name, AttributeValue::String(function.name.clone().into_bytes()));
        entry.set(constants::DW_AT_low_pc, AttributeValue::Address(address(start)));
        entry.set(constants::DW_AT_high_pc, AttributeValue::Udata((end - start) as u64));
    }
    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    unit.write(&mut sections).map_err(wrong)?;
    let mut out = Vec::new();
    sections
        .for_each(|id, content| {
            if content.len() != 0 {
                out.push((id.name().to_owned(), content.slice().to_vec()));
            }
            Ok(())
        })
        .map_err(wrong)?;
    Ok(out)
}

/// The lines of one function.
fn sequence(lines: &mut LineProgram, files: &[FileId], function: &Function) {
    let Range { start, end } = function.range;
    lines.begin_sequence(Some(address(start)));
    for row in &function.rows {
        let Some(file) = files.get(row.file) else { continue };
        let to = lines.row();
        to.address_offset = (row.address - start) as u64;
        (to.file, to.line, to.column) = (*file, row.line as u64, u64::from(row.column));
        lines.generate_row();
    }
    lines.end_sequence((end - start) as u64);
}

fn address(address: usize) -> Address {
    Address::Constant(address as u64)
}

fn text(text: &str) -> LineString {
    LineString::String(text.bytes().filter(|byte| *byte != 0).collect())
}

fn line_text(text: &LineString) -> Vec<u8> {
    match text {
        LineString::String(bytes) => bytes.clone(),
        _ => Vec::new(),
    }
}
