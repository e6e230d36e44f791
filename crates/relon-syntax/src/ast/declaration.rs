//! The parts of `#schema`, `#enum`, `#extend` and `#import`.

use rowan::ast::AstChildren;
use rowan::ast::support;

use super::*;

ast_nodes! {
    /// `<T, U>` after a declared name.
    GenericParams,
    /// What a schema consists of: a record, a tuple type, or bases and records joined by `+`.
    SchemaBody,
    /// `{ methods }` after `with`.
    MethodList,
    /// `#derive C name<T>(p: T) -> R: body`
    Method,
    /// `V`, `V { f: T }` or `V(T)`
    Variant,
    /// `{ f: T, g: U }` of a variant.
    VariantFields,
    /// `f: T` of a variant.
    VariantField,
    /// `{ a, b as c }` of an import.
    ImportList,
    /// `a` or `b as c` of an import.
    ImportItem,
    /// `sha256:".."` of an import.
    ImportPin,
}

/// What a variant carries.
#[derive(Debug, Clone)]
pub enum VariantPayload {
    /// Nothing.
    Unit,
    /// Named fields.
    Fields(VariantFields),
    /// Positions.
    Tuple(TupleType),
}

impl GenericParams {
    /// The declared names.
    pub fn names(&self) -> impl Iterator<Item = Name> + use<> {
        names(&self.0)
    }
}

impl SchemaBody {
    /// The schemas that this one is composed from (or is another name of).
    pub fn bases(&self) -> AstChildren<PathType> {
        support::children(&self.0)
    }

    /// The records that declare fields; without composition there is one.
    pub fn records(&self) -> AstChildren<DictExpr> {
        support::children(&self.0)
    }

    /// The positions of a tuple schema.
    pub fn tuple(&self) -> Option<TupleType> {
        support::child(&self.0)
    }
}

impl MethodList {
    /// The methods in source order.
    pub fn methods(&self) -> AstChildren<Method> {
        support::children(&self.0)
    }
}

impl Method {
    /// `#derive`, `#native` and the like before the name.
    pub fn attributes(&self) -> AstChildren<Attribute> {
        support::children(&self.0)
    }

    /// The method's name.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The names of its type parameters.
    pub fn generics(&self) -> impl Iterator<Item = Name> + use<> {
        directive::generics(&self.0)
    }

    /// The parameters without `self`.
    pub fn params(&self) -> impl Iterator<Item = Param> + use<> {
        support::child::<ParamList>(&self.0).into_iter().flat_map(|list| list.params())
    }

    /// The type after `->`.
    pub fn result_type(&self) -> Option<Type> {
        support::child::<ResultType>(&self.0)?.ty()
    }

    /// The body, which `#native` methods lack.
    pub fn body(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl Variant {
    /// The variant's name.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// What it carries.
    pub fn payload(&self) -> VariantPayload {
        let fields = support::child(&self.0).map(VariantPayload::Fields);
        let payload = fields.or_else(|| support::child(&self.0).map(VariantPayload::Tuple));
        payload.unwrap_or(VariantPayload::Unit)
    }
}

impl VariantFields {
    /// The fields in source order.
    pub fn fields(&self) -> AstChildren<VariantField> {
        support::children(&self.0)
    }
}

impl VariantField {
    /// The field's name.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The field's type.
    pub fn ty(&self) -> Option<Type> {
        support::child(&self.0)
    }
}

impl ImportList {
    /// The imported names.
    pub fn items(&self) -> AstChildren<ImportItem> {
        support::children(&self.0)
    }
}

impl ImportItem {
    /// The name that the module exports.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The name after `as`.
    pub fn alias(&self) -> Option<Name> {
        names(&self.0).nth(1)
    }

    /// The name that the importing file uses.
    pub fn local_name(&self) -> Option<Name> {
        self.alias().or_else(|| self.name())
    }
}

impl ImportPin {
    /// The hash algorithm.
    pub fn algorithm(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The digest.
    pub fn digest(&self) -> Option<StringLiteral> {
        support::token(&self.0, SyntaxKind::String).map(StringLiteral)
    }
}
