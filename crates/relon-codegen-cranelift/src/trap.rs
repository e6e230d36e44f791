//! Traps: ways out of a function, apart from the code that usually runs.
//!
//! A check branches to the block of its site, which gives the number of the site and 1 to the one block that returns a failure. A call
//! that failed gives its status to the same block. What is returned besides the status is not looked at.

use std::collections::BTreeMap;

use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};
use relon_ir::SiteId;

use crate::func::FunctionEmitter;
use crate::types::{STATUS, returns_in_memory, value_type};

/// The failure blocks of a function, made where they are first needed.
#[derive(Default)]
pub(crate) struct Traps {
    sites: BTreeMap<SiteId, Block>,
    failed: Option<Block>,
}

/// The status of a trap: hosts find its site by it.
fn status_of(site: SiteId) -> i64 {
    site.index() as i64 + 1
}

impl FunctionEmitter<'_, '_> {
    /// The block that traps at a site.
    pub(crate) fn trap_block(&mut self, site: SiteId) -> Block {
        if let Some(block) = self.traps.sites.get(&site) {
            return *block;
        }
        let block = self.builder.create_block();
        self.traps.sites.insert(site, block);
        block
    }

    /// The block that returns the status that it is given.
    pub(crate) fn failed_block(&mut self) -> Block {
        if let Some(block) = self.traps.failed {
            return block;
        }
        let block = self.builder.create_block();
        self.builder.append_block_param(block, STATUS);
        self.traps.failed = Some(block);
        block
    }

    /// Traps at the site where the condition holds, and goes on in a new block.
    pub(crate) fn trap_if(&mut self, condition: Value, site: SiteId) {
        let (trap, go_on) = (self.trap_block(site), self.builder.create_block());
        self.builder.ins().brif(condition, trap, &[], go_on, &[]);
        self.builder.switch_to_block(go_on);
    }

    /// Traps at the site unless the condition holds, and goes on in a new block.
    pub(crate) fn trap_unless(&mut self, condition: Value, site: SiteId) {
        let (trap, go_on) = (self.trap_block(site), self.builder.create_block());
        self.builder.ins().brif(condition, go_on, &[], trap, &[]);
        self.builder.switch_to_block(go_on);
    }

    /// Returns with the status unless it is 0, and goes on in a new block.
    pub(crate) fn pass_on(&mut self, status: Value) {
        let (failed, go_on) = (self.failed_block(), self.builder.create_block());
        self.builder.ins().brif(status, failed, &[BlockArg::Value(status)], go_on, &[]);
        self.builder.switch_to_block(go_on);
    }

    /// Writes the blocks that checks and calls refer to.
    pub(crate) fn finish_traps(&mut self) {
        for (site, block) in std::mem::take(&mut self.traps.sites) {
            self.start_cold(block);
            let status = self.builder.ins().iconst(STATUS, status_of(site));
            let failed = self.failed_block();
            self.builder.ins().jump(failed, &[BlockArg::Value(status)]);
        }
        if let Some(block) = self.traps.failed {
            self.start_cold(block);
            let mut values = vec![self.builder.block_params(block)[0]];
            let results = if returns_in_memory(self.function) { &[] } else { self.function.results.as_slice() };
            for ty in results {
                values.push(match value_type(*ty) {
                    types::F64 => self.builder.ins().f64const(0.0),
                    ty => self.builder.ins().iconst(ty, 0),
                });
            }
            self.builder.ins().return_(&values);
        }
    }

    fn start_cold(&mut self, block: Block) {
        self.builder.set_cold_block(block);
        self.builder.switch_to_block(block);
    }
}
