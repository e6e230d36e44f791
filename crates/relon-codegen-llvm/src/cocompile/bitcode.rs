//! Reads the bodies of natives that a rule calls.

use std::ffi::CString;

use relon_ir::{Module as Ir, Native};

use crate::Error;
use crate::llvm::{Context, Cpu, Module};
use crate::natives::{Natives, PackedNative, is_mangled};

use super::{World, Worlds};

/// The native of a rule as it is found in the packs.
pub(super) struct Found<'a> {
    /// As the rule declares it.
    pub(super) native: &'a Native,
    /// Which pack it is in, and what the pack holds.
    pub(super) packed: Option<(usize, &'a PackedNative)>,
    /// Whether its function can be called where it is.
    pub(super) elsewhere: bool,
    /// Why its body isn't inlined.
    pub(super) reason: Option<String>,
}

/// A body, read.
pub(super) struct Body<'c> {
    pub(super) symbol: String,
    pub(super) module: Module<'c>,
    pub(super) elsewhere: bool,
    pub(super) inlined: bool,
}

/// Finds each native that the rule calls by its body; the first pack that has it counts.
pub(super) fn find<'a>(ir: &'a Ir, natives: &'a [Natives], worlds: &Worlds, cpu: &Cpu) -> Vec<Found<'a>> {
    let closed = ir.natives.iter().filter(|native| worlds.of(native) == World::Closed);
    closed.map(|native| find_one(native, natives, cpu)).collect()
}

fn find_one<'a>(native: &'a Native, natives: &'a [Natives], cpu: &Cpu) -> Found<'a> {
    let packs = natives.iter().enumerate();
    let mut holders = packs.filter_map(|(index, given)| Some((index, given.pack.native(&native.symbol)?)));
    let Some((index, packed)) = holders.next() else {
        let elsewhere = natives.iter().any(|given| given.symbols.address(&native.symbol).is_some());
        return Found { native, packed: None, elsewhere, reason: Some("no bitcode".into()) };
    };
    let elsewhere = natives[index].symbols.address(&native.symbol).is_some();
    let reason = packed.reason.clone().or_else(|| missing_feature(packed, cpu));
    Found { native, packed: Some((index, packed)), elsewhere, reason }
}

/// A body that uses instructions the unit's processor lacks can't be part of the unit.
fn missing_feature(packed: &PackedNative, cpu: &Cpu) -> Option<String> {
    let missing: Vec<&str> = packed.features.iter().map(String::as_str).filter(|feature| !cpu.has(feature)).collect();
    (!missing.is_empty()).then(|| format!("needs feature {}", missing.join(", ")))
}

/// Reads the bodies to be linked: those to be inlined, and those that can't be called anywhere else.
pub(super) fn read<'c>(context: &'c Context, found: &[Found<'_>]) -> Result<Vec<Body<'c>>, Error> {
    let mut bodies = Vec::new();
    for native in found {
        let Some((pack, packed)) = native.packed else { continue };
        let wanted = native.reason.is_none() || !native.elsewhere;
        if !wanted || packed.bitcode.is_empty() {
            continue;
        }
        let name = CString::new(packed.symbol.as_str()).map_err(|_| Error::Pack("zero byte in a symbol".into()))?;
        let module = context.parse_bitcode(&packed.bitcode, &name)?;
        set_apart(&module, pack);
        let (elsewhere, inlined) = (native.elsewhere, native.reason.is_none());
        bodies.push(Body { symbol: packed.symbol.clone(), module, elsewhere, inlined });
    }
    Ok(bodies)
}

/// The mark of a pack in a symbol.
const MARK: &str = "$relon.";

/// Renames what the body needs from Rust's own code, so that each pack is linked with its own copy of std: a panic has to be caught by the
/// copy that raised it. The unwinder's personality and C functions keep their names: they are the same for all.
fn set_apart(module: &Module<'_>, pack: usize) {
    let functions = module.functions();
    let variables = module.variables();
    let globals = functions.iter().map(|f| **f).chain(variables.iter().map(|v| **v));
    for global in globals.filter(|global| global.is_declaration()) {
        let name = global.name();
        if is_mangled(&name) {
            global.rename(&format!("{name}{MARK}{pack}"));
        }
    }
}

/// The symbol and pack of a name that [`set_apart`] made.
pub(super) fn pack_of(symbol: &str) -> (&str, Option<usize>) {
    match symbol.rsplit_once(MARK) {
        Some((name, pack)) => (name, pack.parse().ok()),
        None => (symbol, None),
    }
}
