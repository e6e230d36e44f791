//! The text form of a module, for people and for tests: a module prints, and what was printed parses to the same module.
//!
//! One line for each item, in the order of the tables: `file0`, `record0`, `enum0`, `native0`, `data0`, `site0`, `entry`, then the
//! functions. An instruction is `v2: Int = add v0, v1 overflow site0`, with its source behind `;`. The same module always gives
//! the same text, and every name that appears is defined in it. Comments go from `//` to the end of the line, and white space only
//! separates. Whether the module makes sense is not asked here but of [`verify`](crate::verify()).

mod error;
mod function;
mod lexer;
mod parser;

use std::fmt::{Display, Formatter, Result, Write};

use crate::layout::{DataType, EnumId, FieldType, Payload, RecordId, TypeTable};
use crate::{
    Block, BlockData, Convention, Data, Entry, EntryForm, EntryPart, Function, Inst, IntRange, MemType, Module, Native,
    OnFailure, Op, Param, Site, Span, Target, Terminator, Type, Value,
};

pub use error::ParseError;

impl std::str::FromStr for Module {
    type Err = ParseError;

    fn from_str(text: &str) -> std::result::Result<Module, ParseError> {
        parser::parse(text)
    }
}

/// Items with commas between them.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (index, item) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{item}")?;
        }
        Ok(())
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{self:?}")
    }
}

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}:{}..{}", self.file, self.start, self.end)
    }
}

impl Display for DataType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            DataType::Int => f.write_str("Int"),
            DataType::Float => f.write_str("Float"),
            DataType::Bool => f.write_str("Bool"),
            DataType::String => f.write_str("String"),
            DataType::List(element) => write!(f, "List<{element}>"),
            DataType::Dict(value) => write!(f, "Dict<{value}>"),
            DataType::Option(payload) => write!(f, "Option<{payload}>"),
            DataType::Result(ok, err) => write!(f, "Result<{ok}, {err}>"),
            DataType::Tuple(items) => write!(f, "({})", List(items)),
            DataType::Record(id) => write!(f, "record{}", id.0),
            DataType::Enum(id) => write!(f, "enum{}", id.0),
            DataType::Boxed(inner) => write!(f, "Box<{inner}>"),
        }
    }
}

impl Display for FieldType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mark = if self.defaulted { " default" } else { "" };
        write!(f, "{:?}: {}{mark}", self.name, self.ty)
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.args.as_slice() {
            [] => write!(f, "{}", self.block),
            args => write!(f, "{}({})", self.block, List(args)),
        }
    }
}

impl Display for Native {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{:?} = {:?}({})", self.name, self.symbol, List(&self.params))?;
        match self.convention {
            Convention::Direct => {}
            Convention::Status => f.write_str(" status")?,
            Convention::Open => f.write_str(" open")?,
        }
        self.result.map_or(Ok(()), |ty| write!(f, " -> {ty}"))
    }
}

impl Display for Data {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "align {} \"{}\"", self.align, self.bytes.escape_ascii())?;
        for relocation in &self.relocations {
            write!(f, " [{}: {}]", relocation.offset, relocation.target)?;
        }
        Ok(())
    }
}

impl Display for Site {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", self.kind, self.span)?;
        self.message.as_ref().map_or(Ok(()), |message| write!(f, " {message:?}"))
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let param = |param: &Param| format!("{:?}: {} {}", param.name, param.ty, param.span);
        let params: Vec<String> = self.params.iter().map(param).collect();
        let form = match self.form {
            EntryForm::Input => " input",
            EntryForm::Plain => "",
            EntryForm::Batch => " batch",
        };
        let part = match self.part {
            EntryPart::Whole => "",
            EntryPart::Validate => " validates",
            EntryPart::Valid => " valid",
        };
        let checked = self.checked.map(|rows| match rows.row {
            Some(row) => format!(" checked {} {row}", rows.check),
            None => format!(" checked {}", rows.check),
        });
        let checked = checked.unwrap_or_default();
        let mark = if self.recursive { " recursive" } else { "" };
        let (name, function, result, span) = (&self.name, self.function, &self.result, self.span);
        write!(f, "{name:?} = {function}({}) -> {result}{form}{part}{checked}{mark} {span}", List(&params))
    }
}

fn mem_name(mem: MemType) -> &'static str {
    match mem {
        MemType::Int => "int",
        MemType::Float => "float",
        MemType::Bool => "bool",
        MemType::Tag => "tag",
        MemType::Ptr => "ptr",
    }
}

