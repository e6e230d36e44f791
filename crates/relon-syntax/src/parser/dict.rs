//! Dict literals, which are also schema bodies and `where` bindings.

use super::Parser;
use crate::SyntaxKind as K;

impl Parser<'_> {
    /// `{ .. }`
    pub(super) fn dict(&mut self) {
        self.start(K::Dict);
        if self.expect(K::LBrace, "`{`") {
            self.list(K::RBrace, "`}`", Self::field);
        }
        self.finish();
    }

    fn field(&mut self) {
        self.start(K::Field);
        while matches!(self.kind(0), K::Hash | K::At) {
            self.attribute();
        }
        match self.kind(0) {
            K::Comma | K::RBrace | K::Eof => {}
            K::Ellipsis => self.spread(),
            _ => self.entry(),
        }
        self.finish();
    }

    fn spread(&mut self) {
        self.start(K::Spread);
        self.bump();
        self.type_hint();
        self.expr();
        self.finish();
    }

    /// `<Type>`, if it is there.
    fn type_hint(&mut self) {
        if self.eat(K::Lt) {
            self.ty();
            self.expect(K::Gt, "`>`");
        }
    }

    /// `(Type)? key: value` or `(Type)? key(params) (-> Type)?: body`
    fn entry(&mut self) {
        if self.has_type_prefix() {
            self.ty();
        }
        if !self.key() {
            return;
        }
        if self.is(K::LParen) {
            self.params();
            if self.eat(K::ThinArrow) {
                self.ty();
            }
        }
        if self.expect(K::Colon, "`:` and a value") {
            self.expr();
        }
    }

    fn has_type_prefix(&self) -> bool {
        let Some(behind) = self.behind_type(self.at) else { return false };
        match self.token_at(behind).kind {
            K::Ident | K::String => matches!(self.token_at(behind + 1).kind, K::Colon | K::LParen),
            K::LBracket => self
                .closing
                .get(behind)
                .copied()
                .flatten()
                .is_some_and(|close| self.token_at(close + 1).kind == K::Colon),
            _ => false,
        }
    }

    fn key(&mut self) -> bool {
        self.start(K::Key);
        let found = match self.kind(0) {
            K::Ident | K::String | K::RawString => {
                self.bump();
                true
            }
            K::LBracket => {
                self.computed_key();
                true
            }
            _ => {
                self.expected("a key");
                false
            }
        };
        self.finish();
        found
    }

    fn computed_key(&mut self) {
        self.bump();
        self.type_hint();
        self.expr();
        self.expect(K::RBracket, "`]`");
    }
}
