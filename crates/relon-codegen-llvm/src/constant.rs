//! Constants and constant data.

use std::fmt::Write;

use relon_ir::{Data, DataId, Op};

/// The operand for an op that is a constant, or the call's context.
pub(crate) fn operand(op: &Op) -> Option<String> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other op computes something")]
    match op {
        Op::ConstInt(value) => Some(value.to_string()),
        Op::ConstFloat(bits) => Some(float(*bits)),
        Op::ConstBool(value) => Some(value.to_string()),
        Op::ConstData(data) => Some(data_name(*data)),
        Op::Context => Some("%ctx".into()),
        Op::ConstNull => Some("null".into()),
        _ => None,
    }
}

/// A Float by its bits: LLVM reads 16 hexadecimal digits as exactly these.
fn float(bits: u64) -> String {
    format!("0x{bits:016X}")
}

fn data_name(id: DataId) -> String {
    format!("@relon.{id}")
}

/// The definition of constant data: a packed struct of byte strings and addresses.
pub(crate) fn define(out: &mut String, id: DataId, data: &Data) {
    let mut parts: Vec<(String, String)> = Vec::new();
    let mut done = 0;
    let mut relocations: Vec<_> = data.relocations.iter().collect();
    relocations.sort_by_key(|relocation| relocation.offset);
    for relocation in relocations {
        let offset = relocation.offset as usize;
        parts.extend(bytes(&data.bytes[done..offset]));
        parts.push(("ptr".into(), data_name(relocation.target)));
        done = offset + relon_ir::layout::POINTER_SIZE as usize;
    }
    parts.extend(bytes(&data.bytes[done..]));
    let types: Vec<&str> = parts.iter().map(|(ty, _)| ty.as_str()).collect();
    let values: Vec<String> = parts.iter().map(|(ty, value)| format!("{ty} {value}")).collect();
    let (name, types, values) = (data_name(id), types.join(", "), values.join(", "));
    let _ =
        writeln!(out, "{name} = private unnamed_addr constant <{{ {types} }}> <{{ {values} }}>, align {}", data.align);
}

/// A byte string with its type; none where there are no bytes.
fn bytes(bytes: &[u8]) -> Option<(String, String)> {
    if bytes.is_empty() {
        return None;
    }
    let mut text = String::with_capacity(bytes.len() * 2 + 3);
    text.push_str("c\"");
    for byte in bytes {
        match byte {
            b' '..=b'~' if !b"\"\\".contains(byte) => text.push(char::from(*byte)),
            _ => drop(write!(text, "\\{byte:02X}")),
        }
    }
    text.push('"');
    Some((format!("[{} x i8]", bytes.len()), text))
}
