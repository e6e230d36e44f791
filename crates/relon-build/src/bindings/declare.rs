//! The declarations of types, their owned forms and constructors.

use std::fmt::Write;

use relon_ir::layout::{DataType, EnumId, EnumType, FieldType, Payload, RecordId, VariantType};

use super::comments::Comments;
use super::names::distinct;
use super::types::{Declared, Types};

/// What generated code names in `relon`.
const PRIVATE: &str = "::relon::rules::__private";
/// Fields beyond which a record gets no constructor: a struct literal says what is what.
const LONGEST_CONSTRUCTOR: usize = 7;

/// Writes declarations.
pub(crate) struct Declarations<'t, 'm> {
    pub(crate) types: &'t Types<'m>,
    pub(crate) comments: &'t Comments<'t>,
    /// Whether owned forms derive serde's traits.
    pub(crate) serde: bool,
    pub(crate) out: String,
}

/// Writes a line. Writing to a `String` does not fail.
macro_rules! line {
    ($out:expr, $($text:tt)*) => {{ let _ = writeln!($out, $($text)*); }};
}
pub(super) use line;

/// A field or item, with its name in Rust. Items of a tuple have no names.
struct Part<'m> {
    name: Option<String>,
    text: String,
    ty: &'m DataType,
}

impl Declarations<'_, '_> {
    /// Declares a type.
    pub(crate) fn declare(&mut self, declared: Declared) {
        match declared {
            Declared::Record(id) => self.record(declared, RecordId(id)),
            Declared::Enum(id) => self.enumeration(declared, EnumId(id)),
        }
    }

    fn derives(&mut self, declared: Declared, owned: bool) {
        let copy = if owned { "" } else { "Copy, " };
        line!(self.out, "#[derive(Clone, {copy}Debug, PartialEq)]");
        if self.serde && (owned || self.types.is_plain(declared)) {
            line!(self.out, "#[derive(::serde::Serialize, ::serde::Deserialize)]");
        }
    }

    fn record(&mut self, declared: Declared, id: RecordId) {
        let record = self.types.table.record(id);
        let name = self.types.name(declared).to_owned();
        let parts = fields(&record.fields);
        let what = record
            .name
            .as_ref()
            .map_or("What a dict of the rule holds.".to_owned(), |n| format!("Schema `{n}` of the rule."));
        let about = record.name.as_deref().and_then(|name| self.comments.of_type(name)).unwrap_or(what);
        let generics = generics(self.types.type_borrows(declared));
        line!(self.out, "\n{}\n#[repr(C)]", doc(&about));
        self.derives(declared, false);
        if self.types.has_shape(declared) {
            line!(self.out, "#[derive(::relon::Schema)]");
        }
        line!(self.out, "pub struct {name}{generics} {{");
        self.members(record.name.as_deref(), &parts, false);
        line!(self.out, "}}");
        self.layout_of_record(&name, id, &parts);
        self.constructor(&name, generics, &parts);
        if self.types.has_shape(declared) {
            self.stand_in(&name, generics);
        }
        if !self.types.is_plain(declared) {
            line!(self.out, "\n{}", doc(&format!("{about}\n\nOwns what it holds.")));
            self.derives(declared, true);
            line!(self.out, "pub struct {name}Owned {{");
            self.members(record.name.as_deref(), &parts, true);
            line!(self.out, "}}");
        }
        let body =
            self.rebuilt(&self.types.declared_owned(declared), &parts, true, |part| owned(&format!("self.{part}")));
        let search = self.search(&parts, |name| format!("self.{name}"));
        self.value(declared, &body, &search);
        let view = self.rebuilt(&name, &parts, true, |part| view(&format!("&self.{part}")));
        self.lend(declared, &view);
    }

