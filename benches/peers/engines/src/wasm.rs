//! Wasmtime: modules are compiled by Cranelift and run in a sandbox. Texts are copied into their memory, where the host's function reads
//! them.

use std::error::Error;

use peers_work::rows::{DEPTH, MOST, ROWS, digest, order};
use peers_work::{Workload, mix, sum_calls, tier_bps};
use wasmtime::{Caller, Engine, Linker, Memory, Module, Store};

use crate::Work;

/// Where a batch begins; the constants of the module and the text of a row are before.
const BATCH: usize = 4096;
/// Where the text of a row is.
const TEXT: usize = 64;
/// Bytes of a row in a batch: two numbers, and address and length of a text.
const ROW: usize = 24;
/// Texts of a batch, each once.
const TIERS: [(usize, &str); 4] = [(1024, "gold"), (1040, "silver"), (1056, "standard"), (1072, "basic")];

const MODULE: &str = r#"
(module
  (import "host" "mix" (func $mix (param i64) (result i64)))
  (import "host" "tier_bps" (func $tier_bps (param i32 i32) (result i64)))
  (memory (export "memory") 600)
  (data (i32.const 0) "gold")
  (data (i32.const 16) "silver")

  (func (export "loop_int") (param $n i64) (result i64) (local $i i64) (local $sum i64)
    (block $end
      (loop $next
        (br_if $end (i64.ge_s (local.get $i) (local.get $n)))
        (local.set $sum (i64.add (local.get $sum) (call $mix (local.get $i))))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $next)))
    (local.get $sum))

  (func (export "loop_text") (param $n i64) (result i64) (local $i i64) (local $sum i64)
    (block $end
      (loop $next
        (br_if $end (i64.ge_s (local.get $i) (local.get $n)))
        (local.set $sum (i64.add (local.get $sum)
          (if (result i64) (i64.eqz (i64.and (local.get $i) (i64.const 1)))
            (then (call $tier_bps (i32.const 0) (i32.const 4)))
            (else (call $tier_bps (i32.const 16) (i32.const 6))))))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $next)))
    (local.get $sum))

  (func (export "row_scalar") (param $x i64) (result i64)
    (i64.add (call $mix (local.get $x)) (i64.const 7)))

  (func $price (export "row_record") (param $qty i64) (param $cents i64) (param $tier i32) (param $length i32) (result i64)
    (local $subtotal i64)
    (local.set $subtotal (i64.mul (local.get $qty) (local.get $cents)))
    (i64.sub (local.get $subtotal)
      (i64.div_s
        (i64.mul (local.get $subtotal)
          (i64.add (call $tier_bps (local.get $tier) (local.get $length))
            (if (result i64) (i64.ge_s (local.get $subtotal) (i64.const 100000))
              (then (i64.const 1000))
              (else (if (result i64) (i64.ge_s (local.get $subtotal) (i64.const 50000))
                (then (i64.const 500))
                (else (i64.const 0)))))))
        (i64.const 10000))))

  (func (export "batch") (param $rows i32) (param $outs i32) (param $n i32)
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $n)))
        (i64.store (local.get $outs)
          (call $price (i64.load (local.get $rows)) (i64.load offset=8 (local.get $rows))
            (i32.load offset=16 (local.get $rows)) (i32.load offset=20 (local.get $rows))))
        (local.set $rows (i32.add (local.get $rows) (i32.const 24)))
        (local.set $outs (i32.add (local.get $outs) (i32.const 8)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next))))

  (func (export "pipeline") (param $n i64) (result i64) (local $i i64) (local $sum i64)
    (block $end
      (loop $next
        (br_if $end (i64.ge_s (local.get $i) (local.get $n)))
        (if (i64.eq (i64.rem_s (local.get $i) (i64.const 3)) (i64.const 1))
          (then (local.set $sum (i64.add (local.get $sum)
            (i64.rem_s (i64.mul (local.get $i) (local.get $i)) (i64.const 1000))))))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $next)))
    (local.get $sum))

  (func $fib (export "recursion") (param $n i64) (result i64)
    (if (result i64) (i64.lt_s (local.get $n) (i64.const 2))
      (then (local.get $n))
      (else (i64.add
        (call $fib (i64.sub (local.get $n) (i64.const 1)))
        (call $fib (i64.sub (local.get $n) (i64.const 2))))))))
