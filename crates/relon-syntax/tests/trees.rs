//! How sources that could be read in several ways are read.
//!
//! A tree is written as one line: a node as its kind and children in parentheses, a token as its text.

use relon_syntax::{AstNode, SyntaxElement, parse};

fn outline(element: SyntaxElement, out: &mut String) {
    match element {
        SyntaxElement::Token(token) if token.kind().is_trivia() => {}
        SyntaxElement::Token(token) => {
            out.push(' ');
            out.push_str(token.text());
        }
        SyntaxElement::Node(node) => {
            out.push_str(&format!(" ({:?}", node.kind()));
            node.children_with_tokens().for_each(|child| outline(child, out));
            out.push(')');
        }
    }
}

/// The root expression of a source without errors.
fn tree(source: &str) -> String {
    let parse = parse(source);
    assert_eq!(parse.errors, [], "{source}");
    let root = parse.tree.root().expect("a document without errors has a root");
    let mut out = String::new();
    outline(root.syntax().clone().into(), &mut out);
    // The commonest nodes are left out, so that a line shows what it is about.
    let mut text = out.trim().to_owned();
    for name in ["a", "b", "c", "d", "e", "f", "x", "y", "xs", "t"] {
        text = text.replace(&format!("(NameExpr {name})"), name);
    }
    ["1", "2", "0"].iter().fold(text, |text, digit| text.replace(&format!("(Literal {digit})"), digit))
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(tree(source), *expected, "{source}");
    }
}

#[test]
fn operators_bind_as_the_table_says() {
    check(&[
        ("a + b * c", "(BinaryExpr a + (BinaryExpr b * c))"),
        ("a - b - c", "(BinaryExpr (BinaryExpr a - b) - c)"),
        ("a * b | f", "(BinaryExpr a * (BinaryExpr b | f))"),
        ("-a | f", "(BinaryExpr (UnaryExpr - a) | f)"),
        ("-a.b", "(UnaryExpr - (AccessExpr a . b))"),
        ("a || b && c == d < e", "(BinaryExpr a || (BinaryExpr b && (BinaryExpr c == (BinaryExpr d < e))))"),
        ("a < b < c", "(BinaryExpr (BinaryExpr a < b) < c)"),
        ("!a == b", "(BinaryExpr (UnaryExpr ! a) == b)"),
        ("- -1", "(UnaryExpr - (UnaryExpr - 1))"),
    ]);
}

#[test]
fn suffixes_attach_to_whole_operations_and_else_branches() {
    let where_b = "(WhereExpr b where (DictExpr { }))";
    check(&[
        ("a ? b : c ? d : e", "(TernaryExpr a ? b : (TernaryExpr c ? d : e))"),
        ("a ? b ? 1 : 2 : c", "(TernaryExpr a ? (TernaryExpr b ? 1 : 2) : c)"),
        ("c ? a : b where {}", &format!("(TernaryExpr c ? a : {where_b})")),
        ("a && b match {}", "(MatchExpr (BinaryExpr a && b) match { })"),
        ("b where {} where {}", &format!("(WhereExpr {where_b} where (DictExpr {{ }}))")),
    ]);
}

#[test]
fn parentheses_are_groups_tuples_or_closures() {
    check(&[
        ("(a)", "(ParenExpr ( a ))"),
        ("(a,)", "(TupleExpr ( a , ))"),
        ("()", "(TupleExpr ( ))"),
        ("(a) => b", "(ClosureExpr (ParamList ( (Param a) )) => b)"),
        (
            "(Int a, _) -> Dict<A, B> => b",
            "(ClosureExpr (ParamList ( (Param (PathType Int) a) , (Param _) )) (ResultType -> (PathType Dict (TypeArgs < (PathType A) , (PathType B) >))) => b)",
        ),
        (
            "() -> (A, B)=>b",
            "(ClosureExpr (ParamList ( )) (ResultType -> (TupleType ( (PathType A) , (PathType B) ))) => b)",
        ),
        (
            "((x) => x)(1)",
            "(CallExpr (ParenExpr ( (ClosureExpr (ParamList ( (Param x) )) => x) )) (ArgList ( (Arg 1) )))",
        ),
        ("a ? (b) : (c)", "(TernaryExpr a ? (ParenExpr ( b )) : (ParenExpr ( c )))"),
    ]);
}

#[test]
fn angles_are_types_only_right_behind_a_name() {
    check(&[
        ("a<b>", "(TypeExpr (PathType a (TypeArgs < (PathType b) >)))"),
        ("a.b<c>", "(TypeExpr (PathType a . b (TypeArgs < (PathType c) >)))"),
        ("a < b", "(BinaryExpr a < b)"),
        ("a<b", "(BinaryExpr a < b)"),
        ("a <b> c", "(BinaryExpr (BinaryExpr a < b) > c)"),
        ("(a<b) == (c>d)", "(BinaryExpr (ParenExpr ( (BinaryExpr a < b) )) == (ParenExpr ( (BinaryExpr c > d) )))"),
    ]);
}

