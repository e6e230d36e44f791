//! The checked tree: every name resolved, every type known. The evaluator and lowering read it; nothing in it can be wrong.
//!
//! Laziness: the entries of a dict literal (and of `where`) are evaluated in source order, but an entry that is referenced
//! earlier ([`ExprKind::Entry`]) is evaluated at its first use, and never twice.

use std::sync::Arc;

use relon_ir::Span;
use relon_natives::TrapKind;
use relon_natives::descriptor::Descriptor;

/// Index of a variable in [`Program::locals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub u32);

/// Identity of a dict literal or `where` block, unique within a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DictId(pub u32);

/// Identity of a closure expression, unique within a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClosureId(pub u32);

/// Index of a record in [`Program::records`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub u32);

/// Index of an enum in [`Program::enums`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(pub u32);

/// Index of a native in [`Program::natives`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NativeId(pub u32);

/// The type of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// 64-bit integer.
    Int,
    /// IEEE-754 binary64.
    Float,
    /// Truth value.
    Bool,
    /// UTF-8 text.
    String,
    /// Homogeneous sequence.
    List(Arc<Ty>),
    /// Fixed sequence; `()` is the empty one.
    Tuple(Arc<[Ty]>),
    /// Ordered map from String.
    Dict(Arc<Ty>),
    /// `Some` or `None`.
    Option(Arc<Ty>),
    /// `Ok` or `Err`.
    Result(Arc<Ty>, Arc<Ty>),
    /// A schema, a tuple schema's record form, or the shape of a dict literal.
    Record(RecordId),
    /// An enum.
    Enum(EnumId),
    /// A function.
    Closure(Arc<ClosureTy>),
    /// What an entry that is a type has: there is no such value, and the entry is not part of its dict's.
    Type,
    /// The element of `[]`, the payload of `None`: fits every type, has no value.
    Never,
    /// Of an expression with a mistake. Fits every type, so that one mistake is reported once; no checked program has it.
    Error,
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClosureTy {
    /// Parameters in order.
    pub params: Vec<Ty>,
    /// Result.
    pub result: Ty,
}

/// A whole checked program.
#[derive(Debug)]
pub struct Program {
    /// Paths of the source files, by `FileId`.
    pub files: Vec<String>,
    /// Schemas and literal shapes.
    pub records: Vec<Record>,
    /// Enums.
    pub enums: Vec<Enum>,
    /// Variables.
    pub locals: Vec<Local>,
    /// Natives that the program calls, std ones included.
    pub natives: Vec<Descriptor>,
    /// Imported files: an entry for the root expression of each, in the order in which they are evaluated, before the arguments of
    /// `#main` are checked. The entries of a file's root dict are referred to from everywhere.
    pub modules: Dict,
    /// The entry.
    pub main: Main,
    /// What the checker has to say all the same.
    pub warnings: Vec<crate::Diagnostic>,
}

/// A variable that is bound once: a parameter, a match binder, a comprehension variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Its declaration.
    pub span: Span,
}

/// The entry of a program.
#[derive(Debug)]
pub struct Main {
    /// Parameters of `#main`, in order.
    pub params: Vec<LocalId>,
    /// Type of the result: the declared one, else that of the root expression.
    pub result: Ty,
    /// The root expression, adapted to the declared result type.
    pub body: Expr,
    /// The `#main` directive.
    pub span: Span,
}

