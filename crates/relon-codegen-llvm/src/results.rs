//! How a function of a unit gives its results: beside its status, in one struct, or in memory that its caller names.

use std::fmt::Write;

use relon_ir::{Function, Type, Value};

use crate::cocompile::Effort;
use crate::func::FunctionEmitter;
use crate::types::{function_name, memory_of, value_type};

/// Where the results of a function are. All that names a function of one unit has to agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Giving {
    /// There are none: a function gives its bare status.
    Nothing,
    /// In one struct, behind the status: in registers, while they suffice.
    Struct,
    /// In memory, eight bytes apart, at the pointer that is the last parameter. The status alone is given by value, and memory is written
    /// only where that is 0. LLVM's quick code generator knows no structs: what has to do with one goes the long way.
    Memory,
}

impl Giving {
    pub(crate) fn of(results: &[Type], effort: Effort) -> Giving {
        match effort {
            _ if results.is_empty() => Giving::Nothing,
            Effort::Quick => Giving::Memory,
            Effort::Full => Giving::Struct,
        }
    }

    /// What the function gives.
    pub(crate) fn result_type(self, results: &[Type]) -> String {
        match self {
            Giving::Nothing | Giving::Memory => "i32".into(),
            Giving::Struct => {
                let parts: Vec<&str> = results.iter().map(|ty| value_type(*ty)).collect();
                format!("{{ i32, {} }}", parts.join(", "))
            }
        }
    }

    /// The parameter behind all others.
    pub(crate) fn param(self) -> &'static str {
        match self {
            Giving::Nothing | Giving::Struct => "",
            Giving::Memory => ", ptr noalias noundef writeonly %results",
        }
    }
}

/// Bytes from one result to the next.
pub(crate) const STRIDE: usize = 8;

/// The parameter for the address of results.
const GIVEN: &str = "%results";
/// Memory of a function for the results of those that it calls.
const RECEIVED: &str = "%received";

impl FunctionEmitter<'_, '_> {
    /// How this function gives its results.
    pub(crate) fn giving(&self) -> Giving {
        self.giving_of(self.function)
    }

    fn giving_of(&self, function: &Function) -> Giving {
        Giving::of(&function.results, self.effort)
    }

    /// Returns with these results.
    pub(crate) fn return_values(&mut self, values: &[Value]) {
        let results = &self.function.results;
        match self.giving() {
            Giving::Nothing => self.line(format_args!("ret i32 0")),
            Giving::Struct => {
                let ty = Giving::Struct.result_type(results);
                let mut whole = self.temp(format_args!("insertvalue {ty} poison, i32 0, 0"));
                for (index, (value, part)) in values.iter().zip(results).enumerate() {
                    let (part, value) = (value_type(*part), self.operand(*value).to_owned());
                    whole = self.temp(format_args!("insertvalue {ty} {whole}, {part} {value}, {}", index + 1));
                }
                self.line(format_args!("ret {ty} {whole}"));
            }
            Giving::Memory => {
                for ((value, part), offset) in values.iter().zip(results).zip((0..).step_by(STRIDE)) {
                    self.store(memory_of(*part), GIVEN, offset, *value);
                }
                self.line(format_args!("ret i32 0"));
            }
        }
    }

    /// Returns with this status and no results.
    pub(crate) fn return_status(&self, out: &mut String, status: &str) {
        let ty = self.giving().result_type(&self.function.results);
        let _ = match self.giving() {
            Giving::Nothing | Giving::Memory => writeln!(out, "  ret {ty} {status}"),
            Giving::Struct => {
                writeln!(out, "  %failure = insertvalue {ty} poison, i32 {status}, 0\n  ret {ty} %failure")
            }
        };
    }

    /// Calls a function of the module with these arguments, and passes on its trap.
    pub(crate) fn receive(&mut self, callee: &Function, mut args: String, results: &[Value]) {
        let giving = self.giving_of(callee);
        let (ty, name) = (giving.result_type(&callee.results), function_name(callee));
        if giving == Giving::Memory {
            self.received = self.received.max(callee.results.len());
            let _ = write!(args, ", ptr {RECEIVED}");
        }
        let whole = self.temp(format_args!("call {ty} {name}({args})"));
        match giving {
            Giving::Nothing => self.pass_on(whole),
            Giving::Struct => {
                let status = self.temp(format_args!("extractvalue {ty} {whole}, 0"));
                self.pass_on(status);
                for (index, result) in results.iter().enumerate() {
                    self.set(*result, format_args!("extractvalue {ty} {whole}, {}", index + 1));
                }
            }
            Giving::Memory => {
                self.pass_on(whole);
                for ((result, part), offset) in results.iter().zip(&callee.results).zip((0..).step_by(STRIDE)) {
                    self.load(memory_of(*part), RECEIVED, offset, None, *result);
                }
            }
        }
    }

    /// The memory that results of calls are read from, where there are calls that need some. Each call's are read at once, so that all
    /// share it.
    pub(crate) fn received(&self) -> String {
        match self.received {
            0 => String::new(),
            count => format!("  {RECEIVED} = alloca [{} x i8], align 8\n", count * STRIDE),
        }
    }
}
