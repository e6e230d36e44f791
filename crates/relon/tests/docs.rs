//! Runs the examples of the language reference, so that it cannot promise what is not so.
//!
//! A block marked `relon` that is followed by blocks marked `json args` and `json result` is an example.

use relon::{Backend, Engine, Error};
use serde_json::Value;

const REFERENCE: &str = include_str!("../../../docs/language.md");

#[test]
fn examples_give_the_stated_results() {
    let blocks = blocks(REFERENCE);
    let mut checked = 0;
    for window in blocks.windows(3) {
        let [("relon", rule), ("json args", args), ("json result", result)] = window else { continue };
        for &backend in Backend::ALL {
            let fails = |error: Error| -> String { panic!("{rule}\n{error}") };
            let program = Engine::new().backend(backend).load("example.relon", rule);
            let found = program.and_then(|program| program.run_json(args)).unwrap_or_else(fails);
            assert_eq!(json(&found), json(result), "{rule}");
        }
        checked += 1;
    }
    assert!(checked > 5, "only {checked} examples were found");
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Every fenced block: what is written after the opening fence, and its text.
fn blocks(markdown: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = markdown.split("```").collect();
    parts.iter().skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect()
}
