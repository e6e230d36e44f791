//! Entries: functions with the C signatures by which hosts call a unit.

use std::fmt::Write;

use relon_ir::{Entry, Function, Module, Type, Way};

use crate::cocompile::Effort;
use crate::emit::Style;
use crate::results::{Giving, STRIDE};
use crate::types::{alignment, function_name, global_name, memory_of, memory_type, value_type};
use crate::{batch, emit};

/// How the symbols of entries are made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names<'a> {
    /// For a unit that is loaded and asked for its entries by their names.
    Loaded,
    /// For a unit that is linked: the entry `main` has this symbol, and `main.typed` the same one followed by `_typed`.
    Prefixed(&'a str),
}

impl Names<'_> {
    /// The symbol of an entry.
    pub(crate) fn symbol(self, name: &str) -> String {
        let Names::Prefixed(prefix) = self else { return format!("relon_entry_{name}") };
        let rest = match name.strip_prefix("main") {
            Some(rest) if rest.is_empty() || rest.starts_with('.') => rest.to_owned(),
            _ => format!(".{name}"),
        };
        let letters = rest.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
        format!("{prefix}{}", letters.collect::<String>())
    }

    /// The symbol of an entry's direct function.
    pub(crate) fn direct(self, name: &str) -> String {
        self.symbol(&format!("{name}.direct"))
    }

    /// The symbol of the function that takes arguments in this way.
    pub(crate) fn of(self, name: &str, way: Way) -> String {
        match way {
            Way::Direct => self.direct(name),
            Way::Listed | Way::Batch => self.symbol(name),
        }
    }
}

/// Writes an entry, whose direct function may be there already.
pub(crate) fn define(out: &mut String, module: &Module, entry: &Entry, style: &Style<'_>, is_exposed: bool) {
    let Style { names, effort, .. } = *style;
    let function = &module.functions[entry.function.index()];
    for way in entry.ways() {
        match way {
            Way::Direct if is_exposed => {}
            Way::Direct => direct(out, entry, names, function, effort),
            Way::Listed => listed(out, entry, names, function),
            Way::Batch => batch::define(out, module, entry, style),
        }
    }
}

/// Whether the function has the shape of an entry: pointers to arguments, then one to memory for the result.
pub(crate) fn takes_memory(function: &Function) -> bool {
    function.results.is_empty() && !function.params.is_empty() && function.params.iter().all(|ty| *ty == Type::Ptr)
}

/// How many arguments the function has.
fn arguments(function: &Function) -> usize {
    function.params.len() - usize::from(takes_memory(function))
}

/// The C function that takes the address of each argument in a parameter of its own: the code of the entry. A function over scalars (a
/// hand-built one) has its arguments loaded and results stored here.
fn direct(out: &mut String, entry: &Entry, names: Names<'_>, function: &Function, effort: Effort) {
    let symbol = global_name(&names.direct(&entry.name));
    let params: String = (0..arguments(function)).map(|index| format!(", ptr noundef %arg{index}")).collect();
    let _ = writeln!(
        out,
        "define i32 {symbol}({}{params}, ptr noundef %out) {} {{",
        emit::CONTEXT_PARAMETER,
        emit::ATTRIBUTES
    );
    let mut list = "ptr %ctx".to_owned();
    let memory = takes_memory(function);
    for (index, ty) in function.params.iter().enumerate() {
        let value = match memory {
            true if index + 1 == function.params.len() => "%out".to_owned(),
            true => format!("%arg{index}"),
            false => thunk_scalar(out, index, *ty),
        };
        let _ = write!(list, ", {} {value}", value_type(*ty));
    }
    let giving = Giving::of(&function.results, effort);
    if giving == Giving::Memory {
        list.push_str(", ptr %out");
    }
    let (ty, name) = (giving.result_type(&function.results), function_name(function));
    let _ = writeln!(out, "  %whole = call {ty} {name}({list}) {}", emit::INLINED);
    match giving {
        Giving::Nothing | Giving::Memory => out.push_str("  ret i32 %whole\n"),
        Giving::Struct => thunk_results(out, &ty, &function.results),
    }
    out.push_str("}\n\n");
}

/// The C function that takes the addresses of the arguments in memory, for callers that learn at run time how many there are. It calls the
/// direct one, so that the code of the entry exists once.
fn listed(out: &mut String, entry: &Entry, names: Names<'_>, function: &Function) {
    let symbol = global_name(&names.symbol(&entry.name));
    let _ = writeln!(
        out,
        "define i32 {symbol}({}, ptr noundef readonly %args, ptr noundef %out) {} {{",
        emit::CONTEXT_PARAMETER,
        emit::ATTRIBUTES
    );
    let arguments: String =
        (0..arguments(function)).map(|index| format!("ptr {}, ", thunk_pointer(out, index))).collect();
    let direct = global_name(&names.direct(&entry.name));
    let _ = writeln!(out, "  %status = call i32 {direct}(ptr %ctx, {arguments}ptr %out) {}", emit::CALLED);
    out.push_str("  ret i32 %status\n}\n\n");
}

pub(crate) fn thunk_pointer(out: &mut String, index: usize) -> String {
    let _ = writeln!(out, "  %slot{index} = getelementptr inbounds ptr, ptr %args, i64 {index}");
    let _ = writeln!(out, "  %arg{index} = load ptr, ptr %slot{index}, align 8");
    format!("%arg{index}")
}

fn thunk_scalar(out: &mut String, index: usize, ty: Type) -> String {
    let mem = memory_of(ty);
    let _ = writeln!(out, "  %mem{index} = load {}, ptr %arg{index}, align {}", memory_type(mem), alignment(mem));
    if ty != Type::Bool {
        return format!("%mem{index}");
    }
    let _ = writeln!(out, "  %bool{index} = icmp ne i8 %mem{index}, 0");
    format!("%bool{index}")
}

/// Stores the results of a struct, as `Giving::Memory` would, and returns the status.
fn thunk_results(out: &mut String, ty: &str, results: &[Type]) {
    let _ = writeln!(out, "  %status = extractvalue {ty} %whole, 0");
    out.push_str("  %fine = icmp eq i32 %status, 0\n  br i1 %fine, label %ok, label %failed, !prof !0\n");
    out.push_str("failed:\n  ret i32 %status\nok:\n");
    for (index, result) in results.iter().enumerate() {
        let mem = memory_of(*result);
        let _ = writeln!(out, "  %part{index} = extractvalue {ty} %whole, {}", index + 1);
        let _ = writeln!(out, "  %to{index} = getelementptr inbounds i8, ptr %out, i64 {}", index * STRIDE);
        let value = match result {
            Type::Bool => {
                let _ = writeln!(out, "  %byte{index} = zext i1 %part{index} to i8");
                format!("%byte{index}")
            }
            Type::Int | Type::Float | Type::Ptr => format!("%part{index}"),
        };
        let _ = writeln!(out, "  store {} {value}, ptr %to{index}, align {}", memory_type(mem), alignment(mem));
    }
    out.push_str("  ret i32 0\n");
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn symbols_of_linked_entries_begin_with_the_prefix() {
        let symbols = ["main", "main.typed", "main.batch", "mainly"].map(|name| Names::Prefixed("quote").symbol(name));
        assert_eq!(symbols, ["quote", "quote_typed", "quote_batch", "quote_mainly"]);
        assert_eq!(
            ["main", "main.typed"].map(|name| Names::Prefixed("quote").direct(name)),
            ["quote_direct", "quote_typed_direct"]
        );
    }
}
