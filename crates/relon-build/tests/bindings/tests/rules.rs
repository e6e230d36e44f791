//! What the rules give when they are compiled into a program.

use relon::{Arena, Opt, TrapKind, Views};

relon::include_rules!();

use pricing::{Item, Order, Shipping};

const ITEMS: [(&str, i64, i64); 2] = [("TEA-100", 3, 1250), ("CUP-2", 12, 499)];

fn items() -> Vec<Item<'static>> {
    ITEMS.map(|(sku, quantity, unit_cents)| Item::new(sku, quantity, unit_cents)).to_vec()
}

fn order<'a>(items: &'a [Item<'a>], shipping: Shipping) -> Order<'a> {
    Order {
        id: "A-17".into(),
        tier: "gold".into(),
        items: items.into(),
        shipping,
        coupon_cents: 500,
        note: Opt::some("fragile".into()),
    }
}

/// Lines less 3 %, rounded half up, as Rust does it.
fn net(quantity: i64, unit_cents: i64) -> i64 {
    let gross = quantity * unit_cents;
    gross - (gross * 300 + 5000) / 10000
}

#[test]
fn results_are_those_of_the_rule() {
    let items = items();
    let mut arena = Arena::new();
    let order = order(&items, Shipping::Parcel { zone: 2 });
    let quote = pricing::run_in(&mut arena, &order).expect("a quote");
    let nets: Vec<i64> = ITEMS.iter().map(|(_, quantity, cents)| net(*quantity, *cents)).collect();
    assert_eq!(quote.title, "Order A-17, 15 pieces");
    assert_eq!(
        quote.lines.iter().map(|line| (line.sku.as_str(), line.net_cents)).collect::<Vec<_>>(),
        [("TEA-100", nets[0]), ("CUP-2", nets[1])]
    );
    assert_eq!(quote.total_cents, nets.iter().sum::<i64>() - 500 + 790);
    assert_eq!(quote.note.into_option().map(|note| note.as_str()), Some("fragile"));
    assert_eq!(quote.parts.get("postage"), Some(&790));
    assert_eq!(quote.parts.get("tax"), None);
    let owned = quote.into_owned();
    assert_eq!(owned.lines[1].sku, "CUP-2");
    assert_eq!(owned.parts.keys().collect::<Vec<_>>(), ["net", "postage"]);
    assert_eq!(owned.note.as_deref(), Some("fragile"));
}

#[test]
fn enums_reach_the_rule_with_their_payload() {
    let items = items();
    for (shipping, postage) in
        [(Shipping::Pickup, 0), (Shipping::Parcel { zone: 1 }, 390), (Shipping::Boxes(1, 300), 600)]
    {
        let quote = pricing::run(&order(&items, shipping)).expect("a quote");
        assert_eq!(quote.postage_cents, postage, "{shipping:?}");
    }
}

#[test]
fn errors_say_where() {
    let mut items = items();
    let error = pricing::run(&order(&items, Shipping::Parcel { zone: 9 })).expect_err("no such zone");
    assert_eq!(error.kind(), TrapKind::NativeFailed);
    assert_eq!(
        error.to_string(),
        "rules/pricing.relon:57:26: NativeFailed: a native failed: nothing is sent to zone 9"
    );
    let error = pricing::run(&order(&items, Shipping::Boxes(7, 1))).expect_err("no such box");
    assert_eq!((error.kind(), error.line()), (TrapKind::NativePanicked, 58));
    assert!(error.message().contains("index out of bounds"), "{error}");
    items[0].quantity = 0;
    let error = pricing::run(&order(&items, Shipping::Pickup)).expect_err("a line for nothing");
    assert_eq!((error.kind(), error.line()), (TrapKind::MainArgTypeMismatch, 14));
    assert!(error.message().contains("a line is for at least one piece"), "{error}");
    let error = split_evenly::run(10, 0).expect_err("no parts");
    assert_eq!(error.to_string(), "rules/split-evenly.relon:5:1: DivisionByZero: division by zero");
}

#[test]
fn numbers_that_are_not_finite_are_no_results() {
    let left = ratio::run(1.0, 4.0).expect("a share");
    assert_eq!((left.share, left.left.value, left.left.some), (0.25, 3.0, true));
    let error = ratio::run(f64::MAX, -f64::MAX).expect_err("too far apart");
    assert_eq!(error.kind(), TrapKind::NonFiniteFloat);
    assert!(error.message().ends_with("at `.left.value`"), "{error}");
}

#[test]
fn types_may_hold_themselves() {
    let leaves = [tree::Node::new(3, &[][..]), tree::Node::new(4, &[][..])];
    let root = tree::Node::new(1, &leaves[..]);
    let sum = tree::run(&root).expect("a sum");
    assert_eq!(sum.total, 8);
    assert_eq!(sum.copy.below[1].value, 4);
    let mut arena = Arena::with_limits(1 << 20, 1);
    assert_eq!(tree::run_in(&mut arena, &root).expect_err("too deep").kind(), TrapKind::RecursionLimitExceeded);
    let mut arena = Arena::with_limits(1 << 20, u64::MAX);
    let error = tree::run_in(&mut arena, &root).expect_err("no stack has room for so many calls");
    assert_eq!(error.kind(), TrapKind::RecursionLimitExceeded);
    assert!(error.message().contains("too much stack for 18446744073709551615 nested calls"), "{error}");
}

#[test]
fn an_arena_takes_no_more_memory_from_the_second_run_on() {
    let items = items();
    let order = order(&items, Shipping::Pickup);
    let mut arena = Arena::new();
    pricing::run_in(&mut arena, &order).expect("a quote");
    let (capacity, used) = (arena.capacity(), arena.used_bytes());
    for _ in 0..1000 {
        pricing::run_in(&mut arena, &order).expect("a quote");
    }
    assert!(used > 0);
    assert_eq!(arena.capacity(), capacity);
    let mut small = Arena::with_limits(16, 100);
    assert_eq!(pricing::run_in(&mut small, &order).expect_err("no room").kind(), TrapKind::ValueTooLarge);
}

#[test]
fn a_batch_is_what_its_rows_are() {
    let items = items();
    let rows = [Shipping::Pickup, Shipping::Parcel { zone: 1 }, Shipping::Boxes(2, 100)]
        .map(|shipping| order(&items, shipping));
    let mut arena = Arena::new();
    let quotes = pricing::run_batch_in(&mut arena, &rows).expect("quotes");
    let singles: Vec<i64> = rows.iter().map(|row| pricing::run(row).expect("a quote").total_cents).collect();
    assert_eq!(quotes.iter().map(|quote| quote.total_cents).collect::<Vec<_>>(), singles);

    let mut outs = [0; 4];
    split_evenly::run_batch(&mut arena, &[10, 20, 30, 40], &[1, 2, 3, 4], &mut outs).expect("parts");
    assert_eq!(outs, [10, 10, 10, 10]);
    let error = split_evenly::run_batch(&mut arena, &[7, 7, 7, 7], &[7, 1, 0, 1], &mut outs).expect_err("no parts");
    assert_eq!((error.row(), error.kind(), outs), (Some(2), TrapKind::DivisionByZero, [1, 7, 10, 10]));
    let error = split_evenly::run_batch(&mut arena, &[1, 2], &[1], &mut outs[..2]).expect_err("one is missing");
    assert_eq!(error.kind(), TrapKind::MissingMainArg);
    split_evenly::run_batch(&mut arena, &[], &[], &mut []).expect("nothing");
}

#[test]
fn arguments_that_were_checked_once_run_as_others() {
    use checked_once::{Line, Valid2};

    let line = |qty| Line::new(qty, 250, "TEA");
    let mut arena = Arena::new();
    let (lines, few) = ([line(3), line(10_000)], [line(0)]);
    for (lines, x, by) in [(&lines[..], 4, 7), (&lines[..1], 4, 0), (&few[..], 4, 7), (&lines[..], 100, 7), (&[], 0, 0)] {
        let (scale, extra) = (Valid2::new(x), Some(line(5)));
        let run = checked_once::run(lines, &scale, "name", extra, by);
        let valid = checked_once::validate(lines, &scale, "name", extra, by);
        let in_arena = checked_once::validate_in(&mut arena, lines, &scale, "name", extra, by);
        assert_eq!(valid.and_then(|valid| checked_once::run_valid(&valid)), run);
        assert_eq!(in_arena.and_then(|valid| checked_once::run_valid_in(&mut arena, &valid)), run);
    }
    let run = checked_once::run(&lines, &Valid2::new(4), "name", Some(few[0]), 7);
    assert_eq!(checked_once::validate(&lines, &Valid2::new(4), "name", Some(few[0]), 7).map(|_| 0), run);
    assert!(run.expect_err("a line of nothing").message().contains("1 to 10,000 pieces"));
}

/// The name of a rule can be that of another with what the names of its functions end with.
#[test]
fn rules_do_not_share_symbols() {
    use checked_once_valid::Many;

    assert_eq!(checked_once_valid::run(&Many::new(5)), Ok(6));
    assert!(checked_once_valid::run(&Many::new(0)).is_err());
    let many = Many::new(7);
    assert_eq!(checked_once_valid::validate(&many).and_then(|valid| checked_once_valid::run_valid(&valid)), Ok(8));
}

#[test]
fn values_of_all_kinds_are_checked_within() {
    use checked_within::{Item, Node, Size};
    use relon::{Dict, Entry, Res};

    let (good, bad) = (Item::new(7), Item::new(100));
    let item = |is_bad: bool| if is_bad { bad } else { good };
    let mut arena = Arena::new();
    for at in 0..8 {
        let leaves = [Node::new(3, &[][..]), Node::new(if at == 1 { 1001 } else { 4 }, &[][..])];
        let three = [leaves[0]; 3];
        let root = Node::new(1, if at == 2 { &three[..] } else { &leaves[..] });
        let mut entries = [Entry::new("b", good), Entry::new("a", item(at == 3))];
        let items = Dict::from_entries(&mut entries);
        let last: Res<Item, relon::Str<'_>> = if at == 4 { Err("none".into()) } else { Ok(item(at == 5)) }.into();
        for size in [Size::None, Size::Some(item(at == 6)), Size::Both { first: good, second: item(at == 6) }] {
            let pair = (700, item(at == 7)).into();
            let run = checked_within::run(&root, items, &size, pair, last);
            let valid = checked_within::validate_in(&mut arena, &root, items, &size, pair, last);
            assert_eq!(valid.and_then(|valid| checked_within::run_valid_in(&mut arena, &valid)), run, "{at}");
            let passes = matches!(at, 0 | 4) || at == 6 && size == Size::None;
            assert_eq!(run.is_ok(), passes, "{at}: {run:?}");
        }
    }
}

#[test]
fn rows_that_were_checked_once_run_as_others() {
    let items = items();
    let mut orders: Vec<Order<'_>> = (0..1000).map(|_| order(&items, Shipping::Pickup)).collect();
    let mut arena = Arena::new();
    let titles = |quotes: &[pricing::Quote<'_>]| quotes.iter().map(|quote| quote.total_cents).collect::<Vec<_>>();
    let expected = pricing::run_batch_in(&mut arena, &orders).map(titles).expect("quotes");
    let valid = pricing::validate_batch(&mut arena, &orders).expect("valid orders");
    let some = valid.get(10..700).expect("so many orders");
    assert_eq!(pricing::run_valid_batch_in(&mut arena, &valid).map(titles).expect("quotes"), expected);
    assert_eq!(pricing::run_valid_batch_in(&mut arena, &some).map(titles).expect("quotes"), expected[10..700]);
    assert!(valid.get(0..1001).is_none() && valid.row(1000).is_none());
    let total = |row: &pricing::Valid<'_>| pricing::run_valid(row).expect("a quote").total_cents;
    assert_eq!(valid.row(999).as_ref().map(total), Some(expected[999]));

    let bad = [Item::new("TEA-100", 0, 1250)];
    (orders[700].items, orders[900].items) = ((&bad[..]).into(), (&bad[..]).into());
    let run = pricing::run_batch_in(&mut arena, &orders).map(titles).expect_err("a line for nothing");
    let checked = pricing::validate_batch(&mut arena, &orders).map(|_| ()).expect_err("a line for nothing");
    assert_eq!((checked.row(), &checked), (Some(700), &run));

    // Parameters of all kinds, by rows.
    let lines = [checked_once::Line::new(3, 250, "TEA")];
    let all = [(&lines[..]).into(); 4];
    let (scales, names) = ([checked_once::Valid2::new(4); 4], ["a", "ab", "abc", ""].map(relon::Str::new));
    let (extras, by) = ([Opt::none(), Opt::some(lines[0]), Opt::none(), Opt::none()], [7, 3, 1, 2]);
    let valid = checked_once::validate_batch(&mut arena, &all, &scales, &names, &extras, &by).expect("valid rows");
    let outs = checked_once::run_valid_batch_in(&mut arena, &valid).expect("sums").to_vec();
    assert_eq!(outs, [754 / 7, 761 / 3, 762, 750 / 2]);
    for (row, out) in outs.iter().enumerate() {
        assert_eq!(checked_once::run_valid(&valid.row(row).expect("a row")), Ok(*out));
    }

    // Of a rule without checks everything is valid, and what stops it stops it then.
    let valid = split_evenly::validate_batch(&mut arena, &[7, 7, 7], &[7, 1, 0]).expect("anything");
    let mut outs = [9; 3];
    let error = split_evenly::run_valid_batch(&mut arena, &valid, &mut outs).expect_err("no parts");
    assert_eq!((error.row(), error.kind(), outs), (Some(2), TrapKind::DivisionByZero, [1, 7, 9]));
    let uneven = split_evenly::validate_batch(&mut arena, &[1, 2], &[1]).expect_err("one is missing");
    assert_eq!(uneven.kind(), TrapKind::MissingMainArg);
}

#[test]
fn owned_values_are_lent_to_rules() {
    let items = items();
    for shipping in [Shipping::Pickup, Shipping::Parcel { zone: 2 }, Shipping::Boxes(1, 300)] {
        let order = order(&items, shipping);
        let owned = order.into_owned();
        let mut views = Views::new();
        assert_eq!(owned.view(&views), order);
        let (lent, own) = (pricing::run(&owned.view(&views)), pricing::run(&order));
        assert_eq!(lent.expect("a quote").lines, own.expect("a quote").lines);
        views.clear();
    }
    let quote = pricing::run(&order(&items, Shipping::Pickup)).expect("a quote");
    let views = Views::new();
    assert_eq!(quote.view(&views).parts.get("net"), quote.parts.get("net"));
    assert_eq!(quote.view(&views).into_owned(), quote);
}

#[test]
fn a_batch_can_go_on_behind_rows_that_fail() {
    let mut arena = Arena::new();
    let (totals, parts): (Vec<i64>, Vec<i64>) = (0..10_000).map(|row| (row * 10, row % 7)).unzip();
    let mut rows = Vec::new();
    split_evenly::run_each(&mut arena, &totals, &parts, |row, result| {
        assert_eq!(row, rows.len(), "one row after the other");
        rows.push(result.map_err(|error| (error.row(), error.kind())));
    })
    .expect("lists of one length");
    for (row, result) in rows.iter().enumerate() {
        let divided = totals[row].checked_div(parts[row]);
        assert_eq!(*result, divided.ok_or((Some(row), TrapKind::DivisionByZero)), "row {row}");
    }
    assert_eq!(rows.len(), 10_000);
    let uneven = split_evenly::run_each(&mut arena, &[1, 2], &[1], |row, _| panic!("row {row} was run"));
    assert_eq!(uneven.expect_err("one is missing").kind(), TrapKind::MissingMainArg);
}

#[test]
fn rows_have_room_however_many_there_are() {
    let items = items();
    let rows: Vec<Order<'_>> = (0..50)
        .map(|row| order(&items, if row == 20 { Shipping::Parcel { zone: 9 } } else { Shipping::Pickup }))
        .collect();
    let mut arena = Arena::new();
    pricing::run_in(&mut arena, &rows[0]).expect("a quote");
    let one = arena.used_bytes();
    for (room, good) in [(one * 4, 49), (one * 200, 49), (one / 2, 0)] {
        let mut arena = Arena::with_limits(room, 100);
        let (mut titles, mut errors) = (Vec::new(), Vec::new());
        pricing::run_each(&mut arena, &rows, |row, result| match result {
            Ok(quote) => titles.push((row, quote.title.to_string())),
            Err(error) => errors.push((row, error.kind())),
        })
        .expect("one list");
        assert_eq!(titles.len(), good, "with room for {room} bytes: {errors:?}");
        assert!(titles.iter().all(|(_, title)| title == "Order A-17, 15 pieces"));
        match good {
            0 => assert!(errors.iter().all(|(_, kind)| *kind == TrapKind::ValueTooLarge), "{errors:?}"),
            _ => assert_eq!(errors, [(20, TrapKind::NativeFailed)]),
        }
    }
}

#[test]
fn a_static_of_a_native_is_one() {
    let items = items();
    let order = order(&items, Shipping::Pickup);
    // Other tests draw numbers as well, but none draws one twice.
    let numbers = [
        pricing_app_natives::quote_number(),
        pricing::run(&order).expect("a quote").number,
        pricing_app_natives::quote_number(),
        pricing::run(&order).expect("a quote").number,
    ];
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}

/// A struct of the program's own, in the layout of a schema.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
struct Article<'a> {
    sku: relon::Str<'a>,
    quantity: i64,
    unit_cents: i64,
}

#[test]
fn a_struct_of_the_program_stands_for_a_schema() {
    let article = Article { sku: "TEA-100".into(), quantity: 2, unit_cents: 100 };
    let item = Item::from_ref(&article);
    assert_eq!(*item, Item::new("TEA-100", 2, 100));
    let quote = pricing::run(&order(std::slice::from_ref(item), Shipping::Pickup)).expect("a quote");
    assert_eq!(quote.total_cents, net(2, 100) - 500);
    let articles = [article, Article { sku: "MUG-1".into(), quantity: 7, unit_cents: 3 }];
    assert_eq!(Item::from_slice(&articles), [Item::new("TEA-100", 2, 100), Item::new("MUG-1", 7, 3)]);
    assert!(Item::from_slice::<Article<'_>>(&[]).is_empty());
}

#[test]
fn owned_values_are_stored_as_text_and_restored() {
    let text = concat!(
        r#"{"type":"gift","cents":null,"sizes":["Small",{"Large":{"extra":7}},{"Boxes":[2,"red"]}],"#,
        r#""shares":{"a":0.25,"b":1.0},"checked":{"Err":"no"}}"#
    );
    let basket: stored::BasketOwned = serde_json::from_str(text).expect("a basket");
    assert_eq!((basket.r#type.as_str(), basket.cents, basket.shares["a"]), ("gift", None, 0.25));
    assert_eq!(basket.sizes[2], stored::SizeOwned::Boxes(2, "red".to_owned()));
    assert_eq!(serde_json::to_string(&basket).expect("a text"), text);
    assert!(serde_json::from_str::<stored::BasketOwned>(&text.replace("0.25", "true")).is_err());
}
