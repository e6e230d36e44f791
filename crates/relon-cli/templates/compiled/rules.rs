//! What the rules give.

use new_app::price::{self, Item, Order};
use relon::TrapKind;

#[test]
fn gold_gets_three_percent_off() {
    let items = [Item::new("TEA-100", 3, 1250), Item::new("CUP-2", 12, 500)];
    let price = price::run(&Order::new("gold", 1, &items[..])).expect("a price");
    assert_eq!(
        (price.items_cents, price.discount_cents, price.total_cents),
        (9750, 292, 9848)
    );
}

#[test]
fn an_error_says_what_happened_and_where() {
    let error = price::run(&Order::new("gold", 9, &[][..])).expect_err("no such zone");
    assert_eq!(error.kind(), TrapKind::NativeFailed);
    assert_eq!(
        error.to_string(),
        "rules/price.relon:31:20: NativeFailed: a native failed: nothing is sent to zone 9"
    );
}
