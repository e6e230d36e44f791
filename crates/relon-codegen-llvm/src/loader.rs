//! Loads objects of LLVM into this process without LLVM: a kept unit runs in a process that compiles nothing.
//!
//! All sections lie in one reservation, so that what refers from one to another is near. What is outside may be far away: its address goes
//! into a table, and calls of it go through a jump. Objects hold position-independent code of the small code model, for which a handful of
//! relocations is all there is. What needs others is left to the loader in LLVM.

use std::collections::HashMap;

use object::read::elf::{ElfFile64, FileHeader};
use object::{
    Endianness, Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SectionFlags, SectionIndex,
    SymbolIndex, elf,
};
use relon_debuggers::Section;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

use crate::Error;
use crate::llvm::Placed;

/// Whole pages of the system.
const PAGE: usize = 4096;
/// Bytes of a jump to an address in the table.
const JUMP: usize = 8;
/// Bytes of an address in the table.
const SLOT: usize = 8;
/// How the tables begin by which a panic finds its handlers.
const FRAMES: &str = ".eh_frame";

type File<'a> = ElfFile64<'a, Endianness>;

/// Whether this process can run what is loaded here, and has an unwinder that is told of it.
const SUPPORTED: bool = cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));

/// An object in memory. Dropping it frees the memory.
pub(crate) struct Image {
    memory: Memory,
    symbols: HashMap<String, usize>,
    places: HashMap<SectionIndex, usize>,
    sections: Vec<Section>,
    frames: Option<Frames>,
}

/// Whether [`Image::load`] takes the object.
pub(crate) fn takes(object: &[u8]) -> bool {
    read(object).is_ok_and(|file| Plan::of(&file).is_ok())
}

impl Image {
    /// Loads the object; `address` finds the symbols that it needs. Gives nothing where the object needs what only LLVM's loader can do.
    pub(crate) fn load(object: &[u8], address: impl Fn(&str) -> Option<u64>) -> Result<Option<Image>, Error> {
        let Ok(file) = read(object) else { return Ok(None) };
        let Ok(plan) = Plan::of(&file) else { return Ok(None) };
        let mut memory = Memory::reserve(plan.size)?;
        let places: HashMap<SectionIndex, usize> =
            plan.sections.iter().map(|planned| (planned.index, memory.base() + planned.start)).collect();
        let targets = Targets { file: &file, places: &places, address: &address };
        plan.fill(&file, &mut memory, &targets)?;
        for (start, end, protection) in plan.protections() {
            memory.protect(start..end, protection)?;
        }
        let named = file.symbols().filter(|symbol| symbol.is_global() && symbol.is_definition());
        let symbols = named.filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), targets.defined(&symbol)?)));
        let symbols = symbols.collect();
        // What is empty may still be referred to, such as a text of no bytes. There is nothing to tell of it.
        let filled = plan.sections.iter().filter(|planned| planned.size > 0);
        let sections = filled.map(|planned| planned.section(memory.base())).collect();
        let frames = plan.sections.iter().find(|planned| planned.name == FRAMES);
        // SAFETY: the section holds LLVM's tables, which end with zeros, and stays as it is until the result is dropped.
        let frames = frames.map(|planned| unsafe { Frames::register(memory.base() + planned.start) });
        Ok(Some(Image { memory, symbols, places, sections, frames }))
    }

    /// The address of a symbol that the object defines for others.
    pub(crate) fn address(&self, symbol: &str) -> Option<usize> {
        self.symbols.get(symbol).copied()
    }

    /// What lies in memory.
    pub(crate) fn placed(&self) -> Placed {
        let Image { memory, sections, .. } = self;
        Placed { base: memory.base(), memory: memory.bytes().to_vec(), sections: sections.clone() }
    }

    /// Where each section of the object lies.
    pub(crate) fn places(&self) -> &HashMap<SectionIndex, usize> {
        &self.places
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // The unwinder must not know of memory that is gone.
        self.frames.take();
    }
}

fn read(object: &[u8]) -> Result<File<'_>, Unfit> {
    let file = File::parse(object).map_err(|_| Unfit)?;
    let machine = file.elf_header().e_machine(file.endian());
    if SUPPORTED && machine == elf::EM_X86_64 { Ok(file) } else { Err(Unfit) }
}

/// An object that only LLVM's loader can load.
struct Unfit;

