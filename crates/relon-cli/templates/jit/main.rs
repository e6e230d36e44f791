//! Prices an order by the rule that the command line names, or `rules/price.relon`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use new_app::{Item, Order, Price, load};

fn main() -> ExitCode {
    let path = std::env::args_os()
        .nth(1)
        .unwrap_or_else(|| "rules/price.relon".into());
    match run(path.into()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: PathBuf) -> Result<(), Box<dyn Error>> {
    let program = load(&path)?;
    // Compares the structs with the schemas of the rule; a call then passes addresses.
    let rule = program.entry::<(&Order,), Price>()?;
    let mut arena = program.arena();
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
    let price = rule.call(&mut arena, (&order,))?;
    println!(
        "{} cents, of which {} are postage",
        price.total_cents, price.postage_cents
    );
    Ok(())
}
