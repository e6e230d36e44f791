//! Which Rust type stands for which type of a rule.

use std::collections::{BTreeMap, BTreeSet};

use relon_ir::layout::{DataType, EnumId, Payload, RecordId, TypeTable};

use super::names::{Names, camel};

/// A type that is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Declared {
    /// A schema or the shape of a dict literal.
    Record(u32),
    /// An enum.
    Enum(u32),
}

/// The types that a module of bindings declares.
pub(crate) struct Types<'m> {
    pub(crate) table: &'m TypeTable,
    names: Names,
    declared: BTreeMap<Declared, String>,
    /// In the order in which they are met.
    order: Vec<Declared>,
}

/// The largest tuple that there is a type for.
const LARGEST_TUPLE: usize = 12;

impl<'m> Types<'m> {
    pub(crate) fn new(table: &'m TypeTable) -> Self {
        Types { table, names: Names::default(), declared: BTreeMap::new(), order: Vec::new() }
    }

    /// Declares what a type refers to. A record without a name is called `hint`.
    pub(crate) fn declare(&mut self, ty: &DataType, hint: &str) -> Result<(), String> {
        match ty {
            DataType::Int | DataType::Float | DataType::Bool | DataType::String => Ok(()),
            DataType::List(inner) | DataType::Dict(inner) | DataType::Option(inner) | DataType::Boxed(inner) => {
                self.declare(inner, hint)
            }
            DataType::Result(ok, err) => {
                self.declare(ok, hint)?;
                self.declare(err, &format!("{hint}Error"))
            }
            DataType::Tuple(items) if items.len() > LARGEST_TUPLE => {
                Err(format!("a tuple of {} items has no type in Rust: make it a schema with named fields", items.len()))
            }
            DataType::Tuple(items) => {
                items.iter().zip(1..).try_for_each(|(item, n)| self.declare(item, &format!("{hint}{n}")))
            }
            DataType::Record(id) => self.declare_record(*id, hint),
            DataType::Enum(id) => self.declare_enum(*id),
        }
    }

    fn declare_record(&mut self, id: RecordId, hint: &str) -> Result<(), String> {
        let record = self.table.record(id);
        let Some(name) = self.add(Declared::Record(id.0), record.name.as_deref().unwrap_or(hint)) else {
            return Ok(());
        };
        record.fields.iter().try_for_each(|field| self.declare(&field.ty, &format!("{name}{}", camel(&field.name))))
    }

    fn declare_enum(&mut self, id: EnumId) -> Result<(), String> {
        let declared = self.table.enumeration(id);
        let Some(name) = self.add(Declared::Enum(id.0), &declared.name) else { return Ok(()) };
        for variant in &declared.variants {
            let hint = format!("{name}{}", camel(&variant.name));
            variant.parts().into_iter().try_for_each(|part| self.declare(part, &hint))?;
        }
        Ok(())
    }

    /// The name of a type that was not declared before.
    fn add(&mut self, declared: Declared, wanted: &str) -> Option<String> {
        if self.declared.contains_key(&declared) {
            return None;
        }
        let name = self.names.take(&camel(wanted));
        self.names.take(&format!("{name}Owned"));
        self.declared.insert(declared, name.clone());
        self.order.push(declared);
        Some(name)
    }

    /// Keeps a name for something else.
    pub(crate) fn reserve(&mut self, name: &str) {
        self.names.take(name);
    }

    /// The declared types in order.
    pub(crate) fn order(&self) -> &[Declared] {
        &self.order
    }

    pub(crate) fn name(&self, declared: Declared) -> &str {
        self.declared.get(&declared).map_or("Unknown", String::as_str)
    }

