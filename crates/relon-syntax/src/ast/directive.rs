//! Directives (`#name ..`) and decorators (`@name(..)`).

use rowan::ast::support;
use rowan::ast::{AstChildren, AstNode};

use super::*;

ast_nodes! {
    /// `#main(T a, ..) -> R`
    MainDirective,
    /// `#schema Name<T> body with { methods }`
    SchemaDirective,
    /// `#extend Name<T> with { methods }`
    ExtendDirective,
    /// `#enum Name<T> { variants }`
    EnumDirective,
    /// `#import what from "path"`
    ImportDirective,
    /// A directive that is only a word.
    FlagDirective,
    /// `#default e`
    DefaultDirective,
    /// `#expect "m"` and its synonyms `#msg` and `#error`.
    MessageDirective,
    /// `#brand T`
    BrandDirective,
    /// `#derive C` or `#no_auto_derive C`
    DeriveDirective,
    /// `@name(args)`
    Decorator,
}

ast_enum! {
    /// Any directive.
    Directive {
        /// `#main`
        Main(MainDirective),
        /// `#schema`
        Schema(SchemaDirective),
        /// `#extend`
        Extend(ExtendDirective),
        /// `#enum`
        Enum(EnumDirective),
        /// `#import`
        Import(ImportDirective),
        /// `#internal`, `#relaxed`, `#unstrict`, `#native`
        Flag(FlagDirective),
        /// `#default`
        Default(DefaultDirective),
        /// `#expect`, `#msg`, `#error`
        Message(MessageDirective),
        /// `#brand`
        Brand(BrandDirective),
        /// `#derive`, `#no_auto_derive`
        Derive(DeriveDirective),
    }
}

/// Which word a [`FlagDirective`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagKind {
    /// `#internal`
    Internal,
    /// `#relaxed`
    Relaxed,
    /// `#unstrict`
    Unstrict,
    /// `#native`
    Native,
}

/// What an [`ImportDirective`] brings in.
#[derive(Debug, Clone)]
pub enum ImportClause {
    /// `*`
    All,
    /// The module itself under one name.
    Module(Name),
    /// Selected names.
    List(ImportList),
}

/// The word after the `#`.
fn directive_name(node: &SyntaxNode) -> Option<SyntaxToken> {
    support::token(node, SyntaxKind::DirectiveName)
}

impl Directive {
    /// The word after the `#`.
    pub fn name_token(&self) -> Option<SyntaxToken> {
        directive_name(self.syntax())
    }
}

impl MainDirective {
    /// The entry's parameters.
    pub fn params(&self) -> impl Iterator<Item = Param> + use<> {
        support::child::<ParamList>(&self.0).into_iter().flat_map(|list| list.params())
    }

    /// The declared result type.
    pub fn result_type(&self) -> Option<Type> {
        support::child::<ResultType>(&self.0)?.ty()
    }
}

impl SchemaDirective {
    /// The schema's name.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The names of its type parameters.
    pub fn generics(&self) -> impl Iterator<Item = Name> + use<> {
        generics(&self.0)
    }

    /// What it consists of.
    pub fn body(&self) -> Option<SchemaBody> {
        support::child(&self.0)
    }

    /// The methods after `with`.
    pub fn methods(&self) -> impl Iterator<Item = Method> + use<> {
        methods(&self.0)
    }
}

impl ExtendDirective {
    /// The schema or builtin type that gets the methods.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The names of its type parameters.
    pub fn generics(&self) -> impl Iterator<Item = Name> + use<> {
        generics(&self.0)
    }

    /// The added methods.
    pub fn methods(&self) -> impl Iterator<Item = Method> + use<> {
        methods(&self.0)
    }
}

impl EnumDirective {
    /// The enum's name.
    pub fn name(&self) -> Option<Name> {
        name(&self.0)
    }

    /// The names of its type parameters.
    pub fn generics(&self) -> impl Iterator<Item = Name> + use<> {
        generics(&self.0)
    }

    /// The variants in source order.
    pub fn variants(&self) -> AstChildren<Variant> {
        support::children(&self.0)
    }
}

/// The names between `<` and `>` after a declared name.
pub(super) fn generics(node: &SyntaxNode) -> impl Iterator<Item = Name> + use<> {
    support::child::<GenericParams>(node).into_iter().flat_map(|list| list.names())
}

fn methods(node: &SyntaxNode) -> impl Iterator<Item = Method> + use<> {
    support::child::<MethodList>(node).into_iter().flat_map(|list| list.methods())
}

impl ImportDirective {
    /// What is imported.
    pub fn clause(&self) -> Option<ImportClause> {
        if has_token(&self.0, SyntaxKind::Star) {
            return Some(ImportClause::All);
        }
        let list = support::child(&self.0).map(ImportClause::List);
        list.or_else(|| name(&self.0).map(ImportClause::Module))
    }

    /// The path after `from`.
    pub fn path(&self) -> Option<StringLiteral> {
        support::token(&self.0, SyntaxKind::String).map(StringLiteral)
    }

    /// The integrity pin after the path.
    pub fn pin(&self) -> Option<ImportPin> {
        support::child(&self.0)
    }
}

impl FlagDirective {
    /// Which word it is.
    pub fn kind(&self) -> Option<FlagKind> {
        match directive_name(&self.0)?.text() {
            "internal" => Some(FlagKind::Internal),
            "relaxed" => Some(FlagKind::Relaxed),
            "unstrict" => Some(FlagKind::Unstrict),
            "native" => Some(FlagKind::Native),
            _ => None,
        }
    }
}

impl DefaultDirective {
    /// The default, a literal or a closure that computes it.
    pub fn value(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl MessageDirective {
    /// The message.
    pub fn value(&self) -> Option<Expr> {
        support::child(&self.0)
    }
}

impl BrandDirective {
    /// The type that the value is checked against.
    pub fn ty(&self) -> Option<Type> {
        support::child(&self.0)
    }
}

impl DeriveDirective {
    /// The name of the constraint.
    pub fn constraint(&self) -> Option<Name> {
        name(&self.0)
    }

    /// Whether it is `#no_auto_derive`.
    pub fn is_negative(&self) -> bool {
        directive_name(&self.0).is_some_and(|token| token.text() == "no_auto_derive")
    }
}

impl Decorator {
    /// The dotted name.
    pub fn path(&self) -> impl Iterator<Item = Name> + use<> {
        names(&self.0)
    }

    /// The arguments in parentheses, which may be left out altogether.
    pub fn arg_list(&self) -> Option<ArgList> {
        support::child(&self.0)
    }
}
