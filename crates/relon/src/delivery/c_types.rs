//! Types of the IR as types of C, each in its exact layout.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use relon_ir::layout::{DataType, FieldType, Payload, TypeTable};

/// Words that no field of C or C++ can have as its name.
const RESERVED: [&str; 36] = [
    "auto",
    "bool",
    "break",
    "case",
    "char",
    "class",
    "const",
    "continue",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "float",
    "for",
    "goto",
    "if",
    "int",
    "long",
    "namespace",
    "new",
    "operator",
    "private",
    "public",
    "register",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "this",
    "void",
    "while",
];

/// Writes definitions of types, each before it is used.
pub(super) struct CTypes<'a> {
    table: &'a TypeTable,
    prefix: &'a str,
    names: HashMap<DataType, String>,
    taken: HashSet<String>,
    done: HashSet<DataType>,
    /// Types behind pointers, to be defined after what points to them.
    later: Vec<DataType>,
    forward: String,
    definitions: String,
}

/// A member of a struct.
struct Member {
    name: String,
    ty: DataType,
    offset: u32,
}

/// A text as a part of a name of C.
pub(super) fn identifier(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => name.push(letter),
            other => drop(write!(name, "_u{:x}", u32::from(other))),
        }
    }
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if RESERVED.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

impl<'a> CTypes<'a> {
    pub(super) fn new(table: &'a TypeTable, prefix: &'a str) -> Self {
        CTypes {
            table,
            prefix,
            names: HashMap::new(),
            taken: HashSet::new(),
            done: HashSet::new(),
            later: Vec::new(),
            forward: String::new(),
            definitions: String::new(),
        }
    }

    /// The name of a type; its definition, and those of what it holds, are written.
    pub(super) fn define(&mut self, ty: &DataType) -> String {
        let name = self.by_value(ty);
        while let Some(later) = self.later.pop() {
            self.by_value(&later);
        }
        name
    }

    /// All definitions.
    pub(super) fn finish(self) -> String {
        format!("{}\n{}", self.forward, self.definitions)
    }

    /// The name of a type whose definition has to stand before this place.
    fn by_value(&mut self, ty: &DataType) -> String {
        let name = self.name(ty);
        if self.done.insert(ty.clone()) {
            self.definition(ty, &name);
        }
        name
    }

    /// The name of a type behind a pointer.
    fn behind(&mut self, ty: &DataType) -> String {
        self.later.push(ty.clone());
        self.name(ty)
    }

    fn name(&mut self, ty: &DataType) -> String {
        match ty {
            DataType::Int => "int64_t".into(),
            DataType::Float => "double".into(),
            DataType::Bool => "bool".into(),
            DataType::String => "relon_string".into(),
            DataType::Boxed(inner) => format!("{} const *", self.name(inner)),
            DataType::List(_)
            | DataType::Dict(_)
            | DataType::Option(_)
            | DataType::Result(..)
            | DataType::Tuple(_)
            | DataType::Record(_)
            | DataType::Enum(_) => self.struct_name(ty),
        }
    }

    fn struct_name(&mut self, ty: &DataType) -> String {
        if let Some(name) = self.names.get(ty) {
            return name.clone();
        }
        let base = format!("{}_{}", self.prefix, self.short(ty));
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(|name| !self.taken.contains(name));
        let name = name.unwrap_or(base);
        self.taken.insert(name.clone());
        self.names.insert(ty.clone(), name.clone());
        let _ = writeln!(self.forward, "typedef struct {name} {name};");
        name
    }

    /// What a type is called within the names of others.
    fn short(&self, ty: &DataType) -> String {
        match ty {
            DataType::Int => "Int".into(),
            DataType::Float => "Float".into(),
            DataType::Bool => "Bool".into(),
            DataType::String => "String".into(),
            DataType::List(element) => format!("List_{}", self.short(element)),
            DataType::Dict(value) => format!("Dict_{}", self.short(value)),
            DataType::Option(value) => format!("Option_{}", self.short(value)),
            DataType::Result(ok, err) => format!("Result_{}_{}", self.short(ok), self.short(err)),
            DataType::Tuple(items) => {
                items.iter().fold("Tuple".to_owned(), |name, item| format!("{name}_{}", self.short(item)))
            }
            DataType::Record(id) => {
                let name = self.table.record(*id).name.as_deref();
                name.map_or_else(|| format!("Record{}", id.0), identifier)
            }
            DataType::Enum(id) => identifier(&self.table.enumeration(*id).name),
            DataType::Boxed(inner) => format!("Boxed_{}", self.short(inner)),
        }
    }

    fn definition(&mut self, ty: &DataType, name: &str) {
        let size = self.table.layout(ty).size;
        match ty {
            DataType::Int | DataType::Float | DataType::Bool | DataType::String => {}
            DataType::Boxed(inner) => drop(self.behind(inner)),
            DataType::List(element) => {
                let element = self.behind(element);
                self.pointer_and_length(name, &element, "items");
            }
            DataType::Dict(value) => self.dict(name, value),
            DataType::Option(value) => {
                let offsets = self.table.option_layout(value).offsets;
                let members = [("is_some".to_owned(), DataType::Bool), ("value".to_owned(), (**value).clone())];
                self.structure(name, "", members.into_iter().collect(), &offsets, size);
            }
            DataType::Tuple(items) => {
                let members = items.iter().enumerate().map(|(index, item)| (format!("item{index}"), item.clone()));
                self.structure(name, "", members.collect(), &self.table.tuple_layout(items).offsets, size);
            }
            DataType::Record(id) => {
                let record = self.table.record(*id);
                let about = record.name.as_deref().map_or("A record.".to_owned(), |name| format!("`{name}`."));
                let offsets = &self.table.record_layout(*id).offsets;
                self.structure(name, &about, named(&record.fields), offsets, size);
            }
            DataType::Result(ok, err) => {
                let layout = self.table.result_layout(ok, err);
                let variants = [("ok", ok), ("err", err)]
                    .map(|(name, ty)| (name.to_owned(), vec![("value".to_owned(), (**ty).clone())]));
                self.tagged(name, "`ok` has tag 0, `err` tag 1.", &variants, &layout.variants, size);
            }
            DataType::Enum(id) => self.enumeration(name, *id, size),
        }
    }