impl Main {
    /// The dict literal that the root expression is. Its entries may be needed before it: predicates of arguments refer to them.
    pub fn root(&self) -> Option<&Dict> {
        match &self.body.kind {
            ExprKind::Dict(dict) => Some(dict),
            ExprKind::Adapt(adapt) => match &adapt.value.kind {
                ExprKind::Dict(dict) => Some(dict),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A schema or the shape of a dict literal. Two literals with equal fields share one shape; a schema is only equal to itself.
#[derive(Debug)]
pub struct Record {
    /// The schema's name; none for a shape.
    pub name: Option<String>,
    /// Fields in declaration order (of a shape: in order of name).
    pub fields: Vec<RecordField>,
    /// Schemas that this one was composed from, directly or not.
    pub bases: Vec<RecordId>,
}

/// A field of a record.
#[derive(Debug)]
pub struct RecordField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Where it is declared.
    pub span: Span,
    /// Whether the field has predicates, which is known before they are checked.
    pub is_checked: bool,
    /// Predicates, applied to the checked value in order; each must be true.
    pub predicates: Vec<Closure>,
    /// Text of `#expect`, for a predicate that is false.
    pub message: Option<String>,
    /// What an absent field becomes. Without one, an absent `Option` is `None` and any other absent field fails.
    pub default: Option<FieldDefault>,
}

/// The value of an absent field.
#[derive(Debug)]
pub enum FieldDefault {
    /// Inserted as it is; predicates do not run on it.
    Literal(Expr),
    /// Computed, after all given fields and literal defaults, from the record that holds those. The closure's only parameter is the
    /// record itself; the checker makes sure that it reads no other computed default that may be absent.
    Computed(Closure),
}

/// An enum.
#[derive(Debug)]
pub struct Enum {
    /// Its name.
    pub name: String,
    /// Variants in declaration order.
    pub variants: Vec<Variant>,
}

/// A variant of an enum.
#[derive(Debug)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Payload: names for a struct variant, positions `"0"`, `"1"`, ... for a tuple variant.
    pub fields: Vec<(String, Ty)>,
    /// How it is written and printed.
    pub style: VariantStyle,
}

/// The three kinds of variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariantStyle {
    /// `V`
    Unit,
    /// `V(T, ..)`
    Tuple,
    /// `V { f: T, .. }`
    Struct,
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Ty,
    /// Its source; run-time errors of this expression carry it.
    pub span: Span,
}

/// Arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

/// Ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// The kinds of expression. Operand types are exact: where Int meets Float, the checker has put an [`ExprKind::IntToFloat`].
#[derive(Debug)]
pub enum ExprKind {
    /// A literal.
    Int(i64),
    /// A literal.
    Float(f64),
    /// A literal.
    Bool(bool),
    /// A literal.
    String(Arc<str>),
    /// A variable.
    Local(LocalId),
    /// An entry of an enclosing dict literal or `where`, by position in [`Dict::entries`]; forces it. Never a spread.
    Entry(DictId, usize),
    /// `[a, ...b]`
    List(Vec<ListItem>),
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `{ .. }`; its type is a shape, or a Dict where it has computed keys or spreads a Dict.
    Dict(Box<Dict>),
    /// `body where { .. }`
    Where(Box<Dict>, Box<Expr>),
    /// A function that is an entry of the dict literal whose value this is: `value.name`.
    Member(Box<Expr>, DictId, usize),
    /// Field of a record, by position in [`Record::fields`].
    Field(Box<Expr>, usize),
    /// Item of a tuple.
    Item(Box<Expr>, usize),
    /// `list[int]`, out of range: `IndexOutOfBounds`; or `dict[string]`, missing: `VariableNotFound`.
    Index(Box<Expr>, Box<Expr>),
    /// `-x`, of Int (checked) or Float.
    Neg(Box<Expr>),
    /// `!x`
    Not(Box<Expr>),
    /// Both operands Int, or both Float. A zero divisor is `DivisionByZero` for both.
    Arith(ArithOp, Box<Expr>, Box<Expr>),
    /// Both operands Int, both Float, or both String (by code point).
    Order(OrderOp, Box<Expr>, Box<Expr>),
    /// `==`, or `!=` where the Bool is true. Operands have one type, or types that are never equal.
    Equal(Box<Expr>, Box<Expr>, bool),
    /// `&&`
    And(Box<Expr>, Box<Expr>),
    /// `||`
    Or(Box<Expr>, Box<Expr>),
    /// Conversion put in by the checker.
    IntToFloat(Box<Expr>),
    /// Text of the parts, concatenated: an f-string or `+` with a String. Parts are String, Int, Float, Bool or a tuple of these.
    Concat(Vec<Expr>),
    /// `c ? a : b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `e match { .. }`
    Match(Box<Expr>, Vec<Arm>),
    /// `[body for var in source if condition]`
    Comprehension(Box<Comprehension>),
    /// A function.
    Closure(Arc<Closure>),
    /// Call of an expression of closure type.
    Call(Box<Expr>, Args),
    /// Call of a library function that the compiler lowers.
    Library(Library, Args),
    /// Call of a native. Where `catch` is true the type is `Result<T, String>` and an `Err` of the native is a value; else an `Err`
    /// is a `NativeFailed` trap and the type is `T`.
    Native {
        /// Which.
        native: NativeId,
        /// Arguments.
        args: Args,
        /// Whether `Err` is a value.
        catch: bool,
    },
    /// A value of an enum: payload in declaration order, evaluated in the order of `Args`.
    Variant(EnumId, usize, Args),
    /// `Some(x)`
    Some(Box<Expr>),
    /// `None`
    None,
    /// `Ok(x)`
    Ok(Box<Expr>),
    /// `Err(x)`
    Err(Box<Expr>),
    /// `a + b` or `dict.merge(a, b)` of two Dicts or records: recursive, the right wins.
    Merge(Box<Expr>, Box<Expr>),
    /// Checks and adapts a value to a type: see [`Adapt`].
    Adapt(Box<Adapt>),
}

/// Arguments in the order in which they are evaluated; `positions[i]` is the parameter that argument `i` binds.
#[derive(Debug)]
pub struct Args {
    /// Values.
    pub values: Vec<Expr>,
    /// Parameter of each value; a permutation of `0..values.len()`.
    pub positions: Vec<usize>,
}

/// Makes a value of type `to` from one whose type fits it but is not equal: a shape becomes a schema (predicates run, defaults are
/// filled in), a `T` inside becomes `Some(T)`, an empty list gets its element type, a record becomes a Dict, elementwise through
/// containers. Fields are done in declaration order. Also where the types are equal but predicates have to run again.
#[derive(Debug)]
pub struct Adapt {
    /// The value.
    pub value: Expr,
    /// The type it gets.
    pub to: Ty,
    /// Reported where a predicate is false; without it no predicate runs, as for arguments and results of functions.
    pub kind: Option<TrapKind>,
}

/// An item of a list literal.
#[derive(Debug)]
pub enum ListItem {
    /// One element.
    Item(Expr),
    /// `...list`
    Spread(Expr),
}

/// A dict literal or the bindings of a `where`.
#[derive(Debug)]
pub struct Dict {
    /// Its identity, for [`ExprKind::Entry`].
    pub id: DictId,
    /// Entries in source order; of duplicate literal keys only the last is part of the value, but all are evaluated.
    pub entries: Vec<Entry>,
}

/// An entry of a dict literal.
#[derive(Debug)]
pub struct Entry {
    /// What it adds.
    pub kind: EntryKind,
    /// `#internal`: evaluated and visible to references, but not part of the value.
    pub internal: bool,
    /// The whole entry.
    pub span: Span,
}

/// What an entry of a dict literal adds.
#[derive(Debug)]
pub enum EntryKind {
    /// `name: value`; a function where the value's type is a closure (then it is not part of the value).
    Named(String, Expr),
    /// `[key]: value`; the key is String or Int. All computed keys are evaluated before any value.
    Computed(Expr, Expr),
    /// `...value` of a record or Dict.
    Spread(Expr),
}

/// A comprehension.
#[derive(Debug)]
pub struct Comprehension {
    /// The element.
    pub var: LocalId,
    /// `&index`, counted before filtering; none where unused.
    pub index: Option<LocalId>,
    /// A List.
    pub source: Expr,
    /// Keeps the element where true.
    pub condition: Option<Expr>,
    /// The new element.
    pub body: Expr,
}

/// A function.
#[derive(Debug)]
pub struct Closure {
    /// Its identity.
    pub id: ClosureId,
    /// The field that holds it, for symbols and messages.
    pub name: Option<String>,
    /// Parameters in order.
    pub params: Vec<LocalId>,
    /// Its result, adapted to the declared result type.
    pub body: Expr,
    /// Its type.
    pub ty: Arc<ClosureTy>,
    /// Its source.
    pub span: Span,
}

/// An arm of a match. Patterns are checked: exhaustive, without repetition.
#[derive(Debug)]
pub struct Arm {
    /// What it takes.
    pub pattern: Pattern,
    /// Its value.
    pub body: Expr,
    /// The whole arm.
    pub span: Span,
}

/// A pattern.
#[derive(Debug)]
pub enum Pattern {
    /// `_`
    Any,
    /// A variant by position, with the payload parts that are bound.
    Variant(usize, Vec<(usize, LocalId)>),
    /// `Some(v)`
    Some(Option<LocalId>),
    /// `None`
    None,
    /// `Ok(v)`
    Ok(Option<LocalId>),
    /// `Err(e)`
    Err(Option<LocalId>),
}

/// Library functions that the compiler lowers itself, since they are generic or take functions. Everything else in the library is a native.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Library {
    /// `len` of String (bytes), List, Dict or record.
    Len,
    /// `type(v)`: the name of the value's type, known in advance.
    TypeOf,
    /// `xs.is_empty()`
    IsEmpty,
    /// `range(end)`, `range(start, end)`
    Range,
    /// `list.map(l, f)`
    Map,
    /// `list.filter(l, f)`
    Filter,
    /// `list.reduce(l, initial, f)`
    Reduce,
    /// `list.every(l, f)`
    Every,
    /// `list.some(l, f)`
    SomeOf,
    /// `list.contains(l, item)`, by `==`.
    Contains,
    /// `list.unique(l)`: no two equal.
    Unique,
    /// `list.sum(l)` of Int (checked) or Float.
    Sum,
    /// `list.avg(l)`
    Avg,
    /// `xs.max()`
    ListMax,
    /// `xs.min()`
    ListMin,
    /// `list.first(l)`
    First,
    /// `list.last(l)`
    Last,
    /// `list.compact(l)`
    Compact,
    /// `list.flatten(l)`
    Flatten,
    /// `string.join(l, separator)`
    Join,
    /// `dict.keys(d)`
    Keys,
    /// `dict.values(d)`
    Values,
    /// `dict.has_key(d, k)`
    HasKey,
    /// `math.abs(x)`
    Abs,
    /// `math.max(a, b)`: `a > b ? a : b`
    Max,
    /// `math.min(a, b)`: `a < b ? a : b`
    Min,
    /// `math.clamp(v, min, max)`
    Clamp,
}

