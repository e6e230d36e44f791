//! Source text to tokens, white space and comments included.
//!
//! Ordinary tokens are found by a generated automaton. F-strings are not regular: their text is read by hand, and
//! inside `${ }` the automaton takes over again until the brace that ends the interpolation. A stack remembers which
//! f-strings are open and how many ordinary braces each interpolation has seen, so nesting costs no recursion.

use std::ops::Range;

use logos::Logos;

use crate::error::SyntaxError;
use crate::kind::SyntaxKind;
use crate::text;

/// A token's kind and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: SyntaxKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// All tokens of a text in order without gaps, and what is wrong with them.
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) errors: Vec<SyntaxError>,
}

type RawLexer<'s> = logos::Lexer<'s, RawToken>;

/// What the automaton tells apart.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
enum RawToken {
    /// A token that is complete as it stands.
    #[regex(r"[ \t\r\n]+", |_| SyntaxKind::Whitespace)]
    #[regex(r"//[^\n]*", |_| SyntaxKind::LineComment, allow_greedy = true)]
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*", |_| SyntaxKind::Ident)]
    #[token("_", |_| SyntaxKind::Underscore, priority = 20)]
    #[regex(r"[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+", |_| SyntaxKind::IntNumber, priority = 10)]
    #[regex(r"[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+", |_| SyntaxKind::FloatNumber, priority = 10)]
    #[token("{", |_| SyntaxKind::LBrace)]
    #[token("}", |_| SyntaxKind::RBrace)]
    #[token("[", |_| SyntaxKind::LBracket)]
    #[token("]", |_| SyntaxKind::RBracket)]
    #[token("(", |_| SyntaxKind::LParen)]
    #[token(")", |_| SyntaxKind::RParen)]
    #[token(",", |_| SyntaxKind::Comma)]
    #[token(":", |_| SyntaxKind::Colon)]
    #[token(".", |_| SyntaxKind::Dot)]
    #[token("...", |_| SyntaxKind::Ellipsis)]
    #[token("@", |_| SyntaxKind::At)]
    #[token("#", |_| SyntaxKind::Hash)]
    #[token("&", |_| SyntaxKind::Amp)]
    #[token("?", |_| SyntaxKind::Question)]
    #[token("=", |_| SyntaxKind::Eq)]
    #[token("==", |_| SyntaxKind::EqEq)]
    #[token("!=", |_| SyntaxKind::NotEq)]
    #[token("<", |_| SyntaxKind::Lt)]
    #[token(">", |_| SyntaxKind::Gt)]
    #[token("<=", |_| SyntaxKind::LtEq)]
    #[token(">=", |_| SyntaxKind::GtEq)]
    #[token("+", |_| SyntaxKind::Plus)]
    #[token("++", |_| SyntaxKind::PlusPlus)]
    #[token("-", |_| SyntaxKind::Minus)]
    #[token("*", |_| SyntaxKind::Star)]
    #[token("/", |_| SyntaxKind::Slash)]
    #[token("%", |_| SyntaxKind::Percent)]
    #[token("!", |_| SyntaxKind::Bang)]
    #[token("|", |_| SyntaxKind::Pipe)]
    #[token("&&", |_| SyntaxKind::AmpAmp)]
    #[token("||", |_| SyntaxKind::PipePipe)]
    #[token("=>", |_| SyntaxKind::FatArrow)]
    #[token("->", |_| SyntaxKind::ThinArrow)]
    Plain(SyntaxKind),
    /// A number that runs into letters.
    #[regex(r"[0-9]+(\.[0-9]+)?[A-Za-z_][A-Za-z0-9_]*", priority = 2)]
    BadNumber,
    /// The start of a comment whose end the driver finds.
    #[token("/*")]
    BlockComment,
    /// The opening quote of a plain string.
    #[token("\"")]
    Quote,
    /// The opening of a raw string.
    #[regex("r#*\"")]
    RawQuote,
    /// The opening of an f-string.
    #[regex("f#*\"")]
    FQuote,
    /// `>` and `=>`, as in `(x) -> List<Int>=> x`.
    #[token(">=>")]
    GtFatArrow,
}

