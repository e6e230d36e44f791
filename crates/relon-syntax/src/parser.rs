//! The machine under the grammar: reads tokens without trivia, writes a flat list of events.
//!
//! Nodes are opened with a [`Marker`] and closed with a kind. A closed node can still be wrapped by one that begins
//! before it ([`Parser::precede`]), which is how `a + b` becomes a node after `a` has been parsed. Every loop of the
//! grammar consumes a token or leaves, and nesting is counted, so any input ends in linear time on a bounded stack.

use crate::brackets::Brackets;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind;
use crate::lexer::Token;

/// How deep expressions and types may nest.
const MAX_NESTING: u32 = 256;

/// One step of building the tree.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// A node begins; `parent` is the distance to the event of a node that wraps it and begins at the same place.
    Start { kind: SyntaxKind, parent: u32 },
    /// Does nothing: a node that was given up, or one that has already been opened.
    Nothing,
    /// The innermost node ends.
    Finish,
    /// The next bytes are a token of that kind.
    Token { kind: SyntaxKind, length: u32 },
}

/// A node that is open.
pub(crate) struct Marker(usize);

/// A node that is closed.
#[derive(Clone, Copy)]
pub(crate) struct Completed {
    start: usize,
    kind: SyntaxKind,
}

impl Completed {
    /// The node's kind.
    pub(crate) fn kind(self) -> SyntaxKind {
        self.kind
    }
}

/// The state of parsing one file.
pub(crate) struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    brackets: Brackets,
    position: usize,
    /// How many bytes of the current token have been taken already, if it was split.
    taken: u32,
    nesting: u32,
    /// The token that is the operand of the last unary minus.
    negated: Option<usize>,
    /// Errors after this are consequences of the first and are not reported.
    gave_up: bool,
    /// Whether a bracket without an end has been reported.
    open_reported: bool,
    events: Vec<Event>,
    errors: Vec<SyntaxError>,
}

/// What parsing produces.
pub(crate) struct Output {
    pub(crate) events: Vec<Event>,
    pub(crate) errors: Vec<SyntaxError>,
}

impl<'s> Parser<'s> {
    /// A parser at the first token of a file.
    pub(crate) fn new(source: &'s str, tokens: &[Token]) -> Self {
        let mut tokens: Vec<Token> = tokens.iter().copied().filter(|token| !token.kind.is_trivia()).collect();
        let brackets = Brackets::find(&tokens);
        let end = source.len() as u32;
        tokens.push(Token { kind: SyntaxKind::Eof, start: end, end });
        let events = Vec::with_capacity(tokens.len() * 3);
        Self {
            source,
            tokens,
            brackets,
            position: 0,
            taken: 0,
            nesting: 0,
            negated: None,
            gave_up: false,
            open_reported: false,
            events,
            errors: Vec::new(),
        }
    }

    /// The events and errors.
    pub(crate) fn finish(self) -> Output {
        Output { events: self.events, errors: self.errors }
    }

    // Looking.

    /// The index of the current token.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The kind of the current token.
    pub(crate) fn current(&self) -> SyntaxKind {
        self.kind_at(self.position)
    }

    /// The kind of the token `distance` after the current one.
    pub(crate) fn nth(&self, distance: usize) -> SyntaxKind {
        self.kind_at(self.position + distance)
    }

    /// The kind of the token with that index.
    pub(crate) fn kind_at(&self, index: usize) -> SyntaxKind {
        self.tokens.get(index).map_or(SyntaxKind::Eof, |token| token.kind)
    }

    /// Whether the current token has that kind.
    pub(crate) fn at(&self, kind: SyntaxKind) -> bool {
        self.current() == kind
    }

    /// Whether the current token is that word.
    pub(crate) fn at_word(&self, word: &str) -> bool {
        self.at(SyntaxKind::Ident) && self.text() == word
    }

    /// The token that closes the bracket at `open`.
    pub(crate) fn close_of(&self, open: usize) -> Option<usize> {
        self.brackets.close(open)
    }

    /// Whether nothing stands between the tokens `index` and `index + 1`.
    pub(crate) fn adjacent(&self, index: usize) -> bool {
        match (self.tokens.get(index), self.tokens.get(index + 1)) {
            (Some(first), Some(second)) => first.end == second.start,
            _ => false,
        }
    }

    /// The token with that index; the end of the file for all larger ones.
    fn token(&self, index: usize) -> Token {
        self.tokens[index.min(self.tokens.len() - 1)]
    }

