//! The typed view reads the parts that the source has.

use relon_syntax::ast::*;
use relon_syntax::{AstNode, parse};

const EVERYTHING: &str = include_str!("samples/everything.relon");

fn document() -> Document {
    parse(EVERYTHING).tree
}

fn value(key: &str) -> Expr {
    let Some(Expr::Dict(dict)) = document().root() else { panic!("the root is a dict") };
    let mut fields = dict.fields();
    let field = fields.find(|field| field.key().and_then(|key| key.text()).as_deref() == Some(key));
    field.and_then(|field| field.value()).unwrap_or_else(|| panic!("the field {key} has a value"))
}

fn texts(names: impl IntoIterator<Item = Name>) -> Vec<String> {
    names.into_iter().map(|name| name.text().to_owned()).collect()
}

fn text(node: &impl AstNode<Language = relon_syntax::Relon>) -> String {
    node.syntax().text().to_string()
}

#[test]
fn main_has_parameters() {
    let main = document().directives().find_map(|directive| match directive {
        Directive::Main(main) => Some(main),
        _ => None,
    });
    let main = main.expect("there is a #main");
    let params: Vec<_> =
        main.params().map(|param| (text(&param.ty().unwrap()), param.name().unwrap().text().to_owned())).collect();
    let expected = [("Order", "order"), ("List<Tuple<Int, Float>>", "xs"), ("(Int, Int)", "p")];
    assert_eq!(params, expected.map(|(ty, name)| (ty.to_owned(), name.to_owned())));
    assert_eq!(text(&main.result_type().unwrap()), "Dict");
}

#[test]
fn schemas_have_fields_bases_and_methods() {
    let schemas: Vec<_> = document()
        .directives()
        .filter_map(|directive| match directive {
            Directive::Schema(schema) => Some(schema),
            _ => None,
        })
        .collect();
    let names = texts(schemas.iter().filter_map(SchemaDirective::name));
    assert_eq!(names, ["Item", "Point", "Big", "Alias"]);
    assert_eq!(texts(schemas[1].generics()), ["T"]);
    assert_eq!(schemas[1].body().unwrap().tuple().unwrap().items().count(), 2);
    assert_eq!(schemas[2].body().unwrap().bases().next().unwrap().segments(), ["Item"]);
    assert_eq!(schemas[3].body().unwrap().bases().next().unwrap().segments(), ["pkg", "Other"]);
    let methods: Vec<_> = schemas[0].methods().collect();
    assert_eq!(texts(methods.iter().filter_map(Method::name)), ["eq", "hash", "total"]);
    assert!(methods[1].body().is_none());
    assert_eq!(methods[1].attributes().count(), 2);
}

#[test]
fn imports_say_what_and_from_where() {
    let imports: Vec<_> = document()
        .directives()
        .filter_map(|directive| match directive {
            Directive::Import(import) => Some(import),
            _ => None,
        })
        .collect();
    assert_eq!(
        imports.iter().map(|import| import.path().unwrap().value()).collect::<Vec<_>>(),
        ["std/list", "std/math", "std/string"]
    );
    assert!(matches!(imports[0].clause(), Some(ImportClause::Module(name)) if name.text() == "list"));
    assert!(matches!(imports[1].clause(), Some(ImportClause::All)));
    assert_eq!(imports[1].pin().unwrap().digest().unwrap().value(), "00ff");
    let Some(ImportClause::List(list)) = imports[2].clause() else { panic!("the third one is a list") };
    assert_eq!(texts(list.items().filter_map(|item| item.local_name())), ["upper", "small"]);
}

#[test]
fn enums_have_variants() {
    let shape = document().directives().find_map(|directive| match directive {
        Directive::Enum(shape) => Some(shape),
        _ => None,
    });
    let payloads: Vec<_> = shape
        .unwrap()
        .variants()
        .map(|variant| match variant.payload() {
            VariantPayload::Unit => 0,
            VariantPayload::Fields(fields) => fields.fields().count(),
            VariantPayload::Tuple(tuple) => 10 + tuple.items().count(),
        })
        .collect();
    assert_eq!(payloads, [0, 2, 12]);
}

#[test]
fn patterns_bind_names() {
    let Expr::Match(expr) = value("m") else { panic!("m is a match") };
    let bound: Vec<_> = expr
        .arms()
        .map(|arm| match arm.pattern().unwrap() {
            Pattern::Wildcard(_) => vec!["wildcard".to_owned()],
            Pattern::Type(pattern) => vec![text(&pattern.ty().unwrap())],
            Pattern::Tuple(pattern) => texts(pattern.binders().filter_map(|binder| binder.name())),
            Pattern::Record(pattern) => texts(pattern.fields().filter_map(|field| field.bound_name())),
        })
        .collect();
    assert_eq!(bound, [vec!["Dot"], vec!["w"], vec!["r"], vec!["Int"], vec!["List<Int>"], vec!["wildcard"]]);
}

#[test]
fn literals_have_values() {
    let Expr::Binary(sum) = value("ab") else { panic!("ab is a sum") };
    let strings = [sum.lhs(), sum.rhs()].map(|side| match side {
        Some(Expr::Literal(literal)) => literal.kind(),
        _ => None,
    });
    let strings = strings.map(|kind| match kind {
        Some(LiteralKind::String(string)) => string.value(),
        other => panic!("not a string: {other:?}"),
    });
    assert_eq!(strings, ["\\", "A😀/"]);
    assert!(matches!(value("z"), Expr::Literal(null) if null.kind() == Some(LiteralKind::Null)));
}

#[test]
fn fstrings_have_parts() {
    let Expr::FString(fstring) = value("ad") else { panic!("ad is an f-string") };
    let parts: Vec<_> = fstring
        .parts()
        .map(|part| match part {
            FStringPart::Text(text) => text.value(),
            FStringPart::Interpolation(interpolation) => format!("${}", text(&interpolation.expr().unwrap())),
        })
        .collect();
    assert_eq!(parts, ["raw \\ ", "$a"]);
}

#[test]
fn steps_and_calls_read_from_outside_in() {
    let Expr::Binary(sum) = value("p") else { panic!("p is a sum") };
    let Some(Expr::Access(access)) = sum.lhs() else { panic!("t.0.1.2 is an access") };
    assert!(matches!(access.step(), Some(PathStep::Position(position)) if position.value() == Ok(2)));
    let Some(Expr::Access(last)) = sum.rhs() else { panic!("the right side is an access") };
    assert!(matches!(last.step(), Some(PathStep::Field(name)) if name.text() == "b"));
    let Some(Expr::Access(index)) = last.base() else { panic!("its base is one too") };
    assert!(index.is_optional() && matches!(index.step(), Some(PathStep::Index(_))));
    let Expr::Variant(variant) = value("k") else { panic!("k is a variant") };
    assert_eq!(texts(variant.path()), ["Shape", "Circle"]);
    assert_eq!(variant.payload().unwrap().fields().count(), 2);
}
