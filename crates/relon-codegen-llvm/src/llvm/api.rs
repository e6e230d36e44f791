//! The functions of LLVM's C API that this crate calls: one table, filled from the library when it is loaded.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::sync::OnceLock;

use libloading::Library;

use super::fatal;
use super::library::{self, Origin};
use crate::Error;

/// A handle of LLVM. Which kind of object it is stands in the name of the alias.
pub(super) type Handle = *mut c_void;
pub(super) type ContextRef = Handle;
pub(super) type ModuleRef = Handle;
pub(super) type ValueRef = Handle;
pub(super) type TypeRef = Handle;
pub(super) type BlockRef = Handle;
pub(super) type BufferRef = Handle;
pub(super) type AttributeRef = Handle;
pub(super) type TargetRef = Handle;
pub(super) type MachineRef = Handle;
pub(super) type OptionsRef = Handle;
pub(super) type ErrorRef = Handle;
pub(super) type JitRef = Handle;
pub(super) type JitBuilderRef = Handle;
pub(super) type DylibRef = Handle;
pub(super) type SymbolRef = Handle;
pub(super) type UnitRef = Handle;
pub(super) type LayerRef = Handle;
pub(super) type SessionRef = Handle;
pub(super) type DiagnosticHandler = extern "C" fn(info: Handle, data: *mut c_void);
pub(super) type FatalHandler = extern "C" fn(reason: *const c_char);
pub(super) type LayerCreator = extern "C" fn(data: *mut c_void, session: SessionRef, triple: *const c_char) -> LayerRef;

/// `LLVMOrcCSymbolMapPair`: a name and what it stands for.
#[repr(C)]
pub(super) struct SymbolPair {
    pub(super) name: SymbolRef,
    pub(super) address: u64,
    pub(super) generic_flags: u8,
    pub(super) target_flags: u8,
}

/// What a memory manager does, as LLVM calls it: see `memory`.
pub(super) type MakeMemory = extern "C" fn(maker: *mut c_void) -> *mut c_void;
pub(super) type EndMemory = extern "C" fn(memory: *mut c_void);
pub(super) type AllocateCode =
    extern "C" fn(memory: *mut c_void, size: usize, align: c_uint, id: c_uint, name: *const c_char) -> *mut u8;
pub(super) type AllocateData = extern "C" fn(
    memory: *mut c_void,
    size: usize,
    align: c_uint,
    id: c_uint,
    name: *const c_char,
    read_only: c_int,
) -> *mut u8;
pub(super) type FinishMemory = extern "C" fn(memory: *mut c_void, message: *mut *mut c_char) -> c_int;

macro_rules! functions {
    ($($name:ident($($arg:ty),*) $(-> $result:ty)?;)*) => {
        /// The loaded library and its functions, by their C names.
        #[allow(non_snake_case, reason = "the fields carry the names of the C functions")]
        pub(super) struct Api {
            $(pub(super) $name: unsafe extern "C" fn($($arg),*) $(-> $result)?,)*
            _library: Library,
            pub(super) origin: Origin,
        }

        impl Api {
            fn resolve(origin: Origin, library: Library) -> Result<Api, Error> {
                $(
                    // SAFETY: the signature is that of LLVM's header `llvm-c`, for a function with this name.
                    let symbol = unsafe { library.get::<unsafe extern "C" fn($($arg),*) $(-> $result)?>(
                        concat!(stringify!($name), "\0").as_bytes()
                    ) };
                    #[allow(non_snake_case, reason = "named like the field")]
                    let $name = *symbol.map_err(|_| library::missing_symbol(origin.path(), stringify!($name)))?;
                )*
                Ok(Api { $($name,)* _library: library, origin })
            }
        }
    };
}

