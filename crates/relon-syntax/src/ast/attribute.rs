//! Directives and decorators.

use super::{AstNode, Dict, Expr, ParamList, Type, ast_node, child, children, string_value, token, tokens};
use crate::{SyntaxKind, SyntaxNode, SyntaxToken};

ast_node! {
    /// `#main(..) -> T`
    MainDirective
    /// `#schema`
    SchemaDirective
    /// `#extend`
    ExtendDirective
    /// `#enum`
    EnumDirective
    /// A variant of an enum.
    EnumVariant
    /// A field of a struct variant.
    VariantField
    /// `#import`
    ImportDirective
    /// A name that is imported.
    ImportName
    /// A directive without a value, such as `#internal`.
    FlagDirective
    /// A directive with a value, such as `#default 1`.
    ValueDirective
    /// `@name(..)`
    Decorator
    /// `<T, U>`
    Generics
    /// `{ methods }`
    MethodBlock
    /// A method.
    Method
}

/// A directive or decorator.
#[expect(missing_docs, reason = "each variant is the node of its name")]
#[derive(Clone, Debug)]
pub enum Attribute {
    Main(MainDirective),
    Schema(SchemaDirective),
    Extend(ExtendDirective),
    Enum(EnumDirective),
    Import(ImportDirective),
    Flag(FlagDirective),
    Value(ValueDirective),
    Decorator(Decorator),
}

impl AstNode for Attribute {
    fn cast(node: SyntaxNode) -> Option<Self> {
        Some(match node.kind() {
            SyntaxKind::MainDirective => Attribute::Main(MainDirective(node)),
            SyntaxKind::SchemaDirective => Attribute::Schema(SchemaDirective(node)),
            SyntaxKind::ExtendDirective => Attribute::Extend(ExtendDirective(node)),
            SyntaxKind::EnumDirective => Attribute::Enum(EnumDirective(node)),
            SyntaxKind::ImportDirective => Attribute::Import(ImportDirective(node)),
            SyntaxKind::FlagDirective => Attribute::Flag(FlagDirective(node)),
            SyntaxKind::ValueDirective => Attribute::Value(ValueDirective(node)),
            SyntaxKind::Decorator => Attribute::Decorator(Decorator(node)),
            _ => return None,
        })
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Attribute::Main(node) => node.syntax(),
            Attribute::Schema(node) => node.syntax(),
            Attribute::Extend(node) => node.syntax(),
            Attribute::Enum(node) => node.syntax(),
            Attribute::Import(node) => node.syntax(),
            Attribute::Flag(node) => node.syntax(),
            Attribute::Value(node) => node.syntax(),
            Attribute::Decorator(node) => node.syntax(),
        }
    }
}

/// The identifiers of a node itself.
fn words(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> {
    tokens(node).filter(|token| token.kind() == SyntaxKind::Ident)
}

impl MainDirective {
    /// The parameters.
    pub fn params(&self) -> Option<ParamList> {
        child(&self.0)
    }

    /// The result type.
    pub fn result(&self) -> Option<Type> {
        child(&self.0)
    }
}

impl SchemaDirective {
    /// The schema's name.
    pub fn name(&self) -> Option<SyntaxToken> {
        words(&self.0).nth(1)
    }

    /// Type parameters.
    pub fn generics(&self) -> Option<Generics> {
        child(&self.0)
    }

    /// Types in the body: bases of a composition, or the tuple of a tuple schema.
    pub fn types(&self) -> Vec<Type> {
        children(&self.0).collect()
    }

    /// Field lists in the body.
    pub fn bodies(&self) -> Vec<Dict> {
        children(&self.0).collect()
    }

    /// Methods.
    pub fn methods(&self) -> Option<MethodBlock> {
        child(&self.0)
    }
}

impl EnumDirective {
    /// The enum's name.
    pub fn name(&self) -> Option<SyntaxToken> {
        words(&self.0).nth(1)
    }

    /// Type parameters.
    pub fn generics(&self) -> Option<Generics> {
        child(&self.0)
    }

    /// Variants in order.
    pub fn variants(&self) -> impl Iterator<Item = EnumVariant> + use<> {
        children(&self.0)
    }
}

impl EnumVariant {
    /// The variant's name.
    pub fn name(&self) -> Option<SyntaxToken> {
        words(&self.0).next()
    }

    /// The payload of a tuple variant.
    pub fn tuple(&self) -> Option<super::TupleType> {
        child(&self.0)
    }

    /// Whether the payload has names.
    pub fn is_struct(&self) -> bool {
        token(&self.0, SyntaxKind::LBrace).is_some()
    }

    /// The payload of a struct variant.
    pub fn fields(&self) -> impl Iterator<Item = VariantField> + use<> {
        children(&self.0)
    }
}

impl VariantField {
    /// The field's name.
    pub fn name(&self) -> Option<SyntaxToken> {
        words(&self.0).next()
    }

    /// Its type.
    pub fn ty(&self) -> Option<Type> {
        child(&self.0)
    }
}

impl ImportDirective {
    /// Whether everything is imported.
    pub fn is_star(&self) -> bool {
        token(&self.0, SyntaxKind::Star).is_some()
    }

    /// Whether names are taken out of the module, rather than the module bound to a name.
    pub fn is_selective(&self) -> bool {
        token(&self.0, SyntaxKind::LBrace).is_some()
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = ImportName> + use<> {
        children(&self.0)
    }

    /// The token of the path.
    pub fn path_token(&self) -> Option<SyntaxToken> {
        token(&self.0, SyntaxKind::String)
    }

    /// The path.
    pub fn path(&self) -> Option<String> {
        string_value(self.path_token()?.text()).ok()
    }

    /// Whether the content is pinned by a hash.
    pub fn is_pinned(&self) -> bool {
        token(&self.0, SyntaxKind::Colon).is_some()
    }
}

impl ImportName {
    /// The name in the module.
    pub fn name(&self) -> Option<SyntaxToken> {
        words(&self.0).next()
    }

    /// The name it gets, which may be the same.
    pub fn alias(&self) -> Option<SyntaxToken> {
        words(&self.0).last()
    }
}

impl FlagDirective {
    /// The directive's name.
    pub fn name(&self) -> String {
        words(&self.0).next().map(|token| token.text().to_owned()).unwrap_or_default()
    }
}

impl ValueDirective {
    /// The directive's name.
    pub fn name(&self) -> String {
        words(&self.0).next().map(|token| token.text().to_owned()).unwrap_or_default()
    }

    /// Its value.
    pub fn value(&self) -> Option<Expr> {
        child(&self.0)
    }
}
