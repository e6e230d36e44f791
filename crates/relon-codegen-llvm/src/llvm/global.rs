//! Functions and variables of a module: names, linkage, contents.

use std::ffi::c_int;

use super::Module;
use super::api::{Api, ValueRef};
use super::buffer::{bytes_of, text_of};

/// How a symbol is seen from outside its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linkage {
    /// Visible.
    External,
    /// A copy of a body that exists elsewhere, for inlining.
    AvailableExternally,
    /// Not visible, with a name.
    Internal,
    /// Not visible, without a name.
    Private,
    /// Anything else (weak, once only, common).
    Other,
}

/// Values of `LLVMLinkage`.
const EXTERNAL: c_int = 0;
const AVAILABLE_EXTERNALLY: c_int = 1;
pub(super) const INTERNAL: c_int = 8;
const PRIVATE: c_int = 9;

/// `LLVMDefaultVisibility`.
const DEFAULT_VISIBILITY: c_int = 0;

impl Linkage {
    fn from_raw(raw: c_int) -> Linkage {
        match raw {
            EXTERNAL => Linkage::External,
            AVAILABLE_EXTERNALLY => Linkage::AvailableExternally,
            INTERNAL => Linkage::Internal,
            PRIVATE => Linkage::Private,
            _ => Linkage::Other,
        }
    }

    fn to_raw(self) -> c_int {
        match self {
            Linkage::External | Linkage::Other => EXTERNAL,
            Linkage::AvailableExternally => AVAILABLE_EXTERNALLY,
            Linkage::Internal => INTERNAL,
            Linkage::Private => PRIVATE,
        }
    }
}

/// A function, variable or alias.
#[derive(Clone, Copy)]
pub(crate) struct Global<'m> {
    raw: ValueRef,
    module: &'m Module<'m>,
}

impl<'m> Global<'m> {
    pub(super) fn new(raw: ValueRef, module: &'m Module<'_>) -> Self {
        Global { raw, module }
    }

    pub(super) fn raw(&self) -> ValueRef {
        self.raw
    }

    pub(super) fn api(&self) -> &'static Api {
        self.module.api()
    }

    pub(super) fn module(&self) -> &'m Module<'m> {
        self.module
    }

    /// The symbol.
    pub(crate) fn name(&self) -> String {
        let mut length = 0;
        // SAFETY: the value is live, and its name is copied before anything changes it.
        let name = unsafe { (self.api().LLVMGetValueName2)(self.raw, &mut length) };
        text_of(name, length)
    }

    /// Gives the symbol another name; LLVM changes it where it is taken.
    pub(crate) fn rename(&self, name: &str) {
        // SAFETY: pointer and length are those of a live string.
        unsafe { (self.api().LLVMSetValueName2)(self.raw, name.as_ptr().cast(), name.len()) };
    }

    /// How it is seen from outside.
    pub(crate) fn linkage(&self) -> Linkage {
        // SAFETY: the value is a live global.
        Linkage::from_raw(unsafe { (self.api().LLVMGetLinkage)(self.raw) })
    }

    /// Changes how it is seen from outside. What goes with another linkage, a visibility or a group of duplicates, is dropped.
    pub(crate) fn set_linkage(&self, linkage: Linkage) {
        // SAFETY: the value is a live global; null is 'no group'.
        unsafe {
            (self.api().LLVMSetVisibility)(self.raw, DEFAULT_VISIBILITY);
            if !self.is_declaration() {
                (self.api().LLVMSetComdat)(self.raw, std::ptr::null_mut());
            }
            (self.api().LLVMSetLinkage)(self.raw, linkage.to_raw());
        }
    }

    /// Whether it has no body or value here.
    pub(crate) fn is_declaration(&self) -> bool {
        // SAFETY: the value is a live global.
        unsafe { (self.api().LLVMIsDeclaration)(self.raw) != 0 }
    }
}

/// A variable.
#[derive(Clone, Copy)]
pub(crate) struct Variable<'m>(Global<'m>);

impl<'m> std::ops::Deref for Variable<'m> {
    type Target = Global<'m>;
    fn deref(&self) -> &Global<'m> {
        &self.0
    }
}

impl<'m> Variable<'m> {
    pub(super) fn new(raw: ValueRef, module: &'m Module<'_>) -> Self {
        Variable(Global::new(raw, module))
    }

    /// Whether nothing ever writes to it.
    pub(crate) fn is_constant(&self) -> bool {
        // SAFETY: the value is a live variable.
        unsafe { (self.api().LLVMIsGlobalConstant)(self.raw()) != 0 }
    }

    /// Whether each thread has its own.
    pub(crate) fn is_thread_local(&self) -> bool {
        // SAFETY: the value is a live variable.
        unsafe { (self.api().LLVMIsThreadLocal)(self.raw()) != 0 }
    }

    /// The value's bytes, where it is an array of bytes (within a struct of one field or not) without addresses.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        let api = self.api();
        // SAFETY: the value is a live variable; operands of its value are looked at only where there is one.
        unsafe {
            let mut value = (api.LLVMGetInitializer)(self.raw());
            if value.is_null() {
                return None;
            }
            if !(api.LLVMIsAConstantStruct)(value).is_null() && (api.LLVMGetNumOperands)(value) == 1 {
                value = (api.LLVMGetOperand)(value, 0);
            }
            if (api.LLVMIsAConstantDataSequential)(value).is_null() || (api.LLVMIsConstantString)(value) == 0 {
                return None;
            }
            let mut length = 0;
            let data = (api.LLVMGetAsString)(value, &mut length);
            Some(bytes_of(&data, length).to_vec())
        }
    }
}