functions! {
    LLVMGetVersion(*mut c_uint, *mut c_uint, *mut c_uint);
    LLVMDisposeMessage(*mut c_char);
    LLVMGetErrorMessage(ErrorRef) -> *mut c_char;
    LLVMDisposeErrorMessage(*mut c_char);

    LLVMInstallFatalErrorHandler(FatalHandler);

    LLVMContextCreate() -> ContextRef;
    LLVMContextDispose(ContextRef);
    LLVMContextSetDiagnosticHandler(ContextRef, DiagnosticHandler, *mut c_void);
    LLVMContextSetDiscardValueNames(ContextRef, c_int);
    LLVMGetDiagInfoDescription(Handle) -> *mut c_char;
    LLVMGetDiagInfoSeverity(Handle) -> c_int;

    LLVMCreateMemoryBufferWithMemoryRangeCopy(*const c_char, usize, *const c_char) -> BufferRef;
    LLVMGetBufferStart(BufferRef) -> *const c_char;
    LLVMGetBufferSize(BufferRef) -> usize;
    LLVMDisposeMemoryBuffer(BufferRef);

    LLVMParseIRInContext(ContextRef, BufferRef, *mut ModuleRef, *mut *mut c_char) -> c_int;
    LLVMParseBitcodeInContext2(ContextRef, BufferRef, *mut ModuleRef) -> c_int;
    LLVMWriteBitcodeToMemoryBuffer(ModuleRef) -> BufferRef;
    LLVMCloneModule(ModuleRef) -> ModuleRef;
    LLVMDisposeModule(ModuleRef);
    LLVMLinkModules2(ModuleRef, ModuleRef) -> c_int;
    LLVMVerifyModule(ModuleRef, c_int, *mut *mut c_char) -> c_int;
    LLVMPrintModuleToString(ModuleRef) -> *mut c_char;
    LLVMGetTarget(ModuleRef) -> *const c_char;
    LLVMGetDataLayoutStr(ModuleRef) -> *const c_char;
    LLVMGetSourceFileName(ModuleRef, *mut usize) -> *const c_char;
    LLVMStripModuleDebugInfo(ModuleRef) -> c_int;

    LLVMGetNamedFunction(ModuleRef, *const c_char) -> ValueRef;
    LLVMGetFirstFunction(ModuleRef) -> ValueRef;
    LLVMGetNextFunction(ValueRef) -> ValueRef;
    LLVMGetFirstGlobal(ModuleRef) -> ValueRef;
    LLVMGetNextGlobal(ValueRef) -> ValueRef;
    LLVMGetFirstGlobalAlias(ModuleRef) -> ValueRef;
    LLVMGetNextGlobalAlias(ValueRef) -> ValueRef;
    LLVMAliasGetAliasee(ValueRef) -> ValueRef;
    LLVMReplaceAllUsesWith(ValueRef, ValueRef);
    LLVMGetNamedGlobal(ModuleRef, *const c_char) -> ValueRef;
    LLVMDeleteGlobal(ValueRef);
    LLVMSetModuleInlineAsm2(ModuleRef, *const c_char, usize);
    LLVMGetParam(ValueRef, c_uint) -> ValueRef;
    LLVMGetFirstUse(ValueRef) -> Handle;
    LLVMGetNextUse(Handle) -> Handle;
    LLVMGetUser(Handle) -> ValueRef;
    LLVMCountParams(ValueRef) -> c_uint;
    LLVMGetFirstBasicBlock(ValueRef) -> BlockRef;
    LLVMGetNextBasicBlock(BlockRef) -> BlockRef;
    LLVMGetFirstInstruction(BlockRef) -> ValueRef;
    LLVMGetNextInstruction(ValueRef) -> ValueRef;
    LLVMGetInstructionParent(ValueRef) -> BlockRef;
    LLVMGetBasicBlockParent(BlockRef) -> ValueRef;
    LLVMGetInstructionOpcode(ValueRef) -> c_int;
    LLVMGetConstOpcode(ValueRef) -> c_int;
    LLVMGetCalledValue(ValueRef) -> ValueRef;
    LLVMIsAInstruction(ValueRef) -> ValueRef;
    LLVMIsACallInst(ValueRef) -> ValueRef;
    LLVMIsAInvokeInst(ValueRef) -> ValueRef;
    LLVMIsAInlineAsm(ValueRef) -> ValueRef;

    LLVMGetValueName2(ValueRef, *mut usize) -> *const c_char;
    LLVMSetValueName2(ValueRef, *const c_char, usize);
    LLVMGetLinkage(ValueRef) -> c_int;
    LLVMSetLinkage(ValueRef, c_int);
    LLVMSetVisibility(ValueRef, c_int);
    LLVMSetComdat(ValueRef, Handle);
    LLVMIsDeclaration(ValueRef) -> c_int;
    LLVMGlobalGetValueType(ValueRef) -> TypeRef;
    LLVMPrintTypeToString(TypeRef) -> *mut c_char;
    LLVMTypeOf(ValueRef) -> TypeRef;
    LLVMGetTypeKind(TypeRef) -> c_int;
    LLVMIsGlobalConstant(ValueRef) -> c_int;
    LLVMIsThreadLocal(ValueRef) -> c_int;
    LLVMGetUnnamedAddress(ValueRef) -> c_int;
    LLVMGetInitializer(ValueRef) -> ValueRef;
    LLVMGetNumOperands(ValueRef) -> c_int;
    LLVMGetOperand(ValueRef, c_uint) -> ValueRef;
    LLVMIsAGlobalVariable(ValueRef) -> ValueRef;
    LLVMIsAFunction(ValueRef) -> ValueRef;
    LLVMIsAGlobalAlias(ValueRef) -> ValueRef;
    LLVMIsAConstant(ValueRef) -> ValueRef;
    LLVMIsAConstantExpr(ValueRef) -> ValueRef;
    LLVMIsNull(ValueRef) -> c_int;
    LLVMIsAConstantDataSequential(ValueRef) -> ValueRef;
    LLVMIsConstantString(ValueRef) -> c_int;
    LLVMGetAsString(ValueRef, *mut usize) -> *const c_char;
    LLVMIsAConstantStruct(ValueRef) -> ValueRef;
    LLVMIsAConstantInt(ValueRef) -> ValueRef;
    LLVMIsUndef(ValueRef) -> c_int;
    LLVMConstIntGetZExtValue(ValueRef) -> u64;
    LLVMGetAggregateElement(ValueRef, c_uint) -> ValueRef;
    LLVMGetIndices(ValueRef) -> *const c_uint;
    LLVMGetIntTypeWidth(TypeRef) -> c_uint;
    LLVMGetIntrinsicID(ValueRef) -> c_uint;

    LLVMGetEnumAttributeKindForName(*const c_char, usize) -> c_uint;
    LLVMCreateEnumAttribute(ContextRef, c_uint, u64) -> AttributeRef;
    LLVMCreateStringAttribute(ContextRef, *const c_char, c_uint, *const c_char, c_uint) -> AttributeRef;
    LLVMAddAttributeAtIndex(ValueRef, c_uint, AttributeRef);
    LLVMGetEnumAttributeAtIndex(ValueRef, c_uint, c_uint) -> AttributeRef;
    LLVMGetStringAttributeAtIndex(ValueRef, c_uint, *const c_char, c_uint) -> AttributeRef;
    LLVMRemoveStringAttributeAtIndex(ValueRef, c_uint, *const c_char, c_uint);
    LLVMGetStringAttributeValue(AttributeRef, *mut c_uint) -> *const c_char;

    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
    LLVMLookupIntrinsicID(*const c_char, usize) -> c_uint;
    LLVMGetDefaultTargetTriple() -> *mut c_char;
    LLVMGetHostCPUName() -> *mut c_char;
    LLVMGetHostCPUFeatures() -> *mut c_char;
    LLVMGetTargetFromTriple(*const c_char, *mut TargetRef, *mut *mut c_char) -> c_int;
    LLVMCreateTargetMachine(TargetRef, *const c_char, *const c_char, *const c_char, c_int, c_int, c_int) -> MachineRef;
    LLVMDisposeTargetMachine(MachineRef);
    LLVMCreateTargetDataLayout(MachineRef) -> Handle;
    LLVMDisposeTargetData(Handle);
    LLVMCopyStringRepOfTargetData(Handle) -> *mut c_char;
    LLVMTargetMachineEmitToMemoryBuffer(MachineRef, ModuleRef, c_int, *mut *mut c_char, *mut BufferRef) -> c_int;

    LLVMCreatePassBuilderOptions() -> OptionsRef;
    LLVMDisposePassBuilderOptions(OptionsRef);
    LLVMRunPasses(ModuleRef, *const c_char, MachineRef, OptionsRef) -> ErrorRef;

    LLVMOrcCreateLLJITBuilder() -> JitBuilderRef;
    LLVMOrcLLJITBuilderSetObjectLinkingLayerCreator(JitBuilderRef, LayerCreator, *mut c_void);
    LLVMOrcCreateRTDyldObjectLinkingLayerWithSectionMemoryManager(SessionRef) -> LayerRef;
    LLVMOrcCreateRTDyldObjectLinkingLayerWithMCJITMemoryManagerLikeCallbacks(
        SessionRef, *mut c_void, MakeMemory, EndMemory, AllocateCode, AllocateData, FinishMemory, EndMemory
    ) -> LayerRef;
    LLVMOrcCreateLLJIT(*mut JitRef, JitBuilderRef) -> ErrorRef;
    LLVMOrcDisposeLLJIT(JitRef) -> ErrorRef;
    LLVMOrcLLJITGetMainJITDylib(JitRef) -> DylibRef;
    LLVMOrcLLJITMangleAndIntern(JitRef, *const c_char) -> SymbolRef;
    LLVMOrcLLJITAddObjectFile(JitRef, DylibRef, BufferRef) -> ErrorRef;
    LLVMOrcLLJITLookup(JitRef, *mut u64, *const c_char) -> ErrorRef;
    LLVMOrcAbsoluteSymbols(*mut SymbolPair, usize) -> UnitRef;
    LLVMOrcJITDylibDefine(DylibRef, UnitRef) -> ErrorRef;
    LLVMOrcDisposeMaterializationUnit(UnitRef);
}

