//! Recursive descent over tokens into a lossless tree.
//!
//! Every loop consumes a token or stops, and every error leaves a tree, so the parser ends on any input. White space and comments go
//! to the tree just before the node or token that follows them. Lookahead that could be long (matching brackets) is computed once.

mod attribute;
mod check;
mod dict;
mod expr;
mod ty;

use rowan::{Checkpoint, GreenNode, GreenNodeBuilder, Language};

use crate::ast::{AstNode, Document};
use crate::lexer::{Token, tokenize};
use crate::{Relon, SyntaxKind, SyntaxNode};
use SyntaxKind as K;

/// Deepest nesting of brackets, unary operators and operands that is accepted.
pub const MAX_NESTING: usize = 256;

/// A mistake in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// First byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
    /// What to do, where that is known.
    pub hint: Option<String>,
}

/// A tree and the errors found while making it.
#[derive(Clone, Debug)]
pub struct Parse {
    green: GreenNode,
    errors: Vec<SyntaxError>,
}

impl Parse {
    /// The document.
    pub fn tree(&self) -> Document {
        Document::cast(SyntaxNode::new_root(self.green.clone())).expect("the root is a document")
    }

    /// All mistakes, in order of their places.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }
}

/// Parses a source.
pub fn parse(source: &str) -> Parse {
    let mut parser = Parser::new(source);
    parser.document();
    let mut errors = parser.errors;
    let green = parser.builder.finish();
    check::literals(&SyntaxNode::new_root(green.clone()), &mut errors);
    errors.sort_by_key(|error| (error.start, error.end));
    Parse { green, errors }
}