fn lower_case(name: impl std::fmt::Debug) -> String {
    format!("{name:?}").to_ascii_lowercase()
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Op::ConstInt(value) => write!(f, "const {value}"),
            // What is not a number has many bits, and what is one has an exact text.
            Op::ConstFloat(bits) if f64::from_bits(*bits).is_nan() => write!(f, "const.float 0x{bits:016x}"),
            Op::ConstFloat(bits) => write!(f, "const.float {:?}", f64::from_bits(*bits)),
            Op::ConstBool(value) => write!(f, "const {value}"),
            Op::ConstData(data) => write!(f, "address {data}"),
            Op::Context => f.write_str("context"),
            Op::ConstNull => f.write_str("null"),
            Op::Int { op, lhs, rhs, overflow, zero } => {
                write!(f, "{} {lhs}, {rhs} overflow {overflow}", lower_case(op))?;
                zero.map_or(Ok(()), |zero| write!(f, " zero {zero}"))
            }
            Op::Wrap(op, lhs, rhs) => write!(f, "wrap.{} {lhs}, {rhs}", lower_case(op)),
            Op::Float(op, lhs, rhs) => write!(f, "float.{} {lhs}, {rhs}", lower_case(op)),
            Op::FloatNeg(value) => write!(f, "float.neg {value}"),
            Op::FloatAbs(value) => write!(f, "float.abs {value}"),
            Op::IntToFloat(value) => write!(f, "int_to_float {value}"),
            Op::IntCompare(condition, lhs, rhs) => write!(f, "{} {lhs}, {rhs}", lower_case(condition)),
            Op::FloatCompare(condition, lhs, rhs) => write!(f, "float.{} {lhs}, {rhs}", lower_case(condition)),
            Op::Bool(op, lhs, rhs) => write!(f, "{} {lhs}, {rhs}", lower_case(op)),
            Op::Not(value) => write!(f, "not {value}"),
            Op::Select(condition, yes, no) => write!(f, "select {condition}, {yes}, {no}"),
            Op::StackSlot { size, align } => write!(f, "slot {size} align {align}"),
            Op::Load { mem, address, offset, within } => {
                write!(f, "load.{} {address}+{offset}", mem_name(*mem))?;
                within.map_or(Ok(()), |IntRange { low, high }| write!(f, " within {low} to {high}"))
            }
            Op::Store { mem, address, offset, value } => {
                write!(f, "store.{} {address}+{offset}, {value}", mem_name(*mem))
            }
            Op::Offset(address, bytes) => write!(f, "offset {address}, {bytes}"),
            Op::Copy { to, from, size } => write!(f, "copy {to}, {from}, {size}"),
            Op::Call { function, args } => write!(f, "call {function}({})", List(args)),
            Op::CallNative { native, args, failure } => {
                write!(f, "call {native}({})", List(args))?;
                match failure {
                    OnFailure::Trap(site) => write!(f, " failure {site}"),
                    OnFailure::Give => Ok(()),
                }
            }
            Op::Guard(condition, site) => write!(f, "guard {condition} else {site}"),
        }
    }
}

impl Display for Terminator {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Terminator::Jump(target) => write!(f, "jump {target}"),
            Terminator::Branch(condition, yes, no) => write!(f, "branch {condition}, {yes}, {no}"),
            Terminator::Switch(value, cases, default) => {
                let cases: Vec<String> = cases.iter().map(|(case, target)| format!("{case}: {target}")).collect();
                write!(f, "switch {value} [{}], {default}", List(&cases))
            }
            Terminator::Return(values) if values.is_empty() => f.write_str("return"),
            Terminator::Return(values) => write!(f, "return {}", List(values)),
            Terminator::Trap(site) => write!(f, "trap {site}"),
        }
    }
}

impl Function {
    fn typed(&self, values: &[Value]) -> String {
        let typed: Vec<String> =
            values.iter().map(|value| format!("{value}: {}", self.value_types[value.index()])).collect();
        List(&typed).to_string()
    }

    /// An instruction of this function.
    pub(crate) fn inst_text(&self, inst: &Inst) -> String {
        let results = match inst.results.as_slice() {
            [] => String::new(),
            results => format!("{} = ", self.typed(results)),
        };
        let source = inst.span.map_or_else(String::new, |span| format!(" ; {span}"));
        format!("{results}{}{source}", inst.op)
    }

    fn write_block(&self, f: &mut Formatter<'_>, id: Block, block: &BlockData) -> Result {
        writeln!(f, "{id}({}):", self.typed(&block.params))?;
        block.insts.iter().try_for_each(|inst| writeln!(f, "    {}", self.inst_text(inst)))?;
        writeln!(f, "    {}", block.terminator)
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{:?}({}) -> ({}) {{", self.name, List(&self.params), List(&self.results))?;
        self.span.map_or(Ok(()), |span| write!(f, " ; {span}"))?;
        f.write_char('\n')?;
        for (index, block) in self.blocks.iter().enumerate() {
            self.write_block(f, Block::new(index), block)?;
        }
        f.write_str("}")
    }
}

fn write_record(f: &mut Formatter<'_>, types: &TypeTable, id: RecordId) -> Result {
    let record = types.record(id);
    write!(f, "record{}", id.0)?;
    record.name.as_ref().map_or(Ok(()), |name| write!(f, " {name:?}"))?;
    writeln!(f, " {{ {} }}", List(&record.fields))
}

fn write_enum(f: &mut Formatter<'_>, types: &TypeTable, id: EnumId) -> Result {
    let ty = types.enumeration(id);
    let variants: Vec<String> =
        ty.variants.iter().map(|variant| format!("{:?}{}", variant.name, variant.payload)).collect();
    writeln!(f, "enum{} {:?} {{ {} }}", id.0, ty.name, List(&variants))
}

impl Display for Payload {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Payload::Unit => Ok(()),
            Payload::Tuple(items) => write!(f, "({})", List(items)),
            Payload::Struct(fields) => write!(f, " {{ {} }}", List(fields)),
        }
    }
}

