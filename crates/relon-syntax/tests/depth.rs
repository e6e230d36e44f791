//! Nesting and size: limits are errors, and time grows with the size of the source only.

use std::time::{Duration, Instant};

use relon_syntax::{AstNode, Parse, parse};

fn nested(open: &str, close: &str, levels: usize) -> Parse {
    parse(&format!("{}1{}", open.repeat(levels), close.repeat(levels)))
}

#[test]
fn the_limit_is_256_levels() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{a:", "}"), ("-", ""), ("f(", ")"), ("f\"${", "}\"")] {
        assert_eq!(nested(open, close, 255).errors, [], "{open}");
        let errors = nested(open, close, 257).errors;
        assert_eq!(errors.len(), 1, "{open}");
        assert_eq!(errors[0].message, "this is nested deeper than 256 levels");
    }
}

#[test]
fn hopeless_sources_end_soon_and_on_a_small_stack() {
    let pieces = [
        "(",
        "[",
        "{a:",
        "-",
        "+",
        "!",
        "f(",
        "f\"${",
        "(x) => ",
        "(x) -> ",
        "a ? ",
        "a<",
        "List<",
        "@a(",
        "#default ",
        "#default 1 ",
        "#schema A with { ",
        "#schema A { ",
        "x where { y: ",
        "x match { _: ",
        "A.B { c: ",
        ".b",
        "()",
        ",",
        "[(}",
        "(A) ",
        "\"",
        "1 ",
        "#",
        "&",
        "a:",
        "...",
        "[<",
        "}{",
        "x match { _: 1 }",
        "++",
        "a+b+",
    ];
    for piece in pieces {
        let source = piece.repeat(30_000 / piece.len());
        for prefix in ["", "{ ", "{ x: ", "[ a", "#main("] {
            let text = format!("{prefix}{source}");
            let start = Instant::now();
            assert_eq!(parse(&text).tree.syntax().text().to_string(), text);
            assert!(start.elapsed() < Duration::from_secs(5), "{prefix}{piece}");
        }
    }
}

#[test]
fn chains_and_ladders_may_be_long() {
    assert_eq!(parse(&format!("0{}", " + 1".repeat(2000))).errors, []);
    assert_eq!(parse(&format!("{}0", "a ? 1 : ".repeat(2000))).errors, []);
    let errors = parse(&format!("0{}", "+1".repeat(5000))).errors;
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].message, "this expression is more than 2048 operations deep");
}
