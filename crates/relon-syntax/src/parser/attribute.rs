//! Directives `#...` and decorators `@...`.

use super::Parser;
use crate::SyntaxKind as K;

const DIRECTIVES: [&str; 16] = [
    "main",
    "schema",
    "extend",
    "enum",
    "import",
    "internal",
    "relaxed",
    "unstrict",
    "native",
    "default",
    "expect",
    "msg",
    "error",
    "brand",
    "derive",
    "no_auto_derive",
];

impl Parser<'_> {
    pub(super) fn attribute(&mut self) {
        if self.is(K::At) {
            return self.decorator();
        }
        match self.text_at(self.at + 1) {
            "main" => self.main(),
            "schema" => self.schema(),
            "extend" => self.extend(),
            "enum" => self.enumeration(),
            "import" => self.import(),
            "internal" | "relaxed" | "unstrict" | "native" => {
                self.directive(K::FlagDirective);
                self.finish();
            }
            "default" | "expect" | "msg" | "error" | "brand" | "derive" | "no_auto_derive" => {
                self.directive(K::ValueDirective);
                self.expr();
                self.finish();
            }
            _ => self.unknown(),
        }
    }

    /// Starts a node and consumes `#` and the name.
    fn directive(&mut self, kind: K) {
        self.start(kind);
        self.bump();
        self.bump();
    }

    fn unknown(&mut self) {
        let name = self.token(1);
        let hint = format!("the directives are {}", DIRECTIVES.map(|name| format!("#{name}")).join(" "));
        let message = format!("unknown directive `#{}`", self.text_at(self.at + 1));
        self.error_at(name.start, name.end, message, Some(&hint));
        self.start(K::Error);
        self.bump();
        if self.is(K::Ident) {
            self.bump();
        }
        // What looks like its arguments would only give further errors.
        if let Some(end) = self.closing.get(self.at).copied().flatten() {
            while self.at <= end {
                self.bump();
            }
            if self.eat(K::ThinArrow) {
                self.ty();
            }
        }
        self.finish();
    }

    fn decorator(&mut self) {
        self.start(K::Decorator);
        self.bump();
        self.expect(K::Ident, "the name of a decorator");
        while self.is(K::Dot) {
            self.bump();
            self.expect(K::Ident, "a name");
        }
        // A parenthesis belongs to the decorator only where it follows at once; else it starts the value.
        if self.is(K::LParen) && self.is_adjacent(self.at - 1) {
            self.bump();
            self.list(K::RParen, "`)`", Self::expr);
        }
        self.finish();
    }

    fn main(&mut self) {
        self.directive(K::MainDirective);
        if self.is(K::LParen) {
            self.typed_params();
        } else {
            self.expected("`(` and the parameters");
        }
        if self.eat(K::ThinArrow) {
            self.ty();
        }
        self.finish();
    }

    fn generics(&mut self) {
        if self.is(K::Lt) {
            self.start(K::Generics);
            self.bump();
            self.list(K::Gt, "`>`", |parser| {
                parser.expect(K::Ident, "a type parameter");
            });
            self.finish();
        }
    }

    fn schema(&mut self) {
        self.directive(K::SchemaDirective);
        self.expect(K::Ident, "the schema's name");
        self.generics();
        let colon = self.eat(K::Colon);
        self.schema_body(colon);
        if self.is_word("with") && self.kind(1) == K::LBrace {
            self.bump();
            self.methods();
        }
        self.finish();
    }

    fn schema_body(&mut self, colon: bool) {
        match self.kind(0) {
            K::LBrace => self.dict(),
            K::LParen => self.ty(),
            K::Ident if !self.is_word("with") => {
                let behind = self.behind_type(self.at).map(|position| self.token_at(position).kind);
                let is_base = behind == Some(K::Plus);
                if colon || is_base || matches!(behind, Some(K::Hash | K::At)) {
                    self.ty();
                }
                while self.eat(K::Plus) {
                    if self.is(K::LBrace) { self.dict() } else { self.ty() }
                }
            }
            _ if colon => self.expected("the fields of the schema"),
            _ => {}
        }
    }

    fn extend(&mut self) {
        self.directive(K::ExtendDirective);
        self.expect(K::Ident, "the type's name");
        self.generics();
        if self.eat_word("with") {
            self.methods();
        } else {
            self.expected("`with` and methods");
        }
        self.finish();
    }

    fn methods(&mut self) {
        self.start(K::MethodBlock);
        self.expect(K::LBrace, "`{`");
        while !matches!(self.kind(0), K::RBrace | K::Eof) {
            let before = self.at;
            self.method();
            if self.at == before {
                self.skip();
            }
        }
        self.expect(K::RBrace, "`}`");
        self.finish();
    }

    fn method(&mut self) {
        self.start(K::Method);
        while self.is(K::Hash) {
            let takes_name = matches!(self.text_at(self.at + 1), "derive" | "no_auto_derive");
            self.directive(if takes_name { K::ValueDirective } else { K::FlagDirective });
            if takes_name {
                self.expect(K::Ident, "a constraint");
            }
            self.finish();
        }
        self.expect(K::Ident, "a method's name");
        self.generics();
        if self.is(K::LParen) {
            self.params();
        } else {
            self.expected("`(` and the parameters");
        }
        if self.expect(K::ThinArrow, "`->` and a result type") {
            self.ty();
        }
        if self.eat(K::Colon) {
            self.expr();
        }
        self.finish();
    }

    fn enumeration(&mut self) {
        self.directive(K::EnumDirective);
        self.expect(K::Ident, "the enum's name");
        self.generics();
        if self.expect(K::LBrace, "`{` and the variants") {
            self.list(K::RBrace, "`}`", Self::variant);
        }
        self.finish();
    }

    fn variant(&mut self) {
        self.start(K::EnumVariant);
        self.expect(K::Ident, "a variant's name");
        match self.kind(0) {
            K::LParen => self.ty(),
            K::LBrace => {
                self.bump();
                self.list(K::RBrace, "`}`", |parser| {
                    parser.start(K::VariantField);
                    parser.expect(K::Ident, "a field name");
                    parser.expect(K::Colon, "`:` and a type");
                    parser.ty();
                    parser.finish();
                });
            }
            _ => {}
        }
        self.finish();
    }

    fn import(&mut self) {
        self.directive(K::ImportDirective);
        match self.kind(0) {
            K::Star => self.bump(),
            K::Ident => self.import_name(),
            K::LBrace => {
                self.bump();
                self.list(K::RBrace, "`}`", Self::import_name);
            }
            _ => self.expected("a name, `*` or `{ names }`"),
        }
        if !self.eat_word("from") {
            self.expected("`from`");
        }
        self.expect(K::String, "the module's path in quotes");
        if self.is(K::Ident) && self.kind(1) == K::Colon && self.kind(2) == K::String {
            self.bump();
            self.bump();
            self.bump();
        }
        self.finish();
    }

    fn import_name(&mut self) {
        self.start(K::ImportName);
        self.expect(K::Ident, "a name");
        if self.eat_word("as") {
            self.expect(K::Ident, "a name");
        }
        self.finish();
    }
}
