//! Traps: a function that can't go on returns the number of the site, plus one, as its status.

use std::fmt::Write;

use relon_ir::{SiteId, Type};

use crate::func::FunctionEmitter;
use crate::types::{result_type, value_type};

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

    /// Returns with this status and no results.
    pub(crate) fn return_status(&mut self, status: &str) {
        let results = self.function.results.clone();
        if results.is_empty() {
            return self.line(format_args!("ret i32 {status}"));
        }
        let ty = result_type(&results);
        let value = self.temp(format_args!("insertvalue {ty} poison, i32 {status}, 0"));
        self.line(format_args!("ret {ty} {value}"));
    }

    /// The blocks of all sites that the function can trap at.
    pub(crate) fn trap_blocks(&mut self) -> String {
        let mut out = String::new();
        let results = &self.function.results;
        for site in std::mem::take(&mut self.traps) {
            let status = site.index() + 1;
            let place = self.place(self.module.sites.get(site.index()).map(|site| site.span));
            let _ = writeln!(out, "trap.{site}:\n  ret {} {}{place}", result_type(results), trapped(status, results));
        }
        out
    }
}

/// A constant with this status and no meaningful results.
fn trapped(status: usize, results: &[Type]) -> String {
    if results.is_empty() {
        return status.to_string();
    }
    let parts: Vec<String> = results.iter().map(|ty| format!("{} poison", value_type(*ty))).collect();
    format!("{{ i32 {status}, {} }}", parts.join(", "))
}