impl Api {
    /// Opens, checks and initialises the library.
    fn load() -> Result<Api, Error> {
        let (origin, library) = library::open()?;
        let api = Api::resolve(origin, library)?;
        library::check_version(api.origin.path(), api.version().0)?;
        api.initialize_targets();
        // SAFETY: the library was just loaded, so no handler is installed; this one is a plain function.
        unsafe { (api.LLVMInstallFatalErrorHandler)(fatal::handler) };
        Ok(api)
    }

    pub(super) fn version(&self) -> (u32, u32, u32) {
        let (mut major, mut minor, mut patch) = (0, 0, 0);
        // SAFETY: the three pointers are to live integers.
        unsafe { (self.LLVMGetVersion)(&mut major, &mut minor, &mut patch) };
        (major, minor, patch)
    }

    /// Registers the targets by name: the 'native' initialisers are inline functions of LLVM's headers, which a library lacks.
    fn initialize_targets(&self) {
        // SAFETY: these functions only register static tables, and this is the only place that calls them.
        unsafe {
            (self.LLVMInitializeX86TargetInfo)();
            (self.LLVMInitializeX86Target)();
            (self.LLVMInitializeX86TargetMC)();
            (self.LLVMInitializeX86AsmPrinter)();
            (self.LLVMInitializeX86AsmParser)();
            (self.LLVMInitializeAArch64TargetInfo)();
            (self.LLVMInitializeAArch64Target)();
            (self.LLVMInitializeAArch64TargetMC)();
            (self.LLVMInitializeAArch64AsmPrinter)();
            (self.LLVMInitializeAArch64AsmParser)();
        }
    }