"#;

/// The host's function of a text in the memory of the module, which the store keeps so that no call looks it up.
fn tier(caller: Caller<'_, Option<Memory>>, address: u32, length: u32) -> wasmtime::Result<i64> {
    let memory = caller.data().ok_or_else(|| wasmtime::Error::msg("the module has no memory"))?;
    let (from, to) = (address as usize, address as usize + length as usize);
    let bytes =
        memory.data(&caller).get(from..to).ok_or_else(|| wasmtime::Error::msg("a text outside of the memory"))?;
    Ok(tier_bps(std::str::from_utf8(bytes)?))
}

pub fn work(workload: Workload) -> Result<Work, Box<dyn Error>> {
    let engine = Engine::default();
    let module = Module::new(&engine, MODULE)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "mix", mix)?;
    linker.func_wrap("host", "tier_bps", tier)?;
    let mut store = Store::new(&engine, None);
    let instance = linker.instantiate(&mut store, &module)?;
    let memory = instance.get_memory(&mut store, "memory").ok_or("the module has no memory")?;
    *store.data_mut() = Some(memory);
    let name = match workload {
        Workload::LoopInt => "loop_int",
        Workload::LoopText => "loop_text",
        Workload::RowScalar => "row_scalar",
        Workload::Pipeline => "pipeline",
        Workload::Recursion => "recursion",
        Workload::RowRecord => {
            let rule = instance.get_typed_func::<(i64, i64, u32, u32), i64>(&mut store, "row_record")?;
            let rows: Vec<_> = (0..ROWS).map(order).collect();
            return Work::pass(move |n| {
                sum_calls(n, |index| {
                    let (qty, cents, tier) = rows[index % ROWS];
                    memory.data_mut(&mut store)[TEXT..TEXT + tier.len()].copy_from_slice(tier.as_bytes());
                    rule.call(&mut store, (qty, cents, TEXT as u32, tier.len() as u32)).ok()
                })
            });
        }
        Workload::Batch => {
            let rule = instance.get_typed_func::<(u32, u32, u32), ()>(&mut store, "batch")?;
            let rows: Vec<_> = (0..MOST).map(order).collect();
            let mut outs = vec![0_i64; MOST];
            return Work::pass(move |n| {
                let (n, results) = (n as usize, BATCH + n as usize * ROW);
                let bytes = memory.data_mut(&mut store);
                for (at, text) in TIERS {
                    bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
                }
                for (row, to) in rows[..n].iter().zip(bytes[BATCH..].chunks_exact_mut(ROW)) {
                    let (at, text) = TIERS.iter().find(|(_, text)| *text == row.2).expect("all tiers are there");
                    to[..8].copy_from_slice(&row.0.to_le_bytes());
                    to[8..16].copy_from_slice(&row.1.to_le_bytes());
                    to[16..20].copy_from_slice(&(*at as u32).to_le_bytes());
                    to[20..].copy_from_slice(&(text.len() as u32).to_le_bytes());
                }
                if rule.call(&mut store, (BATCH as u32, results as u32, n as u32)).is_err() {
                    return 0;
                }
                for (out, bytes) in outs[..n].iter_mut().zip(memory.data(&store)[results..].as_chunks::<8>().0) {
                    *out = i64::from_le_bytes(*bytes);
                }
                digest(&outs[..n])
            });
        }
        _ => return Ok(Work::Cannot("has no texts of its own")),
    };
    let rule = instance.get_typed_func::<i64, i64>(&mut store, name)?;
    match workload {
        Workload::RowScalar => Work::pass(move |n| sum_calls(n, |index| rule.call(&mut store, index as i64).ok())),
        Workload::Recursion => Work::pass(move |n| sum_calls(n, |_| rule.call(&mut store, DEPTH).ok())),
        _ => Work::pass(move |n| rule.call(&mut store, n as i64).unwrap_or(0)),
    }
}
