//! Types, and looking past them.

use super::Parser;
use crate::SyntaxKind as K;

/// Tokens within which the arguments of a type end where a type stands for a value; it bounds the lookahead.
const LONGEST_TYPE: usize = 256;

impl Parser<'_> {
    /// A type.
    pub(super) fn ty(&mut self) {
        match self.kind(0) {
            K::LParen => {
                self.start(K::TupleType);
                self.nested(|parser| {
                    parser.bump();
                    parser.list(K::RParen, "`)`", Self::ty);
                });
                self.finish();
            }
            K::Ident | K::String => self.path_type(),
            _ => self.expected("a type"),
        }
        if self.is(K::Question) && self.at > 0 && self.is_adjacent(self.at - 1) {
            self.error("`T?` is not a type", Some("write `Option<T>`"));
            self.skip();
        }
    }

    fn path_type(&mut self) {
        self.start(K::Type);
        self.bump();
        while self.is(K::Dot) && matches!(self.kind(1), K::Ident | K::String) {
            self.bump();
            self.bump();
        }
        if self.is(K::Lt) {
            self.nested(|parser| {
                parser.bump();
                parser.list(K::Gt, "`>`", Self::ty);
            });
        }
        self.finish();
    }

    /// The position behind a type that starts at `position`, if one does.
    pub(super) fn behind_type(&self, position: usize) -> Option<usize> {
        match self.token_at(position).kind {
            K::LParen => Some(self.closing.get(position).copied().flatten()? + 1),
            K::Ident | K::String => {
                let mut at = position + 1;
                while self.token_at(at).kind == K::Dot && matches!(self.token_at(at + 1).kind, K::Ident | K::String) {
                    at += 2;
                }
                if self.token_at(at).kind == K::Lt { self.behind_angles(at) } else { Some(at) }
            }
            _ => None,
        }
    }

    /// Whether `<` behind a name starts the arguments of a type: whether its `>` comes before a brace, `=>` or a closing bracket.
    pub(super) fn is_type(&self, position: usize) -> bool {
        let mut open = 0usize;
        for at in position..position + LONGEST_TYPE {
            match self.token_at(at).kind {
                K::Lt => open += 1,
                K::Gt if open == 1 => return true,
                K::Gt => open -= 1,
                K::LBrace | K::RBrace | K::FatArrow | K::RParen | K::RBracket | K::Eof
                    if !self.closes_inside(at, position) =>
                {
                    return false;
                }
                _ => {}
            }
        }
        false
    }

    /// Whether a closing parenthesis was opened behind `start`.
    fn closes_inside(&self, at: usize, start: usize) -> bool {
        self.token_at(at).kind == K::RParen && (start..at).any(|open| self.closing[open] == Some(at))
    }

    /// The position behind `<..>`, if all in it can be part of types.
    pub(super) fn behind_angles(&self, position: usize) -> Option<usize> {
        let mut open = 0usize;
        let mut at = position;
        loop {
            match self.token_at(at).kind {
                K::Lt => open += 1,
                K::Gt => {
                    open -= 1;
                    if open == 0 {
                        return Some(at + 1);
                    }
                }
                K::LParen => at = self.closing.get(at).copied().flatten()?,
                K::Ident | K::String | K::Dot | K::Comma => {}
                _ => return None,
            }
            at += 1;
        }
    }
}
