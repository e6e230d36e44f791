//! The tree holds every byte, errors stand where they belong, and no input brings the parser down.

use relon_syntax::ast::AstNode;
use relon_syntax::{SyntaxNode, parse};

const SAMPLES: &[&str] = &[
    "#main(Int n) -> Int\nn * 2 // twice\n",
    "#import { map as m, filter } from \"std/list\"\n#schema A { #expect \"x\" Int a: (a) => a > 0, b: List<Int>, #default (self) => self.a Int c: * }\n{ T f(T x) -> T: x, g: (a, Int b) -> Int => a + b, ...r, [<String> k]: 1, \"q\": [x for x in xs if x > 1] }",
    "f\"a ${ b + f\"${\"}\"}\" } c\" + r#\"raw \" text\"#",
    "x match { A.B(c, _): 1, D { e, f: g }: 2, _: 3 } where { h: -1 | f(2) }",
    "a ? b : c ? d : e match { _: 1 }",
    "t.0.1 + xs[0]?.y?[1](2)(k=3) - (1, 2).0",
    "#enum E<T> { A, B { x: Int }, C(Int, T) }\n#schema S B + { Int c: * } with { #derive Eq eq(o: Self) -> Bool: true }\nE.B { x: 1 }",
];

fn text_of(source: &str) -> String {
    parse(source).tree().syntax().text().to_string()
}

#[test]
fn samples_parse_without_errors_and_loss() {
    for sample in SAMPLES {
        assert_eq!(parse(sample).errors(), [], "{sample}");
        assert_eq!(text_of(sample), *sample);
    }
}

#[test]
fn damaged_samples_lose_nothing() {
    for sample in SAMPLES {
        for (at, _) in sample.char_indices() {
            assert_eq!(text_of(&sample[..at]), sample[..at]);
            assert_eq!(text_of(&sample[at..]), sample[at..]);
            for insert in ["(", "}", "\"", "#", "${", "é", "<", "match {"] {
                let damaged = format!("{}{insert}{}", &sample[..at], &sample[at..]);
                assert_eq!(text_of(&damaged), damaged);
            }
        }
    }
}

fn outline(node: &SyntaxNode) -> String {
    let inner: Vec<String> = node.children().map(|child| outline(&child)).collect();
    if inner.is_empty() { format!("{:?}", node.kind()) } else { format!("{:?}[{}]", node.kind(), inner.join(" ")) }
}

#[track_caller]
fn assert_outline(source: &str, expected: &str) {
    let parse = parse(source);
    assert_eq!(parse.errors(), [], "{source}");
    assert_eq!(outline(parse.tree().syntax()), format!("Document[{expected}]"), "{source}");
}

#[test]
fn precedence_and_ambiguities() {
    assert_outline("1 + 2 | f()", "Binary[Literal Binary[Literal Postfix[Name CallStep]]]");
    assert_outline("-1 | f()", "Binary[Prefix[Literal] Postfix[Name CallStep]]");
    assert_outline("a + b + c", "Binary[Name Name Name]");
    assert_outline("a && b match { _: 1 }", "Match[Binary[Name Name] Arm[Pattern Literal]]");
    assert_outline("c ? a : b where { k: 1 }", "Ternary[Name Name Where[Name Dict[Field[Key Literal]]]]");
    assert_outline("c ? [1] : [2]", "Ternary[Name List[Literal] List[Literal]]");
    assert_outline("c?[1]", "Postfix[Name IndexStep[Literal]]");
    assert_outline("(a)", "Paren[Name]");
    assert_outline("(a,)", "Tuple[Name]");
    assert_outline("(a) => a", "Closure[ParamList[Param] Name]");
    assert_outline("(a) -> Tuple<A, B> => a", "Closure[ParamList[Param] Type[Type Type] Name]");
    assert_outline("List<Int>", "TypeExpr[Type[Type]]");
    assert_outline("a < b", "Binary[Name Name]");
    assert_outline("((x) => x)(1)", "Postfix[Paren[Closure[ParamList[Param] Name]] CallStep[Literal]]");
    assert_outline("{ (A, B) p: 1 }", "Dict[Field[TupleType[Type Type] Key Literal]]");
    assert_outline("t.0.1", "Postfix[Name FieldStep]");
    assert_outline("x match { a: 1 }", "Match[Name Arm[Pattern[Type] Literal]]");
    assert_outline("A.B { x: 1 }", "VariantCtor[Dict[Field[Key Literal]]]");
}

#[track_caller]
fn assert_error(source: &str, at: &str, message: &str) {
    let parse = parse(source);
    let error = parse.errors().first().unwrap_or_else(|| panic!("no error in {source}"));
    assert_eq!((&source[error.start as usize..error.end as usize], error.message.as_str()), (at, message));
}

#[test]
fn mistakes_are_named() {
    assert_error("a ++ b", "++", "there is no `++`");
    assert_error("+a", "+", "there is no unary `+`");
    assert_error("f(a=1, 2)", "2", "a positional argument behind a named one");
    assert_error("#foo 1", "foo", "unknown directive `#foo`");
    assert_error("#relaxed, 1", ",", "no comma stands behind an attribute of a file");
    assert_error("{ a 1 }", "1", "expected `:` and a value, found `1`");
    assert_error("{ a: 1 b: 2 }", "b", "expected `,` or `}`, found `b`");
    assert_error("#main(Int? a) 1", "?", "`T?` is not a type");
    assert_error("9223372036854775808", "9223372036854775808", "this number does not fit an Int");
    assert_error("\"a\\qb\"", "\\q", "unknown escape");
    assert_error("\"abc", "\"abc", "this string has no end");
    assert_error("f\"abc", "f\"", "this f-string has no end");
    assert_error("1 2", "2", "expected the end of the file, found `2`");
    assert_error("#relaxed", "", "empty document: there is no expression");
    assert_eq!(parse("-9223372036854775808").errors(), []);
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(parse(&nested(200)).errors(), []);
    assert_eq!(parse(&nested(10_000)).errors()[0].message, "nesting deeper than 256 levels");
    assert_eq!(parse(&"[".repeat(10_000)).errors()[0].message, "nesting deeper than 256 levels");
    let (deep, limit) = (10_000, "nesting deeper than 256 levels");
    for (open, close) in [
        ("[", "]"),
        ("{ a: ", " }"),
        ("-", ""),
        ("!", ""),
        ("a ? b : (", ")"),
        ("a ? ", " : b"),
        ("f\"${", "}\""),
        ("(x) => ", ""),
        ("f(", ")"),
        ("a[", "]"),
        ("[x for x in ", "]"),
        ("", " where { a: 1 }"),
        ("", " match { _: 1 }"),
    ] {
        let text = format!("{}1{}", open.repeat(deep), close.repeat(deep));
        let found = parse(&text);
        assert!(found.errors().iter().any(|error| error.message == limit), "{open}..{close}: {:?}", found.errors());
    }
    let types = format!("#main({}Int{} n) -> Int\nn", "List<".repeat(deep), ">".repeat(deep));
    assert_eq!(parse(&types).errors()[0].message, limit);
    let suffixes = format!("1{}", " where { a: 1 }".repeat(200));
    assert_eq!(parse(&suffixes).errors(), []);
    let chain = vec!["1"; 50_000].join(" + ");
    assert_eq!(parse(&chain).errors(), []);
}
