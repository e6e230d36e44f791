//! What the rule gives.

use std::path::Path;

use new_app::{Item, Order, Price, load};
use relon::{ErrorKind, Program, TrapKind};

fn program() -> Program {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/price.relon")).expect("a program")
}

#[test]
fn gold_gets_three_percent_off() {
    let program = program();
    let rule = program.entry::<(&Order,), Price>().expect("an entry");
    let items = [
        Item {
            sku: "TEA-100".into(),
            quantity: 3,
            unit_cents: 1250,
        },
        Item {
            sku: "CUP-2".into(),
            quantity: 12,
            unit_cents: 500,
        },
    ];
    let order = Order {
        tier: "gold".into(),
        zone: 1,
        items: (&items[..]).into(),
    };
    let price = rule.run((&order,), |price| price).expect("a price");
    assert_eq!(
        price,
        Price {
            items_cents: 9750,
            discount_cents: 292,
            postage_cents: 390,
            total_cents: 9848
        }
    );
}

#[test]
fn an_error_says_what_happened() {
    let program = program();
    let rule = program.entry::<(&Order,), Price>().expect("an entry");
    let order = Order {
        tier: "gold".into(),
        zone: 9,
        items: (&[][..]).into(),
    };
    let error = rule
        .run((&order,), |price| price)
        .expect_err("no such zone");
    assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::NativeFailed));
    assert!(
        error.to_string().contains("nothing is sent to zone 9"),
        "{error}"
    );
}
