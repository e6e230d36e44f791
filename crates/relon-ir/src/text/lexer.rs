//! Tokens of the text form.

use super::ParseError;

/// What the text consists of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Letters, digits, `_` and points, beginning with a letter.
    Word(String),
    /// Digits, with what belongs to a Float or to hexadecimal notation.
    Number(String),
    /// What stands in quotes.
    Text(Vec<u8>),
    /// A sign.
    Mark(&'static str),
    /// The end of the text.
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Word(text) | Token::Number(text) => write!(f, "`{text}`"),
            Token::Text(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
            Token::Mark(mark) => write!(f, "`{mark}`"),
            Token::End => f.write_str("the end of the text"),
        }
    }
}

const MARKS: [&str; 14] = ["->", "..", "(", ")", "{", "}", "[", "]", "<", ">", ",", ":", ";", "="];

/// All tokens with the byte at which each begins. The last one is the end.
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, usize)>, ParseError> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let start = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        tokens.push((token, start));
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    /// Skips white space, and comments from `//` to the end of the line.
    fn skip_space(&mut self) {
        loop {
            self.take(char::is_whitespace);
            if !self.rest().starts_with("//") {
                return;
            }
            self.take(|c| c != '\n');
        }
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn token(&mut self) -> Result<Token, ParseError> {
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        if first.is_ascii_alphabetic() {
            return Ok(Token::Word(self.take(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.').to_owned()));
        }
        if first == '"' {
            return self.text();
        }
        if let Some(mark) = MARKS.into_iter().find(|mark| self.rest().starts_with(mark)) {
            self.at += mark.len();
            return Ok(Token::Mark(mark));
        }
        if first == '+' {
            self.at += 1;
            return Ok(Token::Mark("+"));
        }
        match first.is_ascii_digit() || first == '-' {
            true => Ok(Token::Number(self.number())),
            false => Err(ParseError::at(self.source, self.at, format!("`{first}` begins nothing"))),
        }
    }

    /// A number: a sign, digits, a point with digits, an exponent; or hexadecimal digits; or `-inf`.
    fn number(&mut self) -> String {
        let start = self.at;
        self.at += usize::from(self.rest().starts_with('-'));
        if self.rest().starts_with("0x") {
            self.at += 2;
            self.take(|c| c.is_ascii_hexdigit());
            return self.source[start..self.at].to_owned();
        }
        self.take(|c| c.is_ascii_alphanumeric());
        // Two points are a sign of their own.
        if self.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            self.at += 1;
            self.take(|c| c.is_ascii_alphanumeric());
        }
        if self.source[start..self.at].ends_with('e') && self.rest().starts_with('-') {
            self.at += 1;
            self.take(|c| c.is_ascii_digit());
        }
        self.source[start..self.at].to_owned()
    }

    /// What stands in quotes, with the escapes that Rust has for texts and for bytes.
    fn text(&mut self) -> Result<Token, ParseError> {
        let start = self.at;
        let mut bytes = Vec::new();
        self.at += 1;
        loop {
            let plain = self.take(|c| c != '"' && c != '\\');
            bytes.extend_from_slice(plain.as_bytes());
            match self.rest().bytes().next() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Token::Text(bytes));
                }
                Some(_) => self.escape(&mut bytes)?,
                None => return Err(ParseError::at(self.source, start, "expected `\"` at the end of this text".into())),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), ParseError> {
        let unknown = |lexer: &Self| {
            let message = "expected an escape such as `\\n`, `\\x1f` or `\\u{e9}`";
            ParseError::at(lexer.source, lexer.at, message.to_owned())
        };
        let rest = &self.rest()[1..];
        let (value, length) = match rest.chars().next() {
            Some('n') => (Some('\n'), 1),
            Some('r') => (Some('\r'), 1),
            Some('t') => (Some('\t'), 1),
            Some('0') => (Some('\0'), 1),
            Some(same @ ('"' | '\\' | '\'')) => (Some(same), 1),
            Some('x') => {
                let byte = rest.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                bytes.push(byte.ok_or_else(|| unknown(self))?);
                self.at += 4;
                return Ok(());
            }
            Some('u') => {
                let digits =
                    rest[1..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
                let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                (value, digits.map_or(0, str::len) + 3)
            }
            _ => (None, 0),
        };
        let value = value.ok_or_else(|| unknown(self))?;
        bytes.extend_from_slice(value.encode_utf8(&mut [0; 4]).as_bytes());
        self.at += 1 + length;
        Ok(())
    }
}
