//! Results whose numbers all have a JSON form.

use relon_ir::layout::{DataType, LENGTH_OFFSET, TypeTable};

/// Whether a Float may be somewhere inside of a type that Rust can name.
pub(super) fn has_floats(ty: &DataType, types: &TypeTable) -> bool {
    match ty {
        DataType::Float => true,
        DataType::List(inner) | DataType::Option(inner) => has_floats(inner, types),
        DataType::Record(id) => types.record(*id).fields.iter().any(|field| has_floats(&field.ty, types)),
        DataType::Int | DataType::Bool | DataType::String => false,
        // Handles have no such types.
        DataType::Dict(_) | DataType::Result(..) | DataType::Tuple(_) | DataType::Enum(_) | DataType::Boxed(_) => false,
    }
}

/// Whether all Floats of a value are finite.
///
/// # Safety
/// `address` points to a value of this type, and what it refers to is alive.
pub(super) unsafe fn is_finite(address: *const u8, ty: &DataType, types: &TypeTable) -> bool {
    // SAFETY: the caller's condition, from which that for the parts follows.
    unsafe {
        match ty {
            DataType::Float => address.cast::<f64>().read().is_finite(),
            DataType::List(element) if has_floats(element, types) => {
                let start = address.cast::<*const u8>().read();
                let length = address.add(LENGTH_OFFSET as usize).cast::<usize>().read();
                let stride = types.layout(element).size as usize;
                (0..length).all(|index| is_finite(start.add(index * stride), element, types))
            }
            DataType::Option(value) => {
                let offset = types.option_layout(value).offsets[1] as usize;
                address.read() == 0 || is_finite(address.add(offset), value, types)
            }
            DataType::Record(id) => {
                let fields = types.record(*id).fields.iter().zip(&types.record_layout(*id).offsets);
                fields.into_iter().all(|(field, at)| is_finite(address.add(*at as usize), &field.ty, types))
            }
            _ => true,
        }
    }
}
