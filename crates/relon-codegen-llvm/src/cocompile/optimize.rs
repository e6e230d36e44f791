//! What LLVM does with a linked unit. The effort decides how much.

use relon_ir::{Function, Inst, Module as Ir, Op};

use crate::Error;
use crate::llvm::{Module, TargetMachine};

/// How much time is spent on a unit's code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// Natives of up to 100 instructions are inlined and what that leaves is tidied up; code is generated in one pass. Larger ones are called
    /// where the host has them. For code that is needed at once or runs seldom.
    Quick,
    /// All that LLVM has: `default<O3>`, and its optimising code generator.
    #[default]
    Full,
}

/// Inlining of what was marked, and the passes that make use of it within a function. Bodies of natives were optimised by rustc before, so that
/// a second look at them finds little. Chosen by instructions that a compile of the pricing rule takes: with early-cse and one more
/// simplifycfg it is 3 % more, for one check of 20 that goes and code that is as fast; without instcombine 7 % less, and loops run up to a
/// quarter longer. The quick code generator does not know switches, and takes the long way around a block that ends with one.
/// LLVM ends the process where instcombine is not done after its one round, unless it is told that this is fine.
const QUICK: &str = "always-inline,globaldce,\
    function(sroa,instcombine<no-verify-fixpoint>,simplifycfg,lower-switch),globaldce";

/// The same for a rule with a function of so many checks and calls that instcombine, whose time grows with the square of what depends on each other,
/// would take longer than all the rest: three seconds for a thousand natives in a row.
const QUICK_LARGE: &str =
    "always-inline,globaldce,function(sroa,early-cse,instsimplify,simplifycfg,lower-switch),globaldce";

/// Checks and calls from which on a function is that large.
const LARGE: usize = 150;

/// The passes for a rule, where these would do for one of a usual size.
pub(super) fn for_size<'p>(passes: &'p str, ir: &Ir) -> &'p str {
    let may_end =
        |inst: &&Inst| matches!(inst.op, Op::Int { .. } | Op::Guard(..) | Op::Call { .. } | Op::CallNative { .. });
    let is_large = |function: &Function| function.insts().filter(may_end).count() > LARGE;
    if passes == QUICK && ir.functions.iter().any(is_large) { QUICK_LARGE } else { passes }
}

impl Effort {
    /// The passes for a unit that is complete.
    pub(super) fn passes(self) -> &'static str {
        match self {
            Effort::Quick => QUICK,
            Effort::Full => "default<O3>",
        }
    }
}

/// The passes for a unit that a linker optimises again, together with what calls it: loops keep a form that can be merged and vectorised
/// there, and bodies of natives stay at hand.
pub(super) const BEFORE_LINK: &str = "lto-pre-link<O3>";

/// Optimises the unit. It ends without dead bodies: what was imported and inlined everywhere is gone.
pub(super) fn optimize(unit: &Module<'_>, machine: &TargetMachine, passes: &str) -> Result<(), Error> {
    unit.run_passes(passes, machine)
}

#[cfg(test)]
mod tests {
    use relon_ir::{FileId, FunctionBuilder, IntOp, Site, Span, Type};
    use relon_natives::TrapKind;

    use super::*;

    /// A module with a function of so many checks.
    fn with_checks(count: usize) -> Ir {
        let mut ir = Ir::default();
        let span = Span { file: FileId::new(0), start: 0, end: 1 };
        let site = ir.add_site(Site { kind: TrapKind::NumericOverflow, span, message: None });
        let mut builder = FunctionBuilder::new("f", &[Type::Int], &[Type::Int], None);
        let x = builder.params()[0];
        let sum = (0..count).fold(x, |sum, _| builder.int_checked(IntOp::Add, sum, x, site));
        builder.ret(vec![sum]);
        ir.add_function(builder.finish());
        ir
    }

    #[test]
    fn large_functions_go_without_instcombine_where_time_matters() {
        let (small, large) = (with_checks(LARGE), with_checks(LARGE + 1));
        let quick = Effort::Quick.passes();
        assert_eq!((for_size(quick, &small), for_size(quick, &large)), (QUICK, QUICK_LARGE));
        for passes in [Effort::Full.passes(), BEFORE_LINK] {
            assert_eq!(for_size(passes, &large), passes);
        }
    }
}
