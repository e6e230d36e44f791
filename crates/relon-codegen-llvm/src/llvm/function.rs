//! Functions of a module and their attributes.

use std::ffi::c_uint;

use super::Module;
use super::api::{AttributeRef, ValueRef};
use super::buffer::text_of;
use super::global::Global;
use super::module::chain;

/// An attribute of a whole function.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attribute {
    /// Inlined wherever possible.
    AlwaysInline,
    /// Never inlined.
    NoInline,
    /// A hint that goes against `AlwaysInline`.
    OptimizeNone,
}

impl Attribute {
    fn name(self) -> &'static str {
        match self {
            Attribute::AlwaysInline => "alwaysinline",
            Attribute::NoInline => "noinline",
            Attribute::OptimizeNone => "optnone",
        }
    }
}

/// `LLVMAttributeFunctionIndex`
const FUNCTION: c_uint = c_uint::MAX;

/// A function.
#[derive(Clone, Copy)]
pub(crate) struct Function<'m>(Global<'m>);

impl<'m> std::ops::Deref for Function<'m> {
    type Target = Global<'m>;
    fn deref(&self) -> &Global<'m> {
        &self.0
    }
}

impl<'m> Function<'m> {
    pub(super) fn new(raw: ValueRef, module: &'m Module<'_>) -> Self {
        Function(Global::new(raw, module))
    }

    /// The type as LLVM writes it, such as `i32 (ptr, i64)`.
    pub(crate) fn signature(&self) -> String {
        let api = self.api();
        // SAFETY: the value is a live function; the text is freed once.
        let message = unsafe { (api.LLVMPrintTypeToString)((api.LLVMGlobalGetValueType)(self.raw())) };
        api.take_message(message)
    }

    fn kind(&self, attribute: Attribute) -> c_uint {
        let name = attribute.name();
        // SAFETY: pointer and length are those of a live string.
        unsafe { (self.api().LLVMGetEnumAttributeKindForName)(name.as_ptr().cast(), name.len()) }
    }

    /// Whether the function has the attribute.
    pub(crate) fn has(&self, attribute: Attribute) -> bool {
        // SAFETY: the value is a live function.
        let found = unsafe { (self.api().LLVMGetEnumAttributeAtIndex)(self.raw(), FUNCTION, self.kind(attribute)) };
        !found.is_null()
    }

    /// Adds the attribute.
    pub(crate) fn add(&self, attribute: Attribute) {
        let api = self.api();
        // SAFETY: the value is a live function of the context in which the attribute is made.
        unsafe {
            let made = (api.LLVMCreateEnumAttribute)(self.module().context.raw(), self.kind(attribute), 0);
            (api.LLVMAddAttributeAtIndex)(self.raw(), FUNCTION, made);
        }
    }

    fn raw_text(&self, key: &str) -> AttributeRef {
        // SAFETY: the value is a live function; pointer and length are those of a live string.
        unsafe {
            (self.api().LLVMGetStringAttributeAtIndex)(self.raw(), FUNCTION, key.as_ptr().cast(), key.len() as c_uint)
        }
    }

    /// The value of a textual attribute, such as `target-cpu`.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let found = self.raw_text(key);
        if found.is_null() {
            return None;
        }
        let mut length = 0;
        // SAFETY: the attribute is a textual one, since it was found by a text.
        let value = unsafe { (self.api().LLVMGetStringAttributeValue)(found, &mut length) };
        Some(text_of(value, length as usize))
    }

    /// Sets a textual attribute, or removes it where the value is empty.
    pub(crate) fn set_text(&self, key: &str, value: &str) {
        let api = self.api();
        let (key_start, key_length) = (key.as_ptr().cast(), key.len() as c_uint);
        // SAFETY: the value is a live function of the context in which the attribute is made; both texts are live.
        unsafe {
            (api.LLVMRemoveStringAttributeAtIndex)(self.raw(), FUNCTION, key_start, key_length);
            if !value.is_empty() {
                let context = self.module().context.raw();
                let (start, length) = (value.as_ptr().cast(), value.len() as c_uint);
                let made = (api.LLVMCreateStringAttribute)(context, key_start, key_length, start, length);
                (api.LLVMAddAttributeAtIndex)(self.raw(), FUNCTION, made);
            }
        }
    }

    /// Whether LLVM itself gives this function its meaning.
    pub(crate) fn is_intrinsic(&self) -> bool {
        self.name().starts_with("llvm.")
    }

    pub(super) fn instructions(&self) -> Vec<ValueRef> {
        let api = self.api();
        // SAFETY: the function is live, and so are its blocks and their instructions.
        let blocks = unsafe { chain((api.LLVMGetFirstBasicBlock)(self.raw()), |b| (api.LLVMGetNextBasicBlock)(b)) };
        let of_block = |block| {
            // SAFETY: the same.
            unsafe { chain((api.LLVMGetFirstInstruction)(block), |i| (api.LLVMGetNextInstruction)(i)) }
        };
        blocks.into_iter().flat_map(of_block).collect()
    }

    /// Whether the body refers to the first parameter, which there has to be.
    pub(crate) fn uses_first_param(&self) -> bool {
        let api = self.api();
        // SAFETY: the function is live and has a parameter.
        let first_use = unsafe { (api.LLVMGetFirstUse)((api.LLVMGetParam)(self.raw(), 0)) };
        !first_use.is_null()
    }

    /// How many instructions the body has.
    pub(crate) fn instruction_count(&self) -> usize {
        self.instructions().len()
    }

    /// What each call of the body calls: a function's name, or none for an address known only at run time.
    pub(crate) fn callees(&self) -> Vec<Option<String>> {
        self.instructions().into_iter().filter_map(|instruction| self.callee(instruction)).collect()
    }

    fn callee(&self, instruction: ValueRef) -> Option<Option<String>> {
        let api = self.api();
        // SAFETY: the instruction is live, and only calls and invokes are asked for what they call.
        unsafe {
            if (api.LLVMIsACallInst)(instruction).is_null() && (api.LLVMIsAInvokeInst)(instruction).is_null() {
                return None;
            }
            let called = (api.LLVMGetCalledValue)(instruction);
            if !(api.LLVMIsAInlineAsm)(called).is_null() {
                return None;
            }
            let direct = !(api.LLVMIsAFunction)(called).is_null();
            Some(direct.then(|| self.module().global(called).name()))
        }
    }

    /// The signature of the target machine's type of each vector in the body, such as `<4 x i64>`: what vectorised code leaves.
    pub(crate) fn vector_types(&self) -> Vec<String> {
        let api = self.api();
        let types = self.instructions().into_iter().map(|instruction| {
            // SAFETY: the instruction is live, and so is its type.
            unsafe { (api.LLVMTypeOf)(instruction) }
        });
        // SAFETY: types live as long as their context.
        let vectors = types.filter(|ty| unsafe { (api.LLVMGetTypeKind)(*ty) } == VECTOR_KIND);
        // SAFETY: the same; the text is freed once.
        vectors.map(|ty| api.take_message(unsafe { (api.LLVMPrintTypeToString)(ty) })).collect()
    }
}

/// `LLVMVectorTypeKind`
const VECTOR_KIND: i32 = 13;
