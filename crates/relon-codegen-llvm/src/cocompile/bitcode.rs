//! Reads the bodies of natives that a rule calls.

use std::ffi::CString;

use relon_ir::{Module as Ir, Native};

use crate::Error;
use crate::llvm::{Context, Cpu, Module};
use crate::natives::{Natives, PackedNative, is_mangled};

use super::{Effort, Home, World, Worlds};

/// Instructions that one native's copies may add to a rule before it is left to LLVM which calls are worth one.
const COPIES_LIMIT: usize = 4000;

/// The largest native that is inlined with quick effort, in instructions. A call costs little beside a larger one, and compiled in haste it
/// would be slower than the host's own, fully optimised function.
const QUICK_LIMIT: usize = 100;

/// What is to become of the calls of a native.
pub(super) enum Fate {
    /// All are inlined.
    Inlined,
    /// LLVM decides for each; the reason for those that are left.
    Offered(String),
    /// None is inlined, for this reason. The unit may hold a copy of the body to call.
    Called(String),
    /// None is inlined, for this reason, and the unit must not hold the body.
    Kept(String),
}

/// The native of a rule as it is found in the packs.
pub(super) struct Found<'a> {
    /// As the rule declares it.
    pub(super) native: &'a Native,
    /// Which pack it is in, and what the pack holds.
    pub(super) packed: Option<(usize, &'a PackedNative)>,
    /// Whether its function can be called where it is.
    pub(super) elsewhere: bool,
    /// What is to become of its calls.
    pub(super) fate: Fate,
}

impl Found<'_> {
    /// Why calls are left, if some are.
    pub(super) fn reason(&self) -> Option<&str> {
        match &self.fate {
            Fate::Inlined => None,
            Fate::Offered(reason) | Fate::Called(reason) | Fate::Kept(reason) => Some(reason),
        }
    }

    /// The pack and what it holds, where the body becomes part of the unit.
    pub(super) fn linked(&self) -> Option<(usize, &PackedNative)> {
        self.packed.filter(|_| self.is_linked())
    }

    /// Whether the body becomes part of the unit: to be inlined, or to be called where there is nothing else to call.
    fn is_linked(&self) -> bool {
        match &self.fate {
            Fate::Inlined | Fate::Offered(_) => true,
            Fate::Called(_) => !self.elsewhere,
            Fate::Kept(_) => false,
        }
    }
}

/// Finds each native that the rule calls by its body; the first pack that has it counts.
pub(super) fn find<'a>(
    ir: &'a Ir,
    calls: &[usize],
    natives: &'a [Natives],
    worlds: &Worlds,
    home: Home,
    cpu: &Cpu,
    effort: Effort,
) -> Vec<Found<'a>> {
    let closed = ir.natives.iter().zip(calls).filter(|(native, _)| worlds.of(native) == World::Closed);
    let mut found: Vec<_> = closed.map(|(native, calls)| find_one(native, *calls, natives, home, cpu)).collect();
    if effort == Effort::Quick {
        found.iter_mut().for_each(call_if_large);
    }
    found
}

/// Leaves a large native where it is, if it is anywhere.
fn call_if_large(found: &mut Found<'_>) {
    let size = found.packed.map_or(0, |(_, packed)| packed.instructions);
    if found.elsewhere && size > QUICK_LIMIT && matches!(found.fate, Fate::Inlined | Fate::Offered(_)) {
        found.fate = Fate::Called(format!("too large for quick effort ({size} instructions)"));
    }
}

fn find_one<'a>(native: &'a Native, calls: usize, natives: &'a [Natives], home: Home, cpu: &Cpu) -> Found<'a> {
    // What a linker puts beside the unit need not have an address yet.
    let exists = |given: &Natives| home == Home::Linked || given.symbols.address(&native.symbol).is_some();
    let packs = natives.iter().enumerate();
    let mut holders = packs.filter_map(|(index, given)| Some((index, given.pack.native(&native.symbol)?)));
    let Some((index, packed)) = holders.next() else {
        let elsewhere = natives.iter().any(exists);
        return Found { native, packed: None, elsewhere, fate: Fate::Kept("no bitcode".into()) };
    };
    let elsewhere = exists(&natives[index]);
    Found { native, packed: Some((index, packed)), elsewhere, fate: fate(packed, calls, cpu) }
}

fn fate(packed: &PackedNative, calls: usize, cpu: &Cpu) -> Fate {
    let copies = calls * packed.instructions;
    match (&packed.reason, missing_features(packed, cpu)) {
        (Some(reason), _) if packed.bitcode.is_empty() => Fate::Kept(reason.clone()),
        // Without its features a body can't be part of the unit at all.
        (_, Some(features)) => Fate::Kept(format!("needs feature {features}")),
        (Some(reason), None) => Fate::Called(reason.clone()),
        (None, None) if calls > 1 && copies > COPIES_LIMIT => {
            Fate::Offered(format!("too large for {calls} calls ({} instructions each)", packed.instructions))
        }
        (None, None) => Fate::Inlined,
    }
}

fn missing_features(packed: &PackedNative, cpu: &Cpu) -> Option<String> {
    let missing: Vec<&str> = packed.features.iter().map(String::as_str).filter(|feature| !cpu.has(feature)).collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

/// Reads the bodies that become part of the unit, each under its symbol, with line tables where it is to have some.
pub(super) fn read<'c>(
    context: &'c Context,
    found: &[Found<'_>],
    home: Home,
    traced: bool,
) -> Result<Vec<(String, Module<'c>)>, Error> {
    let mut bodies = Vec::new();
    for (pack, packed) in found.iter().filter_map(Found::linked) {
        let name = CString::new(packed.symbol.as_str()).map_err(|_| Error::Pack("zero byte in a symbol".into()))?;
        let module = context.parse_bitcode(packed.bodies(traced), &name)?;
        if home == Home::Loaded {
            set_apart(&module, pack);
        }
        bodies.push((packed.symbol.clone(), module));
    }
    Ok(bodies)
}

/// Start of the library's own C functions, which every natives package has a copy of: a panic is remembered by the copy that raised it.
const LIBRARY: &str = "relon_std_";

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
        if is_mangled(&name) || name.starts_with(LIBRARY) {
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