    /// Named parts of a record, one a line.
    fn members(&mut self, schema: Option<&str>, parts: &[Part<'_>], owned: bool) {
        for part in parts {
            let about = schema.and_then(|schema| self.comments.of_field(schema, &part.text));
            let about = about.unwrap_or_else(|| format!("Field `{}`.", part.text));
            let ty = if owned { self.types.owned(part.ty) } else { self.types.rust(part.ty) };
            let renamed = |name: &String| name.trim_start_matches("r#") != part.text;
            if owned && self.serde && part.name.as_ref().is_some_and(renamed) {
                line!(self.out, "    #[serde(rename = {:?})]", part.text);
            }
            line!(self.out, "    {}\n    pub {}: {ty},", doc(&about), part.name.as_deref().unwrap_or_default());
        }
    }

    fn layout_of_record(&mut self, name: &str, id: RecordId, parts: &[Part<'_>]) {
        let layout = self.types.table.record_layout(id);
        self.size_of(name, layout.layout);
        for (part, offset) in parts.iter().zip(&layout.offsets) {
            let field = part.name.as_deref().unwrap_or_default();
            line!(
                self.out,
                "const _: () = ::core::assert!(::core::mem::offset_of!({name}, {field}) == {offset}, \"`{name}.{}` is not where the rule has it\");",
                part.text.replace(['"', '\\'], "_")
            );
        }
    }

    fn size_of(&mut self, name: &str, layout: relon_ir::layout::Layout) {
        let relon_ir::layout::Layout { size, align } = layout;
        line!(
            self.out,
            "const _: () = ::core::assert!(::core::mem::size_of::<{name}>() == {size} && ::core::mem::align_of::<{name}>() == {align}, \
             \"`{name}` has not the layout that the rule knows\");"
        );
    }

    /// A struct of the program can stand for the schema.
    fn stand_in(&mut self, name: &str, generics: &str) {
        let lifetime = if generics.is_empty() { "" } else { "'a " };
        line!(self.out, "\nimpl{generics} {name}{generics} {{");
        line!(
            self.out,
            "    /// A view of a struct with `#[derive(relon::Schema)]` and the same fields in the same order."
        );
        line!(self.out, "    ///\n    /// That they are the same is seen when the program is compiled.\n    #[inline]");
        line!(self.out, "    pub fn from_ref<T: {PRIVATE}::Value>(value: &{lifetime}T) -> &{lifetime}Self {{");
        line!(
            self.out,
            "        const {{ {PRIVATE}::assert_same(<T as {PRIVATE}::Value>::SHAPE, <Self as {PRIVATE}::Value>::SHAPE) }};"
        );
        line!(self.out, "        // SAFETY: both have the same fields at the same places.");
        line!(self.out, "        unsafe {{ &*::core::ptr::from_ref(value).cast::<Self>() }}\n    }}\n");
        line!(self.out, "    /// The same of many: for a list, or a batch.\n    #[inline]");
        line!(self.out, "    pub fn from_slice<T: {PRIVATE}::Value>(values: &{lifetime}[T]) -> &{lifetime}[Self] {{");
        line!(
            self.out,
            "        const {{\n            \
             {PRIVATE}::assert_same(<T as {PRIVATE}::Value>::SHAPE, <Self as {PRIVATE}::Value>::SHAPE);\n            \
             ::core::assert!(::core::mem::size_of::<T>() == ::core::mem::size_of::<Self>(), \
             \"the struct is larger than its fields\");\n        }};"
        );
        line!(self.out, "        // SAFETY: both have the same fields at the same places, and the same size.");
        line!(
            self.out,
            "        unsafe {{ ::core::slice::from_raw_parts(values.as_ptr().cast::<Self>(), values.len()) }}\n    }}\n}}"
        );
    }

    fn constructor(&mut self, name: &str, generics: &str, parts: &[Part<'_>]) {
        if parts.is_empty() || parts.len() > LONGEST_CONSTRUCTOR {
            return;
        }
        let (mut params, mut values) = (Vec::new(), Vec::new());
        for part in parts {
            let (field, ty) = (part.name.as_deref().unwrap_or_default(), self.types.rust(part.ty));
            match part.ty {
                DataType::String
                | DataType::List(_)
                | DataType::Option(_)
                | DataType::Result(..)
                | DataType::Tuple(_) => {
                    params.push(format!("{field}: impl ::core::convert::Into<{ty}>"));
                    values.push(format!("{field}: {field}.into()"));
                }
                DataType::Int
                | DataType::Float
                | DataType::Bool
                | DataType::Dict(_)
                | DataType::Record(_)
                | DataType::Enum(_)
                | DataType::Boxed(_) => {
                    params.push(format!("{field}: {ty}"));
                    values.push(field.to_owned());
                }
            }
        }
        line!(self.out, "\nimpl{generics} {name}{generics} {{\n    /// A value of these fields.\n    #[inline]");
        line!(
            self.out,
            "    pub fn new({}) -> Self {{\n        Self {{ {} }}\n    }}\n}}",
            params.join(", "),
            values.join(", ")
        );
    }

    fn enumeration(&mut self, declared: Declared, id: EnumId) {
        let ty = self.types.table.enumeration(id);
        let name = self.types.name(declared).to_owned();
        let about = self.comments.of_type(&ty.name).unwrap_or_else(|| format!("Enum `{}` of the rule.", ty.name));
        // Without payloads an enum is its number, and rustc refuses both words at once.
        let is_number = ty.variants.iter().all(|variant| matches!(variant.payload, Payload::Unit));
        let representation = if is_number { "#[repr(u32)]\n#[derive(Eq, Hash)]" } else { "#[repr(C, u32)]" };
        line!(self.out, "\n{}\n{representation}", doc(&about));
        self.derives(declared, false);
        self.variants(&format!("{name}{}", generics(self.types.type_borrows(declared))), ty, false);
        let layout = self.types.table.enum_layout(id).layout;
        self.size_of(&name, layout);
        if !self.types.is_plain(declared) {
            line!(self.out, "\n{}", doc(&format!("{about}\n\nOwns what it holds.")));
            self.derives(declared, true);
            self.variants(&format!("{name}Owned"), ty, true);
        }
        self.enum_value(declared, ty);
    }

    fn variants(&mut self, head: &str, ty: &EnumType, owned: bool) {
        line!(self.out, "pub enum {head} {{");
        for (variant, name) in ty.variants.iter().zip(variant_names(ty)) {
            line!(self.out, "    {}", doc(&format!("Variant `{}`.", variant.name)));
            let payload = self.payload(variant, owned);
            line!(self.out, "    {name}{payload},");
        }
        line!(self.out, "}}");
    }

    fn payload(&self, variant: &VariantType, owned: bool) -> String {
        let parts = parts(variant);
        let types = parts.iter().map(|part| {
            let ty = if owned { self.types.owned(part.ty) } else { self.types.rust(part.ty) };
            match &part.name {
                Some(name) => format!("{} {name}: {ty}", doc(&format!("Field `{}`.", part.text))),
                None => format!("{} {ty}", doc(&format!("Item {}.", part.text))),
            }
        });
        let types: Vec<String> = types.collect();
        match &variant.payload {
            Payload::Unit => String::new(),
            Payload::Tuple(_) => format!("({})", types.join(", ")),
            Payload::Struct(_) => format!(" {{ {} }}", types.join(", ")),
        }
    }

    /// An expression that makes a value of the parts of another: `form` gives that of a part.
    fn rebuilt(&self, target: &str, parts: &[Part<'_>], named: bool, form: impl Fn(&str) -> String) -> String {
        let parts: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| {
                let binder = part.name.clone().unwrap_or_else(|| format!("item{index}"));
                let value = form(&binder);
                if named { format!("{binder}: {value}") } else { value }
            })
            .collect();
        match (named, parts.is_empty()) {
            (true, _) => format!("{target} {{ {} }}", parts.join(", ")),
            (false, true) => target.to_owned(),
            (false, false) => format!("{target}({})", parts.join(", ")),
        }
    }

    fn enum_value(&mut self, declared: Declared, ty: &EnumType) {
        let owned = self.types.declared_owned(declared);
        let lent = self.types.name(declared).to_owned();
        let (mut arms, mut views, mut searches) = (String::new(), String::new(), String::new());
        for (variant, name) in ty.variants.iter().zip(variant_names(ty)) {
            let parts = parts(variant);
            let binders: Vec<String> = binders(&parts);
            let (pattern, named) = match &variant.payload {
                Payload::Unit => (String::new(), false),
                Payload::Tuple(_) => (format!("({})", binders.join(", ")), false),
                Payload::Struct(_) => (format!(" {{ {} }}", binders.join(", ")), Types::is_named(&variant.payload)),
            };
            let body = self.rebuilt(&format!("{owned}::{name}"), &parts, named, self::owned);
            line!(arms, "            Self::{name}{pattern} => {body},");
            let body = self.rebuilt(&format!("{lent}::{name}"), &parts, named, view);
            line!(views, "            Self::{name}{pattern} => {body},");
            let search = self.search(&parts, |name| format!("*{name}"));
            line!(searches, "            Self::{name}{pattern} => {{ {search} }}");
        }
        let body = format!("match self {{\n{arms}        }}");
        let search = format!("match self {{\n{searches}        }}");
        self.value(declared, &body, &search);
        self.lend(declared, &format!("match self {{\n{views}        }}"));
    }

    /// Statements that give the path to the first number that is not finite. Results are looked at in the order of their names.
    fn search(&self, parts: &[Part<'_>], place: impl Fn(&str) -> String) -> String {
        let mut sorted: Vec<(usize, &Part<'_>)> = parts.iter().enumerate().collect();
        if parts.iter().all(|part| part.name.is_some()) {
            sorted.sort_by(|(_, a), (_, b)| a.text.cmp(&b.text));
        }
        let mut out = String::new();
        for (index, part) in sorted.into_iter().filter(|(_, part)| self.types.has_floats(part.ty)) {
            let place = place(&part.name.clone().unwrap_or_else(|| format!("item{index}")));
            let step = if part.name.is_some() { format!(".{}", part.text) } else { format!("[{}]", part.text) };
            let step = step.replace('\\', "\\\\").replace('"', "\\\"").replace('{', "{{").replace('}', "}}");
            let _ = write!(
                out,
                "if let ::core::option::Option::Some(rest) = ::relon::rules::RuleValue::non_finite(&{place}) {{ \
                 return ::core::option::Option::Some(::std::format!(\"{step}{{rest}}\")); }} "
            );
        }
        out.push_str("::core::option::Option::None");
        out
    }

    /// What every value can do.
    fn value(&mut self, declared: Declared, body: &str, search: &str) {
        let name = self.types.name(declared);
        let target = if self.types.type_borrows(declared) { format!("{name}<'_>") } else { name.to_owned() };
        let owned = self.types.declared_owned(declared);
        let floats = self.types.type_has_floats(declared);
        line!(self.out, "\nimpl ::relon::rules::RuleValue for {target} {{");
        line!(self.out, "    type Owned = {owned};\n    const HAS_FLOATS: bool = {floats};");
        match self.types.is_plain(declared) {
            true => line!(self.out, "    #[inline(always)]\n    fn into_owned(self) -> Self {{\n        self\n    }}"),
            false => line!(self.out, "    fn into_owned(self) -> {owned} {{\n        {body}\n    }}"),
        }
        line!(
            self.out,
            "    fn non_finite(&self) -> ::core::option::Option<::std::string::String> {{\n        {search}\n    }}\n}}"
        );
        if !self.types.is_plain(declared) {
            line!(
                self.out,
                "\nimpl {target} {{\n    /// Copies the value out of the arena and the arguments that it refers to."
            );
            line!(
                self.out,
                "    pub fn into_owned(self) -> {owned} {{\n        ::relon::rules::RuleValue::into_owned(self)\n    }}\n}}"
            );
        }
    }

    /// What every value that owns what it holds can do.
    fn lend(&mut self, declared: Declared, body: &str) {
        let (owned, lent) = (self.types.declared_owned(declared), self.types.declared_rust(declared));
        let body = if self.types.is_plain(declared) { "*self" } else { body };
        let head = "fn view<'a>(&'a self, views: &'a ::relon::Views)";
        line!(self.out, "\nimpl ::relon::rules::RuleOwned for {owned} {{\n    type View<'a> = {lent};");
        line!(self.out, "    {head} -> {lent} {{\n        {body}\n    }}\n}}");
        if !self.types.is_plain(declared) {
            line!(
                self.out,
                "\nimpl {owned} {{\n    /// A view for a rule, whose texts are those of the value and whose lists lie in `views`."
            );
            line!(
                self.out,
                "    pub {head} -> {lent} {{\n        ::relon::rules::RuleOwned::view(self, views)\n    }}\n}}"
            );
        }
    }
}

/// An expression that owns a part.
fn owned(part: &str) -> String {
    format!("::relon::rules::RuleValue::into_owned({part})")
}

/// An expression that lends a part, which is behind a reference.
fn view(part: &str) -> String {
    format!("::relon::rules::RuleOwned::view({part}, views)")
}

fn generics(borrows: bool) -> &'static str {
    if borrows { "<'a>" } else { "" }
}

fn fields(fields: &[FieldType]) -> Vec<Part<'_>> {
    let names = distinct(fields.iter().map(|field| field.name.as_str()));
    let part = |(field, name): (&'_ FieldType, String)| (name, field.name.clone());
    fields
        .iter()
        .zip(names)
        .map(|(field, name)| {
            let (name, text) = part((field, name));
            Part { name: Some(name), text, ty: &field.ty }
        })
        .collect()
}

/// The parts of a variant.
fn parts(variant: &VariantType) -> Vec<Part<'_>> {
    match &variant.payload {
        Payload::Unit => Vec::new(),
        Payload::Tuple(items) => {
            items.iter().enumerate().map(|(index, ty)| Part { name: None, text: index.to_string(), ty }).collect()
        }
        Payload::Struct(members) => fields(members),
    }
}

fn binders(parts: &[Part<'_>]) -> Vec<String> {
    let binder = |(index, part): (usize, &Part<'_>)| part.name.clone().unwrap_or_else(|| format!("item{index}"));
    parts.iter().enumerate().map(binder).collect()
}

fn variant_names(ty: &EnumType) -> Vec<String> {
    distinct(ty.variants.iter().map(|variant| variant.name.as_str()))
}

/// A doc comment as an attribute, which takes any text.
pub(crate) fn doc(text: &str) -> String {
    format!("#[doc = {text:?}]")
}
