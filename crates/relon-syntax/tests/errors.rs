//! What is reported, where, and with which advice.
//!
//! In a source `«` and `»` stand around the range of the one error it has.

use relon_syntax::{SyntaxError, parse};

fn only_error(marked: &str) -> SyntaxError {
    let source = marked.replace(['«', '»'], "");
    let mut errors = parse(&source).errors;
    assert_eq!(errors.len(), 1, "{source}: {errors:?}");
    errors.remove(0)
}

#[track_caller]
fn check(cases: &[(&str, &str, &str)]) {
    for (marked, message, hint) in cases {
        let error = only_error(marked);
        let start = marked.find('«').expect("a range starts");
        let end = marked.find('»').expect("a range ends") - '«'.len_utf8();
        assert_eq!(error.range, start as u32..end as u32, "{marked}: {error:?}");
        assert!(error.message.contains(message), "{marked}: {error:?}");
        assert!(error.hint.as_deref().unwrap_or("").contains(hint), "{marked}: {error:?}");
    }
}

#[test]
fn operators_that_do_not_exist() {
    check(&[
        ("a «++» b", "`++` does not exist", "use `+`"),
        ("[«+»a]", "no unary `+`", "leave out"),
        ("{ a: b «=» 1 }", "expected `,` or `}`", "=="),
        ("f(x match {} «+» 1)", "can't follow a `match`", "parentheses"),
        ("a «;»", "not part of the language", "no statements"),
        ("{ a «=» 1 }", "separated by `:`", "key: value"),
        ("(a «&» b)", "expected `,` or `)`", "&&"),
    ]);
}

#[test]
fn types_that_do_not_exist() {
    check(&[
        ("#main(Int«?» a) 1", "`T?` does not exist", "Option<T>"),
        ("{ Int«?» a: 1 }", "`T?` does not exist", "Option<T>"),
        ("#schema A { a: Int«?», } 1", "`T?` does not exist", "Option<T>"),
        ("#main(«[»Int] a) 1", "expected a type", "List<T>"),
        ("[a<b «&&» c>]", "expected `,` or `>`", "spaces around `<`"),
    ]);
}

#[test]
fn documents_and_attributes() {
    check(&[
        ("«»", "empty document", "end the file"),
        ("#main()«»", "empty document", "end the file"),
        ("«\u{feff}»1", "byte-order mark", "without BOM"),
        ("#relaxed«,» 1", "no `,` stands after a directive", "remove"),
        ("#«mian»(Int a) -> Int a", "unknown directive `#mian`", "#main"),
        ("#«banana» 1", "unknown directive `#banana`", "`#schema`"),
        ("1 «2»", "expected the end of the file", "one expression"),
        ("&«nephew».a", "unknown reference", "&sibling"),
        ("#import a from «f\"»x\" 1", "expected the path", "plain string"),
    ]);
}

#[test]
fn literals() {
    check(&[
        ("«9223372036854775808»", "does not fit an Int", "largest Int"),
        ("1 - «9223372036854775808»", "does not fit an Int", ""),
        ("-«0x8000000000000001»", "does not fit an Int", ""),
        ("«1e999»", "does not fit a Float", "Infinity"),
        ("«1_000»", "is not a number", "no digit separators"),
        ("«0b12»", "is not a number", "binary"),
        ("a.«0x1»", "no position", "decimal"),
        ("\"a«\\q»\"", "bad escape", "raw string"),
        ("\"«\\u12»\"", "bad escape", "raw string"),
        ("f\"«\\ud800»\"", "bad escape", "raw string"),
        ("«\"»abc", "string is never closed", "closing"),
        ("«f\"»abc", "f-string is never closed", "closing"),
        ("f\"«${»a", "interpolation is never closed", "`}`"),
        ("f\"${«}»\"", "needs an expression", "value"),
        ("f\"${a «b»}\"", "expected the `}`", "one expression"),
    ]);
}

#[test]
fn lists_and_brackets() {
    check(&[
        ("[1 «2»]", "expected `,` or `]`", "separated by `,`"),
        ("{ a: 1 «b»: 2 }", "expected `,` or `}`", "separated by `,`"),
        ("{ a: [1, 2 «}»", "expected `,` or `]`", "still open"),
        ("«{» a: 1", "never closed", ""),
        ("{ a: «,» b: 1 }", "expected an expression", ""),
        ("{ a«,» b: 1 }", "expected `:`", "key: value"),
        ("{ «1»: 2 }", "expected a key", "quotes"),
        ("{ «f\"»a\": 2 }", "expected a key", "computed"),
        ("f(a = 1, «2»)", "positional argument follows", "first"),
        ("[x for x in xs «for» y in ys]", "expected `]`", "nest"),
        ("(«a»: Int) => a", "type stands before its name", "Type name"),
    ]);
}

#[test]
fn patterns_and_methods() {
    check(&[
        ("a match { «1»: 2 }", "expected a pattern", "c ? a : b"),
        ("a match { B «=>» 2 }", "separated by `:`", "Pattern: body"),
        ("a match { B(«(»c)): 2 }", "a name to bind", "arm's body"),
        ("#extend A with { f()«:» 1 } 1", "expected `->`", "declares its result"),
        ("#extend A with { f() -> Int: 1«,» g() -> Int: 2 } 1", "expected the name of a method", "no `,`"),
        ("#enum A { B { c«}» } 1", "expected `:`", "name: Type"),
    ]);
}

#[test]
fn parsing_goes_on_behind_an_error() {
    let parse = parse("{ a: 1 2, b: , c: [1 2], d: x ++ y, Int e f, g: 1 }");
    assert_eq!(parse.errors.len(), 5, "{:#?}", parse.errors);
    let Some(relon_syntax::ast::Expr::Dict(dict)) = parse.tree.root() else { panic!("the root is a dict") };
    let keys: Vec<_> = dict.fields().filter_map(|field| field.key()?.text()).collect();
    assert_eq!(keys, ["a", "b", "c", "d", "e", "g"].map(str::to_owned)[..]);
}
