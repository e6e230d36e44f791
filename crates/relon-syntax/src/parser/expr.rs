//! Expressions.

use rowan::Checkpoint;

use super::{MAX_NESTING, Parser};
use crate::SyntaxKind as K;

/// Binary operators by level, from the loosest.
fn level(kind: K) -> Option<usize> {
    Some(match kind {
        K::OrOr => 0,
        K::AndAnd => 1,
        K::EqEq | K::Ne => 2,
        K::Lt | K::Gt | K::Le | K::Ge => 3,
        K::Plus | K::Minus | K::PlusPlus => 4,
        K::Star | K::Slash | K::Percent => 5,
        K::Pipe => 6,
        _ => return None,
    })
}

const UNARY_LEVEL: usize = 7;

impl Parser<'_> {
    /// `Ternary ( match .. / where .. )*`
    pub(super) fn expr(&mut self) {
        let start = self.checkpoint();
        self.nested(|parser| {
            parser.ternary();
            parser.suffixes(start);
        });
    }

    fn suffixes(&mut self, start: Checkpoint) {
        while self.height <= MAX_NESTING {
            if self.is_word("match") && self.kind(1) == K::LBrace {
                self.start_at(start, K::Match);
                self.bump();
                self.bump();
                self.list(K::RBrace, "`}`", Self::arm);
                self.finish();
            } else if self.is_word("where") && self.kind(1) == K::LBrace {
                self.start_at(start, K::Where);
                self.bump();
                self.dict();
                self.finish();
            } else {
                return;
            }
            // What is before a suffix is a level below it, as if it stood in brackets.
            self.height += 1;
        }
        self.too_deep();
    }

    /// A ladder `c ? a : d ? b : e` is one node with its parts in order.
    fn ternary(&mut self) {
        let start = self.checkpoint();
        self.binary(0);
        if !self.is_ternary() {
            return;
        }
        self.start_at(start, K::Ternary);
        while self.is_ternary() {
            self.bump();
            self.expr();
            if !self.expect(K::Colon, "`:` and what the value is otherwise") {
                break;
            }
            let otherwise = self.checkpoint();
            self.binary(0);
            if !self.is_ternary() {
                self.suffixes(otherwise);
            }
        }
        self.finish();
    }

    fn is_ternary(&self) -> bool {
        self.is(K::Question) && !self.is_optional_step()
    }

    /// `?.` and `?[`, written without a gap.
    fn is_optional_step(&self) -> bool {
        self.is(K::Question) && matches!(self.kind(1), K::Dot | K::LBracket) && self.is_adjacent(self.at)
    }

    /// Operands of one level, as one flat node.
    fn binary(&mut self, lowest: usize) {
        if lowest == UNARY_LEVEL {
            return self.unary();
        }
        let start = self.checkpoint();
        self.binary(lowest + 1);
        if level(self.kind(0)) != Some(lowest) {
            return;
        }
        self.start_at(start, K::Binary);
        while level(self.kind(0)) == Some(lowest) {
            if self.is(K::PlusPlus) {
                self.error("there is no `++`", Some("use `+` to join texts, `[...a, ...b]` to join lists"));
            }
            self.bump();
            self.nested(|parser| parser.binary(lowest + 1));
        }
        self.finish();
    }

    fn unary(&mut self) {
        match self.kind(0) {
            K::Minus | K::Bang => {
                self.start(K::Prefix);
                self.bump();
                self.nested(Self::unary);
                self.finish();
            }
            K::Plus => {
                self.error("there is no unary `+`", Some("remove it"));
                self.skip();
                self.nested(Self::unary);
            }
            _ => self.postfix(),
        }
    }

    /// An atom and all its steps, as one flat node.
    fn postfix(&mut self) {
        let start = self.checkpoint();
        let callable = self.atom();
        let mut opened = false;
        loop {
            let is_call = self.is(K::LParen) && (callable || opened);
            if !(is_call || self.is_step()) {
                break;
            }
            if !opened {
                self.start_at(start, K::Postfix);
                opened = true;
            }
            if is_call { self.call() } else { self.step() }
        }
        if opened {
            self.finish();
        }
    }

    fn is_step(&self) -> bool {
        matches!(self.kind(0), K::Dot | K::LBracket) || self.is_optional_step()
    }

    fn step(&mut self) {
        let start = self.checkpoint();
        self.eat(K::Question);
        if self.eat(K::Dot) {
            if matches!(self.kind(0), K::Ident | K::Int | K::Float) {
                self.bump();
            } else {
                self.expected("a field name or a position");
            }
            self.start_at(start, K::FieldStep);
        } else {
            self.bump();
            self.expr();
            self.expect(K::RBracket, "`]`");
            self.start_at(start, K::IndexStep);
        }
        self.finish();
    }

    fn call(&mut self) {
        self.start(K::CallStep);
        let open = self.at;
        self.bump();
        let mut named = false;
        self.expr_list(open, K::RParen, "`)`", |parser| {
            if parser.is(K::Ident) && parser.kind(1) == K::Assign {
                named = true;
                parser.start(K::NamedArg);
                parser.bump();
                parser.bump();
                parser.expr();
                return parser.finish();
            }
            if named {
                parser.error("a positional argument behind a named one", Some("put positional arguments first"));
            }
            parser.expr();
        });
        self.finish();
    }

    /// One expression without operators; says whether it can be called.
    fn atom(&mut self) -> bool {
        match self.kind(0) {
            K::Int | K::Float | K::String | K::RawString => {
                self.literal();
                return false;
            }
            K::FStringStart => {
                self.f_string();
                return false;
            }
            K::Star => self.single(K::Wildcard),
            K::Amp => self.reference(),
            K::LBrace => {
                self.dict();
                return false;
            }
            K::LBracket => {
                self.bracketed();
                return false;
            }
            K::LParen => self.parenthesis(),
            K::Ident => self.word(),
            K::Hash | K::At => self.attributed(),
            K::Underscore => {
                self.error("`_` is not a value", Some("`_` stands for an ignored parameter or any pattern"));
                self.skip();
            }
            _ => self.expected("an expression"),
        }
        true
    }

    fn literal(&mut self) {
        let is_number = matches!(self.kind(0), K::Int | K::Float);
        if is_number && self.kind(1) == K::Ident && self.is_adjacent(self.at) {
            let (start, end) = (self.token(0).start, self.token(1).end);
            let hint = "prefixes are lowercase (0x, 0o, 0b), and numbers have no suffixes";
            self.error_at(start, end, "this is no number", Some(hint));
            self.start(K::Literal);
            self.bump();
            self.finish();
            return self.skip();
        }
        self.single(K::Literal);
    }

    fn single(&mut self, kind: K) {
        self.start(kind);
        self.bump();
        self.finish();
    }

    fn attributed(&mut self) {
        self.start(K::Attributed);
        while matches!(self.kind(0), K::Hash | K::At) {
            self.attribute();
        }
        self.nested(Self::unary);
        self.finish();
    }

    fn reference(&mut self) {
        self.start(K::Reference);
        self.bump();
        let bases = ["root", "sibling", "uncle", "this", "prev", "next", "index"];
        if bases.iter().any(|base| self.is_word(base)) {
            self.bump();
        } else {
            self.expected("`root`, `sibling`, `uncle`, `prev`, `next` or `index` behind `&`");
        }
        self.finish();
    }

    /// A name, a literal word, a variant with a payload in braces, or a type.
    fn word(&mut self) {
        if matches!(self.text_at(self.at), "true" | "false" | "NaN" | "Infinity" | "null") {
            return self.single(K::Literal);
        }
        if self.kind(1) == K::Lt && self.is_adjacent(self.at) && self.is_type(self.at + 1) {
            self.start(K::TypeExpr);
            self.ty();
            return self.finish();
        }
        match self.variant_path() {
            Some(end) => {
                self.start(K::VariantCtor);
                while self.at < end {
                    self.bump();
                }
                self.dict();
                self.finish();
            }
            None => self.single(K::Name),
        }
    }

    /// Where the braces start behind a path of two or more names.
    fn variant_path(&self) -> Option<usize> {
        let mut at = self.at + 1;
        while self.token_at(at).kind == K::Dot && self.token_at(at + 1).kind == K::Ident {
            at += 2;
        }
        (at > self.at + 1 && self.token_at(at).kind == K::LBrace).then_some(at)
    }

    /// A list or a comprehension.
    fn bracketed(&mut self) {
        let (start, open) = (self.checkpoint(), self.at);
        self.bump();
        if self.eat(K::RBracket) {
            self.start_at(start, K::List);
            return self.finish();
        }
        self.list_item();
        if self.is_word("for") {
            self.comprehension();
            self.start_at(start, K::Comprehension);
            return self.finish();
        }
        if !self.is(K::RBracket) && !self.is_at_key() && !self.eat(K::Comma) {
            self.expected("`,`, `for` or `]`");
            self.recover(K::RBracket);
        }
        self.expr_list(open, K::RBracket, "`]`", Self::list_item);
        self.start_at(start, K::List);
        self.finish();
    }

    fn list_item(&mut self) {
        if self.is(K::Ellipsis) {
            self.start(K::Spread);
            self.bump();
            self.nested(Self::unary);
            self.finish();
        } else {
            self.expr();
        }
    }

    fn comprehension(&mut self) {
        self.bump();
        if matches!(self.kind(0), K::Ident | K::Underscore) {
            self.single(K::Binder);
        } else {
            self.expected("a name for the element");
        }
        if !self.eat_word("in") {
            self.expected("`in`");
        }
        self.expr();
        if self.eat_word("if") {
            self.expr();
        }
        self.expect(K::RBracket, "`]`");
    }

    /// A closure, a tuple or a parenthesised expression.
    fn parenthesis(&mut self) {
        if self.is_closure() {
            return self.closure();
        }
        let (start, open) = (self.checkpoint(), self.at);
        self.bump();
        if self.eat(K::RParen) {
            self.start_at(start, K::Tuple);
            return self.finish();
        }
        self.expr();
        if self.eat(K::Comma) {
            self.expr_list(open, K::RParen, "`)`", Self::expr);
            self.start_at(start, K::Tuple);
        } else {
            self.expect(K::RParen, "`)`");
            self.start_at(start, K::Paren);
        }
        self.finish();
    }

    fn is_closure(&self) -> bool {
        let Some(close) = self.closing.get(self.at).copied().flatten() else { return false };
        match self.token_at(close + 1).kind {
            K::FatArrow => true,
            K::ThinArrow => self.behind_type(close + 2).is_some_and(|behind| self.token_at(behind).kind == K::FatArrow),
            _ => false,
        }
    }

    fn closure(&mut self) {
        self.start(K::Closure);
        self.params();
        if self.eat(K::ThinArrow) {
            self.ty();
        }
        self.expect(K::FatArrow, "`=>`");
        self.expr();
        self.finish();
    }

    /// `( (Type)? name, .. )`
    pub(super) fn params(&mut self) {
        self.start(K::ParamList);
        self.bump();
        self.list(K::RParen, "`)`", |parser| {
            parser.start(K::Param);
            parser.param();
            parser.finish();
        });
        self.finish();
    }

    /// Parameters that all have types.
    pub(super) fn typed_params(&mut self) {
        self.start(K::ParamList);
        self.bump();
        self.list(K::RParen, "`)`", |parser| {
            parser.start(K::Param);
            if parser.is(K::Ident) && matches!(parser.kind(1), K::Comma | K::RParen) {
                parser.error("a parameter of `#main` has no type", Some("write `Type name`"));
            }
            parser.param();
            parser.finish();
        });
        self.finish();
    }

    /// `(Type)? name`, or `name: Type` as methods write it.
    fn param(&mut self) {
        let is_name = |kind| matches!(kind, K::Ident | K::Underscore);
        if is_name(self.kind(0)) && self.kind(1) == K::Colon {
            self.bump();
            self.bump();
            return self.ty();
        }
        let behind = self.behind_type(self.at);
        // A question mark is a retired way to write an option, which `ty` knows.
        if behind.map(|behind| self.token_at(behind).kind).is_some_and(|kind| is_name(kind) || kind == K::Question) {
            self.ty();
        }
        if is_name(self.kind(0)) {
            self.bump();
        } else {
            self.expected("a parameter name");
        }
    }

    fn f_string(&mut self) {
        self.start(K::FString);
        let start = self.token(0);
        self.bump();
        loop {
            match self.kind(0) {
                K::FStringText => self.bump(),
                K::FStringEnd => {
                    self.bump();
                    break;
                }
                K::InterpolationStart => self.interpolation(),
                _ => {
                    self.error_at(start.start, start.end, "this f-string has no end", Some("add the closing quote"));
                    break;
                }
            }
        }
        self.finish();
    }

    fn interpolation(&mut self) {
        self.start(K::Interpolation);
        let end = self.closing.get(self.at).copied().flatten();
        self.bump();
        self.expr();
        if !self.is(K::InterpolationEnd) && !self.is(K::Eof) {
            self.expected("`}`: an interpolation holds one expression");
            while end.is_some_and(|end| self.at < end) {
                self.skip();
            }
        }
        if !self.eat(K::InterpolationEnd) {
            self.expected("`}`");
        }
        self.finish();
    }

    fn arm(&mut self) {
        self.start(K::Arm);
        self.pattern();
        self.expect(K::Colon, "`:` and the value of this arm");
        self.expr();
        self.finish();
    }

    fn pattern(&mut self) {
        self.start(K::Pattern);
        match self.kind(0) {
            K::Underscore => self.bump(),
            K::Ident => self.variant_pattern(),
            K::Int | K::Float | K::String | K::RawString => {
                let hint = "patterns name variants; compare values with `==` and `? :`";
                self.error("a pattern is not a literal", Some(hint));
                self.bump();
            }
            _ => self.expected("a pattern"),
        }
        self.finish();
    }

    fn variant_pattern(&mut self) {
        self.ty();
        match self.kind(0) {
            K::LParen => {
                self.bump();
                self.list(K::RParen, "`)`", |parser| match parser.kind(0) {
                    K::Ident | K::Underscore => parser.single(K::Binder),
                    _ => parser.expected("a name or `_`"),
                });
            }
            K::LBrace => {
                self.bump();
                self.list(K::RBrace, "`}`", Self::field_binder);
            }
            _ => {}
        }
    }

    /// `field` or `field: name`
    fn field_binder(&mut self) {
        self.start(K::Binder);
        if self.expect(K::Ident, "a field name") && self.eat(K::Colon) && !self.eat(K::Ident) {
            self.expect(K::Underscore, "a name or `_`");
        }
        self.finish();
    }
}
