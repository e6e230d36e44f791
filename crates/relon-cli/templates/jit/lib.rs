//! Loads the rule when the program runs, from a file that may change without a new build.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use relon::{Engine, List, ModuleFiles, Program, Str};

/// A line of an order: schema `Item` of the rule.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
pub struct Item<'a> {
    /// Stock-keeping unit.
    pub sku: Str<'a>,
    /// Pieces.
    pub quantity: i64,
    /// Price of a piece.
    pub unit_cents: i64,
}

/// What is ordered: schema `Order` of the rule.
#[derive(Clone, Copy, relon::Schema)]
#[repr(C)]
pub struct Order<'a> {
    /// Tier of the customer.
    pub tier: Str<'a>,
    /// Where it is sent.
    pub zone: i64,
    /// The lines.
    pub items: List<'a, Item<'a>>,
}

/// What the rule gives: its schema `Price`.
#[derive(Clone, Copy, Debug, PartialEq, relon::Schema)]
#[repr(C)]
pub struct Price {
    /// Of all items.
    pub items_cents: i64,
    /// Off the sum.
    pub discount_cents: i64,
    /// What it costs to send.
    pub postage_cents: i64,
    /// What is to be paid.
    pub total_cents: i64,
}

/// Compiles a rule, which may import the files beside it and inlines the natives of this program.
///
/// # Errors
/// A file that cannot be read, and whatever is wrong with the rule.
pub fn load(path: &Path) -> Result<Program, Box<dyn Error>> {
    let source = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let mut engine = Engine::new();
    engine.natives(Arc::new(relon::include_natives!()?));
    engine.modules(ModuleFiles::within(path.parent().unwrap_or(Path::new("."))));
    Ok(engine.load(&path.display().to_string(), &source)?)
}