    /// The text of the current token.
    pub(crate) fn text(&self) -> &'s str {
        let Token { start, end, .. } = self.token(self.position);
        &self.source[(start + self.taken) as usize..end as usize]
    }

    // Taking.

    /// Takes the current token as it is.
    pub(crate) fn bump(&mut self) {
        self.bump_as(self.current());
    }

    /// Takes the current token under another kind.
    pub(crate) fn bump_as(&mut self, kind: SyntaxKind) {
        let Token { start, end, .. } = self.token(self.position);
        if !self.at(SyntaxKind::Eof) {
            self.bump_part(kind, end - start - self.taken);
        }
    }

    /// Takes some bytes of the current token as a token of their own.
    pub(crate) fn bump_part(&mut self, kind: SyntaxKind, length: u32) {
        self.events.push(Event::Token { kind, length });
        let Token { start, end, .. } = self.token(self.position);
        self.taken += length;
        if start + self.taken >= end {
            self.position += 1;
            self.taken = 0;
        }
    }

    /// Takes the current token if it has that kind.
    pub(crate) fn eat(&mut self, kind: SyntaxKind) -> bool {
        let at = self.at(kind);
        if at {
            self.bump();
        }
        at
    }

    /// Takes the current token, and if it opens a bracket all up to the closing one.
    pub(crate) fn bump_group(&mut self) {
        let last = self.close_of(self.position).unwrap_or(self.position);
        while self.position <= last && !self.at(SyntaxKind::Eof) {
            self.bump();
        }
    }

    /// Takes a unary minus.
    pub(crate) fn bump_unary_minus(&mut self) {
        self.bump();
        self.negated = Some(self.position);
    }

    /// Whether the current token is the operand of a unary minus.
    pub(crate) fn is_negated(&self) -> bool {
        self.negated == Some(self.position)
    }

    // Nodes.

    /// Opens a node.
    pub(crate) fn start(&mut self) -> Marker {
        self.events.push(Event::Nothing);
        Marker(self.events.len() - 1)
    }

    /// Closes a node.
    pub(crate) fn complete(&mut self, marker: Marker, kind: SyntaxKind) -> Completed {
        self.events[marker.0] = Event::Start { kind, parent: 0 };
        self.events.push(Event::Finish);
        Completed { start: marker.0, kind }
    }

    /// Opens a node that will hold `completed` as its first child.
    pub(crate) fn precede(&mut self, completed: Completed) -> Marker {
        let marker = self.start();
        if let Event::Start { parent, .. } = &mut self.events[completed.start] {
            *parent = (marker.0 - completed.start) as u32;
        }
        marker
    }

    /// Puts the current group of tokens into an error node.
    pub(crate) fn skip_group(&mut self) {
        let marker = self.start();
        self.bump_group();
        self.complete(marker, SyntaxKind::Error);
    }

    /// Puts all tokens up to one that `stop` accepts into an error node. Groups are skipped as a whole, and closing
    /// brackets end the search since they belong to a construct further out.
    pub(crate) fn skip_until(&mut self, stop: impl Fn(SyntaxKind) -> bool) {
        if self.at_end_of_group() || stop(self.current()) {
            return;
        }
        let marker = self.start();
        while !self.at_end_of_group() && !stop(self.current()) {
            self.bump_group();
        }
        self.complete(marker, SyntaxKind::Error);
    }

    /// Whether the current token closes a bracket or is the end of the file.
    pub(crate) fn at_end_of_group(&self) -> bool {
        use SyntaxKind::*;
        matches!(self.current(), RBrace | RBracket | RParen | InterpolationEnd | FStringText | FStringEnd | Eof)
    }

    // Errors.

    /// Where the current token stands.
    pub(crate) fn range(&self) -> std::ops::Range<u32> {
        let Token { start, end, .. } = self.token(self.position);
        start + self.taken..end
    }

    /// Where the token with that index stands.
    pub(crate) fn range_at(&self, index: usize) -> std::ops::Range<u32> {
        let Token { start, end, .. } = self.token(index);
        start..end
    }

    /// Reports an error at the current token with what to write instead.
    pub(crate) fn error_hint(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.report(SyntaxError::new(message, self.range()).with_hint(hint));
    }

    /// Reports an error unless one has been reported at the same place.
    pub(crate) fn report(&mut self, error: SyntaxError) {
        let repeated = self.errors.last().is_some_and(|last| last.range.start == error.range.start);
        if !self.gave_up && !repeated {
            self.errors.push(error);
        }
    }

    /// Reports a bracket that is open at the end of the file, unless that has been done for one inside of it.
    pub(crate) fn report_open(&mut self, error: SyntaxError) {
        if !self.open_reported {
            self.report(error);
        }
        self.open_reported = true;
    }

    /// Runs `parse` one level deeper. Beyond the limit the rest of the file is skipped instead.
    pub(crate) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.nesting >= MAX_NESTING {
            self.give_up();
            return None;
        }
        self.nesting += 1;
        let result = parse(self);
        self.nesting -= 1;
        result
    }

    fn give_up(&mut self) {
        self.error_hint(
            format!("this is nested deeper than {MAX_NESTING} levels"),
            "give the inner parts names, with `where` or as fields",
        );
        self.gave_up = true;
        let marker = self.start();
        while !self.at(SyntaxKind::Eof) {
            self.bump();
        }
        self.complete(marker, SyntaxKind::Error);
    }
}
