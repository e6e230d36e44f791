//! Types of the IR as types of LLVM.
//!
//! A Bool is `i1` as a value, and `i8` (0 or 1) in memory and at the boundary of natives.

use relon_ir::{Convention, Function, MemType, Native, Type};

/// The type of a value.
pub(crate) fn value_type(ty: Type) -> &'static str {
    match ty {
        Type::Int => "i64",
        Type::Float => "double",
        Type::Bool => "i1",
        Type::Ptr => "ptr",
    }
}

/// The type of a value in memory.
pub(crate) fn memory_type(mem: MemType) -> &'static str {
    match mem {
        MemType::Int => "i64",
        MemType::Float => "double",
        MemType::Bool => "i8",
        MemType::Tag => "i32",
        MemType::Ptr => "ptr",
    }
}

/// The alignment of a value in memory.
pub(crate) fn alignment(mem: MemType) -> u32 {
    match mem {
        MemType::Int | MemType::Float | MemType::Ptr => 8,
        MemType::Bool => 1,
        MemType::Tag => 4,
    }
}

/// How a value of a type lies in memory where nothing else is said: in arguments and results of entries over scalars.
pub(crate) fn memory_of(ty: Type) -> MemType {
    match ty {
        Type::Int => MemType::Int,
        Type::Float => MemType::Float,
        Type::Bool => MemType::Bool,
        Type::Ptr => MemType::Ptr,
    }
}

/// A parameter or result of a C function, with the attribute that the C ABI wants.
pub(crate) fn native_type(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "i8 zeroext",
        other => value_type(other),
    }
}

/// The result of a native's C function, as it stands in a declaration or call.
pub(crate) fn native_result(native: &Native) -> &'static str {
    match (native.convention, native.result) {
        (Convention::Status | Convention::Open, _) => "i32",
        (Convention::Direct, None) => "void",
        (Convention::Direct, Some(Type::Bool)) => "zeroext i8",
        (Convention::Direct, Some(ty)) => value_type(ty),
    }
}

/// The bare type of a native's C function, as LLVM prints it; bodies are compared with it.
pub(crate) fn native_signature(native: &Native) -> String {
    let context = native.convention.has_status().then_some("ptr");
    let bare = |ty: &str| ty.trim_start_matches("zeroext ").trim_end_matches(" zeroext").to_owned();
    let params = context.into_iter().chain(native.params.iter().map(|ty| native_type(*ty)));
    let params: Vec<String> = params.map(bare).collect();
    format!("{} ({})", bare(native_result(native)), params.join(", "))
}

/// A name as an identifier of LLVM, with its sigil.
pub(crate) fn global_name(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._$-".contains(&byte);
    if !name.is_empty() && name.bytes().all(plain) && !name.as_bytes()[0].is_ascii_digit() {
        return format!("@{name}");
    }
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("\\{byte:02X}") };
    format!("@\"{}\"", name.bytes().map(escape).collect::<String>())
}

/// The symbol of a function of a module.
pub(crate) fn function_name(function: &Function) -> String {
    global_name(&format!("relon.{}", function.name))
}

/// The name of a function's code for rows that are evaluated together.
pub(crate) fn together_name(function: &Function) -> String {
    global_name(&format!("relon.together.{}", function.name))
}