/// An f-string that is open.
struct Frame {
    start: Range<usize>,
    hashes: usize,
    /// The place of the `${` that is open and how many ordinary braces are open in it.
    interpolation: Option<(Range<usize>, usize)>,
}

struct Driver<'s> {
    source: &'s str,
    raw: RawLexer<'s>,
    frames: Vec<Frame>,
    out: Lexed,
}

/// Cuts a text into tokens.
pub(crate) fn lex(source: &str) -> Lexed {
    let out = Lexed { tokens: Vec::with_capacity(source.len() / 3), errors: Vec::new() };
    let mut driver = Driver { source, raw: RawToken::lexer(source), frames: Vec::new(), out };
    while driver.step() {}
    driver.report_open_frame();
    driver.out
}

impl Driver<'_> {
    fn step(&mut self) -> bool {
        if self.frames.last().is_some_and(|frame| frame.interpolation.is_none()) {
            return self.fstring_text();
        }
        let Some(token) = self.raw.next() else { return false };
        match token {
            Ok(RawToken::Plain(kind)) => self.plain(kind),
            Ok(RawToken::BadNumber) => self.bad_number(),
            Ok(RawToken::BlockComment) => self.block_comment(),
            Ok(RawToken::Quote) => self.plain_string(),
            Ok(RawToken::RawQuote) => self.raw_string(),
            Ok(RawToken::FQuote) => self.open_fstring(),
            Ok(RawToken::GtFatArrow) => self.gt_fat_arrow(),
            Err(()) => self.unknown(),
        }
        true
    }

    fn push(&mut self, kind: SyntaxKind, range: Range<usize>) {
        self.out.tokens.push(Token { kind, start: range.start as u32, end: range.end as u32 });
    }

    fn error(&mut self, message: impl Into<String>, range: Range<usize>) -> &mut SyntaxError {
        self.out.errors.push(SyntaxError::new(message, range.start as u32..range.end as u32));
        self.out.errors.last_mut().expect("an error was just pushed")
    }

    /// Braces matter inside interpolations; all else is taken as it is.
    fn plain(&mut self, kind: SyntaxKind) {
        let range = self.raw.span();
        let mut kind = kind;
        if let Some(Frame { interpolation: open @ Some(_), .. }) = self.frames.last_mut()
            && let Some((_, braces)) = open
        {
            match kind {
                SyntaxKind::LBrace => *braces += 1,
                SyntaxKind::RBrace if *braces > 0 => *braces -= 1,
                SyntaxKind::RBrace => {
                    *open = None;
                    kind = SyntaxKind::InterpolationEnd;
                }
                _ => {}
            }
        }
        self.push(kind, range);
    }

    fn gt_fat_arrow(&mut self) {
        let Range { start, end } = self.raw.span();
        self.push(SyntaxKind::Gt, start..start + 1);
        self.push(SyntaxKind::FatArrow, start + 1..end);
    }

    fn bad_number(&mut self) {
        let range = self.raw.span();
        let hint = match self.raw.slice() {
            number if number.starts_with(['0']) && number[1..].starts_with(['x', 'o', 'b', 'X', 'O', 'B']) => {
                "write `0x` with hex digits, `0o` with octal digits or `0b` with binary digits, all prefixes in lower case"
            }
            number if number.contains('_') => "leave out the `_`: numbers have no digit separators",
            _ => "numbers have no suffixes; put a space before a name",
        };
        let message = format!("`{}` is not a number", self.raw.slice());
        self.error(message, range.clone()).hint = Some(hint.to_owned());
        self.push(SyntaxKind::IntNumber, range);
    }

    fn block_comment(&mut self) {
        let rest = self.raw.remainder();
        let length = rest.find("*/").map_or(rest.len(), |found| found + 2);
        self.raw.bump(length);
        self.push(SyntaxKind::BlockComment, self.raw.span());
    }

    fn plain_string(&mut self) {
        let (length, closed) = plain_text_length(self.raw.remainder());
        self.raw.bump(length + usize::from(closed));
        let range = self.raw.span();
        if !closed {
            self.unterminated("string", range.start..range.start + 1, "\"");
        }
        let body = range.start + 1..range.start + 1 + length;
        self.check_escapes(body);
        self.push(SyntaxKind::String, range);
    }

    fn raw_string(&mut self) {
        let opening = self.raw.span();
        let closing = format!("\"{}", "#".repeat(opening.len() - 2));
        let rest = self.raw.remainder();
        let found = rest.find(&closing);
        self.raw.bump(found.map_or(rest.len(), |found| found + closing.len()));
        if found.is_none() {
            self.unterminated("raw string", opening, &closing);
        }
        self.push(SyntaxKind::String, self.raw.span());
    }

    fn open_fstring(&mut self) {
        let start = self.raw.span();
        self.push(SyntaxKind::FStringStart, start.clone());
        self.frames.push(Frame { hashes: start.len() - 2, start, interpolation: None });
    }

    /// Reads the text of the innermost f-string up to its end or to an interpolation.
    fn fstring_text(&mut self) -> bool {
        let rest = self.raw.remainder();
        let start = self.source.len() - rest.len();
        let hashes = self.frames.last().map_or(0, |frame| frame.hashes);
        let (length, stop) = fstring_text_length(rest, hashes);
        self.raw.bump(length);
        if length > 0 {
            if hashes == 0 {
                self.check_escapes(start..start + length);
            }
            self.push(SyntaxKind::FStringText, start..start + length);
        }
        self.end_fstring_text(start + length, stop)
    }

    fn end_fstring_text(&mut self, at: usize, stop: TextStop) -> bool {
        match stop {
            TextStop::SourceEnd => return false,
            TextStop::Interpolation => {
                self.raw.bump(2);
                self.push(SyntaxKind::InterpolationStart, at..at + 2);
                if let Some(frame) = self.frames.last_mut() {
                    frame.interpolation = Some((at..at + 2, 0));
                }
            }
            TextStop::Quote => {
                let length = 1 + self.frames.pop().map_or(0, |frame| frame.hashes);
                self.raw.bump(length);
                self.push(SyntaxKind::FStringEnd, at..at + length);
            }
        }
        true
    }

    fn check_escapes(&mut self, body: Range<usize>) {
        for bad in text::bad_escapes(&self.source[body.clone()]) {
            let range = body.start + bad.range.start..body.start + bad.range.end;
            let message = format!("bad escape `{}`", self.source[range.clone()].escape_debug());
            let error = self.error(message, range);
            error.label = Some(bad.message.to_owned());
            error.hint = Some(ESCAPES.to_owned());
        }
    }

    fn unterminated(&mut self, what: &str, opening: Range<usize>, closing: &str) {
        let error = self.error(format!("this {what} is never closed"), opening);
        error.label = Some("it starts here".to_owned());
        error.hint = Some(format!("write the closing `{closing}`"));
    }

    /// Only the innermost open f-string is reported: the others are open because of it.
    fn report_open_frame(&mut self) {
        match self.frames.pop() {
            Some(Frame { interpolation: Some((range, _)), .. }) => self.unterminated("interpolation", range, "}"),
            Some(Frame { start, hashes, .. }) => {
                self.unterminated("f-string", start, &format!("\"{}", "#".repeat(hashes)));
            }
            None => {}
        }
    }

    /// Neighbouring characters that start no token are one token and one error.
    fn unknown(&mut self) {
        let range = self.raw.span();
        if let Some(last) = self.out.tokens.last_mut()
            && last.kind == SyntaxKind::Unknown
            && last.end == range.start as u32
            && let Some(error) = self.out.errors.last_mut()
        {
            last.end = range.end as u32;
            error.range.end = range.end as u32;
            return;
        }
        let (message, hint) = unknown_text(self.raw.slice(), range.start);
        self.error(message, range.clone()).hint = hint.map(str::to_owned);
        self.push(SyntaxKind::Unknown, range);
    }
}

