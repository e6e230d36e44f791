//! Runs the cases of `tests/ir` on both code generators, holds the verifier to its rules with those of `tests/ir/invalid`, and prints and
//! parses whatever IR there is: that of the cases and that of every program of the suite.
//!
//! A case is IR with comments above it: `// run 7, 2.5 = true` calls the entry with these values, `// run 0 = trap site1` says where it traps.
//! A broken module says `// rule 3` which rule it breaks, and `// message: ...` what the verifier finds.

mod case;
mod natives;
mod ops;
mod suite;
mod ways;

use case::Case;
use relon_ir::{Module, verify};

#[test]
fn every_case_gives_what_it_should_in_every_way() {
    for case in case::all() {
        assert_eq!(verify(&case.module), Ok(()), "{}", case.name);
        for way in ways::ALL {
            let code = way.compile(&case.module);
            for run in &case.runs {
                let found = code.run(&case.module, &run.arguments);
                assert_eq!(found, run.expected, "{} ({way:?}) of {:?}", case.name, run.arguments);
            }
        }
    }
}

#[test]
fn every_op_has_a_case_and_so_has_every_trap() {
    let covered: Vec<String> = case::all().iter().flat_map(ops::covered).collect();
    let missing: Vec<String> = ops::all().into_iter().filter(|op| !covered.contains(op)).collect();
    assert!(missing.is_empty(), "tests/ir has no case for {missing:?}");
}

#[test]
fn every_case_prints_as_the_module_that_it_is() {
    for Case { name, module, .. } in case::all() {
        assert_eq!(module.to_string().parse::<Module>().as_ref(), Ok(&module), "{name}");
    }
}

/// What the verifier says of its rules.
const VERIFIER: &str = include_str!("../../../relon-ir/src/verify.rs");

#[test]
fn every_rule_is_broken_by_a_module_that_is_refused_with_its_message() {
    let mut rules: Vec<u32> = VERIFIER.lines().filter_map(rule).collect();
    assert_eq!(rules, (1..=rules.len() as u32).collect::<Vec<_>>());
    for (name, text) in case::texts("invalid") {
        let header =
            |start: &str| text.lines().find_map(|line| line.strip_prefix(start)).expect("a line of the header");
        let module: Module = text.parse().unwrap_or_else(|error| panic!("{name}:{error}"));
        assert_eq!(verify(&module).expect_err(&name).to_string(), header("// message: "), "{name}");
        let broken: u32 = header("// rule ").parse().expect("the number of a rule");
        rules.retain(|rule| *rule != broken);
    }
    assert!(rules.is_empty(), "tests/ir/invalid has nothing that breaks the rules {rules:?}");
}

/// The number of the rule that a line of the documentation states.
fn rule(line: &str) -> Option<u32> {
    line.strip_prefix("//! ")?.split_once(". ")?.0.parse().ok()
}

/// Bytes of a case are changed, doubled and left out. What still parses has to print as the module that it is; nothing may panic.
#[test]
fn no_text_makes_the_parser_or_the_verifier_panic() {
    const MARKS: &[u8] = b" \n\"\\(){}[]<>,:;=+-./0123456789abcdefnvx";
    let mut state = 1u64;
    let mut below = |end: usize| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 33) as usize % end
    };
    let mut parsed = 0;
    for (name, text) in case::texts("") {
        for _ in 0..200 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..1 + below(3) {
                let (at, mark) = (below(bytes.len()), MARKS[below(MARKS.len())]);
                match below(4) {
                    0 => drop(bytes.remove(at)),
                    1 => bytes.insert(at, mark),
                    2 => bytes[at] = mark,
                    _ => drop(bytes.drain(at..(at + 1 + below(40)).min(bytes.len()))),
                }
            }
            let Ok(module) = String::from_utf8_lossy(&bytes).parse::<Module>() else { continue };
            assert_eq!(module.to_string().parse::<Module>().as_ref(), Ok(&module), "{name}");
            drop(verify(&module));
            parsed += 1;
        }
    }
    assert!(parsed > 1000, "only {parsed} of the changed texts are modules");
}
