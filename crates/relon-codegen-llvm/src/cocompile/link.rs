//! Links bodies into the rule's module, and symbols into the object.

use std::sync::Arc;

use object::{Object, ObjectSymbol};

use crate::Error;
use crate::llvm::Module;
use crate::natives::{Symbols, of_process};
use crate::types::native_signature;

use super::bitcode::{Found, pack_of};

/// Compares what the rule declares with what the packs hold. LLVM wouldn't: it takes any call of any function.
pub(super) fn check_signatures(found: &[Found<'_>]) -> Result<(), Error> {
    for Found { native, packed, .. } in found {
        let Some((_, packed)) = packed else { continue };
        let declared = native_signature(native);
        if packed.signature != declared {
            let (symbol, found) = (native.symbol.clone(), packed.signature.clone());
            return Err(Error::Signature { symbol, declared, found });
        }
    }
    Ok(())
}

/// The modules of natives, by their symbols, as one. They are linked two by two, since LLVM looks at every type of what it links into: one by
/// one, the time would grow with the square of their number.
pub(super) fn merge<'c>(mut modules: Vec<(String, Module<'c>)>) -> Result<Option<Module<'c>>, Error> {
    while modules.len() > 1 {
        let mut merged = Vec::with_capacity(modules.len().div_ceil(2));
        let mut rest = modules.into_iter();
        while let Some((symbol, module)) = rest.next() {
            if let Some((symbol, other)) = rest.next() {
                module.link(other, &format!("linking native `{symbol}`"))?;
            }
            merged.push((symbol, module));
        }
        modules = merged;
    }
    Ok(modules.pop().map(|(_, module)| module))
}

/// The addresses of all symbols that an object needs.
///
/// # Errors
/// Names every symbol that can't be found, before anything runs.
pub(super) fn resolve(object: &[u8], natives: &[Arc<dyn Symbols>]) -> Result<Vec<(String, u64)>, Error> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for symbol in undefined(object)? {
        match address(&symbol, natives) {
            Some(address) => found.push((symbol, address as u64)),
            None => missing.push(pack_of(&symbol).0.to_owned()),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(Error::Unresolved(missing)) }
}

/// Whether a function that the object needs could panic. Those of C's library cannot.
pub(super) fn may_panic(symbol: &str) -> bool {
    const QUIET: [&str; 6] = ["memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen"];
    !QUIET.contains(&symbol)
}

/// The symbols that an object needs, in order.
pub(super) fn undefined(object: &[u8]) -> Result<Vec<String>, Error> {
    let file = object::File::parse(object).map_err(|error| Error::Llvm(format!("reading the object: {error}")))?;
    let names = file.symbols().filter(|symbol| symbol.is_undefined()).filter_map(|symbol| symbol.name().ok());
    // The linker itself makes the offset table that this name stands for.
    let names = names.filter(|name| !name.is_empty() && *name != "_GLOBAL_OFFSET_TABLE_");
    Ok(names.map(str::to_owned).collect())
}

/// Looks in the pack that a name is marked with; other names are the same in all, and in the process.
fn address(symbol: &str, natives: &[Arc<dyn Symbols>]) -> Option<usize> {
    match pack_of(symbol) {
        (name, Some(pack)) => natives.get(pack)?.address(name),
        (name, None) => natives.iter().find_map(|given| given.address(name)).or_else(|| of_process(name)),
    }
}