    /// The parts of a declared type, for all of its variants.
    fn parts(&self, declared: Declared) -> Vec<&'m DataType> {
        match declared {
            Declared::Record(id) => self.table.record(RecordId(id)).fields.iter().map(|field| &field.ty).collect(),
            Declared::Enum(id) => {
                self.table.enumeration(EnumId(id)).variants.iter().flat_map(|variant| variant.parts()).collect()
            }
        }
    }

    /// Whether values refer to something outside of themselves. A type holds itself only behind a pointer or in a list.
    pub(crate) fn borrows(&self, ty: &DataType) -> bool {
        match ty {
            DataType::Int | DataType::Float | DataType::Bool => false,
            DataType::String | DataType::List(_) | DataType::Dict(_) | DataType::Boxed(_) => true,
            DataType::Option(inner) => self.borrows(inner),
            DataType::Result(ok, err) => self.borrows(ok) || self.borrows(err),
            DataType::Tuple(items) => items.iter().any(|item| self.borrows(item)),
            DataType::Record(id) => self.type_borrows(Declared::Record(id.0)),
            DataType::Enum(id) => self.type_borrows(Declared::Enum(id.0)),
        }
    }

    pub(crate) fn type_borrows(&self, declared: Declared) -> bool {
        self.parts(declared).into_iter().any(|part| self.borrows(part))
    }

    /// Whether a declared type consists of what Rust has as well, so that it is its own owned form.
    pub(crate) fn is_plain(&self, declared: Declared) -> bool {
        self.parts(declared).into_iter().all(|part| match part {
            DataType::Int | DataType::Float | DataType::Bool => true,
            DataType::Record(id) => self.is_plain(Declared::Record(id.0)),
            DataType::Enum(id) => self.is_plain(Declared::Enum(id.0)),
            DataType::Tuple(items) => items.is_empty(),
            DataType::String
            | DataType::List(_)
            | DataType::Dict(_)
            | DataType::Option(_)
            | DataType::Result(..)
            | DataType::Boxed(_) => false,
        })
    }

    /// Whether a record consists of what structs of natives have, so that such a struct can stand for it.
    pub(crate) fn has_shape(&self, declared: Declared) -> bool {
        self.shape_of_type(declared, &mut Vec::new())
    }

    fn shape_of_type(&self, declared: Declared, within: &mut Vec<Declared>) -> bool {
        let parts = self.parts(declared);
        if matches!(declared, Declared::Enum(_)) || within.contains(&declared) || parts.is_empty() {
            return false;
        }
        within.push(declared);
        let all = parts.into_iter().all(|part| self.shape_of(part, within));
        within.pop();
        all
    }

    fn shape_of(&self, ty: &DataType, within: &mut Vec<Declared>) -> bool {
        match ty {
            DataType::Int | DataType::Float | DataType::Bool | DataType::String => true,
            DataType::List(inner) | DataType::Option(inner) => self.shape_of(inner, within),
            DataType::Record(id) => self.shape_of_type(Declared::Record(id.0), within),
            DataType::Enum(_) | DataType::Dict(_) | DataType::Result(..) | DataType::Tuple(_) | DataType::Boxed(_) => {
                false
            }
        }
    }

    /// Whether a Float may be somewhere inside.
    pub(crate) fn has_floats(&self, ty: &DataType) -> bool {
        self.floats_in(ty, &mut BTreeSet::new())
    }

    pub(crate) fn type_has_floats(&self, declared: Declared) -> bool {
        self.floats_in_type(declared, &mut BTreeSet::new())
    }

    fn floats_in_type(&self, declared: Declared, seen: &mut BTreeSet<Declared>) -> bool {
        seen.insert(declared) && self.parts(declared).into_iter().any(|part| self.floats_in(part, seen))
    }

    fn floats_in(&self, ty: &DataType, seen: &mut BTreeSet<Declared>) -> bool {
        match ty {
            DataType::Float => true,
            DataType::Int | DataType::Bool | DataType::String => false,
            DataType::List(inner) | DataType::Dict(inner) | DataType::Option(inner) | DataType::Boxed(inner) => {
                self.floats_in(inner, seen)
            }
            DataType::Result(ok, err) => self.floats_in(ok, seen) || self.floats_in(err, seen),
            DataType::Tuple(items) => items.iter().any(|item| self.floats_in(item, seen)),
            DataType::Record(id) => self.floats_in_type(Declared::Record(id.0), seen),
            DataType::Enum(id) => self.floats_in_type(Declared::Enum(id.0), seen),
        }
    }

    /// The type as values lie in memory.
    pub(crate) fn rust(&self, ty: &DataType) -> String {
        match ty {
            DataType::Int => "i64".to_owned(),
            DataType::Float => "f64".to_owned(),
            DataType::Bool => "bool".to_owned(),
            DataType::String => "::relon::Str<'a>".to_owned(),
            DataType::List(inner) => format!("::relon::List<'a, {}>", self.rust(inner)),
            DataType::Dict(inner) => format!("::relon::Dict<'a, {}>", self.rust(inner)),
            DataType::Option(inner) => format!("::relon::Opt<{}>", self.rust(inner)),
            DataType::Result(ok, err) => format!("::relon::Res<{}, {}>", self.rust(ok), self.rust(err)),
            DataType::Tuple(items) if items.is_empty() => "()".to_owned(),
            DataType::Tuple(items) => {
                let types: Vec<String> = items.iter().map(|item| self.rust(item)).collect();
                format!("::relon::rules::Tuple{}<{}>", items.len(), types.join(", "))
            }
            DataType::Record(id) => self.declared_rust(Declared::Record(id.0)),
            DataType::Enum(id) => self.declared_rust(Declared::Enum(id.0)),
            DataType::Boxed(inner) => format!("&'a {}", self.rust(inner)),
        }
    }

    pub(crate) fn declared_rust(&self, declared: Declared) -> String {
        let lifetime = if self.type_borrows(declared) { "<'a>" } else { "" };
        format!("{}{lifetime}", self.name(declared))
    }

    /// The type that owns what it holds.
    pub(crate) fn owned(&self, ty: &DataType) -> String {
        match ty {
            DataType::Int | DataType::Float | DataType::Bool => self.rust(ty),
            DataType::String => "::std::string::String".to_owned(),
            DataType::List(inner) => format!("::std::vec::Vec<{}>", self.owned(inner)),
            DataType::Dict(inner) => {
                format!("::std::collections::BTreeMap<::std::string::String, {}>", self.owned(inner))
            }
            DataType::Option(inner) => format!("::core::option::Option<{}>", self.owned(inner)),
            DataType::Result(ok, err) => format!("::core::result::Result<{}, {}>", self.owned(ok), self.owned(err)),
            DataType::Tuple(items) => {
                let types: Vec<String> = items.iter().map(|item| format!("{},", self.owned(item))).collect();
                format!("({})", types.concat())
            }
            DataType::Record(id) => self.declared_owned(Declared::Record(id.0)),
            DataType::Enum(id) => self.declared_owned(Declared::Enum(id.0)),
            DataType::Boxed(inner) => format!("::std::boxed::Box<{}>", self.owned(inner)),
        }
    }

    pub(crate) fn declared_owned(&self, declared: Declared) -> String {
        match self.is_plain(declared) {
            true => self.name(declared).to_owned(),
            false => format!("{}Owned", self.name(declared)),
        }
    }

    /// Whether a payload has names.
    pub(crate) fn is_named(payload: &Payload) -> bool {
        matches!(payload, Payload::Struct(_))
    }
}
