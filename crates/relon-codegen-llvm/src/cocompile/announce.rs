//! Tells debuggers of a unit that was loaded: the object's own DWARF, with the addresses that its code has got.

use std::collections::HashMap;

use object::{Object, ObjectSection, ObjectSymbol, RelocationKind, RelocationTarget, SectionIndex, SymbolKind};
use relon_debuggers::{Image, Known, Loaded, Symbol, Tools};

use crate::Error;
use crate::llvm::Placed;

use super::load::Loaded as Code;

/// Tells them; `name` is that of the rule's file.
pub(super) fn announce(object: &[u8], code: &Code, name: &str, tools: Tools) -> Result<Known, Error> {
    let file = object::File::parse(object).map_err(unreadable)?;
    let loaded = loaded(&file, code)?;
    // SAFETY: the code was linked a moment ago, and nobody has got an address of it; it lives as long as the unit, which has the result too.
    let known = unsafe { relon_debuggers::announce(&Image::new(&loaded), name, tools) };
    known.map_err(|error| Error::Debuggers(error.to_string()))
}

fn loaded(file: &object::File<'_>, code: &Code) -> Result<Loaded, Error> {
    let (Placed { base, memory, sections }, places) = code.placed(file)?;
    let debug = file.sections().filter(|section| section.name().is_ok_and(|name| name.starts_with(".debug_")));
    let debug =
        debug.map(|section| Ok((section.name().map_err(unreadable)?.to_owned(), relocated(file, &section, &places)?)));
    let debug = debug.collect::<Result<_, Error>>()?;
    let symbols = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text);
    let symbols = symbols.filter_map(|symbol| {
        let start = places.get(&symbol.section_index()?)? + symbol.address() as usize;
        Some(Symbol { name: symbol.name().ok()?.to_owned(), range: start..start + symbol.size() as usize })
    });
    let symbols = symbols.collect();
    Ok(Loaded { base, memory, sections, symbols, debug })
}

/// The content of a section that is not loaded, with addresses of what is.
fn relocated(
    file: &object::File<'_>,
    section: &object::Section<'_, '_>,
    places: &HashMap<SectionIndex, usize>,
) -> Result<Vec<u8>, Error> {
    let mut content = section.data().map_err(unreadable)?.to_vec();
    for (offset, relocation) in section.relocations() {
        let place = |index: SectionIndex| places.get(&index).copied().unwrap_or(0) as u64;
        let target = match relocation.target() {
            RelocationTarget::Section(index) => place(index),
            RelocationTarget::Symbol(index) => {
                let symbol = file.symbol_by_index(index).map_err(unreadable)?;
                symbol.section_index().map_or(0, place).wrapping_add(symbol.address())
            }
            _ => 0,
        };
        let value = target.wrapping_add_signed(relocation.addend()).to_le_bytes();
        let (offset, size) = (offset as usize, usize::from(relocation.size()) / 8);
        match content.get_mut(offset..offset + size) {
            Some(bytes) if relocation.kind() == RelocationKind::Absolute && size <= value.len() => {
                bytes.copy_from_slice(&value[..size]);
            }
            _ => {
                let name = section.name().unwrap_or_default();
                return Err(Error::Llvm(format!("a relocation of `{name}` is not known: {relocation:?}")));
            }
        }
    }
    Ok(content)
}

fn unreadable(error: object::read::Error) -> Error {
    Error::Llvm(format!("reading the object: {error}"))
}
