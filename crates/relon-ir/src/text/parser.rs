//! Reads the tables of a module.

use relon_natives::TrapKind;

use super::ParseError;
use super::lexer::{Token, tokens};
use crate::layout::{DataType, EnumId, EnumType, FieldType, Payload, RecordId, RecordType, VariantType};
use crate::{
    CheckedRows, Convention, Data, DataId, Entry, EntryForm, EntryPart, FileId, FunctionId, Module, Native, Param,
    Relocation, Site, Span, Type,
};

/// Types nest so deep at most; the language allows less.
const DEEPEST: usize = 1000;

/// What a part of the text stands for.
pub(super) type Parsed<T> = Result<T, ParseError>;

/// Reads tokens one after the other.
pub(super) struct Parser<'a> {
    source: &'a str,
    tokens: Vec<(Token, usize)>,
    position: usize,
}

/// Reads a module.
pub(super) fn parse(source: &str) -> Parsed<Module> {
    let mut parser = Parser { source, tokens: tokens(source)?, position: 0 };
    let mut module = Module::default();
    while *parser.peek() != Token::End {
        parser.item(&mut module)?;
    }
    Ok(module)
}

impl Parser<'_> {
    /// Adds one line of a table, or a function.
    fn item(&mut self, module: &mut Module) -> Parsed<()> {
        const EXPECTED: &str =
            "`file`, `record`, `enum`, `native`, `data`, `site` or `fn` with the next number, or `entry`";
        let Token::Word(word) = self.peek().clone() else { return Err(self.expected(EXPECTED)) };
        let table = word.trim_end_matches(|digit: char| digit.is_ascii_digit());
        match table {
            "entry" => {
                self.word("entry")?;
                module.entries.push(self.entry()?);
            }
            "file" => {
                self.next_of("file", module.files.len())?;
                module.files.push(self.text()?);
            }
            "record" => {
                self.next_of("record", module.types.record_count())?;
                let record = self.record()?;
                module.types.add_record(record);
            }
            "enum" => {
                self.next_of("enum", module.types.enum_count())?;
                let ty = self.enumeration()?;
                module.types.add_enum(ty);
            }
            "native" => {
                self.next_of("native", module.natives.len())?;
                module.natives.push(self.native()?);
            }
            "data" => {
                self.next_of("data", module.data.len())?;
                module.data.push(self.data()?);
            }
            "site" => {
                self.next_of("site", module.sites.len())?;
                module.sites.push(self.site()?);
            }
            "fn" => {
                self.next_of("fn", module.functions.len())?;
                module.functions.push(self.function()?);
            }
            _ => return Err(self.expected(EXPECTED)),
        }
        Ok(())
    }

    fn record(&mut self) -> Parsed<RecordType> {
        let name = if matches!(self.peek(), Token::Text(_)) { Some(self.text()?) } else { None };
        Ok(RecordType { name, fields: self.list("{", "}", Parser::field)? })
    }

    fn field(&mut self) -> Parsed<FieldType> {
        let name = self.text()?;
        self.mark(":")?;
        let ty = self.data_type(0)?;
        Ok(FieldType { name, ty, defaulted: self.eat_word("default") })
    }

    fn enumeration(&mut self) -> Parsed<EnumType> {
        Ok(EnumType { name: self.text()?, variants: self.list("{", "}", Parser::variant)? })
    }

    fn variant(&mut self) -> Parsed<VariantType> {
        let name = self.text()?;
        let payload = match self.peek() {
            Token::Mark("(") => Payload::Tuple(self.list("(", ")", |parser| parser.data_type(0))?),
            Token::Mark("{") => Payload::Struct(self.list("{", "}", Parser::field)?),
            _ => Payload::Unit,
        };
        Ok(VariantType { name, payload })
    }

    fn data_type(&mut self, depth: usize) -> Parsed<DataType> {
        if depth > DEEPEST {
            return Err(self.expected("a type of fewer levels"));
        }
        let inner = depth + 1;
        if *self.peek() == Token::Mark("(") {
            return Ok(DataType::Tuple(self.list("(", ")", |parser| parser.data_type(inner))?));
        }
        const EXPECTED: &str = "a type of data, such as `Int`, `List<Int>`, `(Int, Bool)` or `record0`";
        let Token::Word(word) = self.peek().clone() else { return Err(self.expected(EXPECTED)) };
        let scalar = match word.as_str() {
            "Int" => Some(DataType::Int),
            "Float" => Some(DataType::Float),
            "Bool" => Some(DataType::Bool),
            "String" => Some(DataType::String),
            _ => None,
        };
        if let Some(scalar) = scalar {
            self.advance();
            return Ok(scalar);
        }
        if let Some(number) = number_behind("record", &word) {
            self.advance();
            return Ok(DataType::Record(RecordId(number)));
        }
        if let Some(number) = number_behind("enum", &word) {
            self.advance();
            return Ok(DataType::Enum(EnumId(number)));
        }
        let wrap: fn(Box<DataType>) -> DataType = match word.as_str() {
            "List" => DataType::List,
            "Dict" => DataType::Dict,
            "Option" => DataType::Option,
            "Box" => DataType::Boxed,
            "Result" => return self.result_type(inner),
            _ => return Err(self.expected(EXPECTED)),
        };
        self.advance();
        self.mark("<")?;
        let payload = self.data_type(inner)?;
        self.mark(">")?;
        Ok(wrap(Box::new(payload)))
    }

    fn result_type(&mut self, depth: usize) -> Parsed<DataType> {
        self.advance();
        self.mark("<")?;
        let ok = self.data_type(depth)?;
        self.mark(",")?;
        let error = self.data_type(depth)?;
        self.mark(">")?;
        Ok(DataType::Result(Box::new(ok), Box::new(error)))
    }

    fn native(&mut self) -> Parsed<Native> {
        let name = self.text()?;
        self.mark("=")?;
        let symbol = self.text()?;
        let params = self.types()?;
        let convention = match (self.eat_word("status"), self.eat_word("open")) {
            (true, _) => Convention::Status,
            (false, true) => Convention::Open,
            (false, false) => Convention::Direct,
        };
        let result = if self.eat("->") { Some(self.ty()?) } else { None };
        Ok(Native { name, symbol, params, result, convention })
    }

    fn data(&mut self) -> Parsed<Data> {
        self.word("align")?;
        let align = self.number()?;
        let bytes = self.bytes()?;
        let mut relocations = Vec::new();
        while self.eat("[") {
            let offset = self.number()?;
            self.mark(":")?;
            relocations.push(Relocation { offset, target: DataId::new(self.id("data")?) });
            self.mark("]")?;
        }
        Ok(Data { bytes, align, relocations })
    }

    fn site(&mut self) -> Parsed<Site> {
        let Token::Word(name) = self.peek().clone() else { return Err(self.expected("the kind of a trap")) };
        let kind = TrapKind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| self.expected("the kind of a trap, such as `DivisionByZero`"))?;
        self.advance();
        let span = self.span()?;
        let message = if matches!(self.peek(), Token::Text(_)) { Some(self.text()?) } else { None };
        Ok(Site { kind, span, message })
    }

    fn entry(&mut self) -> Parsed<Entry> {
        let name = self.text()?;
        self.mark("=")?;
        let function = FunctionId::new(self.id("fn")?);
        let params = self.list("(", ")", Parser::param)?;
        self.mark("->")?;
        let result = self.data_type(0)?;
        let form = if self.eat_word("input") {
            EntryForm::Input
        } else if self.eat_word("batch") {
            EntryForm::Batch
        } else {
            EntryForm::Plain
        };
        let part = if self.eat_word("validates") {
            EntryPart::Validate
        } else if self.eat_word("valid") {
            EntryPart::Valid
        } else {
            EntryPart::Whole
        };
        let checked = if self.eat_word("checked") { Some(self.checked_rows()?) } else { None };
        let recursive = self.eat_word("recursive");
        Ok(Entry { name, function, form, part, params, result, span: self.span()?, recursive, checked })
    }

    fn checked_rows(&mut self) -> Parsed<CheckedRows> {
        let check = FunctionId::new(self.id("fn")?);
        let has_row = matches!(self.peek(), Token::Word(word) if word.starts_with("fn"));
        let row = if has_row { Some(FunctionId::new(self.id("fn")?)) } else { None };
        Ok(CheckedRows { check, row })
    }

    fn param(&mut self) -> Parsed<Param> {
        let name = self.text()?;
        self.mark(":")?;
        Ok(Param { name, ty: self.data_type(0)?, span: self.span()? })
    }

    /// Types of values in parentheses.
    pub(super) fn types(&mut self) -> Parsed<Vec<Type>> {
        self.list("(", ")", Parser::ty)
    }

    pub(super) fn ty(&mut self) -> Parsed<Type> {
        let ty = match self.peek() {
            Token::Word(word) => {
                [Type::Int, Type::Float, Type::Bool, Type::Ptr].into_iter().find(|ty| ty.to_string() == *word)
            }
            _ => None,
        };
        let ty = ty.ok_or_else(|| self.expected("`Int`, `Float`, `Bool` or `Ptr`"))?;
        self.advance();
        Ok(ty)
    }

    pub(super) fn span(&mut self) -> Parsed<Span> {
        let file = FileId::new(self.id("file")?);
        self.mark(":")?;
        let start = self.number()?;
        self.mark("..")?;
        Ok(Span { file, start, end: self.number()? })
    }

    /// A span behind `;`, if there is one.
    pub(super) fn source(&mut self) -> Parsed<Option<Span>> {
        if self.eat(";") { self.span().map(Some) } else { Ok(None) }
    }

    // What follows reads single tokens.

    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.position].0
    }

    /// The token behind the next.
    pub(super) fn peek_second(&self) -> &Token {
        &self.tokens[(self.position + 1).min(self.tokens.len() - 1)].0
    }

    pub(super) fn advance(&mut self) {
        self.position = (self.position + 1).min(self.tokens.len() - 1);
    }

    /// The length of the text: there can be no more values and blocks than that.
    pub(super) fn length(&self) -> usize {
        self.source.len()
    }

    /// This was expected here.
    pub(super) fn expected(&self, what: &str) -> ParseError {
        self.expected_at(self.position, what)
    }

    /// The number of the next token.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// This was expected in the place of an earlier token.
    pub(super) fn expected_at(&self, position: usize, what: &str) -> ParseError {
        let (found, start) = &self.tokens[position];
        ParseError::at(self.source, *start, format!("expected {what}, found {found}"))
    }

    pub(super) fn eat(&mut self, mark: &'static str) -> bool {
        let found = *self.peek() == Token::Mark(mark);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn mark(&mut self, mark: &'static str) -> Parsed<()> {
        if self.eat(mark) { Ok(()) } else { Err(self.expected(&format!("`{mark}`"))) }
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(found) if found == word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.expected(&format!("`{word}`"))) }
    }

    /// The number of something, such as 3 of `site3`.
    pub(super) fn id(&mut self, prefix: &str) -> Parsed<usize> {
        let number = match self.peek() {
            Token::Word(word) => number_behind(prefix, word),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected(&format!("`{prefix}` with a number")))?;
        self.advance();
        Ok(number as usize)
    }

    /// What is defined here has to be the next one.
    pub(super) fn next_of(&mut self, prefix: &str, number: usize) -> Parsed<()> {
        self.word(&format!("{prefix}{number}"))
    }

    pub(super) fn number<T: std::str::FromStr>(&mut self) -> Parsed<T> {
        let number = match self.peek() {
            Token::Number(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected("a number that is not too large"))?;
        self.advance();
        Ok(number)
    }

    fn bytes(&mut self) -> Parsed<Vec<u8>> {
        let Token::Text(bytes) = self.peek().clone() else { return Err(self.expected("a text in quotes")) };
        self.advance();
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Parsed<String> {
        let text = match self.peek() {
            Token::Text(bytes) => String::from_utf8(bytes.clone()).ok(),
            _ => None,
        };
        let text = text.ok_or_else(|| self.expected("a text in quotes"))?;
        self.advance();
        Ok(text)
    }

    /// Items with commas between them.
    pub(super) fn list<T>(
        &mut self,
        open: &'static str,
        close: &'static str,
        item: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.mark(open)?;
        let mut items = Vec::new();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(close) {
                return Ok(items);
            }
            if !self.eat(",") {
                return Err(self.expected(&format!("`,` or `{close}`")));
            }
        }
    }
}

/// The number behind a prefix; none where it is not written as such numbers are printed.
fn number_behind(prefix: &str, word: &str) -> Option<u32> {
    let number: u32 = word.strip_prefix(prefix)?.parse().ok()?;
    (word.len() == prefix.len() + number.to_string().len()).then_some(number)
}
