//! Prices an order.

use new_app::price::{self, Item, Order};

fn main() -> Result<(), relon::RuleError> {
    let items = [Item::new("TEA-100", 3, 1250), Item::new("CUP-2", 12, 500)];
    let price = price::run(&Order::new("gold", 1, &items[..]))?;
    println!(
        "{} cents, of which {} are postage",
        price.total_cents, price.postage_cents
    );
    Ok(())
}