    fn enumeration(&mut self, name: &str, id: relon_ir::layout::EnumId, size: u32) {
        let ty = self.table.enumeration(id);
        let mut tags = Vec::new();
        let mut variants = Vec::new();
        for (tag, variant) in ty.variants.iter().enumerate() {
            let plain = identifier(&variant.name);
            tags.push(format!("{name}_{plain}_tag = {tag}"));
            let fields = match &variant.payload {
                Payload::Unit => Vec::new(),
                Payload::Tuple(parts) => {
                    parts.iter().enumerate().map(|(index, part)| (format!("item{index}"), part.clone())).collect()
                }
                Payload::Struct(fields) => named(fields),
            };
            variants.push((plain, fields));
        }
        let _ = writeln!(self.definitions, "/** Tags of `{}`. */\nenum {{ {} }};", ty.name, tags.join(", "));
        let offsets = &self.table.enum_layout(id).variants;
        self.tagged(name, &format!("`{}`.", ty.name), &variants, offsets, size);
    }

    fn dict(&mut self, name: &str, value: &DataType) {
        let layout = self.table.entry_layout(value);
        let entry = format!("{name}_entry");
        let _ = writeln!(self.forward, "typedef struct {entry} {entry};");
        self.pointer_and_length(name, &entry, "entries");
        let members = vec![("key".to_owned(), DataType::String), ("value".to_owned(), value.clone())];
        self.structure(&entry, "An entry; entries are sorted by key.", members, &layout.offsets, layout.layout.size);
    }

    fn pointer_and_length(&mut self, name: &str, target: &str, field: &str) {
        let _ = writeln!(
            self.definitions,
            "struct {name} {{\n    {target} const *{field};\n    size_t length;\n}};\n\
             RELON_ASSERT(sizeof({name}) == 16, \"layout of {name}\");\n"
        );
    }

    /// The members that take room: C has no members of size 0.
    fn members(&self, fields: Vec<(String, DataType)>, offsets: &[u32]) -> Vec<Member> {
        let all = fields.into_iter().zip(offsets);
        let all = all.map(|((name, ty), offset)| Member { name: identifier(&name), ty, offset: *offset });
        all.filter(|member| self.table.layout(&member.ty).size > 0).collect()
    }

    fn declare(&mut self, members: &[Member], indent: &str) -> String {
        let mut text = String::new();
        for member in members {
            let ty = self.by_value(&member.ty);
            let _ = writeln!(text, "{indent}{ty} {};", member.name);
        }
        text
    }

    fn structure(&mut self, name: &str, about: &str, fields: Vec<(String, DataType)>, offsets: &[u32], size: u32) {
        let members = self.members(fields, offsets);
        let mut body = self.declare(&members, "    ");
        if members.is_empty() {
            body.push_str("    char nothing;\n");
        }
        comment(&mut self.definitions, about);
        let _ = writeln!(self.definitions, "struct {name} {{\n{body}}};");
        if !members.is_empty() {
            self.assert_size(name, size);
        }
        for member in &members {
            self.assert_offset(name, &member.name, member.offset);
        }
        self.definitions.push('\n');
    }

    fn tagged(
        &mut self,
        name: &str,
        about: &str,
        variants: &[(String, Vec<(String, DataType)>)],
        offsets: &[Vec<u32>],
        size: u32,
    ) {
        let (mut body, mut asserts) = (String::new(), Vec::new());
        for ((variant, fields), offsets) in variants.iter().zip(offsets) {
            let members = self.members(fields.clone(), offsets);
            if members.is_empty() {
                continue;
            }
            let declared = self.declare(&members, "            ");
            let _ = writeln!(body, "        struct {{\n{declared}        }} {variant};");
            asserts.extend(members.into_iter().map(|member| (format!("of.{variant}.{}", member.name), member.offset)));
        }
        comment(&mut self.definitions, about);
        let union = if body.is_empty() { String::new() } else { format!("    union {{\n{body}    }} of;\n") };
        let _ = writeln!(self.definitions, "struct {name} {{\n    uint32_t tag;\n{union}}};");
        self.assert_size(name, size);
        for (path, offset) in asserts {
            self.assert_offset(name, &path, offset);
        }
        self.definitions.push('\n');
    }

    fn assert_size(&mut self, name: &str, size: u32) {
        let _ = writeln!(self.definitions, "RELON_ASSERT(sizeof({name}) == {size}, \"layout of {name}\");");
    }

    fn assert_offset(&mut self, name: &str, path: &str, offset: u32) {
        let _ = writeln!(self.definitions, "RELON_ASSERT(offsetof({name}, {path}) == {offset}, \"layout of {name}\");");
    }
}

fn named(fields: &[FieldType]) -> Vec<(String, DataType)> {
    fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect()
}

fn comment(out: &mut String, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "/** {text} */");
    }
}
