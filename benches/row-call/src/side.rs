//! The sides of the comparison. Each calls for all rows in a loop, and sums up what it gets; where there is no result, the row is left out.

use std::arch::asm;
use std::error::Error;
use std::hint::black_box;

use relon::Arena;

use crate::price;
use crate::work::{self, Row, price_c};

/// Loops that each side has.
pub const LAYOUTS: usize = 4;

/// A loop over all rows.
type Pass = Box<dyn FnMut(&[Row<'_>]) -> i64>;

/// A way to get the results.
pub struct Side {
    pub name: &'static str,
    passes: [Pass; LAYOUTS],
}

impl Side {
    /// The sum of all results.
    pub fn pass(&mut self, layout: usize, rows: &[Row<'_>]) -> i64 {
        self.passes[layout](rows)
    }
}

/// Moves what follows by so many times 16 bytes, the quarter of a cache line.
macro_rules! shift {
    ($quarters:expr) => {
        // SAFETY: it does nothing.
        unsafe { asm!(".skip {}, 0x90", const 16 * $quarters, options(nomem, nostack, preserves_flags)) }
    };
}

/// A side with this body of its loops, in which `LAYOUT` is the number of the loop.
macro_rules! side {
    ($name:literal, $prepare:expr, |$state:ident, $rows:ident, $layout:ident| $body:expr) => {{
        fn pass<const $layout: usize>() -> Result<Pass, Box<dyn Error>> {
            #[allow(unused_mut, reason = "some sides have a state that changes")]
            let mut $state = $prepare;
            Ok(Box::new(move |$rows: &[Row<'_>]| {
                shift!($layout);
                $body
            }))
        }
        Side { name: $name, passes: [pass::<0>()?, pass::<1>()?, pass::<2>()?, pass::<3>()?] }
    }};
}

/// The sum of what each row gives.
#[inline(always)]
fn sum(rows: &[Row<'_>], mut call: impl FnMut(&Row<'_>) -> Option<i64>) -> i64 {
    let mut sum = 0_i64;
    for row in rows {
        sum = sum.wrapping_add(call(row).unwrap_or(0));
    }
    sum
}

type Pointer = extern "C" fn(&Row<'_>, &mut i64) -> u32;

/// All sides: plain Rust, the same behind a pointer, and rules.
pub fn sides() -> Result<Vec<Side>, Box<dyn Error>> {
    let mut sides = vec![
        side!("Rust, inlined", (), |_state, rows, LAYOUT| sum(rows, work::price)),
        side!(
            "Rust, C function pointer",
            [price_c::<0> as Pointer, price_c::<1>, price_c::<2>, price_c::<3>],
            |state, rows, LAYOUT| {
                let pointer = black_box(state[LAYOUT]);
                sum(rows, |row| {
                    let mut out = 0;
                    (pointer(row, &mut out) == 0).then_some(out)
                })
            }
        ),
        side!("rule, run_in", Arena::new(), |arena, rows, LAYOUT| {
            sum(rows, |row| price::run_in(&mut arena, price::Order::from_ref(row)).ok())
        }),
    ];
    sides.extend(loaded()?);
    Ok(sides)
}

/// Rules that were loaded as text.
#[cfg(not(feature = "jit"))]
fn loaded() -> Result<Vec<Side>, Box<dyn Error>> {
    Ok(Vec::new())
}

/// Rules that were loaded as text.
#[cfg(feature = "jit")]
fn loaded() -> Result<Vec<Side>, Box<dyn Error>> {
    use std::path::Path;
    use std::sync::{Arc, OnceLock};

    use relon::{Backend, Engine, NativesPackage, TypedEntry};

    static PACKAGE: OnceLock<Arc<NativesPackage>> = OnceLock::new();

    fn load(backend: Backend) -> Result<(TypedEntry<(&'static Row<'static>,), i64>, Arena), Box<dyn Error>> {
        let mut engine = Engine::new();
        engine.backend(backend);
        engine.natives(PACKAGE.get().ok_or("the natives are built first")?.clone());
        let program = engine.load("price.relon", include_str!("../rules/price.relon"))?;
        Ok((program.entry()?, program.arena()))
    }

    let natives = Path::new(env!("CARGO_MANIFEST_DIR")).join("natives");
    let _ = PACKAGE.set(Arc::new(NativesPackage::build(&natives, &mut |_| {})?));
    Ok(vec![
        side!("rule, typed handle", load(Backend::Llvm)?, |state, rows, LAYOUT| {
            let (rule, arena) = &mut state;
            sum(rows, |row| rule.call(arena, (row,)).ok())
        }),
        side!("rule, handle of Cranelift", load(Backend::Cranelift)?, |state, rows, LAYOUT| {
            let (rule, arena) = &mut state;
            sum(rows, |row| rule.call(arena, (row,)).ok())
        }),
    ])
}
