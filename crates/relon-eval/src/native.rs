//! Calls of natives, by their packed entries, and of functions of the host.

use relon_frontend::Span;
use relon_frontend::hir::{Args, NativeId};
use relon_natives::descriptor::Descriptor;
use relon_natives::panics::Running;
use relon_natives::{Callee, Trap, TrapKind};

use crate::env::Env;
use crate::evaluator::{Evaluator, STACK_FOR_NATIVES};
use crate::failure::{Failure, Outcome};
use crate::memory::Memory;
use crate::value::{Value, defect};

/// Finds what is called for natives.
///
/// # Safety
/// What is found belongs to the native with this descriptor, and stays valid as long as the finder lives.
pub unsafe trait Natives {
    /// What is called for a native.
    fn callee(&self, native: &Descriptor) -> Option<Callee>;
}

/// The natives of the standard library, which are part of this program.
#[derive(Clone, Copy, Debug)]
pub struct StandardLibrary;

// SAFETY: the library's table has each entry with its descriptor.
unsafe impl Natives for StandardLibrary {
    fn callee(&self, native: &Descriptor) -> Option<Callee> {
        relon_natives::std::packed_entry(&native.symbol).map(Callee::Packed)
    }
}

impl<'v> Evaluator<'v> {
    /// Where `catch` is true an `Err` of the native is a value; any other failure ends the run.
    pub(crate) fn native(
        &self,
        id: NativeId,
        args: &'v Args,
        catch: bool,
        env: &Env<'v>,
        span: Span,
    ) -> Outcome<Value<'v>> {
        let args = self.arguments(args, env)?;
        match self.call_native(&self.program.natives[id.0 as usize], &args, span)? {
            Ok(value) if catch => Ok(Value::Result(Ok(self.new_value(value, span)?))),
            Ok(value) => Ok(value),
            Err(trap) if catch && trap.kind == TrapKind::NativeFailed => {
                let text = self.new_text(trap.message, span)?;
                Ok(Value::Result(Err(self.new_value(text, span)?)))
            }
            Err(trap) => Err(Failure::with(trap.kind, &trap.message, span)),
        }
    }

    /// Puts the arguments into memory, calls the native, and takes its result or failure out.
    fn call_native(&self, native: &'v Descriptor, args: &[Value<'v>], span: Span) -> Outcome<Result<Value<'v>, Trap>> {
        let callee = self.natives.callee(native).unwrap_or_else(|| defect("a native without an entry"));
        let mut call = self.native_call.borrow_mut();
        // What the natives before have given was copied.
        let mut memory = Memory::new(call.begin(0));
        let too_large = || Failure::of(TrapKind::ValueTooLarge, span);
        let pairs = args.iter().zip(&native.params);
        let places = pairs.map(|(value, param)| memory.argument(*value, &param.ty)).collect::<Option<Vec<_>>>();
        let (places, out) = places.zip(memory.room(&native.result, 1)).ok_or_else(too_large)?;
        let context = memory.context();
        let status = stacker::maybe_grow(STACK_FOR_NATIVES, STACK_FOR_NATIVES * 2, || {
            // A panic of the native becomes an error, so nothing is to be printed.
            let _quiet = Running::start();
            // SAFETY: it belongs to this native, the arguments have the types of its parameters, `out` has room for its result.
            unsafe { callee.call(context, places.as_ptr(), out) }
        });
        if status != 0 {
            return Ok(Err(call.take_failure().unwrap_or_else(|| defect("a native failed without a failure"))));
        }
        // SAFETY: a status of 0 means that the result was written; what it refers to is in the memory of this call, or was given.
        unsafe { self.load(out, &native.result, span) }.map(Ok)
    }
}