const ESCAPES: &str = "the escapes are `\\n \\r \\t \\b \\f \\\\ \\/ \\\"`, `\\uXXXX`, `\\u{X}`, and `\\` before white space; \
                       a raw string `r\"..\"` takes every `\\` as it is";

fn unknown_text(text: &str, start: usize) -> (String, Option<&'static str>) {
    if text == "\u{feff}" && start == 0 {
        return ("the file starts with a byte-order mark".to_owned(), Some("save it as UTF-8 without BOM"));
    }
    let hint = match text {
        ";" => Some("entries are separated by `,`; there are no statements"),
        "'" => Some("strings are written in double quotes"),
        "$" => Some("interpolation works inside f-strings: `f\"${ .. }\"`"),
        "`" => Some("write `f\"..${x}..\"` for text with values in it"),
        "^" | "~" => Some("there are no bitwise operators; `std/math` has `pow`"),
        "\\" => Some("a `\\` stands only inside strings"),
        _ if !text.is_ascii() => Some("outside strings and comments only ASCII is used"),
        _ => None,
    };
    (format!("`{}` is not part of the language", text.escape_debug()), hint)
}

/// The length of a plain string's text and whether a closing quote follows.
fn plain_text_length(rest: &str) -> (usize, bool) {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return (at, true),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    (bytes.len(), false)
}

