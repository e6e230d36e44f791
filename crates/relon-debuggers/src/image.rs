//! An ELF file of code in memory: a program at fixed addresses, which was never linked.
//!
//! The file begins with a page of headers. What lies in memory follows just as it lies there, so that one distance leads from each offset to
//! its address. Sections for debuggers, symbols and names come behind.

use std::ops::Range;

/// Bytes of a page, or a multiple: offsets and addresses in memory differ by whole pages.
const PAGE: usize = 4096;
const HEADER: usize = 64;
const SEGMENT: usize = 56;
const SECTION: usize = 64;
const SYMBOL: usize = 24;

/// A part of the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name, such as `.text`.
    pub name: String,
    /// Its addresses.
    pub range: Range<usize>,
    /// Whether it is code. It then begins with a page, and shares none.
    pub code: bool,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub range: Range<usize>,
}

/// Code and data as they lie in memory, and what debuggers have to know of them.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The address of the first byte, which begins a page.
    pub base: usize,
    /// The bytes.
    pub memory: Vec<u8>,
    /// What they are, in any order.
    pub sections: Vec<Section>,
    /// The functions.
    pub symbols: Vec<Symbol>,
    /// DWARF: names and contents of its sections, in which all addresses are those of this process.
    pub debug: Vec<(String, Vec<u8>)>,
}

/// An ELF file.
#[derive(Clone, Debug)]
pub struct Image {
    bytes: Vec<u8>,
    code: Vec<(Range<usize>, usize)>,
}

impl Image {
    /// Makes a file of what lies in memory.
    pub fn new(loaded: &Loaded) -> Image {
        let mut file = Writer::default();
        file.bytes.resize(PAGE, 0);
        file.bytes.extend_from_slice(&loaded.memory);
        for Section { name, range, code } in &loaded.sections {
            let flags = if *code { SHF_ALLOC | SHF_EXECINSTR } else { SHF_ALLOC };
            let offset = PAGE + (range.start - loaded.base);
            file.header(
                name,
                Header { flags, address: range.start, align: 16, ..Header::at(SHT_PROGBITS, offset, range.len()) },
            );
        }
        for (name, content) in &loaded.debug {
            file.section(name, content, Header { align: 1, ..Header::of(SHT_PROGBITS) });
        }
        file.symbols(loaded);
        let (names, headers) = file.section_headers();
        let mut bytes = file.bytes;
        let segment = (loaded.base, loaded.memory.len());
        bytes[..HEADER + SEGMENT].copy_from_slice(&front(segment, names, headers));
        let code = loaded.sections.iter().filter(|section| section.code);
        let code = code.map(|section| (section.range.clone(), PAGE + (section.range.start - loaded.base))).collect();
        Image { bytes, code }
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The addresses of each part that is code, and its offset in the file.
    pub(crate) fn code(&self) -> &[(Range<usize>, usize)] {
        &self.code
    }
}

const SHT_PROGBITS: u32 = 1;
const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;

/// The header of a section.
#[derive(Clone, Copy, Default)]
struct Header {
    kind: u32,
    flags: u64,
    address: usize,
    offset: usize,
    size: usize,
    link: u32,
    info: u32,
    align: usize,
    entry: usize,
}

impl Header {
    fn of(kind: u32) -> Header {
        Header { kind, align: 8, ..Header::default() }
    }

    fn at(kind: u32, offset: usize, size: usize) -> Header {
        Header { offset, size, ..Header::of(kind) }
    }
}

/// What is written, and the headers of its sections.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    headers: Vec<(u32, Header)>,
    names: Vec<u8>,
}

impl Writer {
    /// Adds a section whose content is in the file, and gives its number. The first is one that stands for none.
    fn header(&mut self, name: &str, header: Header) -> u32 {
        if self.headers.is_empty() {
            self.names.push(0);
            self.headers.push((0, Header::default()));
        }
        let at = text(&mut self.names, name);
        self.headers.push((at, header));
        self.headers.len() as u32 - 1
    }

