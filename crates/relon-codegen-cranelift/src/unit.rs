//! A unit: the functions, data and entries of a module, declared and written.

use std::collections::HashSet;

use cranelift_codegen::ir;
use cranelift_codegen::isa::{TargetFrontendConfig, TargetIsa};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::JITModule;
use cranelift_module::{DataId, FuncId, Module as _};
use relon_ir::{Function, FunctionId, Module, NativeId, Span};

use crate::generate::Written;
use crate::types::{entry_signature, signature};
use crate::world::{Callee, Found};
use crate::{Error, entry, func};

/// The unit of a module.
pub(crate) struct Unit<'m> {
    pub(crate) module: &'m Module,
    pub(crate) jit: JITModule,
    found: Found,
    functions: Vec<FuncId>,
    pub(crate) data: Vec<DataId>,
    pub(crate) exports: Vec<FuncId>,
    /// The places in the source that instructions were made for, by the numbers that their code carries; empty where nobody asks for them.
    pub(crate) spans: Vec<Span>,
    traced: bool,
}

impl<'m> Unit<'m> {
    /// Declares all that the unit holds.
    pub(crate) fn declare(
        module: &'m Module,
        found: Found,
        mut jit: JITModule,
        traced: bool,
    ) -> Result<Unit<'m>, Error> {
        let exported = |export: entry::Export<'_>| entry_signature(jit.isa(), &export.params());
        let exported: Vec<_> = entry::exports(module).into_iter().map(exported).collect();
        let mut function = |signature: &ir::Signature| jit.declare_anonymous_function(signature).map_err(Error::from);
        let functions = module.functions.iter().map(|one| function(&signature(one))).collect::<Result<_, _>>()?;
        let exports = exported.iter().map(&mut function).collect::<Result<_, _>>()?;
        let data = module.data.iter().map(|_| jit.declare_anonymous_data(false, false).map_err(Error::from));
        let data = data.collect::<Result<_, _>>()?;
        Ok(Unit { module, jit, found, functions, data, exports, spans: Vec::new(), traced })
    }

    pub(crate) fn isa(&self) -> &dyn TargetIsa {
        self.jit.isa()
    }

    pub(crate) fn config(&self) -> TargetFrontendConfig {
        self.jit.target_config()
    }

    /// What a call of the native calls.
    pub(crate) fn native(&self, id: NativeId) -> Callee {
        self.found.callees[id.index()]
    }

    /// What code carries that was made for this span, where its places are asked for.
    pub(crate) fn place(&mut self, span: Option<Span>) -> ir::SourceLoc {
        let Some(span) = span.filter(|_| self.traced) else { return ir::SourceLoc::default() };
        if self.spans.last() != Some(&span) {
            self.spans.push(span);
        }
        ir::SourceLoc::new(self.spans.len() as u32 - 1)
    }

    /// The table for natives that are called through it.
    pub(crate) fn take_table(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.found.table)
    }

    /// A function of the unit as `func` refers to it.
    pub(crate) fn function_in(&mut self, id: FunctionId, func: &mut ir::Function) -> ir::FuncRef {
        self.jit.declare_func_in_func(self.functions[id.index()], func)
    }

    /// Data of the unit as `func` refers to it.
    pub(crate) fn data_in(&self, id: relon_ir::DataId, func: &mut ir::Function) -> ir::GlobalValue {
        self.jit.declare_data_in_func(self.data[id.index()], func)
    }

    /// Writes every function and entry.
    pub(crate) fn write(&mut self) -> Vec<Written> {
        let (module, mut scratch) = (self.module, FunctionBuilderContext::new());
        let mut written = Vec::with_capacity(self.functions.len() + self.exports.len());
        for (index, function) in with_code(module) {
            let mut to = ir::Function::new();
            func::define(self, function, &mut to, &mut scratch);
            written.push(Written { id: self.functions[index], function: to });
        }
        for (index, export) in entry::exports(module).into_iter().enumerate() {
            let mut to = ir::Function::new();
            entry::define(self, export, &mut to, &mut scratch);
            written.push(Written { id: self.exports[index], function: to });
        }
        written
    }
}

/// The functions that get code, with their numbers. Those for rows that were checked together would gain nothing here, where loops are not
/// vectorised.
pub(crate) fn with_code(module: &Module) -> impl Iterator<Item = (usize, &Function)> {
    let rows = module.entries.iter().filter_map(|entry| entry.checked);
    let mut left: HashSet<_> = rows.flat_map(|rows| [Some(rows.check), rows.row]).flatten().collect();
    for entry in &module.entries {
        left.remove(&entry.function);
    }
    let is_left = move |index: usize| left.contains(&FunctionId::new(index));
    module.functions.iter().enumerate().filter(move |(index, _)| !is_left(*index))
}
