//! What the values of a type can hold, which decides what there is to do where a value is made one of it.

use std::cell::RefCell;
use std::collections::HashMap;

use relon_frontend::hir::{Program, Ty};

/// What is somewhere within the values of a type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Content {
    /// Fields with predicates.
    pub(crate) predicates: bool,
    /// Fields with defaults.
    pub(crate) defaults: bool,
}

/// The content of the types that were asked for.
pub(crate) struct Contents<'v> {
    program: &'v Program,
    known: RefCell<HashMap<Ty, Content>>,
}

impl<'v> Contents<'v> {
    pub(crate) fn new(program: &'v Program) -> Self {
        Contents { program, known: RefCell::default() }
    }

    pub(crate) fn of(&self, ty: &Ty) -> Content {
        if let Some(known) = self.known.borrow().get(ty) {
            return *known;
        }
        let mut content = Content::default();
        self.collect(ty, &mut content, &mut Vec::new());
        self.known.borrow_mut().insert(ty.clone(), content);
        content
    }

    /// `seen` are the records and enums that were looked at: a type may hold itself.
    fn collect(&self, ty: &Ty, content: &mut Content, seen: &mut Vec<Ty>) {
        match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => {}
            Ty::List(of) | Ty::Option(of) | Ty::Dict(of) => self.collect(of, content, seen),
            Ty::Tuple(types) => types.iter().for_each(|ty| self.collect(ty, content, seen)),
            Ty::Result(ok, err) => {
                self.collect(ok, content, seen);
                self.collect(err, content, seen);
            }
            Ty::Record(_) | Ty::Enum(_) if seen.contains(ty) => {}
            Ty::Record(id) => {
                seen.push(ty.clone());
                for field in &self.program.records[id.0 as usize].fields {
                    content.predicates |= !field.predicates.is_empty();
                    content.defaults |= field.default.is_some();
                    self.collect(&field.ty, content, seen);
                }
            }
            Ty::Enum(id) => {
                seen.push(ty.clone());
                let parts = self.program.enums[id.0 as usize].variants.iter().flat_map(|variant| &variant.fields);
                parts.for_each(|(_, ty)| self.collect(ty, content, seen));
            }
        }
    }
}
