//! Source text to tokens, white space and comments included.
//!
//! An f-string is several tokens: its start, pieces of text, `${`, the tokens of an expression, `}`, and its end. So expressions inside
//! are ordinary parts of the tree.

use logos::Logos;

use crate::SyntaxKind;

/// Tokens outside of f-strings.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
enum Plain {
    #[regex(r"[ \t\r\n]+")]
    Whitespace,
    #[regex(r"//[^\n]*", allow_greedy = true)]
    #[token("/*", block_comment)]
    Comment,
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Ident,
    #[token("_", priority = 10)]
    Underscore,
    #[regex(r"[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+")]
    Int,
    #[regex(r"[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+")]
    Float,
    #[token("\"", string)]
    String,
    #[regex(r##"r#*""##, raw_string)]
    RawString,
    #[regex(r##"f#*""##)]
    FStringStart,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[token("@")]
    At,
    #[token("#")]
    Hash,
    #[token("&")]
    Amp,
    #[token("?")]
    Question,
    #[token("=")]
    Assign,
    #[token("<")]
    Lt,
    #[token(">")]
    Gt,
    #[token("<=")]
    Le,
    #[token(">=")]
    Ge,
    #[token("==")]
    EqEq,
    #[token("!=")]
    Ne,
    #[token("&&")]
    AndAnd,
    #[token("||")]
    OrOr,
    #[token("|")]
    Pipe,
    #[token("+")]
    Plus,
    #[token("++")]
    PlusPlus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("!")]
    Bang,
    #[token("=>")]
    FatArrow,
    #[token("->")]
    ThinArrow,
}

/// To the first `*/`, or to the end.
fn block_comment(lexer: &mut logos::Lexer<'_, Plain>) {
    let rest = lexer.remainder();
    lexer.bump(rest.find("*/").map_or(rest.len(), |end| end + 2));
}

/// To the closing quote, which no backslash precedes, or to the end.
fn string(lexer: &mut logos::Lexer<'_, Plain>) {
    let rest = lexer.remainder().as_bytes();
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            b'"' => return lexer.bump(at + 1),
            // What follows a backslash can be several bytes; the rest of them are no quotes.
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    lexer.bump(rest.len());
}

/// To the quote with as many `#` as the start has, or to the end.
fn raw_string(lexer: &mut logos::Lexer<'_, Plain>) {
    let hashes = lexer.slice().len() - 2;
    let end = format!("\"{}", "#".repeat(hashes));
    let rest = lexer.remainder();
    lexer.bump(rest.find(&end).map_or(rest.len(), |at| at + end.len()));
}

/// A token: its kind and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: SyntaxKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// An f-string that the lexer is inside of.
struct Open {
    /// Number of `#`; 0 is the form with escapes.
    hashes: usize,
    /// Braces open in the current interpolation; none while in text.
    braces: Option<u32>,
}

