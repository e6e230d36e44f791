//! Traps: a function that can't go on returns the number of the site, plus one, as its status.

use std::fmt::Write;

use relon_ir::SiteId;

use crate::func::FunctionEmitter;

/// Metadata that says that the first target of a branch is nearly always taken.
pub(crate) const LIKELY: &str = "!prof !0";

impl FunctionEmitter<'_, '_> {
    /// Goes on where the condition holds, and traps at the site where it doesn't.
    pub(crate) fn trap_unless(&mut self, condition: &str, site: SiteId) {
        let (go_on, trap) = (self.label("ok"), self.trap_label(site));
        self.line(format_args!("br i1 {condition}, label %{go_on}, label %{trap}, {LIKELY}"));
        self.start_block(go_on);
    }

    /// Traps at the site where the condition holds.
    pub(crate) fn trap_if(&mut self, condition: &str, site: SiteId) {
        let inverse = self.temp(format_args!("xor i1 {condition}, true"));
        self.trap_unless(&inverse, site);
    }

    /// The block that traps at the site; one for all its uses in a function.
    pub(crate) fn trap_label(&mut self, site: SiteId) -> String {
        self.traps.insert(site);
        format!("trap.{site}")
    }

    /// The blocks of all sites that the function can trap at.
    pub(crate) fn trap_blocks(&mut self) -> String {
        let mut out = String::new();
        let (results, giving) = (&self.function.results, self.giving());
        let ty = giving.result_type(results);
        for site in std::mem::take(&mut self.traps) {
            let status = giving.trapped(site.index() + 1, results);
            let place = self.place(self.module.sites.get(site.index()).map(|site| site.span));
            let _ = writeln!(out, "trap.{site}:\n  ret {ty} {status}{place}");
        }
        out
    }
}
