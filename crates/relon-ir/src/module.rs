//! A module and its parts, as plain data.

use relon_natives::TrapKind;

use crate::layout::{DataType, TypeTable};
use crate::{DataId, FileId, FunctionId, NativeId, Op, SiteId, Terminator, Type, Value};

/// A half-open range of bytes of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// A place where a rule can trap.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// What is reported, unless a native stored its own failure.
    pub kind: TrapKind,
    /// The failing expression.
    pub span: Span,
    /// The rule author's text (`#expect`), or what the kind alone does not say.
    pub message: Option<String>,
}

/// How a native is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Convention {
    /// `result f(params...)`: cannot fail.
    Direct,
    /// `u32 f(ctx, params...)`: the status is 0, or 1 with the failure stored in the context.
    Status,
    /// `u32 f(state, ctx, arguments, out)`: a function of the host, with a status as well. The table of natives holds the address of a
    /// [`Target`](relon_natives::open::Target), which has the function and its state, so that no backend can know more of it.
    Open,
}

/// A native that a module calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Native {
    /// The name that rules use.
    pub name: String,
    /// The symbol of its C entry.
    pub symbol: String,
    /// Parameters of the C entry, without the context.
    pub params: Vec<Type>,
    /// Result, for [`Convention::Direct`] only.
    pub result: Option<Type>,
    /// How it is called.
    pub convention: Convention,
}

impl Convention {
    /// Whether it gives a status.
    pub fn has_status(self) -> bool {
        match self {
            Convention::Direct => false,
            Convention::Status | Convention::Open => true,
        }
    }
}

/// Constant data.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The bytes; those of a relocation are overwritten with an address.
    pub bytes: Vec<u8>,
    /// Power of two.
    pub align: u32,
    /// Addresses within the bytes.
    pub relocations: Vec<Relocation>,
}

/// An address within constant data.
#[derive(Clone, Debug, PartialEq)]
pub struct Relocation {
    /// Where it stands; aligned for a pointer.
    pub offset: u32,
    /// What it points to.
    pub target: DataId,
}

/// An instruction: an op, its results, and the expression it was made for.
#[derive(Clone, Debug, PartialEq)]
pub struct Inst {
    /// The operation.
    pub op: Op,
    /// Its results.
    pub results: Vec<Value>,
    /// Where it comes from in the source.
    pub span: Option<Span>,
}

/// A basic block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockData {
    /// Parameters, given by the jumps to this block.
    pub params: Vec<Value>,
    /// Instructions in order.
    pub insts: Vec<Inst>,
    /// The end of the block.
    pub terminator: Terminator,
}

/// A function. Its first block is its entry; the parameters of that block are those of the function.
///
/// Every function can trap: a call either gives its results or passes the trap on to its own caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Unique within the module; used as the symbol's suffix.
    pub name: String,
    /// Types of the parameters.
    pub params: Vec<Type>,
    /// Types of the results.
    pub results: Vec<Type>,
    /// Blocks; never empty.
    pub blocks: Vec<BlockData>,
    /// The type of each value.
    pub value_types: Vec<Type>,
    /// The declaration in the source.
    pub span: Option<Span>,
}

impl Function {
    /// The instructions of all blocks.
    pub fn insts(&self) -> impl Iterator<Item = &Inst> {
        self.blocks.iter().flat_map(|block| &block.insts)
    }

    /// Whether it calls other code.
    pub fn has_calls(&self) -> bool {
        self.insts().any(|inst| matches!(inst.op, Op::Call { .. } | Op::CallNative { .. }))
    }
}

/// A parameter or result of an entry, as the host sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub ty: DataType,
    /// Its declaration.
    pub span: Span,
}

/// How an entry takes its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryForm {
    /// A field with a default is an `Option` that is absent where the host gives nothing ([`FieldType::defaulted`]).
    ///
    /// [`FieldType::defaulted`]: crate::layout::FieldType::defaulted
    Input,
    /// Every field is given: the layout that values have within the rule. Where no parameter has a default inside, the input form is the
    /// same, and the entry serves both kinds of callers.
    Plain,
    /// For each parameter an array of values in the plain form; the result is an array as well. The code calls the function for one row
    /// after the other and stops behind the first that fails.
    Batch,
}

