//! Prices orders by rules that are compiled into this program.

use relon::{Arena, Opt};

relon::include_rules!();

use pricing::{Item, Order, Shipping};

fn main() -> Result<(), relon::RuleError> {
    let items = [Item::new("TEA-100", 3, 1250), Item::new("CUP-2", 12, 499)];
    let order = Order {
        id: "A-17".into(),
        tier: "gold".into(),
        items: (&items[..]).into(),
        shipping: Shipping::Parcel { zone: 2 },
        coupon_cents: 500,
        note: Opt::none(),
    };

    // The result owns what it holds.
    let quote = pricing::run(&order)?;
    println!("{}: {} cents", quote.title, quote.total_cents);

    // The result is a view into an arena, which can be used for one order after the other.
    let mut arena = Arena::new();
    for zone in [1, 2] {
        let order = Order { shipping: Shipping::Parcel { zone }, ..order };
        let quote = pricing::run_in(&mut arena, &order)?;
        println!("to zone {zone}: {} cents", quote.total_cents);
    }

    // A rule that stops says where.
    let elsewhere = Order { shipping: Shipping::Parcel { zone: 9 }, ..order };
    if let Err(error) = pricing::run_in(&mut arena, &elsewhere) {
        println!("{error}");
    }
    Ok(())
}