    /// Copies and frees a message of LLVM; null is empty.
    pub(super) fn take_message(&self, message: *mut c_char) -> String {
        let text = super::buffer::text(message);
        if !message.is_null() {
            // SAFETY: the message was handed over by LLVM and is not used again.
            unsafe { (self.LLVMDisposeMessage)(message) };
        }
        text
    }

    /// The outcome of a call that gives null or an error to be consumed.
    pub(super) fn outcome(&self, what: &str, error: ErrorRef) -> Result<(), Error> {
        if error.is_null() {
            return Ok(());
        }
        // SAFETY: the error is not null; reading its message consumes it, and the message is freed once.
        let message = unsafe {
            let raw = (self.LLVMGetErrorMessage)(error);
            let message = super::buffer::text(raw);
            (self.LLVMDisposeErrorMessage)(raw);
            message
        };
        Err(Error::Llvm(format!("{what}: {message}")))
    }
}

static API: OnceLock<Result<Api, Error>> = OnceLock::new();

/// Whether the table was loaded.
pub(super) fn is_loaded() -> bool {
    API.get().is_some_and(Result::is_ok)
}

/// The table, loaded at the first call; a failure is remembered too.
pub(super) fn api() -> Result<&'static Api, Error> {
    API.get_or_init(Api::load).as_ref().map_err(Clone::clone)
}