pub(crate) struct Parser<'a> {
    source: &'a str,
    /// All tokens.
    tokens: Vec<Token>,
    /// Positions in `tokens` of those that are not trivia, and one past the end.
    significant: Vec<usize>,
    /// For each opening bracket among the significant tokens, the closing one.
    closing: Vec<Option<usize>>,
    /// The next significant token.
    at: usize,
    /// The next token that is not in the tree yet.
    written: usize,
    /// Levels around the next token.
    depth: usize,
    /// Levels below the node that is parsed.
    height: usize,
    /// Whether a bracket was just found to be left open.
    is_left_open: bool,
    builder: GreenNodeBuilder<'static>,
    errors: Vec<SyntaxError>,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str) -> Self {
        let tokens = tokenize(source);
        let significant: Vec<usize> = (0..tokens.len()).filter(|index| !tokens[*index].kind.is_trivia()).collect();
        let closing = matching(&tokens, &significant);
        Parser {
            source,
            tokens,
            significant,
            closing,
            at: 0,
            written: 0,
            depth: 0,
            height: 0,
            is_left_open: false,
            builder: GreenNodeBuilder::new(),
            errors: Vec::new(),
        }
    }

    /// The significant token so many places ahead.
    fn token(&self, ahead: usize) -> Token {
        self.token_at(self.at + ahead)
    }

    fn token_at(&self, position: usize) -> Token {
        match self.significant.get(position) {
            Some(index) => self.tokens[*index],
            None => {
                let end = self.source.len() as u32;
                Token { kind: K::Eof, start: end, end }
            }
        }
    }

    fn kind(&self, ahead: usize) -> SyntaxKind {
        self.token(ahead).kind
    }

    fn text_at(&self, position: usize) -> &'a str {
        let token = self.token_at(position);
        &self.source[token.start as usize..token.end as usize]
    }

    fn is(&self, kind: SyntaxKind) -> bool {
        self.kind(0) == kind
    }

    /// Whether the next token is this word.
    fn is_word(&self, word: &str) -> bool {
        self.is(K::Ident) && self.text_at(self.at) == word
    }

    /// Whether nothing stands between a token and the one behind it.
    fn is_adjacent(&self, position: usize) -> bool {
        self.token_at(position).end == self.token_at(position + 1).start
    }

    /// Writes the trivia before the next significant token.
    fn trivia(&mut self) {
        let end = self.significant.get(self.at).copied().unwrap_or(self.tokens.len());
        while self.written < end {
            self.write();
        }
    }

    fn write(&mut self) {
        let token = self.tokens[self.written];
        let text = &self.source[token.start as usize..token.end as usize];
        self.builder.token(Relon::kind_to_raw(token.kind), text);
        self.written += 1;
    }

    /// Consumes a token.
    fn bump(&mut self) {
        self.trivia();
        if self.written < self.tokens.len() {
            self.write();
            self.at += 1;
        }
    }

    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.is(kind);
        if found {
            self.bump();
        }
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.bump();
        }
        found
    }

    /// Consumes a token of this kind, or says that it is missing.
    fn expect(&mut self, kind: SyntaxKind, what: &str) -> bool {
        let found = self.eat(kind);
        if !found {
            self.expected(what);
        }
        found
    }

    fn checkpoint(&mut self) -> Checkpoint {
        self.trivia();
        self.builder.checkpoint()
    }

    fn start(&mut self, kind: SyntaxKind) {
        self.trivia();
        self.builder.start_node(Relon::kind_to_raw(kind));
    }

    fn start_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        self.builder.start_node_at(checkpoint, Relon::kind_to_raw(kind));
    }

    fn finish(&mut self) {
        self.builder.finish_node();
    }

    fn error_at(&mut self, start: u32, end: u32, message: impl Into<String>, hint: Option<&str>) {
        // One mistake often shows at one place in several ways; the first says the most.
        if self.errors.last().is_some_and(|last| last.start == start) {
            return;
        }
        self.errors.push(SyntaxError { message: message.into(), start, end, hint: hint.map(str::to_owned) });
    }

    fn error(&mut self, message: impl Into<String>, hint: Option<&str>) {
        let token = self.token(0);
        self.error_at(token.start, token.end, message, hint);
    }

    /// Says what should stand here and what does.
    fn expected(&mut self, what: &str) {
        let token = self.token(0);
        let found = match token.kind {
            K::Eof => "the end of the file".to_owned(),
            K::FStringText | K::FStringStart | K::FStringEnd => "text".to_owned(),
            _ => format!("`{}`", shorten(self.text_at(self.at))),
        };
        // Words that start an expression elsewhere are names here, and stand alone before what they would introduce.
        let hint = match self.at.checked_sub(1).map(|before| self.text_at(before)) {
            Some("if") => Some("there is no `if`: write `condition ? a : b`"),
            Some("let") => Some("there is no `let`: name the value in a `where { .. }` behind the expression"),
            Some("not") => Some("there is no `not`: write `!`"),
            _ => match self.text_at(self.at) {
                "and" => Some("there is no `and`: write `&&`"),
                "or" => Some("there is no `or`: write `||`"),
                _ => None,
            },
        };
        self.error_at(token.start, token.end, format!("expected {what}, found {found}"), hint);
    }

    /// Consumes a token that fits nowhere.
    fn skip(&mut self) {
        self.start(K::Error);
        self.bump();
        self.finish();
    }

    /// Consumes all that is left.
    fn skip_rest(&mut self) {
        self.start(K::Error);
        while !self.is(K::Eof) {
            self.bump();
        }
        self.finish();
    }

    /// Runs one more level of nesting; too many end the parse.
    fn nested(&mut self, parse: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_NESTING {
            return self.too_deep();
        }
        self.depth += 1;
        let beside = std::mem::take(&mut self.height);
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || parse(self));
        self.height = beside.max(self.height + 1);
        self.depth -= 1;
    }

    /// Ends the parse where the tree would be too deep.
    fn too_deep(&mut self) {
        let hint = "name the inner parts in fields or in `where`";
        self.error(format!("nesting deeper than {MAX_NESTING} levels"), Some(hint));
        self.skip_rest();
    }

    /// Items with commas between them up to a closing token; the comma behind the last is optional.
    fn list(&mut self, close: SyntaxKind, what: &str, mut item: impl FnMut(&mut Self)) {
        self.items(close, what, &mut item, |_| false);
        if !self.eat(close) {
            self.expected(what);
        }
    }

    /// The items of a list, as far as it goes.
    fn items(
        &mut self,
        close: SyntaxKind,
        what: &str,
        item: &mut dyn FnMut(&mut Self),
        is_end: impl Fn(&Self) -> bool,
    ) {
        while !self.is(close) && !self.is(K::Eof) && !is_end(self) {
            let before = self.at;
            item(self);
            if self.at == before {
                self.skip();
                self.recover(close);
                self.eat(K::Comma);
                continue;
            }
            // A bracket that was left open has taken the comma, and was reported.
            let is_reported = std::mem::take(&mut self.is_left_open);
            if !self.is(close) && !self.eat(K::Comma) && !is_reported && !is_end(self) {
                self.expected(&format!("`,` or {what}"));
                self.recover(close);
            }
        }
    }

    /// Expressions with commas between them, up to the token that closes the bracket at `open`. A key where an expression should start
    /// belongs to the dict around: then the bracket was left open, and what follows is not blamed for it.
    fn expr_list(&mut self, open: usize, close: SyntaxKind, what: &str, mut item: impl FnMut(&mut Self)) {
        self.items(close, what, &mut item, Self::is_at_key);
        if self.is_at_key() {
            let token = self.token_at(open);
            let message = format!("`{}` is not closed", self.text_at(open));
            let hint = format!("add {what} before `{}`", self.text_at(self.at));
            self.error_at(token.start, token.end, message, Some(&hint));
            self.is_left_open = true;
        } else if !self.eat(close) {
            self.expected(what);
        }
    }

    /// Whether the key of a dict's entry stands here.
    fn is_at_key(&self) -> bool {
        matches!(self.kind(0), K::Ident | K::String) && self.kind(1) == K::Colon
    }

    /// Skips to the next comma of this list or to its end.
    fn recover(&mut self, close: SyntaxKind) {
        while !matches!(self.kind(0), K::Eof | K::Comma | K::RBrace | K::RBracket | K::RParen) && !self.is(close) {
            match self.closing.get(self.at).copied().flatten() {
                // A whole bracketed part goes at once: what is in it does not belong to this list.
                Some(end) => {
                    self.start(K::Error);
                    while self.at <= end {
                        self.bump();
                    }
                    self.finish();
                }
                None => self.skip(),
            }
        }
        self.eat(K::Comma);
    }

    fn document(&mut self) {
        self.builder.start_node(Relon::kind_to_raw(K::Document));
        if self.source.starts_with('\u{feff}') {
            self.error("the file starts with a byte-order mark", Some("save it as UTF-8 without one"));
            self.skip();
        }
        self.file_attributes();
        if self.is(K::Eof) {
            let hint = "a file is attributes and one expression, such as `#main(Int n) -> Int` and `n + 1`";
            self.error("empty document: there is no expression", Some(hint));
        } else {
            self.expr();
        }
        if !self.is(K::Eof) {
            self.trailing();
        }
        self.trivia();
        self.finish();
    }

    fn file_attributes(&mut self) {
        while matches!(self.kind(0), K::Hash | K::At) {
            self.attribute();
            if self.is(K::Comma) {
                self.error("no comma stands behind an attribute of a file", Some("remove it"));
                self.skip();
            }
        }
    }

    fn trailing(&mut self) {
        let found = shorten(self.text_at(self.at)).to_owned();
        let hint = "a file holds one expression; put several values into a dict `{ a: .., b: .. }`";
        self.error(format!("expected the end of the file, found `{found}`"), Some(hint));
        self.skip_rest();
    }
}

/// The start of a long token.
fn shorten(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.char_indices().nth(24).map_or(line, |(end, _)| &line[..end])
}

/// The closing bracket of each opening one, by position among the significant tokens.
fn matching(tokens: &[Token], significant: &[usize]) -> Vec<Option<usize>> {
    let mut closing = vec![None; significant.len()];
    let mut open: Vec<(SyntaxKind, usize)> = Vec::new();
    for (position, index) in significant.iter().enumerate() {
        let kind = tokens[*index].kind;
        match kind {
            K::LParen | K::LBrace | K::LBracket | K::InterpolationStart => open.push((closer(kind), position)),
            K::RParen | K::RBrace | K::RBracket | K::InterpolationEnd => {
                // A stray closing bracket does not close what it does not fit.
                if let Some((wanted, start)) = open.last().copied()
                    && wanted == kind
                {
                    closing[start] = Some(position);
                    open.pop();
                }
            }
            _ => {}
        }
    }
    closing
}

fn closer(open: SyntaxKind) -> SyntaxKind {
    match open {
        K::LParen => K::RParen,
        K::LBrace => K::RBrace,
        K::LBracket => K::RBracket,
        _ => K::InterpolationEnd,
    }
}
