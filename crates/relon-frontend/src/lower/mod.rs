//! Lowering.
/// Lowers.
pub fn lower(_program: &crate::hir::Program) -> relon_ir::Module {
    relon_ir::Module::default()
}