    /// Adds a section with its content.
    fn section(&mut self, name: &str, content: &[u8], header: Header) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(content);
        self.header(name, Header { offset, size: content.len(), ..header })
    }

    fn symbols(&mut self, loaded: &Loaded) {
        let (mut names, mut symbols) = (vec![0], vec![0; SYMBOL]);
        for Symbol { name, range } in &loaded.symbols {
            let holds = |section: &Section| section.range.contains(&range.start);
            let section = loaded.sections.iter().position(holds).map_or(0, |index| index + 1);
            symbols.extend_from_slice(&text(&mut names, name).to_le_bytes());
            // A global function, with nothing said of who sees it.
            symbols.extend_from_slice(&[0x12, 0]);
            symbols.extend_from_slice(&(section as u16).to_le_bytes());
            symbols.extend_from_slice(&(range.start as u64).to_le_bytes());
            symbols.extend_from_slice(&(range.len() as u64).to_le_bytes());
        }
        let link = self.section(".strtab", &names, Header { align: 1, ..Header::of(SHT_STRTAB) });
        // Those behind the first are global.
        self.section(".symtab", &symbols, Header { link, info: 1, entry: SYMBOL, ..Header::of(SHT_SYMTAB) });
    }

    /// Writes the headers of all sections: gives the number of the section with their names, how many there are, and where they begin.
    fn section_headers(&mut self) -> (u32, (usize, usize)) {
        let names = self.header(".shstrtab", Header::of(SHT_STRTAB));
        let (offset, size) = (self.bytes.len(), self.names.len());
        self.headers[names as usize].1 = Header { align: 1, ..Header::at(SHT_STRTAB, offset, size) };
        self.bytes.extend_from_slice(&self.names);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let start = self.bytes.len();
        for (name, header) in &self.headers {
            let Header { kind, flags, address, offset, size, link, info, align, entry } = *header;
            let long = |value: usize| (value as u64).to_le_bytes();
            let short = |value: u32| value.to_le_bytes();
            self.bytes.extend_from_slice(&[short(*name), short(kind)].concat());
            self.bytes.extend_from_slice(&[flags.to_le_bytes(), long(address), long(offset), long(size)].concat());
            self.bytes.extend_from_slice(&[short(link), short(info)].concat());
            self.bytes.extend_from_slice(&[long(align), long(entry)].concat());
        }
        (names, (self.headers.len(), start))
    }
}

/// Adds a text to a table of texts, and gives where it begins.
fn text(table: &mut Vec<u8>, text: &str) -> u32 {
    let at = table.len() as u32;
    table.extend(text.bytes().filter(|byte| *byte != 0));
    table.push(0);
    at
}

/// The headers at the front: of the file, and of the one segment, which is the memory.
fn front(segment: (usize, usize), names: u32, headers: (usize, usize)) -> [u8; HEADER + SEGMENT] {
    const MACHINE: u16 = if cfg!(target_arch = "aarch64") { 183 } else { 62 };
    const PROGRAM: u16 = 2;
    const LOAD: u32 = 1;
    const READ_AND_EXECUTE: u32 = 5;
    let (mut out, short, long) = (Vec::new(), u16::to_le_bytes, |value: usize| (value as u64).to_le_bytes());
    // 64 bits, the lowest byte first, version 1, and no system's own rules.
    out.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    out.extend_from_slice(&[short(PROGRAM), short(MACHINE)].concat());
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(&[long(0), long(HEADER), long(headers.1)].concat());
    out.extend_from_slice(&0u32.to_le_bytes());
    let sizes = [HEADER as u16, SEGMENT as u16, 1, SECTION as u16, headers.0 as u16, names as u16];
    out.extend_from_slice(&sizes.map(short).concat());
    out.extend_from_slice(&[LOAD.to_le_bytes(), READ_AND_EXECUTE.to_le_bytes()].concat());
    let (base, size) = segment;
    out.extend_from_slice(&[long(PAGE), long(base), long(base), long(size), long(size), long(PAGE)].concat());
    let mut front = [0; HEADER + SEGMENT];
    front.copy_from_slice(&out);
    front
}
