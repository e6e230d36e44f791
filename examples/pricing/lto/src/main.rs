//! Prices the orders on standard input. The linker has optimised the rule, its natives and this program as one.

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
