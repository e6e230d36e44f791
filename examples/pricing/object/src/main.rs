//! Prices the orders on standard input. This program holds the rule as machine code and needs no LLVM.

use pricing::Order;
use relon::Arena;

relon::include_rules!();

fn main() -> std::io::Result<()> {
    let mut arena = Arena::new();
    pricing_orders::price_lines(|order| {
        let quote = pricing::run_in(&mut arena, Order::from_ref(order))?;
        Ok(quote.into_owned())
    })
}