fn write_table<T: Display>(f: &mut Formatter<'_>, prefix: &str, items: &[T]) -> Result {
    items.iter().enumerate().try_for_each(|(index, item)| writeln!(f, "{prefix}{index} {item}"))
}

impl Display for Module {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let files: Vec<String> = self.files.iter().map(|file| format!("{file:?}")).collect();
        write_table(f, "file", &files)?;
        (0..self.types.record_count()).try_for_each(|id| write_record(f, &self.types, RecordId(id as u32)))?;
        (0..self.types.enum_count()).try_for_each(|id| write_enum(f, &self.types, EnumId(id as u32)))?;
        write_table(f, "native", &self.natives)?;
        write_table(f, "data", &self.data)?;
        write_table(f, "site", &self.sites)?;
        self.entries.iter().try_for_each(|entry| writeln!(f, "entry {entry}"))?;
        write_table(f, "fn", &self.functions)
    }
}

#[cfg(test)]
mod tests {
    use crate::{FileId, FunctionBuilder, IntOp, Module, Site, Span, Type};
    use relon_natives::TrapKind;

    #[test]
    fn a_module_reads_as_its_tables() {
        let mut module = Module { files: vec!["a.relon".into()], ..Module::default() };
        let span = Span { file: FileId::new(0), start: 3, end: 8 };
        let site = module.add_site(Site { kind: TrapKind::NumericOverflow, span, message: Some("too \"big\"".into()) });
        module.add_bytes(b"hi\n".to_vec(), 1);
        let mut builder = FunctionBuilder::new("twice", &[Type::Int], &[Type::Int], None);
        builder.set_span(Some(span));
        let param = builder.params()[0];
        let sum = builder.int_checked(IntOp::Add, param, param, site);
        builder.ret(vec![sum]);
        module.add_function(builder.finish());
        assert_eq!(
            module.to_string(),
            "file0 \"a.relon\"\n\
             data0 align 1 \"hi\\n\"\n\
             site0 NumericOverflow file0:3..8 \"too \\\"big\\\"\"\n\
             fn0 \"twice\"(Int) -> (Int) {\n\
             block0(v0: Int):\n    \
                 v1: Int = add v0, v0 overflow site0 ; file0:3..8\n    \
                 return v1\n\
             }\n"
        );
    }

    /// What is wrong with a text that has this line behind two others.
    fn error(line: &str) -> String {
        let text = format!("file0 \"é\"\n// a comment\n{line}");
        text.parse::<Module>().expect_err("a wrong text").to_string()
    }

    #[test]
    fn errors_name_the_place_and_what_was_expected() {
        let errors = [
            ("site0 Nothing file0:0..1", "3:7: expected the kind of a trap, such as `DivisionByZero`, found `Nothing`"),
            ("file2 \"b\"", "3:1: expected `file1`, found `file2`"),
            ("data0 align 1 \"é", "3:15: expected `\"` at the end of this text"),
            ("data0 align 1 \"é\\q\"", "3:17: expected an escape such as `\\n`, `\\x1f` or `\\u{e9}`"),
            ("data0 align 99999999999 \"\"", "3:13: expected a number that is not too large, found `99999999999`"),
            ("fn0 \"f\"() -> () { block1():", "3:19: expected `block0`, found `block1`"),
            ("fn0 \"f\"() -> () { block0(): leap", "3:29: expected an operation or the end of a block, found `leap`"),
            ("fn0 \"f\"() -> () { block0(): not v", "3:33: expected a value such as `v0`, found `v`"),
            (
                "fn0 \"f\"() -> () { block0(): not v4000000000",
                "3:33: expected a value such as `v0`, found `v4000000000`",
            ),
            ("fn0 \"f\"() -> () { block0(): return", "3:35: expected `block1`, found the end of the text"),
            ("record0 { \"a\": List<Float, Bool> }", "3:26: expected `>`, found `,`"),
            ("?", "3:1: `?` begins nothing"),
        ];
        for (line, expected) in errors {
            assert_eq!(error(line), expected, "{line}");
        }
        let deep = format!("record0 {{ \"a\": {}Int }}", "List<".repeat(100_000));
        assert!(error(&deep).contains("expected a type of fewer levels"));
    }
}
