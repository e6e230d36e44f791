//! Puts an object into memory, by the loader of this crate or, where that does not know all that the object needs, by LLVM's.

use std::collections::HashMap;

use object::{Object, ObjectSection, ObjectSymbol, SectionIndex};
use relon_debuggers::Known;

use crate::Error;
use crate::llvm::{Buffer, Code, Jit, Placed};
use crate::loader::Image;

use super::{Options, announce};

/// Code in memory.
pub(super) enum Loaded {
    /// By the loader of this crate.
    Here(Box<Image>),
    /// By LLVM's.
    There(Jit),
}

impl Loaded {
    /// Loads the object, whose undefined symbols are all among `symbols`, and tells who wants to know of it.
    pub(super) fn announced(
        object: &[u8],
        symbols: &[(String, u64)],
        options: &Options,
    ) -> Result<(Loaded, Option<Known>), Error> {
        let told = options.tools.any();
        let loaded = Loaded::load(object, symbols, told)?;
        if !told {
            return Ok((loaded, None));
        }
        let name = options.lines.as_ref().and_then(|lines| lines.paths().next()).unwrap_or("rule");
        let known = announce::announce(object, &loaded, name, options.tools)?;
        Ok((loaded, Some(known)))
    }

    fn load(object: &[u8], symbols: &[(String, u64)], placed: bool) -> Result<Loaded, Error> {
        let address = |name: &str| symbols.iter().find(|(known, _)| known == name).map(|(_, address)| *address);
        if let Some(image) = Image::load(object, address)? {
            return Ok(Loaded::Here(Box::new(image)));
        }
        let object = Buffer::copy_of(object, c"unit")?;
        Ok(Loaded::There(if placed { Jit::load_placed(object, symbols)? } else { Jit::load(object, symbols)? }))
    }

    /// The address of a symbol.
    pub(super) fn lookup(&self, name: &str) -> Result<Code, Error> {
        match self {
            Loaded::Here(image) => {
                let address = image.address(name).ok_or_else(|| Error::Llvm(format!("the object has no `{name}`")))?;
                Ok(std::ptr::with_exposed_provenance(address))
            }
            Loaded::There(jit) => jit.lookup(name),
        }
    }

    /// What lies in memory, and where each section of the object does.
    pub(super) fn placed(&self, file: &object::File<'_>) -> Result<(Placed, HashMap<SectionIndex, usize>), Error> {
        match self {
            Loaded::Here(image) => Ok((image.placed(), image.places().clone())),
            Loaded::There(jit) => {
                link(file, jit)?;
                let placed = jit.placed().ok_or_else(|| Error::Llvm("nobody knows where the code lies".into()))?;
                let places = places(file, &placed)?;
                Ok((placed, places))
            }
        }
    }
}

/// LLVM places code when one of its symbols is looked up.
fn link(file: &object::File<'_>, jit: &Jit) -> Result<(), Error> {
    let entry = file.symbols().find(|symbol| symbol.is_global() && symbol.is_definition());
    match entry.and_then(|symbol| symbol.name().ok()) {
        Some(name) => jit.lookup(name).map(drop),
        None => Ok(()),
    }
}

/// LLVM tells the names of sections and where they are.
fn places(file: &object::File<'_>, placed: &Placed) -> Result<HashMap<SectionIndex, usize>, Error> {
    let mut at = HashMap::new();
    for section in &placed.sections {
        if at.insert(section.name.as_str(), section.range.start).is_some() {
            let why = "which is which of them in memory is not known";
            return Err(Error::Llvm(format!("the object has several sections `{}`: {why}", section.name)));
        }
    }
    Ok(file.sections().filter_map(|section| Some((section.index(), *at.get(section.name().ok()?)?))).collect())
}
