//! Cranelift code generation for Relon: machine code within a millisecond or two, without LLVM.
//!
//! [`compile`] is the way from IR to running code: *find* the natives that the unit calls, *declare* what it holds, *emit* each function as
//! Cranelift's IR (`func`, `op`, `call`, `constant`, `trap`, `entry`, `types`), make machine code of it (`unit`), and *load* that
//! (`jit`). Natives are called at their addresses or through the table of the call's context; nothing is inlined. They catch their own
//! panics in their C entries, so nothing ever unwinds through code that is made here.
//!
//! ```
//! use std::sync::Arc;
//! use relon_codegen_cranelift::{Worlds, compile};
//!
//! let unit = compile(&relon_ir::Module::default(), &[], &Worlds::default())?;
//! assert!(unit.entry("main").is_none());
//! # Ok::<(), relon_codegen_cranelift::Error>(())
//! ```

mod announce;
mod call;
mod constant;
mod entry;
mod error;
mod func;
mod generate;
mod jit;
mod module;
mod op;
mod trap;
mod types;
mod unit;
mod world;

use std::sync::Arc;

use relon_ir::{Module, Way};
use relon_natives::Symbols;
use relon_natives::typed::DirectFn;

use entry::{Export, exports};
use generate::generate;
use jit::{Code, Place};
use module::{Clock, Entries};
use relon_ir::frames::Frames;
use unit::Unit;

pub use announce::Audience;
pub use error::Error;
pub use module::{BatchFn, CompiledModule, EntryFn, Phase};
pub use world::{World, Worlds};

/// Compiles a module and loads it. Natives are looked for in the order of `natives`.
///
/// # Errors
/// Where natives are missing, all of which are named, or this machine has no code generator or no memory for code.
pub fn compile(module: &Module, natives: &[Arc<dyn Symbols>], worlds: &Worlds) -> Result<CompiledModule, Error> {
    compile_for(module, natives, worlds, None)
}

/// The same, and debuggers are told of the code.
///
/// # Errors
/// As for [`compile`], and where they cannot be told.
pub fn compile_for(
    module: &Module,
    natives: &[Arc<dyn Symbols>],
    worlds: &Worlds,
    audience: Option<&Audience>,
) -> Result<CompiledModule, Error> {
    let mut clock = Clock::start();
    let found = world::find(module, natives, worlds)?;
    let Place { jit, size } = Place::new()?;
    let mut unit = Unit::declare(module, found, jit, audience.is_some())?;
    clock.lap("declare");
    let written = unit.write();
    clock.lap("emit");
    let compiled = generate(unit.isa(), written)?;
    clock.lap("codegen");
    let (table, ids, spans) = (unit.take_table(), unit.exports.clone(), std::mem::take(&mut unit.spans));
    let mut code = Code::load(unit, &compiled, &size)?;
    let known = audience.map(|audience| audience.announce(module, &compiled, &spans, &mut code)).transpose()?;
    let entries = entries(module, &ids, &mut code);
    clock.lap("load");
    Ok(CompiledModule {
        entries,
        table,
        code_size: compiled.iter().map(|function| function.bytes.len()).sum(),
        frames: Frames::new(module, &compiled.iter().map(|function| function.frame).collect::<Vec<_>>()),
        phases: clock.phases,
        _known: known,
        _code: code,
        _symbols: natives.to_vec(),
    })
}

/// The entries by name.
fn entries(module: &Module, ids: &[cranelift_module::FuncId], code: &mut Code) -> Entries {
    let mut entries = Entries::default();
    for (Export { entry, way }, id) in exports(module).into_iter().zip(ids) {
        let (Some(address), name) = (code.address(*id), entry.name.clone()) else { continue };
        match way {
            Way::Direct => {
                // SAFETY: the address is that of a function. `DirectFn` stands for every number of parameters.
                entries.direct.insert(name, unsafe { std::mem::transmute::<*const u8, DirectFn>(address) });
            }
            Way::Listed => {
                // SAFETY: the address is that of a function which `entry` defined with this very signature.
                entries.once.insert(name, unsafe { std::mem::transmute::<*const u8, EntryFn>(address) });
            }
            Way::Batch => {
                // SAFETY: as above.
                entries.batches.insert(name, unsafe { std::mem::transmute::<*const u8, BatchFn>(address) });
            }
        }
    }
    entries
}
