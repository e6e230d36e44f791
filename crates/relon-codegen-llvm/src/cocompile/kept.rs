//! Bodies that are kept between compilations.
//!
//! Rules come again and again with the same natives: a rule that is replaced while it runs, the rules of one host. Reading each body from its own
//! bitcode and linking them one to the other would then take longer than reading what came of it, so from the second time on that is
//! kept: as bitcode, since a module is part of its context, which is freed with the compilation.

use std::hash::Hasher;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Error;
use crate::codec::Fingerprint;
use crate::llvm::{Context, Cpu, Module};
use crate::natives::Natives;

use super::bitcode::{self, Found};
use super::{Home, link, world};

/// Sets of natives that are remembered.
const SETS: usize = 16;
/// The most bytes that are kept of one set.
const LIMIT: usize = 1 << 20;

/// A set of natives by its key, with the bodies where it was used more than once.
type Set = (u128, Option<Arc<[u8]>>);

/// Sets of natives, that which was used last in front.
static KEPT: Mutex<Vec<Set>> = Mutex::new(Vec::new());

/// All bodies that become part of a unit, as one module for this processor; none where there are none. Line tables are in it where `traced`, and names
/// of values where `named`.
pub(super) fn bodies<'c>(
    context: &'c Context,
    found: &[Found<'_>],
    natives: &[Natives],
    home: Home,
    (traced, named): (bool, bool),
    cpu: &Cpu,
) -> Result<Option<Module<'c>>, Error> {
    let key = key(found, natives, home, (traced, named), cpu);
    let (is_known, kept) = take(key);
    if let Some(kept) = kept {
        return context.parse_bitcode(&kept, c"natives").map(Some);
    }
    let bodies = link::merge(bitcode::read(context, found, home, traced)?)?;
    if let Some(bodies) = &bodies {
        world::stamp(bodies, cpu);
        if is_known {
            keep(key, bodies);
        }
    }
    Ok(bodies)
}

/// All that the bodies depend on.
fn key(found: &[Found<'_>], natives: &[Natives], home: Home, (traced, named): (bool, bool), cpu: &Cpu) -> u128 {
    let mut key = Fingerprint::default();
    for (pack, packed) in found.iter().filter_map(Found::linked) {
        key.write_usize(pack);
        key.write_u128(natives[pack].pack.fingerprint());
        key.write(packed.symbol.as_bytes());
    }
    key.write(&[u8::from(home == Home::Loaded), u8::from(traced), u8::from(named)]);
    key.write(cpu.name.as_bytes());
    key.write(cpu.features.as_bytes());
    key.value()
}

/// Whether a set was used before, and what is kept of it.
fn take(key: u128) -> (bool, Option<Arc<[u8]>>) {
    let mut sets = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let place = sets.iter().position(|(other, _)| *other == key);
    let set = place.map_or((key, None), |place| sets.remove(place));
    let kept = set.1.clone();
    sets.insert(0, set);
    sets.truncate(SETS);
    (place.is_some(), kept)
}

fn keep(key: u128, bodies: &Module<'_>) {
    let bitcode = bodies.bitcode();
    if bitcode.bytes().len() > LIMIT {
        return;
    }
    let mut sets = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, kept)) = sets.iter_mut().find(|(other, _)| *other == key) {
        *kept = Some(bitcode.bytes().into());
    }
}
