//! Patterns of match arms.

use rowan::ast::support;
use rowan::ast::{AstChildren, AstNode};

use super::*;

ast_nodes! {
    /// `_`
    WildcardPattern,
    /// A name, path or type without binders: `None`, `Shape.Circle`, `Int`.
    TypePattern,
    /// `Some(v)`, `Shape.Rect(w, _)`
    TuplePattern,
    /// `Card { brand, last4: digits }`
    RecordPattern,
    /// `f`, `f: x` or `f: _` in a record pattern.
    FieldBinder,
    /// A bound name or `_`.
    Binder,
}

ast_enum! {
    /// Any pattern.
    Pattern {
        /// `_`
        Wildcard(WildcardPattern),
        /// A unit variant, any variant by its name alone, or a type.
        Type(TypePattern),
        /// A variant with bound positions.
        Tuple(TuplePattern),
        /// A variant with bound fields.
        Record(RecordPattern),
    }
}

impl Pattern {
    /// The path of the variant or type; none for `_` and for tuple types.
    pub fn path(&self) -> Option<PathType> {
        support::child(self.syntax())
    }
}

impl TypePattern {
    /// The type as written.
    pub fn ty(&self) -> Option<Type> {
        support::child(&self.0)
    }
}

impl TuplePattern {
    /// The variant's path.
    pub fn path(&self) -> Option<PathType> {
        support::child(&self.0)
    }

    /// The binders in source order.
    pub fn binders(&self) -> AstChildren<Binder> {
        support::children(&self.0)
    }
}

impl RecordPattern {
    /// The variant's path.
    pub fn path(&self) -> Option<PathType> {
        support::child(&self.0)
    }

    /// The field binders in source order.
    pub fn fields(&self) -> AstChildren<FieldBinder> {
        support::children(&self.0)
    }
}

impl FieldBinder {
    /// The field's name.
    pub fn field(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The binder after `:`.
    pub fn binder(&self) -> Option<Binder> {
        support::child(&self.0)
    }

    /// The name that the arm's body sees: the binder's if there is one, none for `_`, else the field's own.
    pub fn bound_name(&self) -> Option<Name> {
        self.binder().map_or_else(|| self.field(), |binder| binder.name())
    }
}

impl Binder {
    /// The bound name; none for `_`.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }
}
