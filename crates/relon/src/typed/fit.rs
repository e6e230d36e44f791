//! Whether Rust types are those of a rule.

use std::fmt::{self, Display, Write};

use relon_ir::layout::{DataType, Layout, TypeTable};
use relon_ir::{Entry, Span};
use relon_natives::shape::{RecordShape, Shape};

/// Where types differ.
pub(super) struct Difference {
    /// For people.
    pub(super) message: String,
    /// The place in the rule that says the other type.
    pub(super) span: Option<Span>,
}

/// Compares the parameters and the result of an entry with Rust types. Names of structs may differ from those of schemas; names, order and
/// places of fields may not.
///
/// # Errors
/// The first difference.
pub(super) fn check(entry: &Entry, types: &TypeTable, args: &[&Shape], result: &Shape) -> Result<(), Difference> {
    let at = |span| move |message| Difference { message, span };
    if args.len() != entry.params.len() {
        let message = format!("the rule has {}, not {}", count(entry.params.len()), args.len());
        return Err(Difference { message, span: entry.params.first().map(|param| param.span) });
    }
    for (param, shape) in entry.params.iter().zip(args) {
        fit(shape, &param.ty, types, &mut param.name.clone()).map_err(at(Some(param.span)))?;
    }
    fit(result, &entry.result, types, &mut "result".to_owned()).map_err(at(Some(entry.span)))
}

fn count(params: usize) -> String {
    format!("{params} parameter{}", if params == 1 { "" } else { "s" })
}

/// The signature of the entry as rules write it.
pub(super) fn rule_signature(entry: &Entry, types: &TypeTable) -> String {
    let params: Vec<String> =
        entry.params.iter().map(|param| format!("{}: {}", param.name, Named(&param.ty, types))).collect();
    format!("({}) -> {}", params.join(", "), Named(&entry.result, types))
}

/// The signature of a handle as Rust writes it.
pub(super) fn rust_signature(args: &[&Shape], result: &Shape) -> String {
    let args: Vec<String> = args.iter().map(|shape| Written(shape).to_string()).collect();
    format!("({}) -> {}", args.join(", "), Written(result))
}

fn fit(shape: &Shape, ty: &DataType, types: &TypeTable, path: &mut String) -> Result<(), String> {
    let inner = |path: &mut String, what: &str, shape: &Shape, ty: &DataType| {
        path.push_str(what);
        fit(shape, ty, types, path)
    };
    match (shape, ty) {
        (Shape::Int, DataType::Int) | (Shape::Float, DataType::Float) => Ok(()),
        (Shape::Bool, DataType::Bool) | (Shape::String, DataType::String) => Ok(()),
        (Shape::List(shape), DataType::List(ty)) => inner(path, "[]", shape, ty),
        (Shape::Option(shape), DataType::Option(ty)) => inner(path, "?", shape, ty),
        (Shape::Record(shape), DataType::Record(_)) => fit_record(shape, ty, types, path),
        _ => Err(format!("`{path}` is {} in the rule and {} in Rust", Named(ty, types), Written(shape))),
    }
}

fn fit_record(shape: &RecordShape, ty: &DataType, types: &TypeTable, path: &mut String) -> Result<(), String> {
    let DataType::Record(id) = ty else { return Ok(()) };
    let (fields, layout) = (&types.record(*id).fields, types.record_layout(*id));
    for (index, field) in fields.iter().enumerate() {
        let Some(given) = shape.fields.get(index) else {
            return Err(format!(
                "`{path}` has the field `{}` in the rule; `{}` has no such field",
                field.name, shape.name
            ));
        };
        if given.name != field.name {
            let place = format!("field {} of `{path}`", index + 1);
            return Err(format!("{place} is `{}` in the rule and `{}` in `{}`", field.name, given.name, shape.name));
        }
        let length = path.len();
        let _ = write!(path, ".{}", field.name);
        fit(given.shape, &field.ty, types, path)?;
        if given.offset != layout.offsets[index] as usize {
            return Err(format!("`{path}` lies at another place in `{}`", shape.name));
        }
        path.truncate(length);
    }
    if let Some(extra) = shape.fields.get(fields.len()) {
        return Err(format!(
            "`{}` has the field `{}`, which `{path}` does not have in the rule",
            shape.name, extra.name
        ));
    }
    let found = Layout { size: shape.size as u32, align: shape.align as u32 };
    if found == layout.layout { Ok(()) } else { Err(format!("`{}` has another size than `{path}`", shape.name)) }
}

/// A type as rules write it.
struct Named<'a>(&'a DataType, &'a TypeTable);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self.1;
        let named = |ty| Named(ty, types);
        match self.0 {
            DataType::Int => f.write_str("Int"),
            DataType::Float => f.write_str("Float"),
            DataType::Bool => f.write_str("Bool"),
            DataType::String => f.write_str("String"),
            DataType::List(element) => write!(f, "List<{}>", named(element)),
            DataType::Dict(value) => write!(f, "Dict<{}>", named(value)),
            DataType::Option(value) => write!(f, "Option<{}>", named(value)),
            DataType::Result(ok, err) => write!(f, "Result<{}, {}>", named(ok), named(err)),
            DataType::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| named(item).to_string()).collect();
                write!(f, "({})", items.join(", "))
            }
            DataType::Record(id) => match &types.record(*id).name {
                Some(name) => f.write_str(name),
                None => {
                    let fields = types.record(*id).fields.iter();
                    let fields: Vec<String> =
                        fields.map(|field| format!("{}: {}", field.name, named(&field.ty))).collect();
                    write!(f, "{{ {} }}", fields.join(", "))
                }
            },
            DataType::Enum(id) => f.write_str(&types.enumeration(*id).name),
            DataType::Boxed(inner) => named(inner).fmt(f),
        }
    }
}

/// A type as Rust writes it.
struct Written<'a>(&'a Shape);

impl Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Shape::Int => f.write_str("i64"),
            Shape::Float => f.write_str("f64"),
            Shape::Bool => f.write_str("bool"),
            Shape::String => f.write_str("Str"),
            Shape::List(element) => write!(f, "List<{}>", Written(element)),
            Shape::Option(value) => write!(f, "Opt<{}>", Written(value)),
            Shape::Record(record) => f.write_str(record.name),
        }
    }
}