/// Calls `visit` for each expression directly within another; bodies of closures and entries of dicts included.
pub fn each_child<'p>(expr: &'p Expr, visit: &mut dyn FnMut(&'p Expr)) {
    let mut args = |args: &'p Args| args.values.iter().for_each(&mut *visit);
    match &expr.kind {
        ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Bool(_)
        | ExprKind::String(_)
        | ExprKind::Local(_)
        | ExprKind::Entry(..)
        | ExprKind::None => {}
        ExprKind::List(items) => items.iter().for_each(|item| match item {
            ListItem::Item(value) | ListItem::Spread(value) => visit(value),
        }),
        ExprKind::Tuple(parts) | ExprKind::Concat(parts) => parts.iter().for_each(visit),
        ExprKind::Dict(dict) => each_entry(dict, visit),
        ExprKind::Where(dict, body) => {
            each_entry(dict, visit);
            visit(body);
        }
        ExprKind::Member(value, ..)
        | ExprKind::Field(value, _)
        | ExprKind::Item(value, _)
        | ExprKind::Neg(value)
        | ExprKind::Not(value)
        | ExprKind::IntToFloat(value)
        | ExprKind::Some(value)
        | ExprKind::Ok(value)
        | ExprKind::Err(value) => visit(value),
        ExprKind::Index(a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::Order(_, a, b)
        | ExprKind::Equal(a, b, _)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Merge(a, b) => {
            visit(a);
            visit(b);
        }
        ExprKind::If(condition, yes, no) => {
            visit(condition);
            visit(yes);
            visit(no);
        }
        ExprKind::Match(scrutinee, arms) => {
            visit(scrutinee);
            arms.iter().for_each(|arm| visit(&arm.body));
        }
        ExprKind::Comprehension(node) => {
            visit(&node.source);
            node.condition.iter().for_each(&mut *visit);
            visit(&node.body);
        }
        ExprKind::Closure(closure) => visit(&closure.body),
        ExprKind::Call(callee, list) => {
            visit(callee);
            list.values.iter().for_each(visit);
        }
        ExprKind::Library(_, list) | ExprKind::Variant(_, _, list) => args(list),
        ExprKind::Native { args: list, .. } => args(list),
        ExprKind::Adapt(adapt) => visit(&adapt.value),
    }
}

/// Calls `visit` for each key and value of a dict.
pub fn each_entry<'p>(dict: &'p Dict, visit: &mut dyn FnMut(&'p Expr)) {
    for entry in &dict.entries {
        match &entry.kind {
            EntryKind::Named(_, value) | EntryKind::Spread(value) => visit(value),
            EntryKind::Computed(key, value) => {
                visit(key);
                visit(value);
            }
        }
    }
}
