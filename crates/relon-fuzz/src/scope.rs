//! The names that an expression may use.

use crate::types::Ty;

/// What may be used at a place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) names: Vec<Name>,
    /// The dict literal right around; 0 is the root.
    pub(crate) dict: usize,
    /// Whether `&index` means something.
    pub(crate) in_loop: bool,
}

/// A name, or a way to a field of one.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) ty: Ty,
    /// The dict literal that it is an entry of.
    pub(crate) dict: Option<usize>,
}

impl Scope {
    /// Adds a name, which hides an outer one.
    pub(crate) fn add(&mut self, text: impl Into<String>, ty: Ty, dict: Option<usize>) {
        let text = text.into();
        self.hide(&text);
        self.names.push(Name { text, ty, dict });
    }

    /// Takes a name away, with the ways to its fields.
    pub(crate) fn hide(&mut self, hidden: &str) {
        self.names.retain(|name| name.text.split('.').next() != Some(hidden));
    }

    /// The same with one more name.
    #[must_use]
    pub(crate) fn with(&self, text: impl Into<String>, ty: Ty) -> Scope {
        let mut inner = self.clone();
        inner.add(text, ty, None);
        inner
    }

    /// Adds the way to a field of a name, which stays.
    pub(crate) fn add_way(&mut self, text: String, ty: Ty) {
        self.names.push(Name { text, ty, dict: None });
    }

    /// All names that this holds for.
    pub(crate) fn find(&self, holds: impl Fn(&Ty) -> bool) -> Vec<Name> {
        self.names.iter().filter(|name| holds(&name.ty)).cloned().collect()
    }
}