/// What ends a piece of f-string text.
enum TextStop {
    Quote,
    Interpolation,
    SourceEnd,
}

fn fstring_text_length(rest: &str, hashes: usize) -> (usize, TextStop) {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' if closes(&bytes[at + 1..], hashes) => return (at, TextStop::Quote),
            b'$' if bytes.get(at + 1) == Some(&b'{') => return (at, TextStop::Interpolation),
            b'\\' if hashes == 0 => at += 2,
            _ => at += 1,
        }
    }
    (bytes.len(), TextStop::SourceEnd)
}

fn closes(after_quote: &[u8], hashes: usize) -> bool {
    after_quote.len() >= hashes && after_quote[..hashes].iter().all(|&byte| byte == b'#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use SyntaxKind::*;

    fn kinds(source: &str) -> Vec<SyntaxKind> {
        lex(source).tokens.into_iter().map(|token| token.kind).filter(|kind| !kind.is_trivia()).collect()
    }

    #[test]
    fn numbers_and_dots() {
        assert_eq!(
            kinds("1 1.5 1e5 1.5e-3 0x1F 0b1"),
            [IntNumber, FloatNumber, FloatNumber, FloatNumber, IntNumber, IntNumber]
        );
        assert_eq!(kinds("t.0.1"), [Ident, Dot, FloatNumber]);
        assert_eq!(kinds("1.x ...1"), [IntNumber, Dot, Ident, Ellipsis, IntNumber]);
        assert_eq!(lex("1_000 0b12 12abc").errors.len(), 3);
    }

    #[test]
    fn words_that_resemble_prefixes_are_names() {
        assert_eq!(
            kinds("r f r# f# _ _a xf\"\""),
            [Ident, Ident, Ident, Hash, Ident, Hash, Underscore, Ident, Ident, String]
        );
    }

    #[test]
    fn interpolations_nest() {
        assert_eq!(
            kinds(r#"f"a${ {b: "}"} }c${f"${1}"}""#),
            [
                FStringStart,
                FStringText,
                InterpolationStart,
                LBrace,
                Ident,
                Colon,
                String,
                RBrace,
                InterpolationEnd,
                FStringText,
                InterpolationStart,
                FStringStart,
                InterpolationStart,
                IntNumber,
                InterpolationEnd,
                FStringEnd,
                InterpolationEnd,
                FStringEnd
            ]
        );
        assert_eq!(
            kinds(r###"f#"a"\${x}"#"###),
            [FStringStart, FStringText, InterpolationStart, Ident, InterpolationEnd, FStringEnd]
        );
    }

    #[test]
    fn open_strings_and_comments_end_with_the_file() {
        assert_eq!(kinds("a /* b"), [Ident]);
        for (source, start) in [("a \"b\\\"", 2), ("r#\"b\"", 0), ("f\"b${c}", 0), ("f\"b${c", 3)] {
            let errors = lex(source).errors;
            assert_eq!((errors.len(), errors[0].range.start), (1, start), "{source}");
        }
    }

    #[test]
    fn neighbouring_unknown_characters_are_one_error() {
        let lexed = lex("a éé ; \u{feff}");
        assert_eq!(lexed.errors.len(), 3);
        assert_eq!(lexed.errors[0].range, 2..6);
    }
}
