//! Which bracket belongs to which, found once for the whole file.
//!
//! The grammar looks ahead to the end of a group in several places (closure or parenthesis, type or comparison). With
//! this table each such question takes one step, so that parsing stays linear in the size of the source.
//!
//! `<` and `>` are brackets only if what is between them can be types: a brace, `=>` or a closing bracket of another
//! kind ends the search (LANGUAGE.md 3.3, rule 2).

use crate::kind::SyntaxKind;
use crate::lexer::Token;

const NONE: u32 = u32::MAX;

/// For each opening token the token that closes it.
pub(crate) struct Brackets {
    close: Vec<u32>,
}

impl Brackets {
    /// The token that closes the one at `open`.
    pub(crate) fn close(&self, open: usize) -> Option<usize> {
        self.close.get(open).filter(|&&close| close != NONE).map(|&close| close as usize)
    }

    /// Pairs the brackets of a list of tokens without trivia.
    pub(crate) fn find(tokens: &[Token]) -> Self {
        let mut matcher = Matcher { close: vec![NONE; tokens.len()], open: Vec::new(), hard: [0; 5], stop: 0 };
        for (index, token) in tokens.iter().enumerate() {
            matcher.token(index, token.kind);
        }
        Self { close: matcher.close }
    }
}

/// The number of a bracket that is not an angle; an opening and its closing bracket share it.
fn hard_class(kind: SyntaxKind) -> Option<(usize, bool)> {
    Some(match kind {
        SyntaxKind::LBrace => (0, true),
        SyntaxKind::RBrace => (0, false),
        SyntaxKind::LBracket => (1, true),
        SyntaxKind::RBracket => (1, false),
        SyntaxKind::LParen => (2, true),
        SyntaxKind::RParen => (2, false),
        SyntaxKind::InterpolationStart => (3, true),
        SyntaxKind::InterpolationEnd => (3, false),
        SyntaxKind::FStringStart => (4, true),
        SyntaxKind::FStringEnd => (4, false),
        _ => return None,
    })
}

struct Matcher {
    close: Vec<u32>,
    /// Open brackets with their class; none for an angle.
    open: Vec<(usize, Option<usize>)>,
    /// How many brackets of each class are open.
    hard: [usize; 5],
    /// Angles opened before this token can't be closed any more.
    stop: usize,
}

impl Matcher {
    fn token(&mut self, index: usize, kind: SyntaxKind) {
        if matches!(kind, SyntaxKind::LBrace | SyntaxKind::RBrace | SyntaxKind::FatArrow) {
            self.stop = index;
        }
        match (kind, hard_class(kind)) {
            (SyntaxKind::Lt, _) => self.open.push((index, None)),
            (SyntaxKind::Gt, _) => self.close_angle(index),
            (_, Some((class, true))) => {
                self.hard[class] += 1;
                self.open.push((index, Some(class)));
            }
            (_, Some((class, false))) => self.close_hard(index, class),
            _ => {}
        }
    }

    fn close_angle(&mut self, index: usize) {
        if let Some(&(open, None)) = self.open.last() {
            self.open.pop();
            if open >= self.stop {
                self.close[open] = index as u32;
            }
        }
    }

    /// Drops what was opened inside and never closed; a closing bracket without an opening one closes nothing.
    fn close_hard(&mut self, index: usize, class: usize) {
        if self.hard[class] == 0 {
            return;
        }
        while let Some((open, opened)) = self.open.pop() {
            let Some(opened) = opened else { continue };
            self.hard[opened] -= 1;
            if opened == class {
                self.close[open] = index as u32;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(source: &str) -> Vec<(usize, usize)> {
        let tokens: Vec<_> = crate::lexer::lex(source).tokens.into_iter().filter(|t| !t.kind.is_trivia()).collect();
        let brackets = Brackets::find(&tokens);
        (0..tokens.len()).filter_map(|open| brackets.close(open).map(|close| (open, close))).collect()
    }

    #[test]
    fn brackets_pair_by_kind() {
        assert_eq!(pairs("([{}])"), [(0, 5), (1, 4), (2, 3)]);
        assert_eq!(pairs("([)"), [(0, 2)]);
        assert_eq!(pairs("(])"), [(0, 2)]);
    }

    #[test]
    fn angles_pair_unless_something_stops_them() {
        assert_eq!(pairs("a<b<c>>"), [(1, 6), (3, 5)]);
        assert_eq!(pairs("a<(b, c)>"), [(1, 7), (2, 6)]);
        assert_eq!(pairs("a<b => c>"), []);
        assert_eq!(pairs("(a<b) > c"), [(0, 4)]);
    }
}
