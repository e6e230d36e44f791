//! LuaJIT, a tracing compiler. Functions of the host are called by its FFI, which compiled traces can do, or as callbacks, which end a
//! trace.

use std::error::Error;

use mlua::{Function, LightUserData, Lua};
use peers_work::rows::{DEPTH, MOST, ROWS, digest, order};
use peers_work::{Workload, mix, sum_calls, tier_bps};

use crate::{ROW_BY_ROW, Work};

/// Declares the host's functions as the FFI calls them.
const FFI: &str = r#"
local ffi = require("ffi")
ffi.cdef[[
    typedef struct { int64_t qty; int64_t unit_cents; const char *tier; int64_t length; } Order;
]]
local to_mix = ffi.cast("int32_t (*)(int64_t)", mix_address)
local to_tier = ffi.cast("int32_t (*)(const char *, int64_t)", tier_address)
local function mix(x) return to_mix(x) end
local function tier_bps(tier) return to_tier(tier, #tier) end

-- Rows and results are C arrays of the host.
function batch(rows, outs, n)
    rows, outs = ffi.cast("const Order *", rows), ffi.cast("int64_t *", outs)
    for row = 0, n - 1 do
        local order = rows[row]
        local subtotal = tonumber(order.qty) * tonumber(order.unit_cents)
        local bps = to_tier(order.tier, order.length) + volume_bps(subtotal)
        outs[row] = price_of(subtotal, bps)
    end
end
"#;

/// What both ways share.
const COMMON: &str = r#"
local function truncated(x) return x >= 0 and math.floor(x) or math.ceil(x) end
function volume_bps(subtotal) return subtotal >= 100000 and 1000 or subtotal >= 50000 and 500 or 0 end
function price_of(subtotal, bps) return subtotal - truncated(subtotal * bps / 10000) end
"#;

const RULES: &str = r#"
function loop_int(n)
    local sum = 0
    for i = 0, n - 1 do sum = sum + mix(i) end
    return sum
end

function loop_text(n)
    local sum = 0
    for i = 0, n - 1 do sum = sum + tier_bps(i % 2 == 0 and "gold" or "silver") end
    return sum
end

function row_scalar(x) return mix(x) + 7 end

function row_fields(qty, unit_cents, tier)
    local subtotal = qty * unit_cents
    return price_of(subtotal, tier_bps(tier) + volume_bps(subtotal))
end

function row_record(order)
    local subtotal = order.qty * order.unit_cents
    return price_of(subtotal, tier_bps(order.tier) + volume_bps(subtotal))
end

function pipeline(n)
    local sum = 0
    for i = 0, n - 1 do
        if i % 3 == 1 then sum = sum + i * i % 1000 end
    end
    return sum
end

function text(n)
    local pieces = {}
    for i = 0, n - 1 do pieces[#pieces + 1] = "line " .. i .. ": " .. i % 97 .. " pieces" end
    return #table.concat(pieces, ", ")
end

function recursion(n)
    if n < 2 then return n end
    return recursion(n - 1) + recursion(n - 2)
end
"#;

extern "C" fn mix_c(x: i64) -> i32 {
    mix(x) as i32
}

/// # Safety
/// A text of this length is there.
unsafe extern "C" fn tier_c(text: *const u8, length: i64) -> i32 {
    // SAFETY: as the caller says. Texts of the host and of scripts here are UTF-8.
    tier_bps(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(text, length as usize)) }) as i32
}

/// A row as the FFI sees it.
#[repr(C)]
struct Order {
    qty: i64,
    unit_cents: i64,
    tier: *const u8,
    length: i64,
}

pub fn ffi(workload: Workload) -> Result<Work, Box<dyn Error>> {
    // SAFETY: the scripts are those of this file, and hand to the FFI what its functions take.
    let lua = unsafe { Lua::unsafe_new() };
    lua.globals().set("mix_address", LightUserData(mix_c as *const () as *mut _))?;
    lua.globals().set("tier_address", LightUserData(tier_c as *const () as *mut _))?;
    lua.load(format!("{COMMON}{FFI}{RULES}")).exec()?;
    match workload {
        Workload::Batch => {
            let rule: Function = lua.globals().get("batch")?;
            let row = |(qty, unit_cents, tier): (i64, i64, &'static str)| Order {
                qty,
                unit_cents,
                tier: tier.as_ptr(),
                length: tier.len() as i64,
            };
            let mut rows: Vec<Order> = (0..MOST).map(order).map(row).collect();
            let mut outs = vec![0_i64; MOST];
            Work::pass(move |n| {
                let (from, to) = (LightUserData(rows.as_mut_ptr().cast()), LightUserData(outs.as_mut_ptr().cast()));
                let _ = &lua;
                match rule.call::<()>((from, to, n as i64)) {
                    Ok(()) => digest(&outs[..n as usize]),
                    Err(_) => 0,
                }
            })
        }
        Workload::RowRecord => {
            let rule: Function = lua.globals().get("row_fields")?;
            let rows: Vec<_> = (0..ROWS).map(order).collect();
            Work::pass(move |n| {
                let _ = &lua;
                sum_calls(n, |index| rule.call::<i64>(rows[index % ROWS]).ok())
            })
        }
        _ => of_number(lua, workload),
    }
}

pub fn callbacks(workload: Workload) -> Result<Work, Box<dyn Error>> {
    let lua = Lua::new();
    lua.globals().set("mix", lua.create_function(|_, x: i64| Ok(mix(x)))?)?;
    lua.globals().set("tier_bps", lua.create_function(|_, tier: mlua::BorrowedStr| Ok(tier_bps(&tier)))?)?;
    lua.load(format!("{COMMON}{RULES}")).exec()?;
    match workload {
        Workload::Batch => Ok(Work::Cannot(ROW_BY_ROW)),
        Workload::RowRecord => {
            let rule: Function = lua.globals().get("row_record")?;
            let rows: Vec<_> = (0..ROWS).map(order).collect();
            Work::pass(move |n| {
                sum_calls(n, |index| {
                    let (qty, unit_cents, tier) = rows[index % ROWS];
                    let row = lua.create_table_with_capacity(0, 3).ok()?;
                    row.raw_set("qty", qty).ok()?;
                    row.raw_set("unit_cents", unit_cents).ok()?;
                    row.raw_set("tier", tier).ok()?;
                    rule.call::<i64>(row).ok()
                })
            })
        }
        _ => of_number(lua, workload),
    }
}

/// Workloads that are a function of one number.
fn of_number(lua: Lua, workload: Workload) -> Result<Work, Box<dyn Error>> {
    let name = match workload {
        Workload::LoopInt => "loop_int",
        Workload::LoopText => "loop_text",
        Workload::RowScalar => "row_scalar",
        Workload::Pipeline => "pipeline",
        Workload::Text => "text",
        _ => "recursion",
    };
    let rule: Function = lua.globals().get(name)?;
    let call = move |n: i64| {
        let _ = &lua;
        rule.call::<i64>(n).ok()
    };
    match workload {
        Workload::RowScalar => Work::pass(move |n| sum_calls(n, |index| call(index as i64))),
        Workload::Recursion => Work::pass(move |n| sum_calls(n, |_| call(DEPTH))),
        _ => Work::pass(move |n| call(n as i64).unwrap_or(0)),
    }
}