/// Where everything comes to lie.
struct Plan {
    sections: Vec<Planned>,
    /// Offset and number of each address in the table.
    slots: HashMap<SymbolIndex, usize>,
    slots_start: usize,
    jumps: HashMap<SymbolIndex, usize>,
    jumps_start: usize,
    /// Where code ends, and where what is only read ends.
    code_end: usize,
    constants_end: usize,
    size: usize,
}

/// A section that is loaded.
struct Planned {
    index: SectionIndex,
    name: String,
    start: usize,
    size: usize,
    align: usize,
    kind: Kind,
}

/// What a section is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Code,
    /// Constants, and what is one once its addresses are written.
    Constant,
    Variable,
}

impl Planned {
    fn section(&self, base: usize) -> Section {
        let start = base + self.start;
        Section { name: self.name.clone(), range: start..start + self.size, code: self.kind == Kind::Code }
    }
}

impl Plan {
    fn of(file: &File<'_>) -> Result<Plan, Unfit> {
        let mut sections = Vec::new();
        for section in file.sections() {
            sections.extend(Plan::section(&section)?);
        }
        let mut plan = Plan {
            sections,
            slots: HashMap::new(),
            slots_start: 0,
            jumps: HashMap::new(),
            jumps_start: 0,
            code_end: 0,
            constants_end: 0,
            size: 0,
        };
        plan.count_outside(file)?;
        plan.place();
        // Distances within the object have to fit 32 bits.
        if plan.size < i32::MAX as usize { Ok(plan) } else { Err(Unfit) }
    }

