//! The smallest closed world: a hand-built module whose entry is a function from one Int to one Int, and a shim for its natives.

use std::path::Path;

use relon_ir::layout::DataType;
use relon_ir::{Entry, FileId, FunctionId, Module as Ir, Param, Span, Type};
use relon_natives::abi::{Context, Failure, Str};

use crate::Error;
use crate::natives::{Natives, package, shim};

use super::{CocompiledModule, Options, World, Worlds, cocompile};

/// Where the bodies of a module's natives come from.
#[derive(Clone, Copy, Debug)]
pub enum Shim<'a> {
    /// Rust source without dependencies; its exported C functions are the natives.
    Source(&'a str),
    /// The directory of a cargo package.
    Package(&'a Path),
    /// LLVM bitcode, as rustc writes it.
    Bitcode(&'a [u8]),
}

impl Shim<'_> {
    fn build(self) -> Result<Natives, Error> {
        match self {
            Shim::Source(source) => shim::build(source),
            Shim::Package(path) => package::build(path, &package::Options::default()),
            Shim::Bitcode(bitcode) => shim::from_bitcode(bitcode),
        }
    }
}

/// The entry that [`CocompiledModule::run_i64`] runs.
const ENTRY: &str = "legacy_i64";

/// Compiles a module together with a shim that holds its natives. The entry is the module's last function of type `(Int) -> Int`.
///
/// # Errors
/// Where the module has no such function, the shim can't be built, or the unit can't be compiled.
pub fn cocompile_legacy_i64(ir: &Ir, shim: Shim<'_>) -> Result<CocompiledModule, Error> {
    cocompile(&with_entry(ir)?, &[shim.build()?], &Options::default())
}

/// Compiles the same module in the open world: natives are called through a table of addresses, and nothing is known of their bodies.
///
/// # Errors
/// As for [`cocompile_legacy_i64`].
pub fn compile_open_i64(ir: &Ir, shim: Shim<'_>) -> Result<CocompiledModule, Error> {
    let options = Options { worlds: Worlds::all(World::Open), ..Options::default() };
    let (ir, natives) = (with_entry(ir)?, shim.build()?);
    let needed = ir.natives.iter().map(|native| &native.symbol);
    let missing: Vec<String> = needed.filter(|symbol| natives.symbols.address(symbol).is_none()).cloned().collect();
    if !missing.is_empty() {
        return Err(Error::Unresolved(missing));
    }
    cocompile(&ir, &[natives], &options)
}

fn with_entry(ir: &Ir) -> Result<Ir, Error> {
    let fits =
        |index: &usize| ir.functions[*index].params == [Type::Int] && ir.functions[*index].results == [Type::Int];
    let index = (0..ir.functions.len()).rev().find(fits);
    let index =
        index.ok_or_else(|| Error::Ir("the module has no function of type (Int) -> Int to start with".into()))?;
    let span = Span { file: FileId::new(0), start: 0, end: 0 };
    let mut ir = ir.clone();
    ir.entries.push(Entry {
        name: ENTRY.into(),
        function: FunctionId::new(index),
        params: vec![Param { name: "x".into(), ty: DataType::Int, span }],
        result: DataType::Int,
        span,
        form: relon_ir::EntryForm::Plain,
        part: relon_ir::EntryPart::Whole,
        recursive: false,
        checked: None,
    });
    Ok(ir)
}

/// An arena without room, for calls that make no values.
unsafe extern "C" fn no_room(_context: *mut Context, _size: usize, _align: usize) -> *mut u8 {
    std::ptr::null_mut()
}

impl CocompiledModule {
    /// Runs the entry of a unit that [`cocompile_legacy_i64`] or [`compile_open_i64`] made. Its natives have no arena.
    ///
    /// # Errors
    /// Where the rule trapped; or where the unit has no such entry.
    pub fn run_i64(&self, x: i64) -> Result<i64, Error> {
        let entry = self.entry(ENTRY).ok_or_else(|| Error::Ir("the unit has no entry of type (Int) -> Int".into()))?;
        let mut context = Context {
            cursor: std::ptr::null_mut(),
            limit: std::ptr::null_mut(),
            grow: no_room,
            depth: u64::from(u16::MAX),
            natives: self.native_table().as_ptr().cast(),
            failure: Failure { kind: 0, message: Str::default() },
        };
        let (args, mut out) = ([std::ptr::from_ref(&x).cast()], 0i64);
        // SAFETY: the entry reads one Int and writes one Int, and the context lives during the call.
        let status = unsafe { entry(&raw mut context, args.as_ptr(), (&raw mut out).cast()) };
        match status {
            0 => Ok(out),
            status => Err(Error::Trapped(status - 1)),
        }
    }
}
