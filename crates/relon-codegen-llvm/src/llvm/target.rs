//! The machine that code is made for.

use std::ffi::{CString, c_int};

use super::api::{Api, MachineRef, api};
use super::{Buffer, Module};
use crate::Error;
use crate::cocompile::Effort;

/// The processor of a unit: LLVM's name for it, and the features that every function of the unit is stamped with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cpu {
    /// Such as `znver4`.
    pub(crate) name: String,
    /// Such as `+avx2,-avx512f`.
    pub(crate) features: String,
}

impl Cpu {
    /// The processor of this machine.
    pub(crate) fn host() -> Result<Cpu, Error> {
        let api = api()?;
        // SAFETY: both texts are owned and freed once.
        let (name, features) = unsafe { ((api.LLVMGetHostCPUName)(), (api.LLVMGetHostCPUFeatures)()) };
        Ok(Cpu { name: api.take_message(name), features: api.take_message(features) })
    }

    /// Whether code for this processor may use the feature.
    pub(crate) fn has(&self, feature: &str) -> bool {
        self.features.split(',').any(|have| have.strip_prefix('+') == Some(feature))
    }
}

/// What a compiled unit is made for, apart from its processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The triple, such as `x86_64-unknown-linux-gnu`.
    pub triple: String,
    /// Sizes and alignments, as LLVM writes them.
    pub data_layout: String,
}

impl Target {
    /// The target of this process.
    pub(crate) fn host() -> Result<Target, Error> {
        let api = api()?;
        // SAFETY: the text is owned and freed once.
        let triple = api.take_message(unsafe { (api.LLVMGetDefaultTargetTriple)() });
        let cpu = Cpu { name: String::new(), features: String::new() };
        let machine = TargetMachine::new(&triple, &cpu, Effort::Full)?;
        Ok(Target { data_layout: machine.data_layout(), triple })
    }
}

/// A target machine: it knows costs for the optimiser and emits code.
pub(crate) struct TargetMachine {
    raw: MachineRef,
    api: &'static Api,
}

/// Values of `LLVMCodeGenOptLevel`, `LLVMRelocMode`, `LLVMCodeModel` and `LLVMCodeGenFileType`.
const OPTIMIZE_NONE: c_int = 0;
const OPTIMIZE_AGGRESSIVE: c_int = 3;
const RELOCATE_PIC: c_int = 2;
const MODEL_SMALL: c_int = 3;
const FILE_ASSEMBLY: c_int = 0;
const FILE_OBJECT: c_int = 1;

impl TargetMachine {
    /// A machine for position-independent code: addresses outside the unit are far away, and are reached through tables.
    pub(crate) fn new(triple: &str, cpu: &Cpu, effort: Effort) -> Result<TargetMachine, Error> {
        let level = match effort {
            Effort::Quick => OPTIMIZE_NONE,
            Effort::Full => OPTIMIZE_AGGRESSIVE,
        };
        let api = api()?;
        let text = |text: &str| CString::new(text).map_err(|_| Error::Llvm("zero byte in a target's name".into()));
        let (triple, name, features) = (text(triple)?, text(&cpu.name)?, text(&cpu.features)?);
        let (mut target, mut message) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: all texts are live, the out pointers too; the target is used only where it was found.
        let raw = unsafe {
            if (api.LLVMGetTargetFromTriple)(triple.as_ptr(), &mut target, &mut message) != 0 {
                return Err(Error::Llvm(api.take_message(message)));
            }
            let (triple, name, features) = (triple.as_ptr(), name.as_ptr(), features.as_ptr());
            let create = api.LLVMCreateTargetMachine;
            create(target, triple, name, features, level, RELOCATE_PIC, MODEL_SMALL)
        };
        if raw.is_null() {
            return Err(Error::Llvm(format!("LLVM makes no code for {}", triple.to_string_lossy())));
        }
        Ok(TargetMachine { raw, api })
    }

    pub(super) fn raw(&self) -> MachineRef {
        self.raw
    }

    fn data_layout(&self) -> String {
        // SAFETY: the machine is live; layout and text are freed once.
        unsafe {
            let layout = (self.api.LLVMCreateTargetDataLayout)(self.raw);
            let text = self.api.take_message((self.api.LLVMCopyStringRepOfTargetData)(layout));
            (self.api.LLVMDisposeTargetData)(layout);
            text
        }
    }

    fn emit(&self, module: &Module<'_>, kind: c_int) -> Result<Buffer, Error> {
        let (mut message, mut buffer) = (std::ptr::null_mut(), std::ptr::null_mut());
        let emit = self.api.LLVMTargetMachineEmitToMemoryBuffer;
        // SAFETY: all handles and out pointers are live.
        let failed = unsafe { emit(self.raw, module.raw(), kind, &mut message, &mut buffer) };
        if failed != 0 {
            return Err(Error::Llvm(format!("emitting code: {}", self.api.take_message(message))));
        }
        let buffer = Buffer::own(buffer, self.api);
        module.context.check("emitting code")?;
        Ok(buffer)
    }

    /// The module as an object file. The module is consumed in all but name: LLVM's code generator changes it.
    pub(crate) fn emit_object(&self, module: &Module<'_>) -> Result<Buffer, Error> {
        self.emit(module, FILE_OBJECT)
    }

    /// The module as assembly.
    pub(crate) fn emit_assembly(&self, module: &Module<'_>) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(self.emit(module, FILE_ASSEMBLY)?.bytes()).into_owned())
    }
}

impl Drop for TargetMachine {
    fn drop(&mut self) {
        // SAFETY: the machine is owned.
        unsafe { (self.api.LLVMDisposeTargetMachine)(self.raw) };
    }
}
