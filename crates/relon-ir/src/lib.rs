//! The typed intermediate representation of Relon: a small control-flow graph with block parameters and explicit memory.
//!
//! A [`Module`] holds functions, the natives they call, constant data and trap sites. Lowering does the hard work once
//! (match, closures, comprehensions, records, laziness), so that each backend only translates the ops of [`Op`].
//! Values are scalars ([`Type`]); strings, lists, records and options are several values, or memory laid out by
//! [`layout`].

mod builder;
#[cfg(any(test, feature = "cases"))]
pub mod cases;
mod entity;
pub mod frames;
pub mod layout;
mod lines;
mod module;
mod op;
mod text;
mod verify;
mod world;

pub use builder::FunctionBuilder;
pub use entity::{Block, DataId, FileId, FunctionId, NativeId, SiteId, Value};
pub use lines::{LinePlace, Lines, shown};
pub use module::{
    BlockData, CheckedRows, Convention, Data, Entry, EntryForm, EntryPart, Function, Inst, Module, Native, Param,
    Relocation, Site, Span, Way,
};
pub use op::{
    BoolOp, FloatCondition, FloatOp, IntCondition, IntOp, IntRange, MemType, OnFailure, Op, Target, Terminator, Type,
    WrapOp,
};
pub use text::ParseError;
pub use verify::{VerifyError, verify};
pub use world::{Known, World, Worlds};
