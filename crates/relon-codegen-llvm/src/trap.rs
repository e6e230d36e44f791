//! Traps: a function that can't go on returns the number of the site, plus one, as its status.

use relon_ir::SiteId;

use crate::func::FunctionEmitter;

/// Metadata that says that the first target of a branch is nearly always taken.
const LIKELY: &str = "!prof !0";
/// The same of the second target.
const UNLIKELY: &str = "!prof !1";

/// The block that ends a function which can't go on. There is one: LLVM marks the end of each variable at each return, so that the code
/// would grow with the product of both where many calls are inlined.
const FAILED: &str = "failed";

impl FunctionEmitter<'_, '_> {
    /// Goes on where the condition holds, and traps at the site where it doesn't.
    pub(crate) fn trap_unless(&mut self, condition: &str, site: SiteId) {
        if !self.is_safe {
            self.fail_unless(condition, status(site));
        }
    }

    /// Traps at the site where the condition holds.
    pub(crate) fn trap_if(&mut self, condition: &str, site: SiteId) {
        if self.is_safe {
            return;
        }
        let go_on = self.label("ok");
        self.line(format_args!("br i1 {condition}, label %{FAILED}, label %{go_on}, {UNLIKELY}"));
        self.fail_with(status(site));
        self.start_block(go_on);
    }

    /// Traps at the site.
    pub(crate) fn trap(&mut self, site: SiteId) {
        if self.is_safe {
            return self.line(format_args!("unreachable"));
        }
        self.line(format_args!("br label %{FAILED}"));
        self.fail_with(status(site));
    }

    /// Returns with the status unless it is 0.
    pub(crate) fn pass_on(&mut self, status: String) {
        let fine = self.temp(format_args!("icmp eq i32 {status}, 0"));
        self.fail_unless(&fine, status);
    }

    fn fail_unless(&mut self, condition: &str, status: String) {
        let go_on = self.label("ok");
        self.line(format_args!("br i1 {condition}, label %{go_on}, label %{FAILED}, {LIKELY}"));
        self.fail_with(status);
        self.start_block(go_on);
    }

    /// Notes that the block which is being written ends the function with this status.
    fn fail_with(&mut self, status: String) {
        self.failures.push((self.current.clone(), status));
    }

    /// The block that all jump to which can't go on.
    pub(crate) fn failed_block(&mut self) -> String {
        if self.failures.is_empty() {
            return String::new();
        }
        let statuses: Vec<String> =
            self.failures.drain(..).map(|(label, status)| format!("[ {status}, %{label} ]")).collect();
        let mut out = format!("{FAILED}:\n  %status = phi i32 {}\n", statuses.join(", "));
        self.return_status(&mut out, "%status");
        out
    }
}

fn status(site: SiteId) -> String {
    (site.index() + 1).to_string()
}