    /// A section that is loaded.
    fn section<'a>(section: &impl ObjectSection<'a>) -> Result<Option<Planned>, Unfit> {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { return Err(Unfit) };
        if !sh_flags.contains(elf::SHF_ALLOC) {
            return Ok(None);
        }
        let name = section.name().map_err(|_| Unfit)?.to_owned();
        if sh_flags.contains(elf::SHF_TLS) || section.align() > PAGE as u64 || section.size() > i32::MAX as u64 {
            return Err(Unfit);
        }
        let writable = sh_flags.contains(elf::SHF_WRITE) && !name.starts_with(".data.rel.ro");
        let kind = match (sh_flags.contains(elf::SHF_EXECINSTR), writable) {
            (true, _) => Kind::Code,
            (false, false) => Kind::Constant,
            (false, true) => Kind::Variable,
        };
        // The unwinder reads its tables up to a zero.
        let end = if name == FRAMES { size_of::<u32>() } else { 0 };
        let size = usize::try_from(section.size()).map_err(|_| Unfit)? + end;
        let align = (section.align() as usize).max(1);
        Ok(Some(Planned { index: section.index(), name, start: 0, size, align, kind }))
    }

    /// Counts the addresses and jumps that the object needs, and looks at each relocation.
    fn count_outside(&mut self, file: &File<'_>) -> Result<(), Unfit> {
        for planned in &self.sections {
            let section = file.section_by_index(planned.index).map_err(|_| Unfit)?;
            for (offset, relocation) in section.relocations() {
                let (kind, symbol) = known(relocation.flags(), relocation.target())?;
                if (offset as usize).checked_add(kind.size()).is_none_or(|end| end > planned.size) {
                    return Err(Unfit);
                }
                let named = file.symbol_by_index(symbol).map_err(|_| Unfit)?;
                let is_outside = named.is_undefined();
                // One that is weak may be nowhere, which is no error.
                if is_outside && named.is_weak() {
                    return Err(Unfit);
                }
                if kind == Relocated::Slot || is_outside {
                    let next = self.slots.len();
                    self.slots.entry(symbol).or_insert(next);
                }
                match kind {
                    // What it is may be far away, and no jump stands for data.
                    Relocated::Near if is_outside => return Err(Unfit),
                    Relocated::Call if is_outside => {
                        let next = self.jumps.len();
                        self.jumps.entry(symbol).or_insert(next);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Gives everything a place: code, where each section and the jumps have pages of their own; addresses and constants; variables.
    fn place(&mut self) {
        self.jumps_start = self.put(Kind::Code, 0, PAGE).next_multiple_of(PAGE);
        self.code_end = (self.jumps_start + self.jumps.len() * JUMP).next_multiple_of(PAGE);
        self.slots_start = self.code_end;
        let slots_end = self.slots_start + self.slots.len() * SLOT;
        self.constants_end = self.put(Kind::Constant, slots_end, 1).next_multiple_of(PAGE);
        self.size = self.put(Kind::Variable, self.constants_end, 1).next_multiple_of(PAGE).max(PAGE);
    }

    /// Puts the sections of a kind behind each other, each at a multiple of a number, and gives their end.
    fn put(&mut self, kind: Kind, mut end: usize, multiple: usize) -> usize {
        for planned in self.sections.iter_mut().filter(|planned| planned.kind == kind) {
            planned.start = end.next_multiple_of(planned.align.max(multiple));
            end = planned.start + planned.size;
        }
        end
    }

    fn protections(&self) -> [(usize, usize, MprotectFlags); 2] {
        let code = MprotectFlags::READ | MprotectFlags::EXEC;
        [(0, self.code_end, code), (self.code_end, self.constants_end, MprotectFlags::READ)]
    }

    /// Writes sections, jumps and addresses, and then what refers to them.
    fn fill(&self, file: &File<'_>, memory: &mut Memory, targets: &Targets<'_, '_>) -> Result<(), Error> {
        for planned in &self.sections {
            let section = file.section_by_index(planned.index).map_err(unreadable)?;
            let data = section.data().map_err(unreadable)?;
            memory.write(planned.start, data)?;
        }
        for (symbol, number) in &self.slots {
            memory.write(self.slots_start + number * SLOT, &targets.of(*symbol)?.to_le_bytes())?;
        }
        for (symbol, number) in &self.jumps {
            let (jump, slot) = (self.jumps_start + number * JUMP, self.slot(*symbol));
            // jmp *slot(%rip), which is six bytes.
            let distance = (slot as i64 - (jump as i64 + 6)) as i32;
            memory.write(jump, &[[0xff, 0x25].as_slice(), &distance.to_le_bytes()].concat())?;
        }
        self.relocate(file, memory, targets)
    }

    fn slot(&self, symbol: SymbolIndex) -> usize {
        self.slots_start + self.slots.get(&symbol).copied().unwrap_or(0) * SLOT
    }

    fn relocate(&self, file: &File<'_>, memory: &mut Memory, targets: &Targets<'_, '_>) -> Result<(), Error> {
        let base = memory.base() as u64;
        for planned in &self.sections {
            let section = file.section_by_index(planned.index).map_err(unreadable)?;
            for (offset, relocation) in section.relocations() {
                let Ok((kind, symbol)) = known(relocation.flags(), relocation.target()) else {
                    return Err(Error::Llvm(format!(
                        "a relocation of `{}` is not known: {relocation:?}",
                        planned.name
                    )));
                };
                let at = planned.start + offset as usize;
                let target = match kind {
                    Relocated::Slot => base + self.slot(symbol) as u64,
                    Relocated::Call => match self.jumps.get(&symbol) {
                        Some(number) => base + (self.jumps_start + number * JUMP) as u64,
                        None => targets.of(symbol)?,
                    },
                    Relocated::Address | Relocated::Distance | Relocated::Near => targets.of(symbol)?,
                };
                let value = target.wrapping_add_signed(relocation.addend());
                let distance = value.wrapping_sub(base + at as u64);
                match kind {
                    Relocated::Address => memory.write(at, &value.to_le_bytes())?,
                    Relocated::Distance => memory.write(at, &distance.to_le_bytes())?,
                    Relocated::Near | Relocated::Call | Relocated::Slot => {
                        let near = i32::try_from(distance as i64).map_err(|_| too_far(&planned.name))?;
                        memory.write(at, &near.to_le_bytes())?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a relocation is replaced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relocated {
    /// An address of 64 bits.
    Address,
    /// A distance of 64 bits.
    Distance,
    /// A distance of 32 bits.
    Near,
    /// A distance of 32 bits to a function, or to a jump to it.
    Call,
    /// A distance of 32 bits to the address in the table.
    Slot,
}

impl Relocated {
    fn size(self) -> usize {
        match self {
            Relocated::Address | Relocated::Distance => 8,
            Relocated::Near | Relocated::Call | Relocated::Slot => 4,
        }
    }
}

fn known(flags: RelocationFlags, target: RelocationTarget) -> Result<(Relocated, SymbolIndex), Unfit> {
    let (RelocationFlags::Elf { r_type }, RelocationTarget::Symbol(symbol)) = (flags, target) else {
        return Err(Unfit);
    };
    let kind = match r_type {
        elf::R_X86_64_64 => Relocated::Address,
        elf::R_X86_64_PC64 => Relocated::Distance,
        elf::R_X86_64_PC32 => Relocated::Near,
        elf::R_X86_64_PLT32 => Relocated::Call,
        elf::R_X86_64_GOTPCREL | elf::R_X86_64_GOTPCRELX | elf::R_X86_64_REX_GOTPCRELX => Relocated::Slot,
        _ => return Err(Unfit),
    };
    Ok((kind, symbol))
}

/// Where symbols are.
struct Targets<'a, 'f> {
    file: &'a File<'f>,
    places: &'a HashMap<SectionIndex, usize>,
    address: &'a dyn Fn(&str) -> Option<u64>,
}

impl Targets<'_, '_> {
    fn of(&self, index: SymbolIndex) -> Result<u64, Error> {
        let symbol = self.file.symbol_by_index(index).map_err(unreadable)?;
        let name = symbol.name().map_err(unreadable)?;
        let found = if symbol.is_undefined() {
            (self.address)(name)
        } else {
            self.defined(&symbol).map(|address| address as u64)
        };
        found.ok_or_else(|| Error::Unresolved(vec![name.to_owned()]))
    }

    fn defined<'f>(&self, symbol: &impl ObjectSymbol<'f>) -> Option<usize> {
        let start = self.places.get(&symbol.section_index()?)?;
        start.checked_add(symbol.address() as usize)
    }
}

fn unreadable(error: object::read::Error) -> Error {
    Error::Llvm(format!("reading the object: {error}"))
}

fn too_far(section: &str) -> Error {
    Error::Llvm(format!("what `{section}` refers to is too far away"))
}

/// Pages of this process.
struct Memory {
    base: *mut u8,
    size: usize,
}

// SAFETY: the pages are owned, and are written to only while nobody else has them.
unsafe impl Send for Memory {}
// SAFETY: the same.
unsafe impl Sync for Memory {}

impl Memory {
    fn reserve(size: usize) -> Result<Memory, Error> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping is nobody else's.
        let base = unsafe { mmap_anonymous(std::ptr::null_mut(), size, protection, MapFlags::PRIVATE) };
        let base = base.map_err(|error| Error::Llvm(format!("no memory for {size} bytes of code: {error}")))?;
        base.expose_provenance();
        Ok(Memory { base: base.cast(), size })
    }

    fn base(&self) -> usize {
        self.base.addr()
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: all pages can be read, whatever else they are for.
        unsafe { std::slice::from_raw_parts(self.base, self.size) }
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> Result<(), Error> {
        if at.checked_add(bytes.len()).is_none_or(|end| end > self.size) {
            return Err(Error::Llvm("the object writes outside of its memory".into()));
        }
        // SAFETY: the range lies in the pages, which can be written to until they are protected.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.base.add(at), bytes.len()) };
        Ok(())
    }

    fn protect(&mut self, range: std::ops::Range<usize>, protection: MprotectFlags) -> Result<(), Error> {
        if range.is_empty() {
            return Ok(());
        }
        // SAFETY: the range is one of whole pages of this memory.
        let done = unsafe { mprotect(self.base.add(range.start).cast(), range.len(), protection) };
        done.map_err(|error| Error::Llvm(format!("code can't be made ready to run: {error}")))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the pages are owned, and nothing runs in them any more. Nothing can be done about a failure.
        let _ = unsafe { munmap(self.base.cast(), self.size) };
    }
}

/// What the unwinder knows of code; dropping it takes that back.
struct Frames(usize);

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod unwinder {
    // Of the unwinder that panics of this process use.
    unsafe extern "C" {
        pub(super) fn __register_frame(tables: *const u8);
        pub(super) fn __deregister_frame(tables: *const u8);
    }
}

impl Frames {
    /// # Safety
    /// There are tables at this address, which end with zeros, and stay there until the result is dropped.
    unsafe fn register(address: usize) -> Frames {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: the caller's condition.
        unsafe {
            unwinder::__register_frame(std::ptr::with_exposed_provenance(address));
        }
        Frames(address)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: these tables were registered, once.
        unsafe {
            unwinder::__deregister_frame(std::ptr::with_exposed_provenance(self.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cocompile::Effort;
    use crate::llvm::{Context, Cpu, Target, TargetMachine};

    /// Code, constants with addresses, a variable, a call of what is far away, and an address of something outside.
    const IR: &str = r#"
        @table = private constant [2 x ptr] [ptr @one, ptr @two]
        @count = internal global i64 40
        @nothing = private unnamed_addr constant [0 x i8] zeroinitializer
        @lengths = private constant [1 x ptr] [ptr @nothing]
        @outside = external global i64
        declare i64 @far(i64)
        declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
        define internal i64 @one(i64 %x) { ret i64 %x }
        define internal i64 @two(i64 %x) { %y = call i64 @far(i64 %x) ret i64 %y }
        define i64 @main(i64 %index, i64 %x) {
          %slot = getelementptr ptr, ptr @table, i64 %index
          %callee = load ptr, ptr %slot
          %result = call i64 %callee(i64 %x)
          %nothing = load volatile ptr, ptr @lengths
          call void @llvm.memcpy.p0.p0.i64(ptr @count, ptr %nothing, i64 0, i1 false)
          %before = load i64, ptr @count
          %after = add i64 %before, %result
          store i64 %after, ptr @count
          %outside = load i64, ptr @outside
          %sum = add i64 %after, %outside
          ret i64 %sum
        }
    "#;

    static OUTSIDE: i64 = 1000;

    extern "C" fn far(x: i64) -> i64 {
        x * 2
    }

    fn object(ir: &str, effort: Effort) -> Vec<u8> {
        let context = Context::new().expect("a context");
        let module = context.parse_ir(ir, c"test").expect("IR");
        let machine =
            TargetMachine::new(&Target::host().expect("a target").triple, &Cpu::host().expect("a processor"), effort);
        machine.expect("a machine").emit_object(&module).expect("an object").bytes().to_vec()
    }

    fn address(name: &str) -> Option<u64> {
        match name {
            "far" => Some(far as *const () as u64),
            "outside" => Some(std::ptr::from_ref(&OUTSIDE) as u64),
            _ => None,
        }
    }

    type Main = extern "C" fn(i64, i64) -> i64;

    #[test]
    fn code_runs_with_all_that_it_refers_to() {
        for effort in [Effort::Quick, Effort::Full] {
            let object = object(IR, effort);
            assert!(takes(&object));
            let image = Image::load(&object, address).expect("code").expect("relocations that are known");
            let main = std::ptr::with_exposed_provenance::<()>(image.address("main").expect("the function"));
            // SAFETY: the function has this type, and the image lives.
            let main = unsafe { std::mem::transmute::<*const (), Main>(main) };
            assert_eq!([main(0, 2), main(1, 4)], [1042, 1050], "{effort:?}");
        }
    }

    #[test]
    fn both_loaders_give_the_same() {
        let object = object(IR, Effort::Full);
        let symbols = ["far", "outside"].map(|name| (name.to_owned(), address(name).expect("an address")));
        let buffer = crate::llvm::Buffer::copy_of(&object, c"test").expect("a buffer");
        let jit = crate::llvm::Jit::load(buffer, &symbols).expect("code");
        // SAFETY: the function has this type, and the instance lives.
        let main = unsafe { std::mem::transmute::<crate::llvm::Code, Main>(jit.lookup("main").expect("the function")) };
        assert_eq!([main(0, 2), main(1, 4)], [1042, 1050]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Image::load(&object(IR, Effort::Full), |_| None).err().expect("nothing is found").to_string();
        assert!(error.contains("`far`") || error.contains("`outside`"), "{error}");
    }

    #[test]
    fn a_thread_local_is_left_to_llvm() {
        let ir = "@x = thread_local global i64 1\ndefine i64 @main() {\n %y = load i64, ptr @x\n ret i64 %y\n}\n";
        let object = object(ir, Effort::Full);
        assert!(!takes(&object));
        assert!(Image::load(&object, |_| Some(0)).expect("no failure").is_none());
    }

    #[test]
    fn a_weak_symbol_is_left_to_llvm() {
        let ir = "@x = extern_weak global i64\ndefine i1 @main() {\n %y = icmp eq ptr @x, null\n ret i1 %y\n}\n";
        let object = object(ir, Effort::Full);
        assert!(!takes(&object));
        assert!(Image::load(&object, |_| None).expect("no failure").is_none());
    }

    #[test]
    fn bytes_that_are_no_object_are_left_alone() {
        let whole = object(IR, Effort::Full);
        for length in (0..whole.len()).step_by(7) {
            // A part may still be an object; nothing of it runs.
            let _ = Image::load(&whole[..length], |_| Some(0));
        }
        assert!(!takes(b""));
    }
}
