//! The result as JSON text: objects in the order of their keys, Floats with a `.` or an exponent, so that Int and Float stay apart.

use relon_frontend::hir::{EnumId, Program, RecordId, Ty, VariantStyle};
use relon_frontend::{Span, message};
use relon_natives::TrapKind;

use crate::evaluator::deep;
use crate::failure::{Failure, Outcome};
use crate::value::{Value, defect};

/// Writes the result, which `span` gave.
pub(crate) fn encode(value: Value<'_>, program: &Program, span: Span) -> Outcome<String> {
    let mut encoder = Encoder { program, span, out: String::new() };
    encoder.value(value, &program.main.result, &Path::Result)?;
    Ok(encoder.out)
}

struct Encoder<'a> {
    program: &'a Program,
    span: Span,
    out: String,
}

/// Where a part of the result is.
enum Path<'a> {
    Result,
    Field(&'a Path<'a>, &'a str),
    Key(&'a Path<'a>, &'a str),
    Position(&'a Path<'a>, usize),
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        deep(|| match self {
            Path::Result => Ok(()),
            Path::Field(outer, name) => write!(f, "{outer}.{name}"),
            Path::Key(outer, key) => write!(f, "{outer}[{key:?}]"),
            Path::Position(outer, index) => write!(f, "{outer}[{index}]"),
        })
    }
}

impl Encoder<'_> {
    fn value(&mut self, value: Value<'_>, ty: &Ty, path: &Path<'_>) -> Outcome<()> {
        deep(|| self.any_value(value, ty, path))
    }

    fn any_value(&mut self, value: Value<'_>, ty: &Ty, path: &Path<'_>) -> Outcome<()> {
        match (value, ty) {
            (Value::Int(value), _) => self.out.push_str(&value.to_string()),
            (Value::Float(value), _) => self.float(value, path)?,
            (Value::Bool(value), _) => self.out.push_str(&value.to_string()),
            (Value::String(text), _) => self.quoted(text),
            (Value::List(items), Ty::List(of)) => self.items(items.iter().map(|item| (*item, &**of)), path)?,
            (Value::Tuple(items), Ty::Tuple(types)) => self.items(items.iter().copied().zip(types.iter()), path)?,
            (Value::Map(map), Ty::Dict(of)) => {
                self.object(map.iter().map(|(key, value)| (*key, *value, &**of)), path, Path::Key)?;
            }
            (Value::Map(map), Ty::Record(id)) => {
                let program = self.program;
                let with_type =
                    map.iter().filter_map(|(name, value)| Some((*name, *value, field_ty(program, *id, name)?)));
                self.object(with_type, path, Path::Field)?;
            }
            (Value::Option(None), Ty::Option(_)) => self.out.push_str("null"),
            (Value::Option(Some(payload)), Ty::Option(of)) => self.value(*payload, of, path)?,
            (Value::Result(Ok(payload)), Ty::Result(of, _)) => {
                self.out.push_str("{\"Ok\":{\"value\":");
                self.value(*payload, of, path)?;
                self.out.push_str("}}");
            }
            (Value::Result(Err(payload)), Ty::Result(_, of)) => {
                self.out.push_str("{\"Err\":{\"error\":");
                self.value(*payload, of, path)?;
                self.out.push_str("}}");
            }
            (Value::Variant(index, payload), Ty::Enum(id)) => self.variant(index, payload, *id, path)?,
            _ => defect("a result that does not have its type"),
        }
        Ok(())
    }

    fn float(&mut self, value: f64, path: &Path<'_>) -> Outcome<()> {
        if !value.is_finite() {
            let message = message::non_finite(&path.to_string());
            return Err(Failure { kind: TrapKind::NonFiniteFloat, message, span: Some(self.span) });
        }
        // Debug output is the shortest text that reads back equal, with `.0` or an exponent.
        self.out.push_str(&format!("{value:?}"));
        Ok(())
    }

    fn quoted(&mut self, text: &str) {
        self.out.push_str(&serde_json::Value::from(text).to_string());
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
    }

    fn items<'t, 'v>(&mut self, items: impl Iterator<Item = (Value<'v>, &'t Ty)>, path: &Path<'_>) -> Outcome<()> {
        self.out.push('[');
        for (index, (value, ty)) in items.enumerate() {
            self.separate(index);
            self.value(value, ty, &Path::Position(path, index))?;
        }
        self.out.push(']');
        Ok(())
    }

    /// An object of entries that are in the order of their keys.
    fn object<'t, 'v, 'p>(
        &mut self,
        entries: impl Iterator<Item = (&'p str, Value<'v>, &'t Ty)>,
        path: &'p Path<'p>,
        step: fn(&'p Path<'p>, &'p str) -> Path<'p>,
    ) -> Outcome<()> {
        self.out.push('{');
        for (index, (key, value, ty)) in entries.enumerate() {
            self.separate(index);
            self.quoted(key);
            self.out.push(':');
            self.value(value, ty, &step(path, key))?;
        }
        self.out.push('}');
        Ok(())
    }

    fn variant(&mut self, index: usize, payload: &[Value<'_>], id: EnumId, path: &Path<'_>) -> Outcome<()> {
        let variant = &self.program.enums[id.0 as usize].variants[index];
        self.out.push('{');
        self.quoted(&variant.name);
        self.out.push(':');
        let parts = payload.iter().copied().zip(&variant.fields);
        match variant.style {
            VariantStyle::Unit => self.out.push_str("{}"),
            VariantStyle::Tuple => self.items(parts.map(|(value, (_, ty))| (value, ty)), path)?,
            VariantStyle::Struct => {
                let mut parts: Vec<_> = parts.map(|(value, (name, ty))| (name.as_str(), value, ty)).collect();
                parts.sort_by_key(|(name, ..)| *name);
                self.object(parts.into_iter(), path, Path::Field)?;
            }
        }
        self.out.push('}');
        Ok(())
    }
}

/// The type of a field; none for a function, which JSON cannot say.
fn field_ty<'p>(program: &'p Program, id: RecordId, name: &str) -> Option<&'p Ty> {
    let fields = &program.records[id.0 as usize].fields;
    let field = fields.iter().find(|field| field.name == name).unwrap_or_else(|| defect("an unknown field"));
    if matches!(field.ty, Ty::Closure(_)) { None } else { Some(&field.ty) }
}