#[test]
fn steps_and_calls_chain_on_anything() {
    check(&[
        ("t.0.1", "(AccessExpr (AccessExpr t . 0) . 1)"),
        ("t.0.1.2", "(AccessExpr (AccessExpr (AccessExpr t . 0) . 1) . 2)"),
        ("a?.b?[c]", "(AccessExpr (AccessExpr a ? . b) ? [ c ])"),
        ("a ? [b] : c", "(TernaryExpr a ? (ListExpr [ b ]) : c)"),
        ("&root.a(1).b", "(AccessExpr (CallExpr (AccessExpr (ReferenceExpr & root) . a) (ArgList ( (Arg 1) ))) . b)"),
        ("a(1)(b = 2)", "(CallExpr (CallExpr a (ArgList ( (Arg 1) ))) (ArgList ( (Arg b = 2) )))"),
        ("-9223372036854775808", "(UnaryExpr - (Literal 9223372036854775808))"),
    ]);
}

#[test]
fn braces_make_variants_only_behind_dotted_names() {
    check(&[
        ("a.b {}", "(VariantExpr (AccessExpr a . b) (DictExpr { }))"),
        ("a match { _: 1 }", "(MatchExpr a match { (MatchArm (WildcardPattern _) : 1) })"),
        ("a.b match {}", "(MatchExpr (AccessExpr a . b) match { })"),
        ("a where {}", "(WhereExpr a where (DictExpr { }))"),
    ]);
}

#[test]
fn fields_have_types_only_before_a_key() {
    let field = |inner: &str| format!("(DictExpr {{ (Field {inner} : 1) }})");
    check(&[
        ("{ a: 1 }", &field("(Key a)")),
        ("{ \"a\": 1 }", &field("(Key \"a\")")),
        ("{ Int a: 1 }", &field("(PathType Int) (Key a)")),
        ("{ \"T\" \"a\": 1 }", &field("(PathType \"T\") (Key \"a\")")),
        ("{ (A, B) a: 1 }", &field("(TupleType ( (PathType A) , (PathType B) )) (Key a)")),
        ("{ a(): 1 }", &field("(Key a) (ParamList ( ))")),
        ("{ Int a() -> B: 1 }", &field("(PathType Int) (Key a) (ParamList ( )) (ResultType -> (PathType B))")),
        ("{ Int [<A> b]: 1 }", &field("(PathType Int) (ComputedKey [ (TypeHint < (PathType A) >) b ])")),
        ("{ #default 2 Int a: 1 }", &field("(DefaultDirective # default 2) (PathType Int) (Key a)")),
        ("{ #default 2 (A,) a: 1 }", &field("(DefaultDirective # default 2) (TupleType ( (PathType A) , )) (Key a)")),
        ("{ #default 2 where: 1 }", &field("(DefaultDirective # default 2) (Key where)")),
    ]);
}

#[test]
fn lists_are_comprehensions_behind_for() {
    check(&[
        ("[a, ...b]", "(ListExpr [ a , (SpreadItem ... b) ])"),
        ("[a for x in xs if b]", "(ComprehensionExpr [ a (ForClause for x in xs) (IfClause if b) ])"),
        ("[@f a(1), b]", "(ListExpr [ (AttributedExpr (Decorator @ f) (CallExpr a (ArgList ( (Arg 1) )))) , b ])"),
    ]);
}

#[test]
fn interpolations_are_trees() {
    check(&[(
        r#"f"x${ a + 1 }${f"${b}"}""#,
        "(FString f\" x (Interpolation ${ (BinaryExpr a + 1) }) (Interpolation ${ (FString f\" (Interpolation ${ b }) \") }) \")",
    )]);
}

#[test]
fn a_schema_ends_where_the_root_begins() {
    let parse = parse("#schema A B + { x: * } { y: 1 }");
    assert_eq!(parse.errors, []);
    let mut out = String::new();
    parse.tree.directives().for_each(|directive| outline(directive.syntax().clone().into(), &mut out));
    assert_eq!(
        out.trim(),
        "(SchemaDirective # schema A (SchemaBody (PathType B) + (DictExpr { (Field (Key x) : (WildcardExpr *)) })))"
    );
}

#[test]
fn the_debug_tree_shows_kinds_and_ranges() {
    assert_eq!(
        parse(" -1 ").debug_tree(),
        "Document@0..4\n  Whitespace@0..1 \" \"\n  UnaryExpr@1..3\n    Minus@1..2 \"-\"\n    Literal@2..3\n      IntNumber@2..3 \"1\"\n  Whitespace@3..4 \" \"\n"
    );
}
