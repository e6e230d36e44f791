//! Constant data: bytes, and addresses within them.

use cranelift_codegen::ir::{self, InstBuilder};
use cranelift_jit::JITModule;
use cranelift_module::{DataDescription, DataId, Module as _};
use relon_ir::Data;

use crate::Error;
use crate::func::FunctionEmitter;
use crate::types::POINTER;

/// Defines each piece of data; all have been declared, so that they can refer to each other.
pub(crate) fn define(jit: &mut JITModule, all: &[Data], ids: &[DataId]) -> Result<(), Error> {
    for (data, id) in all.iter().zip(ids) {
        let mut description = DataDescription::new();
        description.define(data.bytes.clone().into_boxed_slice());
        description.set_align(u64::from(data.align));
        for relocation in &data.relocations {
            let target = jit.declare_data_in_data(ids[relocation.target.index()], &mut description);
            description.write_data_addr(relocation.offset, target, 0);
        }
        jit.define_data(*id, &description)?;
    }
    Ok(())
}

impl FunctionEmitter<'_, '_> {
    /// The address of constant data.
    pub(crate) fn data_address(&mut self, data: relon_ir::DataId) -> ir::Value {
        let (unit, func) = (&*self.unit, &mut *self.builder.func);
        let global = *self.data.entry(data).or_insert_with(|| unit.data_in(data, func));
        self.builder.ins().symbol_value(POINTER, global)
    }
}