/// All tokens of a source, in order and without gaps.
pub(crate) fn tokenize(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { source, at: 0, open: Vec::new(), tokens: Vec::new() };
    while lexer.at < source.len() {
        match lexer.open.last() {
            Some(Open { braces: None, hashes }) => lexer.text(*hashes),
            _ => lexer.plain(),
        }
    }
    lexer.tokens
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    open: Vec<Open>,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn push(&mut self, kind: SyntaxKind, length: usize) {
        let (start, end) = (self.at as u32, (self.at + length) as u32);
        self.at += length;
        self.tokens.push(Token { kind, start, end });
    }

    /// One token outside of text.
    fn plain(&mut self) {
        let mut lexer = Plain::lexer(&self.source[self.at..]);
        let token = lexer.next();
        let length = lexer.span().end;
        let Some(Ok(token)) = token else {
            // Whatever is no token: one character of it.
            let width = self.source[self.at..].chars().next().map_or(1, char::len_utf8);
            return self.push(SyntaxKind::Unknown, width);
        };
        let braces = self.open.last_mut().and_then(|open| open.braces.as_mut());
        match (token, braces) {
            (Plain::FStringStart, _) => {
                self.open.push(Open { hashes: length - 2, braces: None });
                self.push(SyntaxKind::FStringStart, length);
            }
            (Plain::RBrace, Some(0)) => {
                self.open.last_mut().expect("an open f-string").braces = None;
                self.push(SyntaxKind::InterpolationEnd, length);
            }
            (Plain::LBrace, Some(braces)) => {
                *braces += 1;
                self.push(SyntaxKind::LBrace, length);
            }
            (Plain::RBrace, Some(braces)) => {
                *braces -= 1;
                self.push(SyntaxKind::RBrace, length);
            }
            (token, _) => self.push(kind(token), length),
        }
    }

    /// Text of an f-string up to `${` or its end, and that.
    fn text(&mut self, hashes: usize) {
        let rest = &self.source.as_bytes()[self.at..];
        let closes = |at: usize| rest[at + 1..].iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes;
        let mut length = 0;
        while length < rest.len() {
            match rest[length] {
                b'"' if closes(length) => break,
                b'$' if rest.get(length + 1) == Some(&b'{') => break,
                b'\\' if hashes == 0 => length += 2,
                _ => length += 1,
            }
        }
        let length = length.min(rest.len());
        if length > 0 {
            self.push(SyntaxKind::FStringText, length);
        }
        match rest.get(length) {
            Some(b'"') => {
                self.open.pop();
                self.push(SyntaxKind::FStringEnd, 1 + hashes);
            }
            Some(_) => {
                self.open.last_mut().expect("an open f-string").braces = Some(0);
                self.push(SyntaxKind::InterpolationStart, 2);
            }
            None => {}
        }
    }
}

#[rustfmt::skip]
fn kind(token: Plain) -> SyntaxKind {
    match token {
        Plain::Whitespace => SyntaxKind::Whitespace,
        Plain::Comment => SyntaxKind::Comment,
        Plain::Ident => SyntaxKind::Ident,
        Plain::Underscore => SyntaxKind::Underscore,
        Plain::Int => SyntaxKind::Int,
        Plain::Float => SyntaxKind::Float,
        Plain::String => SyntaxKind::String,
        Plain::RawString => SyntaxKind::RawString,
        Plain::FStringStart => SyntaxKind::FStringStart,
        Plain::LBrace => SyntaxKind::LBrace,
        Plain::RBrace => SyntaxKind::RBrace,
        Plain::LBracket => SyntaxKind::LBracket,
        Plain::RBracket => SyntaxKind::RBracket,
        Plain::LParen => SyntaxKind::LParen,
        Plain::RParen => SyntaxKind::RParen,
        Plain::Comma => SyntaxKind::Comma,
        Plain::Colon => SyntaxKind::Colon,
        Plain::Dot => SyntaxKind::Dot,
        Plain::Ellipsis => SyntaxKind::Ellipsis,
        Plain::At => SyntaxKind::At,
        Plain::Hash => SyntaxKind::Hash,
        Plain::Amp => SyntaxKind::Amp,
        Plain::Question => SyntaxKind::Question,
        Plain::Assign => SyntaxKind::Assign,
        Plain::Lt => SyntaxKind::Lt,
        Plain::Gt => SyntaxKind::Gt,
        Plain::Le => SyntaxKind::Le,
        Plain::Ge => SyntaxKind::Ge,
        Plain::EqEq => SyntaxKind::EqEq,
        Plain::Ne => SyntaxKind::Ne,
        Plain::AndAnd => SyntaxKind::AndAnd,
        Plain::OrOr => SyntaxKind::OrOr,
        Plain::Pipe => SyntaxKind::Pipe,
        Plain::Plus => SyntaxKind::Plus,
        Plain::PlusPlus => SyntaxKind::PlusPlus,
        Plain::Minus => SyntaxKind::Minus,
        Plain::Star => SyntaxKind::Star,
        Plain::Slash => SyntaxKind::Slash,
        Plain::Percent => SyntaxKind::Percent,
        Plain::Bang => SyntaxKind::Bang,
        Plain::FatArrow => SyntaxKind::FatArrow,
        Plain::ThinArrow => SyntaxKind::ThinArrow,
    }
}
