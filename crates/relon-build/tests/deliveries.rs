//! The example's three programs and the evaluator, on the same orders: the rule is loaded as text, compiled in, and optimised by the linker,
//! and every quote and every error is the same.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use relon::{Backend, Engine, NativesPackage};
use serde_json::{Value, json};
use support::{answer, repository, succeeds, target, target_of_host};

/// The rule, as seen from the folders of the programs.
const RULE: &str = "../pricing.relon";
const ORDERS: usize = 1000;

/// Numbers that are the same in every run: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn within(&mut self, first: i64, last: i64) -> i64 {
        first + (self.next() % (last - first + 1) as u64) as i64
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.next() as usize % choices.len()]
    }

    /// One of the usual values, or one time in `rarity` one of the others.
    fn rarely<T: Copy>(&mut self, rarity: u64, usual: &[T], others: &[T]) -> T {
        if self.next().is_multiple_of(rarity) { self.pick(others) } else { self.pick(usual) }
    }
}

fn item(random: &mut Random) -> Value {
    let usual = (random.within(1, 1000), random.within(0, 1_000_000), random.within(0, 40_000));
    json!({
        "sku": random.pick(&["DSK-160", "PEN \"gel\"", "Käse", "", "\u{1f58b} a\nb"]),
        "category": random.pick(&["bulky", "digital", "home", "food"]),
        "quantity": random.rarely(300, &[usual.0], &[0, 1001, -5, i64::MAX]),
        "unit_cents": random.rarely(300, &[usual.1], &[-1, 1_000_001, i64::MIN]),
        "weight_grams": random.rarely(300, &[usual.2], &[-1, 1_000_001]),
    })
}

/// An order. About every third is wrong in some way.
fn order(random: &mut Random, number: usize) -> Value {
    let years = random.within(0, 100);
    let coupons =
        [None, None, Some("SPRING-26"), Some("SPRING"), Some("WELCOME"), Some("SAVE-15"), Some("SAVE-100"), Some("X")];
    let customer = json!({
        "name": random.pick(&["Hélène Dupont", "O'Neil \\ Söhne", "", "李雷"]),
        "tier": random.rarely(25, &["standard", "silver", "gold"], &["bronze", "", "Gold"]),
        "region": random.rarely(15, &["DE", "FR", "AT", "CH", "US-OR"], &["XX", "fr", ""]),
        "years": random.rarely(40, &[years], &[-1, 101, i64::MIN]),
        // Some are no number of percent, and some are more percent than there are cents.
        "coupon": random.rarely(10, &coupons, &[Some("SAVE-much"), Some("SAVE-"), Some("SAVE-4294967295")]),
    });
    let lines = random.within(1, 12);
    let lines = random.rarely(40, &[lines], &[0, 101]);
    let items: Vec<Value> = (0..lines).map(|_| item(random)).collect();
    json!({ "order": { "id": format!("A-{number}"), "customer": customer, "items": items, "express": random.pick(&[true, false]) } })
}

/// What the evaluator makes of each order, in the form in which the programs print it.
fn evaluated(example: &Path, orders: &[String]) -> Vec<String> {
    let natives = NativesPackage::build(&example.join("natives"), &mut |_| {}).expect("natives");
    let text = std::fs::read_to_string(example.join("pricing.relon")).expect("the rule");
    let mut engine = Engine::new();
    engine.backend(Backend::Eval).natives(Arc::new(natives));
    let program = engine.load(RULE, &text).expect("a program");
    let line = |order: &String| match program.run_json(order) {
        Ok(quote) => serde_json::from_str::<Value>(&quote).expect("JSON").to_string(),
        Err(error) => {
            let problem = &error.problems()[0];
            let (sources, span) = (error.sources().expect("sources"), problem.span.expect("a span"));
            let position = sources.file(span).position(span.start);
            let place = format!("{}:{}:{}", sources.file(span).path(), position.line, position.column);
            json!({ "error": { "kind": error.kind().name(), "message": problem.message, "place": place } }).to_string()
        }
    };
    orders.iter().map(line).collect()
}

/// The three programs: their names and how to run them.
fn programs(example: &Path) -> [(&'static str, Command); 3] {
    let built = |folder: &str, profile: &[&str], program: PathBuf| {
        let folder = example.join(folder);
        succeeds(&folder, &[&["build", "--locked"], profile].concat());
        let mut command = Command::new(program);
        command.current_dir(folder);
        command
    };
    let mut loaded = built("jit", &[], target().join("debug/pricing-jit"));
    loaded.arg(RULE);
    [
        ("loaded", loaded),
        ("object", built("object", &[], target().join("debug/pricing-object"))),
        ("lto", built("lto", &["--release"], target_of_host().join("release/pricing-lto"))),
    ]
}

/// How often each kind of error, and each broken promise of an argument, is among the answers.
fn tally(answers: &[String]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        let error = answer["error"].as_object();
        let kind = error.map_or("a quote", |error| error["kind"].as_str().expect("a kind"));
        *tally.entry(kind.to_owned()).or_default() += 1;
        if let Some(error) = error.filter(|_| kind == "MainArgTypeMismatch") {
            *tally.entry(error["message"].as_str().expect("a message").to_owned()).or_default() += 1;
        }
    }
    tally
}

/// Orders that nothing is wrong with are the most; each kind of error, and each promise of the rule, has enough to count.
fn check(tally: &BTreeMap<String, usize>) {
    let count = |name: &str| tally.iter().filter(|(key, _)| key.ends_with(name)).map(|(_, count)| count).sum::<usize>();
    assert!(count("a quote") > ORDERS / 2, "{tally:#?}");
    for name in [
        "NumericOverflow",
        "NativePanicked",
        "NativeFailed",
        "an order has 1 to 100 lines",
        "a line is for 1 to 1,000 pieces",
        "a piece costs at most 10,000.00",
        "a piece weighs at most a tonne",
        "a tier is standard, silver or gold",
        "nobody has been a customer for more than a century",
    ] {
        assert!(count(name) >= 10, "{name}: {tally:#?}");
    }
}

#[test]
fn a_thousand_orders_give_the_same_in_every_delivery() {
    let example = repository().join("examples/pricing");
    let mut random = Random(20_931);
    let orders: Vec<String> = (0..ORDERS).map(|number| order(&mut random, number).to_string()).collect();
    let expected = evaluated(&example, &orders);
    let input = orders.iter().map(|order| format!("{order}\n")).collect::<String>();
    for (name, mut program) in programs(&example) {
        let printed = answer(&mut program, &input);
        let printed: Vec<&str> = printed.lines().collect();
        assert_eq!(printed.len(), ORDERS, "{name}");
        for ((found, expected), order) in printed.iter().zip(&expected).zip(&orders) {
            assert_eq!(found, expected, "{name}: {order}");
        }
    }
    check(&tally(&expected));
}