/// Which part of a call an entry does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EntryPart {
    /// All of it: checks the arguments and evaluates the rule.
    #[default]
    Whole,
    /// Checks the arguments and gives the status that a call would have failed with. There is no result, and no memory for one.
    Validate,
    /// Evaluates the rule, for arguments that have passed the entry that validates and are the same since. The code relies on it. Where nothing of
    /// the arguments is checked there is no such entry, since the one that does all is the same.
    Valid,
}

/// How a C function of an entry takes the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The address of each in a parameter of its own.
    Direct,
    /// Their addresses in memory, for callers that learn at run time how many there are.
    Listed,
    /// For each an array, one behind the other in memory.
    Batch,
}

/// The functions of a batch for rows whose arguments are known to pass their checks. Code generation need not use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedRows {
    /// Traps where an argument of any of some rows does not pass; which one it is has to be found out row by row. Its parameters are a
    /// `Ptr` to the first row's argument for each parameter of the entry, and the number of rows.
    pub check: FunctionId,
    /// What the entry's function is, for a row that passed; none where nothing is left to do then.
    pub row: Option<FunctionId>,
}

/// A function that the host can call.
///
/// The function has no results and one `Ptr` parameter for each parameter of the entry, which points to the argument in the
/// layout of its type, followed by a `Ptr` to memory for the result.
///
/// Hosts call it by C functions, which code generation makes of it. The *direct* one has the context, these parameters, and gives the
/// status: what a host that knows the types calls. The other takes the addresses of the arguments in memory, and is for hosts that learn
/// at run time how many there are, which these do not where arguments are validated apart. A batch has one function, which takes arrays.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name by which the host finds it.
    pub name: String,
    /// The function.
    pub function: FunctionId,
    /// How the arguments are given.
    pub form: EntryForm,
    /// What it does.
    pub part: EntryPart,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// What is written to the last parameter; the empty tuple where arguments are only validated.
    pub result: DataType,
    /// The root expression, blamed where the result has no JSON form.
    pub span: Span,
    /// True where calls can nest without a bound known in advance.
    pub recursive: bool,
    /// Where arguments are checked for many rows at once, by a batch alone.
    pub checked: Option<CheckedRows>,
}

impl Entry {
    /// The C functions that it has.
    pub fn ways(&self) -> &'static [Way] {
        match (self.form, self.part) {
            (EntryForm::Batch, _) => &[Way::Batch],
            (EntryForm::Input | EntryForm::Plain, EntryPart::Whole) => &[Way::Direct, Way::Listed],
            (EntryForm::Input | EntryForm::Plain, EntryPart::Validate | EntryPart::Valid) => &[Way::Direct],
        }
    }
}

/// A whole program in IR.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Paths of the source files, by [`FileId`].
    pub files: Vec<String>,
    /// Records and enums that cross the host boundary.
    pub types: TypeTable,
    /// Functions, by [`FunctionId`].
    pub functions: Vec<Function>,
    /// Natives, by [`NativeId`].
    pub natives: Vec<Native>,
    /// Constant data, by [`DataId`].
    pub data: Vec<Data>,
    /// Trap sites, by [`SiteId`].
    pub sites: Vec<Site>,
    /// What the host can call.
    pub entries: Vec<Entry>,
}

impl Module {
    /// Adds a function and gives its id.
    pub fn add_function(&mut self, function: Function) -> FunctionId {
        self.functions.push(function);
        FunctionId::new(self.functions.len() - 1)
    }

    /// Adds a trap site and gives its id.
    pub fn add_site(&mut self, site: Site) -> SiteId {
        self.sites.push(site);
        SiteId::new(self.sites.len() - 1)
    }

    /// The native with this description, added where it is not there yet.
    pub fn native(&mut self, native: &Native) -> NativeId {
        let known = self.natives.iter().position(|n| n.symbol == native.symbol);
        NativeId::new(known.unwrap_or_else(|| {
            self.natives.push(native.clone());
            self.natives.len() - 1
        }))
    }

    /// Adds constant data and gives its id.
    pub fn add_data(&mut self, data: Data) -> DataId {
        self.data.push(data);
        DataId::new(self.data.len() - 1)
    }

    /// The entry for callers that give every field of their arguments.
    pub fn plain_entry(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.form == EntryForm::Plain && entry.part == EntryPart::Whole)
    }

    /// The entry with this name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}
