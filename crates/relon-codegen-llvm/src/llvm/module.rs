//! A module of LLVM IR.

use std::ffi::CStr;
use std::ffi::CString;

use super::api::{Api, ModuleRef, ValueRef};
use super::{Buffer, Context, Function, Global, TargetMachine, Variable};
use crate::Error;

/// A module, owned; it lives in a context.
pub(crate) struct Module<'c> {
    raw: ModuleRef,
    pub(super) context: &'c Context,
}

/// `LLVMReturnStatusAction`: the verifier reports, and does not end the process.
const VERIFY_RETURN_STATUS: i32 = 2;

impl<'c> Module<'c> {
    pub(super) fn own(raw: ModuleRef, context: &'c Context) -> Self {
        Module { raw, context }
    }

    pub(super) fn raw(&self) -> ModuleRef {
        self.raw
    }

    pub(super) fn api(&self) -> &'static Api {
        self.context.api
    }

    /// The module as text.
    pub(crate) fn print(&self) -> String {
        // SAFETY: the module is live; the text is freed once.
        let message = unsafe { (self.api().LLVMPrintModuleToString)(self.raw) };
        self.api().take_message(message)
    }

    /// Checks the module.
    pub(crate) fn verify(&self, what: &str) -> Result<(), Error> {
        let mut message = std::ptr::null_mut();
        // SAFETY: the module is live; the message is freed once, whatever the outcome.
        let broken = unsafe { (self.api().LLVMVerifyModule)(self.raw, VERIFY_RETURN_STATUS, &mut message) };
        let message = self.api().take_message(message);
        if broken == 0 { Ok(()) } else { Err(Error::Llvm(format!("{what} is broken: {message}"))) }
    }

    /// A copy within the same context.
    pub(crate) fn duplicate(&self) -> Module<'c> {
        // SAFETY: the module is live, the copy is owned.
        Module { raw: unsafe { (self.api().LLVMCloneModule)(self.raw) }, context: self.context }
    }

    /// Moves everything of `other` into this module.
    pub(crate) fn link(&self, other: Module<'c>, what: &str) -> Result<(), Error> {
        let other = std::mem::ManuallyDrop::new(other);
        // SAFETY: both modules are live and share a context; `other` is consumed, whatever the outcome.
        let failed = unsafe { (self.api().LLVMLinkModules2)(self.raw, other.raw) };
        if failed == 0 { Ok(()) } else { Err(self.context.error(what)) }
    }

    /// Runs a pipeline in the syntax of `opt -passes`.
    pub(crate) fn run_passes(&self, passes: &str, machine: &TargetMachine) -> Result<(), Error> {
        let api = self.api();
        let pipeline = CString::new(passes).map_err(|_| Error::Llvm("zero byte in a pipeline".into()))?;
        // SAFETY: all handles are live; the options are freed once.
        let error = unsafe {
            let options = (api.LLVMCreatePassBuilderOptions)();
            let error = (api.LLVMRunPasses)(self.raw, pipeline.as_ptr(), machine.raw(), options);
            (api.LLVMDisposePassBuilderOptions)(options);
            error
        };
        api.outcome(passes, error)?;
        self.context.check(passes)
    }

    /// The module as bitcode.
    pub(crate) fn bitcode(&self) -> Buffer {
        // SAFETY: the module is live, the buffer is owned.
        Buffer::own(unsafe { (self.api().LLVMWriteBitcodeToMemoryBuffer)(self.raw) }, self.api())
    }

    /// Drops what only debuggers read, and tells whether there was some.
    pub(crate) fn strip_debug_info(&self) -> bool {
        // SAFETY: the module is live.
        unsafe { (self.api().LLVMStripModuleDebugInfo)(self.raw) != 0 }
    }

    /// Drops what would keep parts alive without being used, or define them again in a copy: lists of things to keep, and assembly.
    pub(crate) fn drop_roots(&self) {
        let api = self.api();
        for name in [c"llvm.used", c"llvm.compiler.used"] {
            // SAFETY: the module is live; nothing refers to a list of things to keep.
            unsafe {
                let list = (api.LLVMGetNamedGlobal)(self.raw, name.as_ptr());
                if !list.is_null() {
                    (api.LLVMDeleteGlobal)(list);
                }
            }
        }
        // SAFETY: the module is live, no bytes are read.
        unsafe { (api.LLVMSetModuleInlineAsm2)(self.raw, c"".as_ptr(), 0) };
    }

    /// Makes everything that uses a second name of a function use its first, and gives the pairs. rustc makes such names of functions
    /// with equal bodies. The names themselves stay until dead code is dropped, as which they count from now on.
    pub(crate) fn dissolve_aliases(&self) -> Vec<(String, String)> {
        let api = self.api();
        // SAFETY: the module is live, and each value is one of its aliases.
        let aliases =
            unsafe { chain((api.LLVMGetFirstGlobalAlias)(self.raw), |alias| (api.LLVMGetNextGlobalAlias)(alias)) };
        let dissolve = |alias: ValueRef| {
            // SAFETY: an alias has a target of its own type, which is a function where it is a native's.
            let target = unsafe {
                let target = (api.LLVMAliasGetAliasee)(alias);
                (api.LLVMReplaceAllUsesWith)(alias, target);
                (api.LLVMSetLinkage)(alias, super::global::INTERNAL);
                target
            };
            // SAFETY: the target is live.
            let is_function = unsafe { !(api.LLVMIsAFunction)(target).is_null() };
            is_function.then(|| (self.global(alias).name(), self.global(target).name()))
        };
        aliases.into_iter().filter_map(dissolve).collect()
    }

    /// The crate that rustc made the module of, which it names the module after.
    pub(crate) fn crate_name(&self) -> String {
        let mut length = 0;
        // SAFETY: the module is live, and the name is copied at once.
        let name = unsafe {
            let name = (self.api().LLVMGetSourceFileName)(self.raw, &mut length);
            super::buffer::text_of(name, length)
        };
        name.split('.').next().unwrap_or_default().to_owned()
    }

    /// The target triple.
    pub(crate) fn triple(&self) -> String {
        // SAFETY: the module is live and owns the text.
        super::buffer::text(unsafe { (self.api().LLVMGetTarget)(self.raw) })
    }

    /// Sizes and alignments of the target, as LLVM writes them.
    pub(crate) fn data_layout(&self) -> String {
        // SAFETY: the module is live and owns the text.
        super::buffer::text(unsafe { (self.api().LLVMGetDataLayoutStr)(self.raw) })
    }

    /// The function with this name.
    pub(crate) fn function(&self, name: &CStr) -> Option<Function<'_>> {
        // SAFETY: the module is live, the name ends with a zero byte.
        let raw = unsafe { (self.api().LLVMGetNamedFunction)(self.raw, name.as_ptr()) };
        (!raw.is_null()).then(|| Function::new(raw, self))
    }

    /// All functions, with declarations and intrinsics.
    pub(crate) fn functions(&self) -> Vec<Function<'_>> {
        let api = self.api();
        // SAFETY: the module is live, and each value is one of its functions.
        let all = unsafe { chain((api.LLVMGetFirstFunction)(self.raw), |f| (api.LLVMGetNextFunction)(f)) };
        all.into_iter().map(|raw| Function::new(raw, self)).collect()
    }

    /// All variables, with declarations.
    pub(crate) fn variables(&self) -> Vec<Variable<'_>> {
        let api = self.api();
        // SAFETY: the module is live, and each value is one of its variables.
        let all = unsafe { chain((api.LLVMGetFirstGlobal)(self.raw), |g| (api.LLVMGetNextGlobal)(g)) };
        all.into_iter().map(|raw| Variable::new(raw, self)).collect()
    }

    pub(super) fn global(&self, raw: ValueRef) -> Global<'_> {
        Global::new(raw, self)
    }
}

/// All items of one of LLVM's linked lists.
pub(super) fn chain(first: ValueRef, next: impl Fn(ValueRef) -> ValueRef) -> Vec<ValueRef> {
    let present = |item: ValueRef| (!item.is_null()).then_some(item);
    std::iter::successors(present(first), |item| present(next(*item))).collect()
}

impl Drop for Module<'_> {
    fn drop(&mut self) {
        // SAFETY: the module is owned; what refers to it borrows it.
        unsafe { (self.api().LLVMDisposeModule)(self.raw) };
    }
}
