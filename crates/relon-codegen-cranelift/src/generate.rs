//! Machine code of the functions of a unit, made by two threads where there is enough of it.

use std::sync::{Mutex, PoisonError};
use std::thread;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::SourceLoc;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{Context, ir};
use cranelift_module::{FuncId, ModuleReloc};

use crate::Error;

/// Bytes of a frame that hold the return address and the caller's frame.
const FRAME_LINK: usize = 16;
/// Bytes of an argument or result that did not fit registers.
const STACK_ARGUMENT: usize = 8;
/// Instructions that take a thread about as long as it takes to start one, several times over.
const WORTH_A_THREAD: usize = 400;

/// A function as it was written.
pub(crate) struct Written {
    pub(crate) id: FuncId,
    pub(crate) function: ir::Function,
}

/// A function as machine code that is not yet at its place.
pub(crate) struct Compiled {
    pub(crate) id: FuncId,
    pub(crate) bytes: Vec<u8>,
    pub(crate) align: u64,
    pub(crate) relocations: Vec<ModuleReloc>,
    pub(crate) frame: usize,
    /// From which offset on its code was made for which place: see `Unit::place`.
    pub(crate) places: Vec<(usize, SourceLoc)>,
}

/// Makes machine code, in the order of what was written.
pub(crate) fn generate(isa: &dyn TargetIsa, written: Vec<Written>) -> Result<Vec<Compiled>, Error> {
    let (mine, others) = share(written);
    if others.iter().map(|(_, written)| size(written)).sum::<usize>() < WORTH_A_THREAD {
        return Ok(in_order(all(isa, mine)?, all(isa, others)?));
    }
    // It is taken by the other thread, or by this one where the system has no more threads.
    let others = Mutex::new(others);
    let of_others = || all(isa, std::mem::take(&mut *others.lock().unwrap_or_else(PoisonError::into_inner)));
    thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, of_others);
        let mine = all(isa, mine)?;
        let others = match other {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => of_others(),
        };
        Ok(in_order(mine, others?))
    })
}

/// A function with its place among all.
type Placed<T> = (usize, T);

/// Two halves of about the same size: the largest functions are given out first, each to the half that has less.
fn share(written: Vec<Written>) -> (Vec<Placed<Written>>, Vec<Placed<Written>>) {
    let mut all: Vec<Placed<Written>> = written.into_iter().enumerate().collect();
    all.sort_by_key(|(place, written)| (std::cmp::Reverse(size(written)), *place));
    let (mut mine, mut others) = ((0, Vec::new()), (0, Vec::new()));
    for placed in all {
        let less = if mine.0 <= others.0 { &mut mine } else { &mut others };
        less.0 += size(&placed.1);
        less.1.push(placed);
    }
    (mine.1, others.1)
}

fn size(written: &Written) -> usize {
    written.function.dfg.num_insts()
}

fn in_order(mine: Vec<Placed<Compiled>>, others: Vec<Placed<Compiled>>) -> Vec<Compiled> {
    let mut all: Vec<Placed<Compiled>> = mine.into_iter().chain(others).collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, compiled)| compiled).collect()
}

fn all(isa: &dyn TargetIsa, written: Vec<Placed<Written>>) -> Result<Vec<Placed<Compiled>>, Error> {
    let (mut context, mut plane) = (Context::new(), ControlPlane::default());
    written.into_iter().map(|(place, written)| Ok((place, one(isa, written, &mut context, &mut plane)?))).collect()
}

fn one(
    isa: &dyn TargetIsa,
    written: Written,
    context: &mut Context,
    plane: &mut ControlPlane,
) -> Result<Compiled, Error> {
    let Written { id, function } = written;
    context.clear();
    context.func = function;
    let code = context.compile(isa, plane).map_err(|error| Error::Cranelift(format!("{error:?}")))?;
    let least = u64::from(isa.function_alignment().minimum).max(isa.symbol_alignment());
    let (bytes, align) = (code.code_buffer().to_vec(), u64::from(code.buffer.alignment).max(least));
    let locals = code.buffer.frame_layout().map_or(0, |layout| layout.frame_to_fp_offset as usize);
    let passed = context.func.signature.params.len() + context.func.signature.returns.len();
    let code = context.compiled_code().expect("it was compiled just now");
    let relocations = code.buffer.relocs().iter().map(|reloc| ModuleReloc::from_mach_reloc(reloc, &context.func, id));
    let places = code.buffer.get_srclocs_sorted().iter().map(|place| (place.start as usize, place.loc)).collect();
    let (relocations, frame) = (relocations.collect(), FRAME_LINK + locals + passed * STACK_ARGUMENT);
    Ok(Compiled { id, bytes, align, relocations, frame, places })
}
